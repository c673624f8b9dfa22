"""The whole diagnosis of a formula: `deriv doctor`.

At one point the tape, the cause and a verified repair; over several points where the digits are lost.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flint import arb

from derivcli.backends import balls
from derivcli.engine.evaluate import answer
from derivcli.features.doctor.repair import Repair, find_repair
from derivcli.formats._page import Page
from derivcli.formats._words import page
from derivcli.formats.json import document
from derivcli.judge.reference import enclosure
from derivcli.judge.tape import TapeRow, read_tape
from derivcli.judge.verdict import digits
from derivcli.records import Outcome, Problem, Report
from derivcli.requests.options import METHODS as DEFAULT
from derivcli.requests.request import Request
from derivcli.text import Table, json_number, number, shorten, trim_zeros

EXAMINED = "autograd"
METHODS = (EXAMINED, "forward-ad", "symbolic")


@dataclass(frozen=True, slots=True)
class Examination:
    """A report, the tape of its first output at its only point (else empty), and a repair where one is known."""

    report: Report
    tape: tuple[TapeRow, ...]
    repair: Repair | None

    @property
    def page(self) -> Page:
        """The report with the tape at one point, with digits by point for several; and the repair."""
        table = tape_table(self.tape) if self.tape else digits_table(self.report)
        repair = self.repair and {"formula": self.repair.text, "pytorch": self.repair.pytorch, **self._errors}
        rows = [dict(zip(table.titles, row, strict=True)) for row in table.rows]
        record = {**document(self.report), "table": rows, "repair": repair}
        return replace(page(self.report, [table], self._prescription()), record=record)

    @property
    def _errors(self) -> dict[str, Any]:
        """Of autograd, before the repair and after it, and its correct digits."""
        assert self.repair
        digits = dict(zip(("before", "after"), self.repair.digits, strict=True))
        return {"before": json_number(self.repair.before), "after": json_number(self.repair.after), "digits": digits}

    def _prescription(self) -> Iterator[str]:
        """The repair in words: the formula, the digits, and PyTorch."""
        if self.repair:
            before, after = self.repair.digits
            equal = "as far as 200 bits can tell" if self.repair.exact else "to 14 digits or more"
            yield ""
            yield f"repair: {self.repair.text}"
            yield f"  equal to the original {equal}; autograd has {after} correct digits instead of {before}"
            yield f"  in PyTorch: {self.repair.pytorch}"


def examine(request: Request) -> Examination:
    """The examination of a request; a repair is sought where autograd is worst."""
    report = answer(replace(request, options=replace(request.options, methods=_methods(request.options.methods))))
    problem = report.problem
    tape = _judged(read_tape(problem, 0, 0), problem) if len(problem.points) == 1 else ()
    autograd = next(e for e in report.estimates if e.method == EXAMINED)
    known = [entry for entry in report.reference.texts if autograd.values is not None]
    worst = min(known, key=lambda entry: _digits(report, entry), default=None)
    ill = worst is not None and _digits(report, worst) < 8
    return Examination(report, tape, find_repair(problem, worst) if ill and worst else None)


def _methods(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the doctor, or autograd with those that were asked for."""
    return METHODS if asked == DEFAULT else tuple(dict.fromkeys((EXAMINED, *asked)))


def _judged(tape: tuple[TapeRow, ...], problem: Problem) -> tuple[TapeRow, ...]:
    """The tape with the reference as the true adjoints of the variables: it knows branches, edges and kinks."""
    names = problem.program.variables
    reference = enclosure(problem.asking(partials=tuple((name,) for name in names)), together=True)
    true = [reference.balls.get((0, p, 0), arb.nan()) for p in range(len(names))]
    return (*(replace(row, true_adjoint=ball) for row, ball in zip(tape, true, strict=False)), *tape[len(names) :])


def _digits(report: Report, entry: tuple[int, int, int]) -> int:
    values = next(e.values for e in report.estimates if e.method == EXAMINED)
    return 0 if values is None else digits(values[entry], report.reference.values[entry])


def tape_table(tape: tuple[TapeRow, ...]) -> Table:
    """One row an instruction: value, true value, digits, local derivatives, adjoint."""
    titles = ("instruction", "value", "true value", "digits", "local derivatives", "adjoint", "true adjoint")
    return Table(titles, tuple(_tape_row(row) for row in tape if row.function != "number"))


def _tape_row(row: TapeRow) -> tuple[str, ...]:
    condition = row.true is None
    local = ", ".join(f"{x:.4g}" for x in row.local)
    return (
        shorten(row.text, 40),
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
    """Ten digits of a ball, or `-` where it says nothing."""
    if not balls.is_tight(ball):
        return "-"
    return "0" if ball.contains(0) else trim_zeros(ball.str(10, radius=False))


def digits_table(report: Report) -> Table:
    """One row a point and derivative: how many digits of autograd's answer are correct, and why not more."""
    problem = report.problem
    rows_ = []
    for entry in problem.entries():
        verdict = report.verdict_of(entry)
        known = entry in report.reference.texts
        count = str(_digits(report, entry)) if known else "-"
        bar = "#" * _digits(report, entry) if known else ""
        cause = verdict.cause or ("" if verdict.outcome == Outcome.AGREE else str(verdict.outcome))
        rows_.append((*problem.points.texts[entry[2]], ",".join(problem.partials[entry[1]]), count, bar, cause))
    return Table((*problem.points.names, "by", "digits", "", "cause"), tuple(rows_))
