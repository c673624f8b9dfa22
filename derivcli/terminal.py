"""The one place that writes: results to stdout, everything else to stderr."""

import json
import os
import sys
from collections.abc import Iterable

from derivcli.errors import ClosedPipeError, DerivError, RequestError


def write(lines: Iterable[str]) -> None:
    """Each piece to stdout as soon as it is there. Raises RequestError where it cannot be written."""
    for line in lines:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise ClosedPipeError from None
        except OSError as error:
            raise RequestError(f"the results cannot be written: {error.strerror}") from None


def complain(*lines: str) -> None:
    """Lines to stderr."""
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def coloured(stream: str = "stdout") -> bool:
    """Whether a stream takes colours: NO_COLOR and FORCE_COLOR, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or getattr(sys, stream).isatty()


def use_colour(when: str) -> None:
    """Obey `--color always|never|auto`. Raises RequestError for another word."""
    if when not in ("always", "never", "auto"):
        raise RequestError(f"unknown colour setting '{when}'", hint="--color auto, always or never")
    for variable in ("NO_COLOR", "FORCE_COLOR") if when != "auto" else ():
        os.environ.pop(variable, None)
    if when != "auto":
        os.environ["FORCE_COLOR" if when == "always" else "NO_COLOR"] = "1"


def described(error: DerivError) -> str:
    """An error for people: what, the text with a caret under the fault, and the way out."""
    red, bold, plain = ("\x1b[31m", "\x1b[1m", "\x1b[0m") if coloured("stderr") else ("", "", "")
    lines = [f"{red}error:{plain} {bold}{error.message}{plain}"]
    if error.text and error.span:
        lines += [f"  {line}" for line in excerpt(error.text, *error.span)]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    return "\n".join(lines)


def error_record(error: DerivError, identifier: object = None) -> dict[str, object]:
    """An error for programs (`{"schema": 1, "id": …, "error": …}`)."""
    span = list(error.span) if error.span else None
    content = {"stage": error.stage, "message": error.message, "span": span, "hint": error.hint or None}
    return {"schema": 1, "id": identifier, "error": content}


def fail(error: DerivError, *, as_json: bool = False) -> None:
    """An error to stderr, as text or as JSON."""
    complain(json.dumps(error_record(error), ensure_ascii=False) if as_json else described(error))


def excerpt(text: str, start: int, end: int, around: int = 60) -> tuple[str, str]:
    """The part of a text around a span, on one line, and the carets under it."""
    first = max(0, start - around) if len(text) > 2 * around else 0
    last = min(len(text), max(end, start + 1) + around)
    shown = "".join(c if c.isprintable() else "�" if c not in "\n\t\r" else " " for c in text[first:last])
    left, right = "…" if first else "", "…" if last < len(text) else ""
    carets = max(min(end, last) - start, 1)  # at the very end, one beyond it
    return left + shown + right, " " * (len(left) + start - first) + "^" * carets
