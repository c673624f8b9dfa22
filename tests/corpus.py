"""A corpus (`.jsonl`) → cases; a case → what our judge gets wrong about it, as lines of text.

Points are float64 numbers and truths 30 digits that others computed; both are used as they stand.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from derivcli.engine.evaluate import answer
from derivcli.engine.problem import run_method
from derivcli.errors import Reason
from derivcli.judge.expectation import judge_expectation, parse_expectation
from derivcli.records import Entry, Outcome, Report
from derivcli.requests.options import Options
from derivcli.requests.request import from_line
from derivcli.requests.shapes import Shape

SHARED = Path(__file__).parents[2] / "shared" / "corpora"
SAMPLE = Path(__file__).parent / "data"
NAMES = ("calculus.open", "feynman.open", "optimisation.open", "rubi_elementary.open", "rubi_special.open")
RTOL = 1e-14  # of a reference, which is a float64, to 30 digits
DELICATE = (
    1e-8  # relative error of plain forward AD in 53 bits from which on a `disagree` for want of digits is right too
)
ABSENT = ("appellf1",)  # functions that neither PyTorch nor Arb's Python has
EXCUSED = (None, Reason.NOT_SUPPORTED, Reason.NO_FORMULA)  # a method lacks a function, or SymPy gives none of ours
BEYOND = {
    "rounding",
    "saturation",
    "underflow",
    "overflow",
}  # causes that say that float64 cannot hold what the formula needs
KNOWN = {  # cases that fail as yet, and why; one that passes must be struck off
    "sympy#exponential:lambertw:13": "W_k for fractions k, which mean nothing",
    "rubi/7.1.4a#132": "Arb has no 3F2 beyond the unit disk",
    "rubi/Timofeev#511": "2F1 on its branch cut is real only because c - b is exactly -2, which balls cannot know",
}
OPTIONS = Options(timeout=60)
FAULTS = ("({})*(1 + 1e-5)", "-({})", "({}) + 1e-4*abs({})")


@dataclass
class Tally:
    """What was checked."""

    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {what}" for what, count in self.counts.items())


def cases(path: Path) -> Iterator[dict[str, Any]]:
    """The cases of a corpus with functions that the table has."""
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if not any(name in case["expr"] for name in ABSENT):
            yield case


def truths(case: dict[str, Any]) -> list[dict[str, str]]:
    """The true partials at each point, by variable."""
    return [point["grad"] if "grad" in point else {case["var"]: point["df"]} for point in case["points"]]


def reported(case: dict[str, Any], options: Options) -> Report:
    """What is said of a case at all its points: of its own partials, or of the shape that the options ask for."""
    points = [point["at"] for point in case["points"]]
    at = {name: [point[name] for point in points] for name in points[0]}
    text = f"f({', '.join(at)}) = {case['expr']}"  # integrands may have parameters that cancelled
    line: dict[str, Any] = {"expr": text, "at": at}
    if options.shape == Shape.PARTIALS:
        line["wrt"] = [[name] * case.get("order", 1) for name in truths(case)[0]]
    return answer(from_line(json.dumps(line), options))


def faults(case: dict[str, Any], tally: Tally) -> list[str]:
    """What is wrong in our answer: a method that did not run, a reference or a verdict that is off."""
    report = reported(case, OPTIONS)
    tally.counts["cases"] += 1
    wrong = [f"{e.method}: {e.message}" for e in report.estimates if e.reason not in EXCUSED]
    for entry in report.problem.entries():
        _, p, k = entry
        true = float(truths(case)[k][report.problem.partials[p][0]])
        reference = float(report.reference.values[entry])
        tally.counts["derivatives"] += 1
        if not abs(reference - true) <= RTOL * abs(true):
            wrong.append(f"point {k}: reference {reference!r}, true {true!r}")
        verdict = report.verdict_of(entry)
        tally.counts[f"{verdict.outcome}{': ' + verdict.cause if verdict.cause else ''}"] += 1
        excused = verdict.outcome == Outcome.DISAGREE and verdict.cause in BEYOND and delicate(case, report, entry)
        if verdict.outcome != Outcome.AGREE and not excused:
            wrong.append(f"point {k}: {verdict.outcome} ({verdict.cause}): {verdict.message}")
    if "derivative" in case:
        wrong += missed(case, report, tally)
    if case["id"] in KNOWN:
        tally.counts["known failures"] += 1
        wrong = [] if wrong else ["passes: strike it off KNOWN"]
    return [f"{case['id']} {text}" for text in wrong]


def delicate(case: dict[str, Any], report: Report, entry: Entry) -> bool:
    """Whether plain forward AD in 53 bits loses the derivative here: published, or else by PyTorch's forward mode."""
    published = case["points"][entry[2]].get("err53")
    if published is not None:
        return published > DELICATE
    forward = run_method(report.problem, "forward-ad").values
    true = report.reference.values[entry]
    return forward is not None and not abs(forward[entry] - true) <= DELICATE * abs(true)


def missed(case: dict[str, Any], report: Report, tally: Tally) -> Iterator[str]:
    """Planted faults that are not told, and the published derivative where it is not accepted."""
    text = case["derivative"]
    nonzero = {(int(o), int(p), int(k)) for o, p, k in zip(*np.nonzero(report.reference.values), strict=True)}
    for planted in (text, *(fault.replace("{}", text) for fault in FAULTS)):
        expectation = parse_expectation(planted, report.problem)
        told = set(judge_expectation(expectation, report.problem, report.reference, OPTIONS.tolerance))
        wanted = set() if planted == text else nonzero
        tally.counts["expectations that hold" if planted == text else "planted faults"] += report.problem.shape[2]
        if told != wanted:
            yield f"expecting {planted[:60]}: told at {sorted(told)}, not {sorted(wanted)}"
