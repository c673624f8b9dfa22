"""The rows of the operators, conditions and constants."""

from functools import cache
from typing import Any

from derivcli.formula.functions.row import Function


def torch_pow(t: Any, x: Any, y: Any) -> Any:
    """PyTorch's pow; whole powers of complex numbers by squaring, since exp(y log x) drowns a small imaginary part."""
    literal = not y.dim() and not y.requires_grad  # a number is passed as one, as who writes x**2 does: 20 times faster
    if not x.is_complex() or y.dim() or y != (n := int(y.real)):
        return t.pow(x, y.item() if literal else y)
    result, square = t.ones_like(x), x if n >= 0 else 1 / x
    for bit in reversed(f"{abs(n):b}"):
        result, square = result * square if bit == "1" else result, square * square
    return result


def ball_pow(f: Any, x: Any, y: Any) -> Any:
    """Arb's pow, also of balls whose midpoint is 0, such as pi - pi, where its own is undefined."""
    if not (x.is_finite() and y.is_finite()):  # a power of an infinite ball ends the process
        return f.arb.nan() if x.is_nan() or y.is_nan() else f.arb("[+/- inf]")
    if x.mid() != 0 or x.is_exact() or not y.is_integer() or not y > 0:
        return x**y
    between = f.arb(0.5, 0.5) if (y / 2).is_integer() else f.arb(0, 1)  # 0 and 1, or -1 and 1
    return between * x.rad() ** y


def decide(less: Any, greater: Any) -> bool | None:
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


def comparison(name: str, sympy: str, balls: Any, aliases: str) -> Function:
    """The row of a comparison of two numbers, which PyTorch calls as we do."""
    return Function(name, "x, y", sympy, name, balls, aliases=aliases, smooth=False, flat=True, condition=True)


F = Function
OPERATORS = (
    F("add", "x, y", lambda s, x, y: x + y, "add", "__add__", "-3:3, -3:3", doc="sum", polynomial=True),
    F("sub", "x, y", lambda s, x, y: x - y, "sub", "__sub__", "-3:3, -3:3", "subtract", doc="difference",
      polynomial=True),
    F("mul", "x, y", lambda s, x, y: x * y, "mul", "__mul__", "-3:3, -3:3", "multiply", doc="product",
      polynomial=True),
    F("div", "x, y", lambda s, x, y: x / y, "true_divide", "__truediv__", "-3:3, 0.5:3", "divide true_divide",
      doc="quotient"),
    F("neg", "x", lambda s, x: -x, "neg", "__neg__", "-3:3", "negative", doc="minus", polynomial=True),
    F("pow", "x, y", "Pow", torch_pow, (ball_pow, "__pow__"), "0.5:3, -3:3", "power Pow float_power", doc="power"),
    comparison("lt", "Lt", lambda f, x, y: decide(x < y, x >= y), "less Lt"),
    comparison("le", "Le", lambda f, x, y: decide(x <= y, x > y), "less_equal Le"),
    comparison("gt", "Gt", lambda f, x, y: decide(x > y, x <= y), "greater Gt"),
    comparison("ge", "Ge", lambda f, x, y: decide(x >= y, x < y), "greater_equal Ge"),
    comparison("eq", "Eq", lambda f, x, y: decide(x == y, x != y), "equal Eq"),
    comparison("ne", "Ne", lambda f, x, y: decide(x != y, x == y), "not_equal Ne"),
    F("and", "x, y", "And", "logical_and", lambda f, x, y: False if False in (x, y) else x and y,
      aliases="logical_and", smooth=False, condition=True, conditions=2),
    F("or", "x, y", "Or", "logical_or", lambda f, x, y: True if True in (x, y) else x and y,
      aliases="logical_or", smooth=False, condition=True, conditions=2),
    F("not", "x", "Not", "logical_not", lambda f, x: None if x is None else not x, aliases="logical_not Not",
      smooth=False, condition=True, conditions=1),
    F("true", "", "true", lambda t: t.tensor(True), lambda f: True, aliases="True", condition=True),
    F("false", "", "false", lambda t: t.tensor(False), lambda f: False, aliases="False", condition=True),
    F("where", "condition, x, y", lambda s, c, x, y: s.Piecewise((x, c), (y, True)), "where",
      (lambda f, c, x, y: x.union(y) if c is None else x if c else y,
       lambda f, c, x, y: f.arb_series([f.arb.nan()] * f.ctx.cap) if c is None else x if c else y),
      aliases="ifelse if_else iif select", doc="x where the condition holds, else y", smooth=False, ignores=True,
      conditions=1),
    F("detach", "x", "detach", "detach", (lambda f, x: x, lambda f, x: x[0]), aliases="stop_gradient", smooth=False,
      flat=True, ignores=True, doc="x, held constant when differentiating"),
    F("claimed", "value, x, slope", lambda s, value, x, slope: value,
      lambda t, value, x, slope: claim(t).apply(value.detach(), x, slope),
      (lambda f, value, x, slope: value, lambda f, value, x, slope: value),
      smooth=False, ignores=True, doc="a value whose derivative by x is what its author claims"),
    F("pi", "", "pi", "pi", lambda f: f.arb.pi(), aliases="π Pi PI M_PI", doc="3.14159…"),
    F("inf", "", "oo", "inf", lambda f: f.arb("inf"), aliases="oo infty Infinity INFINITY ∞", doc="infinity, in masks"),
    F("e", "", "E", "e", lambda f: f.arb.const_e(), aliases="E", doc="2.71828…"),
    F("tau", "", "2*pi", lambda t: 2 * t.pi, "2*pi", doc="2 pi"),
    F("EulerGamma", "", "EulerGamma", lambda t: 0.5772156649015329, lambda f: f.arb.const_euler(),
      aliases="euler_gamma", doc="0.57721…"),
    F("GoldenRatio", "", "GoldenRatio", lambda t: 1.618033988749895, "(1 + sqrt(5))/2", aliases="golden_ratio",
      doc="(1 + sqrt(5))/2"),
)  # fmt: skip
