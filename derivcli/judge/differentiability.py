"""Is there a derivative here? One-sided difference quotients in ball arithmetic → what f does at a point.

    f(x ± h)  for  h = 2^-e,  e = 51, 72, 103, … 13900   (exponents grow too, so that even h^0.01 shows where it goes)

From the limits of these values and of their slopes: differentiable, edge of the domain, kink, jump, vertical tangent,
cusp, removable singularity, no limit, undefined. For order n the same test is made of the derivative of order n-1.
The exponents are no whole numbers: sin(pi/h) or 2^floor(log2(h)) must not be the same at all of them. The
first step is below every number in the formula and the point, and below what the formula makes of them:
|x| + |x - 1e-30| has two kinks, 1e-30 apart, and x*where(|x| < exp(-100), 1, 2) two jumps.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from functools import partial as partial_

from flint import arb

from derivcli.backends import balls
from derivcli.formula.constants import Coordinate
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.program import MultiIndex, Program
from derivcli.formula.transforms import specialise
from derivcli.judge.limits import NOWHERE, Limit, limit
from derivcli.records import Behaviour, Kind

RATIO = Fraction(142, 100)  # of exponents
MAX_STEPS = 17  # steps
MAX_EXPONENT = 20_000  # exponent
BITS_BELOW_NUMBERS = 50  # bits between the numbers in sight and the first step
RANGE = 2200  # bits: no two float64 are further from 1
SETTLED_BITS = 60  # bits to which a limit is pursued
MAX_SETTLED_BITS = 5000  # bits to which the limits are pursued that a derivative of higher order is made of
JUMPING = frozenset(row.name for row in FUNCTIONS.values() if row.flat and not row.ignores and not row.condition)


class Side:
    """A function on one side of a point, or (sign 0) at it: its values at the steps, computed as they are needed."""

    def __init__(self, function: Callable[[arb], arb], sign: int, exponents: Sequence[Fraction], settled: int) -> None:
        self.function, self.sign, self.exponents, self.settled = function, sign, exponents, settled
        self.known: dict[int, tuple[arb, arb]] = {}

    def at(self, k: int) -> tuple[arb, arb]:
        """(t, f(x + t)) for the k-th step, at twice the precision that its cancellation takes."""
        if k not in self.known:
            e = math.ceil(self.exponents[k])
            t = _step(self.sign, self.exponents[k])
            for bits in (2 * e + 300, 4 * e + 1200):
                with balls.precision(bits):
                    value = self.function(t)
                if value.is_finite() and value.rad() < arb(2) ** (-e - 100):
                    break
            self.known[k] = t, value
        return self.known[k]

    @cached_property
    def defined(self) -> bool:
        """Whether the function has values arbitrarily near the point."""
        return all(self.at(k)[1].is_finite() for k in ((0, 1, 2) if self.sign else (0,)))

    @cached_property
    def limit(self) -> Limit:
        """The limit of the function."""
        return limit(lambda k: self.at(k)[1], len(self.exponents), self.settled) if self.defined else NOWHERE

    def slope(self, here: "Side | None") -> Limit:
        """The limit of the difference quotients from the value at the point, or from the next step without one."""

        def quotient(k: int) -> arb:
            (t, f), (s, g) = self.at(k), here.at(k) if here else self.at(k + 1)
            with balls.precision(2 * math.ceil(self.exponents[k]) + 300):
                return (f - g) / (t - s)

        return limit(quotient, len(self.exponents) - (here is None), self.settled) if self.defined else NOWHERE


def _exponents(program: Program, point: Sequence[Coordinate], scales: Sequence[float]) -> list[Fraction]:
    """Of the steps: the first is below the distance of two numbers in sight, which is 1/(bd) or more for a/b, c/d."""
    programs = [program, *(x for x in point if isinstance(x, Program))]
    numbers = [x for x in point if not isinstance(x, Program)]
    numbers += [i.value for p in programs for i in p.instructions if i.value is not None]
    sizes: list[float] = [max(x.numerator.bit_length(), x.denominator.bit_length()) for x in numbers]
    farthest = sorted(min(size, RANGE) for size in (*sizes, *scales))[-2:]
    first = BITS_BELOW_NUMBERS + min(math.ceil(sum(farthest)), RANGE)
    return [e for e in (first * RATIO**k for k in range(MAX_STEPS)) if e < MAX_EXPONENT]


def _step(sign: int, exponent: Fraction) -> arb:
    """±2^-exponent as an exact number of 128 bits."""
    with balls.precision(128):
        return sign * (arb(2) ** -balls.BALLS.number(exponent)).mid()


def behaviour(
    program: Program, output: int, point: Sequence[Coordinate], partial: MultiIndex, settled: int = SETTLED_BITS
) -> Behaviour:
    """What the derivative of order n-1 does at a point along the last variable of a multi-index of order n.

    Where that derivative does not exist either: what those before it do.
    """
    lower, i = partial[:-1], program.variables.index(partial[-1])
    scales = balls.scales(program, point)
    if max(scales, default=0) > balls.MAX_BITS and program.functions & JUMPING:
        return Behaviour(Kind.UNKNOWN)  # as floor(exp(3000)): its jumps are nearer than all steps
    exponents = _exponents(program, point, scales)

    def function(program: Program, t: arb) -> arb:
        inputs = balls.coordinates(point)
        inputs[i] += t
        return balls.partial_derivatives(program, inputs, [lower])[output][0]

    there = program if lower else specialise(program, point)
    left, right = (Side(partial_(function, program), sign, exponents, settled) for sign in (-1, 1))
    here = Side(partial_(function, there), 0, exponents, settled)
    if here.defined or not lower:
        found = _classify(here if here.defined else None, left, right)
        doubtful = not here.defined and not balls.is_undefined(program, output, point)
        return Behaviour(Kind.UNKNOWN) if doubtful and not (left.defined or right.defined) else found
    deeper = min(12 * settled + 4 * math.ceil(exponents[0]), MAX_SETTLED_BITS)
    before = behaviour(program, output, point, lower, deeper)
    if before.derivative is None:  # a kink of f is told as one; beyond a jump there is nothing to tell
        return Behaviour(Kind.UNDEFINED) if before.kind == Kind.JUMP else before
    known = sum(before.derivative.rad() < arb(2) ** -(math.ceil(e) + settled) for e in exponents)
    for side in (left, right):
        side.exponents = exponents[: max(known, 3)]
    found = _classify(Side(lambda t: before.derivative, 0, exponents, settled), left, right)
    if before.kind != Kind.REMOVABLE or found.derivative is None:
        return found
    return replace(found, kind=Kind.REMOVABLE, limits=before.limits)


def _classify(here: Side | None, left: Side, right: Side) -> Behaviour:
    sides = [side for side in (left, right) if side.defined]
    if not sides:
        return Behaviour(Kind.UNDEFINED)
    limits = float(left.limit), float(right.limit)
    if not all(side.limit.exists for side in sides):
        return Behaviour(Kind.NO_LIMIT if here else Kind.UNDEFINED, limits=limits)
    values = [side.limit.value for side in sides] + ([here.at(0)[1]] if here else [])
    if not all(side.limit.finite and side.limit.meets(value) for side in sides for value in values):
        return Behaviour(Kind.JUMP if here else Kind.UNDEFINED, limits=limits)
    return _classify_slopes(left.slope(here), right.slope(here), len(sides) == 2, limits, extended=here is None)


def _classify_slopes(
    left: Limit, right: Limit, both: bool, limits: tuple[float, float], *, extended: bool
) -> Behaviour:
    slopes = float(left), float(right)
    there = [slope for slope in (left, right) if both or slope.exists]
    if not there or not all(slope.exists for slope in there):
        return Behaviour(Kind.NO_LIMIT, *slopes, limits)
    if not all(slope.finite for slope in there):
        return Behaviour(Kind.CUSP if set(slopes) == {-math.inf, math.inf} else Kind.VERTICAL, *slopes, limits)
    if not there[0].meets(there[-1].value):
        return Behaviour(Kind.KINK, *slopes, limits)
    derivative = min((slope.value for slope in there), key=arb.rad)
    kind = Kind.REMOVABLE if extended else Kind.DIFFERENTIABLE if both else Kind.EDGE
    return Behaviour(kind, *slopes, limits, derivative)


def is_settled(ball: arb, f: float = 0.0) -> bool:
    """Whether a limit is known as well as a float64 needs it: to 50 bits, or as 0 to 60 binary places of f's size."""
    size = min(1.0, abs(f) or 1.0)
    return ball.rel_accuracy_bits() >= 50 or (ball.contains(0) and ball.rad() < size * arb(2) ** -SETTLED_BITS)
