"""`--over` texts → an interval for each variable.

    x=-10..10        x=-10:10        x=0..pi/2        u=-1..1,v=0..2

The ends are formulas without variables, rounded to the nearest float64.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from derivcli.backends.balls import float_value
from derivcli.errors import DerivError, PointError, RequestError
from derivcli.formula.constants import parse_constant
from derivcli.requests.options import Options
from derivcli.requests.request import Request, from_texts
from derivcli.text import pieces

NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(.*?)\s*", re.DOTALL)


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


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Anywhere: a place of which nothing is known but what its coordinates are called."""

    names: tuple[str, ...]

    def ordered(self, names: Sequence[str]) -> "Unplaced":
        """These names, whether they were there before or not."""
        return Unplaced(tuple(names))

    def fixed(self, name: str) -> None:
        """No coordinate has just one value."""

    def extended(self, name: str) -> "Unplaced":
        """One more name."""
        return Unplaced((*self.names, name))


def parse_intervals(texts: Sequence[str]) -> Intervals:
    """The intervals that `--over` texts mean. Raises PointError with the place in the text."""
    found: dict[str, Interval] = {}
    for text in texts:
        for piece, start in pieces(text, ","):
            try:
                interval = _interval(piece)
                if interval.name in found:
                    raise PointError(f"'{interval.name}' is given twice")
            except DerivError as error:
                first, last = error.span or (len(piece) - len(piece.lstrip()), max(len(piece.rstrip()), 1))
                span = (start + first, start + last)
                raise PointError(error.message, text=text, span=span, hint=error.hint) from None
            found[interval.name] = interval
    return tuple(found.values())


def default_box(texts: Sequence[str], half: int, options: Options) -> list[str]:
    """`x=-5..5` for each variable of some formulas. Raises DerivError."""
    return [f"{name}=-{half}..{half}" for name in from_texts(texts, options, Unplaced(())).program.variables]


def request_over(texts: Sequence[str], intervals: Intervals, options: Options) -> Request:
    """The request of formulas in which the names of the intervals are variables. Raises DerivError."""
    return from_texts(texts, options, Unplaced(tuple(interval.name for interval in intervals)))


def ordered(intervals: Intervals, names: Sequence[str]) -> Intervals:
    """The interval of each variable. Raises RequestError where one has none, and where there is no such variable."""
    given = {interval.name: interval for interval in intervals}
    for name in names:
        if name not in given:
            raise RequestError(f"no interval for '{name}'", hint=f"add it: --over {name}=-5..5")
    for name in given:
        if name not in names:
            raise RequestError(f"there is no variable '{name}'", hint=f"the variables are {', '.join(names)}")
    return tuple(given[name] for name in names)


def _interval(text: str) -> Interval:
    """The interval `name=low..high`. Raises DerivError, whose span is in this text."""
    match = NAMED.fullmatch(text)
    if not match:
        raise PointError("an interval is written name=low..high", hint="--over x=-5..5 or --over u=-1..1,v=0..2")
    name, between = match[1], ":" if ":" in match[2] else ".."
    ends = [(piece, match.start(2) + start) for piece, start in pieces(match[2], between)]
    typed = [piece.strip() for piece, _ in ends]

    def fault(message: str, low: str = "-5", high: str = "5", more: str = "") -> PointError:
        return PointError(message, hint=f"--over {name}={low}{between}{high}{more}")

    if len(ends) == 3 and all(typed) and typed[2].isdecimal():
        raise fault("an interval has two ends", typed[0], typed[1], f" --samples {typed[2]}")
    if len(ends) != 2:
        raise fault("an interval is low..high")
    for which, piece in zip(("lower", "upper"), typed, strict=True):
        if not piece:
            raise fault(f"the interval of '{name}' has no {which} end")
    low, high = (_end(*end) for end in ends)
    if low > high:
        raise fault(f"the interval of '{name}' is reversed: {typed[0]} > {typed[1]}", typed[1], typed[0])
    if low == high:
        raise fault(f"the interval of '{name}' is empty: {typed[0]} to {typed[1]}")
    if math.isinf(high - low):
        raise fault(f"the interval of '{name}' is wider than a float64 can tell", "-8e307", "8e307")
    return Interval(name, low, high, (typed[0], typed[1]))


def _end(text: str, start: int) -> float:
    """The nearest float64 of an end. Raises PointError where it is no finite number."""
    span = (start, start + len(text))
    try:
        value = float_value(parse_constant(text))
    except DerivError as error:
        where = (start + error.span[0], start + error.span[1]) if error.span else span
        raise PointError(error.message, span=where, hint=error.hint) from None
    if math.isinf(value):
        raise PointError("the interval is infinite", span=span, hint="its ends must be within 1.8e308")
    return value
