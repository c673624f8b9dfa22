"""A table of texts → lines of a width: fewer digits, then fewer columns, then a block a row; no number is folded."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from rich.cells import cell_len

from derivcli.text import Table

GAP = 3  # columns between two columns
DIGITS = (12, 10, 8, 6)  # to which numbers are shortened, one after the other
NUMBER = re.compile(r"-?\d+\.?\d*(e[+-]?\d+)?")
MAX_LINES = 20  # rows at a terminal


def fit(table: Table, width: int | None) -> Iterator[str]:
    """The lines of a table, the titles first; None is any width, as in a pipe."""
    if width is None or _width(table) <= width:
        yield from _lines(table)
        return
    shorter = (_with_digits(each, digits) for each in (table, _telling(table)) for digits in (None, *DIGITS))
    fitting = next((each for each in shorter if _width(each) <= width), None)
    yield from _lines(fitting) if fitting else _blocks(table, width)


def at_terminal(table: Table) -> tuple[Table, int]:
    """The first rows of many, those that are wrong before the others, and how many are left out."""
    if len(table.rows) <= MAX_LINES:
        return table, 0
    kept = sorted(range(len(table.rows)), key=lambda i: i not in table.wrong)[:MAX_LINES]
    wrong = frozenset(k for k, i in enumerate(kept) if i in table.wrong)
    return replace(table, rows=tuple(table.rows[i] for i in kept), wrong=wrong), len(table.rows) - MAX_LINES


def _lines(table: Table) -> Iterator[str]:
    widths = _widths(table)
    for row in (table.titles, *table.rows):
        cells = (cell + " " * (width - _length(cell)) for cell, width in zip(row, widths, strict=True))
        yield (" " * GAP).join(cells).rstrip()


def _widths(table: Table) -> list[int]:
    return [max(map(_length, column)) for column in zip(table.titles, *table.rows, strict=True)]


def _width(table: Table) -> int:
    widths = _widths(table)
    return sum(widths) + GAP * (len(widths) - 1)


def _length(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _telling(table: Table) -> Table:
    """Without the columns that say the same in every row, but for the first."""
    columns = list(zip(*table.rows, strict=True))
    kept = [i for i, column in enumerate(columns) if i == 0 or len(table.rows) == 1 or len(set(column)) > 1]
    rows = tuple(tuple(row[i] for i in kept) for row in table.rows)
    return replace(table, titles=tuple(table.titles[i] for i in kept), rows=rows)


def _with_digits(table: Table, digits: int | None) -> Table:
    if digits is None:
        return table
    return replace(table, rows=tuple(tuple(shortened(cell, digits) for cell in row) for row in table.rows))


def shortened(cell: str, digits: int) -> str:
    """A cell whose numbers have at most so many digits; … says that there are more."""

    def shorter(match: re.Match[str]) -> str:
        text = match[0]
        if len(Decimal(text).as_tuple().digits) <= digits:
            return text
        short = f"{Decimal(text):.{digits}g}"
        return f"{short}…" if "e" not in short else short.replace("e", "…e")

    return NUMBER.sub(shorter, cell)


def _blocks(table: Table, width: int) -> Iterator[str]:
    """Each row turned, a title and its cell a line."""
    longest = max(map(_length, table.titles))
    for i, row in enumerate(table.rows):
        yield from [""] * (i > 0)
        for title, cell in zip(table.titles, row, strict=True):
            start = title + " " * (longest - _length(title) + GAP)
            yield start + (cell if _length(start + cell) <= width else shortened(cell, DIGITS[-1]))
