"""One line of JSON for each request, as it is finished."""

from collections.abc import Iterable, Iterator

from derivcli.formats._page import Page
from derivcli.formats.json import document
from derivcli.records import Failure, Report
from derivcli.text import strict_json


def render(reports: Iterable[Report | Failure], *, coloured: bool = False) -> Iterator[str]:
    """The documents of `json`, one a line."""
    return (strict_json(document(report)) for report in reports)


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Its record, on one line."""
    yield strict_json(page.record)
