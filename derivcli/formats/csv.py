"""CSV with one row for each derivative, point and method.

Of a sweep those are the rows of the worst points; stderr has the summary.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from derivcli.formats import _words
from derivcli.formats._page import Page
from derivcli.formula.tree import unparse
from derivcli.records import Report

COLUMNS = ("id", "expression", "at", "output", "wrt", "method", "value", "error", "reference", "verdict", "cause")


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """A header, then rows as the reports are finished."""
    yield ",".join(COLUMNS)
    for report in reports:
        yield from map(_line, _rows(report))


def aside(report: Report, *, written: bool = False) -> Iterator[str]:
    """Rows without a point; the summary of a sweep."""
    return _words.closing(report) if report.summary else _words.pointless(report)


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Its tables, an empty line between two of them."""
    for i, table in enumerate(page.tables):
        yield from [""] * (i > 0)
        yield from map(_line, (table.titles, *table.rows))


def _rows(report: Report) -> Iterator[tuple[Any, ...]]:
    problem = report.problem
    expressions = [_words.shorten(unparse(tree)) for tree in problem.formula.read or problem.formula.outputs]
    for entry in problem.entries():
        o, p, _ = entry
        verdict, reference = report.verdict_of(entry), report.reference.values[entry]
        first = (
            report.problem.request.identifier,
            expressions[o],
            problem.place(entry),
            o,
            ",".join(problem.partials[p]),
        )
        for estimate in report.estimates:
            if estimate.values is not None and estimate.has(entry):
                error = "" if estimate.errors is None else repr(float(estimate.errors[entry]))
                value = repr(float(estimate.values[entry]))
                yield (*first, estimate.method, value, error, repr(float(reference)), verdict.outcome, verdict.cause)


def _line(row: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row)
    return buffer.getvalue()
