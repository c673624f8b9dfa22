"""Diagnose a derivative: its tape, the cause, a verified repair."""

from derivcli.commands._options import SHAPES, SWEEPS, VECTORS, Expression, command
from derivcli.commands._output import Output
from derivcli.errors import Exit
from derivcli.requests.options import Options
from derivcli.requests.request import from_texts

EXAMPLES = (
    'deriv doctor "(1-cos(x))/x^2" --at x=1e-8',
    'deriv doctor "log(1+exp(x))" --at x=800 --dtype float32',
    'deriv doctor "(exp(x)-1)/x" --at x=log:1e-12:1:20',
)


@command(
    without=("seed", "samples", "step", "scheme", *SHAPES, *VECTORS, *SWEEPS),
    required=("at",),
    told={"at": "x=3, or a range: x=log:1e-12:1:200."},
)
def run(expression: Expression, options: Options, output: Output) -> Exit:
    """Diagnose a derivative: its tape, the cause, a verified repair."""
    request = from_texts([expression.strip()], options)
    from derivcli.features.doctor.doctor import examine

    examination = examine(request)
    output.show(examination.page)
    return examination.report.status
