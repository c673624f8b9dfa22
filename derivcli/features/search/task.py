"""What is to be searched: a formula, its derivatives, and a box."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derivcli.engine.problem import to_problem
from derivcli.features.search.literals import Texts, coordinate
from derivcli.records import Problem
from derivcli.requests.intervals import Intervals, ordered, parse_intervals, request_over
from derivcli.requests.options import Options
from derivcli.requests.points import Points
from derivcli.requests.request import Request


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A request in a box, and as a problem at one corner of it."""

    request: Request
    box: Intervals
    problem: Problem

    @property
    def options(self) -> Options:
        return self.request.options

    @property
    def widths(self) -> list[float]:
        return [interval.width for interval in self.box]


def parse_task(text: str, over: Sequence[str], options: Options) -> Task:
    """What is to be searched. Raises DerivError: a variable without an interval, an interval without a variable, …"""
    intervals = parse_intervals(over)
    request = request_over([text], intervals, options)
    box = ordered(intervals, request.program.variables)
    corner = tuple(interval.texts[0] for interval in box)
    return Task(request, box, to_problem(request_at(request, [corner])))


def request_at(request: Request, points: Sequence[Texts]) -> Request:
    """The same request at these points."""
    coordinates = tuple(tuple(map(coordinate, point)) for point in points)
    return replace(request, points=Points(request.program.variables, coordinates, tuple(points)))
