"""Diagnose a derivative: its tape, the cause, a verified repair."""

from typing import Annotated

import typer

import derivcli
from derivcli import plugins, terminal
from derivcli.errors import DerivError, Exit
from derivcli.requests import request as requests
from derivcli.requests.options import Options


def run(
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="One formula.")],
    at: Annotated[list[str], typer.Option(metavar="POINT", help="x=3, or a range: x=log:1e-12:1:200.")],
    wrt: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="By which variable; default: every one.")
    ] = None,
) -> Exit:
    """Diagnose a derivative: its tape, the cause, a verified repair."""
    options = Options(
        at=tuple(at),
        wrt=tuple(partial for text in wrt or () for partial in requests.parse_wrt(text)),
        methods=("autograd", "forward-ad", "symbolic"),
    )
    try:
        request = requests.from_texts([expression.strip()], options)
        examination = derivcli.examined(derivcli.answer(request, options))
        page = plugins.load("formats", "table").page
        terminal.write([page(examination.report, examination.grids, examination.prescription)])
        return examination.report.status
    except DerivError as error:
        terminal.fail(error)
        return Exit.USAGE
