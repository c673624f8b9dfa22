"""JSON lines: an object a row; NaN and infinities are the strings "nan", "inf", "-inf", and dates are strings."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

from derivcli.files._reader import Batch, PointFile, Unreadable, Writer, estimate_lines, open_text
from derivcli.text import json_number

SUFFIXES = (".jsonl", ".ndjson")
BEGINNINGS = (b"{", b"[")
LINES = 10_000  # in a batch


def open_file(path: str) -> PointFile:
    return open_stream(*open_text(path))


def open_stream(stream: BinaryIO, size: int | None) -> PointFile:
    """The keys of the first record are the columns."""
    lines = (line for line in stream if line.strip())
    first = next(lines, b"")
    record = _record(first)
    if isinstance(record, Unreadable):
        raise ValueError(f'its lines are objects such as {{"x": 1}}, but the first is {record.text!r}')

    def read(names: Sequence[str]) -> Iterator[Batch]:
        records = map(_record, chain([first], lines))
        with closing(stream) if size else nullcontext():  # standard input stays open
            while batch := list(islice(records, LINES)):
                yield {name: [r if isinstance(r, Unreadable) else r.get(name) for r in batch] for name in names}

    return PointFile(list(record), read, estimate_lines(stream, size))


def _record(line: bytes) -> dict[str, Any] | Unreadable:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    return record if isinstance(record, dict) else Unreadable(line.decode(errors="replace").strip())


def open_writer(stream: BinaryIO, _: Any) -> Writer:
    return JsonLines(stream)


@dataclass(frozen=True, slots=True)
class JsonLines:
    """One strict JSON object a row."""

    stream: BinaryIO

    def write_batch(self, batch: Any) -> None:
        for row in batch.to_pylist():
            record = {name: json_number(value) if isinstance(value, float) else value for name, value in row.items()}
            self.stream.write(json.dumps(record, allow_nan=False, default=str).encode() + b"\n")

    def close(self) -> None:
        self.stream.flush()
