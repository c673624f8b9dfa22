"""`--over` texts → a box: an interval for each variable.

    x=-10..10        x=-10:10        x=0..pi/2        u=-1..1,v=0..2

The ends are the numbers that were typed, exactly.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from derivcli.constants import constant
from derivcli.errors import DerivError, PointError
from derivcli.language.parser import parse
from derivcli.points import pieces
from derivcli.problems import float_value
from derivcli.records import Array

HINT = "--over x=-10..10 or --over u=-1..1,v=0..2"


@dataclass(frozen=True, slots=True)
class Interval:
    """One variable's interval: its ends as float64, and as they were typed."""

    name: str
    low: float
    high: float
    texts: tuple[str, str]

    @property
    def width(self) -> float:
        return self.high - self.low


Intervals = tuple[Interval, ...]


def parse_intervals(texts: Sequence[str]) -> Intervals:
    """The box that `--over` texts mean. Raises PointError with the place in the text."""
    found: dict[str, Interval] = {}
    for text in texts:
        for piece, start in pieces(text, ","):
            span = (start, max(start + len(piece), start + 1))
            match = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*?)\s*(?:\.\.|:)\s*(.*?)\s*", piece, re.DOTALL)
            if not match or not match[2] or not match[3]:
                raise PointError("an interval is written name=low..high", text=text, span=span, hint=HINT)
            if match[1] in found:
                raise PointError(f"'{match[1]}' is given twice", text=text, span=span)
            low, high = (_end(match[k], text, start + match.start(k)) for k in (2, 3))
            if not low < high:
                what = "is empty" if low == high else "is reversed"
                hint = f"{match[1]}={match[3]}..{match[2]}" if low > high else HINT
                raise PointError(f"the interval of '{match[1]}' {what}", text=text, span=span, hint=hint)
            found[match[1]] = Interval(match[1], low, high, (match[2], match[3]))
    return tuple(found.values())


def _end(typed: str, text: str, start: int) -> float:
    """The nearest float64 of an end. Raises PointError where it is no finite number."""
    span = (start, start + len(typed))
    try:
        value = float_value(constant(parse(typed)))
    except DerivError as error:
        where = (start + error.span[0], start + error.span[1]) if error.span else span
        raise PointError(error.message, text=text, span=where, hint=error.hint) from None
    if not math.isfinite(value):
        raise PointError("the interval is infinite", text=text, span=span, hint="its ends must be within 1.8e308")
    return value


def inside(box: Intervals, floats: Array) -> np.ndarray:
    """Which points (variables, points) lie in the box, its boundary included."""
    return np.all([(i.low <= x) & (x <= i.high) for i, x in zip(box, floats, strict=True)], axis=0)
