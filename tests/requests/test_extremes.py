"""Points at the ends of float64: an answer, or a word why there is none, and never a warning of a library."""

import numpy as np
import pytest

import derivcli
from derivcli.errors import PointError
from derivcli.requests.options import Options
from derivcli.requests.points import Points, list_points, parse_points
from derivcli.requests.rows import point_blocks

CASES = [
    # formula, points, how many
    ("x", "x=1e308", 1),
    ("x/1e300", "x=1.7e308", 1),
    ("sqrt(x)", "x=[1.79e308, 1e-300]", 2),
    ("x", "x=-1.7e308:1.7e308:2001", 2001),
    ("x", "x=-1.7e308..1.7e308", 1500),
    ("x", "x=log:1e-300:1e300:2001", 2001),
    ("x", "x=log:1e-308:1e308:5", 5),
    ("x + y", "x=1e308,y=-1e308:1e308:2001", 2001),
]


@pytest.mark.parametrize(("text", "at", "count"), CASES)
def test_the_ends_of_float64(text, at, count):
    """Every method agrees, at each of the points."""
    report = derivcli.evaluate(text, at=at, options=Options(samples=count if ".." in at else 0))
    assert report.verdict.outcome == "agree"
    assert not [estimate.reason for estimate in report.estimates if estimate.reason]
    assert (report.summary.points if report.summary else len(report.problem.points)) == count


@pytest.mark.parametrize("at", ["x=log:1e-12:1:3001", "x=log:1e300:1e-300:1201", "x=-1:1:4001", "x=-pi:pi:2001"])
def test_a_block_has_the_points_of_its_grid(at):
    """Float by float what the exact points are; where float64 does not hold the step, to an ulp of the ends."""
    grid = parse_points([at])
    assert not isinstance(grid, Points)
    block = np.concatenate([part.floats[0] for part in point_blocks(grid, 500)])
    exact = np.array([float(point[0]) for point in list_points(grid, range(len(grid))).points])
    np.testing.assert_allclose(block, exact, rtol=0, atol=0 if "pi" not in at else 1e-15)


def test_a_second_derivative_beside_an_overflow():
    """Products of coordinates beyond float64 are not warned of."""
    report = derivcli.evaluate("x*y", at="x=1.7e308,y=1e-308", options=Options(order=2))
    assert report.verdict.outcome == "agree"


@pytest.mark.parametrize("options", [Options(methods=("finite-difference",)), Options(methods=("autograd",))])
def test_outside_the_domain_nothing_is_warned_of(options):
    """Every quotient is NaN there, of which there is no median."""
    assert derivcli.evaluate("log(x)", at="x=-5", options=options).verdict.outcome == "undefined"


def test_ends_beyond_float64_are_refused():
    """With the end that is."""
    with pytest.raises(PointError, match="is no float64"):
        derivcli.evaluate("x", at="x=1:1e400:2000")
