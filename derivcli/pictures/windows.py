"""`--over` of a picture → the window in which each variable runs.

x=-5:5        x=-2*pi:2*pi        x=-2:2,y=-1:1 (first:last; a number without variables at either end)
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derivcli.constants import Coordinate, constant
from derivcli.errors import DerivError, PointError
from derivcli.language.parser import parse
from derivcli.points import pieces

HINT = "--over x=-5:5"


@dataclass(frozen=True, slots=True)
class Window:
    """From where to where a variable runs, and how both were written."""

    name: str
    low: Coordinate
    high: Coordinate
    texts: tuple[str, str]


def parse_windows(texts: Sequence[str]) -> tuple[Window, ...]:
    """The windows that `--over` texts mean. Raises PointError with the place in the text."""
    found: dict[str, Window] = {}
    for text in texts:
        for name, ends, start in _assignments(text):
            span = (start, start + max(len(ends), 1))
            try:
                window = _window(name, ends)
                if name in found:
                    raise PointError(f"'{name}' is given twice", span=(0, len(ends)))
                if isinstance(window.low, Fraction) and isinstance(window.high, Fraction):
                    refuse_empty(window, window.low, window.high)
            except DerivError as error:
                span = (start + error.span[0], start + error.span[1]) if error.span else span
                raise PointError(error.message, text=text, span=span, hint=error.hint or HINT) from None
            found[name] = window
    return tuple(found.values())


def refuse_empty(window: Window, low: float | Fraction, high: float | Fraction) -> None:
    """Raise PointError for a window that is empty, reversed, or beyond float64."""
    first, last = window.texts
    if low > high:
        hint = f"--over {window.name}={last}:{first}"
        raise PointError(f"the range of '{window.name}' is reversed: {first} > {last}", hint=hint)
    try:
        width = float(high) - float(low)
    except OverflowError:
        width = math.inf
    if math.isinf(width):
        raise PointError(f"the range of '{window.name}' is beyond float64")
    if width == 0:
        raise PointError(f"the range of '{window.name}' is empty: {first} to {last}", hint=HINT)


def _assignments(text: str) -> Iterator[tuple[str, str, int]]:
    for piece, start in pieces(text, ","):
        match = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*?)\s*", piece, re.DOTALL)
        if not match:
            span = (start, max(start + len(piece), start + 1))
            raise PointError("a range is written name=first:last", text=text, span=span, hint=HINT)
        yield match[1], match[2], start + match.start(2)


def _window(name: str, ends: str) -> Window:
    parts = list(pieces(ends, ":"))
    if len(parts) != 2:
        count = parts[2][0] if len(parts) == 3 else ""
        hint = f"--over {name}={parts[0][0]}:{parts[1][0]} --samples {count}" if count else HINT
        raise PointError("a range to plot over is first:last", hint=hint)
    (first, _), (last, offset) = parts
    return Window(name, _end(name, first, 0), _end(name, last, offset), (first.strip(), last.strip()))


def _end(name: str, text: str, offset: int) -> Coordinate:
    if not text.strip():
        raise PointError(f"the range of '{name}' has no {'last' if offset else 'first'} number")
    try:
        return constant(parse(text))
    except DerivError as error:
        start, end = error.span or (0, len(text))
        raise PointError(error.message, span=(offset + start, offset + end), hint=error.hint) from None
