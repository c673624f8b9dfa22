"""What the formats share: the records that they pass on, pyarrow, and files of text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from derivcli.errors import RequestError

PORTABLE = (
    *("string", "large_string", "integer", "floating", "boolean", "decimal"),
    *("date", "time", "timestamp", "duration"),
)  # types

Batch = dict[str, Any]  # column → an Arrow array, or a list of texts and numbers
Read = Callable[[Sequence[str]], Iterator[Batch]]  # from the columns that are needed


@dataclass(frozen=True, slots=True)
class PointFile:
    """A file whose rows are still to be read."""

    columns: Sequence[str]
    read: Read
    count: int | None  # about how many rows
    types: Mapping[str, Any] = field(default_factory=dict)  # the Arrow types of columns that any kind of file can hold


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no record, in the place of its values."""

    text: str


class Writer(Protocol):
    """What takes record batches one after the other, as the writers of pyarrow do."""

    def write_batch(self, batch: Any) -> None: ...

    def close(self) -> None: ...


def pyarrow(module: str = "") -> Any:
    """pyarrow, or a module of it. Raises RequestError where it is not installed."""
    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ModuleNotFoundError:
        raise RequestError("files of points need pyarrow", hint='pip install "derivcli[data]"') from None


def portable_types(schema: Any) -> dict[str, Any]:
    """The types of the columns that are neither nested nor exotic; of a dictionary, those of its values."""
    types = pyarrow("types")
    values = {each.name: each.type.value_type if types.is_dictionary(each.type) else each.type for each in schema}
    return {name: kind for name, kind in values.items() if any(getattr(types, f"is_{each}")(kind) for each in PORTABLE)}


def open_text(path: str) -> tuple[BinaryIO, int]:
    """A file, open until its rows are read, and its size in bytes."""
    return Path(path).open("rb"), Path(path).stat().st_size


def estimate_lines(stream: Any, size: int | None) -> int | None:
    """About how many lines so many bytes have, by the next few of them."""
    if size is None:
        return None
    ahead = stream.peek()
    return size * max(ahead.count(b"\n"), 1) // max(len(ahead), 1)
