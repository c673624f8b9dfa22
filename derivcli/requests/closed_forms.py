"""A tiny interval → the numbers in it that somebody would have typed: 0, 0.3, 1/3, 3*pi/2, sqrt(2), log(2), exp(1).

Of the rationals p/q with |p| q <= n an interval of relative width w holds 3/π² n w on average: if that is far below 1,
one that it does hold is hardly there by chance (Hardy & Wright, An Introduction to the Theory of Numbers, theorem 330).
"""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache

from derivcli.backends.balls import image
from derivcli.formula.parser import parse
from derivcli.formula.program import Program, flatten
from derivcli.formula.tree import Number, unparse

RARE = Fraction(1, 300)  # n w, so that one interval in 1,000 holds such a number by chance


def find_closed_forms(low: Fraction, high: Fraction) -> Iterator[str]:
    """The simplest number of each form in a closed interval, if it is not there by chance; a rational first."""
    yield from _simple(low, high, write)
    for inverse, spelling in FORMS:
        seen = image(_program(inverse), low, high)
        if seen:
            yield from _simple(*seen, spelling)


def _simple(low: Fraction, high: Fraction, spelling: Callable[[Fraction], str]) -> Iterator[str]:
    value = find_simplest(low, high)
    if abs(value.numerator) * value.denominator * (high - low) <= RARE * max(abs(low), abs(high)):
        yield spelling(value)


def find_simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational of the smallest denominator in a closed interval: the first on its way down the Stern-Brocot tree.

    Where the interval holds a whole number, the smallest in size; else the whole part, and the reciprocal of the
    simplest in the interval of the reciprocals.
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -find_simplest(-high, -low)
    whole: list[int] = []
    while math.ceil(low) > high:
        whole.append(math.floor(low))
        low, high = 1 / (high - whole[-1]), 1 / (low - whole[-1])
    value = Fraction(math.ceil(low))
    for n in reversed(whole):
        value = n + 1 / value
    return value


def literals(program: Program) -> list[Fraction]:
    """The numbers in a formula, and their opposites."""
    values = [i.value for i in program.instructions if i.value is not None]
    return list(dict.fromkeys(sign * value for value in values for sign in (1, -1)))


def write(value: Fraction) -> str:
    """`0.3`, `1/3`, `-2`."""
    return unparse(Number(value)) if value >= 0 else f"-{unparse(Number(-value))}"


def _times_pi(value: Fraction) -> str:
    above = {1: "pi", -1: "-pi"}.get(value.numerator, f"{value.numerator}*pi")
    return above if value.denominator == 1 else f"{above}/{value.denominator}"


def _root(value: Fraction) -> str:
    return f"{'-' if value < 0 else ''}sqrt({write(abs(value))})"


FORMS: tuple[tuple[str, Callable[[Fraction], str]], ...] = (  # x → the rational behind it; how x is written
    ("x/pi", _times_pi),
    ("x*abs(x)", _root),
    ("exp(x)", lambda value: f"log({write(value)})"),
    ("log(x)", lambda value: f"exp({write(value)})"),
)


@cache
def _program(text: str) -> Program:
    return flatten(parse(text))
