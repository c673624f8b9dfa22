"""A request → a `Problem` at its points, at drawn points, or at none; a problem → what one method answers."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TypeVar

import numpy as np

from derivcli import plugins
from derivcli.backends import balls
from derivcli.backends.balls import floats
from derivcli.errors import PointError, RequestError, UnsupportedError
from derivcli.formula.constants import Coordinate
from derivcli.judge.expectation import Expectation, defined
from derivcli.judge.reference import derivatives
from derivcli.records import Estimate, Problem
from derivcli.requests.points import LISTED, Points
from derivcli.requests.request import Request
from derivcli.workers.timeout import limited, timely

DRAWN = 5  # points, where none were given
TRIES = 400

T = TypeVar("T")


def problem(request: Request) -> Problem:
    """A request as a problem, at its points if it lists them. Raises PointError for impossible coordinates."""
    if request.points is not None and not isinstance(request.points, Points):
        raise PointError("these are too many points here", hint=f"at most {LISTED:,}")
    names = request.program.variables
    nowhere = Problem(request, Points(names, (), ()), np.empty((len(names), 0)))
    if request.points is None:
        return nowhere
    asked = at_points(nowhere, request.points)
    return at_points(asked, _rounded(asked)) if request.options.at_rounded else asked


def _rounded(asked: Problem) -> Points:
    """The points as the dtype has them: significands rounded to its bits, halves to even."""

    bits = asked.options.dtype.bits

    def nearest(x: float) -> Fraction:
        significand, exponent = math.frexp(x)
        return round(significand * 2**bits) * Fraction(2) ** (exponent - bits)

    rows = tuple(tuple(map(nearest, row)) for row in asked.floats.T.tolist())
    return replace(asked.points, points=rows)


def at_points(problem: Problem, points: Points) -> Problem:
    """The same problem at these points."""
    return replace(problem, points=points, floats=floats(points.points, len(points.names)))


def at_drawn_points(problem: Problem, expectation: Expectation | None = None) -> Problem:
    """The same problem at a few random points where f, its derivatives and the expectation are all defined.

    Those that are found in the time of a method. Raises PointError where there is none.
    """
    options = problem.options
    tries = timely(_tries(problem, expectation), options.timeout)
    found = [point for point in tries if point is not None]
    if not found:
        count = f"{len(tries)} tries" if len(tries) == TRIES else f"{len(tries)} tries in {options.timeout:g} s"
        raise PointError(f"no point was found where everything is defined ({count})", hint="give one with --at")
    return replace(at_points(problem, _listed(problem.program.variables, found)), seed=options.seed)


def _tries(problem: Problem, expectation: Expectation | None) -> Iterator[tuple[Coordinate, ...] | None]:
    """The points that are drawn, None where not all is defined, until there are enough."""
    generator = random.Random(problem.options.seed)
    names = problem.program.variables
    found = 0
    for attempt in range(TRIES):
        spread = (1, 3, 10)[attempt % 3]
        point = tuple(Fraction(generator.randint(-64 * spread, 64 * spread), 64) for _ in names)
        trial = at_points(problem, _listed(names, [point]))
        good = all(map(balls.tight, derivatives(problem, point, most=256).values())) and (
            expectation is None or defined(expectation, trial)
        )
        yield point if good else None
        found += good
        if found == DRAWN:
            return


def _listed(names: tuple[str, ...], points: Sequence[tuple[Coordinate, ...]]) -> Points:
    return Points(names, tuple(points), tuple(tuple(f"{float(x)}" for x in point) for point in points))  # type: ignore[arg-type]  # rationals


def estimated(problem: Problem, method: str) -> Estimate:
    """One method's estimate, or the reason why there is none, with the seconds that it took."""
    started = time.perf_counter()
    estimate, reason = tried(partial(plugins.load("methods", method).estimate, problem), problem.options.timeout)
    return replace(estimate or Estimate(method, reason=reason), seconds=time.perf_counter() - started)


def tried(call: Callable[[], T], timeout: float | None = None) -> tuple[T | None, str]:
    """What a call returns, or why it does not: whatever fails inside a method stops no other."""
    try:
        with np.errstate(all="ignore"):  # what is not finite is told as such
            return limited(call, timeout), ""
    except UnsupportedError as error:
        return None, error.message
    except RequestError:  # no such device
        raise
    except TimeoutError:
        return None, f"not finished within {timeout:g} s"
    except RecursionError:
        return None, "the formula is too deep for this library"
    except Exception as error:  # whatever a library raises
        return None, f"failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
