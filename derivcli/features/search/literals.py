"""Points as they would be typed: exact from text, short for floats, simple between neighbouring floats."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.balls import float_value
from derivcli.formats._words import number
from derivcli.formula.constants import Coordinate, parse_constant
from derivcli.requests.closed_forms import find_closed_forms

Texts = tuple[str, ...]  # a point as it would be typed

BLUR = 1e-7  # relative


def coordinate(text: str) -> Coordinate:
    """The exact number that a text is."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return parse_constant(text)


def floats(points: Sequence[Texts]) -> Array:
    """Points as typed → the nearest float64 of each coordinate (variables, points)."""
    return np.array([[float_value(coordinate(text)) for text in point] for point in points]).T


def texts(column: Array) -> Texts:
    """A point of floats as it would be typed: the shortest digits that round-trip."""
    return tuple(number(float(x)) for x in column)


def near(low: float, high: float) -> Iterator[str]:
    """The simplest number between two floats or a few ulps beside them, and the very simple numbers near them.

    Where rounding blurs a function, as acos blurs at 1, its kinks are found to half of the digits only.
    """
    ulp, size = max(math.ulp(low), math.ulp(high)), max(abs(low), abs(high))
    ends = ((Fraction(low) - slack, Fraction(high) + slack) for slack in map(Fraction, (4 * ulp, BLUR * size)))
    found = (next(find_closed_forms(*each), None) for each in ends)
    yield from dict.fromkeys(text for text in found if text)
