"""Numbers that somebody would have typed: found in an interval of a few ulps, and not seen where there is none."""

import math
import random
from fractions import Fraction

import pytest

from derivcli.backends.balls import float_value
from derivcli.formula.constants import parse_constant
from derivcli.requests.closed_forms import find_closed_forms, find_simplest

TYPED = """
    0.3 1/3 -2 7 0.123 -0.015625 355/113 1e10 1234567 123.456 1e-9
    pi/2 -3*pi/2 pi -pi 5*pi 355*pi/113 sqrt(2) -sqrt(3) sqrt(0.5) sqrt(1234567)
    log(2) log(1/3) log(10) exp(1) exp(-2) exp(0.5)
"""


def around(x: float) -> tuple[Fraction, Fraction]:
    return Fraction(x) - Fraction(4 * math.ulp(x)), Fraction(x) + Fraction(4 * math.ulp(x))


@pytest.mark.parametrize("text", TYPED.split())
def test_what_was_typed(text: str) -> None:
    """From its float it comes back as it was typed."""
    assert next(find_closed_forms(*around(float_value(parse_constant(text))))) == text


def test_chance() -> None:
    """In one of 1,000 intervals in which nothing was typed a number of each form is taken for typed."""
    generator = random.Random(0)
    found = [
        list(find_closed_forms(*around(generator.choice((1, -1)) * 10 ** generator.uniform(-9, 9))))
        for _ in range(4000)
    ]
    assert sum(map(bool, found)) <= 4 * 4 * 2


def test_zero() -> None:
    assert list(find_closed_forms(Fraction(-1, 10**300), Fraction(1, 10**300))) == ["0"]


@pytest.mark.parametrize("x", [1e-30, 1e300, -1e300, 1e-300, 1.1673039782614186, -800.0000001, 800.0000001])
def test_nothing_was_typed(x: float) -> None:
    assert not list(find_closed_forms(*around(x)))


def test_simplest_fractions() -> None:
    """Of all fractions in the interval, that of the smallest denominator."""
    generator = random.Random(1)
    for _ in range(200):
        low = Fraction(generator.randint(-500, 500), generator.randint(1, 90))
        high = low + Fraction(1, generator.randint(1, 500))
        found = find_simplest(low, high)
        assert low <= found <= high
        assert not any(math.ceil(low * q) <= high * q for q in range(1, found.denominator))
