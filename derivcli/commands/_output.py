"""Where the results of a command go: `--format`, `--quiet`, `--color` → an `Output` that writes reports and pages."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from derivcli import plugins, terminal
from derivcli.errors import ClosedPipeError, DerivError, Exit, InternalError

if TYPE_CHECKING:
    from derivcli.formats._page import Page
    from derivcli.records import Failure, Report, Stretch
    from derivcli.requests.request import Request

WORST_FIRST = (Exit.USAGE, Exit.DISAGREE, Exit.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Output:
    """A format, none if it was left open, and when there is colour: auto, always or never."""

    name: str
    colour: str

    def otherwise(self, name: str) -> "Output":
        """This format where none was chosen."""
        return replace(self, name=self.name or name)

    @property
    def format(self) -> ModuleType:
        return plugins.load("formats", self.name or "table")

    @property
    def errors_are_results(self) -> bool:
        """Those of json and jsonl are documents, too; the name says so, since loading a format takes a while."""
        return self.name.startswith("json")

    @property
    def coloured(self) -> bool:
        return terminal.wants_colour(self.colour)

    def write(self, records: "Iterable[Report | Failure]") -> Exit:
        """Write reports as they come, and to stderr what goes beside them; the worst of their statuses."""
        from derivcli.records import Failure

        statuses: set[Exit] = set()
        aside = getattr(self.format, "aside", lambda report: ())

        def results() -> "Iterator[Report | Failure]":
            for record in records:
                statuses.add(record.status)
                if not isinstance(record, Failure):
                    terminal.complain(*aside(record))
                elif not self.errors_are_results:
                    self.fail(record.error)
                    continue
                yield record

        self._render(results(), statuses)
        return next((status for status in WORST_FIRST if status in statuses), Exit.AGREE)

    def _render(self, results: "Iterator[Report | Failure]", statuses: set[Exit]) -> None:
        """Write results; one that cannot be written is told as an error of ours, and the others follow."""
        waiting: Iterator[Report | Failure] = results
        while True:
            try:
                return terminal.write(self.format.render(waiting, coloured=self.coloured))
            except (DerivError, ClosedPipeError):
                raise
            except Exception as error:
                fault = InternalError(
                    f"{type(error).__name__}: {error}", hint="this is a fault of deriv: please report it"
                )
                statuses.add(Exit.USAGE)
                self.fail(fault)
                waiting = results

    @property
    def has_points(self) -> bool:
        """Whether the format has a line for each point of a sweep."""
        return hasattr(self.format, "points")

    def stream(self, request: "Request") -> "Callable[[Stretch], None]":
        """What writes the points of a sweep, one stretch after the other."""
        return lambda stretch: terminal.write(self.format.points(request, stretch))

    def finish(self, report: "Report") -> None:
        """Write what is left of the report on a sweep whose points are written already."""
        terminal.write(getattr(self.format, "rest", lambda report: ())(report))
        if hasattr(self.format, "aside"):
            terminal.complain(*self.format.aside(report, written=True))

    def show(self, page: "Page") -> None:
        """Write what is more than a report."""
        terminal.write(self.format.show(page, coloured=self.coloured))

    def fail(self, error: DerivError) -> None:
        """Write an error, as a document where errors are results."""
        terminal.fail(error, as_json=self.errors_are_results, colour=self.colour)


def parse_output(
    *,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME",
            help=f"One of {', '.join(plugins.names('formats'))}.",
            autocompletion=lambda: list(plugins.names("formats")),
        ),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Just the numbers: --format plain.")] = False,
    color: Annotated[
        str,
        typer.Option(metavar="WHEN", help="auto, always or never.", autocompletion=lambda: ["auto", "always", "never"]),
    ] = "auto",
) -> Output:
    """What was typed, as an `Output`. Raises RequestError for an unknown format or colour setting."""
    name = format_ or ("plain" if quiet else "")
    if name:
        plugins.check("formats", name)
    terminal.wants_colour(color)
    return Output(name, color)
