"""Where something changes between two neighbouring samples: halved down to neighbouring floats.

What is watched: the signs of everything whose zero may matter (denominators, arguments of abs, sqrt, log, differences
of what is compared), f itself, and autograd's derivatives. A kink, a jump or a pole is where a change does not shrink
with the interval.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, zip_longest

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import slots
from derivcli.engine.problem import run_method
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.program import Program
from derivcli.records import Problem
from derivcli.requests.points import FloatPoints

QUIET = {"add", "sub", "mul", "neg", "true", "false"}  # nothing happens where an argument of these is 0
MAX_PER_ROW = 24  # changes that are pursued for each thing that is watched, by surprise and by size
MAX_CHANGES = 240  # of those, each thing in turn
SURPRISE = 1.25  # times what the slopes beside it foretell
NOISE = 1e-9  # a change below this part of the largest value is rounding
HALVINGS = 70
LASTING = 0.25  # of a change is left between neighbouring floats: it was a jump


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """Two neighbouring points (variables), the axis on which they differ, and what jumps between them: f, f' or "" """

    low: Array
    high: Array
    axis: int
    jumps: str


def at_floats(problem: Problem, floats: Array) -> Problem:
    """The same problem at points of which only the floats matter."""
    return replace(problem, points=FloatPoints(problem.program.variables, np.ascontiguousarray(floats)))


def find_transitions(problem: Problem, lines: Sequence[Array]) -> list[Transition]:
    """The most striking changes along lines of sorted points (variables, points)."""
    points = np.concatenate(lines, axis=1)
    inner = np.concatenate([[*(k > 0 for k in range(line.shape[1]))] for line in lines])[1:]
    rows = watch(problem, points)
    changes = np.where(inner, change(rows[:, :-1], rows[:, 1:]), 0.0)
    steps, sizes = np.max(np.abs(np.diff(points)), axis=0), np.max(np.abs(points), axis=0)[:-1]
    striking = [[(j, k) for k in dict.fromkeys(_striking(changes[j], steps, row, sizes))] for j, row in enumerate(rows)]
    pairs = [pair for turn in zip_longest(*striking) for pair in turn if pair][:MAX_CHANGES]
    if not pairs:
        return []
    which, where = np.array(pairs).T
    low, high, left = halve(problem, which, points[:, where], points[:, where + 1])
    signs = first_output(problem.program)
    lasting = left > LASTING * changes[which, where]
    distinct: dict[tuple[float, ...], Transition] = {}
    for j in np.argsort(which, kind="stable"):
        name = "" if which[j] < signs else "f" if which[j] < signs + len(problem.program.outputs) else "f'"
        if lasting[j] or not name:
            key = (*low[:, j].tolist(), *high[:, j].tolist())
            axis = int(np.argmax(high[:, j] != low[:, j]))
            known = distinct.get(key)
            distinct[key] = Transition(low[:, j], high[:, j], axis, known.jumps or name if known else name)
    return list(distinct.values())


def change(a: Array, b: Array) -> Array:
    """|b - a|; infinite where just one of them is a finite number, 0 where neither is."""
    one, both = np.isfinite(a) ^ np.isfinite(b), np.isfinite(a) & np.isfinite(b)
    with np.errstate(all="ignore"):
        return np.where(one, np.inf, np.where(both, np.abs(b - a), 0.0))


def watch(problem: Problem, floats: Array) -> Array:
    """Rows of signs, then the outputs, then autograd's partials, at points (variables, points)."""
    values = slots(problem.program, floats)
    pairs = _watched_slots(problem.program)
    with np.errstate(invalid="ignore"):
        signs = [np.sign(values[i] if j is None else values[i] - values[j]) for i, j in pairs]
    rows = [*signs, *values[list(problem.program.outputs)]]
    partials = run_method(at_floats(problem, floats), "autograd").values
    rows += [] if partials is None else [*partials.reshape(-1, floats.shape[1])]
    return np.stack(rows)


def first_output(program: Program) -> int:
    """The row of the first output, after those of the signs."""
    return len(_watched_slots(program))


def _watched_slots(program: Program) -> list[tuple[int, int | None]]:
    """The slots, and the differences of slots, whose signs are watched."""
    found: dict[tuple[int, int | None], None] = {}
    for step in program.instructions:
        if step.args and step.function not in QUIET:
            found |= dict.fromkeys((arg, None) for arg in step.args)
            if not FUNCTIONS[step.function].smooth:
                found |= dict.fromkeys(combinations(step.args, 2))
    return list(found)


def _striking(changes: Array, steps: Array, values: Array, sizes: Array) -> Iterator[int]:
    """The changes that stand out most from what the slopes beside them foretell, and the largest; near 0 first."""
    floor = NOISE * np.max(np.abs(values[np.isfinite(values)]), initial=0.0)
    with np.errstate(all="ignore"):
        slopes = np.where(np.isfinite(changes), changes, 0.0) / steps
        beside = steps * np.maximum(np.append(slopes[1:], 0), np.insert(slopes[:-1], 0, 0))
        surprise = np.where(np.isinf(changes), np.inf, changes / (beside + floor + np.finfo(float).tiny))
    seen = changes > floor
    for score in (np.where(surprise > SURPRISE, surprise, 0.0), changes):
        order = np.lexsort((sizes, -score))[:MAX_PER_ROW]
        yield from order[seen[order] & (score[order] > 0)].tolist()


def halve(problem: Problem, which: np.ndarray, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Each pair of points halved, always to the side of the larger change of its row, and the change that is left."""
    columns = np.arange(len(which))
    at_low, at_high = (watch(problem, x)[which, columns] for x in (low, high))
    for _ in range(HALVINGS):
        middle = low / 2 + high / 2
        middle = np.where((middle == low) | (middle == high), low, middle)
        if (middle == low).all():
            break
        value = watch(problem, middle)[which, columns]
        first, second = change(at_low, value), change(value, at_high)
        left = (first >= second) & (middle != low).any(axis=0)
        moved = ~left & (middle != low).any(axis=0)
        high, at_high = np.where(left, middle, high), np.where(left, value, at_high)
        low, at_low = np.where(moved, middle, low), np.where(moved, value, at_low)
    return low, high, change(at_low, at_high)
