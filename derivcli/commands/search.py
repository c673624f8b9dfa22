"""Look for a point where a derivative is wrong or missing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

import derivcli
from derivcli import plugins, terminal
from derivcli.commands.evaluate import Colour, Format, Methods
from derivcli.errors import DerivError, Exit, RequestError
from derivcli.requests import request as requests
from derivcli.requests.options import METHODS, TIMEOUT, Dtype, Options

if TYPE_CHECKING:
    from derivcli.features.search.search import Counterexample, Search

HINT = "--over x=-10..10"
MOST_LINES = 8


def run(  # noqa: PLR0913, PLR0917 — one parameter an option
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="One formula.")],
    over: Annotated[list[str] | None, typer.Option(metavar="BOX", help="x=-10..10 | u=-1..1,v=0..2.")] = None,
    wrt: Annotated[list[str] | None, typer.Option(metavar="NAME", help="x, or u,u,v for one mixed partial.")] = None,
    let: Annotated[list[str] | None, typer.Option(metavar="DEF", help="a = 2 | g(t) = t^2 + 1; repeatable.")] = None,
    derivative: Annotated[
        list[str] | None, typer.Option(metavar="DEF", help="What the author of a --let claims: g(t) = 2*t.")
    ] = None,
    order: Annotated[int, typer.Option(metavar="N", help="Order of the derivatives.")] = 1,
    samples: Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="Points to sample.")] = 10_000,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the samples.")] = 0,
    most: Annotated[int, typer.Option(metavar="N", min=1, help="Show the N worst findings in full.")] = 1,
    all_: Annotated[bool, typer.Option("--all", help="Show every finding in full.")] = False,
    method: Methods = None,
    format_: Format = "table",
    dtype: Annotated[Dtype, typer.Option(help="The floats of PyTorch.")] = Dtype.FLOAT64,
    at_rounded: Annotated[bool, typer.Option("--at-rounded", help="Judge at points as rounded to DTYPE.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too: few digits, conventions.")] = False,
    timeout: Annotated[float, typer.Option(metavar="S", min=0.001, help="Seconds for each method.")] = TIMEOUT,
    color: Colour = "auto",
) -> Exit:
    """Look for a point where a derivative is wrong or missing.

    The exit status is that of the worst finding: 1 where a method is wrong, 3 where there is no derivative, 0 where
    nothing was found, or only lost digits (1 with --strict).
    """
    terminal.use_colour(color)
    options = Options(
        wrt=tuple(partial for text in wrt or () for partial in requests.parse_wrt(text)),
        order=order,
        methods=tuple(method or METHODS),
        seed=seed,
        timeout=timeout,
        strict=strict,
        lets=tuple(let or ()),
        claims=tuple(derivative or ()),
        dtype=dtype,
        at_rounded=at_rounded,
    )
    for each in options.methods:
        plugins.check("methods", each)
    plugins.check("formats", format_)
    given = {"--wrt": wrt, "--let": let, "--derivative": derivative, "--method": method}
    extra = [word for name, values in given.items() for value in values or () for word in (name, value)]
    extra += ["--order", str(order)] if order != 1 else []
    extra += ["--dtype", dtype] if dtype != Dtype.FLOAT64 else []
    extra += ["--at-rounded"] if at_rounded else []
    extra += ["--strict"] if strict else []
    try:
        if not over:
            raise RequestError("there is no box to search", hint=HINT)
        text = expression.strip()
        search = derivcli.searched(derivcli.posed(text, over, options), samples)
        in_full = len(search.found) if all_ else most
        _write(search, in_full, format_, lambda found: found.command(text, extra))
        return max((found.status for found in search.found[:1]), default=Exit.AGREE)
    except DerivError as error:
        terminal.fail(error, as_json=format_ in ("json", "jsonl"))
        return Exit.USAGE


def _write(search: "Search", in_full: int, name: str, command: "Callable[[Counterexample], str]") -> None:
    """The worst findings in full and the others in a line each; in a table to stdout, else as notes and to stderr."""
    table = name == "table"
    say = (lambda line: terminal.write([line])) if table else terminal.complain
    shown, others = search.found[:in_full], search.found[in_full:]
    if table:
        page = plugins.load("formats", name).page
        for found in shown:
            after = ("", *found.remarks, f"reproduce: {command(found)}", "")
            terminal.write([page(found.report, found.grids, after)])
    else:
        reports = [found.noted(f"reproduce: {command(found)}") for found in shown]
        terminal.write(plugins.load("formats", name).render(reports))
        for found in shown:
            say(f"reproduce: {command(found)}")
    for found in others[:MOST_LINES]:
        say(f"also {found.sentence}")
    if len(others) > MOST_LINES:
        say(f"and {len(others) - MOST_LINES:,} more, which --all shows")
    left = f"; {search.left:,} of the suspects were not judged for want of time" if search.left else ""
    if not search.found:
        say(f"no counterexample in {search.points:,} points{left}")
    elif table:
        say(f"{search.points:,} points searched{left}")
