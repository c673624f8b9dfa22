"""Files of points, read in blocks: CSV, Parquet, Arrow or JSON lines → rows of coordinates.

    CSV      the first line names the columns; quotes, CRLF and a byte-order mark are understood
    Arrow    the IPC file format, or the stream format
    -        CSV or JSON lines from standard input

Columns are variables. A row with a missing or a text value is kept, without a point, and reported.
"""

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from derivcli.constants import Coordinate
from derivcli.errors import PointError, RequestError
from derivcli.records import Array
from derivcli.sources import Rows

BOM = b"\xef\xbb\xbf"
LINES = 10_000  # of JSON, in a batch

Batch = dict[str, Any]  # column → an Arrow array, or a list of texts and numbers
Reader = Callable[[Sequence[str]], Iterator[Batch]]  # from the columns that are needed


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows of a file as points; its columns are there for as long as they are read."""

    path: str
    columns: tuple[str, ...]
    read: Reader
    count: int | None  # about how many rows
    names: tuple[str, ...] = ()
    zeros: frozenset[str] = field(default=frozenset())  # coordinates beside those in the file

    def ordered(self, names: Sequence[str]) -> "Table":
        """The same rows with just these coordinates. Raises PointError where one is no column."""
        for name in names:
            if name not in (*self.columns, *self.zeros):
                hint = f"its columns are {', '.join(self.columns)}"
                raise PointError(f"{self.path} has no column '{name}'", hint=hint)
        return replace(self, names=tuple(names))

    def fixed(self, name: str) -> Coordinate | None:
        """Columns have no one value."""
        return None

    def extended(self, name: str) -> "Table":
        """The same rows with one more coordinate, 0."""
        return replace(self, names=(*self.names, name), zeros=self.zeros | {name})

    def rows(self, size: int) -> Iterator[Rows]:
        """The rows in blocks of up to a size. Raises RequestError where the file cannot be read on."""
        first = 0
        with readable(self.path):
            for batch in self.read([name for name in self.names if name not in self.zeros]):
                columns = {name: numbers(column) for name, column in batch.items()}
                length = len(next(iter(columns.values()))[0])
                floats = np.stack([columns[name][0] if name in columns else np.zeros(length) for name in self.names])
                faults = {row: f"{name} is {why}" for name in columns for row, why in columns[name][1]}
                for start in range(0, length, size):
                    here = tuple((first + i + 1, faults[i]) for i in sorted(faults) if start <= i < start + size)
                    yield Rows(first + start, floats[:, start : start + size], here)
                first += length


def open_table(path: str) -> Table:
    """A file of points, its columns known and its rows still to be read. Raises RequestError."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if path != "-" and kind not in OPENERS:
        raise RequestError(f"'{path}' is no file of points", hint=f"known: {', '.join(f'.{each}' for each in OPENERS)}")
    with readable(path):
        columns, read, count = _open_stdin() if path == "-" else OPENERS[kind](path)
    names = tuple(name for name in columns if name.isidentifier())
    return Table("standard input" if path == "-" else path, tuple(columns), read, count, names)


@contextmanager
def readable(path: str) -> Iterator[None]:
    """What a library says of a file that it cannot read, as RequestError."""
    try:
        yield
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # pyarrow.ArrowInvalid, UnicodeDecodeError
        raise RequestError(f"{path} cannot be read: {str(error).partition(chr(10))[0]}") from None


def numbers(column: Any) -> tuple[Array, list[tuple[int, str]]]:
    """A column as float64, NaN where there is no finite number, and why there is none."""
    try:
        values = column.cast("float64", safe=False).to_numpy(zero_copy_only=False)
    except (ValueError, NotImplementedError, AttributeError):  # texts among them, or a list
        items = column if isinstance(column, list) else column.to_pylist()
        values = np.array([_number(item) for item in items], dtype=float)
    bad = np.flatnonzero(~np.isfinite(values))
    return np.where(np.isfinite(values), values, math.nan), [(i, _fault(column[i])) for i in bad.tolist()]


def _number(item: Any) -> float:
    try:
        return math.nan if isinstance(item, bool) else float(item)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _fault(item: Any) -> str:
    value = item.as_py() if hasattr(item, "as_py") else item
    return "missing" if value is None or value == "" else f"{value!r}"


Opened = tuple[Sequence[str], Reader, int | None]


def _open_csv(path: str) -> Opened:
    stream = Path(path).open("rb")  # noqa: SIM115 — open while its rows are read
    return _csv(stream, Path(path).stat().st_size)


def _csv(stream: BinaryIO, size: int | None) -> Opened:
    """Columns are read as texts, so that one word among a million numbers costs one row."""
    arrow_csv = arrow("csv")
    header = stream.readline().removeprefix(BOM)
    columns = next(csv.reader([header.decode()]), [])
    if not columns:
        raise ValueError("it is empty")

    def read(names: Sequence[str]) -> Iterator[Batch]:
        texts = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, "string"), include_columns=list(names))
        options = arrow_csv.ReadOptions(column_names=columns, block_size=1 << 20)
        try:
            batches = arrow_csv.open_csv(stream, read_options=options, convert_options=texts)
        except ValueError as error:
            if "Empty CSV" in str(error):
                return
            raise
        with closing(stream) if size else nullcontext():  # standard input stays open
            for batch in batches:
                yield dict(zip(names, batch.columns, strict=True))

    return columns, read, size and _lines(stream, size)


def _open_parquet(path: str) -> Opened:
    file = arrow("parquet").ParquetFile(path)

    def read(names: Sequence[str]) -> Iterator[Batch]:
        return (dict(zip(names, b.columns, strict=True)) for b in file.iter_batches(1 << 16, columns=list(names)))

    return file.schema_arrow.names, read, file.metadata.num_rows


def _open_arrow(path: str) -> Opened:
    ipc = arrow("ipc")
    source = arrow().memory_map(path)
    try:
        file = ipc.open_file(source)
        batches = [file.get_batch(i) for i in range(file.num_record_batches)]  # of a mapped file: nothing is read yet
        count = sum(batch.num_rows for batch in batches)
    except ValueError:
        source.seek(0)
        file = batches = ipc.open_stream(source)
        count = None
    return file.schema.names, lambda names: ({name: b.column(name) for name in names} for b in batches), count


def _open_jsonl(path: str) -> Opened:
    stream = Path(path).open("rb")  # noqa: SIM115 — open while its rows are read
    return _jsonl(stream, Path(path).stat().st_size)


def _jsonl(stream: BinaryIO, size: int | None) -> Opened:
    lines = (line for line in stream if line.strip())
    first = next(lines, b"")
    if not isinstance(_record(first), dict):
        raise ValueError("its first line is not a JSON object")

    def read(names: Sequence[str]) -> Iterator[Batch]:
        records = map(_record, chain([first], lines))
        with closing(stream) if size else nullcontext():
            while batch := list(islice(records, LINES)):
                yield {name: [record.get(name) for record in batch] for name in names}

    return list(_record(first)), read, size and _lines(stream, size)


def _lines(stream: Any, size: int) -> int:
    """About how many lines so many bytes have, by the next few of them."""
    ahead = stream.peek()
    return size * max(ahead.count(b"\n"), 1) // max(len(ahead), 1)


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _open_stdin() -> Opened:
    stream = sys.stdin.buffer
    start = stream.peek(1)[:1]  # type: ignore[attr-defined]  # it is a BufferedReader
    return (_jsonl if start == b"{" else _csv)(stream, None)


OPENERS: dict[str, Callable[[str], Opened]] = {
    "csv": _open_csv,
    "parquet": _open_parquet,
    "arrow": _open_arrow,
    "feather": _open_arrow,
    "jsonl": _open_jsonl,
    "ndjson": _open_jsonl,
}


def arrow(module: str = "") -> Any:
    """pyarrow, or a module of it. Raises RequestError where it is not installed."""
    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ModuleNotFoundError:
        raise RequestError("files of points need pyarrow", hint='pip install "derivcli[data]"') from None
