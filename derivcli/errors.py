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

from enum import IntEnum

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


class UnsupportedError(DerivError):
    stage = "method"


def error_record(error: DerivError, identifier: object = None) -> dict[str, object]:
    """An error for programs (`{"schema": 1, "id": …, "error": …}`)."""
    span = list(error.span) if error.span else None
    content = {"stage": error.stage, "message": error.message, "span": span, "hint": error.hint or None}
    return {"schema": 1, "id": identifier, "error": content}
