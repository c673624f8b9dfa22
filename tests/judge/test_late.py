"""The arbiter obeys `--timeout`: what is enclosed by then stands, the rest is inconclusive, and no verdict is wrong."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import flint
import numpy as np
import pytest

from derivcli.engine.evaluate import evaluate
from derivcli.errors import PointError
from derivcli.formats._words import headings
from derivcli.judge import diagnosis, reference
from derivcli.records import Outcome
from derivcli.requests.options import Options
from tests.tools import report

LIMIT = 0.2
HARD = 3  # the coordinate at which something takes for ever


@pytest.fixture(autouse=True)
def same_precision() -> Iterator[None]:
    report("abs(x)", "x=[0, 1]")  # loads what takes longer than the limit
    before = flint.ctx.prec, flint.ctx.cap
    yield
    assert (flint.ctx.prec, flint.ctx.cap) == before


def endless(name: str, module: Any, monkeypatch: pytest.MonkeyPatch, hard: Callable[..., bool]) -> None:
    """Let a function of a module take for ever where it is hard."""
    function = getattr(module, name)

    def slow(*args: Any, **options: Any) -> Any:
        while hard(*args):
            pass
        return function(*args, **options)

    monkeypatch.setattr(module, name, slow)


def hard_point(_: object, point: Any) -> bool:
    return HARD in point


def test_what_is_enclosed_in_time_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the points, which share the time of a report; it says what gives the others longer."""
    endless("enclose_partials", reference, monkeypatch, hard_point)
    found = report("x^3", "x=[1, 2, 3, 4]", timeout=LIMIT)
    outcomes = [found.verdict_of((0, 0, k)).outcome for k in range(4)]
    assert outcomes == [Outcome.AGREE, Outcome.AGREE, Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE]
    assert (found.verdict.outcome, found.status) == (Outcome.INCONCLUSIVE, 3)
    assert found.verdict.message == "the derivative at x = 3 was not enclosed within 0.2 s; --timeout 2 gives it longer"
    np.testing.assert_array_equal(found.reference.values[0, 0], [3, 12, np.nan, np.nan])
    np.testing.assert_array_equal(found.reference.functions[0], [1, 8, np.nan, np.nan])


def test_of_many_points_a_hard_one_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sweep each has its own time."""
    endless("enclose_partials", reference, monkeypatch, hard_point)
    summary = report("x^3", "x=0:6:2401", timeout=LIMIT, certify=None).summary
    assert summary is not None
    assert summary.counts == {Outcome.AGREE: 2400, Outcome.INCONCLUSIVE: 1}


def test_a_hard_singularity_costs_no_ordinary_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """What power series tell comes first."""
    endless("behaviour", reference, monkeypatch, lambda *_: True)
    found = report("abs(x)", "x=[0, 1, 2]", timeout=LIMIT)
    assert [found.verdict_of((0, 0, k)).outcome for k in range(3)] == [
        Outcome.INCONCLUSIVE,
        Outcome.AGREE,
        Outcome.AGREE,
    ]
    assert found.reference.functions[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("expected", ["kink", "differentiable", "27", "28"])
def test_what_is_not_known_is_not_unexpected(expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    endless("enclose_partials", reference, monkeypatch, hard_point)
    assert report("x^3", "x=3", expect=expected, timeout=LIMIT).verdict.outcome == Outcome.INCONCLUSIVE


def test_a_function_whose_value_is_not_known_is_not_called_undefined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a Hessian said not to exist."""
    endless("enclose_partials", reference, monkeypatch, hard_point)
    found = report("x^3", "x=3", timeout=LIMIT, shape="hessian")
    assert next(headings(found)) == "f(x) = x**3 at x = 3"
    assert found.facts == ("Hessian: not all of it was enclosed in time",)


def test_a_disagreement_stands_without_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    endless("read_tape", diagnosis, monkeypatch, lambda *_: True)
    verdict = report("(1-cos(x))/x^2", "x=1e-8", timeout=LIMIT).verdict
    assert (verdict.outcome, verdict.methods, verdict.cause) == (Outcome.DISAGREE, ("autograd",), None)


def test_the_derivative_stands_without_what_rounding_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    endless("budgets", reference, monkeypatch, lambda _, k: k == 1)
    found = report("x^3", "x=[1, 2, 3]", timeout=LIMIT)
    assert found.verdict.outcome == Outcome.AGREE
    assert found.reference.budgets is not None
    assert np.isnan(found.reference.budgets[0, 0]).tolist() == [False, True, True]


def test_the_method_answers_at_all_points_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of its answer would look like one that is wrong elsewhere."""
    endless("enclose_partials", reference, monkeypatch, hard_point)
    [estimate] = report("x^3", "x=[1, 3]", methods=("enclosure",), timeout=LIMIT).estimates
    assert (estimate.values, estimate.message) == (None, "not finished within 0.2 s")


def test_points_are_not_drawn_for_ever() -> None:
    hard = Options(order=8, timeout=LIMIT)
    with pytest.raises(PointError, match=r"no point was found where everything is defined \(\d+ tries in 0.2 s\)"):
        evaluate("elliptic_pi(x/9, x, x/8)", options=hard)


def test_a_report_takes_a_few_times_the_limit() -> None:
    """Without one this takes half a minute."""
    started = time.monotonic()
    found = report("elliptic_pi(x/9, x, x/8)", "x=1", order=8, timeout=LIMIT)
    assert found.verdict.outcome == Outcome.INCONCLUSIVE
    assert time.monotonic() - started < 15 * LIMIT
