"""The whole diagnosis of a formula: `deriv doctor`.

At one point the tape, the cause and a verified repair; over several points where the digits are lost.
"""

import math
from dataclasses import dataclass

from flint import arb

from derivcli.features.doctor.repair import Repair, repaired
from derivcli.formats._words import Grid, number, trimmed
from derivcli.judge.tape import Row, rows
from derivcli.judge.verdict import digits
from derivcli.records import Report, Word
from derivcli.text import shortened

METHOD = "autograd"


@dataclass(frozen=True, slots=True)
class Examination:
    """A report, the tape of its first output at its only point (else empty), and a repair where one is known."""

    report: Report
    tape: tuple[Row, ...]
    repair: Repair | None

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tape at one point; digits by point for several."""
        return (tape_grid(self.tape),) if self.tape else (digits_grid(self.report),)

    @property
    def prescription(self) -> tuple[str, ...]:
        """The repair in words: the formula, both errors, and PyTorch."""
        if self.repair is None:
            return ()
        before, after = f"{self.repair.before:.1e}", f"{self.repair.after:.1e}"
        return (
            "",
            f"repair: {self.repair.text}",
            f"  equal to the original as far as 200 bits can tell; autograd's error falls from {before} to {after}",
            f"  in PyTorch: {self.repair.pytorch}",
        )


def examined(report: Report) -> Examination:
    """The examination of a report; a repair is sought where autograd is worst."""
    problem = report.problem
    tape = tuple(rows(problem, 0, 0)) if len(problem.points) == 1 else ()
    autograd = next(e for e in report.estimates if e.method == METHOD)
    known = [cell for cell in report.reference.texts if autograd.values is not None]
    worst = min(known, key=lambda cell: _digits(report, cell), default=None)
    ill = worst is not None and _digits(report, worst) < 8
    return Examination(report, tape, repaired(problem, report.reference, worst) if ill and worst else None)


def _digits(report: Report, cell: tuple[int, int, int]) -> int:
    values = next(e.values for e in report.estimates if e.method == METHOD)
    return 0 if values is None else digits(values[cell], report.reference.values[cell])


def tape_grid(tape: tuple[Row, ...]) -> Grid:
    """One row an instruction: value, true value, digits, local derivatives, adjoint."""
    titles = ("instruction", "value", "true value", "digits", "local derivatives", "adjoint", "true adjoint")
    return Grid(titles, tuple(_tape_row(row) for row in tape if row.function != "number"))


def _tape_row(row: Row) -> tuple[str, ...]:
    condition = row.true is None
    local = ", ".join(f"{x:.4g}" for x in row.local)
    return (
        shortened(row.text, 40),
        "" if condition else number(row.value),
        "" if row.true is None else _ball(row.true),
        "" if condition or math.isnan(row.error) else str(_correct(row.error)),
        local,
        "" if condition else f"{row.adjoint:.6g}",
        "" if condition else _ball(row.true_adjoint),
    )


def _correct(error: float) -> int:
    return 16 if error == 0 else 0 if math.isinf(error) else max(0, min(16, math.floor(-math.log10(error))))


def _ball(ball: arb) -> str:
    return "nan" if ball.is_nan() else "0" if ball.contains(0) else trimmed(ball.str(10, radius=False))


def digits_grid(report: Report) -> Grid:
    """One row a point and derivative: how many digits of autograd's answer are correct, and why not more."""
    problem = report.problem
    rows_ = []
    for cell in problem.cells():
        verdict = report.cell_verdict(cell)
        known = cell in report.reference.texts
        count = str(_digits(report, cell)) if known else "-"
        bar = "#" * _digits(report, cell) if known else ""
        cause = verdict.cause or ("" if verdict.word == Word.AGREE else str(verdict.word))
        rows_.append((*problem.points.texts[cell[2]], ",".join(problem.partials[cell[1]]), count, bar, cause))
    return Grid((*problem.points.names, "by", "digits", "", "cause"), tuple(rows_))
