"""Programs in ball arithmetic: values, jets and partial derivatives with rigorous error bounds.

The cells are in `series`; here a program is run on them, at a precision that is doubled until the balls are tight.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod

from flint import arb, arb_series, ctx

from derivcli.backends.series import BALLS, SERIES, by_differences, precision
from derivcli.points import Coordinate
from derivcli.program import Program, run
from derivcli.requests import MultiIndex

__all__ = [
    "BALLS", "SERIES", "by_differences", "coordinate", "coordinates", "jets", "partial_derivatives", "precision",
    "refined", "rounded", "tight", "values",
]  # fmt: skip

PATIENCE = 1.0  # seconds after which a ball is not refined further
TINIEST = arb(2) ** -1100  # far below the smallest float64


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
