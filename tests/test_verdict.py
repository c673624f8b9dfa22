"""Made-up estimates + a made-up reference → verdict and cause: DESIGN 5.4 is pure arithmetic on records."""

import math
from typing import Any

import numpy as np
import pytest

from derivcli.language.parser import parse
from derivcli.points import parse_points
from derivcli.program import flatten
from derivcli.records import Estimate, Problem, Reference, Verdict, Word
from derivcli.requests import Tolerance
from derivcli.verdict import judge, overall, unreliable

NAN, INF = math.nan, math.inf
RULE, ALLCLOSE = Tolerance(), Tolerance(rtol=1e-3, atol=1e-2, plain=True)

# method, its value, its error, the true derivative, f, x, budget, tolerance: word, cause
TABLE = [
    # within 1e-6 of the derivative
    ("autograd", 2.0, 0, 2.0, 0, 1, 0, RULE, "agree", None),
    ("autograd", 2.0 + 1.9e-6, 0, 2.0, 0, 1, 0, RULE, "agree", None),
    ("autograd", 2.0 + 2.1e-6, 0, 2.0, 0, 1, 0, RULE, "disagree", None),
    ("autograd", -2.0, 0, 2.0, 0, 1, 0, RULE, "disagree", None),
    # or of f / max(1, |x|): a derivative that is tiny beside f
    ("autograd", 9e-7, 0, 0.0, 1, 0, 0, RULE, "agree", None),
    ("autograd", 9e-7, 0, 0.0, 1, 10, 0, RULE, "disagree", None),
    ("autograd", 9e-8, 0, 0.0, 1, 10, 0, RULE, "agree", None),
    ("autograd", 1.1e-6, 0, 0.0, 1, 0.1, 0, RULE, "disagree", None),
    ("autograd", 0.0, 0, 0.0, 0, 1, 0, RULE, "agree", None),
    ("autograd", 5e-324, 0, 0.0, 0, 1, 0, RULE, "disagree", None),
    # what is no number is wrong where there is a derivative
    ("autograd", NAN, 0, 2.0, 1, 1, 0, RULE, "disagree", None),
    ("autograd", INF, 0, 2.0, 1, 1, 0, RULE, "disagree", None),
    ("autograd", INF, 0, INF, 1, 1, 0, RULE, "agree", None),
    ("symbolic", NAN, 0, 2.0, 1, 1, 0, RULE, "disagree", None),
    # rounding explains an error of up to twice its budget, and no more
    ("autograd", 3.0, 0, 2.0, 0, 1, 0.5, RULE, "disagree", "rounding"),
    ("autograd", 3.0, 0, 2.0, 0, 1, 0.49, RULE, "disagree", None),
    ("autograd", 3.0, 0, 2.0, 0, 1, INF, RULE, "disagree", "rounding"),
    ("autograd", NAN, 0, 2.0, 0, 1, 0.5, RULE, "disagree", None),
    # an error estimate excuses finite differences only, and they are never called wrong
    ("finite-difference", 3.0, 1.0, 2.0, 0, 1, 0, RULE, "agree", None),
    ("finite-difference", 3.0, 0.1, 2.0, 0, 1, 0, RULE, "agree", None),
    ("finite-difference", NAN, NAN, 2.0, 0, 1, 0, RULE, "agree", None),
    ("symbolic", 3.0, 1.0, 2.0, 0, 1, 0, RULE, "disagree", None),
    # --rtol, --atol: atol + rtol |ref| alone
    ("autograd", 2.0119, 0, 2.0, 0, 1, 0, ALLCLOSE, "agree", None),
    ("autograd", 2.0121, 0, 2.0, 0, 1, 0, ALLCLOSE, "disagree", None),
    ("autograd", 0.011, 0, 0.0, 1000, 1, 0, ALLCLOSE, "disagree", None),
]


def made_up(x: float, true: float, f: float, budget: float) -> tuple[Problem, Reference]:
    formula = parse("x")
    points = parse_points([f"x={x}"])
    problem = Problem(formula, flatten(formula), (("x",),), points, np.array([[float(x)]]))
    cell = (1, 1, 1)
    return problem, Reference(
        "enclosure", np.full(cell, true), np.zeros(cell), {}, np.array([[float(f)]]), np.full(cell, budget)
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(map(str, row[:7] + row[8:])))
def test_verdict_and_cause(row: tuple[Any, ...]) -> None:
    method, value, error, true, f, x, budget, tolerance, word, cause = row
    problem, reference = made_up(x, true, f, budget)
    estimate = Estimate(method, np.full((1, 1, 1), value), np.full((1, 1, 1), error))
    verdicts = judge(problem, [estimate], reference, tolerance)
    verdict = overall(verdicts)
    assert (verdict.word, verdict.cause) == (word, cause)
    assert set(verdicts) == (set() if word == "agree" else {(0, 0, 0)})
    if word == "disagree":
        assert verdict.method == method
        assert f"derivative is {true:g}" in verdict.message


def test_finite_differences_that_are_far_off_are_called_unreliable() -> None:
    problem, reference = made_up(1, 2.0, 0, 0)
    far = Estimate("finite-difference", np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 0.1))
    near = Estimate("finite-difference", np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 1.0))
    assert list(unreliable(problem, [far], reference, RULE)) == [
        "finite-difference is unreliable at x = 1: 3 for 2"
    ]  # fmt: skip
    assert list(unreliable(problem, [near], reference, RULE)) == []


def test_a_method_that_did_not_run_disagrees_with_nothing() -> None:
    problem, reference = made_up(1, 2.0, 0, 0)
    assert judge(problem, [Estimate("autograd", reason="not supported")], reference, RULE) == {}


def test_the_first_method_that_is_off_is_the_one_named() -> None:
    problem, reference = made_up(1, 2.0, 0, 0)
    wrong = [Estimate(method, np.full((1, 1, 1), 3.0)) for method in ("symbolic", "autograd")]
    assert judge(problem, wrong, reference, RULE)[0, 0, 0].method == "symbolic"


def test_the_worst_cell_is_the_verdict_of_the_whole() -> None:
    words = [Word.AGREE, Word.NOT_DIFFERENTIABLE, Word.DISAGREE, Word.UNDEFINED]
    assert overall({(0, 0, k): Verdict(word) for k, word in enumerate(words)}).word == Word.DISAGREE
    assert overall({}).word == Word.AGREE
