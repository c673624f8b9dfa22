"""Where a sequence of balls goes → a number with an error bound, ± infinity, or nowhere.

The steps behind the terms are h = 2^-e with e in a geometric sequence, so that what depends on h as slowly as 1/log(h)
is a sum of geometric sequences, which Aitken's formula extrapolates.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from flint import arb

from derivcli.backends.precision import precision

MAX_BITS = 40_000  # bits in which neighbours are told apart
MAX_EXPONENT = 10**12  # exp(-1/h²) has exponents beyond any float: it is 0
TAIL_TERMS = 6  # terms that show where a slow sequence is going
EVEN = 0.02  # bits by which gaps may differ and still be called equal


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a sequence goes: a number, ± infinity, or nowhere (NaN)."""

    value: arb

    @property
    def exists(self) -> bool:
        return not self.value.is_nan()

    @property
    def finite(self) -> bool:
        return self.value.is_finite()

    def meets(self, other: arb) -> bool:
        """Whether two limits can be one, as far as they are known."""
        return self.value.overlaps(other)

    def __float__(self) -> float:
        """The nearest float64; what cannot be told from 0 is 0."""
        if not self.finite:
            return math.nan if not self.exists else math.inf if self.value > 0 else -math.inf
        return 0.0 if self.value.contains(0) else float(self.value.mid())


NOWHERE = Limit(arb.nan())


def limit(term: Callable[[int], arb], count: int, settled: int) -> Limit:
    """Where a sequence of at most `count` terms goes, to so many bits of its largest term."""
    terms: list[arb] = []
    gaps: list[float] = []  # log2 of the distance of neighbours
    largest = -math.inf
    for k in range(count):
        value = term(k)
        if not value.is_finite():
            break
        terms.append(value)
        largest = max(largest, size(value))
        if k:
            gaps.append(size(value - terms[k - 1]))
        if k > 1 and max(gaps[-1], gaps[-2] - settled / 3) <= largest - settled:
            return Limit(min((_nearer(y, x) for x, y in pairwise(terms)), key=arb.rad))
        if (
            k > TAIL_TERMS
            and gaps[-1] > gaps[-TAIL_TERMS] + settled
            and _grows(terms[-TAIL_TERMS:], gaps[1 - TAIL_TERMS :])
        ):
            break
    return _slow(terms, gaps) if len(terms) > 2 else NOWHERE


def size(ball: arb) -> float:
    """log2 of the magnitude; -inf for what cannot be told from 0."""
    if ball.contains(0):
        return -math.inf
    mantissa, exponent = map(int, abs(ball).mid().man_exp())
    if abs(exponent) > MAX_EXPONENT:
        return float(MAX_EXPONENT) if exponent > 0 else -math.inf
    return exponent + math.log2(mantissa)


def _nearer(value: arb, before: arb) -> arb:
    """A term with its distance to the one before as radius (the truth is far nearer)."""
    with precision(MAX_BITS):
        return arb(value.mid(), (value - before).abs_upper() + value.rad())


def _slow(terms: Sequence[arb], gaps: Sequence[float]) -> Limit:
    """Where a sequence goes that does not settle: beyond bounds, slowly somewhere, or to and fro."""
    last = terms[-TAIL_TERMS:]
    spread = _spread(last)
    one_way = len({y > x for x, y in pairwise(last)}) == 1
    if len(terms) >= TAIL_TERMS and _grows(last, gaps[1 - TAIL_TERMS :]):
        return Limit(arb.pos_inf() if last[-1] > 0 else arb.neg_inf())
    bends = [later - earlier for earlier, later in pairwise(gaps)]
    shrinking = len(list(takewhile(lambda bend: bend < -EVEN, reversed(bends))))
    if one_way and shrinking >= TAIL_TERMS - 2:
        return Limit(_extrapolate(terms[-shrinking - 2 :]))
    if len(terms) < TAIL_TERMS or one_way or spread < _spread(terms) / 8:
        return Limit(arb(last[-1].mid(), 2 * spread))
    return NOWHERE


def _grows(terms: Sequence[arb], gaps: Sequence[float]) -> bool:
    """Whether terms of one sign go beyond bounds: by steps that do not shrink, like those of log(h)."""
    away = all(abs(y) > abs(x) and x * y > 0 for x, y in pairwise(terms))
    return away and all(later > earlier - EVEN for earlier, later in pairwise(gaps))


def _spread(terms: Sequence[arb]) -> arb:
    return max((abs(y - x).abs_upper() for x in terms for y in terms), default=arb(0))


def _extrapolate(terms: Sequence[arb]) -> arb:
    """Aitken's formula, repeated: the first run is exact for c + a r^k, the next take off what is left.

    The radius is four times the step between the two runs that are nearest to each other.
    """
    with precision(256):
        column, ends = [term.mid() for term in terms], []
        while column:
            ends.append(column[-1])
            column = [_aitken(x, y, z).mid() for x, y, z in zip(column, column[1:], column[2:], strict=False)]
        rounding = _spread(terms) * arb(2) ** -100  # the steps have 128 bits
        return min((arb(b, (4 * (b - a)).abs_upper() + rounding) for a, b in pairwise(ends)), key=arb.rad)


def _aitken(x: arb, y: arb, z: arb) -> arb:
    bend = (z - y) - (y - x)
    return z if bend.contains(0) else z - (z - y) ** 2 / bend
