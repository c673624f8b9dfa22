"""CSV with one row for each derivative, point and method.

Where the reference did not judge a point of a sweep, its column is empty; stderr has the summary.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from derivcli.formats import _words
from derivcli.formats._page import Page
from derivcli.formula.parser import Formula
from derivcli.formula.tree import unparse
from derivcli.records import Entry, Estimate, Report, Stretch
from derivcli.requests.request import Request
from derivcli.text import assignments

COLUMNS = ("id", "expression", "at", "output", "wrt", "method", "value", "error", "reference", "verdict", "cause",
           "off_by", "claimed_error")  # fmt: skip
COMMANDS = ("=", "+", "-", "@")  # what a spreadsheet takes for the beginning of a formula


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """A header, then rows as the reports are finished; the last columns are the variables of the first report."""
    names: tuple[str, ...] | None = None
    for report in reports:
        if names is None:
            names = report.problem.points.names
            yield _line((*COLUMNS, *names))
        yield from map(_line, _rows(report, names))
    if names is None:
        yield ",".join(COLUMNS)


def aside(report: Report, *, written: bool = False) -> Iterator[str]:
    """Rows without a point; the summary of a sweep."""
    return _words.closing(report) if report.summary else _words.pointless(report)


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Its tables, an empty line between two of them."""
    for i, table in enumerate(page.tables):
        yield from [""] * (i > 0)
        yield from map(_line, (table.titles, *table.rows))


def points(request: Request, stretch: Stretch) -> Iterator[str]:
    """The same rows of consecutive points, the header before the first."""
    if not stretch.first:
        yield _line((*COLUMNS, *request.program.variables))
    expressions = _expressions(request.formula)
    for k, outcome in enumerate(stretch.outcomes):
        place = assignments(request.program.variables, list(map(repr, stretch.floats[:, k].tolist())))
        for o, p in np.ndindex(stretch.references.shape[:2] if outcome else (0, 0)):
            first = (_identifier(request.identifier), expressions[o], place, o, ",".join(request.partials[p]))
            true = float(stretch.references[o, p, k]) if stretch.judged[k] else None
            for method, value, error in _told(stretch.estimates, (o, p, k)):
                told = (repr(value), error, "" if true is None else repr(true), outcome, "")
                at = map(repr, stretch.floats[:, k].tolist())
                yield _line((*first, method, *told, _distance(value, true), error, *at))


def _distance(value: float, true: float | None) -> str:
    """How far a value is off, where that is known."""
    return "" if true is None else "0.0" if value == true else repr(abs(value - true))


def _identifier(identifier: Any) -> Any:
    """An id that no spreadsheet runs."""
    return f"'{identifier}" if isinstance(identifier, str) and identifier.startswith(COMMANDS) else identifier


def _rows(report: Report, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    problem = report.problem
    expressions = _expressions(problem.formula)
    for entry in problem.entries():
        o, p, _ = entry
        verdict, reference = report.verdict_of(entry), report.reference.values[entry]
        first = (
            _identifier(report.problem.request.identifier),
            expressions[o],
            problem.place(entry),
            o,
            ",".join(problem.partials[p]),
        )
        at = dict(zip(problem.points.names, problem.floats[:, entry[2]].tolist(), strict=True))
        place = [repr(at[name]) if name in at else "" for name in names]
        for method, value, error in _told(report.estimates, entry):
            told = (repr(value), error, repr(float(reference)), verdict.outcome, verdict.cause)
            yield (*first, method, *told, _distance(value, float(reference)), error, *place)


def _expressions(formula: Formula) -> list[str]:
    return [_words.shorten(unparse(tree)) for tree in formula.read or formula.outputs]


def _told(estimates: Iterable[Estimate], entry: Entry) -> Iterator[tuple[str, float, str]]:
    """Each method that has a value in an entry, the value, and the error that it claims."""
    for estimate in estimates:
        if estimate.values is not None and estimate.has(entry):
            error = "" if estimate.errors is None else repr(float(estimate.errors[entry]))
            yield estimate.method, float(estimate.values[entry]), error


def _line(row: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row)
    return buffer.getvalue()
