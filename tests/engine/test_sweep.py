"""Many points: where they are, and what is found at them."""

from collections.abc import Sequence

import numpy as np
import pytest

import derivcli
from derivcli.backends.arrays import join_intervals
from derivcli.engine.summary import marked_intervals
from derivcli.formula.constants import Coordinate
from derivcli.judge import reference
from derivcli.records import Outcome, Problem
from derivcli.requests.grids import Grid
from derivcli.requests.points import parse_points
from derivcli.requests.rows import point_blocks
from tests.tools import report

KINKS = [
    ("abs(x - 0.3)", "x=-5:5:100001", ["0.3"]),
    ("relu(x - 1)", "x=-5:5:20001", ["1.0"]),
    ("floor(x)", "x=-2.5:2.5:5001", ["-2.0", "-1.0", "0.0", "1.0", "2.0"]),
    ("where(x < 1/4, x, 1/2 - x)", "x=0:1:4001", ["0.25"]),
    ("x^2", "x=-5:5:4001", []),
    ("sin(1000*x)", "x=-5:5:4001", []),
    ("exp(-x^2)*sin(3x)/(1+x^2)", "x=-5:5:40001", []),
]


@pytest.mark.parametrize("text", ["x=-5:5:100001", "x=log:1e-12:1:5000", "x=1/3:7/11:3001", "x=5:-5:1234"])
def test_floats_are_the_nearest(text: str) -> None:
    """The float64 points of a range are those nearest to its exact ones."""
    grid = parse_points([text])
    assert isinstance(grid, Grid)
    found = np.concatenate([block.floats[0] for block in point_blocks(grid, 1000)])
    exact = [float(value) for value, _ in grid.axes["x"]]  # type: ignore[union-attr]
    assert found.tolist() == exact


def test_a_grid_goes_through_its_last_axis_first() -> None:
    grid = parse_points(["x=1:2:50", "y=[5, 1/2, 7]", "z=1:2:10"])
    blocks = np.concatenate([block.floats for block in point_blocks(grid, 64)], axis=1)
    assert blocks.shape == (3, 1500)
    assert blocks[:, :11].T.tolist()[9:] == [[1.0, 5.0, 2.0], [1.0, 0.5, 1.0]]


def test_drawn_points_lie_in_the_box_and_come_again() -> None:
    draws = []
    for seed in (0, 0, 1):
        grid = parse_points(["x=-5..5,y=2"], samples=3000, seed=seed)
        draws.append(np.concatenate([block.floats for block in point_blocks(grid, 1000)], axis=1))
    assert (draws[0] == draws[1]).all()
    assert (draws[0] != draws[2]).any()
    assert (np.abs(draws[0][0]) <= 5).all()
    assert (draws[0][1] == 2).all()


@pytest.mark.parametrize(("text", "at", "places"), KINKS)
def test_kinks_are_met(text: str, at: str, places: list[str]) -> None:
    """Each point without a derivative is found among thousands, and nothing else is."""
    found = report(text, at)
    assert found.summary is not None
    assert sorted(row[0] for row in found.problem.points.texts) == sorted(places)
    assert found.summary.counts[Outcome.NOT_DIFFERENTIABLE] == len(places)
    assert found.summary.counts[Outcome.AGREE] == found.summary.points - len(places)


def test_a_shared_error_is_not_taken_for_agreement() -> None:
    """Where SymPy's formula and autograd lose the same digits, the points that were not judged are not decided."""
    found = report("(1-cos(x))/x^2", "x=1e-6:1e-4:5001")
    summary = found.summary
    assert summary is not None
    assert (found.verdict.outcome, found.verdict.cause) == (Outcome.DISAGREE, "rounding")
    assert summary.counts[Outcome.AGREE] < 100
    judged = report("(1-cos(x))/x^2", "x=1e-6:1e-4:1001", certify=None).summary
    assert judged is not None
    assert judged.certified == 1001
    assert not judged.counts[Outcome.INCONCLUSIVE]


def test_no_point_is_enclosed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst points are listed with the reference that judged them."""
    enclosed: list[object] = []
    derivatives = reference.enclose_partials

    def counted(problem: Problem, point: Sequence[Coordinate], **options: int) -> object:
        if "bits" not in options:
            enclosed.append(point)
        return derivatives(problem, point, **options)

    monkeypatch.setattr(reference, "enclose_partials", counted)
    judged = report("abs(x)*y + floor(x)", "x=-2:2:51,y=-2:2:51", certify=300)
    assert judged.summary is not None
    assert len(judged.verdicts) == 10
    assert len(enclosed) == len(set(enclosed)) == judged.summary.certified


def test_where_f_is_undefined_is_an_interval() -> None:
    summary = report("log(x)", "x=-5:5:10001").summary
    assert summary is not None
    assert summary.intervals[Outcome.UNDEFINED] == [(-5.0, 0.0)]
    assert summary.counts == {Outcome.UNDEFINED: 5001, Outcome.AGREE: 5000}


@pytest.mark.parametrize("method", ["autograd", "symbolic", "finite-difference", "forward-ad", "complex-step"])
def test_values_only(method: str) -> None:
    """`derivatives` gives what the formula of the derivative gives."""
    x, y = np.linspace(0.5, 3, 70_000), np.linspace(1, 2, 70_000)
    found = derivcli.derivatives("x^2*sin(y)", {"y": y, "x": x}, method)
    np.testing.assert_allclose(found, [[2 * x * np.sin(y), x**2 * np.cos(y)]], rtol=1e-9, atol=1e-11)


def test_intervals() -> None:
    assert marked_intervals(np.array([1.0, 2, 3, 4, 5]), np.array([True, True, False, False, True])) == [(1, 2), (5, 5)]
    assert join_intervals([(0, 1), (3, 3), (0.5, 2)], 9) == [(0, 2), (3, 3)]
    assert join_intervals([(0, 1), (3, 3), (3.1, 4), (10, 10)], 2) == [(0, 4), (10, 10)]
