"""Differentiate in several ways, side by side, with a verdict."""

import re
import sys
from contextlib import ExitStack, closing
from typing import Annotated

import typer

from derivcli import terminal
from derivcli.commands._options import command
from derivcli.commands._output import Output
from derivcli.errors import Exit, RequestError
from derivcli.requests.grids import PointSet
from derivcli.requests.options import Options
from derivcli.requests.points import Points
from derivcli.requests.request import Request, from_texts

EXAMPLES = (
    'deriv "x^2*sin(x)" --at x=3',
    'deriv "log(x)" --expect 1/x',
    'deriv "x^2*y" --at x=1,y=2 --hessian --format json',
)


@command()
def run(
    expressions: Annotated[list[str], typer.Argument(metavar="EXPR...", help="Formulas; - reads them from stdin.")],
    *,
    options: Options,
    output: Output,
    points: Annotated[
        str, typer.Option(metavar="FILE", help="A CSV, Parquet, Arrow or JSON lines file, or -; columns are variables.")
    ] = "",
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Every point with its values: .csv, .parquet, .arrow, .jsonl, or -.",
        ),
    ] = "",
    shard: Annotated[str, typer.Option(metavar="K/N", help="Of the requests of -, every N-th from the K-th.")] = "",
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask cluster for - or many points: tcp://HOST:8786.")
    ] = "",
) -> Exit:
    """Differentiate in several ways, side by side, with a verdict."""
    texts = [text.strip() for text in expressions]
    if texts == ["-"]:
        _refuse_in_batches(points=points, out=out)
        return _batch(options, output.otherwise("plain"), shard, scheduler)
    _refuse_outside_batches(shard=bool(shard))
    _refuse_words(texts)
    if options.at and points:
        raise RequestError("--at and --points exclude each other")
    request = from_texts(texts, options, _table(points, out))  # refused, if it is wrong, before the libraries load
    _refuse_outside_batches(scheduler=bool(scheduler) and isinstance(request.points, Points | None))
    return _answer(request, output, out, scheduler)


def _refuse_words(texts: list[str]) -> None:
    """Raise RequestError for what is no formula beside others: a point, or an option after `--`."""
    for text in texts if len(texts) > 1 else ():
        if re.fullmatch(r"[^\W\d]\w*\s*=\s*-?[\d.]+(e-?\d+)?", text) or re.fullmatch(r"-?[\d.]+(e-?\d+)?", text):
            point = text if "=" in text else f"x={text}"
            raise RequestError(f"'{text}' is no formula", hint=f"a point is written --at {point}")
        if re.match(r"--[a-z]", text):
            raise RequestError(f"'{text}' is no formula", hint="options stand before --")


def _table(points: str, out: str) -> PointSet | None:
    """The rows of `--points`, with all their columns if they are written again."""
    if not points:
        return None
    from derivcli.requests.table import open_table

    return open_table(points, whole=bool(out))


def _batch(options: Options, output: Output, shard: str, scheduler: str) -> Exit:
    """Answer the lines of standard input as they come."""
    from derivcli.engine.pools import worker_pool
    from derivcli.workers.shard import share

    mine = share(shard or "1/1")
    if sys.stdin is None:
        raise RequestError("standard input is closed", hint="deriv - reads formulas from it")
    with worker_pool(options, options.jobs or None, scheduler) as pool:
        from derivcli.engine.batch import answers  # its libraries load while the workers load theirs

        with closing(answers(sys.stdin.buffer, options, pool, mine)) as records:
            return output.write(records)


def _answer(request: Request, output: Output, out: str, scheduler: str) -> Exit:
    """Answer, and write the report to stdout, or to stderr where that takes the rows."""
    from derivcli.engine.evaluate import answer

    if not out and isinstance(request.points, Points | None):
        return output.write([answer(request)])
    from derivcli.commands._progress import progress
    from derivcli.engine.output import open_output
    from derivcli.engine.pools import worker_pool
    from derivcli.engine.sweep import ignore, sweep

    with ExitStack() as stack:
        pool = stack.enter_context(worker_pool(request.options, scheduler=scheduler))
        sink = stack.enter_context(open_output(out, request)) if out else ignore
        stream = output.stream(request) if output.has_points and not out else ignore
        bar = ignore if isinstance(request.points, Points | None) else stack.enter_context(progress(request.points))
        report = sweep(request, sink, bar, pool, stream)
    if out and (report.summary or out == "-") and getattr(output.format, "BARE", False):
        terminal.complain(*output.format.aside(report, written=True))
    elif out == "-":
        terminal.complain(*output.format.render([report], coloured=output.coloured))
    elif report.summary and output.has_points:
        output.finish(report)
    else:
        return output.write([report])
    return report.status


def _refuse_outside_batches(**given: bool) -> None:
    """Raise RequestError for an option that only a batch obeys."""
    for name in (name for name, there in given.items() if there):
        raise RequestError(f"--{name} is for batches", hint=f"deriv - --{name} … reads requests from standard input")


def _refuse_in_batches(**given: str) -> None:
    """Raise RequestError for an option that no batch obeys."""
    for name in (name for name, value in given.items() if value):
        raise RequestError(
            f"--{name} is not for batches", hint="the lines of a batch say where, and stdout has the results"
        )
