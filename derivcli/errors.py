"""What can go wrong, as a tree, and the exit statuses.

DerivError                 stage      raised by
├── ParseError             parse      formula.parser: the text is not a formula
├── LimitError             limit      formula, requests: a number or a formula that is too large
├── PointError             at         requests: a point that cannot be read or lacks a variable
├── ExpectationError       expect     judge.expectation: an expectation that cannot be read
├── RequestError           request    requests, engine, commands: an unknown method, variable, format, field
├── InternalError          internal   engine, __main__: a fault of ours
└── UnsupportedError       method     methods and backends: "this does not apply, because …"
"""

from enum import IntEnum, StrEnum
from typing import Any

Span = tuple[int, int]


class Exit(IntEnum):
    """The exit statuses of `deriv`."""

    AGREE = 0
    DISAGREE = 1
    USAGE = 2
    UNDECIDED = 3
    INTERRUPTED = 130
    TERMINATED = 143


class DerivError(Exception):
    """A request that cannot be carried out: what, where (`span` in `text`), and the way out (`hint`)."""

    stage = "error"

    def __init__(self, message: str, *, text: str = "", span: Span | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.text, self.span, self.hint = message, text, span, hint
        self.identifier: object = None  # the "id" of the JSON line that asked


class ParseError(DerivError):
    stage = "parse"


class LimitError(DerivError):
    stage = "limit"


class PointError(DerivError):
    stage = "at"


class ExpectationError(DerivError):
    stage = "expect"


class RequestError(DerivError):
    stage = "request"


class ClosedPipeError(Exception):
    """Whoever read our output has had enough: the end of the run, quietly."""


class InternalError(DerivError):
    stage = "internal"


class Reason(StrEnum):
    """Why a method has no answer: the kinds, each with its sentence."""

    NOT_SUPPORTED = "not supported: {}"
    NOT_ANALYTIC = "not analytic: {}"
    TOO_LARGE = "too large for SymPy: {}"
    TOO_DEEP = "the formula is too deep for this library"
    NO_FORMULA = "SymPy's answer {}"
    NO_BALL = "no ball around a derivative here"
    OUT_OF_TIME = "not finished within {:g} s"
    FAILED = "failed: {}"


class UnsupportedError(DerivError):
    """What a method cannot do: the reason, with what its sentence leaves open."""

    stage = "method"

    def __init__(self, reason: Reason, detail: object = "") -> None:
        super().__init__(reason.format(detail))
        self.reason, self.detail = reason, detail

    def __reduce__(self) -> tuple[Any, ...]:  # by which it is pickled
        return type(self), (self.reason, self.detail), self.__dict__


def error_record(error: DerivError, identifier: object = None) -> dict[str, object]:
    """An error for programs (`{"schema": 1, "id": …, "error": …}`)."""
    span = list(error.span) if error.span else None
    content = {"stage": error.stage, "message": error.message, "span": span, "hint": error.hint or None}
    return {"schema": 1, "id": identifier, "error": content}
