"""Where the layers meet: texts → `Request` → `Report`, at listed points or by a sweep."""

from dataclasses import replace
from typing import Any

from derivcli.engine.report import reported
from derivcli.records import Report
from derivcli.requests.options import Options
from derivcli.requests.points import Points
from derivcli.requests.request import Request, from_texts


def evaluate(text: str, at: str = "", options: Options = Options()) -> Report:  # noqa: B008 — frozen
    """The report on a text: `evaluate("u^3 + v^2", at="u=3,v=4")`. Raises DerivError."""
    options = replace(options, at=(at,)) if at else options
    return answer(from_texts([text], options), options)


def answer(request: Request, options: Options, **watchers: Any) -> Report:
    """Every method's answer, the reference, and the verdict; `watchers` are for `sweep.swept`. Raises DerivError."""
    if isinstance(request.points, Points | None) and not watchers:
        return reported(request, options)
    from derivcli.engine.sweep import swept  # noqa: PLC0415 — it imports torch: a short run must not

    return swept(request, options, **watchers)
