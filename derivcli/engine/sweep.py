"""Any number of points: answered block by block, judged by the enclosure where it matters, told in a summary.

In every block the arbiter judges points spread over it, and those where the methods differ most. Elsewhere a point
agrees if the methods do; where they do not, one of them is wrong.
"""

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from os import cpu_count

import numpy as np

from derivcli.backends.arrays import Array, Indices
from derivcli.backends.tensors import one_thread
from derivcli.engine.agreement import (
    Agreement,
    confirm,
    estimate_at,
    presume,
    relative_errors,
    worst_outcomes,
)
from derivcli.engine.blocks import Block, Plan, answer_block, block_size, plan_methods, spread_block
from derivcli.engine.evaluate import compare, report
from derivcli.engine.problem import refusal, to_problem
from derivcli.engine.summary import AGREE, INCONCLUSIVE, OUTCOMES, UNDEFINED, UNUSABLE, Outcomes, SummaryBuilder
from derivcli.engine.worst import Case, Rank, case_at, merge
from derivcli.errors import PointError
from derivcli.judge.expectation import Expectation, parse_expectation, with_expectation
from derivcli.judge.reference import enclosure
from derivcli.judge.verdict import judge
from derivcli.records import Estimate, Formulas, Problem, Reference, Report, Stretch
from derivcli.requests.grids import PointSet
from derivcli.requests.points import MAX_LISTED, FloatPoints
from derivcli.requests.request import Request
from derivcli.requests.rows import PointBlock, choose, count, point_blocks
from derivcli.workers.pool import WorkerPool, in_order

BLOCKS_IN_FLIGHT = 4  # blocks in flight, for each thread
ASSUMED_ROWS = 1_000_000  # rows of a source that does not know how many it has
SAMPLE_PER_DIFFERING = 4  # for so many points of the sample, one more where the methods differ
MIN_DIFFERING = 2  # such points in each block, at least
WITNESS = "finite-difference"  # what shares no error with the others runs beside them, told or not

Sink = Callable[[Block, Outcomes], None]
Progress = Callable[[int], None]
Stream = Callable[[Stretch], None]


def ignore(*_: object) -> None:
    """What is done with blocks that nobody wants."""


@one_thread()  # which the threads of the pool inherit
def sweep(
    request: Request,
    sink: Sink = ignore,
    progress: Progress = ignore,
    crew: WorkerPool | None = None,
    stream: Stream = ignore,
) -> Report:
    """The report on many points: what was found, and the worst of them. Raises DerivError.

    `sink` takes each block with its verdicts, in the order of the points; `progress` how many points are done; a `crew`
    answers the blocks instead of threads. A few points, which can be listed, are reported one by one; where they are
    more, so that the report does not have them, `stream` takes all that is known of each.
    """
    if request.points is None:
        raise PointError("there are no points to be written", hint="--at x=-5:5:1000 or --points FILE")
    options = request.options
    blocks = point_blocks(request.points, block_size(options.device))
    first = list(islice(blocks, 2))
    if len(first) < 2 and sum(block.floats.shape[1] for block in first) <= MAX_LISTED:
        return _report_listed(request.points, request, first, sink)
    problem = to_problem(replace(request, points=None))
    alone = options.certify is None or WITNESS in options.methods
    plan, formulas, errors = plan_methods(problem, options.methods if alone else (*options.methods, WITNESS))
    refused = {method: refusal(method, error) for method, error in errors.items()}
    found_so_far = Sweep(problem, request.points)
    workers = options.jobs or cpu_count() or 1
    with nullcontext(crew) if crew else ThreadPoolExecutor(workers) as pool:
        work = partial(_answer_and_presume, plan, found_so_far.expectation)
        for each, found in in_order(pool, work, chain(first, blocks), BLOCKS_IN_FLIGHT * workers):
            known = {estimate.method: estimate for estimate in each.estimates}
            told = tuple(known.get(name) or refused[name] for name in options.methods)
            shown = replace(each, estimates=told)
            outcomes, picked, references = found_so_far.judge_block(shown, found)
            sink(shown, outcomes)
            if stream is not ignore:
                stream(_stretch(shown, outcomes, picked, references))
            progress(each.rows.floats.shape[1])
    return found_so_far.report(formulas, refused)


def _answer_and_presume(plan: Plan, expectation: Expectation | None, rows: PointBlock) -> tuple[Block, Agreement]:
    """What a worker does: what the methods answer at some rows, and how they agree."""
    block = answer_block(plan, rows)
    here = replace(plan.problem, points=FloatPoints(plan.problem.program.variables, rows.floats))
    return block, presume(here, block.functions, block.estimates, plan.problem.options.tolerance, expectation)


def _stretch(block: Block, outcomes: Outcomes, picked: Indices, references: Array) -> Stretch:
    """All that is known of the points of a block, of which the reference judged those that were picked."""
    judged = np.zeros(len(outcomes), bool)
    judged[picked] = True
    everywhere = np.full((*references.shape[:2], len(outcomes)), math.nan)
    everywhere[:, :, picked] = references
    words = tuple(OUTCOMES[k] if k != UNUSABLE else None for k in outcomes.tolist())
    return Stretch(block.rows.first, block.rows.floats, block.functions, block.estimates, everywhere, judged, words)


def _report_listed(place: PointSet, request: Request, blocks: list[PointBlock], sink: Sink) -> Report:
    """The report on points that are listed, whose rows go to the sink all the same."""
    if not blocks:
        raise PointError("there is no point: no row is there")
    usable = np.flatnonzero(np.isfinite(blocks[0].floats).all(axis=0))
    few = report(replace(request, points=choose(place, blocks[0], usable)))
    outcomes = np.full(blocks[0].floats.shape[1], UNUSABLE, np.int8)
    outcomes[usable] = worst_outcomes(few.verdicts, len(usable))
    sink(spread_block(blocks[0], few.reference.functions, few.estimates), outcomes)
    return replace(few, faults=tuple(blocks[0].faults))


class Sweep:
    """What is known of a sweep as its blocks come in: its summary, and the worst points."""

    def __init__(self, problem: Problem, place: PointSet) -> None:
        self.problem, self.options, self.place = problem, problem.options, place
        expected, totals = self.options.expect, problem.request.totals
        self.expectation = parse_expectation(expected, problem, totals) if expected else None
        self.summary = SummaryBuilder()
        self.worst: list[Case] = []
        self.refused: dict[str, Estimate] = {}
        self.certified = 0
        self.faults: list[tuple[int, str]] = []

    def judge_block(self, block: Block, found: Agreement) -> tuple[Outcomes, Indices, Array]:
        """The verdict of each point of a block; the points that the reference judged, and what it says of them."""
        picked = self._pick(found)
        certified, reference = self._certify(block, picked, found)
        outcomes = confirm(found, picked, certified)
        if not self.expectation and all(estimate.values is None for estimate in block.estimates):
            outcomes[outcomes == AGREE] = INCONCLUSIVE  # nobody has said anything
        self.summary.add_verdicts(block.rows.floats, outcomes)
        self.refused |= {estimate.method: estimate for estimate in block.estimates if estimate.reason}
        self.faults += block.rows.faults
        return outcomes, picked, reference.values

    def _pick(self, found: Agreement) -> Indices:
        """Which points the arbiter judges: some that are spread evenly, and those where the methods differ most."""
        usable = np.flatnonzero(found.outcomes != UNUSABLE)
        if self.options.certify is None:
            return usable
        share = min(1.0, self.options.certify / (count(self.place) or ASSUMED_ROWS))
        sample = math.ceil(share * len(usable))
        spread = usable[np.linspace(0, len(usable) - 1, sample).astype(int)]
        differing = np.flatnonzero(found.apart > 1)
        most = np.argsort(-found.apart[differing], kind="stable")[: sample // SAMPLE_PER_DIFFERING + MIN_DIFFERING]
        return np.union1d(spread, differing[most])

    def _certify(self, block: Block, picked: Indices, found: Agreement) -> tuple[Outcomes, Reference]:
        """The verdict of some points by the reference; the worst are kept."""
        points = choose(self.place, block.rows, picked)
        problem = replace(self.problem, points=points)
        estimates = tuple(estimate_at(estimate, picked) for estimate in block.estimates)
        reference = enclosure(problem)
        verdicts = judge(problem, estimates, reference, self.options.tolerance)
        if self.expectation:
            verdicts = with_expectation(verdicts, self.expectation, problem, reference)
        outcomes = worst_outcomes(verdicts, len(picked))
        errors = [relative_errors(problem, estimate, reference) for estimate in estimates]
        for estimate, error in zip(estimates, errors, strict=True):
            self.summary.add_errors(estimate.method, error, lambda k: problem.place((0, 0, k)))
        self.certified += len(picked)
        worst = np.max(np.nan_to_num(errors, nan=math.inf), axis=0)
        worst = np.maximum(worst, found.missed[picked] * self.options.tolerance.relative(self.options.dtype))
        cases = [case_at(k, problem, estimates, reference, rank) for k, rank in self._rank_worst(outcomes, worst)]
        self.worst = sorted([*self.worst, *cases], key=lambda case: case.rank, reverse=True)[: self.options.worst]
        return outcomes, reference

    def _rank_worst(self, outcomes: Outcomes, errors: Array) -> list[tuple[int, Rank]]:
        """The points that do not agree, the worst first, as many as may be listed."""
        ranks: dict[int, Rank] = {}
        last = self.worst[-1].rank[0] if self.worst else AGREE
        for k in np.flatnonzero(outcomes != AGREE).tolist():
            if outcomes[k] != UNDEFINED or last < UNDEFINED:  # of those one is enough to say so
                last = int(outcomes[k])
                ranks[k] = last, float(errors[k])
        return sorted(ranks.items(), key=lambda each: each[1], reverse=True)[: self.options.worst]

    def report(self, formulas: Mapping[str, Formulas], refused: Mapping[str, Estimate]) -> Report:
        """The worst points in full, with the summary of all."""
        problem, estimates, reference = merge(self.worst) if self.worst else self._at_no_point()
        known = {estimate.method: estimate for estimate in estimates} | {**refused, **self.refused}
        listed = tuple(replace(known[name], formulas=formulas.get(name, ())) for name in self.options.methods)
        report = compare(problem, listed, self.expectation, reference)
        summary = self.summary.summary(self.problem.program.variables, self.certified)
        return replace(report, summary=summary, faults=tuple(self.faults))

    def _at_no_point(self) -> tuple[Problem, tuple[Estimate, ...], Reference]:
        """The problem at no point: nothing is worth being listed."""
        nothing = tuple(Estimate(method, np.empty(self.problem.shape)) for method in self.options.methods)
        return self.problem, nothing, enclosure(self.problem)
