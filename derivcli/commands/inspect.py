"""Show the tensors behind a formula, and what each flag means."""

from typing import Annotated

import typer

from derivcli.commands._options import LEVEL, SHAPES, SWEEPS, VECTORS, Expression, command
from derivcli.commands._output import Output
from derivcli.errors import Exit, RequestError
from derivcli.requests.grids import Grid
from derivcli.requests.options import Options
from derivcli.requests.points import Points
from derivcli.requests.request import Request, from_texts

EXAMPLES = (
    'deriv inspect "x^2*y" --at x=1,y=2',
    'deriv inspect "x^2" --at x=3 --format json',
    'deriv inspect "detach(x)*x" --at x=3',
)


@command(
    without=("zip_", "samples", "seed", "wrt", "order", "method", "timeout", *LEVEL, *SHAPES, *VECTORS, *SWEEPS),
    required=("at",),
    told={"at": "x=3 | u=3,v=4: one point."},
)
def run(
    expression: Expression,
    options: Options,
    output: Output,
    retain_grad: Annotated[bool, typer.Option("--retain-grad", help="Keep the gradients of all tensors.")] = False,
) -> Exit:
    """Show the tensors behind a formula, and what each flag means."""
    request = from_texts([expression.strip()], options)
    refuse_several(request)  # before the libraries load
    from derivcli.features.inspect import inspect

    output.show(inspect(request, retain=retain_grad).page)
    return Exit.AGREE


def refuse_several(request: Request) -> None:
    """Raise RequestError for several outputs or points."""
    points = len(request.points) if isinstance(request.points, Points | Grid) else 0
    if points != 1:
        raise RequestError(f"one point is inspected, not {points:,}", hint="--at x=3, or --at u=3,v=4")
    if len(request.program.outputs) > 1:
        raise RequestError(f"one formula is inspected, not {len(request.program.outputs):,}")
