"""What `deriv plot` was asked → a `Picture`: curves over one interval, or a field over two."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derivcli.backends.balls import float_value
from derivcli.drawings._picture import Axis, Picture
from derivcli.engine.problem import to_problem
from derivcli.errors import PointError, RequestError
from derivcli.features.plot.captions import notes
from derivcli.features.plot.curves import panels
from derivcli.features.plot.fields import field_panel
from derivcli.features.plot.judged_curve import judge_curve
from derivcli.features.plot.method_errors import errors_panel
from derivcli.features.plot.request import PlotOptions
from derivcli.features.plot.step_errors import steps_panel
from derivcli.features.plot.tangents import tangents
from derivcli.formula.tree import unparse
from derivcli.records import Problem
from derivcli.requests.intervals import Intervals, ordered
from derivcli.requests.points import Points
from derivcli.requests.request import Request
from derivcli.text import shorten

MAX_CURVES = 12
MAX_TITLE = 70  # characters of a title


def plot(request: Request, intervals: Intervals, at: Points | None, chosen: PlotOptions) -> Picture:
    """The picture of a request. Raises DerivError."""
    problem = to_problem(request)
    names = request.program.variables
    axes = [Axis(each.name, each.low, each.high) for each in ordered(intervals, names)] if intervals else []
    if at is not None:
        at = at.ordered(names)
    if at is not None and axes:
        _refuse_outside(at, axes)
    title = chosen.title or _title(problem)
    if chosen.steps:
        panel, said = steps_panel(problem, at)
        return Picture(chosen.title or f"difference quotients of {title}", (panel,), tuple(said))
    if len(axes) == 2:
        panel, said = field_panel(problem, axes, at)
        return Picture(title, (panel,), tuple(said))
    return _of_curves(problem, axes[0], at, replace(chosen, title=title))


def _of_curves(problem: Problem, axis: Axis, at: Points | None, chosen: PlotOptions) -> Picture:
    outputs = range(len(problem.program.outputs))
    if len(outputs) * (len(problem.partials) + 1) > MAX_CURVES:
        raise RequestError(f"more than {MAX_CURVES} curves cannot be told apart", hint="fewer formulas, or --order 1")
    judged = [judge_curve(problem, o, (axis.low, axis.high), chosen.samples) for o in outputs]
    drawn = panels(judged, axis)
    lines, said = tangents(judged, at, axis)
    drawn[0] = replace(drawn[0], curves=(*drawn[0].curves, *lines))
    drawn += [errors_panel(judged, axis)] if chosen.errors else []
    return Picture(chosen.title, tuple(drawn), (*(note for t in judged for note in notes(t)), *said))


def _refuse_outside(at: Points, axes: Sequence[Axis]) -> None:
    for point, texts in zip(at.points, at.texts, strict=True):
        for axis, coordinate, text in zip(axes, point, texts, strict=True):
            if not axis.low <= float_value(coordinate) <= axis.high:
                message = f"{axis.label} = {text} lies outside the picture, which shows {axis.low:g} to {axis.high:g}"
                raise PointError(message, hint="widen --over, or move --at")


def _title(problem: Problem) -> str:
    if len(problem.program.outputs) > 3:
        return shorten(problem.formula.text, MAX_TITLE)
    return ", ".join(_titles(problem, ", ".join(problem.program.variables)))


def _titles(problem: Problem, names: str) -> Iterator[str]:
    trees = problem.formula.read or problem.formula.outputs
    for o, tree in enumerate(trees):
        below = str(o + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) if len(trees) > 1 else ""
        yield f"f{below}({names}) = {shorten(unparse(tree), MAX_TITLE)}"
