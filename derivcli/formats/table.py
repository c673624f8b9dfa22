"""A table for people: methods down, derivatives across, and the verdict."""

import io
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from derivcli import terminal
from derivcli.formats import _words
from derivcli.formats._words import Grid
from derivcli.records import Failure, Report, Word

STYLES = {Word.AGREE: "green", Word.DISAGREE: "bold red"}


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(_words.succeeded(reports)):
        yield ("\n" if i else "") + page(report, _words.grids(report))


def page(report: Report, grids: Iterable[Grid], after: Iterable[str] = ()) -> str:
    """Headings, grids, the verdict with its notes, and further lines, which stay whole: commands are copied."""
    verdict, *notes = _words.closing(report)
    parts: list[Text | Table] = [Text(line) for line in _words.headings(report)]
    for grid in grids:
        parts += [Text(), _table(grid)]
    parts.append(Text())
    parts.append(Text(verdict, style=STYLES.get(report.verdict.word, "bold yellow")))
    parts += [Text(note, style="dim") for note in notes]
    parts += [Text(line, no_wrap=True) for line in after]
    return laid_out(parts)


def laid_out(parts: Iterable[Text | Table]) -> str:
    """What rich makes of texts and tables; in a pipe nothing is coloured, wrapped or cut."""
    colour = terminal.coloured()
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=colour, no_color=not colour, width=None if colour else 10_000)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def _table(grid: Grid) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for title in grid.titles:
        table.add_column(Text(title), overflow="fold")
    for row in grid.rows:
        table.add_row(*map(Text, row))
    return table
