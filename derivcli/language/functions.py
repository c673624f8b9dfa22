"""THE table of functions: one row each, with what SymPy, PyTorch and Arb call it.

A cell is
    "sin"                  an attribute of the library (of torch.special, … with dots; for Arb a method of its numbers),
    lambda t, x: …         a callable that takes the library first,
    "1/cos(x)"             a definition in the language itself, from which the derivatives follow, or
    None                   nothing: the library lacks the function, and its methods say "not supported".
An Arb cell may be a pair (for balls, for power series). A callable without a partner is lifted to power series by
differences at high precision (`backends.arb`).

`parameters` names the arguments, with the defaults of those that may be left out. `domain` is where the generic test
samples each argument: `lo:hi` for reals, `lo..hi` for integers. `aliases` are other names; `log/2` is `log` with two
arguments, `np.sinc` is `sinc` under that module only. Rows with `smooth=False` have kinks or jumps.

Importing this module imports no library. Conventions are SymPy's: https://docs.sympy.org/latest/modules/functions/
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from derivcli.errors import UnsupportedError

Cell = str | Callable[..., Any] | None


@dataclass(frozen=True, slots=True)
class Function:
    """A row: one function under one name, a cell per library."""

    name: str
    parameters: str
    sympy: Cell
    torch: Cell
    arb: Cell | tuple[Cell, Cell]
    domain: str = ""
    aliases: str = ""
    doc: str = ""
    smooth: bool = True

    @property
    def arity(self) -> int:
        return len(self.parameters.split(", ")) if self.parameters else 0


def plain(x: Any) -> float:
    """A tensor as the plain number that some PyTorch kernels insist on."""
    if x.dim() or x.requires_grad:
        raise UnsupportedError("not supported: PyTorch takes only a plain number for this argument")
    return x.item()


def order(x: Any) -> int:
    """A tensor as the integer order of a special function."""
    if plain(x) != int(plain(x)):
        raise UnsupportedError("not supported: PyTorch has this function for integer orders only")
    return int(plain(x))


def torch_pow(t: Any, x: Any, y: Any) -> Any:
    """PyTorch's pow; whole powers of complex numbers by squaring, since exp(y log x) drowns a small imaginary part."""
    literal = not y.dim() and not y.requires_grad  # a number is passed as one, as who writes x**2 does: 20 times faster
    if not x.is_complex() or y.dim() or y != (n := int(y.real)):
        return t.pow(x, y.item() if literal else y)
    result, square = t.ones_like(x), x if n >= 0 else 1 / x
    for bit in reversed(f"{abs(n):b}"):
        result, square = result * square if bit == "1" else result, square * square
    return result


def torch_gamma(t: Any, x: Any) -> Any:
    return t.exp(t.lgamma(x)) * t.where(x > 0, 1, 1 - 2 * t.remainder(t.floor(x), 2))


def torch_besseli(t: Any, n: Any, x: Any) -> Any:
    if order(n) not in (0, 1):
        raise UnsupportedError("not supported: PyTorch has besseli only for orders 0 and 1")
    return t.special.i1(x) if order(n) else t.special.i0(x)


def decided(less: Any, greater: Any) -> bool | None:
    """Three-valued comparison of balls: None where they overlap."""
    return True if less else False if greater else None


@cache
def claim(t: Any) -> Any:
    """The torch.autograd.Function of a claimed derivative."""

    class Claim(t.autograd.Function):
        @staticmethod
        def forward(value: Any, x: Any, slope: Any) -> Any:
            return value.clone()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(inputs[2])
            ctx.save_for_forward(inputs[2])

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return None, grad * ctx.saved_tensors[0], None

        @staticmethod
        def jvp(ctx: Any, value: Any, x: Any, slope: Any) -> Any:
            return x * ctx.saved_tensors[0]

    return Claim


F = Function
OPERATORS = (
    F("add", "x, y", lambda s, x, y: x + y, "add", "__add__", "-3:3, -3:3", doc="sum"),
    F("sub", "x, y", lambda s, x, y: x - y, "sub", "__sub__", "-3:3, -3:3", "subtract", doc="difference"),
    F("mul", "x, y", lambda s, x, y: x * y, "mul", "__mul__", "-3:3, -3:3", "multiply", doc="product"),
    F("div", "x, y", lambda s, x, y: x / y, "true_divide", "__truediv__", "-3:3, 0.5:3", "divide true_divide",
      doc="quotient"),
    F("neg", "x", lambda s, x: -x, "neg", "__neg__", "-3:3", "negative", doc="minus"),
    F("pow", "x, y", "Pow", torch_pow, "__pow__", "0.5:3, -3:3", "power Pow float_power", doc="power"),
    F("lt", "x, y", "Lt", "lt", lambda f, x, y: decided(x < y, x >= y), aliases="less Lt", smooth=False),
    F("le", "x, y", "Le", "le", lambda f, x, y: decided(x <= y, x > y), aliases="less_equal Le", smooth=False),
    F("gt", "x, y", "Gt", "gt", lambda f, x, y: decided(x > y, x <= y), aliases="greater Gt", smooth=False),
    F("ge", "x, y", "Ge", "ge", lambda f, x, y: decided(x >= y, x < y), aliases="greater_equal Ge", smooth=False),
    F("eq", "x, y", "Eq", "eq", lambda f, x, y: decided(x == y, x != y), aliases="equal Eq", smooth=False),
    F("ne", "x, y", "Ne", "ne", lambda f, x, y: decided(x != y, x == y), aliases="not_equal Ne", smooth=False),
    F("and", "x, y", "And", "logical_and", lambda f, x, y: False if False in (x, y) else x and y,
      aliases="logical_and", smooth=False),
    F("or", "x, y", "Or", "logical_or", lambda f, x, y: True if True in (x, y) else x and y,
      aliases="logical_or", smooth=False),
    F("not", "x", "Not", "logical_not", lambda f, x: None if x is None else not x, aliases="logical_not Not",
      smooth=False),
    F("true", "", "true", lambda t: t.tensor(True), lambda f: True, aliases="True"),
    F("false", "", "false", lambda t: t.tensor(False), lambda f: False, aliases="False"),
    F("where", "condition, x, y", lambda s, c, x, y: s.Piecewise((x, c), (y, True)), "where",
      (lambda f, c, x, y: x.union(y) if c is None else x if c else y,
       lambda f, c, x, y: f.arb_series([f.arb.nan()] * f.ctx.cap) if c is None else x if c else y),
      doc="x where the condition holds, else y", smooth=False),
    F("detach", "x", "detach", "detach", (lambda f, x: x, lambda f, x: x[0]), aliases="stop_gradient", smooth=False,
      doc="x, held constant when differentiating"),
    F("claimed", "value, x, slope", lambda s, value, x, slope: value,
      lambda t, value, x, slope: claim(t).apply(value.detach(), x, slope),
      (lambda f, value, x, slope: value, lambda f, value, x, slope: value),
      smooth=False, doc="a value whose derivative by x is what its author claims"),
    F("pi", "", "pi", "pi", lambda f: f.arb.pi(), aliases="π", doc="3.14159…"),
    F("e", "", "E", "e", lambda f: f.arb.const_e(), aliases="E", doc="2.71828…"),
    F("tau", "", "2*pi", lambda t: 2 * t.pi, "2*pi", doc="2 pi"),
    F("EulerGamma", "", "EulerGamma", lambda t: 0.5772156649015329, lambda f: f.arb.const_euler(),
      aliases="euler_gamma", doc="0.57721…"),
    F("GoldenRatio", "", "GoldenRatio", lambda t: 1.618033988749895, "(1 + sqrt(5))/2", aliases="golden_ratio",
      doc="(1 + sqrt(5))/2"),
)  # fmt: skip
ELEMENTARY = (
    F("exp", "x", "exp", "exp", "exp", "-5:5"),
    F("exp2", "x", "2**x", "exp2", "2**x", "-5:5"),
    F("exp10", "x", "10**x", "10**x", "10**x", "-5:5"),
    F("expm1", "x", "exp(x) - 1", "expm1", ("expm1", "exp(x) - 1"), "-3:3"),
    F("log", "x", "log", "log", "log", "0.1:9", "ln loge", "natural logarithm"),
    F("log2", "x", "log(x)/log(2)", "log2", "log(x)/log(2)", "0.1:9", "lb"),
    F("log10", "x", "log(x)/log(10)", "log10", "log(x)/log(10)", "0.1:9", "lg"),
    F("log1p", "x", "log(1 + x)", "log1p", ("log1p", "log(1 + x)"), "-0.9:5", "log1p"),
    F("logb", "x, base", "log(x)/log(base)", "log(x)/log(base)", "log(x)/log(base)", "0.1:9, 2:5", "log/2 ln/2",
      "logarithm to a base"),
    F("sqrt", "x", "sqrt", "sqrt", "sqrt", "0.1:9"),
    F("rsqrt", "x", "1/sqrt(x)", "rsqrt", "rsqrt", "0.1:9"),
    F("cbrt", "x", "where(x < 0, -(-x)**(1/3), x**(1/3))", "sign(x)*abs(x)**(1/3)",
      "where(x < 0, -(-x)**(1/3), where(x == 0, 0, x**(1/3)))", "0.1:9", doc="real cube root", smooth=False),
    F("root", "x, n", "x**(1/n)", "x**(1/n)", "x**(1/n)", "0.1:9, 2:5", "sqrt/2", doc="n-th root"),
    F("square", "x", "x**2", "square", "x**2", "-3:3"),
    F("reciprocal", "x", "1/x", "reciprocal", "1/x", "0.5:3", "inv"),
    F("hypot", "x, y", "sqrt(x**2 + y**2)", "hypot", "sqrt(x**2 + y**2)", "-3:3, 0.5:3"),
    F("sin", "x", "sin", "sin", "sin", "-6:6"),
    F("cos", "x", "cos", "cos", "cos", "-6:6"),
    F("tan", "x", "tan", "tan", "tan", "-1.4:1.4", "tg"),
    F("sec", "x", "sec", "1/cos(x)", "1/cos(x)", "-1.4:1.4"),
    F("csc", "x", "csc", "1/sin(x)", "1/sin(x)", "0.2:3", "cosec"),
    F("cot", "x", "cot", "1/tan(x)", "cos(x)/sin(x)", "0.2:3", "cotan ctg"),
    F("asin", "x", "asin", "asin", "asin", "-0.9:0.9", "arcsin"),
    F("acos", "x", "acos", "acos", "acos", "-0.9:0.9", "arccos"),
    F("atan", "x", "atan", "atan", "atan", "-5:5", "arctan arctg"),
    F("asec", "x", "asec", "acos(1/x)", "acos(1/x)", "1.2:5", "arcsec"),
    F("acsc", "x", "acsc", "asin(1/x)", "asin(1/x)", "1.2:5", "arccsc"),
    F("acot", "x", "acot", "atan(1/x)", "atan(1/x)", "0.2:5", "arccot"),
    F("atan2", "y, x", "atan2", "atan2",
      (lambda f, y, x: f.arb.atan2(y, x), "where(x > abs(y), atan(y/x), where(y > 0, pi/2 - atan(x/y), "
       "where(y < 0, -pi/2 - atan(x/y), pi + atan(y/x))))"), "-3:3, 0.5:3", "arctan2 atan/2", "angle of (x, y)"),
    F("sinh", "x", "sinh", "sinh", ("sinh", "(exp(x) - exp(-x))/2"), "-4:4", "sh"),
    F("cosh", "x", "cosh", "cosh", ("cosh", "(exp(x) + exp(-x))/2"), "-4:4", "ch"),
    F("tanh", "x", "tanh", "tanh", ("tanh", "1 - 2/(exp(2*x) + 1)"), "-3:3", "th"),
    F("sech", "x", "sech", "1/cosh(x)", ("sech", "1/cosh(x)"), "-4:4"),
    F("csch", "x", "csch", "1/sinh(x)", ("csch", "1/sinh(x)"), "0.2:4", "cosech"),
    F("coth", "x", "coth", "1/tanh(x)", ("coth", "1 + 2/(exp(2*x) - 1)"), "0.2:4", "cth"),
    F("asinh", "x", "asinh", "asinh", ("asinh", "log(x + sqrt(x**2 + 1))"), "-5:5", "arcsinh arsinh"),
    F("acosh", "x", "acosh", "acosh", ("acosh", "log(x + sqrt(x - 1)*sqrt(x + 1))"), "1.1:9", "arccosh arcosh"),
    F("atanh", "x", "atanh", "atanh", ("atanh", "log((1 + x)/(1 - x))/2"), "-0.9:0.9", "arctanh artanh"),
    F("asech", "x", "asech", "acosh(1/x)", "acosh(1/x)", "0.1:0.9", "arcsech arsech"),
    F("acsch", "x", "acsch", "asinh(1/x)", "asinh(1/x)", "0.2:5", "arccsch arcsch"),
    F("acoth", "x", "acoth", "atanh(1/x)", "atanh(1/x)", "1.1:5", "arccoth arcoth"),
    F("radians", "x", "x*pi/180", "deg2rad", "x*pi/180", "-180:180", "deg2rad"),
    F("degrees", "x", "x*180/pi", "rad2deg", "x*180/pi", "-3:3", "rad2deg"),
    F("sinc", "x", "sinc", "where(x == 0, 1, sin(x)/x)", "where(x == 0, 1, sin(x)/x)", "0.2:6",
      "spherical_bessel_j0", "sin(x)/x, SymPy's; np.sinc and torch.sinc are sincpi"),
    F("sincpi", "x", "where(x == 0, 1, sin(pi*x)/(pi*x))", "sinc", "where(x == 0, 1, sin(pi*x)/(pi*x))", "0.2:2",
      "np.sinc torch.sinc torch.special.sinc", "sin(pi x)/(pi x)"),
)  # fmt: skip
PIECEWISE = (
    F("abs", "x", "Abs", "abs", ("__abs__", "where(x >= 0, x, -x)"), "0.2:5", "Abs fabs absolute", smooth=False),
    F("sign", "x", "sign", "sign", ("sgn", "where(x > 0, 1, where(x < 0, -1, 0))"), "0.2:5", "sgn signum",
      smooth=False),
    F("floor", "x", "floor", "floor", "floor", "0.1:0.9", smooth=False),
    F("ceil", "x", "ceiling", "ceil", "-floor(-x)", "0.1:0.9", "ceiling", smooth=False),
    F("trunc", "x", "sign(x)*floor(abs(x))", "trunc", "where(x >= 0, floor(x), -floor(-x))", "0.1:0.9", "fix",
      smooth=False),
    F("round", "x", "where(x - floor(x) == 1/2, 2*floor(x/2 + 1/4), floor(x + 1/2))", "round",
      "where(x - floor(x) == 1/2, 2*floor(x/2 + 1/4), floor(x + 1/2))", "0.6:0.9", "rint",
      "nearest integer, halves to even", smooth=False),
    F("frac", "x", "x - floor(x)", "x - floor(x)", "x - floor(x)", "0.1:0.9", aliases="fract", doc="x - floor(x)",
      smooth=False),
    F("truncfrac", "x", "x - trunc(x)", "frac", "x - trunc(x)", "0.1:0.9", "torch.frac", "x - trunc(x)", smooth=False),
    F("DiracDelta", "x", "DiracDelta", "0/x", "0/x", "0.2:5", doc="0 off 0, undefined at 0", smooth=False),
    F("mod", "x, y", "x - y*floor(x/y)", "remainder", "x - y*floor(x/y)", "0.1:0.9, 1.5:3", "Mod remainder",
      "x - y floor(x/y)", smooth=False),
    F("fmod", "x, y", "x - y*trunc(x/y)", "fmod", "x - y*trunc(x/y)", "0.1:0.9, 1.5:3", "Rem", "C's remainder",
      smooth=False),
    F("ieee_remainder", "x, y", "x - y*round(x/y)", "x - y*round(x/y)", "x - y*round(x/y)", "0.1:0.4, 1.5:3",
      "math.remainder", "math.remainder", smooth=False),
    F("floor_divide", "x, y", "floor(x/y)", "floor(x/y)", "floor(x/y)", "0.1:0.9, 1.5:3", smooth=False),
    F("copysign", "x, y", "abs(x)*where(y < 0, -1, 1)", "copysign", "abs(x)*where(y < 0, -1, 1)", "0.2:5, -5:-0.2",
      doc="the size of x with the sign of y", smooth=False),
    F("fdim", "x, y", "max(x - y, 0)", "relu(x - y)", "max(x - y, 0)", "3:4, 1:2", doc="max(x - y, 0)", smooth=False),
    F("max", "x, y", "Max", "maximum", ("max", "where(x >= y, x, y)"), "1:2, 3:4", "maximum Max fmax clamp_min",
      smooth=False),
    F("min", "x, y", "Min", "minimum", ("min", "where(x <= y, x, y)"), "1:2, 3:4", "minimum Min fmin clamp_max",
      smooth=False),
    F("clamp", "x, lower, upper", "min(max(x, lower), upper)", "clamp", "min(max(x, lower), upper)", "2:3, 0:1, 4:5",
      "clip", "min(max(x, lower), upper)",
      smooth=False),
    F("heaviside", "x, zero=1/2", "where(x > 0, 1, where(x < 0, 0, zero))",
      "where(x > 0, 1, where(x < 0, 0, zero))", "where(x > 0, 1, where(x < 0, 0, zero))", "0.2:5, 0:1",
      "Heaviside step", smooth=False),
)  # fmt: skip
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
    F("logcosh", "x", "log(cosh(x))", "log(cosh(x))", "log(cosh(x))", "-3:3", "log_cosh"),
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
SPECIAL = (
    F("erf", "x", "erf", "erf", "erf", "-2:2"),
    F("erfc", "x", "erfc", "erfc", "erfc", "-2:2"),
    F("erfi", "x", "erfi", None, "erfi", "-2:2"),
    F("erfinv", "x", "erfinv", "erfinv", lambda f, x: x.erfinv(), "-0.9:0.9"),
    F("erfcinv", "x", "erfinv(1 - x)", "erfinv(1 - x)", "erfinv(1 - x)", "0.1:1.9"),
    F("erf2", "x, y", "erf(y) - erf(x)", "erf(y) - erf(x)", "erf(y) - erf(x)", "-2:2, -2:2", "erf/2"),
    F("erfcx", "x", "exp(x**2)*erfc(x)", "special.erfcx", "exp(x**2)*erfc(x)", "-2:2"),
    F("dawson", "x", "sqrt(pi)/2*exp(-x**2)*erfi(x)", None, "sqrt(pi)/2*exp(-x**2)*erfi(x)", "-2:2", "dawsn"),
    F("gamma", "x", "gamma", torch_gamma, "gamma", "0.3:5", "tgamma Gamma"),
    F("lgamma", "x", "loggamma", "lgamma", "log(abs(gamma(x)))", "0.3:5", "loggamma gammaln"),
    F("factorial", "x", "factorial", "gamma(x + 1)", "gamma(x + 1)", "0.3:5"),
    F("binomial", "n, k", "binomial", "gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))",
      "gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))", "3:5, 1:2", "comb binom"),
    F("digamma", "x", "digamma", "digamma", lambda f, x: x.digamma(), "0.3:5", "psi"),
    F("polygamma", "n, x", "polygamma", lambda t, n, x: t.polygamma(order(n), x), lambda f, n, x: f.acb(x).polygamma(n),
      "1..3, 0.3:5", "psi/2"),
    F("trigamma", "x", "polygamma(1, x)", "polygamma(1, x)", "polygamma(1, x)", "0.3:5"),
    F("harmonic", "n", "digamma(n + 1) + EulerGamma", "digamma(n + 1) + EulerGamma", "digamma(n + 1) + EulerGamma",
      "0.3:5", doc="harmonic number"),
    F("betaln", "x, y", "lgamma(x) + lgamma(y) - lgamma(x + y)", "lgamma(x) + lgamma(y) - lgamma(x + y)",
      "lgamma(x) + lgamma(y) - lgamma(x + y)", "0.5:3, 0.5:3", "lbeta logbeta", "log of beta"),
    F("beta", "x, y", "beta", "exp(lgamma(x) + lgamma(y) - lgamma(x + y))", "gamma(x)*gamma(y)/gamma(x + y)",
      "0.5:3, 0.5:3", "Beta"),
    F("uppergamma", "s, x", "uppergamma", None, lambda f, s, x: x.gamma_upper(s), "0.5:3, 0.5:3"),
    F("lowergamma", "s, x", "lowergamma", None, lambda f, s, x: x.gamma_lower(s), "0.5:3, 0.5:3"),
    F("gammainc", "s, x", "lowergamma(s, x)/gamma(s)", "special.gammainc", "lowergamma(s, x)/gamma(s)", "2, 0.5:3",
      "igamma", "regularised lowergamma"),
    F("gammaincc", "s, x", "uppergamma(s, x)/gamma(s)", "special.gammaincc", "uppergamma(s, x)/gamma(s)", "2, 0.5:3",
      "igammac", "regularised uppergamma"),
    F("zeta", "s", "zeta", None, "zeta", "1.5:5"),
    F("hurwitz", "s, a", "zeta", None, lambda f, s, a: s.zeta(a), "1.5:5, 0.5:3", "zeta/2", "Hurwitz zeta"),
    F("polylog", "s, z", "polylog", None, lambda f, s, z: f.acb(z).polylog(s), "1.5:3, -0.9:0.9"),
    F("Ei", "x", "Ei", None, "ei", "0.3:5", "expi"),
    F("expint", "n, x", "expint", None, lambda f, n, x: x.expint(n), "1..3, 0.3:5", "expn"),
    F("E1", "x", "expint(1, x)", None, "expint(1, x)", "0.3:5", "exp1 expint/1"),
    F("li", "x", "li", None, "li", "1.5:5"),
    F("Li", "x", "li(x) - li(2)", None, "li(x) - li(2)", "1.5:5", doc="li(x) - li(2)"),
    F("Si", "x", "Si", None, "si", "0.3:5", "sinint"),
    F("Ci", "x", "Ci", None, "ci", "0.3:5", "cosint"),
    F("Shi", "x", "Shi", None, "shi", "0.3:5"),
    F("Chi", "x", "Chi", None, "chi", "0.3:5"),
    F("fresnels", "x", "fresnels", None, "fresnel_s", "-2:2"),
    F("fresnelc", "x", "fresnelc", None, "fresnel_c", "-2:2"),
    F("besselj", "n, x", "besselj", None, lambda f, n, x: x.bessel_j(n), "0..3, 0.3:5", "jv jn"),
    F("bessely", "n, x", "bessely", None, lambda f, n, x: x.bessel_y(n), "0..3, 0.3:5", "yv yn"),
    F("besseli", "n, x", "besseli", torch_besseli, lambda f, n, x: x.bessel_i(n), "0..1, 0.3:5", "iv"),
    F("besselk", "n, x", "besselk", None, lambda f, n, x: x.bessel_k(n), "0..3, 0.3:5", "kv kn"),
    F("i0", "x", "besseli(0, x)", "special.i0", "besseli(0, x)", "0.3:5", "modified_bessel_i0 besseli0"),
    F("i1", "x", "besseli(1, x)", "special.i1", "besseli(1, x)", "0.3:5", "modified_bessel_i1 besseli1"),
    F("i0e", "x", "exp(-abs(x))*besseli(0, x)", "special.i0e", "exp(-abs(x))*besseli(0, x)", "0.3:5", smooth=False),
    F("i1e", "x", "exp(-abs(x))*besseli(1, x)", "special.i1e", "exp(-abs(x))*besseli(1, x)", "0.3:5", smooth=False),
    F("j0", "x", "besselj(0, x)", None, "besselj(0, x)", "0.3:5", "bessel_j0 besselj0"),
    F("j1", "x", "besselj(1, x)", None, "besselj(1, x)", "0.3:5", "bessel_j1 besselj1"),
    F("y0", "x", "bessely(0, x)", None, "bessely(0, x)", "0.3:5", "bessel_y0 bessely0"),
    F("y1", "x", "bessely(1, x)", None, "bessely(1, x)", "0.3:5", "bessel_y1 bessely1"),
    F("k0", "x", "besselk(0, x)", None, "besselk(0, x)", "0.3:5", "modified_bessel_k0 besselk0"),
    F("k1", "x", "besselk(1, x)", None, "besselk(1, x)", "0.3:5", "modified_bessel_k1 besselk1"),
    F("airyai", "x", "airyai", None, "airy_ai", "-3:3", "airy_ai Ai"),
    F("airybi", "x", "airybi", None, "airy_bi", "-3:3", "airy_bi Bi"),
    F("airyaiprime", "x", "airyaiprime", None,
      (lambda f, x: x.airy_ai(derivative=1), "airy_ai_prime"), "-3:3"),
    F("airybiprime", "x", "airybiprime", None,
      (lambda f, x: x.airy_bi(derivative=1), "airy_bi_prime"), "-3:3"),
    F("lambertw", "x", "LambertW", None, "lambertw", "0.1:5", "LambertW"),
    F("lambertwk", "x, k", "LambertW", None, lambda f, x, k: f.acb(x).lambertw(int(k.unique_fmpz())),
      "-0.3:-0.1, -1..0", "LambertW/2 lambertw/2", "branch k of Lambert W"),
    F("elliptic_k", "m", "elliptic_k", None, lambda f, m: f.acb(m).elliptic_k(), "-2:0.9", "ellipk ellipticK"),
    F("elliptic_e", "m", "elliptic_e", None, lambda f, m: f.acb(m).elliptic_e(), "-2:0.9", "ellipe ellipticE"),
    F("elliptic_f", "z, m", "elliptic_f", None, lambda f, z, m: f.acb.elliptic_f(z, m), "-1:1, 0.1:0.9", "ellipkinc"),
    F("elliptic_einc", "z, m", "elliptic_e", None, lambda f, z, m: f.acb.elliptic_e_inc(z, m), "-1:1, 0.1:0.9",
      "elliptic_e/2 ellipeinc"),
    F("elliptic_pi", "n, m", "elliptic_pi", None, lambda f, n, m: f.acb.elliptic_pi(n, m), "0.1:0.4, 0.5:0.9",
      "ellipticPi"),
    F("elliptic_piinc", "n, z, m", "elliptic_pi", None, lambda f, n, z, m: f.acb.elliptic_pi_inc(n, z, m),
      "0.1:0.4, 0.2:1, 0.5:0.9", "elliptic_pi/3"),
    F("hyp0f1", "b, z", lambda s, b, z: s.hyper([], [b], z), None, lambda f, b, z: z.hypgeom([], [b]),
      "1.5:3, -0.9:0.9"),
    F("hyp1f1", "a, b, z", lambda s, a, b, z: s.hyper([a], [b], z), None, lambda f, a, b, z: z.hypgeom([a], [b]),
      "0.5:2, 1.5:3, -0.9:0.9"),
    F("hyp2f2", "a, b, c, d, z", lambda s, a, b, c, d, z: s.hyper([a, b], [c, d], z), None,
      lambda f, a, b, c, d, z: z.hypgeom([a, b], [c, d]), "0.5:2, 0.5:2, 2.5:4, 2.5:4, -0.9:0.9"),
    F("hyp2f1", "a, b, c, z", lambda s, a, b, c, z: s.hyper([a, b], [c], z), None,
      lambda f, a, b, c, z: z.hypgeom_2f1(a, b, c), "0.5:2, 0.5:2, 2.5:4, -0.9:0.9", "hypergeom"),
    F("hyp3f2", "a, b, c, d, e, z", lambda s, a, b, c, d, e, z: s.hyper([a, b, c], [d, e], z), None,
      lambda f, a, b, c, d, e, z: z.hypgeom([a, b, c], [d, e]), "0.5:2, 0.5:2, 0.5:2, 2.5:4, 2.5:4, -0.9:0.9"),
)  # fmt: skip

FUNCTIONS = {row.name: row for row in (*OPERATORS, *ELEMENTARY, *PIECEWISE, *ACTIVATIONS, *SPECIAL)}
