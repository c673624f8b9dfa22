"""The arbiter: a problem → the true derivative in each entry, as a ball refined far below float64.

Power series on Arb's balls give rigorous enclosures; functions that Arb has only on balls go by differences of tens of
digits; where that fails, one-sided limits say what f does there. Where there is no derivative the radius is NaN.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from flint import arb

from derivcli.backends import balls
from derivcli.backends.arrays import Array
from derivcli.backends.series import by_differences
from derivcli.formula.constants import Coordinate
from derivcli.judge.differentiability import behaviour, is_settled
from derivcli.records import Behaviour, Entry, Kind, Problem, Reference
from derivcli.workers.timeout import timely

MAX_FLOAT = float.fromhex("0x1.fffffffffffffp+1023")


def enclosure(problem: Problem, known: Sequence[Sequence[arb]] = (), *, together: bool = False) -> Reference:
    """The reference of every entry, not yet `detailed`. Raises UnsupportedError where Arb lacks a function.

    `known`: the balls that are known at each point, for each output its partials and then itself; tight ones are taken.
    Each point has the time of a method, so that a hard one costs no other, or all `together`, for a report that is
    waited for. An entry that is not reached by then has neither a ball nor a behaviour.
    """
    count = len(problem.points)
    functions = np.full((problem.shape[0], problem.shape[2]), math.nan)
    enclosed: dict[Entry, arb] = {}
    behaviours: dict[Entry, Behaviour] = {}
    with_f = problem.asking(partials=(*problem.partials, ()))
    for points in [range(count)] if together else [range(k, k + 1) for k in range(count)]:
        for (o, p, k), found in timely(_found(with_f, known, points), problem.options.timeout):
            if isinstance(found, Behaviour):
                behaviours[o, p, k] = found
                if found.kind in (Kind.DIFFERENTIABLE, Kind.EDGE) and is_settled(found.derivative, functions[o, k]):
                    enclosed[o, p, k] = found.derivative
            elif p == len(problem.partials):
                functions[o, k] = balls.nearest_float(found)
            else:
                enclosed[o, p, k] = found
    values, radii = np.full(problem.shape, math.nan), np.full(problem.shape, math.nan)
    for entry, ball in enclosed.items():
        values[entry] = 0.0 if ball.contains(0) else balls.nearest_float(ball)
        radii[entry] = min(float(ball.rad()), MAX_FLOAT)
    kind = "differences" if any(map(by_differences, problem.program.functions)) else "enclosure"
    return Reference(kind, values, radii, functions, enclosed, behaviours)


def _found(
    with_f: Problem, known: Sequence[Sequence[arb]], points: Iterable[int]
) -> Iterator[tuple[Entry, arb | Behaviour]]:
    """Each entry of some points with its ball, or, after all of these, with what f does where series do not tell.

    f itself, before the rest of its point, as it says how far off a method may be, has the number of one partial more.
    """
    last = len(with_f.partials) - 1
    doubtful: list[Entry] = []
    for k in points:
        point = with_f.points.points[k]
        tight = known and all(map(balls.is_tight, known[k]))
        each = np.ndindex(with_f.shape[:2])
        seen = dict(zip(each, known[k], strict=True)) if tight else enclose_partials(with_f, point)
        defined = set[int]()  # the outputs that have a value here
        for o in range(with_f.shape[0]):
            f = seen[o, last] if balls.is_tight(seen[o, last]) else balls.at_point(with_f.program, point)[o]
            yield (o, last, k), f
            defined |= {o} if f.is_finite() else set()
        for (o, p), ball in seen.items():
            if p < last and o in defined and balls.is_tight(ball):  # in x + log(-1) the derivative of x is no answer
                yield (o, p, k), ball
            elif p < last:
                doubtful.append((o, p, k))
    for o, p, k in doubtful:
        yield (o, p, k), behaviour(with_f.program, o, with_f.points.points[k], with_f.partials[p])


def add_details(reference: Reference, problem: Problem) -> Reference:
    """The reference with 30 digits, and with what rounding can explain, in each entry; NaN where time is up."""
    texts = {entry: digits(ball) for entry, ball in reference.balls.items()}
    limits = np.full(problem.shape, math.nan)
    budgets_ = (budgets(problem, k) for k in range(len(problem.points)))
    for k, found in enumerate(timely(budgets_, problem.options.timeout)):
        limits[:, :, k] = found
    return replace(reference, texts=texts, budgets=limits)


def budgets(problem: Problem, k: int) -> Array:
    """The largest error (outputs, partials) that rounding in the problem's dtype can explain at a point."""
    found = enclose_partials(problem, problem.points.points[k], bits=problem.options.dtype.bits)
    radii = [float(ball.rad()) if ball.is_finite() else math.inf for ball in found.values()]
    return np.reshape(radii, problem.shape[:2])


def enclose_partials(
    problem: Problem, point: Sequence[Coordinate], *, bits: int | None = None, most: int = 4096
) -> dict[tuple[int, int], arb]:
    """The partials of each output at a point: refined until tight (`most` bits), or as `bits` bits give them."""

    def flat() -> list[arb]:
        return list(chain(*balls.partial_derivatives(problem.program, balls.coordinates(point), problem.partials)))

    if bits is None:
        result = balls.refine(flat, most=most)
    else:
        with balls.precision(bits):
            result = flat()
    return dict(zip(np.ndindex(problem.shape[:2]), result, strict=True))  # type: ignore[arg-type]  # two indices


def digits(ball: arb) -> str:
    """30 digits of a ball; what cannot be told from 0 is 0."""
    return "0" if ball.contains(0) else ball.str(30, radius=False)
