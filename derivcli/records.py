"""What passes between the layers: frozen records.

Arrays have the shape (outputs, partials, points) and hold float64; a cell is one index triple of them.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.errors import DerivError, Exit, Span
from derivcli.formula.parser import Formula
from derivcli.formula.program import MultiIndex, Program
from derivcli.requests.options import Options
from derivcli.requests.points import Points
from derivcli.requests.request import Request

Cell = tuple[int, int, int]  # output, partial, point
Formulas = tuple[tuple[str, ...], ...]  # (outputs, partials)

LONG = 12  # coordinates that are told one by one
NUMBERED = re.compile(r"(.*[^\W\d])(0|[1-9]\d*)")


class Word(StrEnum):
    """The words of a verdict, the worst last."""

    AGREE = "agree"
    INCONCLUSIVE = "inconclusive"
    UNDEFINED = "undefined"
    NOT_DIFFERENTIABLE = "not differentiable"
    DISAGREE = "disagree"


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A request at points: what the methods and the judge are given."""

    request: Request
    points: Points  # as they were typed; none in a block of a sweep, whose points are the floats
    floats: Array  # (variables, points): the nearest float64 of each coordinate
    seed: int | None = None  # where the points were drawn

    @property
    def formula(self) -> Formula:
        return self.request.formula

    @property
    def program(self) -> Program:
        return self.request.program

    @property
    def partials(self) -> tuple[MultiIndex, ...]:
        return self.request.partials

    @property
    def options(self) -> Options:
        return self.request.options

    def asking(self, **changes: Any) -> "Problem":
        """The same points with another formula, program, partials or options."""
        return replace(self, request=replace(self.request, **changes))

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.program.outputs), len(self.partials), self.floats.shape[1]

    def cells(self) -> Iterator[Cell]:
        return np.ndindex(self.shape)  # type: ignore[return-value]  # three indices, by the shape


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What one method answers: values with error bounds (NaN: no bound known, infinite: nothing was computed), or the
    reason why not."""

    method: str
    values: Array | None = None
    errors: Array | None = None
    reason: str = ""
    seconds: float = 0.0
    note: str = ""
    formulas: Formulas = ()  # of `symbolic`
    exact: Mapping[Cell, str] = field(default_factory=dict)

    @property
    def skipped(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where nothing was computed: an infinite error claims nothing."""
        return np.isposinf(self.errors) if self.errors is not None else np.zeros((), np.bool_)

    def has(self, cell: Cell) -> bool:
        """Whether there is a value in a cell."""
        return self.values is not None and (self.errors is None or self.errors[cell] != math.inf)


class Kind(StrEnum):
    """What a function does at a point."""

    DIFFERENTIABLE = "differentiable"
    EDGE = "edge of the domain"
    KINK = "kink"
    JUMP = "jump"
    VERTICAL = "vertical tangent"
    CUSP = "cusp"
    REMOVABLE = "removable singularity"
    NO_LIMIT = "no limit"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The kind, the one-sided slopes (± infinity, NaN: none), and the one-sided limits of the function itself."""

    kind: Kind
    left: float = math.nan
    right: float = math.nan
    limits: tuple[float, float] = (math.nan, math.nan)
    derivative: Any = None  # a ball, where there is one: two-sided, one-sided at an edge, or of the extension


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The arbiter's answer: the derivative in each cell with a radius, and f itself at each point."""

    kind: str  # enclosure, differences, symbolic, agreement
    values: Array
    radii: Array  # NaN where there is no derivative that could be enclosed
    functions: Array  # (outputs, points): f
    balls: Mapping[Cell, Any] = field(default_factory=dict)
    behaviours: Mapping[Cell, Behaviour] = field(default_factory=dict)  # where power series did not decide
    texts: Mapping[Cell, str] = field(default_factory=dict)  # 30 digits
    budgets: Array | None = None  # the largest error that rounding in the dtype can explain; NaN: unknown

    def reached(self, cell: Cell) -> bool:
        """Whether it was found in time whether there is a derivative."""
        return math.isfinite(self.radii[cell]) or cell in self.behaviours


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word for one cell or a whole report; the methods that are off, cause and message where it is not `agree`."""

    word: Word
    methods: tuple[str, ...] = ()
    cause: str | None = None
    message: str = ""
    span: Span | None = None  # the piece of the formula that explains it


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of partials at a point: the reference's, and each method's."""

    label: str
    point: int
    reference: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was found at points too many to be listed."""

    points: int
    certified: int  # of them, by the reference
    counts: Mapping[Word, int]
    variable: str  # the first
    intervals: Mapping[Word, Sequence[tuple[float, float]]]  # along it
    largest: Mapping[str, tuple[float, str]]  # each method's largest relative error where certified, and the point
    ranges: Mapping[Word, Mapping[str, tuple[float, float]]]  # of every variable


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A problem with its estimates, the reference, and the verdicts of the cells that do not simply agree."""

    problem: Problem
    estimates: tuple[Estimate, ...]
    reference: Reference
    verdicts: Mapping[Cell, Verdict]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()
    facts: tuple[str, ...] = ()  # of a Hessian: its eigenvalues, whether it is symmetric
    warnings: tuple[str, ...] = ()
    summary: Summary | None = None  # of a sweep, whose worst points the report is about
    faults: tuple[tuple[int, str], ...] = ()  # rows of a file without a point: their numbers from 1, and why

    @property
    def status(self) -> Exit:
        """0, 1 or 3: agree, disagree, or nothing to agree on."""
        if self.problem.options.strict and (self.warnings or self.faults or self.verdict.word != Word.AGREE):
            return Exit.DISAGREE
        words = {Word.AGREE: Exit.AGREE, Word.DISAGREE: Exit.DISAGREE}
        return words.get(self.verdict.word, Exit.UNDECIDED)

    def cell_verdict(self, cell: Cell) -> Verdict:
        return self.verdicts.get(cell, Verdict(Word.AGREE))


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A request that could not be carried out, as a record in the stream of reports."""

    error: DerivError
    identifier: Any = None
    status: Exit = Exit.USAGE


Interval = tuple[float, float]


def joined(intervals: Iterable[Interval], most: int) -> list[Interval]:
    """Intervals that overlap as one; then the nearest as one, until there are no more than `most`."""
    result: list[Interval] = []
    for low, high in sorted(intervals):
        if result and low <= result[-1][1]:
            result[-1] = result[-1][0], max(high, result[-1][1])
        else:
            result.append((low, high))
    if len(result) <= most:
        return result
    gaps = np.array([after[0] - before[1] for before, after in pairwise(result)])
    ends = sorted(np.argsort(gaps, kind="stable")[-(most - 1) :].tolist()) if most > 1 else []
    starts = [0, *(i + 1 for i in ends)]
    return [(result[a][0], result[b][1]) for a, b in zip(starts, [*ends, len(result) - 1], strict=True)]


def by(problem: Problem, cell: Cell) -> str:
    """Which partial it is, where there are several."""
    return f" by {','.join(problem.partials[cell[1]])}" if len(problem.partials) > 1 else ""


def at(problem: Problem, cell: Cell) -> str:
    """The point of a cell as it was typed: `u = 3, v = 4`; of many coordinates the first and the last."""
    texts = list(runs(problem.points.names, problem.points.texts[cell[2]]))
    return ", ".join(texts if len(texts) <= LONG else [*texts[: LONG - 2], "…", texts[-1]])


def runs(names: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    """`name = text` for each coordinate; `x[1:1000] = 0.5` for many in a row that are equal."""
    numbered = [NUMBERED.fullmatch(name) for name in names]
    i = 0
    while i < len(names):
        end, match = i + 1, numbered[i]
        if match:
            while end < len(names) and texts[end] == texts[i] and names[end] == f"{match[1]}{int(match[2]) + end - i}":
                end += 1
        if match and end - i >= LONG:
            yield f"{match[1]}[{match[2]}:{int(match[2]) + end - 1 - i}] = {texts[i]}"
        else:
            yield from (f"{names[j]} = {texts[j]}" for j in range(i, end))
        i = end
