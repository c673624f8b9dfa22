"""Where the layers meet: texts → `Problem` → `Report`."""

from dataclasses import replace

from derivcli.comparison import compared
from derivcli.expectation import parse_expectation
from derivcli.problems import at_drawn_points, estimated, problem
from derivcli.records import Report
from derivcli.requests import Options, Request, from_texts


def evaluate(text: str, at: str = "", options: Options = Options()) -> Report:  # noqa: B008 — frozen
    """The report on a text: `evaluate("u^3 + v^2", at="u=3,v=4")`. Raises DerivError."""
    options = replace(options, at=(at,)) if at else options
    return answer(from_texts([text], options), options)


def answer(request: Request, options: Options) -> Report:
    """Every method's answer, the reference, and the verdict. Raises DerivError."""
    asked = problem(request, options)
    expectation = parse_expectation(request.expect, asked) if request.expect else None
    if not asked.points.points:
        asked = at_drawn_points(asked, options.seed, expectation)
    estimates = tuple(estimated(asked, method, options.timeout) for method in options.methods)
    return compared(asked, estimates, request, options, expectation)
