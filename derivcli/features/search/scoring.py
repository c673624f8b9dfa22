"""Many points at once → those worth showing to the arbiter, by what floats alone can tell."""

from collections.abc import Iterator

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import slots
from derivcli.engine.problem import run_method
from derivcli.features.search.task import Task
from derivcli.features.search.transitions import at_floats

SUSPECTS_PER_REASON = 60  # for each reason to suspect a point
CELLS_PER_AXIS = 32  # on an axis
SUSPECTS_PER_CELL = 8  # suspects from one cell of the box, so that the worst place does not hide the others


def find_suspects(task: Task, floats: Array) -> list[int]:
    """The points where f or autograd is not finite, autograd and differences differ most, or differences are unsure."""
    problem, rtol = task.problem, task.options.tolerance.relative(task.options.dtype)
    here = at_floats(problem, floats)
    f = slots(problem.program, floats)[list(problem.program.outputs)]
    scores = [1.0 * ~np.isfinite(f).all(axis=0)]
    autograd = run_method(here, "autograd").values
    if autograd is not None:
        scores.append(1.0 * (np.isfinite(f).all(axis=0) & ~np.isfinite(autograd).all(axis=(0, 1))))
        differences = run_method(here, "finite-difference")
        if differences.values is not None and differences.errors is not None:
            with np.errstate(all="ignore"):
                size = np.fmax(np.abs(differences.values), np.abs(f)[:, None] / np.fmax(1, np.abs(floats).max(axis=0)))
                allowed = rtol * size + np.finfo(float).tiny
                gap = np.abs(autograd - differences.values) / (allowed + differences.errors)
                scores += [score.max(axis=(0, 1)) for score in (gap, differences.errors / allowed)]
    cells = [np.floor((x - i.low) / i.width * CELLS_PER_AXIS) for i, x in zip(task.box, floats, strict=True)]
    chosen: dict[int, None] = {}
    for score in scores:
        tamed: Array = np.nan_to_num(score, posinf=1e300)  # pyright: ignore[reportAssignmentType]  # it keeps float64
        chosen |= dict.fromkeys(_spread(tamed, np.stack(cells)))
    return list(chosen)


def _spread(scores: Array, cells: Array) -> Iterator[int]:
    """The highest scores, but only a few from each cell of the box."""
    counts: dict[tuple[float, ...], int] = {}
    for k in np.argsort(-scores, kind="stable").tolist():
        if not scores[k] > 0 or sum(counts.values()) >= SUSPECTS_PER_REASON:
            return
        cell = tuple(cells[:, k].tolist())
        if counts.get(cell, 0) < SUSPECTS_PER_CELL:
            counts[cell] = counts.get(cell, 0) + 1
            yield k
