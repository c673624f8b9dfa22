"""One JSON document: an object for a request, a list for several."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from derivcli.errors import error_record
from derivcli.formats._page import Page
from derivcli.formula.tree import unparse
from derivcli.judge.verdict import digits
from derivcli.records import CombinationValue, Entry, Estimate, Failure, Outcome, Report, Summary
from derivcli.text import json_number, strict_json

SCHEMA = 1


def render(reports: Iterable[Report | Failure], *, coloured: bool = False) -> Iterator[str]:
    """Strict JSON: NaN and infinities are the strings "nan", "inf", "-inf"."""
    documents = [document(report) for report in reports]
    yield strict_json(documents[0] if len(documents) == 1 else documents, indent=2)


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Its record."""
    yield strict_json(page.record, indent=2)


def document(report: Report | Failure) -> dict[str, Any]:
    """A report or a failure as plain data, as `docs/schema.json` says."""
    if isinstance(report, Failure):
        return error_record(report.error, report.identifier)
    problem = report.problem
    single = len(problem.points) == 1 and not report.summary
    at = {
        name: json_number(row[0]) if single else [json_number(x) for x in row]
        for name, row in zip(problem.points.names, problem.floats.tolist(), strict=True)
    }
    functions = [[json_number(f) for f in row] for row in report.reference.functions.tolist()]
    values: Any = [row[0] for row in functions] if single else functions
    return {
        "schema": SCHEMA,
        "id": report.problem.request.identifier,
        "input": problem.formula.text,
        "expression": "; ".join(map(unparse, problem.formula.read or problem.formula.outputs)),
        "at": at,
        "seed": problem.seed,
        "value": values[0] if len(values) == 1 else values,
        "verdict": report.verdict.outcome,
        "methods": list(report.verdict.methods),
        "cause": report.verdict.cause,
        "message": report.verdict.message,
        "span": list(report.verdict.span) if report.verdict.span else None,
        "notes": [*report.notes, *report.warnings],
        "sums": [_sum(total) for total in report.sums],
        "facts": list(report.facts),
        "summary": _summary(report.summary) if report.summary else None,
        "faults": [{"row": row, "message": fault} for row, fault in report.faults],
        "derivatives": [_derivative(report, entry) for entry in problem.entries()],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    """What was found at all the points of a sweep; `derivatives` are those at the worst of them."""
    return {
        "points": summary.points,
        "certified": summary.certified,
        "verdicts": {outcome: summary.counts.get(outcome, 0) for outcome in Outcome},
        "variable": summary.variable,
        "ranges": {
            outcome: {name: list(ends) for name, ends in found.items()} for outcome, found in summary.ranges.items()
        },
        "intervals": {outcome: [list(interval) for interval in found] for outcome, found in summary.intervals.items()},
        "errors": {method: {"largest": error, "at": at} for method, (error, at) in summary.largest.items()},
    }


def _derivative(report: Report, entry: Entry) -> dict[str, Any]:
    o, p, k = entry
    reference, verdict = report.reference, report.verdict_of(entry)
    behaviour = reference.behaviours.get(entry)
    formulas = [estimate.formulas[o][p] for estimate in report.estimates if estimate.formulas]
    return {
        "output": o,
        "wrt": list(report.problem.partials[p]),
        "point": k,
        "formula": formulas[0] if formulas else None,
        "reference": {
            "value": json_number(reference.values[entry]),
            "text": reference.texts.get(entry),
            "radius": json_number(reference.radii[entry]),
            "kind": reference.kind,
        },
        "estimates": {each.method: _estimate(each, report, entry) for each in report.estimates},
        "verdict": verdict.outcome,
        "cause": verdict.cause,
        "kind": behaviour.kind if behaviour else None,
        "left": _slope(behaviour.left) if behaviour else None,
        "right": _slope(behaviour.right) if behaviour else None,
    }


def _sum(total: CombinationValue) -> dict[str, Any]:
    values = {method: json_number(value) for method, value in total.values.items()}
    return {"label": total.label, "point": total.point, "reference": json_number(total.reference), "estimates": values}


def _slope(value: float) -> float | str | None:
    return None if math.isnan(value) else json_number(value)


def _estimate(estimate: Estimate, report: Report, entry: Entry) -> dict[str, Any]:
    if estimate.values is None:
        return {"reason": estimate.message}
    reference, seconds = (
        report.reference,
        {"seconds": round(estimate.seconds, 6)} if report.problem.options.times else {},
    )
    if not estimate.has(entry):
        return {"reason": "not computed", **seconds}
    result: dict[str, Any] = {"value": json_number(estimate.values[entry])}
    errors = reference.budgets if estimate.errors is None else estimate.errors  # at worst, what rounding explains
    result["error"] = json_number(math.nan if errors is None else errors[entry])
    if math.isfinite(reference.radii[entry]):
        result["digits"] = digits(estimate.values[entry], reference.values[entry])
    if entry in estimate.exact:
        result["exact"] = estimate.exact[entry]
    return {**result, **seconds}
