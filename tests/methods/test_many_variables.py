"""Gradients in many variables: sweeps back for the enclosure and autograd, some differences and one projection."""

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcli import evaluate
from derivcli.backends import balls
from derivcli.formula.parser import parse
from derivcli.formula.program import flatten
from derivcli.methods import finite_difference
from derivcli.records import Outcome
from derivcli.requests.options import Options
from tests.tools import asked, number

ROSENBROCK = "sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, {})"
PRODUCT = "prod(x[i], i, 1, {})"
TANH = "sum(tanh(x[i]), i, 1, {})"


@pytest.mark.parametrize(
    ("formula", "terms", "by"),
    [
        (ROSENBROCK, 39, "-400*x7*(x8 - x7^2) - 2*(1 - x7) + 200*(x7 - x6^2)"),
        (PRODUCT, 40, "prod/x7"),
        (TANH, 40, "1/cosh(x7)^2"),
    ],
)
def test_every_method_gives_the_gradient(formula: str, terms: int, by: str) -> None:
    """In 40 variables, against the derivative by x7 worked out by hand and evaluated by Arb."""
    text = formula.format(terms)
    report = evaluate(text, "x[1:40]=0.5:1.5:40")
    point = {name: Fraction(i) / 39 + Fraction(1, 2) for i, name in enumerate(report.problem.points.names)}
    expected = number(by.replace("prod", "*".join(point)), point)
    assert report.verdict.outcome == Outcome.AGREE
    assert report.reference.values[0, 6, 0] == expected
    for estimate in report.estimates:
        assert estimate.values is not None
        assert estimate.values[0, 6, 0] == pytest.approx(expected, rel=1e-9)


SHARED = [
    *("x + y", "x*y*z", "abs(x) + y", "x/y + z", "relu(x) - relu(-x)", "where(x > 0, x, sqrt(y))", "x^y + z"),
    *("where(x >= 0 and y > 5, z, y)", "sqrt(x^2) + y", "acos(cos(x)) + y", "detach(x)*y + x", "floor(y) + x*z"),
    *("besselj(2, x) + y", "where(x > 0, 1/x, y*z)", "max(x, y) + max(z, -z)"),
    *("max(y, where(x > 0, 3, 0))", "max(y, abs(x))"),
]


@pytest.mark.parametrize("text", SHARED)
@pytest.mark.parametrize("point", [(0, 2, -3), (1, 1, 0), (-2, 5, 1)])
def test_a_sweep_back_claims_what_power_series_claim(text: str, point: tuple[int, ...]) -> None:
    """Kinks, jumps behind a comparison, branches not taken, hidden linear terms: the same partials are known."""
    for one, other in both(text, point):
        assert one.is_finite() == other.is_finite()
        assert one.overlaps(other)


TERMS = st.recursive(
    st.sampled_from("xyz"),
    lambda t: st.one_of(
        *(st.builds(form.format, t, t) for form in ("({} + {})", "{}*{}", "({} - {})", "max({}, {})")),
        *(st.builds(form.format, t) for form in ("abs({})", "sqrt({})", "sin({})", "floor({})", "1/({})")),
        st.builds("where({} > {}, {}, {})".format, t, t, t, t),
    ),
    max_leaves=10,
)


@given(TERMS, st.tuples(*[st.integers(-1, 1)] * 3))
@settings(max_examples=500, deadline=None)
def test_a_sweep_back_claims_no_more_than_power_series(text: str, point: tuple[int, ...]) -> None:
    for one, other in both(text, point):
        assert not one.is_finite() or (other.is_finite() and one.overlaps(other))


def both(text: str, point: tuple[int, ...]) -> list[tuple[arb, arb]]:
    """Each first partial by a sweep back and by a run of power series."""
    program = flatten(parse(text), "xyz")
    with balls.precision(128):
        inputs = [arb(x) for x in point]
        [swept] = balls.sweep_back(program, inputs)
        series = [balls.partial_derivatives(program, inputs, [(name,)])[0][0] for name in "xyz"]
    return list(zip(swept, series, strict=True))


def test_of_many_partials_some_are_differenced_and_all_are_projected() -> None:
    here = asked(TANH.format(1000), "x[1:1000]=0.1:1:1000")
    estimate = finite_difference.estimate(here)
    assert estimate.values is not None
    assert "20 of 1,000 partials, drawn at random, and one random projection" in estimate.note
    assert np.isfinite(estimate.values).sum() == 20
    assert estimate.skipped.sum() == 980
    for _, p, _ in zip(*np.nonzero(~estimate.skipped), strict=True):
        x = here.points.points[0][p]
        assert isinstance(x, Fraction)
        error = abs(estimate.values[0, p, 0] - number("1/cosh(x)^2", {"x": x}))
        assert estimate.errors is not None
        assert error <= 3 * estimate.errors[0, p, 0] < 1e-3


def test_few_partials_are_all_differenced() -> None:
    for text, at in ((TANH.format(100), "x[1:100]=0.5"), ("sin(x)*y", "x=1,y=2")):
        estimate = finite_difference.estimate(asked(text, at))
        assert not estimate.note
        assert not estimate.skipped.any()


def test_a_projection_that_fails_names_the_worst_partial() -> None:
    """A claim that is wrong in one variable of 400."""
    lets, claims = ("sq(t) = t^2",), ("sq(t) = 2*t + where(t == 7, 1, 0)",)
    here = asked("sum(sq(x[i]), i, 1, 400)", "x[1:400]=1:400:400", lets=lets, claims=claims)
    estimate = finite_difference.estimate(here)
    assert "contradicts autograd's gradient, so all 400 were computed" in estimate.note
    assert "the worst is that by x7: 14, 15 by autograd" in estimate.note
    assert not estimate.skipped.any()


def test_the_verdict_names_the_worst_partial() -> None:
    options = Options(at=("x[1:3]=[1,2,3]",), lets=("sq(t) = t^2",), claims=("sq(t) = 2*t + where(t > 1, t^2, 0)",))
    report = evaluate("sum(sq(x[i]), i, 1, 3)", options=options)
    assert report.verdict.outcome == Outcome.DISAGREE
    assert "the derivative by x3 is 6: the claimed derivative of sq(x[i]) is 15" in report.verdict.message


def test_what_is_too_large_for_sympy_is_refused_at_once() -> None:
    options = Options(at=("x[1:1000]=1",), methods=("symbolic",), timeout=5)  # else that would be the reason
    [estimate] = evaluate(PRODUCT.format(1000), options=options).estimates
    assert "too large for SymPy" in estimate.message


@pytest.mark.parametrize("formula", [ROSENBROCK.format(999), PRODUCT.format(1000), TANH.format(1000)])
def test_a_thousand_variables_in_a_process_of_their_own(formula: str) -> None:
    """All methods that can; JSON has every partial, and the status is 0."""
    command = [sys.executable, "-m", "derivcli", formula, "--at", "x[1:1000]=0.5:1.5:1000", "-m", "autograd",
               "-m", "finite-difference", "--format", "json"]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert len(report["derivatives"]) == 1000
    differenced = [each["estimates"]["finite-difference"] for each in report["derivatives"]]
    assert sum("value" in each for each in differenced) == 20
    assert sum(each.get("reason") == "not computed" for each in differenced) == 980
    assert any("one random projection" in note for note in report["notes"])
