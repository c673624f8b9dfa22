"""A report as tables of texts: methods, derivatives or points down, a matrix as a matrix."""

import math
from collections.abc import Iterator

import numpy as np

from derivcli.records import Entry, Estimate, Outcome, Report, Summary
from derivcli.requests.shapes import Shape
from derivcli.text import Table, number, trim_zeros

MAX_ROWS = 1000
MAX_SIDE_BY_SIDE = 12  # derivatives that stand side by side; more of them stand below one another
MAX_TOLD = 20  # of those below one another, or as formulas: the first so many, and so many that do not agree


def label(report: Report, output: int, partial: int) -> str:
    """A derivative's name: df/dx, d²f/dx dy, df₂/du."""
    wrt = report.problem.partials[partial]
    n = len(wrt)
    power = str(n).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) if n > 1 else ""
    below = " ".join(f"d{name}{_power(wrt.count(name))}" for name in dict.fromkeys(wrt))
    return f"d{power}{function_name(report, output)}/{below}"


def _power(n: int) -> str:
    return str(n).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) if n > 1 else ""


def function_name(report: Report, output: int) -> str:
    several = report.problem.shape[0] > 1
    return "f" + str(output + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) if several else "f"


def report_tables(report: Report) -> Iterator[Table]:
    """Methods down for one point, derivatives down where they are many, points down for several; a matrix; sums."""
    outputs, partials, points = report.problem.shape
    matrix = report.problem.options.shape in (Shape.JACOBIAN, Shape.HESSIAN)
    if report.summary:
        yield _accuracy(report.summary)
    if points > 1 or report.summary:
        yield from [_points_down(report)] * (points > 0)
    elif matrix and len(report.problem.program.variables) <= MAX_SIDE_BY_SIDE:
        yield _matrix(report)
        yield _largest_errors(report)
    elif outputs * partials <= MAX_SIDE_BY_SIDE:
        yield _methods_down(report)
    else:
        yield _derivatives_down(report)
        yield _largest_errors(report)
    if report.sums:
        yield _sums(report)


def _accuracy(summary: Summary) -> Table:
    """Each method's largest error where the reference judged, relative to what the rule compares with."""
    rows = [(method, f"{error:.1e}" if error else "0", place) for method, (error, place) in summary.largest.items()]
    return Table(("method", "largest relative error", "at"), tuple(rows))


def _matrix(report: Report) -> Table:
    """The reference as a matrix: derivatives across, outputs or first variables down."""
    names = report.problem.program.variables
    hessian = report.problem.options.shape == Shape.HESSIAN
    entries = list(report.problem.entries())
    texts = [trim_zeros(report.reference.texts.get(entry, "-")) for entry in entries]
    rows = [texts[i : i + len(names)] for i in range(0, len(texts), len(names))]
    sides = [f"d/d{name}" for name in names] if hessian else [function_name(report, o) for o in range(len(rows))]
    titles = (report.problem.options.shape, *(f"d/d{name}" for name in names))
    return Table(titles, tuple((side, *row) for side, row in zip(sides, rows, strict=True)))


def _largest_errors(report: Report) -> Table:
    """Each method's largest distance to the reference over all entries."""
    rows = []
    for estimate in report.estimates:
        if estimate.values is not None:
            with np.errstate(invalid="ignore"):
                errors = np.abs(estimate.values - report.reference.values)
            error = float(np.max(errors, where=~estimate.skipped, initial=0.0))
            rows.append((estimate.method, "-" if math.isnan(error) else f"{error:.1e}" if error else "0"))
    return Table(("method", "off by at most"), tuple(rows))


def _sums(report: Report) -> Table:
    """The sums of partials that were asked for, by method."""
    methods = [estimate.method for estimate in report.estimates if estimate.values is not None]
    several = len(report.problem.points) > 1
    rows = []
    for total in report.sums:
        place = report.problem.points.texts[total.point] if several else ()
        numbers = [number(total.values[method]) for method in methods]
        rows.append((*place, total.label, *numbers, number(total.reference)))
    return Table((*(report.problem.points.names if several else ()), "sum", *methods, "reference"), tuple(rows))


def _methods_down(report: Report) -> Table:
    outputs, partials, _ = report.problem.shape
    entries: list[Entry] = [(o, p, 0) for o in range(outputs) for p in range(partials)]
    alone = len(entries) == 1
    titles = ["method", *(label(report, o, p) for o, p, _ in entries), *(["off by"] if alone else [])]
    rows = []
    for estimate in report.estimates:
        if estimate.values is None:
            continue
        values = [_value(estimate, report, entry) for entry in entries]
        off = [_error(estimate, report, entries[0])] if alone else []
        rows.append((estimate.method, *values, *off))
    culprits = {method for verdict in report.verdicts.values() for method in verdict.methods}
    wrong = frozenset(i for i, row in enumerate(rows) if row[0] in culprits)
    reference = [report.reference.texts.get(entry, "-") for entry in entries]
    rows.append(("reference", *map(trim_zeros, reference), *([""] if alone else [])))
    return Table(tuple(titles), tuple(rows), wrong=wrong)


def _derivatives_down(report: Report) -> Table:
    """The first derivatives, and the first of those that do not agree; the other formats have them all."""
    methods = [estimate for estimate in report.estimates if estimate.values is not None]
    entries = list(report.problem.entries())
    told = dict.fromkeys(entries[:MAX_TOLD] if len(entries) > 2 * MAX_TOLD else entries)
    told |= dict.fromkeys(list(report.verdicts)[:MAX_TOLD])
    rows = []
    for o, p, k in sorted(told):
        values = [_value(estimate, report, (o, p, k)) for estimate in methods]
        rows.append((label(report, o, p), *values, trim_zeros(report.reference.texts.get((o, p, k), "-"))))
    if len(told) < len(entries):
        rest = set(entries) - told.keys() - report.verdicts.keys()
        bad = len(entries) - len(told) - len(rest)
        more = f"… and {len(rest):,} that agree" + (f", {bad:,} that do not" if bad else "")
        rows.append((more, *["…"] * len(methods), "…"))
    return Table(("derivative", *(estimate.method for estimate in methods), "reference"), tuple(rows))


def _points_down(report: Report) -> Table:
    """Points down, and at each its derivatives; of many the first, and the first that do not agree."""
    problem = report.problem
    outputs, partials, points = problem.shape
    several, wide = outputs * partials > 1, len(problem.points.names) > MAX_SIDE_BY_SIDE
    methods = [estimate for estimate in report.estimates if estimate.values is not None]
    names = ("point",) if wide else problem.points.names
    titles = (*names, *(["derivative"] if several else []), *(e.method for e in methods), "verdict")
    rows = []
    for k in range(min(points, MAX_ROWS)):
        place = (str(k + 1),) if wide else problem.points.texts[k]
        entries = [(o, p, k) for o in range(outputs) for p in range(partials)]
        told = entries if len(entries) <= 2 * MAX_TOLD else sorted({*entries[:MAX_TOLD], *_wrong(report, k)})
        for entry in told:
            name = [label(report, *entry[:2])] if several else []
            values = [_value(e, report, entry) for e in methods]
            rows.append((*place, *name, *values, str(report.verdict_of(entry).outcome)))
        if len(told) < len(entries):
            rows.append((*place, f"… and {len(entries) - len(told):,} more", *["…"] * len(methods), "…"))
    wrong = frozenset(i for i, row in enumerate(rows) if row[-1] == Outcome.DISAGREE)
    return Table(titles, tuple(rows), wrong=wrong)


def _wrong(report: Report, k: int) -> list[Entry]:
    """The first entries at a point that do not agree."""
    return [entry for entry in report.verdicts if entry[2] == k][:MAX_TOLD]


def _value(estimate: Estimate, report: Report, entry: Entry) -> str:
    assert estimate.values is not None
    if not estimate.has(entry):
        return "-"
    text = number(float(estimate.values[entry]))
    exact = estimate.exact.get(entry)
    return f"{exact} = {text}" if exact and exact != text else text


def _error(estimate: Estimate, report: Report, entry: Entry) -> str:
    assert estimate.values is not None
    error = abs(float(estimate.values[entry]) - float(report.reference.values[entry]))
    return "-" if math.isnan(error) else f"{error:.1e}" if error else "0"
