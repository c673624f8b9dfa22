"""A request → its report: the methods' estimates, the reference, the verdicts with their causes, and the notes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from derivcli.backends import balls
from derivcli.engine.combinations import facts, summed
from derivcli.engine.problem import at_drawn_points, estimated, problem
from derivcli.formula.transforms import attached
from derivcli.judge.expectation import Expectation, judged, parse_expectation
from derivcli.judge.reference import derivatives, detailed, enclosure
from derivcli.judge.verdict import judge, overall, silent_zeros, warnings
from derivcli.records import Cell, Estimate, Problem, Reference, Report, Verdict, Word, at
from derivcli.requests.options import Options
from derivcli.requests.points import Points
from derivcli.requests.request import Request, from_texts
from derivcli.workers.timeout import timely

EXPLAINED = 20  # disagreements whose cause is looked for


def evaluate(text: str, at: str = "", options: Options = Options()) -> Report:  # noqa: B008 — frozen
    """The report on a text: `evaluate("u^3 + v^2", at="u=3,v=4")`. Raises DerivError."""
    return answer(from_texts([text], replace(options, at=(at,)) if at else options))


def answer(request: Request) -> Report:
    """Every method's answer, the reference, and the verdict, at listed points or by a sweep. Raises DerivError."""
    if isinstance(request.points, Points | None):
        return report(request)
    from derivcli.engine.sweep import sweep  # noqa: PLC0415 — it imports torch: a short run must not

    return sweep(request)


def report(request: Request) -> Report:
    """The report at points that are listed, or drawn where there are none. Raises DerivError."""
    asked, options = problem(request), request.options
    expectation = parse_expectation(options.expect, asked, request.totals) if options.expect else None
    if not asked.points.points:
        asked = at_drawn_points(asked, expectation)
    return compare(asked, tuple(estimated(asked, method) for method in options.methods), expectation)


def compare(
    problem: Problem,
    estimates: tuple[Estimate, ...],
    expectation: Expectation | None = None,
    reference: Reference | None = None,
) -> Report:
    """The report on what the methods answer; a reference that is known is not computed again.

    The reference has the time of a method, and so has each of what follows from it: the causes, the error that rounding
    explains, what `detach` changes. So it takes no longer than four methods; what is late is missing, or inconclusive.
    """
    reference = reference or enclosure(problem, together=True)
    tolerance, seconds = problem.options.tolerance, problem.options.timeout
    verdicts = judge(problem, estimates, reference, tolerance)
    verdicts |= _explained(verdicts, problem, estimates, reference)
    if expectation:
        verdicts |= judged(expectation, problem, reference, tolerance)
    reference = detailed(reference, problem)
    notes = [f"{each.method}: {text}" for each in estimates for text in (each.reason, each.note) if text]
    return Report(
        problem,
        estimates,
        reference,
        verdicts,
        _overall(verdicts, problem, estimates),
        notes=(*notes, *silent_zeros(problem), *timely(_attached(problem, reference), seconds)),
        sums=tuple(summed(problem, estimates, reference)),
        facts=tuple(facts(problem, estimates, reference)),
        warnings=tuple(warnings(problem, estimates, reference, tolerance)),
    )


def _overall(verdicts: Mapping[Cell, Verdict], problem: Problem, estimates: Sequence[Estimate]) -> Verdict:
    """The worst verdict; where no method ran and nothing was expected, there is nothing to agree."""
    if not problem.options.expect and all(estimate.values is None for estimate in estimates):
        return Verdict(Word.INCONCLUSIVE, message="none of the methods could be run")
    return overall(verdicts)


def _attached(problem: Problem, reference: Reference) -> Iterator[str]:
    """What the derivatives that `detach` changes would be without it, at the first point."""
    if "detach" in problem.program.functions and len(problem.points):
        free = problem.asking(program=attached(problem.program))
        for (o, p), ball in derivatives(free, free.points.points[0]).items():
            if balls.tight(ball) and balls.rounded(ball) != reference.values[o, p, 0]:
                by = ",".join(problem.partials[p])
                where = at(problem, (o, p, 0))
                yield f"without detach the derivative by {by} would be {balls.rounded(ball):.6g} at {where}"


def _explained(
    verdicts: Mapping[Cell, Verdict], problem: Problem, estimates: Sequence[Estimate], reference: Reference
) -> dict[Cell, Verdict]:
    """The first few disagreements with their causes."""
    by_name = {estimate.method: estimate for estimate in estimates}
    wrong = [(cell, verdict) for cell, verdict in verdicts.items() if verdict.word == Word.DISAGREE][:EXPLAINED]
    if not wrong:
        return {}
    from derivcli.judge import diagnosis  # noqa: PLC0415 — it imports torch, which a symbolic run must not

    by_torch = {cell: next((m for m in v.methods if m in diagnosis.TORCH), v.methods[0]) for cell, v in wrong}
    causes = ((c, diagnosis.explained(v, problem, by_name[by_torch[c]], reference, c)) for c, v in wrong)
    return dict(timely(causes, problem.options.timeout))
