"""Just the numbers, shortest digits that round-trip: one line a point, or the formula where no point was given."""

import math
from collections.abc import Iterable, Iterator

from derivcli import presentation
from derivcli.records import Cell, Failure, Report


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """The reference, or what the only method that was asked for says."""
    for report in presentation.succeeded(reports):
        if report.problem.seed is not None:
            yield from _formulas(report)
        else:
            outputs, partials, points = report.problem.shape
            for k in range(points):
                cells = [(o, p, k) for o in range(outputs) for p in range(partials)]
                yield " ".join(presentation.number(_value(report, cell)) for cell in cells)


def _formulas(report: Report) -> Iterator[str]:
    symbolic = [estimate for estimate in report.estimates if estimate.formulas]
    yield from (formula for estimate in symbolic for row in estimate.formulas for formula in row)


def _value(report: Report, cell: Cell) -> float:
    alone = report.estimates[0].values if len(report.estimates) == 1 else None
    if alone is not None:
        return float(alone[cell])
    return float(report.reference.values[cell]) if cell in report.reference.texts else math.nan
