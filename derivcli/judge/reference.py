"""The arbiter: a problem → the true derivative in each entry, as a ball refined far below float64.

Power series on Arb's balls give rigorous enclosures; functions that Arb has only on balls go by differences of tens of
digits; where that fails, one-sided limits say what f does there. Where there is no derivative the radius is NaN.
"""

import math
from collections.abc import Sequence
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

MAX_FLOAT = float.fromhex("0x1.fffffffffffffp+1023")


def enclosure(problem: Problem, known: Sequence[Sequence[arb]] = ()) -> Reference:
    """The reference of every entry, not yet `detailed`. Raises UnsupportedError where Arb lacks a function.

    `known`: the balls that are known at each point, for each output its partials and then itself; tight ones are taken.
    """
    found, radii = np.full(problem.shape, math.nan), np.full(problem.shape, math.nan)
    functions = np.full((problem.shape[0], problem.shape[2]), math.nan)
    with_f = problem.asking(partials=(*problem.partials, ()))
    enclosed: dict[Entry, arb] = {}
    behaviours: dict[Entry, Behaviour] = {}
    for k, point in enumerate(problem.points.points):
        tight = known and all(map(balls.tight, known[k]))
        seen = (
            dict(zip(np.ndindex(with_f.shape[:2]), known[k], strict=True)) if tight else enclose_partials(with_f, point)
        )
        for (o, p), series in seen.items():
            if p == len(problem.partials):
                f = series if balls.tight(series) else balls.at_point(problem.program, point)[o]
                functions[o, k] = balls.rounded(f)
                continue
            ball = series
            if not balls.tight(series):
                behaviours[o, p, k] = behaviour(problem.program, o, point, problem.partials[p])
                ball = behaviours[o, p, k].derivative
                if behaviours[o, p, k].kind not in (Kind.DIFFERENTIABLE, Kind.EDGE) or not is_settled(ball):
                    continue
            found[o, p, k] = 0.0 if ball.contains(0) else balls.rounded(ball)
            radii[o, p, k] = min(float(ball.rad()), MAX_FLOAT)
            enclosed[o, p, k] = ball
    kind = "differences" if any(map(by_differences, problem.program.functions)) else "enclosure"
    return Reference(kind, found, radii, functions, enclosed, behaviours)


def add_details(reference: Reference, problem: Problem) -> Reference:
    """The reference with 30 digits, and with what rounding can explain, in each entry."""
    texts = {entry: digits(ball) for entry, ball in reference.balls.items()}
    limits = np.empty(problem.shape)
    for k in range(len(problem.points)):
        limits[:, :, k] = budgets(problem, k)
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
        result = balls.refined(flat, most=most)
    else:
        with balls.precision(bits):
            result = flat()
    return dict(zip(np.ndindex(problem.shape[:2]), result, strict=True))  # type: ignore[arg-type]  # two indices


def digits(ball: arb) -> str:
    """30 digits of a ball; what cannot be told from 0 is 0."""
    return "0" if ball.contains(0) else ball.str(30, radius=False)
