"""What many tests need: a question as a problem or as a report, the value of an expression, a cluster of two."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from flint import arb

from derivcli.backends import balls
from derivcli.engine.evaluate import answer
from derivcli.engine.problem import to_problem
from derivcli.formula.constants import Coordinate
from derivcli.formula.parser import parse
from derivcli.formula.program import flatten
from derivcli.records import Problem, Report
from derivcli.requests.options import Options
from derivcli.requests.request import Request, from_line

BITS = 4096
CLUSTER = """\
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""

Formulas = str | Sequence[str]
Place = str | Mapping[str, Any]  # as on the command line, or as in JSON, where floats are just these floats


def request(formulas: Formulas, at: Place, options: Options) -> Request:
    return from_line(json.dumps({"expr": formulas, "at": at or None}), options)


def asked(formulas: Formulas, at: Place = "", **options: Any) -> Problem:
    """What is asked, as the methods get it."""
    return to_problem(request(formulas, at, Options(**{"timeout": 60, **options})))


def report(formulas: Formulas, at: Place = "", **options: Any) -> Report:
    """What is answered."""
    return answer(request(formulas, at, Options(**options)))


def ball(expression: str, point: Mapping[str, Coordinate] | None = None) -> arb:
    """An expression by Arb, to a thousand digits."""
    known = point or {}
    program = flatten(parse(expression, known))
    with balls.precision(BITS):
        [value] = balls.values(program, balls.coordinates([known[name] for name in program.variables]))
    return value


def number(expression: str, point: Mapping[str, Coordinate] | None = None) -> float:
    """The float64 nearest to an expression; `inf` and `-inf` are themselves, and no text is no number."""
    if not expression:
        return math.nan
    return float(expression) if "inf" in expression else balls.nearest_float(ball(expression, point))
