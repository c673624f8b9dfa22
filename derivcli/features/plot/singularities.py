"""Where a function of one variable is not smooth, and what it does there: program, interval → `Singularity`s.

In an interval of a few ulps around it a number is guessed, and the arbiter asked at exactly that number. Where no guess
fits, the interval is cut on to 2^-300, and the values on both sides tell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from derivcli.backends import balls
from derivcli.features.plot.isolation import MAX_FOUND, deeper, isolate
from derivcli.formula.constants import Coordinate, parse_constant
from derivcli.formula.program import Program
from derivcli.judge.differentiability import behaviour, is_settled
from derivcli.judge.smoothness import enclose_series
from derivcli.records import Behaviour, Kind
from derivcli.requests.closed_forms import find_closed_forms, literals, write

BESIDE = (Fraction(1, 2**120), Fraction(1, 2**240), Fraction(1, 2**360))  # how near to it limits are looked for
POLE = "pole"

Sides = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Singularity:
    """A number, and what f does there; `sides` are the limits of f, f', … from the left and from the right.

    A limit is ± infinity, or NaN where there is none. `level` n says that f^(n) is the first that does it.
    """

    x: float
    text: str
    kind: str
    level: int
    value: float
    sides: Sides

    def joined(self, order: int) -> bool:
        """Whether f^(order) is continuous here."""
        left, right = self.sides[order]
        met = math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-30)
        here = order > 0 or math.isclose(self.value, left, rel_tol=1e-9, abs_tol=1e-30)
        return order <= self.level and met and here


@dataclass(frozen=True, slots=True)
class Singularities:
    """What was found between two numbers, and the intervals that were given up."""

    found: tuple[Singularity, ...]
    unresolved: tuple[tuple[float, float], ...]


def find_singularities(program: Program, low: float, high: float, order: int) -> Singularities:
    """Where f, f', … f^(order) of a program with one variable and one output are not continuous on [low, high].

    An interval is taken to be outside the domain where f is undefined at both ends and between.
    """
    narrow, unresolved = isolate(program, low, high, order)
    found = []
    for left, right in narrow[:MAX_FOUND]:
        singularity = _singularity(program, left, right, order)
        if singularity and low <= singularity.x <= high:
            found.append(singularity)
    rest = [(float(left), float(right)) for left, right in (*narrow[MAX_FOUND:], *unresolved)]
    return Singularities(tuple(found), tuple(sorted(rest)))


def _singularity(program: Program, left: Fraction, right: Fraction, order: int) -> Singularity | None:
    """What is in a narrow interval; None where it only could not be proved that there is nothing."""
    known = [write(value) for value in literals(program) if left <= value <= right]
    for text in dict.fromkeys([*known, *find_closed_forms(left, right)]):
        coordinate = parse_constant(text)
        for level in range(order):
            found = behaviour(program, 0, [coordinate], program.variables * (level + 1))
            if found.kind != Kind.DIFFERENTIABLE:
                sides = _sides(program, coordinate, coordinate, order)
                return _exact(program, (coordinate, text), found, _certain(sides, level, found), level)
    cut = deeper(program, left, right, order)
    if cut is None:
        return None
    left, right = cut
    sides = _sides(program, left, right, order)
    x = float((left + right) / 2)
    for level in range(order):
        kind = _kind(sides[level], sides[level + 1])
        if kind:
            there = {side for side in sides[0] if math.isfinite(side)}
            value = there.pop() if len(there) == 1 else math.nan  # which is taken, in all likelihood
            return Singularity(x, f"{x:.6g}", kind, level, value, sides)
    return None


def _exact(program: Program, at: tuple[Coordinate, str], found: Behaviour, sides: Sides, level: int) -> Singularity:
    coordinate, text = at
    [x] = balls.refine(lambda: [balls.coordinate(coordinate)])
    [value] = balls.at_point(program, [coordinate], most=1024)
    known = (
        0.0
        if value.contains(0) and value.rad() < 1e-60
        else balls.nearest_float(value)
        if is_settled(value)
        else math.nan
    )
    kind = str(found.kind) if level else _named(found.kind, sides[0])
    return Singularity(balls.nearest_float(x), text, kind, level, known, sides)


def _certain(sides: Sides, level: int, found: Behaviour) -> Sides:
    """The limits that were seen, with those that the arbiter knows in their place."""
    limits, slopes = _either(found.limits, sides[level]), _either((found.left, found.right), sides[level + 1])
    return (*sides[:level], limits, slopes, *sides[level + 2 :])


def _either(known: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    """What the arbiter says, else what was seen."""
    left, right = (seen if math.isnan(said) else said for said, seen in zip(known, there, strict=True))
    return left, right


def _named(kind: Kind, limits: Sequence[float]) -> str:
    """What is called undefined or a jump by its limits: a pole, a jump, the edge of the domain."""
    if kind not in (Kind.UNDEFINED, Kind.JUMP):
        return str(kind)
    there = [limit for limit in limits if not math.isnan(limit)]
    if len(there) == 2:
        return POLE if any(map(math.isinf, there)) else str(Kind.JUMP)
    return str(Kind.EDGE if there else Kind.NO_LIMIT)


def _kind(values: tuple[float, float], slopes: tuple[float, float]) -> str:
    """What happens between two numbers, from the limits on both sides; nothing that one could see: ''."""
    if any(map(math.isinf, values)):
        return str(Kind.EDGE) if any(map(math.isnan, values)) else POLE
    if all(map(math.isfinite, values)):
        if not math.isclose(*values, rel_tol=1e-9, abs_tol=1e-30):
            return str(Kind.JUMP)
        if any(map(math.isinf, slopes)):
            return str(Kind.CUSP if slopes[0] == -slopes[1] else Kind.VERTICAL)
        bent = all(map(math.isfinite, slopes)) and not math.isclose(*slopes, rel_tol=1e-9, abs_tol=1e-30)
        return str(Kind.KINK) if bent else ""
    if not any(map(math.isfinite, values)):
        return str(Kind.NO_LIMIT)
    return str(Kind.VERTICAL if any(map(math.isinf, slopes)) else Kind.EDGE)


def _sides(program: Program, left: Coordinate, right: Coordinate, order: int) -> Sides:
    """The limits of f, f', … to the left of one number and to the right of another."""
    return tuple(zip(_limits(program, left, -1, order), _limits(program, right, 1, order), strict=True))


def _limits(program: Program, x: Coordinate, sign: int, order: int) -> list[float]:
    rows = [enclose_series(program, x, order, sign * step) for step in BESIDE]
    return [_limit([balls.nearest_float(ball) for ball in column]) for column in zip(*rows, strict=True)]


def _limit(values: Sequence[float]) -> float:
    """Where three values go, each far nearer to a point than the last."""
    first, middle, last = values
    if abs(last) < 1e-60 or 1e6 * abs(last) < 1e3 * abs(middle) < abs(first):
        return 0.0
    if math.isclose(middle, last, rel_tol=1e-9):
        return last
    away = abs(last) > 1.5 * abs(middle) > 2 * abs(first) and first * middle > 0 and middle * last > 0
    return math.copysign(math.inf, last) if away else math.nan
