"""What is said of points that nobody judged: they are held against what was expected, and against a second method."""

import csv

import numpy as np
import pytest

import derivcli
from derivcli.engine.agreement import presume
from derivcli.engine.output import open_output
from derivcli.engine.sweep import sweep
from derivcli.records import Estimate
from derivcli.requests.options import Options, Tolerance
from derivcli.requests.request import from_texts
from derivcli.requests.shapes import Shape
from tests.tools import asked

CASES = [
    # formula, points, what is expected, at how many points it is what was expected
    ("x^3", "x=1:2:2001", "3*x", 1),
    ("x^3", "x=0:1:2001", "3*x^2 + where(x == 0.3335, 1e-3, 0)", 2000),
    ("x^3", "x=0:1:2001", "3*x^2 + 1e-4 ± 1e-3", 2001),
    ("sin(x)", "x=0:10:5001", "-cos(x)", 0),
    ("abs(x - 0.3)", "x=0:1:10001", "kink", 1),
    ("abs(x - 0.3)", "x=0:1:10001", "differentiable", 10_000),
    ("abs(x - 0.3)", "x=0:1:10001", "[-1, 1]", 1),
]


@pytest.mark.parametrize(("text", "at", "expect", "agreeing"), CASES)
def test_every_point_is_held_against_what_was_expected(text, at, expect, agreeing):
    """Not only those of the sample."""
    report = derivcli.evaluate(text, at=at, options=Options(expect=expect, certify=20))
    counts = report.summary.counts
    assert counts["agree"] == agreeing
    assert counts["disagree"] == report.summary.points - agreeing
    assert report.summary.certified < 100


def test_a_sum_is_held_against_what_was_expected():
    """The Laplacian of x²y is 2y; it is 2x on the diagonal, and at (0, 0) both are nothing."""
    request = {"expect": "2*x", "shape": Shape.LAPLACIAN, "certify": 20}
    report = derivcli.evaluate("x^2*y", at="x=0:1:50,y=0:1:50", options=Options(**request))
    assert report.summary.counts["agree"] == 50


def test_the_worst_is_furthest_from_what_was_expected():
    """However well the methods agree with each other."""
    report = derivcli.evaluate("x^3", at="x=1:2:2001", options=Options(expect="3*x", worst=1))
    assert report.problem.points.texts == (("2.0",),)


@pytest.mark.parametrize(
    ("text", "at", "wrong"),
    [
        ("abs(x - 0.3)", "x=0:1:100001", 1),
        ("where(x == 0.3, 0.3, x)", "x=0:1:100001", 1),
        ("g(x)", "x=0:1:100001", 3),
    ],
)
def test_one_method_alone_has_a_witness(text, at, wrong):
    """Differences are taken where nobody asked for them, and not told."""
    options = Options(
        methods=("autograd",),
        lets=("g(t) = t^3",),
        claims=("g(t) = 3*t^2*where(abs(t - 0.5) < 2e-5, 1.01, 1)",),
        certify=100,
    )
    report = derivcli.evaluate(text, at=at, options=options)
    assert report.summary.points - report.summary.counts["agree"] == wrong
    assert [estimate.method for estimate in report.estimates] == ["autograd"]


@pytest.mark.parametrize("method", ["enclosure", "finite-difference", "complex-step", "forward-ad"])
def test_every_method_sweeps(method):
    """Those that go by exact points and those that PyTorch lacks a function for included."""
    text = "x^2" if method in ("complex-step", "forward-ad") else "besselj(0, x)"
    report = derivcli.evaluate(text, at="x=2:5:1001", options=Options(methods=(method,), certify=20))
    assert report.summary.counts["agree"] == 1001
    assert not report.notes


def test_nothing_is_said_where_no_method_runs():
    """The witness alone is no answer."""
    report = derivcli.evaluate("zeta(x)", at="x=2:5:1001", options=Options(methods=("symbolic",)))
    assert report.verdict.outcome == "inconclusive"
    assert report.summary.counts == {"inconclusive": 1001}


def test_sums_have_columns(tmp_path):
    """A divergence at every point of a sweep, by every method."""
    out = tmp_path / "rows.csv"
    options = Options(at=("x=1:2:1001,y=2",), shape=Shape.DIVERGENCE, methods=("symbolic", "autograd"))
    request = from_texts(["x^2", "y"], options)
    with open_output(str(out), request) as sink:
        sweep(request, sink)
    header, *rows = csv.reader(out.read_text("utf-8").splitlines())
    x, sums = header.index("x"), [header.index(f"divergence {method}") for method in options.methods]
    assert len(rows) == 1001
    assert all(float(row[i]) == pytest.approx(2 * float(row[x]) + 1) for row in rows for i in sums)


# whether a method is advisory, its error, whether it is an error that makes a point doubtful
OWN = [(True, 1e-3, True), (True, 0.0, False), (True, None, False), (False, 1e-3, False)]


@pytest.mark.parametrize(("advisory", "error", "doubtful"), OWN)
def test_only_differences_have_an_error_that_makes_doubtful(advisory, error, doubtful):
    """Where they are not sure, a point is judged; what others state is no reason."""
    here = asked("x^2", "x=1")
    values = np.full((1, 1, 1), 2.0)
    errors = None if error is None else np.full((1, 1, 1), error)
    estimates = [Estimate("autograd", values), Estimate("another", values, errors, advisory=advisory)]
    found = presume(here, np.ones((1, 1)), estimates, Tolerance())
    assert found.outcomes.tolist() == [0]
    assert found.doubtful.tolist() == [doubtful]
