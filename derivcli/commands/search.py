"""Look for a point where a derivative is wrong or missing."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from derivcli import terminal
from derivcli.commands._options import SHAPES, SWEEPS, VECTORS, WHERE, Expression, command
from derivcli.commands._output import Output
from derivcli.errors import Exit
from derivcli.requests.options import Options

if TYPE_CHECKING:
    from derivcli.features.search.search import Counterexample, Search

EXAMPLES = (
    'deriv search "(1-cos(x))/x^2"',
    'deriv search "sqrt(x*y)" --over x=0..1,y=0..1 --all',
    'deriv search "softplus(x)" --order 2 --strict',
)
HALF = 10  # of the interval that is searched, unless --over says another
MAX_LINES = 8


@command(without=(*WHERE, "expect", *SHAPES, *VECTORS, *SWEEPS))
def run(
    expression: Expression,
    *,
    options: Options,
    output: Output,
    words: list[str],
    over: Annotated[
        list[str] | None,
        typer.Option(metavar="BOX", help="x=-10..10, unless it is said | u=-1..1,v=0..2."),
    ] = None,
    samples: Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="Points to sample.")] = 10_000,
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Show the N worst findings in full.")] = 1,
    all_: Annotated[bool, typer.Option("--all", help="Show every finding in full.")] = False,
) -> Exit:
    """Look for a point where a derivative is wrong or missing.

    The exit status is that of the worst finding: 1 where a method is wrong, 3 where there is no derivative, 0 where
    nothing was found, or only lost digits (1 with --strict).
    """
    from derivcli.features.search.search import search
    from derivcli.features.search.task import parse_task
    from derivcli.requests.intervals import default_box

    text = expression.strip()
    found = search(parse_task(text, over or default_box([text], HALF, options), options), samples)
    in_full = len(found.found) if all_ else most
    _write(found, in_full, output, lambda each: each.command(text, words))
    return max((each.status for each in found.found[:1]), default=Exit.AGREE)


def _write(search: "Search", in_full: int, output: Output, command: "Callable[[Counterexample], str]") -> None:
    """The worst findings in full and the others in a line each; in a table to stdout, else as notes and to stderr."""
    from derivcli.formats._words import page

    table = output.name in ("", "table")
    say = (lambda line: terminal.write([line])) if table else terminal.complain
    shown, others = search.found[:in_full], search.found[in_full:]
    if table:
        for found in shown:
            after = ("", *found.remarks, f"reproduce: {command(found)}", "")
            output.show(replace(page(found.report), after=after))
    else:
        output.write(found.noted(f"reproduce: {command(found)}") for found in shown)
        for found in shown:
            say(f"reproduce: {command(found)}")
    for found in others[:MAX_LINES]:
        say(f"also {found.sentence}")
    if len(others) > MAX_LINES:
        say(f"and {len(others) - MAX_LINES:,} more, which --all shows")
    left = f"; {search.left:,} of the suspects were not judged for want of time" if search.left else ""
    if not search.found:
        say(f"no counterexample in {search.points:,} points{left}")
    elif table:
        say(f"{search.points:,} points searched{left}")
