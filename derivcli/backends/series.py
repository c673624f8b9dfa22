"""Programs on Arb (python-flint): balls and power series with rigorous error bounds.

A ball is a midpoint with a radius that contains the true value; a power series has balls as coefficients, so that one
run of a program gives f, f', f''/2!, … (Johansson 2017, https://doi.org/10.1109/TC.2017.2690633). A function that Arb
has only on balls is lifted to power series by differences: see `lift`.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from math import comb
from typing import Any

import flint
from flint import acb, arb, arb_series, ctx, fmpq

from derivcli.backends.cells import compile_cell, parse_definition
from derivcli.backends.isolated import isolated
from derivcli.backends.precision import precision
from derivcli.formula.functions.row import Function
from derivcli.formula.functions.special import SPECIAL
from derivcli.formula.functions.table import FUNCTIONS

SPECIAL_NAMES = frozenset(row.name for row in SPECIAL)
UNDEFINED: dict[str, Callable[[arb_series, arb_series], bool]] = {  # where the zero series would hide it
    "mul": lambda x, y: not (x[0].is_finite() and y[0].is_finite()),
    "div": lambda x, y: y[0].contains(0),
    "pow": lambda x, y: x[0].contains(0) and y.length() > 1,
}


class Balls:
    """The backend whose numbers are real balls; NaN is where the function is undefined."""

    def __init__(self) -> None:
        self._cells: dict[str, Callable[..., Any]] = {}

    def number(self, value: Fraction) -> arb:
        return arb(fmpq(value.numerator, value.denominator))

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            row = FUNCTIONS[name]
            ball = row.arb[0] if isinstance(row.arb, tuple) else row.arb
            call = compile_cell(name, ball, self, flint, method)
            call = _settle_comparison(call, name) if _compares(row) else call
            call = call if isinstance(ball, str) else _guard(call)
            self._cells[name] = isolated(False, name, call) if _may_run_away(name, ball) else call
        return self._cells[name]


class Series:
    """The backend whose numbers are power series of `ctx.cap` coefficients, or balls where nothing varies."""

    def __init__(self) -> None:
        self._cells: dict[str, Callable[..., Any]] = {}

    def number(self, value: Fraction) -> arb:
        return BALLS.number(value)

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            varying = self._varying(name)  # constants beside an undecided condition are not constant: sign at 0
            self._cells[name] = varying if name == "where" else _ball_or_series(BALLS.cell(name), varying)
        return self._cells[name]

    def _varying(self, name: str) -> Callable[..., Any]:
        """The cell where some argument is a series."""
        row = FUNCTIONS[name]
        own = row.arb[1] if isinstance(row.arb, tuple) else row.arb
        if _compares(row):
            return _compare_series(BALLS.cell(name))
        if name == "floor":
            return _floor_of_series
        if by_differences(name) and not is_definition(own):
            return lambda *args: lift(BALLS.cell(name), args)
        call = compile_cell(name, own, self, flint, method)
        if _may_run_away(name, own):
            call = isolated(True, name, _over_series(call))
        probed = not (row.polynomial or row.conditions)
        if name in UNDEFINED:
            beyond = UNDEFINED[name]
            return _require_all_terms(lambda x, y: undefined() if beyond(x, y) else call(x, y), probed=probed)
        return _require_all_terms(call, probed=probed) if isinstance(own, str) and own.isidentifier() else call


def is_definition(cell: Any) -> bool:
    """Whether a cell is a text of the language, not a name or a callable."""
    return isinstance(cell, str) and not cell.isidentifier()


def _may_run_away(name: str, cell: Any) -> bool:
    """Whether a cell is a kernel of a special function, not a definition by others."""
    return name in SPECIAL_NAMES and not is_definition(cell)


def _over_series(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: call(*map(as_series, args))


def _compares(row: Function) -> bool:
    """Whether a row makes a condition of two numbers."""
    return row.condition and row.arity == 2 and not row.conditions


def _ball_or_series(ball: Callable[..., Any], series: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: (series if any(isinstance(arg, arb_series) for arg in args) else ball)(*args)


def as_series(value: Any) -> arb_series:
    """A ball as a constant series."""
    return value if isinstance(value, arb_series) else arb_series([value])


def method(name: str) -> Callable[..., Any]:
    """A method of the first argument, which takes the others."""
    return lambda x, *others: getattr(x, name)(*others)


@cache
def by_differences(name: str) -> bool:
    """Whether the power series of a row comes from differences, itself or through its definition."""
    row = FUNCTIONS[name]
    own = row.arb[1] if isinstance(row.arb, tuple) else row.arb
    if is_definition(own):
        return any(map(by_differences, parse_definition(name, own).functions))
    return (
        not isinstance(row.arb, tuple)
        and row.arity > 0
        and not (row.flat or row.condition)
        and (own is None or callable(own) or not hasattr(arb_series, own))
    )


def _guard(call: Callable[..., Any]) -> Callable[..., Any]:
    """Complex results that are real, as real; "no convergence" and orders that are no integers as NaN."""

    def cell(*args: Any) -> Any:
        try:
            value = call(*args)
        except (ValueError, TypeError, ZeroDivisionError):
            return arb.nan()
        if isinstance(value, acb):
            return value.real if value.imag.contains(0) else arb.nan()
        return value

    return cell


def undefined() -> arb_series:
    return arb_series([arb.nan()] * ctx.cap)


def _require_all_terms(call: Callable[..., Any], *, probed: bool = True) -> Callable[..., Any]:
    """A cell that is undefined, not a shorter series, where it is not analytic: 0/0, sqrt at 0.

    A truncated argument without linear term hides that, as in acos(cos(t)) at 0; a linear term in its place shows it.
    """

    def cell(*args: Any) -> Any:
        hidden = [isinstance(arg, arb_series) and arg.length() <= 1 for arg in args]
        given = [as_series(arg) for arg in args]
        try:
            value = call(*given)
            if probed and any(hidden):
                probe = call(*[arb_series([x[0], 1]) if h else x for x, h in zip(given, hidden, strict=True)])
                value = value if probe.prec >= ctx.cap and probe[1].is_finite() else undefined()
        except (ValueError, ZeroDivisionError):  # python-flint's words for "not analytic here"
            return undefined()
        return value if value.prec >= ctx.cap else undefined()

    return cell


def _settle_comparison(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A comparison of balls; what 1,000 bits cannot tell apart is equal, as sqrt(2)*sqrt(3) and sqrt(6) are."""

    def cell(x: arb, y: arb) -> bool | None:
        result = call(x, y)
        if result is None and ctx.prec >= 1000 and (x - y).rad() < arb(2) ** (-ctx.prec // 2):
            return name in ("le", "ge", "eq")
        return result

    return cell


def _compare_series(ball: Callable[..., Any]) -> Callable[..., Any]:
    """Comparisons of series hold in a neighbourhood, or are undecided: None at a switching point."""

    def cell(x: Any, y: Any) -> bool | None:
        a, b = as_series(x)[0], as_series(y)[0]
        return None if (a - b).contains(0) else ball(a, b)

    return cell


def _floor_of_series(x: arb_series) -> arb_series:
    value = x[0].floor()
    return arb_series([value]) if value.is_exact() and not x[0].contains(value) else undefined()


def lift(ball: Callable[..., Any], args: Sequence[Any]) -> arb_series:
    """The series of g(u(t)) by differences in t of a function known on balls only.

    With h = 2^-(prec/2 + 16) between the nodes a coefficient is off by O(h) of its scale; the spread between the steps
    h and h/2 becomes the radius. The nodes are off centre, for central ones are blind to an even pole between them.
    Not a proof, but tens of digits from no formula.
    """
    bits = ctx.prec
    shift = bits // 2
    with precision(bits + shift * 2 * ctx.cap, ctx.cap):
        coarse = _differences(ball, args, -shift - 16)
        fine = _differences(ball, args, -shift - 17)
    return arb_series([b.union(a) for a, b in zip(coarse, fine, strict=True)])


def _differences(ball: Callable[..., Any], args: Sequence[Any], exponent: int) -> list[arb]:
    """Coefficients k = 0 … cap-1: the difference of order k with step 2^exponent, an eighth off centre, over k!."""
    h = arb(2) ** exponent
    values: dict[Fraction, Any] = {}

    def at(s: Fraction) -> Any:
        if s not in values:
            t = h * BALLS.number(s)
            values[s] = ball(*[sum((c * t**k for k, c in enumerate(as_series(arg).coeffs())), arb(0)) for arg in args])
        return values[s]

    coefficients = []
    for k in range(ctx.cap):
        off = Fraction(bool(k), 8)
        terms = [(-1) ** j * comb(k, j) * at(Fraction(k, 2) - j + off) for j in range(k + 1)]
        coefficients.append(sum(terms, arb(0)) / (h**k * arb(k).fac()))
    return coefficients


BALLS = Balls()
SERIES = Series()
