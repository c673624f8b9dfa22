"""Programs on Arb (python-flint): balls and power series with rigorous error bounds.

A ball is a midpoint with a radius that contains the true value; a power series has balls as coefficients, so that one
run of a program gives f, f', f''/2!, … (Johansson 2017, https://doi.org/10.1109/TC.2017.2690633). A function that Arb
has only on balls is lifted to power series by differences: see `lifted`.
"""

import math
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
from derivcli.errors import UnsupportedError
from derivcli.language.functions import FUNCTIONS
from derivcli.points import Coordinate
from derivcli.program import Program, run
from derivcli.requests import MultiIndex

CONDITIONS = {"lt", "le", "gt", "ge", "eq", "ne"}
TINIEST = arb(2) ** -1100  # far below the smallest float64
EXACT = {*CONDITIONS, "and", "or", "not", "floor"}


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
            self._cells[name] = call if isinstance(ball, str) else _guarded(call)
        return self._cells[name]


class Series:
    """The backend whose numbers are power series of `ctx.cap` coefficients."""

    def __init__(self) -> None:
        self._cells: dict[str, Callable[..., Any]] = {name: _comparison(name) for name in CONDITIONS}

    def number(self, value: Fraction) -> arb_series:
        return arb_series([BALLS.number(value)])

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            self._cells[name] = self._made(name)
        return self._cells[name]

    def _made(self, name: str) -> Callable[..., Any]:
        cell = FUNCTIONS[name].arb
        own = cell[1] if isinstance(cell, tuple) else cell
        if name == "floor":
            return _floor
        if name in EXACT or name in ("true", "false"):
            return BALLS.cell(name)
        if not FUNCTIONS[name].parameters:
            return lambda: arb_series([BALLS.cell(name)()])
        if by_differences(name):
            return lambda *args: lifted(BALLS.cell(name), args)
        call = compiled(name, own, self, flint, method)
        return call if callable(own) else _whole(call)


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
    return not isinstance(cell, tuple) and FUNCTIONS[name].arity > 0 and name not in EXACT and (
        own is None or callable(own) or not hasattr(arb_series, own)
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


def constant(series: arb_series) -> bool:
    """Whether a series is a number: no dependence on the variable at all."""
    return series.length() <= 1


def _whole(call: Callable[..., Any]) -> Callable[..., Any]:
    """Division and roots that lose leading terms (0/0, sqrt of 0) are undefined, not shorter series."""

    def cell(*args: Any) -> Any:
        try:
            value = call(*args)
        except (ValueError, ZeroDivisionError, NotImplementedError):
            return undefined()
        return value if value.prec >= ctx.cap else undefined()

    return cell


def _comparison(name: str) -> Callable[..., Any]:
    """Comparisons of series hold in a neighbourhood, or are undecided: None at a switching point."""
    ball = BALLS.cell(name)

    def cell(x: arb_series, y: arb_series) -> bool | None:
        if constant(x) and constant(y):
            return ball(x[0], y[0])
        return None if (x[0] - y[0]).contains(0) and not constant(x - y) else ball(x[0], y[0])

    return cell


def _floor(x: arb_series) -> arb_series:
    value = x[0].floor()
    inside = value.is_exact() and (constant(x) or not x[0].contains(value))
    return arb_series([value]) if inside else undefined()


def lifted(ball: Callable[..., Any], args: Sequence[arb_series]) -> arb_series:
    """The series of g(u(t)) by central differences in t of a function known on balls only.

    With m = cap nodes at t = jh, h = 2^-(prec/4m), the coefficients of the interpolating polynomial are off by O(h²) of
    their scale; the spread between steps h and h/2 becomes the radius. Not a proof, but tens of digits from no formula.
    """
    if all(constant(arg) for arg in args):
        return arb_series([ball(*[arg[0] for arg in args])])
    bits = ctx.prec
    shift = bits // 2
    with precision(bits + shift * 2 * ctx.cap, ctx.cap):
        coarse = _differences(ball, args, -(shift // 2))
        fine = _differences(ball, args, -(shift // 2) - 1)
    return arb_series([b.union(a) for a, b in zip(coarse, fine, strict=True)])


def _differences(ball: Callable[..., Any], args: Sequence[arb_series], exponent: int) -> list[arb]:
    """Coefficients k = 0 … cap-1: the central difference of order k with step 2^exponent, over k!."""
    h = arb(2) ** exponent
    values: dict[Fraction, Any] = {}

    def at(s: Fraction) -> Any:
        if s not in values:
            t = h * BALLS.number(s)
            values[s] = ball(*[sum((c * t**k for k, c in enumerate(arg.coeffs())), arb(0)) for arg in args])
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
        lines = [
            arb_series([x, BALLS.number(d)]) if d else arb_series([x]) for x, d in zip(inputs, direction, strict=True)
        ]
        return run(program, SERIES, lines)


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
    bits = 128
    while True:
        with precision(bits):
            result = balls()
        if bits >= most or all(map(tight, result)):
            return result
        bits *= 2


def tight(ball: arb) -> bool:
    """Whether a ball says all that a float64 can hold: 63 bits, or nothing but zero."""
    return ball.is_finite() and (ball.rel_accuracy_bits() >= 63 or ball.abs_upper() < TINIEST)


def rounded(ball: arb) -> float:
    """The nearest float64 of a tight ball; NaN where there is no value."""
    return float(ball.mid()) if ball.is_finite() else math.nan
