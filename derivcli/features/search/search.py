"""A formula and a box → counterexamples: where a method is wrong, digits are lost, or there is no derivative.

Samples are scored at once, autograd against finite differences; changes between neighbours are halved down to
neighbouring floats; then the arbiter judges the suspects, the special points, and a part of the others.
"""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import fast, slots
from derivcli.backends.series import by_differences
from derivcli.engine.evaluate import answer
from derivcli.errors import Exit
from derivcli.features.search import candidates, literals
from derivcli.features.search.findings import Finding, Judgement, Rank, judge_points, pick_distinct, set_blurred_apart
from derivcli.features.search.gaps import find_gaps
from derivcli.features.search.literals import Texts
from derivcli.features.search.scoring import find_suspects
from derivcli.features.search.task import Task, request_at
from derivcli.features.search.transitions import Transition, find_transitions
from derivcli.formula.program import Program
from derivcli.judge.verdict import sentence
from derivcli.records import Outcome, Report

SAMPLES = 10_000
SLOW_SAMPLES = 400  # samples, where PyTorch lacks a function and every value takes Arb
UNSUSPECTED_SAMPLES = 400  # samples without any suspicion that it is shown
SLOW_UNSUSPECTED_SAMPLES = 60  # where Arb has a function by differences only, or PyTorch none
MAX_UNDEFINED = 30  # special points without a value that it is shown
MAX_REPORTED = 40  # findings
OFF = (Rank.WRONG, Rank.DIGITS, Rank.BLURRED, Rank.UNRELIABLE)  # where methods are off, not f
MIN_JUMP = 1e-3  # relative: a smaller change between neighbouring floats is none


@dataclass(frozen=True, slots=True, eq=False)
class Counterexample:
    """A finding, and the main job's report on its point."""

    finding: Finding
    report: Report

    @property
    def status(self) -> Exit:
        """That of the report; 3 where the point itself lies between two floats."""
        return Exit.UNDECIDED if self.finding.rank == Rank.BETWEEN else self.report.status

    @property
    def sentence(self) -> str:
        """What is wrong, and where, in a line."""
        finding, verdict = self.finding, self.report.verdict
        if finding.message:
            return finding.message
        if verdict.outcome == Outcome.DISAGREE:
            return f"{sentence(verdict)}, at {self.report.problem.place((0, 0, 0))}"
        told = [text for text in self.report.warnings if text.startswith(finding.methods)]
        return sentence(verdict) if verdict.outcome != Outcome.AGREE else next(iter(told), "")

    @property
    def remarks(self) -> Iterator[str]:
        """What the report does not say: a jump beside the point, a part without values, what floats cannot hold."""
        if self.finding.message:
            yield self.finding.message
        problem = self.report.problem
        for name, x, exact, text in zip(
            problem.points.names, problem.floats[:, 0], problem.points.points[0], self.finding.point, strict=True
        ):
            if isinstance(exact, Program) or exact != Fraction(repr(float(x))):
                yield f"{name} = {text} is no float64: PyTorch and finite differences compute at {float(x)!r}"

    def noted(self, text: str) -> Report:
        """The report with the remarks and one more note, for formats that know nothing else."""
        return replace(self.report, notes=(*self.report.notes, *self.remarks, text))

    def command(self, expression: str, extra: Sequence[str] = ()) -> str:
        """The command line that shows it."""
        names = self.report.problem.points.names
        at = ",".join(f"{name}={text}" for name, text in zip(names, self.finding.point, strict=True))
        return shlex.join(["deriv", expression, "--at", at, *extra])


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What was found, the worst first; at how many points, and for how many suspects the arbiter had no time."""

    found: tuple[Counterexample, ...]
    points: int
    left: int = 0


def search(task: Task, count: int = SAMPLES) -> Search:
    """What goes wrong in a box, the worst first."""
    box, program = task.box, task.problem.program
    quick = fast(program)
    points = candidates.samples(box, count if quick else min(count, SLOW_SAMPLES), task.options.seed)
    corners = candidates.corners(program, box)
    near = candidates.around(box, literals.floats(corners))
    everywhere = np.concatenate([points, literals.floats(corners), near], axis=1)
    lines = candidates.lines(program, box, everywhere, task.options.seed)
    changes = find_transitions(task.problem, lines)
    exact = [list(exact_points(change)) for change in changes]
    found = [point for some in exact for point in some]
    near = [near, candidates.around(box, literals.floats(found))] if found else [near]
    floats = np.unique(np.concatenate([points, *near, *lines], axis=1), axis=1)
    exactly = quick and not any(map(by_differences, program.functions))
    others = points[:, : UNSUSPECTED_SAMPLES if exactly else SLOW_UNSUSPECTED_SAMPLES]
    neighbours = [side for change in changes for side in (change.low, change.high)]
    shown = [*floats[:, find_suspects(task, floats)].T, *neighbours, *others[:, finite(task, others)].T]
    judgement = judge_points(task, [*found, *few_undefined(task, corners), *map(literals.texts, shown)])
    findings = [*judgement.findings.values(), *between(task, changes, exact, judgement)]
    findings = pick_distinct(set_blurred_apart(task, find_gaps(task, floats, findings)), task.widths)
    return Search(tuple(_report_finding(task, _shorten(task, findings))), floats.shape[1], judgement.left)


def finite(task: Task, floats: Array) -> Any:
    """Where all outputs have values, in float64."""
    program = task.problem.program
    return np.all(np.isfinite(slots(program, floats)[list(program.outputs)]), axis=0)


def few_undefined(task: Task, points: Sequence[Texts]) -> Iterator[Texts]:
    """The points, but only the first of those without a value: they cost the arbiter most, and tell least."""
    without = 0
    for point, valued in zip(points, finite(task, literals.floats(points)), strict=True):
        without += not valued
        if valued or without <= MAX_UNDEFINED:
            yield point


def exact_points(change: Transition) -> Iterator[Texts]:
    """The simple points between two neighbouring ones, or near them."""
    point = list(literals.texts(change.low))
    for text in literals.near(float(change.low[change.axis]), float(change.high[change.axis])):
        yield (*point[: change.axis], text, *point[change.axis + 1 :])


def between(
    task: Task, changes: Sequence[Transition], exact: Sequence[list[Texts]], judgement: Judgement
) -> Iterator[Finding]:
    """Jumps of f or f' between neighbouring floats that no simple number in between explains."""
    known = {point for point, finding in judgement.findings.items() if finding.rank < Rank.UNRELIABLE}
    for change, points in zip(changes, exact, strict=True):
        low, high = literals.texts(change.low), literals.texts(change.high)
        values = judgement.functions if change.jumps == "f" else judgement.derivatives
        if not change.jumps or known.intersection((low, high, *points)) or not {low, high} <= values.keys():
            continue
        a, b = values[low].ravel(), values[high].ravel()
        i = int(np.argmax(np.abs(b - a)))
        if abs(b[i] - a[i]) > MIN_JUMP * max(abs(a[i]), abs(b[i])):
            where = f"the neighbouring floats {task.box[change.axis].name} = {low[change.axis]} and {high[change.axis]}"
            yield Finding(
                low, Rank.BETWEEN, message=f"{change.jumps} jumps from {a[i]:.6g} to {b[i]:.6g} between {where}"
            )


def _shorten(task: Task, chosen: Sequence[Finding]) -> list[Finding]:
    """Where methods are off: as few digits of the point as show the same."""
    off = [finding for finding in chosen if finding.rank in OFF and finding.rank != Rank.BLURRED]
    trials = {finding: list(candidates.shorten_point(finding.point, task.box)) for finding in off}
    found = judge_points(task, [trial for some in trials.values() for trial in some]).findings if off else {}
    result = []
    for finding in chosen:
        same = [found[trial] for trial in trials.get(finding, ()) if trial in found]
        same = [f for f in same if f.rank == finding.rank and f.methods == finding.methods]
        result.append(min([finding, *(f for f in same if f.digits <= finding.digits)], key=lambda f: f.order))
    return result


def _report_finding(task: Task, findings: Iterable[Finding]) -> Iterator[Counterexample]:
    """Each finding with its report; where methods are off, one a cause, and what floats explain only if alone."""
    known = set()
    for finding in islice(findings, MAX_REPORTED):
        report = answer(request_at(task.request, [finding.point]))
        key = (finding.rank, finding.methods, report.verdict.cause) if finding.rank in OFF else finding
        if key not in known and not (finding.rank in (Rank.BLURRED, Rank.UNRELIABLE) and known):
            yield Counterexample(finding, report)
        known.add(key)
