"""Programs on Arb (python-flint): balls and power series with rigorous error bounds.

A ball is a midpoint with a radius that contains the true value; a power series has balls as coefficients, so that one
run of a program gives f, f', f''/2!, … (Johansson 2017, https://doi.org/10.1109/TC.2017.2690633). A function that Arb
has only on balls is lifted to power series by differences: see `lifted`.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from itertools import product
from math import comb, prod
from typing import Any

import flint
from flint import acb, arb, arb_series, ctx, fmpq

from derivcli.backends.cells import compiled, definition
from derivcli.language.functions import FUNCTIONS
from derivcli.points import Coordinate
from derivcli.program import Program, run
from derivcli.requests import MultiIndex

CONDITIONS = {"lt", "le", "gt", "ge", "eq", "ne"}
PATIENCE = 1.0  # seconds after which a ball is not refined further
TINIEST = arb(2) ** -1100  # far below the smallest float64
EXACT = {*CONDITIONS, "and", "or", "not", "floor"}
ARITHMETIC = {"add", "sub", "mul", "neg", "and", "or", "not", "where"}


@contextmanager
def precision(bits: int, length: int = 1) -> Iterator[None]:
    """Working precision in bits, and the length of power series."""
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, length
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before


class Balls:
    """The backend whose numbers are real balls; NaN is where the function is undefined."""

    def __init__(self) -> None:
        self._cells: dict[str, Callable[..., Any]] = {}

    def number(self, value: Fraction) -> arb:
        return arb(fmpq(value.numerator, value.denominator))

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            cell = FUNCTIONS[name].arb
            ball = cell[0] if isinstance(cell, tuple) else cell
            call = compiled(name, ball, self, flint, method)
            call = _compared(call, name) if name in CONDITIONS else call
            self._cells[name] = call if isinstance(ball, str) else _guarded(call)
        return self._cells[name]


class Series:
    """The backend whose numbers are power series of `ctx.cap` coefficients, or balls where nothing varies."""

    def __init__(self) -> None:
        self._cells: dict[str, Callable[..., Any]] = {}

    def number(self, value: Fraction) -> arb:
        return BALLS.number(value)

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            self._cells[name] = _either(BALLS.cell(name), self._varying(name))
        return self._cells[name]

    def _varying(self, name: str) -> Callable[..., Any]:
        """The cell where some argument is a series."""
        cell = FUNCTIONS[name].arb
        own = cell[1] if isinstance(cell, tuple) else cell
        if name in CONDITIONS:
            return _comparison(BALLS.cell(name))
        if name == "floor":
            return _floor
        if by_differences(name):
            return lambda *args: lifted(BALLS.cell(name), args)
        call = compiled(name, own, self, flint, method)
        if name == "pow":
            return _whole(lambda x, y: undefined() if x[0].contains(0) and y.length() > 1 else call(x, y))
        return _whole(call, probed=name not in ARITHMETIC) if isinstance(own, str) and own.isidentifier() else call


def _either(ball: Callable[..., Any], series: Callable[..., Any]) -> Callable[..., Any]:
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
    cell = FUNCTIONS[name].arb
    own = cell[1] if isinstance(cell, tuple) else cell
    if isinstance(own, str) and not own.isidentifier():
        return any(map(by_differences, definition(name, own).functions))
    return (
        not isinstance(cell, tuple)
        and FUNCTIONS[name].arity > 0
        and name not in EXACT
        and (own is None or callable(own) or not hasattr(arb_series, own))
    )


def _guarded(call: Callable[..., Any]) -> Callable[..., Any]:
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


def _whole(call: Callable[..., Any], *, probed: bool = True) -> Callable[..., Any]:
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
        except (ValueError, ZeroDivisionError, NotImplementedError):
            return undefined()
        return value if value.prec >= ctx.cap else undefined()

    return cell


def _compared(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A comparison of balls; what 1,000 bits cannot tell apart is equal, as sqrt(2)*sqrt(3) and sqrt(6) are."""

    def cell(x: arb, y: arb) -> bool | None:
        result = call(x, y)
        if result is None and ctx.prec >= 1000 and (x - y).rad() < arb(2) ** (-ctx.prec // 2):
            return name in ("le", "ge", "eq")
        return result

    return cell


def _comparison(ball: Callable[..., Any]) -> Callable[..., Any]:
    """Comparisons of series hold in a neighbourhood, or are undecided: None at a switching point."""

    def cell(x: Any, y: Any) -> bool | None:
        a, b = as_series(x)[0], as_series(y)[0]
        return None if (a - b).contains(0) else ball(a, b)

    return cell


def _floor(x: arb_series) -> arb_series:
    value = x[0].floor()
    return arb_series([value]) if value.is_exact() and not x[0].contains(value) else undefined()


def lifted(ball: Callable[..., Any], args: Sequence[Any]) -> arb_series:
    """The series of g(u(t)) by central differences in t of a function known on balls only.

    With m = cap nodes at t = jh, h = 2^-(prec/4m), the coefficients of the interpolating polynomial are off by O(h²) of
    their scale; the spread between steps h and h/2 becomes the radius. Not a proof, but tens of digits from no formula.
    """
    bits = ctx.prec
    shift = bits // 2
    with precision(bits + shift * 2 * ctx.cap, ctx.cap):
        coarse = _differences(ball, args, -(shift // 2))
        fine = _differences(ball, args, -(shift // 2) - 1)
    return arb_series([b.union(a) for a, b in zip(coarse, fine, strict=True)])


def _differences(ball: Callable[..., Any], args: Sequence[Any], exponent: int) -> list[arb]:
    """Coefficients k = 0 … cap-1: the central difference of order k with step 2^exponent, over k!."""
    h = arb(2) ** exponent
    values: dict[Fraction, Any] = {}

    def at(s: Fraction) -> Any:
        if s not in values:
            t = h * BALLS.number(s)
            values[s] = ball(*[sum((c * t**k for k, c in enumerate(as_series(arg).coeffs())), arb(0)) for arg in args])
        return values[s]

    coefficients = []
    for k in range(ctx.cap):
        terms = [(-1) ** j * comb(k, j) * at(Fraction(k, 2) - j) for j in range(k + 1)]
        coefficients.append(sum(terms, arb(0)) / (h**k * arb(k).fac()))
    return coefficients


BALLS = Balls()
SERIES = Series()


def coordinate(value: Coordinate) -> arb:
    """A coordinate as a ball at the working precision. Raises UnsupportedError where it has no value."""
    return run(value, BALLS, [])[0] if isinstance(value, Program) else BALLS.number(value)


def coordinates(point: Sequence[Coordinate]) -> list[arb]:
    """A point as balls at the working precision."""
    return [coordinate(value) for value in point]


def values(program: Program, inputs: Sequence[arb]) -> list[arb]:
    """The outputs as balls."""
    return run(program, BALLS, inputs)


def jets(program: Program, inputs: Sequence[arb], direction: Sequence[Fraction], order: int) -> list[arb_series]:
    """The Taylor coefficients (divided by k!) of the outputs along a direction, up to an order."""
    with precision(ctx.prec, order + 1):
        lines = [arb_series([x, BALLS.number(d)]) if d else x for x, d in zip(inputs, direction, strict=True)]
        return [y if isinstance(y, arb_series) else arb_series([y]) for y in run(program, SERIES, lines)]


def partial_derivatives(program: Program, inputs: Sequence[arb], partials: Sequence[MultiIndex]) -> list[list[arb]]:
    """Every partial (inner) of every output (outer) as a ball at the working precision; () is the output itself.

    A mixed partial of order n comes from univariate jets by polarisation: with c_n(d) the n-th coefficient along d,
    ∂^α f = Σ_k Π_i (-1)^k_i C(α_i, k_i) c_n(α/2 - k), exactly (Griewank, Utke & Walther 2000, Math. Comp. 69, 1117).
    """
    columns = []
    for partial in partials:
        counts = {name: partial.count(name) for name in dict.fromkeys(partial)}
        n = len(partial)
        if not partial:
            columns.append(values(program, inputs))
            continue
        total = [arb(0)] * len(program.outputs)
        terms = [((1,), arb(n).fac())] if len(counts) == 1 else _polarisation(tuple(counts.values()))
        for steps, weight in terms:
            along = dict(zip(counts, steps, strict=True))
            direction = [Fraction(along.get(name, 0)) for name in program.variables]
            series = jets(program, inputs, direction, n)
            total = [t + weight * s[n] for t, s in zip(total, series, strict=True)]
        columns.append(total)
    return [list(row) for row in zip(*columns, strict=True)]


def _polarisation(alpha: tuple[int, ...]) -> Iterator[tuple[tuple[Fraction, ...], arb]]:
    for k in product(*(range(a + 1) for a in alpha)):
        sign = (-1) ** sum(k)
        yield tuple(Fraction(a, 2) - j for a, j in zip(alpha, k, strict=True)), arb(sign * prod(map(comb, alpha, k)))


def refined(balls: Callable[[], list[arb]], *, most: int = 4096) -> list[arb]:
    """The balls of a computation at 128, 256, … bits, until each is tight, or as they are at the last."""
    bits, started = 128, time.monotonic()
    while True:
        with precision(bits):
            result = balls()
        if bits >= most or all(map(tight, result)) or time.monotonic() - started > PATIENCE:
            return result
        bits *= 2


def tight(ball: arb) -> bool:
    """Whether a ball says all that a float64 can hold: 63 bits, or nothing but zero."""
    return ball.is_finite() and (ball.rel_accuracy_bits() >= 63 or ball.abs_upper() < TINIEST)


def rounded(ball: arb) -> float:
    """The nearest float64 of a tight ball; NaN where there is no value."""
    return float(ball.mid()) if ball.is_finite() else math.nan
