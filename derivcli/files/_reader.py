"""A file of points → the names of its columns, and what reads some of them, batch by batch.

CSV      the first line names the columns; quotes, CRLF and a byte-order mark are understood
Arrow    the IPC file format, or the stream format
-        CSV or JSON lines from standard input
"""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from derivcli.errors import RequestError

BOM = b"\xef\xbb\xbf"
LINES = 10_000  # of JSON, in a batch
MAGIC = b"ARROW1"  # at the start of the file format; a stream has none
PLAIN = ("string", "large_string", "integer", "floating", "boolean", "decimal", "date", "time", "timestamp", "duration")

Batch = dict[str, Any]  # column → an Arrow array, or a list of texts and numbers
Read = Callable[[Sequence[str]], Iterator[Batch]]  # from the columns that are needed


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose rows are still to be read."""

    columns: Sequence[str]
    read: Read
    count: int | None  # about how many rows
    types: Mapping[str, Any] = field(default_factory=dict)  # the Arrow types of columns that any kind of file can hold


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no record, in the place of its values."""

    text: str


def open_csv(path: str) -> Opened:
    stream = Path(path).open("rb")  # noqa: SIM115 — open while its rows are read
    return _csv(stream, Path(path).stat().st_size)


def _csv(stream: BinaryIO, size: int | None) -> Opened:
    """Columns are read as texts, so that one word among a million numbers costs one row."""
    arrow_csv = arrow("csv")
    header = stream.readline().removeprefix(BOM)
    columns = [name.strip() for name in next(csv.reader([header.decode()]), [])]
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

    return Opened(columns, read, size and _lines(stream, size), dict.fromkeys(columns, arrow().string()))


def open_parquet(path: str) -> Opened:
    file = arrow("parquet").ParquetFile(path)

    def read(names: Sequence[str]) -> Iterator[Batch]:
        return (dict(zip(names, b.columns, strict=True)) for b in file.iter_batches(1 << 16, columns=list(names)))

    return Opened(file.schema_arrow.names, read, file.metadata.num_rows, _types(file.schema_arrow))


def open_arrow(path: str) -> Opened:
    ipc = arrow("ipc")
    source = arrow().memory_map(path)
    whole = source.read(len(MAGIC)) == MAGIC
    source.seek(0)
    try:
        file = ipc.open_file(source) if whole else ipc.open_stream(source)
    except (ValueError, OSError):
        raise ValueError("it is no Arrow file, or its end is missing") from None
    batches, count = file, None
    if whole:
        batches = [file.get_batch(i) for i in range(file.num_record_batches)]  # of a mapped file: nothing is read yet
        count = sum(batch.num_rows for batch in batches)

    def read(names: Sequence[str]) -> Iterator[Batch]:
        return ({name: batch.column(name) for name in names} for batch in batches)

    return Opened(file.schema.names, read, count, _types(file.schema))


def _types(schema: Any) -> dict[str, Any]:
    """The types of the columns that are neither nested nor exotic; of a dictionary, those of its values."""
    types = arrow("types")
    values = {each.name: each.type.value_type if types.is_dictionary(each.type) else each.type for each in schema}
    return {name: kind for name, kind in values.items() if any(getattr(types, f"is_{each}")(kind) for each in PLAIN)}


def open_jsonl(path: str) -> Opened:
    stream = Path(path).open("rb")  # noqa: SIM115 — open while its rows are read
    return _jsonl(stream, Path(path).stat().st_size)


def _jsonl(stream: BinaryIO, size: int | None) -> Opened:
    lines = (line for line in stream if line.strip())
    first = next(lines, b"")
    record = _record(first)
    if isinstance(record, Unreadable):
        raise ValueError(f'its lines are objects such as {{"x": 1}}, but the first is {record.text!r}')

    def read(names: Sequence[str]) -> Iterator[Batch]:
        records = map(_record, chain([first], lines))
        with closing(stream) if size else nullcontext():
            while batch := list(islice(records, LINES)):
                yield {name: [r if isinstance(r, Unreadable) else r.get(name) for r in batch] for name in names}

    return Opened(list(record), read, size and _lines(stream, size))


def _lines(stream: Any, size: int) -> int:
    """About how many lines so many bytes have, by the next few of them."""
    ahead = stream.peek()
    return size * max(ahead.count(b"\n"), 1) // max(len(ahead), 1)


def _record(line: bytes) -> dict[str, Any] | Unreadable:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    return record if isinstance(record, dict) else Unreadable(line.decode(errors="replace").strip())


def open_stdin() -> Opened:
    stream = sys.stdin.buffer
    ahead = stream.peek()  # type: ignore[attr-defined]  # it is a BufferedReader
    if b"\0" in ahead:
        raise RequestError("standard input must be CSV or JSON lines", hint="--points FILE reads Parquet and Arrow")
    return (_jsonl if ahead.lstrip()[:1] in (b"{", b"[") else _csv)(stream, None)


def arrow(module: str = "") -> Any:
    """pyarrow, or a module of it. Raises RequestError where it is not installed."""
    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ModuleNotFoundError:
        raise RequestError("files of points need pyarrow", hint='pip install "derivcli[data]"') from None


OPENERS: Mapping[str, Callable[[str], Opened]] = {
    "csv": open_csv,
    "parquet": open_parquet,
    "arrow": open_arrow,
    "feather": open_arrow,
    "jsonl": open_jsonl,
    "ndjson": open_jsonl,
}
