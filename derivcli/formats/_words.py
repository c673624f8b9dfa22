"""A report in words: headings and closing lines, which `table`, `markdown` and `latex` write in their own ways."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from derivcli.backends.arrays import join_intervals
from derivcli.formats._page import Page
from derivcli.formats._tables import MAX_SIDE_BY_SIDE, MAX_TOLD, function_name, label, report_tables
from derivcli.formula.tree import unparse
from derivcli.judge.verdict import fewest_digits, sentence
from derivcli.records import Outcome, Report, Summary
from derivcli.text import Table, excerpt, join_words, number, shorten

MAX_INTERVALS = 6  # intervals
MAX_FAULTS = 10  # rows without a point


def page(report: Report, tables: Iterable[Table] | None = None, after: Iterable[str] = ()) -> Page:
    """A report as a page, with other tables than its own where they are given, and further lines."""
    found = tuple(report_tables(report)) if tables is None else tuple(tables)
    return Page(tuple(headings(report)), found, tuple(closing(report)), report.verdict.outcome, tuple(after))


def headings(report: Report) -> Iterator[str]:
    """What was read, its value, and the derivative's formulas."""
    problem = report.problem
    names = ", ".join(_ends(problem.program.variables))
    single = len(problem.points) == 1 and not report.summary
    for o, tree in enumerate(problem.formula.read or problem.formula.outputs):
        formula = shorten(unparse(tree))
        text = f"{function_name(report, o)}({names}) = {formula}"
        if single and problem.seed is None:
            value = float(report.reference.functions[o, 0])
            equals = f" = {number(value)}" if number(value) != formula else ""
            if math.isnan(value):
                equals = ", undefined" if report.reference.reached((o, 0, 0)) else ""  # which nobody knows
            text += f"{equals} at {problem.place((o, 0, 0))}"
        yield text + (f" at {report.summary.points:,} points" if report.summary else "")
    for estimate in report.estimates:
        formulas = [(o, p, formula) for o, row in enumerate(estimate.formulas) for p, formula in enumerate(row)]
        told = formulas if len(formulas) <= MAX_TOLD else formulas[:3]
        yield from (f"{label(report, o, p)} = {shorten(formula)}" for o, p, formula in told)
        if len(told) < len(formulas):
            yield f"… and {len(formulas) - len(told):,} more"


def _ends(names: Sequence[str]) -> Sequence[str]:
    """The first two of many names, and the last."""
    return names if len(names) <= MAX_SIDE_BY_SIDE else (*names[:2], "…", names[-1])


def closing(report: Report) -> Iterator[str]:
    """The verdict in a sentence, every further one, and the notes."""
    verdict = report.verdict
    if verdict.outcome == Outcome.AGREE and verdict.message:
        yield f"agree: {verdict.message}"
    elif verdict.outcome == Outcome.AGREE:
        yield _agreement(report)
    else:
        yield sentence(verdict)
        if verdict.span:
            yield from (f"  {line}" for line in excerpt(report.problem.formula.text, *verdict.span))
        others = [v for v in report.verdicts.values() if v is not verdict and v.message != verdict.message]
        yield from (f"  also {sentence(v)}" for v in others[:5])
        if len(others) > 5:
            yield f"  and {len(others) - 5} more"
    if report.summary and verdict.outcome != Outcome.AGREE:
        yield from _overview(report.summary)
    yield from report.facts
    yield from pointless(report)
    yield from (f"note: {note}" for note in (*report.notes, *report.warnings))


def _agreement(report: Report) -> str:
    """Who agrees: those with a correct digit match; an error within rounding is told as one."""
    digits = {estimate.method: fewest_digits(estimate, report.reference) for estimate in report.estimates}
    names = [method for method, count in digits.items() if count]
    advisory = {estimate.method for estimate in report.estimates if estimate.advisory}
    poor = [method for method, count in digits.items() if count == 0 and method not in advisory]
    names += [f"the expected {report.problem.options.expect}"] if report.problem.options.expect else []
    against = "the reference" + ", by differences in ball arithmetic" * (report.reference.kind == "differences")
    if report.summary:
        names = [estimate.method for estimate in report.estimates if estimate.values is not None]
        points = f"{report.summary.points:,} points, and with {against} at the {report.summary.certified:,} of them"
        return f"agree: {join_words(names)} at {points} that it judged"
    count = len(report.problem.points)
    where = f" at {count} points" if count > 1 else ""
    where += f", drawn with seed {report.problem.seed}" if report.problem.seed else ""
    within = f"{join_words(poor)} within rounding, but without a correct digit"
    if not names:
        return f"agree: {within}{where}"
    match = f"{join_words(names)} {'match' if len(names) > 1 else 'matches'} {against}{where}"
    return f"agree: {match}" + (f"; {within}" if poor else "")


def pointless(report: Report) -> Iterator[str]:
    """The rows without a point, and why."""
    for row, fault in report.faults[:MAX_FAULTS]:
        yield f"row {row:,} has no point: {fault}"
    if len(report.faults) > MAX_FAULTS:
        yield f"and {len(report.faults) - MAX_FAULTS:,} more rows have none"


def _overview(summary: Summary) -> Iterator[str]:
    """How many points agree, and where they do not."""
    yield f"{summary.points:,} points, {summary.certified:,} of them judged by the reference"
    for outcome in Outcome:
        if summary.counts.get(outcome):
            ranges = {name: [ends] for name, ends in islice(summary.ranges.get(outcome, {}).items(), MAX_INTERVALS)}
            if len(ranges) == 1:
                ranges = {summary.variable: join_intervals(summary.intervals[outcome], MAX_INTERVALS)}
            shown = "; ".join(f"{name} = {', '.join(map(_interval, ends))}" for name, ends in ranges.items())
            yield f"  {outcome} at {summary.counts[outcome]:,}" + (f": {shown}" if shown else "")
    if summary.counts.get(Outcome.INCONCLUSIVE) and summary.largest:
        yield "  (where the methods agree, but share an error nearby: --certify all decides)"


def _interval(ends: tuple[float, float]) -> str:
    low, high = ends
    return f"{low:.6g}" if low == high else f"{low:.6g} … {high:.6g}"
