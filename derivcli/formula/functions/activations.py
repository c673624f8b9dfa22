"""The rows of machine learning and statistics: activations, logarithms of sums, the normal distribution."""

from math import log
from typing import Any

from derivcli.formula.functions.row import Function, plain


def torch_logcosh(t: Any, x: Any) -> Any:
    """log(1 + 2 sinh(x/2)^2) near 0, where cosh(x) rounds to 1, and x + log(1 + exp(-2x)) - log(2) elsewhere."""
    near = x.abs() < 1
    small = t.where(near, x, 0)
    return t.where(near, (2 * (small / 2).sinh() ** 2).log1p(), x + t.nn.functional.softplus(-2 * x) - log(2))


def torch_log1mexp(t: Any, x: Any) -> Any:
    """Each of the two forms where it loses no digits (Mächler 2012, https://cran.r-project.org/package=Rmpfr)."""
    small = x < log(2)
    return t.where(small, (-t.expm1(-t.where(small, x, 1))).log(), t.log1p(-t.exp(-t.where(small, 1, x))))


def torch_xdivy(t: Any, x: Any, y: Any) -> Any:
    """Only 0/0 is filled: at another y the derivative by x is 1/y at x = 0, too."""
    filled = (x == 0) & (y == 0)
    return t.where(filled, 0, x / t.where(filled, 1, y))


F = Function
XDIVY = "where(y != 0, x/y, where(x == 0, 0, x/y))"
ACTIVATIONS = (
    F("sigmoid", "x", "1/(1 + exp(-x))", "sigmoid", "1/(1 + exp(-x))", "-5:5", "expit logistic"),
    F("logsigmoid", "x", "-log(1 + exp(-x))", "nn.functional.logsigmoid", "-log(1 + exp(-x))", "-5:5", "log_expit"),
    F("logit", "x", "log(x/(1 - x))", "logit", "log(x/(1 - x))", "0.1:0.9"),
    F("softplus", "x", "log(1 + exp(x))", "nn.functional.softplus", "log(1 + exp(x))", "-5:5"),
    F("softsign", "x", "x/(1 + abs(x))", "nn.functional.softsign", "x/(1 + abs(x))", "0.2:5", smooth=False),
    F("tanhshrink", "x", "x - tanh(x)", "nn.functional.tanhshrink", "x - tanh(x)", "-3:3"),
    F("relu", "x", "max(x, 0)", "relu", "max(x, 0)", "0.2:5", "ReLU", smooth=False),
    F("relu6", "x", "min(max(x, 0), 6)", "nn.functional.relu6", "min(max(x, 0), 6)", "0.2:5", smooth=False),
    F("leaky_relu", "x, negative_slope=0.01", "where(x > 0, x, negative_slope*x)",
      lambda t, x, slope: t.nn.functional.leaky_relu(x, plain(slope)), "max(x, 0) + negative_slope*min(x, 0)",
      "-5:-0.2, 0.01", smooth=False),
    F("prelu", "x, weight", "where(x > 0, x, weight*x)", "where(x > 0, x, weight*x)", "max(x, 0) + weight*min(x, 0)",
      "-5:-0.2, 0.1:0.5", smooth=False),
    F("elu", "x, alpha=1", "where(x > 0, x, alpha*(exp(x) - 1))",
      lambda t, x, alpha: t.nn.functional.elu(x, plain(alpha)), "max(x, 0) + alpha*(exp(min(x, 0)) - 1)",
      "-5:-0.2, 1", smooth=False),
    F("celu", "x, alpha=1", "max(x, 0) + min(0, alpha*(exp(x/alpha) - 1))",
      lambda t, x, alpha: t.nn.functional.celu(x, plain(alpha)), "max(x, 0) + min(0, alpha*(exp(x/alpha) - 1))",
      "-5:-0.2, 2", smooth=False),
    F("hardshrink", "x, lambd=0.5", "where(abs(x) > lambd, x, 0)",
      lambda t, x, bound: t.nn.functional.hardshrink(x, plain(bound)), "where(abs(x) > lambd, x, 0)", "1:5, 0.5",
      smooth=False),
    F("softshrink", "x, lambd=0.5", "where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0))",
      lambda t, x, bound: t.nn.functional.softshrink(x, plain(bound)),
      "where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0))", "1:5, 0.5", smooth=False),
    F("threshold", "x, threshold, value", "where(x > threshold, x, value)",
      lambda t, x, bound, value: t.nn.functional.threshold(x, plain(bound), plain(value)),
      "where(x > threshold, x, value)", "1:5, 0.5, 20", smooth=False),
    F("selu", "x", "1.0507009873554804934193349852946*elu(x, 1.6732632423543772848170429916717)", "nn.functional.selu",
      "1.0507009873554804934193349852946*elu(x, 1.6732632423543772848170429916717)", "-5:-0.2", smooth=False),
    F("gelu", "x", "x*ndtr(x)", "nn.functional.gelu", "x*ndtr(x)", "-3:3"),
    F("gelu_tanh", "x", "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
      lambda t, x: t.nn.functional.gelu(x, approximate="tanh"), "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
      "-3:3", "gelu_new gelu_approx jax.nn.gelu"),
    F("silu", "x", "x*sigmoid(x)", "nn.functional.silu", "x*sigmoid(x)", "-5:5", "swish"),
    F("mish", "x", "x*tanh(softplus(x))", "nn.functional.mish", "x*tanh(softplus(x))", "-5:5"),
    F("hardtanh", "x, min_val=-1, max_val=1", "min(max(x, min_val), max_val)",
      lambda t, x, low, high: t.nn.functional.hardtanh(x, plain(low), plain(high)), "min(max(x, min_val), max_val)",
      "-0.9:0.9, -1, 1", smooth=False),
    F("hardsigmoid", "x", "min(max(x + 3, 0), 6)/6", "nn.functional.hardsigmoid", "min(max(x + 3, 0), 6)/6", "-2:2",
      smooth=False),
    F("hardswish", "x", "x*min(max(x + 3, 0), 6)/6", "nn.functional.hardswish", "x*min(max(x + 3, 0), 6)/6", "-2:2",
      smooth=False),
    F("xlogy", "x, y", "where(x == 0, 0, x*log(y))", "xlogy", "where(x == 0, 0, x*log(y))", "0.5:3, 0.5:3"),
    F("xlog1py", "x, y", "where(x == 0, 0, x*log(1 + y))", "special.xlog1py", "where(x == 0, 0, x*log(1 + y))",
      "0.5:3, 0.5:3"),
    F("logaddexp", "x, y", "log(exp(x) + exp(y))", "logaddexp", "log(exp(x) + exp(y))", "-3:3, -3:3"),
    F("logaddexp2", "x, y", "log(2**x + 2**y)/log(2)", "logaddexp2", "log(2**x + 2**y)/log(2)", "-3:3, -3:3"),
    F("logcosh", "x", "log(cosh(x))", torch_logcosh, "log(cosh(x))", "-3:3", "log_cosh"),
    F("log1mexp", "x", "log(1 - exp(-x))", torch_log1mexp, "log(1 - exp(-x))", "0.2:5", doc="log(1 - exp(-x)), x > 0"),
    F("xdivy", "x, y", XDIVY, torch_xdivy, XDIVY, "0.5:3, 0.5:3", doc="x/y, 0 where x is 0"),
    F("nan_to_num", "x", "x + 0", "nan_to_num", "x + 0", "-3:3", doc="x: formulas have no NaN"),
    F("lerp", "x, y, weight", "x + weight*(y - x)", "lerp", "x + weight*(y - x)", "-3:3, -3:3, 0:1", "mix"),
    F("fma", "x, y, z", "x*y + z", "x*y + z", "x*y + z", "-3:3, -3:3, -3:3"),
    F("entr", "x", "-x*log(x)", "special.entr", "-x*log(x)", "0.2:3", doc="-x log x"),
    F("ndtr", "x", "erfc(-x/sqrt(2))/2", "special.ndtr", "erfc(-x/sqrt(2))/2", "-3:3", "normcdf norm_cdf norm.cdf Phi",
      "normal distribution function"),
    F("log_ndtr", "x", "log(erfc(-x/sqrt(2))/2)", "special.log_ndtr", "log(erfc(-x/sqrt(2))/2)", "-3:3",
      "norm.logcdf"),
    F("ndtri", "x", "sqrt(2)*erfinv(2*x - 1)", "special.ndtri", "sqrt(2)*erfinv(2*x - 1)", "0.1:0.9", "norm.ppf probit",
      "inverse of the normal distribution function"),
    F("normpdf", "x", "exp(-x**2/2)/sqrt(2*pi)", "exp(-x**2/2)/sqrt(2*pi)", "exp(-x**2/2)/sqrt(2*pi)", "-3:3",
      "norm_pdf norm.pdf", "normal density"),
)  # fmt: skip
