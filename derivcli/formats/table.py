"""A table for people: methods down, derivatives across, and the verdict."""

import io
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from derivcli import presentation, terminal
from derivcli.records import Failure, Report, Word

STYLES = {Word.AGREE: "green", Word.DISAGREE: "bold red"}


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """One block of lines a report."""
    first = True
    for report in reports:
        if isinstance(report, Failure):
            terminal.fail(report.error)
            continue
        yield ("" if first else "\n") + _block(report)
        first = False


def _block(report: Report) -> str:
    colour = terminal.coloured()
    # in a pipe nothing is wrapped or cut
    console = Console(file=io.StringIO(), force_terminal=colour, no_color=not colour, width=None if colour else 10_000)
    for line in presentation.headings(report):
        console.print(Text(line))
    grid = presentation.grid(report)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for title in grid.titles:
        table.add_column(Text(title), overflow="fold")
    for row in grid.rows:
        table.add_row(*map(Text, row))
    console.print()
    console.print(table)
    console.print()
    verdict, *notes = presentation.closing(report)
    console.print(Text(verdict, style=STYLES.get(report.verdict.word, "bold yellow")))
    for note in notes:
        console.print(Text(note, style="dim"))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO
    return "\n".join(line.rstrip() for line in lines)
