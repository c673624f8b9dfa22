"""What one method answers, or why it does not: whatever fails inside it stops no other."""

import time
from collections.abc import Callable

import pytest

from derivcli.errors import Reason, RequestError, UnsupportedError
from derivcli.methods import autograd
from derivcli.records import Estimate, Outcome, Problem
from derivcli.requests.options import METHODS
from tests.tools import report


def too_deep(depth: int) -> int:
    return 1 + too_deep(depth + 1)


def failing(error: Exception) -> Callable[[Problem], Estimate]:
    def estimate(_: Problem) -> Estimate:
        raise error

    return estimate


def endless(_: Problem) -> Estimate:
    end = time.monotonic() + 60
    while time.monotonic() < end:  # a call into C is heard of when it returns
        time.sleep(0.01)
    raise AssertionError("it was not stopped")


FAILURES = {  # what is told instead of a value
    "failed: ValueError: no good": failing(ValueError("no good\nand a second line")),
    "failed: RuntimeError: ": failing(RuntimeError()),
    "failed: MemoryError: 8 GB": failing(MemoryError("8 GB")),
    "the formula is too deep for this library": lambda _: too_deep(0),
    "not supported: torch has no such thing": failing(
        UnsupportedError(Reason.NOT_SUPPORTED, "torch has no such thing")
    ),
    "not finished within 0.2 s": endless,
}


@pytest.mark.parametrize("reason", FAILURES)
def test_whatever_fails_stops_no_other(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in a note, and the others agree."""
    report("x^3", "x=2")  # loads SymPy, which takes longer than the limit
    monkeypatch.setattr(autograd, "estimate", FAILURES[reason])
    found = report("x^3", "x=2", timeout=0.2)
    values = {estimate.method: estimate.values for estimate in found.estimates}
    assert tuple(values) == METHODS
    assert values.pop("autograd") is None
    assert all(value is not None and value.item() == pytest.approx(12) for value in values.values())
    assert found.notes == (f"autograd: {reason}",)
    assert (found.verdict.outcome, found.status) == (Outcome.AGREE, 0)


@pytest.mark.parametrize("at", ["x=2", "x=1:2:3000"])
def test_where_all_fail_nothing_is_decided(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograd, "estimate", failing(ValueError("no good")))
    found = report("x^3", at, methods=("autograd",))
    assert (found.verdict.outcome, found.status) == (Outcome.INCONCLUSIVE, 3)


def test_a_wrong_request_is_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no method can help, such as a device that is not there, is the user's to know."""
    monkeypatch.setattr(autograd, "estimate", failing(RequestError("no such device")))
    with pytest.raises(RequestError, match="no such device"):
        report("x^3", "x=2")
