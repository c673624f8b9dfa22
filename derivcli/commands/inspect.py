"""Show the tensors behind a formula, and what each flag means."""

from enum import StrEnum
from typing import Annotated

import typer

import derivcli
from derivcli import terminal
from derivcli.errors import DerivError, Exit, RequestError
from derivcli.requests import request as requests
from derivcli.requests.grids import Grid
from derivcli.requests.options import Dtype, Options
from derivcli.requests.points import Points
from derivcli.text import strict_json


class Layout(StrEnum):
    """How to write them."""

    TABLE = "table"
    JSON = "json"


def run(
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="One formula.")],
    at: Annotated[list[str], typer.Option(metavar="POINT", help="x=3 | u=3,v=4: one point.")],
    retain_grad: Annotated[bool, typer.Option("--retain-grad", help="Keep the gradients of all tensors.")] = False,
    dtype: Annotated[Dtype, typer.Option(help="The floats of PyTorch.")] = Dtype.FLOAT64,
    format_: Annotated[Layout, typer.Option("--format", "-f", help="Two tables, or JSON.")] = Layout.TABLE,
) -> Exit:
    """Show the tensors behind a formula, and what each flag means."""
    options = Options(at=tuple(at), dtype=dtype)
    try:
        request = requests.from_texts([expression.strip()], options)
        refuse_several(request)  # before the libraries load
        inspection = derivcli.inspected(request, options, retain=retain_grad)
        if format_ == Layout.JSON:
            terminal.write([strict_json(inspection.record, indent=2)])
        else:
            terminal.write(inspection.lines)
        return Exit.AGREE
    except DerivError as error:
        terminal.fail(error, as_json=format_ == Layout.JSON)
        return Exit.USAGE


def refuse_several(request: requests.Request) -> None:
    """Raise RequestError for several outputs or points."""
    points = len(request.points) if isinstance(request.points, Points | Grid) else 0
    if points != 1:
        raise RequestError(f"one point is inspected, not {points:,}", hint="--at x=3, or --at u=3,v=4")
    if len(request.program.outputs) > 1:
        raise RequestError(f"one formula is inspected, not {len(request.program.outputs):,}")
