"""The options of all commands that read a formula, in one place: how they are typed, and the `Options` that they mean.

A command takes `options` (and `output`, `words`) as parameters and says under `command` which of the options below it
does without; typer sees them all.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from copy import copy
from functools import wraps
from types import MappingProxyType
from typing import Annotated, Any, get_args

import typer

from derivcli import plugins
from derivcli.commands._output import parse_output
from derivcli.errors import DerivError, Exit, RequestError
from derivcli.requests.options import METHODS, TIMEOUT, Dtype, Options, Scheme, Step, Tolerance
from derivcli.requests.request import parse_wrt
from derivcli.requests.shapes import Shape
from derivcli.text import whole

Expression = Annotated[str, typer.Argument(metavar="EXPR", help="One formula.")]

WHERE = ("at", "zip_", "samples")
SHAPES = ("gradient", "jacobian", "hessian", "laplacian", "divergence", "curl", "accumulate")
VECTORS = ("direction", "cotangent", "hvp")
SWEEPS = ("certify", "worst", "jobs")
LEVEL = ("expect", "rtol", "atol", "step", "scheme", "strict")  # by which a single verdict is measured
UNSAID = ("at", "seed", "timeout")  # what a command that reproduces a finding need not repeat


def parse_options(
    *,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT", help="x=3 | u=3,v=4 | x=[1,2] | x=first:last:count | x=low..high."),
    ] = None,
    zip_: Annotated[bool, typer.Option("--zip", help="Pair lists and ranges instead of taking their grid.")] = False,
    samples: Annotated[int, typer.Option(metavar="N", min=0, help="Points drawn from x=low..high (1,000).")] = 0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="For points that are drawn.")] = 0,
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
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME",
            help=f"One of {', '.join(plugins.names('methods'))}; repeatable.",
            autocompletion=lambda: list(plugins.names("methods")),
        ),
    ] = None,
    rtol: Annotated[float | None, typer.Option(metavar="R", min=0, help="|v - ref| <= ATOL + R |ref| instead.")] = None,
    atol: Annotated[float | None, typer.Option(metavar="A", min=0, help="|v - ref| <= A + RTOL |ref| instead.")] = None,
    step: Annotated[
        float | None, typer.Option(metavar="H", min=1e-300, help="One textbook difference quotient.")
    ] = None,
    scheme: Annotated[Scheme, typer.Option(help="Which quotient.")] = Scheme.CENTRAL,
    certify: Annotated[
        str, typer.Option(metavar="N", help="How many of more than 1,000 points the reference judges, or all.")
    ] = "1000",
    worst: Annotated[int, typer.Option(metavar="N", min=1, help="How many of them are listed, the worst first.")] = 10,
    dtype: Annotated[Dtype, typer.Option(help="The floats of PyTorch.")] = Dtype.FLOAT64,
    device: Annotated[str, typer.Option(metavar="NAME", help="Where PyTorch differentiates: cpu, cuda.")] = "cpu",
    at_rounded: Annotated[bool, typer.Option("--at-rounded", help="Judge at the point as rounded to DTYPE.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too: few digits, conventions.")] = False,
    times: Annotated[bool, typer.Option("--times", help="In json, the seconds that each method took.")] = False,
    timeout: Annotated[
        float,
        typer.Option(metavar="S", min=0.001, help="Seconds for each method, and what they leave for the reference."),
    ] = TIMEOUT,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", metavar="N", min=1, max=1000, help="Worker processes for -; threads for many points."
        ),
    ] = None,
) -> Options:
    """What was typed, as `Options`. Raises RequestError."""
    for name in method or ():
        plugins.check("methods", name)
    shapes = dict(zip(SHAPES, (gradient, jacobian, hessian, laplacian, divergence, curl, accumulate), strict=True))
    return Options(
        at=tuple(at or ()),
        paired=zip_,
        samples=samples,
        seed=seed,
        wrt=tuple(partial for text in wrt or () for partial in parse_wrt(text)),
        lets=tuple(let or ()),
        claims=tuple(derivative or ()),
        order=order,
        shape=_shape([name for name, wanted in shapes.items() if wanted]),
        direction=direction,
        cotangent=cotangent,
        hvp=hvp,
        expect=expect.strip(),
        methods=tuple(method or METHODS),
        tolerance=Tolerance(rtol, atol or 0.0, plain=rtol is not None or atol is not None),
        step=None if step is None else Step(step, scheme),
        certify=_parse_certify(certify),
        worst=worst,
        dtype=dtype,
        device=device,
        at_rounded=at_rounded,
        strict=strict,
        times=times,
        timeout=timeout,
        jobs=jobs or 0,
    )


def _shape(asked: list[str]) -> Shape:
    """The one shape that was asked for. Raises RequestError for two."""
    if len(asked) > 1:
        raise RequestError(f"--{asked[0]} and --{asked[1]} exclude each other")
    return Shape(asked[0]) if asked else Shape.PARTIALS


def _parse_certify(text: str) -> int | None:
    """`--certify`: a number, or None for all. Raises RequestError for anything else."""
    if text != "all" and not (text.isdecimal() and whole(text)):
        raise RequestError(f"--certify takes a number from 1, or all, not '{text}'")
    return None if text == "all" else whole(text)


def command(
    *, without: Collection[str] = (), required: Collection[str] = (), told: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Callable[..., Exit]], Callable[..., Exit]]:
    """A subcommand's `run` as typer sees it: `options`, `output` and `words` as the options that they are made of.

    It does `without` some, insists on those `required`, and is `told` what others mean to it.
    """

    def decorated(run: Callable[..., Exit]) -> Callable[..., Exit]:
        own = inspect.signature(run).parameters
        shared = {name: _adapt(p, required, told) for name, p in _parameters(parse_options, without).items()}
        shown = _parameters(parse_output, without)

        @wraps(run)
        def typed(**given: Any) -> Exit:
            output = parse_output(**{name: given[name] for name in shown})
            about = {name: given[name] for name in shared}
            mine = {name: given[name] for name in arguments} | {"output": output}
            try:
                if "words" in own:
                    mine["words"] = _words(about)
                return run(options=parse_options(**about), **mine)
            except DerivError as error:
                output.fail(error)
                return Exit.USAGE

        arguments = {name: p for name, p in own.items() if name not in ("options", "output", "words")}
        ordered = sorted({**arguments, **shared, **shown}.values(), key=_is_option)
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in ordered]
        typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        typed.__annotations__ = {p.name: p.annotation for p in parameters}
        return typed

    return decorated


def _parameters(function: Callable[..., Any], without: Collection[str]) -> dict[str, inspect.Parameter]:
    return {name: p for name, p in inspect.signature(function).parameters.items() if name not in without}


def _adapt(parameter: inspect.Parameter, required: Collection[str], told: Mapping[str, str]) -> inspect.Parameter:
    """A shared option as one command has it."""
    name = parameter.name
    if name in told:
        kind, option = get_args(parameter.annotation)
        parameter = parameter.replace(annotation=Annotated[kind, _with_help(option, told[name])])
    return parameter.replace(default=inspect.Parameter.empty) if name in required else parameter


def _with_help(option: Any, text: str) -> Any:
    adapted = copy(option)
    adapted.help = text
    return adapted


def _is_option(parameter: inspect.Parameter) -> bool:
    return not any(isinstance(each, typer.models.ArgumentInfo) for each in get_args(parameter.annotation))


def _words(given: Mapping[str, Any]) -> list[str]:
    """The options that were given, as they would be typed again."""
    words: list[str] = []
    for name, parameter in inspect.signature(parse_options).parameters.items():
        value = given.get(name, parameter.default)
        if value != parameter.default and name not in UNSAID:
            option = f"--{name.strip('_').replace('_', '-')}"
            values = value if isinstance(value, list) else [value]
            words += [word for each in values for word in ([option] if each is True else [option, str(each)])]
    return words
