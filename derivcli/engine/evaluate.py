"""A request → its report: the methods' estimates, the reference, the verdicts with their causes, and the notes."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from derivcli.backends import balls
from derivcli.engine.problem import at_drawn_points, run_method, to_problem
from derivcli.formula.transforms import remove_detach
from derivcli.judge.combinations import combine, facts
from derivcli.judge.expectation import Expectation, parse_expectation, with_expectation
from derivcli.judge.notes import silent_zeros, warnings
from derivcli.judge.reference import add_details, enclose_partials, enclosure
from derivcli.judge.verdict import judge, worst_verdict
from derivcli.records import Entry, Estimate, Outcome, Problem, Reference, Report, Verdict
from derivcli.requests.options import Options
from derivcli.requests.points import Points, from_values
from derivcli.requests.request import Request, from_texts
from derivcli.workers.timeout import timely

MAX_DIAGNOSED = 20  # disagreements whose cause is looked for


def evaluate(
    text: str,
    at: str | Mapping[str, Any] = "",
    options: Options = Options(),  # noqa: B008 — frozen
) -> Report:
    """The report on a text at a point: `at="u=3,v=4"`, or `at={"u": 3, "v": [4, 5]}`, whose lists go in pairs.

    Raises DerivError, and TypeError for what is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is a text such as 'x**2', not a {type(text).__name__}")
    if isinstance(at, str):
        return answer(from_texts([text], replace(options, at=(at,)) if at else options))
    plain = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in at.items()}
    return answer(from_texts([text], options, from_values(plain)))


def answer(request: Request) -> Report:
    """Every method's answer, the reference, and the verdict, at listed points or by a sweep. Raises DerivError."""
    if isinstance(request.points, Points | None):
        return report(request)
    from derivcli.engine.sweep import sweep  # noqa: PLC0415 — it imports torch: a short run must not

    return sweep(request)


def report(request: Request) -> Report:
    """The report at points that are listed, or drawn where there are none. Raises DerivError."""
    problem, options = to_problem(request), request.options
    expectation = parse_expectation(options.expect, problem, request.totals) if options.expect else None
    if not problem.points.points:
        problem = at_drawn_points(problem, expectation)
    return compare(problem, _estimates(problem), expectation)


def _estimates(problem: Problem) -> tuple[Estimate, ...]:
    """What each method answers: after one that takes more than a quarter of its time the next has what is left."""
    found: list[Estimate] = []
    late = 0.0
    for method in problem.options.methods:
        found.append(run_method(_hurried(problem, late), method))
        late += max(found[-1].seconds - problem.options.timeout / 4, 0.0)
    return tuple(found)


def _hurried(problem: Problem, spent: float) -> Problem:
    """The same problem with the time that is left when so many seconds are spent: an eighth, at least."""
    seconds = problem.options.timeout
    return problem.asking(options=replace(problem.options, timeout=max(seconds - spent, seconds / 8)))


def compare(
    problem: Problem,
    estimates: tuple[Estimate, ...],
    expectation: Expectation | None = None,
    reference: Reference | None = None,
) -> Report:
    """The report on what the methods answer; a reference that is known is not computed again.

    The reference has the time of a method, and so has each of what follows from it: the causes, the error that rounding
    explains, what `detach` changes. What is late is missing, or inconclusive.
    """
    hurried = _hurried(problem, sum(estimate.seconds for estimate in estimates) if reference is None else 0.0)
    if reference is None:
        started = time.monotonic()
        reference = enclosure(hurried, together=True)
        hurried = _hurried(hurried, time.monotonic() - started)
    reference = add_details(reference, hurried)
    tolerance, seconds = problem.options.tolerance, hurried.options.timeout
    verdicts = judge(problem, estimates, reference, tolerance)
    verdicts |= _diagnose(verdicts, hurried, estimates, reference)
    if expectation:
        verdicts = with_expectation(verdicts, expectation, problem, reference)
    notes = [f"{each.method}: {text}" for each in estimates for text in (each.message, each.note) if text]
    return Report(
        problem,
        estimates,
        reference,
        verdicts,
        _overall(verdicts, problem, estimates),
        notes=(*notes, *silent_zeros(problem), *timely(_note_without_detach(problem, reference), seconds)),
        sums=tuple(combine(problem, estimates, reference)),
        facts=tuple(facts(problem, estimates, reference)),
        warnings=tuple(warnings(problem, estimates, reference, tolerance)),
    )


def _overall(verdicts: Mapping[Entry, Verdict], problem: Problem, estimates: Sequence[Estimate]) -> Verdict:
    """The worst verdict; where no method ran and nothing was expected, there is nothing to agree."""
    worst = worst_verdict(verdicts)
    silent = all(estimate.values is None for estimate in estimates) and not problem.options.expect
    if silent and worst.outcome == Outcome.AGREE:
        return Verdict(Outcome.INCONCLUSIVE, message="none of the methods could be run")
    return worst


def _note_without_detach(problem: Problem, reference: Reference) -> Iterator[str]:
    """What the derivatives that `detach` changes would be without it, at the first point."""
    if "detach" in problem.program.functions and len(problem.points):
        free = problem.asking(program=remove_detach(problem.program))
        for (o, p), ball in enclose_partials(free, free.points.points[0]).items():
            if balls.is_tight(ball) and balls.nearest_float(ball) != reference.values[o, p, 0]:
                by = ",".join(problem.partials[p])
                where = problem.place((o, p, 0))
                yield f"without detach the derivative by {by} would be {balls.nearest_float(ball):.6g} at {where}"


def _diagnose(
    verdicts: Mapping[Entry, Verdict], problem: Problem, estimates: Sequence[Estimate], reference: Reference
) -> Mapping[Entry, Verdict]:
    """The first few disagreements with their causes."""
    wrong = [(entry, verdict) for entry, verdict in verdicts.items() if verdict.outcome == Outcome.DISAGREE]
    if not wrong:
        return {}
    from derivcli.judge.diagnosis import diagnose  # noqa: PLC0415 — it imports torch, which a symbolic run must not

    return diagnose(dict(wrong[:MAX_DIAGNOSED]), problem, estimates, reference)
