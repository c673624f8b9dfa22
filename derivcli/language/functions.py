"""THE table of functions, one row each: operators and elementary functions here; `activations` and `special` beside it.

`rows` says what a row is.
Importing this module imports no library. Conventions are SymPy's: https://docs.sympy.org/latest/modules/functions/
"""

from functools import cache
from typing import Any

from derivcli.language.activations import ACTIVATIONS
from derivcli.language.rows import Function
from derivcli.language.special import SPECIAL


def torch_pow(t: Any, x: Any, y: Any) -> Any:
    """PyTorch's pow; whole powers of complex numbers by squaring, since exp(y log x) drowns a small imaginary part."""
    literal = not y.dim() and not y.requires_grad  # a number is passed as one, as who writes x**2 does: 20 times faster
    if not x.is_complex() or y.dim() or y != (n := int(y.real)):
        return t.pow(x, y.item() if literal else y)
    result, square = t.ones_like(x), x if n >= 0 else 1 / x
    for bit in reversed(f"{abs(n):b}"):
        result, square = result * square if bit == "1" else result, square * square
    return result


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

FUNCTIONS = {row.name: row for row in (*OPERATORS, *ELEMENTARY, *PIECEWISE, *ACTIVATIONS, *SPECIAL)}
