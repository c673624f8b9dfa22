"""A Markdown table with the verdict in bold, for issues, notebooks and READMEs."""

from collections.abc import Iterable, Iterator

from derivcli.formats import _words
from derivcli.formats._page import Page
from derivcli.records import Report


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(reports):
        if i:
            yield ""
        yield from show(_words.page(report))


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Headings and further lines as code, the verdict in bold, its notes as a list."""
    yield from (f"`{line}`  " for line in page.headings)
    for table in page.tables:
        yield ""
        if table.caption:
            yield from (f"**{table.caption}**", "")
        yield _row(table.titles)
        yield _row(("---",) * len(table.titles))
        yield from map(_row, table.rows)
    if page.closing:
        verdict, *notes = page.closing
        word, _, rest = verdict.partition(":")
        yield from ("", f"**{word}**:{rest}")
        yield from (f"- {note}" for note in notes)
    if page.after:
        yield from ("", "```", *(line for line in page.after if line), "```")


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
