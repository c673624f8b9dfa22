"""Differentiate in several ways, side by side, with a verdict."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack, closing
from typing import Annotated

import typer

import derivcli
from derivcli import plugins, terminal
from derivcli.errors import DerivError, Exit, RequestError
from derivcli.requests import request as requests
from derivcli.requests.options import METHODS, TIMEOUT, Dtype, Options, Scheme, Step, Tolerance
from derivcli.requests.points import Points
from derivcli.requests.shapes import Shape
from derivcli.workers import shard as shards

Methods = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", metavar="NAME", help=f"One of {', '.join(plugins.names('methods'))}; repeatable.",
                 autocompletion=lambda: list(plugins.names("methods"))),
]  # fmt: skip
Format = Annotated[
    str,
    typer.Option("--format", "-f", metavar="NAME", help=f"One of {', '.join(plugins.names('formats'))}.",
                 autocompletion=lambda: list(plugins.names("formats"))),
]  # fmt: skip
Colour = Annotated[
    str,
    typer.Option(metavar="WHEN", help="auto, always or never.", autocompletion=lambda: ["auto", "always", "never"]),
]


def run(  # noqa: PLR0913, PLR0917 — one parameter an option
    expressions: Annotated[list[str], typer.Argument(metavar="EXPR...", help="Formulas; - reads them from stdin.")],
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT", help="x=3 | u=3,v=4 | x=[1,2] | x=first:last:count | x=low..high."),
    ] = None,
    points: Annotated[
        str, typer.Option(metavar="FILE", help="A CSV, Parquet, Arrow or JSON lines file, or -; columns are variables.")
    ] = "",
    samples: Annotated[int, typer.Option(metavar="N", min=0, help="Points drawn from x=low..high (1,000).")] = 0,
    zip_: Annotated[bool, typer.Option("--zip", help="Pair lists and ranges instead of taking their grid.")] = False,
    wrt: Annotated[list[str] | None, typer.Option(metavar="NAME", help="x, or u,u,v for one mixed partial.")] = None,
    let: Annotated[list[str] | None, typer.Option(metavar="DEF", help="a = 2 | g(t) = t^2 + 1; repeatable.")] = None,
    derivative: Annotated[
        list[str] | None, typer.Option(metavar="DEF", help="What the author of a --let claims: g(t) = 2*t.")
    ] = None,
    order: Annotated[int, typer.Option(metavar="N", help="Order of the derivatives.")] = 1,
    gradient: Annotated[bool, typer.Option("--gradient", help="Every first partial of one formula.")] = False,
    jacobian: Annotated[bool, typer.Option("--jacobian", help="Every first partial, as a matrix.")] = False,
    hessian: Annotated[bool, typer.Option("--hessian", help="Every second partial, with eigenvalues.")] = False,
    laplacian: Annotated[bool, typer.Option("--laplacian", help="The sum of the pure second partials.")] = False,
    divergence: Annotated[bool, typer.Option("--divergence", help="Of as many formulas as variables.")] = False,
    curl: Annotated[bool, typer.Option("--curl", help="Of three formulas in three variables.")] = False,
    accumulate: Annotated[bool, typer.Option("--accumulate", help="Sum the gradients of several formulas.")] = False,
    direction: Annotated[str, typer.Option(metavar="V", help="The derivative along 1,2 or x=1,y=2 (JVP).")] = "",
    cotangent: Annotated[str, typer.Option(metavar="W", help="The gradient of w·f: backward(gradient=w), VJP.")] = "",
    hvp: Annotated[str, typer.Option(metavar="V", help="The Hessian times a vector.")] = "",
    expect: Annotated[str, typer.Option(metavar="VALUE", help="38 | 12*x+2 | u=43,v=20 | '-0.3012 ± 5e-5'.")] = "",
    method: Methods = None,
    format_: Format = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Just the numbers: --format plain.")] = False,
    rtol: Annotated[float | None, typer.Option(metavar="R", min=0, help="|v - ref| <= ATOL + R |ref| instead.")] = None,
    atol: Annotated[float | None, typer.Option(metavar="A", min=0, help="|v - ref| <= A + RTOL |ref| instead.")] = None,
    step: Annotated[
        float | None, typer.Option(metavar="H", min=1e-300, help="One textbook difference quotient.")
    ] = None,
    scheme: Annotated[Scheme, typer.Option(help="Which quotient.")] = Scheme.CENTRAL,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="For points that are drawn.")] = 0,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="Every point with its values: .csv, .parquet, .arrow, .jsonl, or -.")
    ] = "",
    certify: Annotated[
        str, typer.Option(metavar="N", help="How many of more than 1,000 points the enclosure judges, or all.")
    ] = "1000",
    worst: Annotated[int, typer.Option(metavar="N", min=1, help="How many of them are listed, the worst first.")] = 10,
    dtype: Annotated[Dtype, typer.Option(help="The floats of PyTorch.")] = Dtype.FLOAT64,
    device: Annotated[str, typer.Option(metavar="NAME", help="Where PyTorch differentiates: cpu, cuda.")] = "cpu",
    at_rounded: Annotated[bool, typer.Option("--at-rounded", help="Judge at the point as rounded to DTYPE.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too: few digits, conventions.")] = False,
    timeout: Annotated[float, typer.Option(metavar="S", min=0.001, help="Seconds for each method.")] = TIMEOUT,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", metavar="N", min=1, help="Worker processes for -; threads for many points."),
    ] = None,
    shard: Annotated[str, typer.Option(metavar="K/N", help="Of the requests of -, every N-th from the K-th.")] = "",
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask cluster for - or many points: tcp://HOST:8786.")
    ] = "",
    color: Colour = "auto",
) -> Exit:
    """Differentiate in several ways, side by side, with a verdict."""
    terminal.use_colour(color)
    texts = [text.strip() for text in expressions]
    batch = texts == ["-"]
    name = format_ or ("plain" if quiet or batch else "table")
    plain = rtol is not None or atol is not None
    options = Options(
        at=tuple(at or ()),
        paired=zip_,
        wrt=tuple(partial for text in wrt or () for partial in requests.parse_wrt(text)),
        order=order,
        shape=_shape(
            gradient=gradient,
            jacobian=jacobian,
            hessian=hessian,
            laplacian=laplacian,
            divergence=divergence,
            curl=curl,
            accumulate=accumulate,
        ),
        direction=direction,
        cotangent=cotangent,
        hvp=hvp,
        expect=expect.strip(),
        methods=tuple(method or METHODS),
        tolerance=Tolerance(rtol, atol or 0.0, plain),
        step=None if step is None else Step(step, scheme),
        samples=samples,
        certify=_certified(certify),
        worst=worst,
        jobs=jobs or 0,
        seed=seed,
        timeout=timeout,
        strict=strict,
        lets=tuple(let or ()),
        claims=tuple(derivative or ()),
        dtype=dtype,
        device=device,
        at_rounded=at_rounded,
    )
    for each in options.methods:
        plugins.check("methods", each)
    plugins.check("formats", name)
    try:
        if batch:
            _refuse_in_batches(points=points, out=out)
            share = shards.share(shard or "1/1")
            with (
                derivcli.crew(options, jobs, scheduler) as crew,
                closing(derivcli.answers(sys.stdin.buffer, options, crew, share)) as records,
            ):
                return _written(records, name)
        _refuse_outside_batches(shard=bool(shard))
        if at and points:
            raise RequestError("--at and --points exclude each other")
        table = derivcli.open_table(points, whole=bool(out)) if points else None
        request = requests.from_texts(texts, options, table)  # refused, if it is wrong, before the libraries load
        _refuse_outside_batches(scheduler=bool(scheduler) and isinstance(request.points, Points | None))
        return _answered(request, options, out, name, scheduler)
    except DerivError as error:
        terminal.fail(error, as_json=name in ("json", "jsonl"))
        return Exit.USAGE


def _answered(request: requests.Request, options: Options, out: str, name: str, scheduler: str) -> Exit:
    """Answer, and write the report to stdout, or to stderr where that takes the rows."""
    with ExitStack() as stack:
        watchers = {}
        if scheduler:
            watchers["crew"] = stack.enter_context(derivcli.crew(options, scheduler=scheduler))
        if out:
            watchers["sink"] = stack.enter_context(derivcli.output(out, request, options.methods))
        if not isinstance(request.points, Points | None):
            from derivcli.commands._progress import progress

            watchers["progress"] = stack.enter_context(progress(request.points))
        report = derivcli.answer(request, options, **watchers)
    if name == "plain" and out and (report.summary or out == "-"):  # the numbers are there
        from derivcli.formats._words import pointless

        terminal.complain(*pointless(report))
    elif out == "-":
        terminal.complain(*plugins.load("formats", name).render([report]))
    else:
        return _written([report], name)
    return report.status


def _certified(text: str) -> int | None:
    """`--certify`: a number, or None for all. Raises RequestError for anything else."""
    if text != "all" and not (text.isdecimal() and int(text)):
        raise RequestError(f"--certify takes a number from 1, or all, not '{text}'")
    return None if text == "all" else int(text)


def _shape(**asked: bool) -> Shape:
    """The one shape that was asked for. Raises RequestError for two."""
    names = [name for name, wanted in asked.items() if wanted]
    if len(names) > 1:
        raise RequestError(f"--{names[0]} and --{names[1]} exclude each other")
    return Shape(names[0]) if names else Shape.PARTIALS


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


def _written(reports: Iterable, name: str) -> Exit:
    """Write reports as they come; the status is the worst of theirs: 2, 1, 3, 0."""
    statuses: set[Exit] = set()

    def seen() -> Iterable:
        for report in reports:
            yield report
            statuses.add(report.status)

    terminal.write(plugins.load("formats", name).render(seen()))
    return next((s for s in (Exit.USAGE, Exit.DISAGREE, Exit.UNDECIDED) if s in statuses), Exit.AGREE)
