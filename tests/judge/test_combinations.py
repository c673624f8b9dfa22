"""What a Hessian says at each point, and sums of partials."""

from dataclasses import replace

import numpy as np
import pytest

from derivcli.judge.combinations import definiteness, facts
from derivcli.records import Report
from derivcli.requests.shapes import Shape
from tests.tools import report

HESSIANS = {  # formula → what is said at x = 1, y = 2
    "x^2 + y^2": "positive definite, eigenvalues 2, 2",
    "-x^2 - 3*y^2": "negative definite, eigenvalues -6, -2",
    "x^2 - y^2": "indefinite, eigenvalues -2, 2",
    "x^2 + y": "positive semidefinite, eigenvalues 0, 2",
    "-y^2 + x": "negative semidefinite, eigenvalues -2, 0",
    "x*y": "indefinite, eigenvalues -1, 1",
    "x + y": "positive semidefinite, eigenvalues 0, 0",
    "abs(x - 1) + y": "not all of it exists",
}


def hessian(formula: str, at: str, **options: object) -> Report:
    return report(formula, at, shape=Shape.HESSIAN, **options)


@pytest.mark.parametrize("formula", HESSIANS)
def test_what_a_hessian_is(formula: str) -> None:
    assert hessian(formula, "x=1,y=2").facts == (f"Hessian: {HESSIANS[formula]}",)


def test_several_points_are_numbered_from_1() -> None:
    assert hessian("x^3 + y^2", "x=[-1, 0, 1],y=2").facts == (
        "Hessian at point 1: indefinite, eigenvalues -6, 2",
        "Hessian at point 2: positive semidefinite, eigenvalues 0, 2",
        "Hessian at point 3: positive definite, eigenvalues 2, 6",
    )


def test_one_point_that_has_none_does_not_hide_the_next() -> None:
    first, second = hessian("x*abs(x) + y^2", "x=[0, 1],y=2", methods=("autograd",)).facts
    assert first == "Hessian at point 1: not all of it exists"
    assert second == "Hessian at point 2: positive definite, eigenvalues 2, 2"


def test_a_method_whose_hessian_is_not_symmetric_is_named() -> None:
    """And by how much; a millionth of the largest entry is rounding."""
    found = hessian("x^2*y", "x=1,y=2", methods=("autograd",))
    [estimate] = found.estimates
    assert estimate.values is not None
    for error, said in ((0.5, ["autograd's Hessian is not symmetric: off by 5.0e-01"]), (1e-7, [])):
        askew = estimate.values + error * np.array([0, 1, 0, 0]).reshape(1, 4, 1)
        told = list(facts(found.problem, [replace(estimate, values=askew)], found.reference))
        assert told[1:] == said


@pytest.mark.parametrize(
    ("eigenvalues", "what"),
    [
        ((1e-13, 1), "positive semidefinite"),
        ((-1e-13, 1), "positive semidefinite"),
        ((1e-11, 1), "positive definite"),
        ((-1, 1e-13), "negative semidefinite"),
        ((-1, -1e-11), "negative definite"),
        ((-1, -1e-13), "negative semidefinite"),
        ((-1, 1e-11), "indefinite"),
        ((0, 0), "positive semidefinite"),
    ],
)
def test_rounding_counts_as_0(eigenvalues: tuple[float, float], what: str) -> None:
    assert definiteness(np.array(eigenvalues, dtype=float)) == what
