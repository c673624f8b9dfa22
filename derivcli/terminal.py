"""The one place that writes: results to stdout, everything else to stderr."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from derivcli.errors import ClosedPipeError, DerivError, RequestError, error_record
from derivcli.text import excerpt, strict_json


def write(lines: Iterable[str]) -> None:
    """Each piece to stdout as soon as it is there. Raises RequestError where it cannot be written."""
    for line in lines:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise ClosedPipeError from None
        except OSError as error:
            raise RequestError(f"the results cannot be written: {error.strerror or error}") from None


def complain(*lines: str) -> None:
    """Lines to stderr; where nobody can read them, the exit status still says it."""
    with suppress(OSError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


def wants_colour(when: str = "auto", stream: str = "stdout") -> bool:
    """Whether a stream takes colours: `--color`, else NO_COLOR and FORCE_COLOR, else whether it is a terminal.

    Raises RequestError for another word than always, never and auto.
    """
    if when not in ("always", "never", "auto"):
        raise RequestError(f"unknown colour setting '{when}'", hint="--color auto, always or never")
    if when != "auto" or os.environ.get("NO_COLOR"):
        return when == "always"
    return bool(os.environ.get("FORCE_COLOR")) or getattr(sys, stream).isatty()


def describe(error: DerivError, colour: str = "auto") -> str:
    """An error for people: what, the text with a caret under the fault, and the way out."""
    red, bold, plain = ("\x1b[31m", "\x1b[1m", "\x1b[0m") if wants_colour(colour, "stderr") else ("", "", "")
    lines = [f"{red}error:{plain} {bold}{error.message}{plain}"]
    if error.text and error.span:
        lines += [f"  {line}" for line in excerpt(error.text, *error.span)]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    return "\n".join(lines)


def fail(error: DerivError, *, as_json: bool = False, colour: str = "auto") -> None:
    """An error to stderr, as text or as JSON."""
    complain(strict_json(error_record(error)) if as_json else describe(error, colour))
