"""One line of JSON for each request, as it is finished."""

from collections.abc import Iterable, Iterator

from derivcli.formats.json import document, text
from derivcli.records import Failure, Report


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """The documents of `json`, one a line."""
    return (text(document(report)) for report in reports)
