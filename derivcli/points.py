"""`--at` texts → a batch of points.

    x=3        x=pi/4        u=3,v=4        x=[1, -2, 3]        x=-20:20:20 (first:last:count, inclusive)
    x=log:1e-12:1:200 (logarithmic spacing)

A coordinate is the number that was typed, exactly (`Coordinate`); the float methods get the nearest float64.
Several lists or ranges make their grid, or go in pairs with `paired=True`.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from derivcli.errors import DerivError, LimitError, PointError
from derivcli.language.parser import Formula, parse
from derivcli.program import Program, flatten

MOST = 1_000_000  # points listed from the command line

Coordinate = Fraction | Program  # a rational, or a constant expression such as pi/4
Point = tuple[Coordinate, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """N points in named coordinates, and how each coordinate was written."""

    names: tuple[str, ...]
    points: tuple[Point, ...]
    texts: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.points)

    def ordered(self, names: Sequence[str]) -> "Points":
        """The same points with just these coordinates. Raises PointError where one is missing."""
        missing = [name for name in names if name not in self.names]
        if missing:
            extra = [name for name in self.names if name not in names]
            hint = f"add it: --at {missing[0]}=…"
            if extra:
                hint += f" (given: {', '.join(extra)})"
            raise PointError(f"no value for '{missing[0]}'", hint=hint)
        order = [self.names.index(name) for name in names]
        return Points(
            tuple(names),
            tuple(tuple(point[i] for i in order) for point in self.points),
            tuple(tuple(text[i] for i in order) for text in self.texts),
        )


def parse_points(texts: Sequence[str], *, paired: bool = False) -> Points:
    """The points that `--at` texts mean. Raises PointError with the place in the text."""
    axes: dict[str, list[tuple[Coordinate, str]]] = {}
    for text in texts:
        for name, value, start in _assignments(text):
            if name in axes:
                raise PointError(f"'{name}' is given twice", text=text, span=(start, start + len(value)))
            try:
                axes[name] = _axis(value)
            except DerivError as error:
                where = error.span or (0, len(value))
                span = (start + where[0], start + where[1])
                raise PointError(error.message, text=text, span=span, hint=error.hint) from None
    return _combined(axes, paired=paired)


def from_values(values: Mapping[str, object]) -> Points:
    """Points from JSON: numbers are float64, texts are as typed, lists of equal length go in pairs."""
    axes = {
        name: [_coordinate(item) for item in (value if isinstance(value, list) else [value])]
        for name, value in values.items()
    }
    return _combined(axes, paired=True)


def _coordinate(value: object) -> tuple[Coordinate, str]:
    if isinstance(value, str):
        return _constant(value), value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PointError(f"a coordinate is a number or a text, not {value!r}")
    if not math.isfinite(value):
        raise PointError(f"'{value}' is not a number", hint="a derivative is taken at finite points")
    return Fraction(value), repr(value)


def _combined(axes: Mapping[str, Sequence[tuple[Coordinate, str]]], *, paired: bool) -> Points:
    lengths = {len(axis) for axis in axes.values()} - {1}
    count = math.prod(len(axis) for axis in axes.values())
    if paired:
        if len(lengths) > 1:
            raise PointError(f"lists of different lengths cannot be paired: {sorted(lengths)}")
        count = max(lengths, default=1)
        rows = list(zip(*(axis if len(axis) > 1 else list(axis) * count for axis in axes.values()), strict=True))
    elif count > MOST:
        raise PointError(f"{count:,} points are too many", hint=f"at most {MOST:,}")
    else:
        rows = list(product(*axes.values()))
    return Points(
        tuple(axes),
        tuple(tuple(coordinate for coordinate, _ in row) for row in rows),
        tuple(tuple(text for _, text in row) for row in rows),
    )


def pieces(text: str, separator: str) -> Iterator[tuple[str, int]]:
    """The pieces between separators outside brackets, and where each starts."""
    depth = start = 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == separator and depth == 0:
            yield text[start:i], start
            start = i + 1
    yield text[start:], start


def _assignments(text: str) -> Iterator[tuple[str, str, int]]:
    for piece, start in pieces(text, ","):
        match = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*?)\s*", piece, re.DOTALL)
        if not match or not match[2]:
            span = (start, max(start + len(piece), start + 1))
            raise PointError("a point is written name=value", text=text, span=span, hint="--at x=3 or --at u=3,v=4")
        yield match[1], match[2], start + match.start(2)


def _axis(text: str) -> list[tuple[Coordinate, str]]:
    if text.startswith("["):
        if not text.endswith("]"):
            raise PointError("this list is never closed", span=(0, 1))
        return [(_constant(piece), piece.strip()) for piece, _ in pieces(text[1:-1], ",")]
    parts = [piece.strip() for piece, _ in pieces(text, ":")]
    if len(parts) == 1:
        return [(_constant(text), text)]
    logarithmic = parts[0] == "log"
    if len(parts) != 3 + logarithmic:
        raise PointError("a range is first:last:count", span=(0, len(text)), hint="--at x=-20:20:20")
    values = _range(*parts[-3:], logarithmic=logarithmic)
    return [(value, repr(float(value))) for value in values]


def _range(first: str, last: str, count: str, *, logarithmic: bool) -> list[Fraction]:
    n = int(count) if count.isdecimal() else 0
    if not 1 <= n <= MOST:
        raise PointError(f"a range has 1 to {MOST:,} points, not '{count}'")
    a, b = (Fraction(float_value(_constant(end))) if logarithmic else _rational(end) for end in (first, last))
    if n == 1:
        return [a]
    if not logarithmic:
        return [a + (b - a) * i / (n - 1) for i in range(n)]
    if a <= 0 or b <= 0:
        raise PointError("logarithmic spacing needs positive ends")
    ratio = float(b) / float(a)
    inner = [Fraction(f"{float(a) * ratio ** (i / (n - 1)):.12g}") for i in range(1, n - 1)]  # 1e-8, not 9.99…e-9
    return [a, *inner, b]


def _rational(text: str) -> Fraction:
    value = _constant(text)
    return value if isinstance(value, Fraction) else Fraction(float_value(value))


def _constant(text: str) -> Coordinate:
    formula = parse(text)
    return constant(formula)


def constant(formula: Formula) -> Coordinate:
    """The exact number that a formula without variables is."""
    if formula.variables or len(formula.outputs) != 1:
        names = ", ".join(formula.variables)
        raise PointError(f"'{formula.text.strip()}' is not a number", hint=f"it contains {names}" if names else "")
    program = flatten(formula)
    value = program.instructions[-1].value if program.instructions else None
    return program if value is None else value


def float_value(coordinate: Coordinate) -> float:
    """The nearest float64; infinite beyond its range."""
    if isinstance(coordinate, Program):
        raise LimitError("the ends of a range are rational numbers")
    try:
        return float(coordinate)
    except OverflowError:
        return math.inf if coordinate > 0 else -math.inf
