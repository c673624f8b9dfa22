"""Where to look for a counterexample in a box: points that are rarely generic.

Quasi-random points, the numbers that the formula and the box themselves suggest, and points ever closer to those.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.draws import sobol
from derivcli.features.search.literals import Texts, floats, texts
from derivcli.formula.program import Program
from derivcli.requests.closed_forms import literals, write
from derivcli.requests.intervals import Interval, Intervals

MAX_WHOLE = 10  # whole numbers up to this one are special
MAX_SPECIAL = 48  # on an axis
MAX_CORNERS = 400  # points whose coordinates are all special
MAX_CENTRES = 60  # points that are approached
APPROACH_PLACES = 32  # decimal places; at eps² all floats but 0 look like the special point itself
SAMPLE_DIGITS = 5  # of a sample, relative to the width of its interval: `-3.2714` is no worse than 17 digits of it
MAX_PLACES = 300  # decimal places that a float64 can be rounded to
POINTS_PER_LINE = 96  # points on a line through a box of several variables
LINES_PER_AXIS = 24  # lines an axis


def round_points(interval: Interval, values: Array) -> Array:
    """Values of one variable with a few decimal digits."""
    places = SAMPLE_DIGITS - math.floor(math.log10(interval.width))
    shortened = np.round(values, places) if places < MAX_PLACES else values
    return np.clip(shortened, interval.low, interval.high)


def inside(box: Intervals, floats: Array) -> np.ndarray:
    """Which points (variables, points) lie in the box, its boundary included."""
    return np.all([(i.low <= x) & (x <= i.high) for i, x in zip(box, floats, strict=True)], axis=0)


def samples(box: Intervals, count: int, seed: int) -> Array:
    """Quasi-random points (variables, count) of few digits."""
    unit = sobol(len(box), count, seed)
    return np.stack([round_points(i, i.low + i.width * u) for i, u in zip(box, unit, strict=True)])


def special(program: Program, interval: Interval) -> list[str]:
    """The numbers in an interval that the program and the interval suggest, the simplest first."""
    given = literals(program)
    numbers = dict.fromkeys([Fraction(0), *(s * Fraction(n) for n in range(1, MAX_WHOLE + 1) for s in (1, -1)), *given])
    within = [v for v in numbers if abs(v) < 2**1024 and interval.low <= v <= interval.high]
    mine = sorted(within, key=lambda v: (v not in given and v != 0, abs(v)))
    return list(dict.fromkeys([*map(write, mine[: MAX_SPECIAL - 2]), *interval.texts]))


def corners(program: Program, box: Intervals) -> list[Texts]:
    """Points whose coordinates are all special."""
    most = max(2, math.floor(MAX_CORNERS ** (1 / len(box)))) if len(box) > 1 else MAX_SPECIAL
    axes = [special(program, interval)[:most] for interval in box]
    return [point for point, _ in zip(product(*axes), range(MAX_CORNERS), strict=False)]


def around(box: Intervals, centres: Array) -> Array:
    """Points (variables, points) ever closer to each centre, on both sides, along each axis and the diagonal."""
    offsets = np.array([sign * float(f"1e-{k}") for k in range(1, APPROACH_PLACES + 1) for sign in (1, -1)])
    directions = np.eye(len(box)) if len(box) == 1 else np.vstack([np.eye(len(box)), np.ones(len(box))])
    near = centres[:, :MAX_CENTRES, None, None] + directions.T[:, None, :, None] * offsets
    near = near.reshape(len(box), -1)
    return np.unique(near[:, inside(box, near)], axis=1)


def lines(program: Program, box: Intervals, points: Array, seed: int) -> list[Array]:
    """Sorted points (variables, points) on lines along the axes: all of them in one variable, else some lines."""
    if len(box) == 1:
        return [np.unique(points, axis=1)]
    bases = np.concatenate(
        [points[:, :0], samples(box, LINES_PER_AXIS, seed + 1), floats(corners(program, box)[:LINES_PER_AXIS])], axis=1
    )
    found = []
    for i, interval in enumerate(box):
        steps = np.linspace(interval.low, interval.high, POINTS_PER_LINE)
        steps = np.unique(
            np.concatenate([round_points(interval, steps), *floats([(t,) for t in special(program, interval)])])
        )
        for base in bases.T:
            line = np.repeat(base[:, None], len(steps), axis=1)
            line[i] = steps
            found.append(line)
    return found


def shorten_point(point: Texts, box: Intervals) -> Iterator[Texts]:
    """The points of the box that come from rounding the coordinates to 1 to 6 digits, with their signs and without."""
    values = floats([point])
    for digits in (1, 2, 3, 4, 6):
        for column in (np.abs(values), values):
            trial = np.array([[float(f"{x:.{digits - 1}e}")] for x in column[:, 0]])
            if inside(box, trial).all():
                yield texts(trial[:, 0])
