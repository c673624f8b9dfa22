"""One line of JSON for each request, as it is finished; before that of a sweep, one for each of its points."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from derivcli.formats._page import Page
from derivcli.formats.json import SCHEMA, document
from derivcli.records import Entry, Failure, Report, Stretch
from derivcli.requests.request import Request
from derivcli.text import json_number, strict_json


def render(reports: Iterable[Report | Failure], *, coloured: bool = False) -> Iterator[str]:
    """The documents of `json`, one a line."""
    return (strict_json(document(report)) for report in reports)


def points(request: Request, stretch: Stretch) -> Iterator[str]:
    """Each of consecutive points, from number 0 on, with its derivatives."""
    for k, outcome in enumerate(stretch.outcomes):
        if outcome:
            yield strict_json(_point(request, stretch, k))


def rest(report: Report) -> Iterator[str]:
    """The document with the summary."""
    return render([report])


def _point(request: Request, stretch: Stretch, k: int) -> dict[str, Any]:
    names, coordinates = request.program.variables, map(json_number, stretch.floats[:, k])
    functions = list(map(json_number, stretch.functions[:, k]))
    return {
        "schema": SCHEMA,
        "id": request.identifier,
        "point": stretch.first + k,
        "at": dict(zip(names, coordinates, strict=True)),
        "value": functions[0] if len(functions) == 1 else functions,
        "verdict": stretch.outcomes[k],
        "derivatives": [_derivative(request, stretch, (o, p, k)) for o, p in np.ndindex(stretch.references.shape[:2])],
    }


def _derivative(request: Request, stretch: Stretch, entry: Entry) -> dict[str, Any]:
    """What is said of one derivative; the reference is null where it did not judge."""
    o, p, k = entry
    values = {e.method: json_number(e.values[entry]) for e in stretch.estimates if e.values is not None}
    return {
        "output": o,
        "wrt": list(request.partials[p]),
        "reference": {"value": json_number(stretch.references[entry])} if stretch.judged[k] else None,
        "estimates": {method: {"value": value} for method, value in values.items()},
    }


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Its record, on one line."""
    yield strict_json(page.record)
