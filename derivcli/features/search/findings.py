"""Points that the arbiter judged → findings: what is wrong there, how bad it is, and which of them say the same."""

import math
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.engine.problem import run_method, to_problem
from derivcli.features.search.literals import Texts, coordinate, floats
from derivcli.features.search.task import Task, request_at
from derivcli.formula.constants import Coordinate
from derivcli.judge.notes import is_imprecise
from derivcli.judge.reference import enclosure
from derivcli.judge.verdict import allowance, digits, entries_where, judge
from derivcli.records import Cause, Entry, Estimate, Kind, Outcome, Problem, Reference

MIN_DISTANCE = 0.05  # of the box: places nearer than that are one, where the same methods are off
ULPS = 2  # nearer to a singular point than that, a float cannot tell the two apart
JUDGE_SECONDS = 4.0  # seconds; ordinary formulas take a tenth of one
BLOCK_POINTS = 64  # points
MAX_PLACES = 4  # for each set of methods that are off


class Rank(IntEnum):
    """What was found, the worst first."""

    WRONG = 0
    SINGULAR = 1
    BETWEEN = 2  # f or f' jumps between neighbouring floats
    DIGITS = 3
    UNDEFINED = 4
    BLURRED = 5  # a method is off, but not at the float that the point is rounded to
    GAP = 6  # f is undefined on a part of the box
    UNDECIDED = 7
    UNRELIABLE = 8  # finite differences only


RANKS = {
    Outcome.DISAGREE: Rank.WRONG,
    Outcome.NOT_DIFFERENTIABLE: Rank.SINGULAR,
    Outcome.UNDEFINED: Rank.UNDEFINED,
    Outcome.INCONCLUSIVE: Rank.UNDECIDED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A point as it is typed, what is wrong there, and in which derivatives; `message` where no verdict says it."""

    point: Texts
    rank: Rank
    cause: Cause | Kind | None = None
    methods: tuple[str, ...] = ()
    digits: int = 0
    entries: frozenset[tuple[int, int]] = frozenset()
    message: str = ""
    beside: bool = False  # f is undefined or has no limit on a side

    @property
    def order(self) -> tuple[int, int, int, Texts]:
        """The worst first, then the shortest to type."""
        return self.rank, self.digits, sum(map(len, self.point)), self.point


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """The arbiter's word on many points: their findings, and the true derivatives and values at all of them."""

    findings: dict[Texts, Finding]
    derivatives: dict[Texts, Array]
    functions: dict[Texts, Array]
    left: int = 0  # points for which there was no time


def judge_points(task: Task, points: Iterable[Texts]) -> Judgement:
    """Every method and the reference at these points, once where they are equal; where it is slow, at the first."""
    unique: dict[tuple[Coordinate, ...], Texts] = {}
    for point in points:
        unique.setdefault(tuple(map(coordinate, point)), point)
    listed = list(unique.values())
    parts: list[Judgement] = []
    started = time.monotonic()
    while listed and time.monotonic() - started < JUDGE_SECONDS:
        block, listed = listed[:BLOCK_POINTS], listed[BLOCK_POINTS:]
        parts.append(_judged_together(task, block))
    return Judgement(
        {point: finding for part in parts for point, finding in part.findings.items()},
        {point: values for part in parts for point, values in part.derivatives.items()},
        {point: values for part in parts for point, values in part.functions.items()},
        len(listed),
    )


def _judged_together(task: Task, listed: Sequence[Texts]) -> Judgement:
    options = task.options
    problem = to_problem(request_at(task.request, listed))
    estimates = [run_method(problem, method) for method in options.methods]
    reference = enclosure(problem)
    findings: dict[Texts, Finding] = {}
    verdicts = judge(problem, estimates, reference, options.tolerance)
    for entry, verdict in verdicts.items():
        behaviour = reference.behaviours.get(entry)
        lost = _fewest(estimates, reference, entry, verdict.methods) if verdict.outcome == Outcome.DISAGREE else 0
        beside = behaviour is not None and any(map(math.isnan, behaviour.limits))
        which, rank = frozenset([entry[:2]]), RANKS[verdict.outcome]
        new = Finding(listed[entry[2]], rank, verdict.cause, verdict.methods, lost, which, beside=beside)
        findings[new.point] = _merge(findings.get(new.point), new)
    for entry, estimate in _imprecise(problem, estimates, reference):
        rank = Rank.UNRELIABLE if estimate.advisory else Rank.DIGITS
        lost = _fewest([estimate], reference, entry, [estimate.method])
        new = Finding(listed[entry[2]], rank, None, (estimate.method,), lost, frozenset([entry[:2]]))
        findings[new.point] = _merge(findings.get(new.point), new)
    return Judgement(
        findings,
        {point: reference.values[:, :, k] for k, point in enumerate(listed)},
        {point: reference.functions[:, k] for k, point in enumerate(listed)},
    )


def set_blurred_apart(task: Task, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with those told apart where a method is off only because floats are no finer.

    Such a point is wrong as it is typed, but right as its float; or a coordinate is within ULPS of a singular point.
    """
    wrong = [finding.point for finding in findings if finding.rank == Rank.WRONG]
    if not wrong or task.options.at_rounded:
        return list(findings)
    rounded = replace(task.request, options=replace(task.options, at_rounded=True))
    still = judge_points(replace(task, request=rounded), wrong)
    singular = [finding.point for finding in findings if finding.rank in (Rank.SINGULAR, Rank.UNDEFINED)]
    axes = [dict(zip(axis, floats([axis])[:, 0], strict=True)) for axis in zip(*singular, strict=True)]

    def excused(point: Texts) -> bool:
        rank = still.findings[point].rank if point in still.findings else None
        if point in still.derivatives and rank != Rank.WRONG:
            return True
        return any(
            other != text and abs(x - y) <= ULPS * math.ulp(y)
            for text, x, axis in zip(point, floats([point])[:, 0], axes, strict=False)
            for other, y in axis.items()
        )

    return [replace(f, rank=Rank.BLURRED) if f.rank == Rank.WRONG and excused(f.point) else f for f in findings]


def _imprecise(
    problem: Problem, estimates: Iterable[Estimate], reference: Reference
) -> Iterator[tuple[Entry, Estimate]]:
    """Where the main job warns: few digits of a method that agrees, unreliable differences."""
    allowed = allowance(problem, reference, problem.options.tolerance)
    known = np.isfinite(reference.radii)
    for estimate in estimates:
        if estimate.values is not None:
            yield from (
                (entry, estimate) for entry in entries_where(known & is_imprecise(estimate, reference, allowed))
            )


def _fewest(estimates: Iterable[Estimate], reference: Reference, entry: Entry, methods: Collection[str]) -> int:
    """Of the correct digits of the methods that are off."""
    values = [e.values[entry] for e in estimates if e.method in methods and e.values is not None]
    return min((digits(float(value), float(reference.values[entry])) for value in values), default=0)


def _merge(old: Finding | None, new: Finding) -> Finding:
    """What is wrong at one point in several derivatives: the worst, and all derivatives that it concerns."""
    if old is None or old.rank > new.rank:
        return new
    if old.rank < new.rank:
        return old
    methods = tuple(dict.fromkeys((*old.methods, *new.methods)))
    return replace(old, methods=methods, digits=min(old.digits, new.digits), entries=old.entries | new.entries)


def pick_distinct(found: Iterable[Finding], widths: Sequence[float]) -> list[Finding]:
    """The worst and simplest finding of each kind and place, in order.

    In one variable each singular point is its own; on a curve of them the simplest stands for all. Where methods are
    off, places apart count, as their causes may differ.
    """
    chosen: dict[object, list[Finding]] = {}
    for finding in sorted(found, key=lambda f: f.order):
        key = (finding.rank, finding.cause, finding.methods, finding.entries if len(widths) > 1 else None)
        same = chosen.setdefault(key, [])
        if finding.rank in (Rank.WRONG, Rank.DIGITS, Rank.BLURRED):
            if len(same) < MAX_PLACES and all(_apart(finding, other, widths) for other in same):
                same.append(finding)
        elif not same or (len(widths) == 1 and finding.rank != Rank.UNRELIABLE):
            same.append(finding)
    return sorted((f for same in chosen.values() for f in same), key=lambda f: f.order)


def _apart(a: Finding, b: Finding, widths: Sequence[float]) -> bool:
    here, there = floats([a.point]), floats([b.point])
    return bool(np.max(np.abs(here - there)[:, 0] / np.array(widths)) > MIN_DISTANCE)
