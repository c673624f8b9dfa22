"""Calls of Arb that never end, or abort the process: no ball, in time, and the process lives."""

import time

import pytest
from flint import arb, arb_series

from derivcli.backends.isolated import ISOLATION, MODEST
from derivcli.backends.precision import precision
from derivcli.backends.series import BALLS, SERIES, by_differences
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.workers.timeout import limited


@pytest.mark.parametrize(
    ("name", "args"),
    [("polylog", (1e308, 0)), ("polylog", (1e18, 0.5)), ("hurwitz", (-1e300, 2)), ("lowergamma", (1e9, 1e9))],
)
def test_a_call_that_ends_badly_or_never_costs_its_time(name: str, args: tuple[float, ...]) -> None:
    started = time.monotonic()
    with precision(128):
        ball = limited(lambda: BALLS.cell(name)(*map(arb, args)), 3)
    assert not ball.is_finite() or ball.rel_accuracy_bits() < 128
    assert time.monotonic() - started < 6


def test_what_is_far_from_1_is_the_same_in_the_child() -> None:
    with precision(128, 3):
        near, far = BALLS.cell("besselj")(arb(0), arb(MODEST - 1)), BALLS.cell("besselj")(arb(0), arb(MODEST + 1))
        series = SERIES.cell("erf")(arb_series([MODEST + 1, 1]))
        ISOLATION.inside = True
        try:
            assert BALLS.cell("besselj")(arb(0), arb(MODEST + 1)).overlaps(far)
            assert all(
                a.overlaps(b) for a, b in zip(series, SERIES.cell("erf")(arb_series([MODEST + 1, 1])), strict=True)
            )
        finally:
            ISOLATION.inside = False
    assert near.is_finite()
    assert far.is_finite()


def test_what_is_lifted_by_differences_is_smooth() -> None:
    """Differences of a function with a kink would see both its sides; a definition is run, not lifted."""
    for name, row in FUNCTIONS.items():
        own = row.arb[1] if isinstance(row.arb, tuple) else row.arb
        if by_differences(name) and not (isinstance(own, str) and not own.isidentifier()):
            assert row.smooth, name


def test_a_power_of_what_is_unknown_does_not_end_the_process() -> None:
    with precision(128):
        for exponent in (arb(3) / 2, arb(-3), arb(6), arb("[+/- inf]")):
            assert not BALLS.cell("pow")(arb("[+/- inf]"), exponent).is_finite()
