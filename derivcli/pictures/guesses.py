"""Numbers that somebody would write, in an interval of a few ulps: 0, 0.1, 1/3, 3*pi/2, sqrt(2), log(2)."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from derivcli.backends.smoothness import images
from derivcli.constants import Coordinate
from derivcli.points import Points, parse_points
from derivcli.program import Program

LARGEST = 10**6  # denominator
LARGEST_OF_A_CONSTANT = 1000


def guesses(program: Program, left: Fraction, right: Fraction) -> Iterator[tuple[Coordinate, str]]:
    """Numbers in an interval, and how they are written: the simplest first, then those of the formula."""
    written = [i.value for i in program.instructions if i.value is not None]
    simple = [simplest(left, right), *(s * value for value in written for s in (1, -1))]
    for value in dict.fromkeys(simple):
        if left <= value <= right and value.denominator <= LARGEST:
            yield value, _decimal(value)
    for pattern, low, high in images(left, right):
        value = simplest(low, high)
        if value.denominator <= LARGEST_OF_A_CONSTANT and abs(value) < LARGEST:
            text = _tidy(pattern.format(value))
            place = parse_points([f"x={text}"])
            if isinstance(place, Points):
                yield place.points[0][0], text


def _decimal(value: Fraction) -> str:
    """`0.1` and `1/3`."""
    return f"{float(value):.12g}" if 10**6 % value.denominator == 0 else str(value)


def _tidy(text: str) -> str:
    """`(3/2)*pi` as `3*pi/2`."""
    match = re.fullmatch(r"\((-?)(\d+)(/\d+)?\)\*pi", text)
    if not match:
        return text
    sign, factor, divisor = match.groups(default="")
    return f"{sign}{'' if factor == '1' else f'{factor}*'}pi{divisor}"


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator in [low, high] (Stern 1858, Brocot 1861)."""
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    whole: list[int] = []
    while (n := math.ceil(low)) > high:
        whole.append(n - 1)
        low, high = 1 / (high - (n - 1)), 1 / (low - (n - 1))
    result = Fraction(n)
    for n in reversed(whole):
        result = n + 1 / result
    return result
