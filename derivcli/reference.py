"""The arbiter: a problem → the true derivative in each cell, as a ball refined far below float64.

Power series on Arb's balls give rigorous enclosures; functions that Arb has only on balls go by differences of tens of
digits. What it cannot enclose has NaN as its radius.
"""

import math
from collections.abc import Sequence
from functools import partial
from itertools import chain

import numpy as np
from flint import arb

from derivcli.backends import arb as balls
from derivcli.points import Coordinate
from derivcli.records import Cell, Problem, Reference


def enclosure(problem: Problem) -> Reference:
    """The reference of every cell. Raises UnsupportedError where Arb lacks a function."""
    values, radii, budgets = (np.full(problem.shape, math.nan) for _ in range(3))
    functions = np.full((problem.shape[0], problem.shape[2]), math.nan)
    enclosed: dict[Cell, arb] = {}
    for k, point in enumerate(problem.points.points):
        for (o, p), ball in derivatives(problem, point).items():
            if balls.tight(ball):
                values[o, p, k], radii[o, p, k] = balls.rounded(ball), float(ball.rad())
            enclosed[o, p, k] = ball
        functions[:, k] = [balls.rounded(ball) for ball in balls.refined(partial(balls.values, problem.program, point))]
        for (o, p), ball in derivatives(problem, point, bits=53).items():
            budgets[o, p, k] = float(ball.rad()) if ball.is_finite() else math.inf
    differences = any(map(balls.by_differences, problem.program.functions))
    texts = {cell: ball.str(30, radius=False) for cell, ball in enclosed.items() if balls.tight(ball)}
    kind = "differences" if differences else "enclosure"
    return Reference(kind, values, radii, texts, functions, budgets, enclosed)


def derivatives(
    problem: Problem, point: Sequence[Coordinate], *, bits: int | None = None, most: int = 4096
) -> dict[tuple[int, int], arb]:
    """The partials of each output at a point: refined until tight (`most` bits), or as `bits` bits give them."""

    def flat() -> list[arb]:
        return list(chain(*balls.partial_derivatives(problem.program, point, problem.partials)))

    if bits is None:
        result = balls.refined(flat, most=most)
    else:
        with balls.precision(bits):
            result = flat()
    return dict(zip(np.ndindex(problem.shape[:2]), result, strict=True))  # type: ignore[arg-type]  # two indices
