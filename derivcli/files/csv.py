"""CSV: the first line names the columns; quotes, CRLF and a byte-order mark are understood."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from typing import Any, BinaryIO

from derivcli.files._reader import Batch, PointFile, Writer, estimate_lines, open_text, pyarrow

SUFFIXES = (".csv",)
BEGINNINGS = ()
STDOUT = True
BOM = b"\xef\xbb\xbf"


def open_file(path: str) -> PointFile:
    return open_stream(*open_text(path))


def open_stream(stream: BinaryIO, size: int | None) -> PointFile:
    """Columns are read as texts, so that one word among a million numbers costs one row."""
    arrow_csv = pyarrow("csv")
    header = stream.readline().removeprefix(BOM)
    try:
        columns = [name.strip() for name in next(csv.reader([header.decode()]), [])]
    except csv.Error as error:
        raise ValueError(f"its first line is no list of columns: {error}") from None
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

    return PointFile(columns, read, estimate_lines(stream, size), dict.fromkeys(columns, pyarrow().string()))


def open_writer(stream: BinaryIO, schema: Any) -> Writer:
    return pyarrow("csv").CSVWriter(stream, schema)
