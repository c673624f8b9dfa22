"""What is to be searched: a formula, its derivatives, and a box."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derivcli.errors import PointError, RequestError
from derivcli.intervals import Intervals, parse_intervals
from derivcli.points import Points
from derivcli.problems import problem
from derivcli.records import Problem
from derivcli.requests import Options, Request, from_texts
from derivcli.typed import Texts, coordinate


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A request with its options, in a box, and as a problem at one corner of it."""

    request: Request
    options: Options
    box: Intervals
    problem: Problem

    @property
    def widths(self) -> list[float]:
        return [interval.width for interval in self.box]


def posed(text: str, over: Sequence[str], options: Options) -> Task:
    """What is to be searched. Raises DerivError: a variable without an interval, an interval without a variable, …"""
    box = parse_intervals(over)
    corner = ",".join(f"{interval.name}={interval.texts[0]}" for interval in box)
    try:
        request = from_texts([text], replace(options, at=(corner,)))
    except PointError as error:  # the corner is a point, so that it can only lack a coordinate
        hint = error.hint.replace("--at", "--over")
        raise RequestError(error.message.replace("value", "interval"), hint=hint) from None
    by_name = {interval.name: interval for interval in box}
    names = request.program.variables
    for name in by_name:
        if name not in names:
            raise RequestError(f"there is no variable '{name}'", hint=f"the variables are {', '.join(names)}")
    return Task(request, options, tuple(by_name[name] for name in names), problem(request, options))


def request_at(request: Request, points: Sequence[Texts]) -> Request:
    """The same request at these points."""
    coordinates = tuple(tuple(map(coordinate, point)) for point in points)
    return replace(request, points=Points(request.program.variables, coordinates, tuple(points)))
