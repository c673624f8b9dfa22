"""Is a program smooth on an interval? What is proved is true, what is not smooth is never called so."""

from fractions import Fraction

import pytest

from derivcli.formula.parser import parse
from derivcli.formula.program import Program, flatten
from derivcli.judge.smoothness import defined, enclose_series, regular, smooth
from tests.tools import ball

# formula, interval, order: provably smooth there
PROVED = [
    ("x^2", "-1", "1", 2),
    ("abs(x)", "1/100", "1", 3),
    ("1/x", "1", "2", 5),
    ("sqrt(x)", "1", "2", 5),
    ("floor(x)", "1/4", "3/4", 3),
    ("where(x > 2, abs(x), x)", "-1", "1", 1),
    ("where(x < 2, x, 1/x)", "-1", "1", 2),
    ("max(x, -5)", "-1", "1", 2),
    ("exp(x)", "0", "40", 4),
]
# and these are not, or not to this order
BROKEN = [
    ("abs(x)", "-1", "1", 0),
    ("abs(x)", "0", "1", 1),
    ("x*abs(x)", "-1", "1", 2),
    ("1/x", "-1", "1", 0),
    ("sqrt(x)", "0", "1", 1),
    ("sqrt(x)", "-1", "1", 0),
    ("floor(x)", "3/4", "5/4", 0),
    ("tan(x)", "1", "2", 0),
    ("where(x > 0, x, 2*x)", "-1", "1", 1),
    ("log(x)", "-2", "-1", 0),
]
REGULAR = [("x^2", "-1", "1"), ("abs(x)", "1", "2"), ("sin(x)", "0", "1"), ("exp(x)", "0", "1"), ("2*x + 1", "0", "1"),
           ("3 + 0*x", "0", "1"), ("1e-9*x^2 + 1e9", "-1", "1")]  # fmt: skip
ROUGH = [("abs(x)", "-1", "1"), ("floor(x)", "1/2", "3/2"), ("x*abs(x)", "-1", "1"), ("x^3*abs(x)", "-1", "1"),
         ("sqrt(x)", "0", "1"), ("relu(x - 9/10)", "-1", "1"), ("sin(50*x)", "0", "1"),
         ("1e-9*abs(x) + 1e9", "-1", "1")]  # fmt: skip


def program(text: str) -> Program:
    return flatten(parse(text), ["x"])


@pytest.mark.parametrize(("text", "low", "high", "order"), PROVED)
def test_what_is_smooth_is_proved(text: str, low: str, high: str, order: int) -> None:
    for each in range(1, order + 1):
        assert smooth(program(text), Fraction(low), Fraction(high), each)


@pytest.mark.parametrize(("text", "low", "high", "order"), BROKEN)
def test_what_is_not_smooth_is_not_proved(text: str, low: str, high: str, order: int) -> None:
    for each in range(order, 4):
        assert not smooth(program(text), Fraction(low), Fraction(high), each)


@pytest.mark.parametrize(("text", "low", "high"), REGULAR)
def test_what_is_smooth_looks_regular(text: str, low: str, high: str) -> None:
    """However large a constant is beside it."""
    assert regular(program(text), Fraction(low), Fraction(high))


@pytest.mark.parametrize(("text", "low", "high"), ROUGH)
def test_what_is_broken_or_wild_does_not(text: str, low: str, high: str) -> None:
    """A kink far from the middle, one of the third derivative, and what oscillates faster than nine points show."""
    assert not regular(program(text), Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    ("text", "x", "offset", "expected"),
    [
        ("x^3", "2", "0", ["x^3", "3*x^2", "6*x", "6", "0"]),
        ("exp(x)", "1", "1/10", ["exp(x)"] * 3),
        ("sin(x)", "3", "-1/3", ["sin(x)", "cos(x)", "-sin(x)", "-cos(x)"]),
        ("x^2", "1", "1/1000000000000000000000000000000", ["x^2", "2*x", "2"]),
    ],
)
def test_derivatives_at_a_point_and_beside_it(text: str, x: str, offset: str, expected: list[str]) -> None:
    """f, f', f'', … at x + offset, not divided by factorials."""
    found = enclose_series(program(text), Fraction(x), len(expected) - 1, Fraction(offset))
    point = {"x": Fraction(x) + Fraction(offset)}
    assert len(found) == len(expected)
    for got, formula in zip(found, expected, strict=True):
        assert got.overlaps(ball(formula, point))
        assert got.rad() < 1e-15


@pytest.mark.parametrize(
    ("text", "x", "there"),
    [("1/x", 0, False), ("1/x", 1, True), ("log(x)", -1, False), ("sqrt(x)", 0, True), ("gamma(x)", -2, False)],
)
def test_whether_f_has_a_value(text: str, x: int, there: bool) -> None:
    assert defined(program(text), Fraction(x)) == there


def test_what_is_defined_only_beside_cancelling_digits_is_found() -> None:
    """1 + 1e-50 - 1 is no 0, and its logarithm exists; 128 bits do not tell."""
    assert defined(program("log(x - 1)"), 1 + Fraction(1, 10**50))
