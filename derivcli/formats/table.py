"""A table for people: methods down, derivatives across, and the verdict."""

import io
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from derivcli.formats import _words
from derivcli.formats._page import Page
from derivcli.records import Outcome, Report
from derivcli.text import Table

STYLES = {Outcome.AGREE: "green", Outcome.DISAGREE: "bold red"}


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(reports):
        block = "\n".join(show(_words.page(report), coloured=coloured))
        yield ("\n" if i else "") + block


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Headings, tables, the verdict with its notes, and further lines, which stay whole: commands are copied."""
    parts: list[Text | RichTable] = [Text(line) for line in page.headings]
    for table in page.tables:
        parts += [Text(), *([Text(table.caption)] if table.caption else []), _lay_out(table)]
    if page.closing:
        verdict, *notes = page.closing
        parts += [Text(), Text(verdict, style=STYLES.get(page.outcome, "bold yellow") if page.outcome else "")]
        parts += [Text(note, style="dim") for note in notes]
    parts += [Text(line, no_wrap=True) for line in page.after]
    yield from _print(parts, coloured=coloured)


def _print(parts: Iterable[Text | RichTable], *, coloured: bool) -> list[str]:
    """What rich makes of texts and tables; in a pipe nothing is coloured, wrapped or cut."""
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=coloured, no_color=not coloured, width=None if coloured else 10_000)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))
    return [line.rstrip() for line in buffer.getvalue().splitlines()]


def _lay_out(table: Table) -> RichTable:
    columns = RichTable(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for title in table.titles:
        columns.add_column(Text(title), overflow="fold")
    for row in table.rows:
        columns.add_row(*map(Text, row))
    return columns
