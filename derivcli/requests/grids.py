"""Many points as what they are, none of them there yet: ranges, boxes, and the grid of several.

Range   first:last:count, inclusive; its coordinates are exact, and computed one by one as they are asked for
Box     low..high, between which points are drawn
Grid    all combinations of the values on its axes, or their pairs, or points drawn from boxes
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol, Self

from derivcli.errors import PointError
from derivcli.formula.constants import Coordinate


class PointSet(Protocol):
    """Where a derivative is asked for: at listed points, on a grid, or at the rows of a table."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def ordered(self, names: Sequence[str]) -> Self:
        """The same points with just these coordinates. Raises PointError where one is missing."""
        ...

    def fixed(self, name: str) -> Coordinate | None:
        """The one value of a coordinate; None where it has several."""
        ...

    def extended(self, name: str) -> Self:
        """The same points with one more coordinate, 0."""
        ...


@dataclass(frozen=True, slots=True)
class Range:
    """`first:last:count`, a sequence of coordinates with their texts that computes each when it is asked for."""

    first: Fraction
    last: Fraction
    count: int
    logarithmic: bool = False

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[Coordinate, str]]:
        return map(self.__getitem__, range(self.count))

    def __getitem__(self, i: int) -> tuple[Fraction, str]:
        value = self._between(i) if 0 < i < self.count - 1 else self.last if i else self.first
        return value, repr(float(value))

    def _between(self, i: int) -> Fraction:
        if not self.logarithmic:
            return self.first + (self.last - self.first) * i / (self.count - 1)
        t = i / (self.count - 1)
        return Fraction(f"{float(self.first) ** (1 - t) * float(self.last) ** t:.12g}")  # 1e-8, not 9.99…e-9


@dataclass(frozen=True, slots=True)
class Box:
    """`low..high`: points are drawn between."""

    low: Fraction
    high: Fraction


Axis = Sequence[tuple[Coordinate, str]] | Range


@dataclass(frozen=True, slots=True)
class Grid:
    """Many points: the grid of some axes (the last varies fastest), their pairs, or `samples` drawn from boxes."""

    names: tuple[str, ...]
    axes: Mapping[str, Axis | Box]
    paired: bool = False
    samples: int = 0
    seed: int = 0

    def __len__(self) -> int:
        return self.count

    @property
    def count(self) -> int:
        """How many points, also where they are more than a length may be."""
        lengths = [1 if isinstance(axis, Box) else len(axis) for axis in self.axes.values()]
        return self.samples or (max(lengths, default=1) if self.paired else math.prod(lengths))

    def ordered(self, names: Sequence[str]) -> "Grid":
        """The same points with just these coordinates. Raises PointError where one is missing."""
        check_names(self.names, names)
        return replace(self, names=tuple(names))

    def renamed(self, name: str) -> "Grid":
        """The same points, whose one coordinate has this name."""
        [axis] = self.axes.values()
        return replace(self, names=(name,), axes={name: axis})

    def fixed(self, name: str) -> Coordinate | None:
        """The one value of a coordinate; None where it has several."""
        axis = self.axes[name]
        return axis[0][0] if not isinstance(axis, Box) and len(axis) == 1 else None

    def extended(self, name: str) -> "Grid":
        """The same points with one more coordinate, 0."""
        return replace(self, names=(*self.names, name), axes={**self.axes, name: [(Fraction(0), "0")]})

    def places(self, index: int) -> dict[str, int]:
        """Where on each axis that is listed the point of an index lies."""
        places = {}
        for name, axis in reversed(list(self.axes.items())):
            if not isinstance(axis, Box):
                places[name] = index % len(axis)
                index = index if self.paired else index // len(axis)
        return places


def check_names(given: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise PointError where a coordinate is missing."""
    missing = [name for name in wanted if name not in given]
    if missing:
        extra = [name for name in given if name not in wanted]
        hint = f"add it: --at {missing[0]}=…"
        if extra:
            hint += f" (given: {', '.join(extra)})"
        raise PointError(f"no value for '{missing[0]}'", hint=hint)
