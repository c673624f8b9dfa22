"""Where to look at a curve, and how to join what is seen: a program, its singularities → x, and pieces of f, f', …

Points lie on a grid, closer near singularities, and closer where a curve bends. All of them lie inside `Stretch`es:
the intervals between singularities on which f is defined.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb

from derivcli.backends import balls
from derivcli.backends.arrays import Array
from derivcli.features.plot.singularities import Singularities, Singularity
from derivcli.formula.program import Program
from derivcli.judge.smoothness import defined

WITHIN = 0.3819660112501051  # where a stretch is probed: the middle may be special, as -2 is for x^x
APPROACHES = 12  # halvings of the distance to a singularity
BENT = 0.002  # of the height: how far from a straight line three points may lie
MAX_ROUNDS = 5
MAX_GROWTH = 4  # times as many points as asked for, at most

Jet = Callable[[float], Sequence[arb]]  # x → f, f', … as balls


@dataclass(frozen=True, slots=True)
class Stretch:
    """An open interval on which f is defined and smooth, and what is at its ends (nothing at the end of the window)."""

    low: float
    high: float
    before: Singularity | None
    after: Singularity | None


def stretches(program: Program, search: Singularities, low: float, high: float) -> list[Stretch]:
    """The intervals of a window on which the only output of a program is defined."""
    events: list[tuple[float, float, Singularity | None]] = [(s.x, s.x, s) for s in search.found]
    events += [(left, right, None) for left, right in search.unresolved]
    found, position, before = [], low, None
    for left, right, singularity in [*sorted(events, key=lambda event: event[:2]), (high, high, None)]:
        if left > position:
            found.append(Stretch(position, left, before, singularity))
        if right >= position:
            position, before = right, singularity
    return [each for each in found if defined(program, Fraction(each.low + WITHIN * (each.high - each.low)))]


def sample(jet: Jet, parts: Sequence[Stretch], order: int, samples: int, width: float) -> tuple[list[Array], bool]:
    """The x (sorted) for each stretch, and whether they are enough; a jet is asked for at one x again and again."""
    grids = [_grid(part, samples, width) for part in parts]
    for _ in range(MAX_ROUNDS):
        seen = [_values(jet, grid, order) for grid in grids]
        heights = spreads(np.concatenate(seen, axis=1)) if seen else np.ones(1)
        more = [_between(grid, values, heights) for grid, values in zip(grids, seen, strict=True)]
        if not any(map(len, more)):
            break
        if sum(map(len, (*grids, *more))) > MAX_GROWTH * samples:
            return grids, False
        grids = [np.union1d(old, x) for old, x in zip(grids, more, strict=True)]
    return grids, True


def spreads(values: Array) -> Array:
    """How high each of several curves is, without the tails that poles have."""
    finite = np.where(np.isfinite(values), values, np.nan)
    if not finite.size or np.isnan(finite).all(axis=1).any():
        return np.ones(len(values))
    low, high = np.nanquantile(finite, [0.05, 0.95], axis=1)
    return np.array([float(b - a) or 1.0 for a, b in zip(low, high, strict=True)])


def _grid(part: Stretch, samples: int, width: float) -> Array:
    step = min(width / max(samples - 1, 1), (part.high - part.low) / 8)
    inner = np.linspace(part.low, part.high, max(int((part.high - part.low) / step), 8) + 1)
    near = step * 0.5 ** np.arange(1, APPROACHES)
    left = part.low + near if part.before else np.array([part.low])
    right = part.high - near if part.after else np.array([part.high])
    x: Array = np.unique(np.concatenate([inner[1:-1], left, right], dtype=np.float64))
    first = x >= part.low if part.before is None else x > part.low
    return x[first & (x <= part.high if part.after is None else x < part.high)]


def _values(jet: Jet, x: Array, order: int) -> Array:
    rows = [list(map(balls.nearest_float, jet(each))) for each in x.tolist()]
    return np.array(rows).reshape(len(rows), order + 1).T


def _between(x: Array, values: Array, heights: Array) -> Array:
    """The middles of the two intervals beside every point where some curve bends."""
    if len(x) < 3:
        return np.empty(0)
    t = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    with np.errstate(all="ignore"):
        chord = values[:, :-2] + t * (values[:, 2:] - values[:, :-2])
        bent = (np.abs(values[:, 1:-1] - chord) > BENT * heights[:, None]).any(axis=0)
        seen = (np.abs(values[:, 1:-1] - _medians(values)) < 3 * heights[:, None]).any(axis=0)
    i = np.flatnonzero(bent & seen)
    middles = np.concatenate([(x[i] + x[i + 1]) / 2, (x[i + 1] + x[i + 2]) / 2])
    return np.setdiff1d(np.unique(middles), x)


def _medians(values: Array) -> Array:
    """The median of each curve, as a column; NaN where it has no value at all."""
    finite = [row[np.isfinite(row)] for row in values]
    return np.array([[np.median(row) if len(row) else math.nan] for row in finite])


def pieces(
    parts: Sequence[Stretch], grids: Sequence[Array], rows: Sequence[Array], order: int
) -> Iterator[tuple[Array, Array]]:
    """f^(order) as pieces that end in its limits; values at the grids in, joined where the curve is continuous out."""
    x: list[float] = []
    y: list[float] = []
    for part, grid, row in zip(parts, grids, rows, strict=True):
        continued = part.before is not None and part.before.joined(order) and bool(x)
        if not continued:
            yield from finite(x, y)
            x, y = [], []
        for singularity, side in ((part.before, 1), (part.after, 0)):
            if singularity and not (side and continued):
                x.append(singularity.x)
                y.append(singularity.sides[order][side])
            if side:
                x += grid.tolist()
                y += row.tolist()
    yield from finite(x, y)


def finite(x: Sequence[float] | Array, y: Sequence[float] | Array) -> Iterator[tuple[Array, Array]]:
    """The runs of points that have a finite y."""
    points = np.array([x, y], float)
    bad = np.flatnonzero(~np.isfinite(points[1]))
    for run in np.split(np.arange(len(x)), bad):
        kept = run[np.isfinite(points[1, run])] if len(run) else run
        if len(kept):
            yield points[0, kept], points[1, kept]
