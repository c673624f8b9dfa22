"""CSV with one row for each derivative, point and method.

Of a sweep those are the rows of the worst points; stderr has the summary.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from derivcli import terminal
from derivcli.formats import _words
from derivcli.formula.tree import unparse
from derivcli.records import Failure, Report, at

COLUMNS = ("id", "expression", "at", "output", "wrt", "method", "value", "error", "reference", "verdict", "cause")


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """A header, then rows as the reports are finished."""
    yield ",".join(COLUMNS)
    for report in _words.succeeded(reports):
        terminal.complain(*(_words.closing(report) if report.summary else _words.pointless(report)))
        yield from map(_line, _rows(report))


def _rows(report: Report) -> Iterator[tuple[Any, ...]]:
    problem = report.problem
    expressions = [_words.shortened(unparse(tree)) for tree in problem.formula.read or problem.formula.outputs]
    for cell in problem.cells():
        o, p, _ = cell
        verdict, reference = report.cell_verdict(cell), report.reference.values[cell]
        first = (report.identifier, expressions[o], at(problem, cell), o, ",".join(problem.partials[p]))
        for estimate in report.estimates:
            if estimate.values is not None and estimate.has(cell):
                error = "" if estimate.errors is None else repr(float(estimate.errors[cell]))
                value = repr(float(estimate.values[cell]))
                yield (*first, estimate.method, value, error, repr(float(reference)), verdict.word, verdict.cause)


def _line(row: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row)
    return buffer.getvalue()
