"""A table for people: methods down, derivatives across, and the verdict."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape

from rich.console import Console
from rich.text import Text

from derivcli import terminal
from derivcli.formats import _words
from derivcli.formats._layout import at_terminal, fit
from derivcli.formats._page import Page
from derivcli.records import Outcome, Report
from derivcli.text import Table

STYLES = {Outcome.AGREE: "green", Outcome.DISAGREE: "bold red"}


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(reports):
        block = "\n".join(show(_words.page(report), coloured=coloured))
        yield ("\n" if i else "") + block


def html(report: Report) -> str:
    """A report as HTML: its lines, with the tables as tables and their wrong rows in red."""
    page = _words.page(report)
    lines = [f"<p>{escape(line)}</p>" for line in page.headings]
    for table in page.tables:
        titles = "".join(f"<th>{escape(title)}</th>" for title in table.titles)
        lines.append(f"<table><tr>{titles}</tr>")
        for i, row in enumerate(table.rows):
            style = ' style="color: red"' if i in table.wrong else ""
            lines.append(f"<tr{style}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>")
        lines.append("</table>")
    return "\n".join((*lines, *(f"<p>{escape(line)}</p>" for line in page.closing)))


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Headings, tables, the verdict with its notes, and further lines, which stay whole: commands are copied."""
    width = terminal.width()
    parts = [Text(line) for line in page.headings]
    for table in page.tables:
        parts += [Text(), *([Text(table.caption)] if table.caption else []), *_lay_out(table, width)]
    if page.closing:
        verdict, *notes = page.closing
        parts += [Text(), Text(verdict, style=STYLES.get(page.outcome, "bold yellow") if page.outcome else "")]
        parts += [Text(note, style="dim") for note in notes]
    parts += [Text(line) for line in page.after]
    yield from _print(parts, coloured=coloured)


def _print(parts: Iterable[Text], *, coloured: bool) -> list[str]:
    """Texts with their styles, if they are coloured; long lines are left to the terminal."""
    if not coloured:
        return [part.plain.rstrip() for part in parts]
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=True)
    for part in parts:
        console.print(part, soft_wrap=True)
    return [line.rstrip() for line in buffer.getvalue().splitlines()]


def _lay_out(table: Table, width: int | None) -> Iterator[Text]:
    """The lines of a table: at a terminal the first rows, in its width; rows that are wrong are marked, and red."""
    marked = tuple((f"✗ {row[0]}", *row[1:]) if i in table.wrong else row for i, row in enumerate(table.rows))
    shown, left = (replace(table, rows=marked), 0) if width is None else at_terminal(replace(table, rows=marked))
    for i, line in enumerate(fit(shown, width)):
        yield Text(line, style="bold" if i == 0 else "red" if line.startswith("✗") else "")
    if left:
        yield Text(f"… and {left:,} more rows, which --format csv and --out FILE have", style="dim")
