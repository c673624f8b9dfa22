"""A formula in two variables over two intervals → a field: its values on a grid, and arrows along its gradient."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import outputs
from derivcli.drawings._picture import Axis, Field, Mark, Panel
from derivcli.engine.problem import run_method
from derivcli.errors import RequestError
from derivcli.judge.reference import enclosure
from derivcli.judge.verdict import judge
from derivcli.records import Outcome, Problem
from derivcli.requests.points import Points

COLUMNS, ROWS = 121, 91  # values
ACROSS, UP = 15, 11  # arrows


def field_panel(problem: Problem, axes: Sequence[Axis], at: Points | None) -> tuple[Panel, list[str]]:
    """The panel of a problem with two variables and one output."""
    if problem.shape[0] != 1:
        raise RequestError("one formula in two variables is drawn at a time")
    if max(map(len, problem.partials)) > 1:
        raise RequestError("a picture of two variables shows the gradient", hint="leave out --order")
    across, up = axes
    x, y = np.linspace(across.low, across.high, COLUMNS), np.linspace(up.low, up.high, ROWS)
    grid = np.stack([each.ravel() for each in np.meshgrid(x, y)])
    values = outputs(problem.program, grid)[0].reshape(ROWS, COLUMNS)
    values = np.where(np.isfinite(values), values, np.nan)
    arrows, said = _gradients(problem, _inner(across, ACROSS), _inner(up, UP))
    marks = tuple(_points(problem, at)) if at else ()
    if np.isnan(values).any():
        said.append("f is nowhere defined here" if np.isnan(values).all() else "f is undefined where nothing is drawn")
    field = Field(x, y, values, tuple(arrows))
    return Panel(across, up, marks=marks, field=field), [*said, *(mark.text for mark in marks)]


def _inner(axis: Axis, count: int) -> Array:
    """The middles of so many equal parts."""
    return axis.low + (axis.high - axis.low) * (np.arange(count) + 0.5) / count


def _gradients(problem: Problem, x: Array, y: Array) -> tuple[list[tuple[float, float, float, float]], list[str]]:
    """The reference's gradients where there are any, and which methods are wrong about how many of them."""
    rows = [(float(a), float(b)) for b, a in product(y, x)]
    texts = tuple((f"{a:.6g}", f"{b:.6g}") for a, b in rows)
    points = Points(problem.program.variables, tuple((Fraction(a), Fraction(b)) for a, b in rows), texts)
    problem = replace(problem, points=points)
    reference = enclosure(problem)
    estimates = tuple(run_method(problem, method) for method in problem.options.methods)
    verdicts = judge(problem, estimates, reference, problem.options.tolerance)
    wrong = {entry[2]: v for entry, v in verdicts.items() if v.outcome == Outcome.DISAGREE}
    said = [f"{estimate.method}: {estimate.message}" for estimate in estimates if estimate.reason]
    for method in dict.fromkeys(name for verdict in wrong.values() for name in verdict.methods):
        where = [k for k, verdict in wrong.items() if method in verdict.methods]
        first = ", ".join(f"{n} = {t}" for n, t in zip(points.names, texts[where[0]], strict=True))
        said.append(f"{method} is wrong at {len(where)} of {len(rows)} arrows, first at {first}")
    slopes = reference.values[0]
    known = np.isfinite(slopes).all(axis=0)
    return [(*rows[k], *map(float, slopes[:, k])) for k in np.flatnonzero(known)], said  # type: ignore[misc]  # fours


def _points(problem: Problem, at: Points) -> Iterator[Mark]:
    """The points of --at, and the gradients there."""
    problem = replace(problem, points=at)
    reference = enclosure(problem)
    for k, texts in enumerate(at.texts):
        x, y = problem.floats[:, k].tolist()
        gradient = reference.values[0, :, k].tolist()
        place = ", ".join(f"{n} = {t}" for n, t in zip(at.names, texts, strict=True))
        known = all(map(math.isfinite, gradient))
        said = f"gradient ({gradient[0]:.6g}, {gradient[1]:.6g})" if known else "no gradient"
        yield Mark("point", x, f"{said} at {place}", ((x, y, True),))
