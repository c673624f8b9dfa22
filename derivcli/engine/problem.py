"""A request → a `Problem` at its points, at drawn points, or at none; a problem → what one method answers."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

import numpy as np

from derivcli import plugins
from derivcli.backends import balls
from derivcli.errors import PointError, Reason, RequestError, UnsupportedError
from derivcli.formula.constants import Coordinate
from derivcli.judge.expectation import Expectation, expected_is_defined
from derivcli.judge.reference import enclose_partials
from derivcli.records import Estimate, Problem
from derivcli.requests.options import Dtype
from derivcli.requests.points import MAX_LISTED, Points
from derivcli.requests.request import Request
from derivcli.text import number
from derivcli.workers.timeout import limited, timely

DRAWN_POINTS = 5  # points, where none were given: simple ones, and where they will not do, random ones
SIMPLE = (Fraction(-2), Fraction(-1, 2), Fraction(1, 2), Fraction(1), Fraction(3))
ORDINARY = 1e100  # a size that numbers at such a point have, or less, and 1 over it
MAX_TRIES = 400

T = TypeVar("T")


def to_problem(request: Request) -> Problem:
    """A request as a problem, at its points if it lists them. Raises PointError for impossible coordinates."""
    if request.points is not None and not isinstance(request.points, Points):
        raise PointError("these are too many points here", hint=f"at most {MAX_LISTED:,}")
    names = request.program.variables
    points = Points(names, (), ()) if request.points is None else request.points
    return Problem(request, _round_points(points, request.options.dtype) if request.options.at_rounded else points)


def _round_points(points: Points, dtype: Dtype) -> Points:
    """The points as the dtype has them: significands rounded to its bits, halves to even."""

    def nearest(x: float) -> Fraction:
        significand, exponent = math.frexp(x)
        return round(significand * 2**dtype.bits) * Fraction(2) ** (exponent - dtype.bits)

    return replace(points, points=tuple(tuple(map(nearest, row)) for row in points.floats.T.tolist()))


def at_drawn_points(problem: Problem, expectation: Expectation | None = None) -> Problem:
    """The same problem at a few points where f, its derivatives and the expectation are all defined.

    Those that are found in the time of a method. Raises PointError where there is none.
    """
    options = problem.options
    tries = timely(_tries(problem, expectation), options.timeout)
    found = [point for point in tries if point is not None]
    if not found:
        count = f"{len(tries)} tries" if len(tries) >= MAX_TRIES else f"{len(tries)} tries in {options.timeout:g} s"
        raise PointError(f"no point was found where everything is defined ({count})", hint="give one with --at")
    return replace(problem, points=_as_points(problem.program.variables, found), seed=options.seed)


def _tries(problem: Problem, expectation: Expectation | None) -> Iterator[tuple[Coordinate, ...] | None]:
    """The points that are drawn, None where not all is defined, until there are enough."""
    names = problem.program.variables
    found = 0
    for point in _candidates(len(names), problem.options.seed):
        trial = replace(problem, points=_as_points(names, [point]))
        good = all(map(_is_ordinary, enclose_partials(problem, point, most=256).values())) and (
            expectation is None or expected_is_defined(expectation, trial)
        )
        yield point if good else None
        found += good
        if found == DRAWN_POINTS:
            return


def _candidates(count: int, seed: int) -> Iterator[tuple[Fraction, ...]]:
    """Points in so many variables: simple ones, in each variable in another order, and then random ones."""
    if seed == 0:
        yield from (tuple(SIMPLE[(k + 2 * i) % len(SIMPLE)] for i in range(count)) for k in range(len(SIMPLE)))
    generator = random.Random(seed)
    for attempt in range(MAX_TRIES):
        spread = (1, 3, 10)[attempt % 3]
        yield tuple(Fraction(generator.randint(-64 * spread, 64 * spread), 64) for _ in range(count))


def _is_ordinary(ball: Any) -> bool:
    """Whether a ball is tight, and its number of a size that no float loses."""
    return balls.is_tight(ball) and (ball.contains(0) or 1 / ORDINARY < abs(balls.nearest_float(ball)) < ORDINARY)


def _as_points(names: tuple[str, ...], points: Sequence[tuple[Coordinate, ...]]) -> Points:
    return Points(names, tuple(points), tuple(tuple(number(float(x)) for x in point) for point in points))  # type: ignore[arg-type]  # rationals


def run_method(problem: Problem, method: str) -> Estimate:
    """One method's answer, or the reason why there is none, with the seconds that it took."""
    started = time.perf_counter()
    estimate = attempt(method, partial(plugins.load("methods", method).estimate, problem), problem.options.timeout)
    return replace(estimate, seconds=time.perf_counter() - started)


def attempt(method: str, call: Callable[[], Estimate], timeout: float | None = None) -> Estimate:
    """What a call answers in a method's name, or the reason why it does not."""
    plugin = plugins.load("methods", method)
    try:
        estimate = guarded(call, timeout)
    except UnsupportedError as error:
        return refusal(method, error)
    rules, advisory = getattr(plugin, "LIBRARY", ""), getattr(plugin, "ADVISORY", False)
    return replace(estimate, method=method, rules=rules, advisory=advisory)


def refusal(method: str, error: UnsupportedError) -> Estimate:
    """The estimate of a method that has none."""
    return Estimate(method, reason=error.reason, message=error.message)


def guarded(call: Callable[[], T], timeout: float | None = None) -> T:
    """What a call returns. Raises UnsupportedError with the reason, whatever fails inside: it stops no other method."""
    try:
        with np.errstate(all="ignore"):  # what is not finite is told as such
            return limited(call, timeout)
    except (UnsupportedError, RequestError):  # the latter: no such device
        raise
    except TimeoutError:
        raise UnsupportedError(Reason.OUT_OF_TIME, timeout) from None
    except RecursionError:
        raise UnsupportedError(Reason.TOO_DEEP) from None
    except Exception as error:  # whatever a library raises
        what = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise UnsupportedError(Reason.FAILED, what) from error
