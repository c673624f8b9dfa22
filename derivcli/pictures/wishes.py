"""What is asked of a picture: texts and windows → `Request`. Nothing computes here: a wrong wish is refused at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derivcli.errors import PointError, RequestError
from derivcli.pictures.windows import Window
from derivcli.requests import Options, Request, from_texts

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draw beside the curves, and how finely."""

    samples: int = 601
    errors: bool = False
    steps: bool = False
    title: str = ""


def from_windows(texts: Sequence[str], windows: Sequence[Window], options: Options) -> Request:
    """The request of a picture: the formulas with every variable in a window. Raises DerivError.

    The names of the windows are variables, in their order; `options.at` stays what it was for the tangents.
    """
    if not windows:  # for a picture at a point
        return _by_orders(from_texts(texts, options))
    ends = tuple(f"{window.name}={window.texts[0]}" for window in windows)
    try:
        request = from_texts(texts, replace(options, at=ends))
    except PointError:
        request = from_texts(texts, replace(options, at=()))
        refuse_variables(request.program.variables, windows)
        raise
    refuse_variables(request.program.variables, windows)
    return _by_orders(request)


def _by_orders(request: Request) -> Request:
    """The request for all orders of a derivative in one variable, nowhere yet."""
    names = request.program.variables
    partials = tuple(names * k for k in range(1, len(request.partials[0]) + 1)) if len(names) == 1 else request.partials
    return replace(request, points=None, partials=partials)


def refuse_variables(names: Sequence[str], windows: Sequence[Window]) -> None:
    """Raise RequestError where variables and windows are not the same one or two."""
    given = [window.name for window in windows]
    if len(names) > 2:
        count = NUMBERS[len(names)] if len(names) < len(NUMBERS) else str(len(names))
        message = f"a picture has one or two variables, and the formula has {count}: {', '.join(names)}"
        raise RequestError(message, hint=f"give some a value: --let {names[-1]}=1")
    for name in names:
        if name not in given:
            raise RequestError(f"no range for '{name}'", hint=f"add it: --over {name}=-1:1")
    for name in given:
        if name not in names:
            raise RequestError(f"the formula has no variable '{name}'", hint=f"its variables: {', '.join(names)}")
