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
from derivcli.features.plot.judged_curve import trace
from derivcli.features.plot.method_errors import errors_panel
from derivcli.features.plot.request import PlotOptions
from derivcli.features.plot.step_errors import steps_panel
from derivcli.features.plot.tangents import tangents
from derivcli.formula.tree import unparse
from derivcli.records import Problem
from derivcli.requests.intervals import Intervals, ordered
from derivcli.requests.points import Points
from derivcli.requests.request import Request
from derivcli.text import shortened

MOST_CURVES = 12
WIDEST = 70  # characters of a title


def plot(request: Request, intervals: Intervals, at: Points | None, chosen: PlotOptions) -> Picture:
    """The picture of a request. Raises DerivError."""
    asked = to_problem(request)
    names = request.program.variables
    axes = [Axis(each.name, each.low, each.high) for each in ordered(intervals, names)] if intervals else []
    if at is not None:
        at = at.ordered(names)
    if at is not None and axes:
        _refuse_outside(at, axes)
    title = chosen.title or _title(asked)
    if chosen.steps:
        panel, said = steps_panel(asked, at)
        return Picture(chosen.title or f"difference quotients of {title}", (panel,), tuple(said))
    if len(axes) == 2:
        panel, said = field_panel(asked, axes, at)
        return Picture(title, (panel,), tuple(said))
    return _of_curves(asked, axes[0], at, replace(chosen, title=title))


def _of_curves(asked: Problem, axis: Axis, at: Points | None, chosen: PlotOptions) -> Picture:
    outputs = range(len(asked.program.outputs))
    if len(outputs) * (len(asked.partials) + 1) > MOST_CURVES:
        raise RequestError(f"more than {MOST_CURVES} curves cannot be told apart", hint="fewer formulas, or --order 1")
    traces = [trace(asked, o, (axis.low, axis.high), chosen.samples) for o in outputs]
    drawn = panels(traces, axis)
    lines, said = tangents(traces, at, axis)
    drawn[0] = replace(drawn[0], curves=(*drawn[0].curves, *lines))
    drawn += [errors_panel(traces, axis)] if chosen.errors else []
    return Picture(chosen.title, tuple(drawn), (*(note for t in traces for note in notes(t)), *said))


def _refuse_outside(at: Points, axes: Sequence[Axis]) -> None:
    for point, texts in zip(at.points, at.texts, strict=True):
        for axis, coordinate, text in zip(axes, point, texts, strict=True):
            if not axis.low <= float_value(coordinate) <= axis.high:
                message = f"{axis.label} = {text} lies outside the picture, which shows {axis.low:g} to {axis.high:g}"
                raise PointError(message, hint="widen --over, or move --at")


def _title(asked: Problem) -> str:
    names = ", ".join(asked.program.variables)
    return (
        ", ".join(_titles(asked, names)) if len(asked.program.outputs) <= 3 else shortened(asked.formula.text, WIDEST)
    )


def _titles(asked: Problem, names: str) -> Iterator[str]:
    trees = asked.formula.read or asked.formula.outputs
    for o, tree in enumerate(trees):
        below = str(o + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) if len(trees) > 1 else ""
        yield f"f{below}({names}) = {shortened(unparse(tree), WIDEST)}"
