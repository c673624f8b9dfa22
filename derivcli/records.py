"""What passes between the layers: frozen records.

Arrays have the shape (outputs, partials, points) and hold float64; an entry is one index triple of them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np

from derivcli import plugins
from derivcli.backends.arrays import Array
from derivcli.errors import DerivError, Exit, Reason, Span
from derivcli.formula.parser import Formula
from derivcli.formula.program import MultiIndex, Program
from derivcli.requests.options import Options
from derivcli.requests.points import FloatPoints, Points
from derivcli.requests.request import Request
from derivcli.text import assignments

Entry = tuple[int, int, int]  # output, partial, point
Formulas = tuple[tuple[str, ...], ...]  # (outputs, partials)


class Outcome(StrEnum):
    """What a verdict says, the worst last: its word, its severity from 0, and the exit status of a run that ends so."""

    severity: int
    status: Exit

    def __new__(cls, word: str, status: Exit) -> Self:
        outcome = str.__new__(cls, word)
        outcome._value_, outcome.severity, outcome.status = word, len(cls.__members__), status
        return outcome

    AGREE = "agree", Exit.AGREE
    INCONCLUSIVE = "inconclusive", Exit.UNDECIDED
    UNDEFINED = "undefined", Exit.UNDECIDED
    NOT_DIFFERENTIABLE = "not differentiable", Exit.UNDECIDED
    DISAGREE = "disagree", Exit.DISAGREE


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A request at points: what the methods and the judge are given."""

    request: Request
    points: Points | FloatPoints
    seed: int | None = None  # where the points were drawn

    @property
    def floats(self) -> Array:
        """The nearest float64 of each coordinate: (variables, points)."""
        return self.points.floats

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
        return len(self.program.outputs), len(self.partials), len(self.points)

    def entries(self) -> Iterator[Entry]:
        return np.ndindex(self.shape)  # type: ignore[return-value]  # three indices, by the shape

    def by(self, entry: Entry) -> str:
        """Which partial it is, where there are several: ` by u`."""
        return f" by {','.join(self.partials[entry[1]])}" if len(self.partials) > 1 else ""

    def place(self, entry: Entry) -> str:
        """The point of an entry as it was typed: `u = 3, v = 4`; of many coordinates the first and the last."""
        return assignments(self.points.names, self.points.texts[entry[2]])


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What one method answers: values with error bounds (NaN: no bound known, infinite: nothing was computed), or the
    reason why not, and in words. The engine adds whose answer it is, and the seconds."""

    method: str = ""
    values: Array | None = None
    errors: Array | None = None
    reason: Reason | None = None
    message: str = ""
    note: str = ""
    formulas: Formulas = ()  # of `symbolic`
    exact: Mapping[Entry, str] = field(default_factory=dict)
    rules: str = ""  # whose derivatives of functions the method puts together
    advisory: bool = False  # whether it is called unreliable, not wrong
    seconds: float = 0.0

    @property
    def skipped(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where nothing was computed: an infinite error claims nothing."""
        return np.isposinf(self.errors) if self.errors is not None else np.zeros((), np.bool_)

    def has(self, entry: Entry) -> bool:
        """Whether there is a value in an entry."""
        return self.values is not None and (self.errors is None or self.errors[entry] != math.inf)


class Cause(StrEnum):
    """Why a method is wrong, or that a user is."""

    ROUNDING = "rounding"
    OVERFLOW = "overflow"
    UNDERFLOW = "underflow"
    SATURATION = "saturation"
    INFINITE_SLOPE = "infinite slope"
    BRANCH_NOT_TAKEN = "branch not taken"
    BRANCH_POINT = "branch point"
    CONVENTION = "convention"
    FORMULA = "formula"
    EXPECTATION = "expectation"


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
    UNKNOWN = "unknown"  # something is too large for Arb, or too near to an edge


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
    """The arbiter's answer: the derivative in each entry with a radius, and f itself at each point."""

    kind: str  # enclosure, differences, symbolic, agreement
    values: Array
    radii: Array  # NaN where there is no derivative that could be enclosed
    functions: Array  # (outputs, points): f
    balls: Mapping[Entry, Any] = field(default_factory=dict)
    behaviours: Mapping[Entry, Behaviour] = field(default_factory=dict)  # where power series did not decide
    texts: Mapping[Entry, str] = field(default_factory=dict)  # 30 digits
    budgets: Array | None = None  # the largest error that rounding in the dtype can explain; NaN: unknown

    def reached(self, entry: Entry) -> bool:
        """Whether it was found, and in time, whether there is a derivative."""
        found = self.behaviours.get(entry)
        return math.isfinite(self.radii[entry]) or (found is not None and found.kind != Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one entry or a whole report; the methods that are off, why, and in words."""

    outcome: Outcome
    methods: tuple[str, ...] = ()
    cause: Cause | Kind | None = None
    message: str = ""
    span: Span | None = None  # the piece of the formula that explains it


@dataclass(frozen=True, slots=True)
class CombinationValue:
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
    counts: Mapping[Outcome, int]
    variable: str  # the first
    intervals: Mapping[Outcome, Sequence[tuple[float, float]]]  # along it
    largest: Mapping[str, tuple[float, str]]  # each method's largest relative error where certified, and the point
    ranges: Mapping[Outcome, Mapping[str, tuple[float, float]]]  # of every variable


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Consecutive points of a sweep: what the methods answer, the verdicts, and the reference where it judged."""

    first: int  # how many points come before
    floats: Array  # (variables, points), NaN in rows of a file without a point
    functions: Array  # (outputs, points)
    estimates: tuple[Estimate, ...]
    references: Array  # (outputs, partials, points), NaN where there is no derivative
    judged: np.ndarray[Any, np.dtype[np.bool_]]  # by the reference
    outcomes: tuple[Outcome | None, ...]  # None in rows without a point


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A problem with its estimates, the reference, and the verdicts of the entries that do not simply agree."""

    problem: Problem
    estimates: tuple[Estimate, ...]
    reference: Reference
    verdicts: Mapping[Entry, Verdict]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    sums: tuple[CombinationValue, ...] = ()
    facts: tuple[str, ...] = ()  # of a Hessian: its eigenvalues, whether it is symmetric
    warnings: tuple[str, ...] = ()
    summary: Summary | None = None  # of a sweep, whose worst points the report is about
    faults: tuple[tuple[int, str], ...] = ()  # rows of a file without a point: their numbers from 1, and why

    @property
    def status(self) -> Exit:
        """0, 1 or 3: agree, disagree, or nothing to agree on."""
        if self.problem.options.strict and (self.warnings or self.faults or self.verdict.outcome != Outcome.AGREE):
            return Exit.DISAGREE
        return self.verdict.outcome.status

    def verdict_of(self, entry: Entry) -> Verdict:
        return self.verdicts.get(entry, Verdict(Outcome.AGREE))

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` says, as plain data."""
        return plugins.load("formats", "json").document(self)

    def __str__(self) -> str:
        """The table of the command line."""
        return self._as("table")

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        return plugins.load("formats", "table").html(self)

    def _repr_latex_(self) -> str:
        return self._as("latex")

    def _as(self, name: str) -> str:
        return "\n".join(plugins.load("formats", name).render([self]))


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A request that could not be carried out, as a record in the stream of reports."""

    error: DerivError
    identifier: Any = None
    status: Exit = Exit.USAGE
