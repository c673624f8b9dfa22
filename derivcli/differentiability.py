"""Is there a derivative here? One-sided difference quotients in ball arithmetic → what f does at a point.

    f(x ± h)  for  h ≈ 2^-50, 2^-100, 2^-200, … 2^-12800   (exponents double, so that even h^0.01 shows where it goes)

From the limits of these values and of their slopes: differentiable, edge of the domain, kink, jump, vertical tangent,
cusp, removable singularity, no limit, undefined. For order n the same test is made of the derivative of order n-1.
The steps are no powers of two: sin(pi/h) must not be 0 at all of them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from flint import arb

from derivcli.backends import arb as balls
from derivcli.points import Coordinate
from derivcli.program import Program
from derivcli.records import Behaviour, Kind
from derivcli.requests import MultiIndex

EXPONENTS = tuple(50 * 2**k for k in range(9))
FACTORS = (0.8414, 0.9093, 0.6435, 0.7568, 0.9589, 0.7079, 0.6569, 0.9893, 0.8415)  # no pattern, near 1
FARTHEST = 10**15  # exp(-1/h²) has exponents beyond any float
SETTLED = 60  # bits to which a limit is pursued
SAME = 40  # bits to which two limits are told apart


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


NOWHERE = Limit(arb.nan())


class Side:
    """A function on one side of a point: its values at the steps, computed as they are needed."""

    def __init__(self, function: Callable[[arb], arb], sign: int, settled: int) -> None:
        self.function, self.sign, self.settled = function, sign, settled
        self.known: dict[int, tuple[arb, arb]] = {}

    def at(self, k: int) -> tuple[arb, arb]:
        """(t, f(x + t)) for the k-th step, at twice the precision that its cancellation takes."""
        if k not in self.known:
            for bits in (2 * EXPONENTS[k] + 300, 4 * EXPONENTS[k] + 1200):
                with balls.precision(bits):
                    t = self.sign * arb(str(FACTORS[k])) * arb(2) ** -EXPONENTS[k]
                    self.known[k] = t, self.function(t)
                    if self.known[k][1].is_finite() and self.known[k][1].rad() < arb(2) ** (-EXPONENTS[k] - 100):
                        break
        return self.known[k]

    @cached_property
    def defined(self) -> bool:
        """Whether the function has values arbitrarily near the point."""
        return all(self.at(k)[1].is_finite() for k in (0, 1, 2))

    def limit(self) -> Limit:
        """The limit of the function."""
        return limit(lambda k: self.at(k)[1], self.settled) if self.defined else NOWHERE

    def slope(self, value: arb | None) -> Limit:
        """The limit of the difference quotients from `value`, or from the last step where there is no value."""
        far, end = (arb(0), value) if value is not None else self.at(len(EXPONENTS) - 1)

        def quotient(k: int) -> arb:
            t, f = self.at(k)
            with balls.precision(2 * EXPONENTS[k] + 300):
                return (f - end) / (t - far)

        return limit(quotient, self.settled, len(EXPONENTS) - (value is None))


def limit(term: Callable[[int], arb], settled: int, count: int = len(EXPONENTS)) -> Limit:
    """Where a sequence goes as its steps shrink from 2^-50 to 2^-12800, to so many bits."""
    terms: list[arb] = []
    gaps: list[float] = []  # log2 of the distance of neighbours
    for k in range(count):
        terms.append(term(k))
        if not terms[-1].is_finite():
            terms.pop()
            break
        if k:
            gaps.append(_size(terms[k] - terms[k - 1]))
        if k > 1 and max(gaps[-1], gaps[-2] - settled / 3) < max(_size(terms[k]), -SETTLED) - settled:
            return Limit(min((_ball(y, x) for x, y in pairwise(terms)), key=lambda ball: ball.rad()))
    if len(terms) < 4:
        return NOWHERE
    if _diverges(terms):
        return Limit(arb.pos_inf() if terms[-1] > 0 else arb.neg_inf())
    if all(later < earlier - 0.5 for earlier, later in pairwise(gaps[-4:])):
        return Limit(_slow(terms))
    return NOWHERE


def _size(ball: arb) -> float:
    """log2 of the magnitude; -inf for what cannot be told from 0."""
    if ball.contains(0):
        return -math.inf
    mantissa, exponent = abs(ball).mid().man_exp()
    size = int(exponent) + int(mantissa).bit_length()
    return float(max(-FARTHEST, min(size, FARTHEST)))


def _ball(value: arb, before: arb) -> arb:
    """A term with its distance to the one before as radius (the truth is far nearer)."""
    with balls.precision(2 * EXPONENTS[-1]):
        return arb(value.mid(), (value - before).abs_upper() + value.rad())


def _diverges(terms: Sequence[arb]) -> bool:
    """Whether the last terms grow without a sign of stopping: like a power of h, or like log(h)."""
    last = terms[-4:]
    one_sign = all(term > 0 for term in last) or all(term < 0 for term in last)
    return one_sign and all(abs(after) > arb("1.2") * abs(before) for before, after in pairwise(last))


def _slow(terms: Sequence[arb]) -> arb:
    """Aitken's extrapolation of a limit that is approached slowly, as 1/log(h) does."""
    x, y, z = terms[-3:]
    value = z - (z - y) ** 2 / ((z - y) - (y - x))
    return arb(value.mid(), abs(z - value).abs_upper())


def behaviour(
    program: Program, output: int, point: Sequence[Coordinate], partial: MultiIndex, settled: int = SETTLED
) -> Behaviour:
    """What the derivative of order n-1 does at a point along the last variable of a multi-index of order n."""
    lower, i = partial[:-1], program.variables.index(partial[-1])

    def function(t: arb | int) -> arb:
        inputs = balls.coordinates(point)
        inputs[i] += t
        return balls.partial_derivatives(program, inputs, [lower])[output][0]

    here = _here(program, output, point, lower, function, settled)
    sides = Side(function, -1, settled), Side(function, 1, settled)
    if lower and here is None:
        return Behaviour(Kind.UNDEFINED)
    return _classified(here, *sides)


def _here(
    program: Program,
    output: int,
    point: Sequence[Coordinate],
    lower: MultiIndex,
    function: Callable[[int], arb],
    settled: int,
) -> arb | None:
    """The function's own value at the point, or None where it has none; a derivative by limits goes deeper."""
    for bits in (2 * EXPONENTS[3], 2 * EXPONENTS[-1] + 300):
        with balls.precision(bits):
            value = function(0)
            if value.is_finite() and (value.is_exact() or bits > EXPONENTS[-1]):
                return value
    return behaviour(program, output, point, lower, min(12 * settled, 5000)).derivative if lower else None


def _classified(here: arb | None, left: Side, right: Side) -> Behaviour:
    sides = [side for side in (left, right) if side.defined]
    limits = left.limit(), right.limit()
    shown = _float(limits[0].value), _float(limits[1].value)
    if not sides:
        return Behaviour(Kind.UNDEFINED)
    there = [limits[side is right] for side in sides]
    if not all(each.finite for each in there):
        return Behaviour(Kind.UNDEFINED if here is None else Kind.NO_LIMIT, limits=shown)
    meet = len(there) == 1 or same(there[0].value, there[1].value)
    if not meet or (here is not None and not all(same(each.value, here) for each in there)):
        return Behaviour(Kind.UNDEFINED if here is None else Kind.JUMP, limits=shown)
    slopes = left.slope(here) if left.defined else NOWHERE, right.slope(here) if right.defined else NOWHERE
    return _of_slopes(slopes, [slopes[side is right] for side in sides], shown, extended=here is None)


def _of_slopes(
    slopes: tuple[Limit, Limit], there: list[Limit], limits: tuple[float, float], *, extended: bool
) -> Behaviour:
    left, right = (_float(slope.value) for slope in slopes)
    if not all(slope.exists for slope in there):
        return Behaviour(Kind.NO_LIMIT, left, right, limits)
    if not all(slope.finite for slope in there):
        cusp = {left, right} == {-math.inf, math.inf}
        return Behaviour(Kind.CUSP if cusp else Kind.VERTICAL, left, right, limits)
    if len(there) == 2 and not same(there[0].value, there[1].value):
        return Behaviour(Kind.KINK, left, right, limits)
    derivative = min((slope.value for slope in there), key=lambda ball: float(ball.rad()))
    kind = Kind.REMOVABLE if extended else Kind.DIFFERENTIABLE if len(there) == 2 else Kind.EDGE
    return Behaviour(kind, left, right, limits, derivative)


def same(a: arb, b: arb) -> bool:
    """Whether two limits are one: to 40 bits of the larger, or absolutely."""
    return _size(a - b) < max(_size(a), _size(b), 0.0) - SAME or (a - b).contains(0)


def _float(ball: arb) -> float:
    """A slope as a float; what cannot be told from 0 is 0."""
    if ball.is_nan():
        return math.nan
    if not ball.is_finite():
        return math.inf if ball > 0 else -math.inf
    return 0.0 if abs(ball) < arb(2) ** -SETTLED else float(ball.mid())


def settled(ball: arb) -> bool:
    """Whether a limit is known as well as a float64 needs it: to 50 bits, or as 0 to 60 binary places."""
    return ball.rel_accuracy_bits() >= 50 or (ball.contains(0) and ball.rad() < arb(2) ** -SETTLED)
