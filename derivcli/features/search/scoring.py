"""Many points at once → those worth showing to the arbiter, by what floats alone can tell."""

from collections.abc import Iterator

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import slots
from derivcli.engine.problem import run_method
from derivcli.features.search.task import Task
from derivcli.features.search.transitions import placed

SUSPECTS = 60  # for each reason to suspect a point
CELLS = 32  # on an axis
A_CELL = 8  # suspects from one cell of the box, so that the worst place does not hide the others


def suspicious(task: Task, floats: Array) -> list[int]:
    """The points where f or autograd is not finite, autograd and differences differ most, or differences are unsure."""
    asked, rtol = task.problem, task.options.tolerance.relative(task.options.dtype)
    here = placed(asked, floats)
    f = slots(asked.program, floats)[list(asked.program.outputs)]
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
    cells = [np.floor((x - i.low) / i.width * CELLS) for i, x in zip(task.box, floats, strict=True)]
    chosen: dict[int, None] = {}
    for score in scores:
        tamed: Array = np.nan_to_num(score, posinf=1e300)  # pyright: ignore[reportAssignmentType]  # it keeps float64
        chosen |= dict.fromkeys(_spread(tamed, np.stack(cells)))
    return list(chosen)


def _spread(scores: Array, cells: Array) -> Iterator[int]:
    """The highest scores, but only a few from each cell of the box."""
    counts: dict[tuple[float, ...], int] = {}
    for k in np.argsort(-scores, kind="stable").tolist():
        if not scores[k] > 0 or sum(counts.values()) >= SUSPECTS:
            return
        cell = tuple(cells[:, k].tolist())
        if counts.get(cell, 0) < A_CELL:
            counts[cell] = counts.get(cell, 0) + 1
            yield k
