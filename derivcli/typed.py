"""Numbers as they would be typed: exact from text, short for a float, simple for an interval.

In an interval between two neighbouring floats, 0.3, 1/3, pi/2 or sqrt(2) may be what was meant.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from derivcli.constants import Coordinate, constant
from derivcli.language.parser import parse
from derivcli.language.tree import Number, unparse
from derivcli.presentation import number
from derivcli.problems import float_value
from derivcli.records import Array

Texts = tuple[str, ...]  # a point as it would be typed

HIGHEST = 10**6  # numerator and denominator of a simple number
MODEST = 10**4  # the same for multiples of pi, roots, logarithms and powers
BLUR = 1e-7  # relative


def coordinate(text: str) -> Coordinate:
    """The exact number that a text is."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return constant(parse(text))


def floats(points: Sequence[Texts]) -> Array:
    """Points as typed → the nearest float64 of each coordinate (variables, points)."""
    return np.array([[float_value(coordinate(text)) for text in point] for point in points]).T


def texts(column: Array) -> Texts:
    """A point of floats as it would be typed: the shortest digits that round-trip."""
    return tuple(number(float(x)) for x in column)


def written(value: Fraction) -> str:
    """`0.3`, `1/3`, `-2`."""
    return unparse(Number(value)) if value >= 0 else f"-{unparse(Number(-value))}"


def guesses(low: float, high: float) -> Iterator[str]:
    """The simplest number between two floats or a few ulps beside them, and the very simple numbers near them.

    Where rounding blurs a function, as acos blurs at 1, its kinks are found to half of the digits only.
    """
    ulp, size = max(math.ulp(low), math.ulp(high)), max(abs(low), abs(high))
    found = (simple(low - slack, high + slack, share) for slack, share in ((4 * ulp, 1), (BLUR * size, 1000)))
    yield from dict.fromkeys(text for text in found if text)


def simple(low: float, high: float, share: int = 1) -> str | None:
    """The simplest number in an interval; None where none is simple: by a share of 1000, 1000 times simpler."""
    for most, inverse, value_of, spelling in FORMS:
        try:
            ends = sorted((inverse(low), inverse(high)))
            margin = Fraction(4 * math.ulp(max(map(abs, ends))))
            value = simplest(Fraction(ends[0]) - margin, Fraction(ends[1]) + margin)
            within = low <= value_of(value) <= high
        except (ValueError, OverflowError):
            continue
        if within and max(value.denominator, abs(value.numerator)) * share <= most:
            return spelling(value)
    return None


def _times_pi(value: Fraction) -> str:
    above = {1: "pi", -1: "-pi"}.get(value.numerator, f"{value.numerator}*pi")
    return above if value.denominator == 1 else f"{above}/{value.denominator}"


def _root(value: Fraction) -> str:
    return f"{'-' if value < 0 else ''}sqrt({written(abs(value))})"


FORMS: tuple[
    tuple[int, Callable[[float], float], Callable[[Fraction], float], Callable[[Fraction], str]], ...
] = (  # the largest numerator and denominator; x → the rational behind it, and back; how it is written
    (HIGHEST, lambda x: x, float, written),
    (MODEST, lambda x: x / math.pi, lambda v: float(v) * math.pi, _times_pi),
    (MODEST, lambda x: x * abs(x), lambda v: math.copysign(math.sqrt(abs(v)), v), _root),
    (MODEST, math.exp, math.log, lambda v: f"log({written(v)})"),
    (MODEST, math.log, math.exp, lambda v: f"exp({written(v)})"),
)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational of the smallest denominator in a closed interval: the first on its way down the Stern-Brocot tree.

    Where the interval holds a whole number, the smallest in size; else the whole part, and the reciprocal of the
    simplest in the interval of the reciprocals.
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    whole: list[int] = []
    while math.ceil(low) > high:
        whole.append(math.floor(low))
        low, high = 1 / (high - whole[-1]), 1 / (low - whole[-1])
    value = Fraction(math.ceil(low))
    for n in reversed(whole):
        value = n + 1 / value
    return value
