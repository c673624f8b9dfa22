"""Just the numbers, shortest digits that round-trip: one line a point, or the formula where no point was given.

A row of a file without a point has an empty line, and stderr says why.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from derivcli.formats import _words
from derivcli.formats._page import Page
from derivcli.records import Entry, Outcome, Report, Stretch
from derivcli.requests.request import Request

BARE = True  # it says nothing that rows written to a file do not say


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """The reference, or what the only method that was asked for says; of a sweep nothing."""
    for report in reports:
        if report.problem.seed is not None:
            yield from _formulas(report)
        elif not report.summary:
            yield from _lines(report)


def aside(report: Report, *, written: bool = False) -> Iterator[str]:
    """Rows without a point, and that the points of a sweep are too many for a batch, unless they are written."""
    yield from _words.pointless(report)
    if report.summary and not written:
        text, points = _words.shorten(report.problem.formula.text), report.summary.points
        yield f"{text}: {points:,} points are too many to be listed: --out FILE writes them"


def points(request: Request, stretch: Stretch) -> Iterator[str]:
    """One line a point: the reference where it judged, elsewhere what the first method says if others do not differ."""
    estimates = [estimate.values for estimate in stretch.estimates if estimate.values is not None]
    first = estimates[0] if estimates else np.full(stretch.references.shape, math.nan)
    sure = np.array([outcome in (Outcome.AGREE, Outcome.INCONCLUSIVE) for outcome in stretch.outcomes])
    values = np.where(stretch.judged, stretch.references, np.where(sure, first, math.nan))
    rows = (first if len(stretch.estimates) == 1 else values).reshape(-1, len(stretch.outcomes)).T.tolist()
    for row, outcome in zip(rows, stretch.outcomes, strict=True):
        yield " ".join(map(_words.number, row)) if outcome else ""


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """The rows of its tables, a tab between two columns."""
    return ("\t".join(row) for table in page.tables for row in table.rows)


def _lines(report: Report) -> Iterator[str]:
    """One a row, so that they stay beside the rows of a file."""
    outputs, partials, points = report.problem.shape
    pointless, k = {row for row, _ in report.faults}, 0
    for row in range(1, points + len(pointless) + 1):
        if row in pointless:
            yield ""
            continue
        yield " ".join(_words.number(_value(report, (o, p, k))) for o, p in np.ndindex(outputs, partials))
        k += 1


def _formulas(report: Report) -> Iterator[str]:
    symbolic = [estimate for estimate in report.estimates if estimate.formulas]
    yield from (formula for estimate in symbolic for row in estimate.formulas for formula in row)


def _value(report: Report, entry: Entry) -> float:
    alone = report.estimates[0].values if len(report.estimates) == 1 else None
    if alone is not None:
        return float(alone[entry])
    return float(report.reference.values[entry]) if entry in report.reference.texts else math.nan
