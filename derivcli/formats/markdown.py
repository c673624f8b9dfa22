"""A Markdown table with the verdict in bold, for issues, notebooks and READMEs."""

from collections.abc import Iterable, Iterator

from derivcli.formats import _words
from derivcli.records import Failure, Report


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(_words.succeeded(reports)):
        if i:
            yield ""
        yield from (f"`{line}`  " for line in _words.headings(report))
        for grid in _words.grids(report):
            yield ""
            yield _row(grid.titles)
            yield _row(("---",) * len(grid.titles))
            yield from map(_row, grid.rows)
        yield ""
        verdict, *notes = _words.closing(report)
        word, _, rest = verdict.partition(":")
        yield f"**{word}**:{rest}"
        yield from (f"- {note}" for note in notes)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
