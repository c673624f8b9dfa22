"""Parquet: compressed columns, with their types, in groups of rows."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from derivcli.files._reader import Batch, PointFile, Writer, portable_types, pyarrow

SUFFIXES = (".parquet",)
ROWS = 1 << 16  # in a batch


def open_file(path: str) -> PointFile:
    file = pyarrow("parquet").ParquetFile(path)

    def read(names: Sequence[str]) -> Iterator[Batch]:
        return (dict(zip(names, b.columns, strict=True)) for b in file.iter_batches(ROWS, columns=list(names)))

    return PointFile(file.schema_arrow.names, read, file.metadata.num_rows, portable_types(file.schema_arrow))


def open_writer(stream: BinaryIO, schema: Any) -> Writer:
    """Numbers hardly repeat: for them a dictionary or a strong compression costs more than it saves."""
    return pyarrow("parquet").ParquetWriter(stream, schema, use_dictionary=["verdict"], compression="snappy")
