"""What is asked of a picture: texts and intervals → `Request`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derivcli.errors import RequestError
from derivcli.requests.intervals import Intervals, ordered, request_over
from derivcli.requests.options import Options
from derivcli.requests.request import Request, from_texts

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """What to draw beside the curves, and how finely."""

    samples: int = 601
    errors: bool = False
    steps: bool = False
    title: str = ""


def from_intervals(texts: Sequence[str], intervals: Intervals, options: Options) -> Request:
    """The request for all orders of a derivative of formulas in variables with these names. Raises DerivError.

    Without intervals it is for a picture at the point that the options say, and else nowhere yet.
    """
    if not intervals:
        return _by_orders(from_texts(texts, options))
    request = request_over(texts, intervals, options)
    names = request.program.variables
    if len(names) > 2:
        count = NUMBERS[len(names)] if len(names) < len(NUMBERS) else str(len(names))
        message = f"a picture has one or two variables, and the formula has {count}: {', '.join(names)}"
        raise RequestError(message, hint=f"give some a value: --let {names[-1]}=1")
    ordered(intervals, names)
    return _by_orders(request)


def _by_orders(request: Request) -> Request:
    names = request.program.variables
    partials = tuple(names * k for k in range(1, len(request.partials[0]) + 1)) if len(names) == 1 else request.partials
    return replace(request, points=None, partials=partials)
