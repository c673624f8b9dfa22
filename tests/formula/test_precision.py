"""Rows at the points where their plain formulas lose digits, overflow or cancel: values and slopes by mpmath.

mpmath differentiates its own functions numerically at 60 digits, and shares no code with the rows.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from derivcli import Outcome, evaluate

mp = mpmath.mp
DIGITS = 60
# formula: what it is in mpmath, and where
ROWS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "logcosh(x)": (lambda x: mp.log(mp.cosh(x)), "1e-9 -1e-9 -1000 1000 1 -1 0.999 20"),
    "log1mexp(x)": (lambda x: mp.log(-mp.expm1(-x)), "1e-12 0.69 0.7 5 36 700"),
    "ive(0, x)": (lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), "1e-9 -3 900 1e4"),
    "ive(1, x)": (lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), "1e-9 -3 900 1e4"),
    "kve(2, x)": (lambda x: mp.exp(x) * mp.besselk(2, x), "1e-3 3 900"),
    "log_i0(x)": (lambda x: mp.log(mp.besseli(0, x)), "-3 0.5 2000"),
    "xdivy(x, 3)": (lambda x: x / 3, "0 1e-300 -2"),
    "ldexp(x, -3)": (lambda x: x / 8, "0 1e-300 -2"),
    "betainc(2, 3, x)": (lambda x: mp.betainc(2, 3, 0, x, regularized=True), "1e-9 0.3 1/2 0.999999"),
    "betainc(1/2, 1/2, x)": (lambda x: mp.betainc(0.5, 0.5, 0, x, regularized=True), "1e-9 0.3 0.999999"),
    "betainc(x, 2, 0.3)": (lambda a: mp.betainc(a, 2, 0, mp.mpf("0.3"), regularized=True), "1e-3 1.5 50"),
    "betainc(2, x, 0.3)": (lambda b: mp.betainc(2, b, 0, mp.mpf("0.3"), regularized=True), "1e-3 1.5 50"),
    "bce_with_logits(x, 1)": (lambda x: mp.log1p(mp.exp(-x)), "0 -800 20 1e-9"),
    "bce(x, 0.3)": (lambda x: -mp.mpf("0.3") * mp.log(x) - mp.mpf("0.7") * mp.log1p(-x), "1e-6 0.31 0.5"),
    "focal(x, 0)": (lambda x: 0.75 * mp.log1p(mp.exp(x)) / (1 + mp.exp(-x)) ** 2, "50 0 -30 800"),
    "huber(x, 0, 2)": (lambda x: x**2 / 2 if abs(x) < 2 else 2 * (abs(x) - 1), "1e-9 1.999 -3 1e10"),
    "smooth_l1(x, 0, 2)": (lambda x: x**2 / 4 if abs(x) < 2 else abs(x) - 1, "1e-9 1.999 -3 1e10"),
    "hinge(x, -1)": (lambda x: max(1 + x, 0), "-1.001 -0.999 7"),
    "kl_div(x, 0.3)": (lambda x: mp.mpf("0.3") * (mp.log("0.3") - x), "-20 0 3"),
}
CASES = [(formula, point) for formula, (_, points) in ROWS.items() for point in points.split()]


@pytest.mark.parametrize(("formula", "point"), CASES)
def test_slopes_are_those_of_mpmath_and_every_method_agrees(formula: str, point: str) -> None:
    """The enclosure is the nearest float64, and the methods that have the row are within their tolerance of it."""
    report = evaluate(formula, at=f"x={point}")
    with mp.workdps(DIGITS):
        x = mp.mpf(Fraction(point).numerator) / Fraction(point).denominator
        slope = mp.diff(ROWS[formula][0], x, h=mp.mpf(10) ** -25 * max(abs(x), mp.mpf("1e-9")))
    assert report.reference.values.item() == pytest.approx(float(slope), rel=2.0**-50, abs=1e-300)
    assert report.verdict.outcome == Outcome.AGREE
