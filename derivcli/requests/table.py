"""A file of points, or standard input, read in blocks → rows of coordinates.

Columns are variables. A row with a missing or a text value is kept, without a point, and reported.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.errors import PointError, RequestError
from derivcli.files._formats import open_points
from derivcli.files._reader import Read, Unreadable, pyarrow
from derivcli.formula.constants import Coordinate
from derivcli.requests.rows import PointBlock

SEPARATORS = {";": "semicolons", "\t": "tabs"}  # of what other programs call CSV


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows of a file as points; its columns are there for as long as they are read."""

    path: str
    columns: tuple[str, ...]
    read: Read
    count: int | None  # about how many rows
    names: tuple[str, ...] = ()
    zeros: frozenset[str] = field(default=frozenset())  # coordinates beside those in the file
    others: Mapping[str, Any] = field(default_factory=dict)  # columns that go along with the points: their Arrow types

    def ordered(self, names: Sequence[str]) -> "Table":
        """The same rows with just these coordinates. Raises PointError where one is no column, or is two."""
        for name in names:
            if name not in (*self.columns, *self.zeros):
                raise PointError(f"{self.path} has no column '{name}'", hint=self._known())
            if self.columns.count(name) > 1:
                raise PointError(f"{self.path} has several columns '{name}'", hint="give each a name of its own")
        return replace(self, names=tuple(names), others={k: v for k, v in self.others.items() if k not in names})

    def _known(self) -> str:
        """What may have been meant, or done, where a column is missing."""
        header = self.columns[0] if len(self.columns) == 1 else ""
        for mark, name in SEPARATORS.items():
            if mark in header:
                return f"its columns are separated by {name}: deriv reads commas"
        return f"its columns are {', '.join(self.columns)}"

    def fixed(self, name: str) -> Coordinate | None:
        """Columns have no one value."""
        return None

    def extended(self, name: str) -> "Table":
        """The same rows with one more coordinate, 0."""
        return replace(self, names=(*self.names, name), zeros=self.zeros | {name})

    def rows(self, size: int) -> Iterator[PointBlock]:
        """The rows in blocks of up to a size. Raises RequestError where the file cannot be read on, and PointError at
        its end if not one row was a point."""
        needed = [name for name in self.names if name not in self.zeros]
        first, usable, fault = 0, False, ""
        with readable(self.path):
            for batch in self.read([*needed, *self.others]):
                columns = {name: numbers(batch[name]) for name in needed}
                length = len(columns[needed[0]][0])
                floats = np.stack([columns[name][0] if name in columns else np.zeros(length) for name in self.names])
                faults = {row: _fault(name, batch[name][row]) for name in needed for row in columns[name][1]}
                others = {name: batch[name].cast(kind) for name, kind in self.others.items()}
                usable = usable or len(faults) < length
                if faults and not fault:
                    fault = f", such as row {first + min(faults) + 1:,}: {faults[min(faults)]}"
                for start in range(0, length, size):
                    here = tuple((first + i + 1, faults[i]) for i in sorted(faults) if start <= i < start + size)
                    along = {name: _piece(column, start, size) for name, column in others.items()}
                    yield PointBlock(first + start, floats[:, start : start + size], here, along)
                first += length
        if first and not usable:
            raise PointError(f"there is no point: not one row can be read{fault}")


def open_table(path: str, *, whole: bool = False) -> Table:
    """A file of points, its columns known and its rows still to be read. Raises RequestError.

    `whole`: the columns that are no coordinates go along with the points, as far as any kind of file can hold them.
    """
    name = "standard input" if path == "-" else path
    with readable(name):
        file = open_points(path)
    columns = tuple(file.columns)
    others = {name: kind for name, kind in file.types.items() if columns.count(name) == 1} if whole else {}
    return Table(name, columns, file.read, file.count, tuple(filter(str.isidentifier, columns)), others=others)


@contextmanager
def readable(path: str) -> Iterator[None]:
    """What a library says of a file that it cannot read, as RequestError."""
    try:
        yield
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # pyarrow.ArrowInvalid, UnicodeDecodeError
        raise RequestError(f"{path} cannot be read: {str(error).partition(chr(10))[0]}") from None


def numbers(column: Any) -> tuple[Array, list[int]]:
    """A column as the nearest float64, NaN where there is no finite number, and the rows where there is none."""
    values = None if isinstance(column, list) else _cast(column)
    if values is None:
        items = column if isinstance(column, list) else column.to_pylist()
        values = np.array([_number(item) for item in items], dtype=float)
    finite = np.isfinite(values)
    return np.where(finite, values, math.nan), np.flatnonzero(~finite).tolist()


def _cast(column: Any) -> Array | None:
    """A column as float64 by Arrow; None where that has no such cast: texts that are no numbers among them, lists."""
    try:
        if str(column.type).startswith("decimal"):
            column = column.cast("string")  # Arrow divides an integer by a power of ten, and rounds both
        return column.cast("float64", safe=False).to_numpy(zero_copy_only=False)
    except pyarrow().ArrowException:
        return None


def _piece(column: Any, start: int, size: int) -> Any:
    """A part of a column, copied: to another process a mere slice would take all of the column along."""
    return pyarrow().concat_arrays([column.slice(start, size)])


def _number(item: Any) -> float:
    try:
        return math.nan if isinstance(item, bool) else float(item)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _fault(name: str, item: Any) -> str:
    """Why a row has no point."""
    if isinstance(item, Unreadable):
        return f"it is {item.text!r}, and no JSON object"
    value = item.as_py() if hasattr(item, "as_py") else item
    return f"{name} is {'missing' if value is None or value == '' else repr(value)}"
