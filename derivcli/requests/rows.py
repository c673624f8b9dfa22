"""Where many points come from, block by block: grids and boxes as float64 arrays, and some of their points exactly."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, Protocol, cast

import numpy as np

from derivcli.backends import draws
from derivcli.backends.arrays import Array
from derivcli.backends.balls import float_value
from derivcli.requests.grids import Axis, Box, Grid, PointSet, Range
from derivcli.requests.points import Points, list_points

MAX_EXACT_INTEGER = 2**53  # below it float64 holds every integer

Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class PointBlock:
    """Consecutive points: how many come before, and float64 coordinates (variables, points), NaN where unusable."""

    first: int
    floats: Array
    faults: Sequence[tuple[int, str]] = ()  # rows, counted from 1, and what is wrong with them
    others: Mapping[str, Any] = field(
        default_factory=dict
    )  # columns of a file that are no coordinates, as Arrow arrays


class Source(PointSet, Protocol):
    """A place that reads its own rows, such as a table."""

    @property
    def count(self) -> int | None:
        """How many rows, where that is known."""
        ...

    def rows(self, size: int) -> Iterator[PointBlock]:
        """The rows in blocks of up to a size."""
        ...


def count(place: PointSet) -> int | None:
    """How many points there are, where that is known."""
    return len(place) if isinstance(place, Grid | Points) else cast(Source, place).count


def point_blocks(place: PointSet, size: int) -> Iterator[PointBlock]:
    """The points in their order, in blocks of up to a size."""
    if isinstance(place, Points):
        return iter([PointBlock(0, place.floats)])
    return _of_grid(place, size) if isinstance(place, Grid) else cast(Source, place).rows(size)


def choose(place: PointSet, block: PointBlock, indices: Iterable[int]) -> Points:
    """Some points of a block, all if they were listed: exact on a grid, else the float64 that were drawn or read."""
    if isinstance(place, Points):
        return place
    if isinstance(place, Grid) and not place.samples:
        return list_points(place, (block.first + index for index in indices))
    columns = block.floats[:, list(indices)].T.tolist()
    texts = tuple(tuple(map(repr, column)) for column in columns)
    return Points(place.names, tuple(tuple(map(Fraction, column)) for column in columns), texts)


def _of_grid(grid: Grid, size: int) -> Iterator[PointBlock]:
    boxes = [name for name, axis in grid.axes.items() if isinstance(axis, Box)]
    drawn = draws.sobol_blocks(len(boxes), grid.seed, size)
    columns = {name: _column(grid.axes[name]) for name in grid.names}
    for first in range(0, len(grid), size):
        indices: Any = np.arange(first, min(first + size, len(grid)))
        where: dict[str, Any] = grid.places(indices) | (dict(zip(boxes, next(drawn), strict=True)) if boxes else {})
        yield PointBlock(first, np.stack([columns[name](where[name][: len(indices)]) for name in grid.names]))


def _column(axis: Axis | Box) -> Callable[[Numbers], Array]:
    """The coordinates on an axis at given indices; in a box, at numbers between 0 and 1."""
    if isinstance(axis, Box):
        low, high = float(axis.low), float(axis.high)
        return lambda t: low * (1 - t) + high * t  # their difference may be beyond float64
    if isinstance(axis, Range):
        first, last, end = float(axis.first), float(axis.last), axis.count - 1
        between = partial(_logarithmic if axis.logarithmic else _linear, axis)
        return lambda i: np.where(i == 0, first, np.where(i == end, last, between(i)))
    values = np.array([float_value(coordinate) for coordinate, _ in axis])
    return lambda i: values[i]


def _logarithmic(axis: Range, i: Numbers) -> Array:
    t = i / max(axis.count - 1, 1)
    values = float(axis.first) ** (1 - t) * float(axis.last) ** t
    return np.array([float(f"{value:.12g}") for value in values.tolist()])  # as `Range` has them


def _linear(axis: Range, i: Numbers) -> Array:
    """Evenly spaced; correctly rounded if float64 holds their common denominator and numerators, as in -5:5:100001."""
    step = (axis.last - axis.first) / max(axis.count - 1, 1)
    below = math.lcm(axis.first.denominator, step.denominator)
    start, stride = int(axis.first * below), int(step * below)
    if below < MAX_EXACT_INTEGER and abs(start) + abs(stride) * axis.count < MAX_EXACT_INTEGER:
        return (start + stride * i) / below
    t = i / max(axis.count - 1, 1)
    return float(axis.first) * (1 - t) + float(axis.last) * t  # a step may be beyond float64
