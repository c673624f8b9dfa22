"""The one place that writes: results to stdout, everything else to stderr."""

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from derivcli.errors import ClosedPipeError, DerivError, RequestError, error_record
from derivcli.text import excerpt, strict_json

ASCII = {"…": "...", "±": "+-", "−": "-", "–": "-", "—": "-", "·": "*", "×": "*", "✗": "x", "•": "o", "∇": "grad",
         "∂": "d", "∞": "inf", "→": "->", "√": "sqrt"}  # fmt: skip


def write(lines: Iterable[str]) -> None:
    """Each piece to stdout as soon as it is there. Raises RequestError where it cannot be written."""
    for line in lines:
        try:
            sys.stdout.write(spelt(line, sys.stdout) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise ClosedPipeError from None
        except OSError as error:
            raise RequestError(f"the results cannot be written: {error.strerror or error}") from None


def complain(*lines: str) -> None:
    """Lines to stderr; where nobody can read them, the exit status still says it."""
    with suppress(OSError):
        sys.stderr.write("".join(f"{spelt(line, sys.stderr)}\n" for line in lines))
        sys.stderr.flush()


def width() -> int | None:
    """The columns of the terminal that stdout is; None where it is none: a pipe has no width."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None


def spelt(text: str, stream: TextIO) -> str:
    """A text in the characters that a stream has: `f₁` as f1, `x²` as x^2, α as alpha, where it has no more."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        kept = "".join(map(_in_ascii, text))
        return kept.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _in_ascii(character: str) -> str:
    name, plain = unicodedata.name(character, ""), unicodedata.normalize("NFKC", character)
    if character.isascii() or character in ASCII:
        return ASCII.get(character, character)
    if name.startswith("BRAILLE"):
        return " " if name.endswith("BLANK") else "*"
    if name.startswith("BOX DRAWINGS"):
        return "-" if name.endswith("HORIZONTAL") else "|" if name.endswith("VERTICAL") else "+"
    if greek := re.match(r"GREEK (SMALL|CAPITAL) LETTER (\w+)$", name):
        return greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
    return f"^{plain}" if "SUPERSCRIPT" in name else plain


def wants_colour(when: str = "auto", stream: str = "stdout") -> bool:
    """Whether a stream takes colours: `--color`, else NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, else if it is a terminal.

    Raises RequestError for another word than always, never and auto.
    """
    if when not in ("always", "never", "auto"):
        raise RequestError(f"unknown colour setting '{when}'", hint="--color auto, always or never")
    if when != "auto" or os.environ.get("NO_COLOR"):
        return when == "always"
    forced = os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") != "0"
    return bool(forced) or getattr(sys, stream).isatty()


def describe(error: DerivError, colour: str = "auto") -> str:
    """An error for people: what, the text with a caret under the fault, and the way out."""
    red, bold, plain = ("\x1b[31m", "\x1b[1m", "\x1b[0m") if wants_colour(colour, "stderr") else ("", "", "")
    lines = [f"{red}error:{plain} {bold}{_visible(error.message)}{plain}"]
    if error.text and error.span:
        lines += [f"  {line}" for line in excerpt(error.text, *error.span)]
    if error.hint:
        lines.append(f"hint: {_visible(error.hint)}")
    return "\n".join(lines)


def _visible(text: str) -> str:
    """A text of which nothing is a command to the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def fail(error: DerivError, *, as_json: bool = False, colour: str = "auto") -> None:
    """An error to stderr, or as JSON to stdout: there it is a result."""
    if as_json:
        write([strict_json(error_record(error))])
    else:
        complain(describe(error, colour))
