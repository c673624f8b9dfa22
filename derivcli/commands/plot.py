"""Draw a formula and its derivatives: terminal, PNG, SVG, PDF."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from derivcli import plugins, terminal
from derivcli.commands._options import LEVEL, SHAPES, SWEEPS, VECTORS, command
from derivcli.commands._output import Output
from derivcli.drawings._sheet import Sheet
from derivcli.errors import DerivError, Exit, RequestError
from derivcli.files._atomic import opened
from derivcli.requests.options import Options
from derivcli.requests.points import Points, parse_points

EXAMPLES = (
    'deriv plot "abs(x)"',
    'deriv plot "tan(x)" --over x=-pi..pi --errors --out tan.svg',
    'deriv plot "exp(x)" --steps --at x=1',
)
MAX_TANGENTS = 5
HALF = 5  # of the interval that is drawn, unless --over says another
BINARY = {"png", "pdf"}  # which no terminal shows


@command(
    without=("zip_", "samples", "seed", "wrt", "at_rounded", "format_", "quiet", *LEVEL, *SHAPES, *VECTORS, *SWEEPS),
    told={"at": "Draw the tangent there: x=1.", "order": "Draw f and its derivatives up to this order."},
)
def run(
    expressions: Annotated[list[str], typer.Argument(metavar="EXPR...", help="Formulas in one or two variables.")],
    *,
    options: Options,
    output: Output,
    over: Annotated[
        list[str] | None,
        typer.Option(metavar="BOX", help="x=-5..5, unless it is said | x=-2..2,y=-1..1."),
    ] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Each method's error in a second panel.")] = False,
    steps: Annotated[bool, typer.Option("--steps", help="Instead: errors against the step h at --at.")] = False,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="Write FILE.png, .svg, .pdf, .txt, .json.")
    ] = "-",
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"One of {', '.join(plugins.names('drawings'))}.")
    ] = "",
    samples: Annotated[int, typer.Option(metavar="N", min=2, max=20_000, help="Points to begin with.")] = 601,
    width: Annotated[
        float | None, typer.Option(metavar="W", min=1, max=1000, help="Columns, or inches in a file.")
    ] = None,
    height: Annotated[
        float | None, typer.Option(metavar="H", min=1, max=1000, help="Rows, or inches in a file.")
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="Instead of the formula.")] = "",
) -> Exit:
    """Draw a formula and its derivatives: terminal, PNG, SVG, PDF."""
    name = format_ or (Path(out).suffix.removeprefix(".") if out != "-" else "txt")
    try:
        _check(out, name, chosen=bool(format_))
        from derivcli.features.plot.request import PlotOptions, from_intervals
        from derivcli.requests.intervals import default_box, parse_intervals

        if not over and not steps:
            over = default_box([text.strip() for text in expressions], HALF, options)
        intervals, points = parse_intervals(over or ()), _points(options.at)
        request = from_intervals([text.strip() for text in expressions], intervals, options)
        with opened(out) as stream:  # so that nothing is computed where nothing can be written
            from derivcli.features.plot.plot import plot

            picture = plot(request, intervals, points, PlotOptions(samples, errors=errors, steps=steps, title=title))
            sheet = Sheet(width, height, coloured=out == "-" and output.coloured)
            drawn = plugins.load("drawings", name).render(picture, sheet)
            if out == "-" and name == "txt":
                drawn = terminal.spelt(drawn.decode(), sys.stdout).encode(sys.stdout.encoding or "utf-8")
            stream.write(drawn)
    except DerivError as error:
        terminal.fail(error, as_json=name == "json", colour=output.colour)
        return Exit.USAGE
    return Exit.AGREE


def _points(texts: Sequence[str]) -> Points | None:
    """The points of the tangents. Raises RequestError for many."""
    points = parse_points(texts) if texts else None
    if points is not None and (len(points) > MAX_TANGENTS or not isinstance(points, Points)):
        raise RequestError(f"{len(points):,} tangents are too many", hint=f"at most {MAX_TANGENTS}")
    return points


def _check(out: str, name: str, *, chosen: bool) -> None:
    """Raise RequestError for a drawing that is unknown, or that a terminal does not show."""
    known = plugins.names("drawings")
    if not chosen and name not in known:
        message = f"unknown suffix '.{name}'" if name else f"the file name '{out}' has no suffix"
        raise RequestError(message, hint=f"known: {', '.join(f'.{each}' for each in known)}")
    plugins.check("drawings", name)
    if out == "-" and name in BINARY and sys.stdout.isatty():
        raise RequestError(f"a terminal does not show {name.upper()}", hint=f"--out picture.{name}")
