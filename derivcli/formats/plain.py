"""Just the numbers, shortest digits that round-trip: one line a point, or the formula where no point was given.

A row of a file without a point has an empty line, and stderr says why.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from derivcli import terminal
from derivcli.formats import _words
from derivcli.records import Cell, Failure, Report


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """The reference, or what the only method that was asked for says."""
    for report in _words.succeeded(reports):
        terminal.complain(*_words.pointless(report))
        if report.summary:
            text, points = _words.shortened(report.problem.formula.text), report.summary.points
            terminal.complain(f"{text}: {points:,} points are too many to be listed: --out FILE writes them")
        elif report.problem.seed is not None:
            yield from _formulas(report)
        else:
            yield from _lines(report)


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


def _value(report: Report, cell: Cell) -> float:
    alone = report.estimates[0].values if len(report.estimates) == 1 else None
    if alone is not None:
        return float(alone[cell])
    return float(report.reference.values[cell]) if cell in report.reference.texts else math.nan
