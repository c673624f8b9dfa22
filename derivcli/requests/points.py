"""`--at` texts → a batch of points.

    x=3        x=pi/4        u=3,v=4        x=[1, -2, 3]        x=-20:20:20 (first:last:count, inclusive)
    x=log:1e-12:1:200 (logarithmic spacing)        x=-5..5 (points drawn between)
    x[1:1000]=0.5 (x1 to x1000)        x[1:3]=[1, 2, 3]        x[1:100]=0:1:100 (a value each)

A coordinate is the number that was typed, exactly (`Coordinate`); the float methods get the nearest float64.
Several lists or ranges make their grid, or go in pairs with `paired=True`. Up to 1,000 points are `Points`, one by one;
more of them, and those to be drawn, are a `Grid`: what they are, without any of them being there yet.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from derivcli.errors import DerivError, PointError
from derivcli.formula.constants import Coordinate, parse_constant, rational
from derivcli.formula.tree import member
from derivcli.requests.grids import Axis, Box, Grid, Range, check_names
from derivcli.text import pieces, shorten, whole

if TYPE_CHECKING:
    from derivcli.backends.arrays import Array

MAX_LISTED = 1_000  # points that are listed one by one
MAX_POINTS = 1_000_000_000
MAX_FAMILY = 100_000  # variables of x[1:n]
DEFAULT_SAMPLES = 1_000  # points drawn from a box, unless a number is given

ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*(?:\[\s*\d+\s*(?::\s*\d+\s*)?\])?)\s*=\s*(.*?)\s*", re.DOTALL)
NAME = re.compile(r"[^\W\d]\w*")
FAMILY = re.compile(r"(\w+)\[\s*(\d+)\s*(?::\s*(\d+)\s*)?\]")

Point = tuple[Coordinate, ...]


@dataclass(frozen=True)
class Points:
    """N points in named coordinates, and how each coordinate was written."""

    names: tuple[str, ...]
    points: tuple[Point, ...]
    texts: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def floats(self) -> "Array":
        """The nearest float64 (names, points) of each coordinate. Raises PointError where one has no real value."""
        from derivcli.backends import balls  # noqa: PLC0415 — Arb and NumPy: points are read, or refused, without them

        return balls.nearest_floats(self.points, len(self.names))

    def at(self, indices: Iterable[int]) -> "Points":
        """Some of the points."""
        chosen = list(indices)
        return replace(self, points=tuple(self.points[k] for k in chosen), texts=tuple(self.texts[k] for k in chosen))

    def ordered(self, names: Sequence[str]) -> "Points":
        """The same points with just these coordinates. Raises PointError where one is missing."""
        check_names(self.names, names)
        order = [self.names.index(name) for name in names]
        return Points(
            tuple(names),
            tuple(tuple(point[i] for i in order) for point in self.points),
            tuple(tuple(text[i] for i in order) for text in self.texts),
        )

    def renamed(self, name: str) -> "Points":
        """The same points, whose one coordinate has this name."""
        return replace(self, names=(name,))

    def fixed(self, name: str) -> Coordinate | None:
        """The one value of a coordinate; None where it has several."""
        column = {point[self.names.index(name)] for point in self.points}
        return column.pop() if len(column) == 1 else None

    def extended(self, name: str) -> "Points":
        """The same points with one more coordinate, 0."""
        points = tuple((*point, Fraction(0)) for point in self.points)
        return Points((*self.names, name), points, tuple((*text, "0") for text in self.texts))


@dataclass(frozen=True, slots=True, eq=False)
class FloatPoints:
    """Points that are just these float64 (variables, points), as in a block of a sweep."""

    names: tuple[str, ...]
    floats: "Array"

    def __len__(self) -> int:
        return self.floats.shape[1]

    def at(self, indices: Iterable[int]) -> "FloatPoints":
        """Some of the points."""
        return replace(self, floats=self.floats[:, list(indices)])

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(tuple(map(Fraction, column)) for column in self.floats.T.tolist())

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(map(repr, column)) for column in self.floats.T.tolist())


def parse_points(texts: Sequence[str], *, paired: bool = False, samples: int = 0, seed: int = 0) -> Points | Grid:
    """The points that `--at` texts mean. Raises PointError with the place in the text."""
    axes: dict[str, Axis | Box] = {}
    for text in texts:
        for name, value, start in _assignments(text):
            try:
                given = _family(name, _axis(value))
                if not axes.keys().isdisjoint(given):
                    raise PointError(f"'{next(iter(axes.keys() & given))}' is given twice")
                axes |= given
            except DerivError as error:
                where = error.span or (0, len(value))
                span = (start + where[0], start + where[1])
                raise PointError(error.message, text=text, span=span, hint=error.hint) from None
    return _combine(axes, paired=paired, samples=samples, seed=seed)


def from_values(values: Mapping[str, object]) -> Points:
    """Points from JSON: numbers are float64, texts are as typed, lists of equal length go in pairs."""
    for name, value in values.items():
        if not NAME.fullmatch(name):
            raise PointError(f"'at' takes names, and {name!a} is none", hint="a variable, such as x")
        if value == []:
            raise PointError(f"'{name}' has no value", hint="a number, a text, or a list of them")
    axes = {
        name: [_coordinate(item) for item in (value if isinstance(value, list) else [value])]
        for name, value in values.items()
    }
    points = _combine(axes, paired=True)
    if isinstance(points, Grid):
        raise PointError(f"{len(points):,} points are too many here", hint=f"at most {MAX_LISTED:,}")
    return points


def _coordinate(value: object) -> tuple[Coordinate, str]:
    if isinstance(value, str):
        return parse_constant(value), value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PointError(f"a coordinate is a number or a text, not {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise PointError(f"'{value}' is not a number", hint="a derivative is taken at finite points")
    return Fraction(value), shorten(repr(value), 40)


def _combine(axes: Mapping[str, Axis | Box], *, paired: bool, samples: int = 0, seed: int = 0) -> Points | Grid:
    names = tuple(axes)
    lengths = {len(axis) for axis in axes.values() if not isinstance(axis, Box)} - {1}
    if paired and len(lengths) > 1:
        raise PointError(f"lists of different lengths cannot be paired: {sorted(lengths)}")
    if samples > MAX_POINTS:
        raise PointError(f"{samples:,} points are too many", hint=f"at most {MAX_POINTS:,}")
    if any(isinstance(axis, Box) for axis in axes.values()):
        if lengths:
            raise PointError("points are drawn from boxes, and not in ranges or lists too", hint="--at x=-5..5,y=2")
        return Grid(names, axes, samples=samples or DEFAULT_SAMPLES, seed=seed)
    if samples:
        raise PointError("--samples draws points between two ends", hint="--at x=-5..5")
    grid = Grid(names, axes, paired)
    if grid.count > MAX_POINTS:
        raise PointError(f"{grid.count:,} points are too many", hint=f"at most {MAX_POINTS:,}")
    return list_points(grid, range(len(grid))) if len(grid) <= MAX_LISTED else grid


def list_points(grid: Grid, indices: Iterable[int]) -> Points:
    """The points of these indices, exactly; none of them may be drawn."""
    rows = []
    for index in indices:
        places = grid.places(index)
        rows.append([grid.axes[name][places[name]] for name in grid.names])  # type: ignore[index]  # no box
    texts = tuple(tuple(text for _, text in row) for row in rows)
    return Points(grid.names, tuple(tuple(value for value, _ in row) for row in rows), texts)


def _assignments(text: str) -> Iterator[tuple[str, str, int]]:
    for piece, start in pieces(text, ","):
        if piece.strip() == text.strip() and "=" not in text and not text.strip().isidentifier():  # of the one variable
            yield "", text.strip(), len(text) - len(text.lstrip())
            continue
        match = ASSIGNMENT.fullmatch(piece)
        if not match or not match[2]:
            span = (start, max(start + len(piece), start + 1))
            raise PointError("a point is written name=value", text=text, span=span, hint="--at x=3 or --at u=3,v=4")
        yield match[1], match[2], start + match.start(2)


def _family(name: str, axis: Axis | Box) -> dict[str, Axis | Box]:
    """The axes of `x[1:3]`, which are x1 to x3: one value for all of them, or a value each."""
    match = FAMILY.fullmatch(name)
    if not match:
        return {name: axis}
    first, last = whole(match[2]), whole(match[3] or match[2])
    count = last - first + 1
    if not 1 <= count <= MAX_FAMILY:
        raise PointError(f"'{name}' stands for {max(count, 0):,} variables", hint=f"1 to {MAX_FAMILY:,} of them")
    names = [member(match[1], i) for i in range(first, last + 1)]
    if isinstance(axis, Box) or len(axis) == 1 or count == 1:
        return dict.fromkeys(names, axis)
    if len(axis) != count:
        raise PointError(
            f"{len(axis):,} values for {count:,} variables", hint="give one value for all, or a value each"
        )
    return {each: [axis[i]] for i, each in enumerate(names)}


def _axis(text: str) -> Axis | Box:
    if text.startswith("["):
        if not text.endswith("]"):
            raise PointError("this list is never closed", span=(0, 1))
        return [(parse_constant(piece), piece.strip()) for piece, _ in pieces(text[1:-1], ",")]
    ends = [piece.strip() for piece, _ in pieces(text, "..")]
    if len(ends) > 1:
        return _box(*ends)
    parts = [piece.strip() for piece, _ in pieces(text, ":")]
    if len(parts) == 1:
        return [(parse_constant(text), text)]
    logarithmic = parts[0] == "log"
    if len(parts) != 3 + logarithmic:
        low, high = parts[0], parts[1]
        hint = f"{low}:{high}:11 takes 11 points, {low}..{high} draws some"
        raise PointError("a range is first:last:count", span=(0, len(text)), hint=hint)
    return _range(*parts[-3:], logarithmic=logarithmic)


def _box(low: str, high: str, *more: str) -> Box:
    if not low or not high or more:
        raise PointError("a box is low..high", hint="--at x=-5..5")
    box = Box(rational(low), rational(high))
    if box.low >= box.high:
        raise PointError(f"nothing lies between {low} and {high}", hint="low..high, the lower end first")
    return box


def _range(first: str, last: str, count: str, *, logarithmic: bool) -> Range:
    n = whole(count) if count.isdecimal() else 0
    if not 1 <= n <= MAX_POINTS:
        raise PointError(f"a range has 1 to {MAX_POINTS:,} points, not '{shorten(count, 30)}'")
    a, b = rational(first), rational(last)
    if logarithmic and (float(a) <= 0 or float(b) <= 0):
        raise PointError("logarithmic spacing needs positive ends")
    return Range(a, b, n, logarithmic)
