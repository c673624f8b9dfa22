"""Arrow: the IPC file format, or the stream format."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from derivcli.files._reader import Batch, PointFile, Writer, portable_types, pyarrow

SUFFIXES = (".arrow", ".feather")
MAGIC = b"ARROW1"  # at the start of the file format; a stream has none


def open_file(path: str) -> PointFile:
    ipc = pyarrow("ipc")
    source = pyarrow().memory_map(path)
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
        for batch in batches:
            batch.validate(full=True)  # damaged offsets point anywhere in memory
            yield {name: batch.column(name) for name in names}

    return PointFile(file.schema.names, read, count, portable_types(file.schema))


def open_writer(stream: BinaryIO, schema: Any) -> Writer:
    return pyarrow("ipc").new_file(stream, schema)
