"""Where the layers meet: texts → `Problem` → `Report`."""

import math
import time
from collections.abc import Sequence

import numpy as np

from derivcli import plugins
from derivcli.backends import arb as balls
from derivcli.errors import RequestError, UnsupportedError
from derivcli.language.parser import Formula, parse_all
from derivcli.limits import time_limit
from derivcli.points import Coordinate, Points, parse_points
from derivcli.program import flatten
from derivcli.records import Array, Estimate, Problem, Report
from derivcli.reference import enclosure
from derivcli.verdict import Tolerance, judge, overall

DEFAULT_METHODS = ("symbolic", "autograd", "finite-difference")
TIMEOUT = 10.0  # seconds for each method


def problem(formula: Formula, points: Points, wrt: Sequence[tuple[str, ...]] = ()) -> Problem:
    """The partial derivatives of a formula (by default every first one) at points.

    Raises RequestError for an unknown variable, PointError for a missing coordinate, LimitError for huge numbers.
    """
    variables = tuple(dict.fromkeys((*formula.variables, *(n for names in wrt for n in names))))
    program = flatten(formula, variables)
    points = points.ordered(variables)
    floats = np.array([[float_value(point[i]) for point in points.points] for i in range(len(variables))])
    partials = tuple(wrt) or tuple((name,) for name in variables)
    if not partials:
        raise RequestError("the formula has no variable", text=formula.text, hint="name one: --wrt x")
    return Problem(formula, program, partials, points, floats.reshape(len(variables), len(points)))


def float_value(coordinate: Coordinate) -> float:
    """The nearest float64 of a coordinate."""
    [ball] = balls.refined(lambda: [balls.coordinate(coordinate)])
    return balls.rounded(ball)


def compare(
    problem: Problem, methods: Sequence[str] = DEFAULT_METHODS, tolerance: Tolerance = Tolerance(), timeout: float = TIMEOUT
) -> Report:
    """Every method's answer, the reference, and the verdict."""
    estimates = tuple(estimated(problem, method, timeout) for method in methods)
    reference = enclosure(problem)
    verdicts = judge(problem, estimates, reference, tolerance)
    return Report(problem, estimates, reference, verdicts, overall(verdicts))


def estimated(problem: Problem, method: str, timeout: float) -> Estimate:
    """One method's estimate; whatever fails inside becomes its reason and stops nothing else."""
    plugin = plugins.load("methods", method)
    started = time.perf_counter()
    try:
        with time_limit(timeout):
            estimate = plugin.estimate(problem)
    except UnsupportedError as error:
        estimate = Estimate(method, reason=error.message)
    except TimeoutError:
        estimate = Estimate(method, reason=f"not finished within {timeout:g} s")
    except RecursionError:
        estimate = Estimate(method, reason="the formula is too deep for this library")
    except (ArithmeticError, ValueError, TypeError, RuntimeError, AttributeError, MemoryError) as error:
        estimate = Estimate(method, reason=f"failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
    seconds = time.perf_counter() - started
    return Estimate(method, estimate.values, estimate.errors, estimate.reason, seconds, estimate.formulas, estimate.exact)
