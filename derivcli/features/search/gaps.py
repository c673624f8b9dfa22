"""Where f is undefined on a part of a box: one finding, however many points lie in it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import slots
from derivcli.features.search import literals
from derivcli.features.search.findings import Finding, Rank, judge_points
from derivcli.features.search.literals import Texts
from derivcli.features.search.task import Task
from derivcli.features.search.transitions import first_output, halve
from derivcli.formats._words import number

MIN_RUN = 3  # samples in a row: fewer are singular points, not an interval
MAX_GAPS = 50  # intervals
MAX_LISTED = 3
TRIED_PER_GAP = 4  # points of each


def find_gaps(task: Task, floats: Array, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those inside a part of the box where f is undefined told as one."""
    floats = np.unique(floats, axis=1)
    lacking = ~np.isfinite(slots(task.problem.program, floats)[list(task.problem.program.outputs)])
    if not lacking.any():
        return list(findings)
    return (_intervals if len(task.box) == 1 else _scattered)(task, floats, lacking, findings)


def _intervals(task: Task, floats: Array, lacking: np.ndarray, findings: Sequence[Finding]) -> list[Finding]:
    """In one variable: between which numbers f is undefined."""
    runs = list(_runs(np.any(lacking, axis=0).tolist()))[:MAX_GAPS]
    inner = [_simplest(floats[:, first:past]) for first, past in runs]
    undefined = _undefined(task, [point for some in inner for point in some])
    runs = [run for run, some in zip(runs, inner, strict=True) if undefined.intersection(some)]
    if not runs:
        return list(findings)
    row = first_output(task.problem.program) + int(np.argmax(lacking.any(axis=1)))
    ends = [(_end(task, row, floats, first - 1), _end(task, row, floats, past - 1)) for first, past in runs]
    listed = ", ".join(f"{low} and {high}" for low, high in ends[:MAX_LISTED])
    more = f", and in {len(ends) - MAX_LISTED} more intervals" if len(ends) > MAX_LISTED else ""
    message = f"f is undefined for {task.box[0].name} between {listed}{more}"
    values = [literals.floats([(low,), (high,)])[0] for low, high in ends]
    outside = [
        finding
        for finding in findings
        if finding.rank != Rank.UNDEFINED
        or not any(low <= literals.floats([finding.point])[0, 0] <= high for low, high in values)
    ]
    return [*outside, Finding(min(undefined, key=_length), Rank.GAP, message=message)]


def _runs(lacking: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """(first, past the last) of the runs of samples without a value."""
    for without, group in groupby(range(len(lacking)), key=lacking.__getitem__):
        run = list(group)
        if without and len(run) >= MIN_RUN:
            yield run[0], run[-1] + 1


def _end(task: Task, row: int, floats: Array, k: int) -> str:
    """Where f ends between the k-th sample and the next, or the end of the box."""
    if not 0 <= k < floats.shape[1] - 1:
        return task.box[0].texts[k >= 0]
    low, high, _ = halve(task.problem, np.array([row]), floats[:, k : k + 1], floats[:, k + 1 : k + 2])
    return next(literals.near(low[0, 0], high[0, 0]), number(low[0, 0]))


def _scattered(task: Task, floats: Array, lacking: np.ndarray, findings: Sequence[Finding]) -> list[Finding]:
    """In several variables: at how many points, and an example."""
    without = floats[:, lacking.any(axis=0)]
    undefined = _undefined(task, _simplest(without)) if without.shape[1] >= MIN_RUN else set()
    if not undefined:
        return list(findings)
    message = f"f is undefined at {without.shape[1]:,} of {floats.shape[1]:,} points"
    outside = [finding for finding in findings if finding.rank != Rank.UNDEFINED or not finding.beside]
    return [*outside, Finding(min(undefined, key=_length), Rank.GAP, message=message)]


def _undefined(task: Task, points: Sequence[Texts]) -> set[Texts]:
    found = judge_points(task, points).findings if points else {}
    return {point for point, finding in found.items() if finding.rank == Rank.UNDEFINED}


def _simplest(floats: Array) -> list[Texts]:
    """The shortest points: at an end of an interval f may have a value, or none for another reason."""
    return sorted(map(literals.texts, floats.T), key=_length)[:TRIED_PER_GAP]


def _length(point: Texts) -> tuple[int, Texts]:
    return sum(map(len, point)), point
