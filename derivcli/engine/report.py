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
from derivcli.requests.request import Request

EXPLAINED = 20  # disagreements whose cause is looked for


def reported(request: Request, options: Options) -> Report:
    """The report at points that are listed, or drawn where there are none. Raises DerivError."""
    asked = problem(request, options)
    expectation = parse_expectation(request.expect, asked, request.totals) if request.expect else None
    if not asked.points.points:
        asked = at_drawn_points(asked, options.seed, expectation)
    estimates = tuple(estimated(asked, method, options.timeout) for method in options.methods)
    return compared(asked, estimates, request, options, expectation)


def compared(  # noqa: PLR0913, PLR0917 — until a request carries its options
    asked: Problem,
    estimates: tuple[Estimate, ...],
    request: Request,
    options: Options,
    expectation: Expectation | None = None,
    reference: Reference | None = None,
) -> Report:
    """The report on what the methods answer; a reference that is known is not computed again."""
    reference = reference or enclosure(asked)
    verdicts = judge(asked, estimates, reference, options.tolerance)
    verdicts |= _explained(verdicts, asked, estimates, reference)
    if expectation:
        verdicts |= judged(expectation, asked, reference, options.tolerance)
    reference = detailed(reference, asked)
    notes = [
        f"{estimate.method}: {text}" for estimate in estimates for text in (estimate.reason, estimate.note) if text
    ]
    notes += [*silent_zeros(asked), *_attached(asked, reference)]
    return Report(
        asked,
        estimates,
        reference,
        verdicts,
        _overall(verdicts, estimates, request),
        tuple(notes),
        request.identifier,
        request.expect,
        options.strict,
        tuple(summed(request.totals, asked, estimates, reference)),
        tuple(facts(asked, estimates, reference)),
        tuple(warnings(asked, estimates, reference, options.tolerance)),
    )


def _overall(verdicts: Mapping[Cell, Verdict], estimates: Sequence[Estimate], request: Request) -> Verdict:
    """The worst verdict; where no method ran and nothing was expected, there is nothing to agree."""
    if not request.expect and all(estimate.values is None for estimate in estimates):
        return Verdict(Word.INCONCLUSIVE, message="none of the methods could be run")
    return overall(verdicts)


def _attached(asked: Problem, reference: Reference) -> Iterator[str]:
    """What the derivatives that `detach` changes would be without it, at the first point."""
    if "detach" in asked.program.functions and len(asked.points):
        free = replace(asked, program=attached(asked.program))
        for (o, p), ball in derivatives(free, free.points.points[0]).items():
            if balls.tight(ball) and balls.rounded(ball) != reference.values[o, p, 0]:
                by = ",".join(asked.partials[p])
                where = at(asked, (o, p, 0))
                yield f"without detach the derivative by {by} would be {balls.rounded(ball):.6g} at {where}"


def _explained(
    verdicts: Mapping[Cell, Verdict], asked: Problem, estimates: Sequence[Estimate], reference: Reference
) -> dict[Cell, Verdict]:
    """The first few disagreements with their causes."""
    by_name = {estimate.method: estimate for estimate in estimates}
    wrong = [(cell, verdict) for cell, verdict in verdicts.items() if verdict.word == Word.DISAGREE][:EXPLAINED]
    if not wrong:
        return {}
    from derivcli.judge import diagnosis  # noqa: PLC0415 — it imports torch, which a symbolic run must not

    by_torch = {cell: next((m for m in v.methods if m in diagnosis.TORCH), v.methods[0]) for cell, v in wrong}
    return {cell: diagnosis.explained(v, asked, by_name[by_torch[cell]], reference, cell) for cell, v in wrong}
