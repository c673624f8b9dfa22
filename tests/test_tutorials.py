"""Five PyTorch tutorials worked through: what is right is agreed on, what a tutorial prints wrongly is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derivcli.engine.evaluate import evaluate
from derivcli.judge.tape import read_tape
from derivcli.records import Outcome, Report
from derivcli.requests.options import METHODS, Options, Scheme, Step
from derivcli.requests.shapes import Shape

Case = dict[str, Any]

LINES = (Path(__file__).parent / "data" / "tutorials.jsonl").read_text(encoding="utf-8").splitlines()
CASES: dict[str, Case] = {case["id"]: case for case in map(json.loads, LINES)}
EVERY = (*METHODS, "forward-ad")
WRONG = {  # what is printed and is not so
    ("guide-3", "x"),
    ("guide-3", "x,x"),
    ("guide-6", "argmin"),
    ("guide-7", "x"),  # the value of a constant, printed as its gradient
    ("guide-10", "accumulated x"),
    ("ad-2", "x2"),  # the truncation of a difference quotient
    ("ad-3", "x"),
}
CLAIMED = {"lab-4": ("sq(x)", ("sq(i) = i^2",), ("sq(i) = 2*i",))}  # the autograd.Function of a tutorial
PLACES = 4  # decimals of a number that was rounded for print


def results(which: str) -> list[Any]:
    """Every result that is `true` or `printed`: the case, its name, and what it is at one point, or as a formula."""
    return [
        pytest.param(case, name, at, claim, id=f"{case['id']}-{name}{k or ''}")
        for case in CASES.values()
        for name, claimed in case[which].items()
        for k, (at, claim) in enumerate(pointwise(case, name, claimed))
    ]


def pointwise(case: Case, name: str, claimed: Any) -> Iterator[tuple[str, Any]]:
    """A list of results point by point; others as they are."""
    if isinstance(claimed, list):
        yield from ((f"{name}={x}", claim) for x, claim in zip(case["at"][name], claimed, strict=True))
    else:
        yield point(case), claimed


def point(case: Case) -> str:
    return ",".join(f"{name}={coordinate(value)}" for name, value in case["at"].items())


def coordinate(value: Any) -> str:
    return "{}:{}:{}".format(*value["linspace"]) if isinstance(value, dict) else str(value)


def judged(case: Case, name: str, at: str, claim: Any) -> Report:
    """What we say when a result is expected. A minimiser is a point where the gradient is 0."""
    expr, lets, claims = CLAIMED.get(case["id"], (case["expr"], (), ()))
    decimals = str(claim).partition(".")[2]
    options = Options(
        wrt=(tuple(name.split(",")),),
        expect=f"{claim} ± 5e-{PLACES + 1}" if len(decimals) == PLACES else str(claim),
        methods=EVERY,
        lets=lets,
        claims=claims,
    )
    match name.split():
        case ["argmin"]:
            return evaluate(expr, at=f"x={claim}", options=Options(expect="0", methods=EVERY))
        case ["accumulated", _]:  # `backward()` on each output is `backward()` on their sum
            return evaluate(expr, at=at, options=Options(cotangent="1,1", expect=str(claim), methods=EVERY))
    return evaluate(expr, at=at, options=options)


def report(case: Case, **options: Any) -> Report:
    return evaluate(case["expr"], at=point(case), options=Options(methods=EVERY, **options))


@pytest.mark.parametrize(("case", "name", "at", "claim"), results("true"))
def test_what_is_true_is_agreed_on_by_every_method(case: Case, name: str, at: str, claim: Any) -> None:
    if name == "value":
        given = report(case, wrt=((next(iter(case["at"]), "x"),),))
        assert set(given.reference.functions.flat) == {claim}
    else:
        given = judged(case, name, at, claim)
    assert given.verdict.outcome == Outcome.AGREE, given.verdict.message
    assert all(estimate.values is not None for estimate in given.estimates), given.notes
    assert not given.warnings


@pytest.mark.parametrize(("case", "name", "at", "claim"), results("printed"))
def test_what_is_printed_is_agreed_on_where_it_is_right(case: Case, name: str, at: str, claim: Any) -> None:
    if name == "value":
        assert claim == case["true"][name]
        return
    verdict = judged(case, name, at, claim).verdict
    wrong = (case["id"], name) in WRONG
    assert (verdict.outcome, verdict.cause) == ((Outcome.DISAGREE, "expectation") if wrong else (Outcome.AGREE, None))


def test_a_minimiser_has_no_gradient_and_a_positive_definite_hessian() -> None:
    case = CASES["guide-6"]
    at = f"x={case['true']['argmin']}"
    given = evaluate(case["expr"], at=at, options=Options(methods=EVERY, shape=Shape.HESSIAN))
    assert given.facts == ("Hessian: positive definite, eigenvalues 4",)
    assert not evaluate(case["expr"], at=at).reference.values.any()


def test_gradients_accumulate_in_every_method() -> None:
    case = CASES["guide-10"]
    [total] = report(case, shape=Shape.ACCUMULATE).sums
    true = case["true"]["accumulated x"]
    assert (total.label, total.reference) == ("accumulated x.grad", true)
    assert total.values == dict.fromkeys(EVERY, pytest.approx(true))


def test_a_list_of_points_is_one_request() -> None:
    case = CASES["guide-8"]
    for estimate in report(case).estimates:
        assert estimate.values == pytest.approx(np.array([[case["true"]["x"]]])), estimate.method


def test_a_detached_variable_is_named() -> None:
    [zero, _] = report(CASES["guide-9"]).notes
    assert zero == "silent zero: detach is flat, so the derivative by y is 0 by construction"


@pytest.mark.parametrize(("name", "by", "h"), [("ad-2", "x2", 1e-4), ("ad-3", "x", 1e-5)])
def test_their_differences_are_forward_quotients_to_the_last_digit(name: str, by: str, h: float) -> None:
    """And the error that we state of them contains the truth."""
    case = CASES[name]
    given = report(case, wrt=((by,),), step=Step(h, Scheme.FORWARD))
    [quotient] = [estimate for estimate in given.estimates if estimate.method == "finite-difference"]
    assert quotient.values is not None
    assert quotient.errors is not None
    assert quotient.values.item() == case["printed"][by]
    assert abs(case["true"][by] - case["printed"][by]) <= quotient.errors.item() < 1e-4


def test_the_tape_has_the_local_derivatives_that_are_shown() -> None:
    tape = read_tape(report(CASES["ad-1"]).problem, output=0, point=0)
    found = [local for row in tape for local in row.local]
    for shown in (0.8775825618903728, 0.20073512936690338, -0.05961284871202578, 1.5):
        assert any(local == pytest.approx(shown, rel=1e-14) for local in found), shown
