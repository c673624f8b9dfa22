"""One derivative by central differences over a ladder of steps, extrapolated to step zero, with an error estimate.

    x ± h  for  h = |x|/4, |x|/8, …   →   quotients   →   Richardson's table   →   its best entry, and an error

Source    Richardson 1911, https://doi.org/10.1098/rsta.1911.0009; Ridders 1982, https://doi.org/10.1016/S0141-1195(82)80057-0
"""

import math
from itertools import product
from math import comb, prod

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import outputs
from derivcli.formula.program import MultiIndex, Program

STEP_COUNT = 36
MAX_MORE_STEPS = 50  # levels more, at most, where |x| is small and a higher order needs larger steps
COLUMNS = 8  # of Richardson's table
FINEST = 8  # levels whose scatter shows the rounding in f
SAFETY = 2.0
ULP = 2.0**-53


def partial(program: Program, floats: Array, wrt: MultiIndex) -> tuple[Array, Array]:
    """One partial of each output at points (variables, points), and its error: both (outputs, points)."""
    if len(wrt) == 1:
        i = program.variables.index(wrt[0])
        direction = np.zeros_like(floats)
        direction[i] = 1
        return along_directions(program, floats, direction, ladder(floats[[i]], 1)[0])
    counts = {program.variables.index(name): wrt.count(name) for name in dict.fromkeys(wrt)}
    nodes, weights = stencil(tuple(counts.values()))
    steps = ladder(floats[list(counts)], len(wrt))
    batch = np.repeat(floats[:, None, None], len(nodes), axis=1) + np.zeros_like(steps[:1])
    for k, i in enumerate(counts):
        batch[i] += nodes[:, k, None, None] * steps[k]
    f = evaluate_batch(program, batch)
    widths = np.prod([((batch[i, 0] - batch[i, -1]) / n) ** n for i, n in counts.items()], axis=0)
    return extrapolate(weights, f, widths, base=4)


def along_directions(program: Program, floats: Array, directions: Array, steps: Array) -> tuple[Array, Array]:
    """The derivative of each output along a direction at each point, and its error: both (outputs, points).

    Points and directions are (variables, points), steps (levels, points). One-sided at the edge of the domain.
    """
    sides = np.array([1.0, -1.0, 0.0])[:, None, None]
    batch = floats[:, None, None] + directions[:, None, None] * (sides * steps)
    f = evaluate_batch(program, batch)
    weights = np.array([1.0, -1.0])
    norm = np.sum(directions**2, axis=0)
    values = errors = np.full((len(f), floats.shape[1]), math.nan)
    for pair, base in (([0, 1], 4), ([0, 2], 2), ([2, 1], 2)):  # both sides, to the right, to the left
        widths = np.einsum("vp,vlp->lp", directions, batch[:, pair[0]] - batch[:, pair[1]]) / norm  # as rounded
        side = extrapolate(weights, f[:, pair], widths, base=base)
        missing = np.isnan(values)
        values, errors = np.where(missing, side[0], values), np.where(missing, side[1], errors)
    return values, errors


def evaluate_batch(program: Program, batch: Array) -> Array:
    """The outputs (outputs, nodes, levels, points) of a batch (variables, nodes, levels, points)."""
    flat = outputs(program, batch.reshape(len(batch), -1))
    return flat.reshape(len(flat), *batch.shape[1:])


def stencil(orders: tuple[int, ...]) -> tuple[Array, Array]:
    """The central difference of these orders in so many variables: nodes (nodes, variables) in steps, and weights."""
    choices = list(product(*(range(n + 1) for n in orders)))
    nodes = np.array([[n - 2 * j for n, j in zip(orders, choice, strict=True)] for choice in choices], float)
    weights = [prod((-1) ** j * comb(n, j) for n, j in zip(orders, choice, strict=True)) for choice in choices]
    return nodes, np.array(weights, float)


def ladder(x: Array, order: int) -> Array:
    """Steps (variables, levels, points): powers of two, so that x ± h is exact, from |x|/4 (1/4 at 0) down.

    The n-th power of a small step leaves nothing but rounding: higher orders begin at |x|/2, or at 1/2 where that is
    larger. The finest steps are the same, and those too large for a point are NaN.
    """
    exponents = np.where(x == 0, 0.0, np.floor(np.log2(np.abs(np.where(x == 0, 1.0, x)))))
    finest = exponents - 1 - STEP_COUNT
    top = exponents - 2 if order == 1 else np.maximum(exponents - 1, np.minimum(-1, exponents + MAX_MORE_STEPS))
    count = int(np.max(top - finest)) + 1
    steps = finest[:, None] + np.arange(count - 1, -1, -1)[None, :, None]
    return np.where(steps <= top[:, None], np.exp2(steps), math.nan)


def extrapolate(weights: Array, f: Array, widths: Array, *, base: int) -> tuple[Array, Array]:
    """The best entry (outputs, points) of each Richardson table, and its error; NaN where there is none.

    `f` (outputs, nodes, levels, points) holds the values at the nodes of a stencil with these weights.
    """
    differences = np.einsum("n,onlp->olp", weights, f)
    quotients = differences / widths
    quotients = np.where(np.isfinite(quotients), quotients, math.nan)
    fine = quotients[:, -FINEST:]
    known = np.where(np.isnan(fine).all(axis=1, keepdims=True), 0.0, fine)  # of nothing there is no median
    trend = np.nanmedian(known, axis=1, keepdims=True) if len(weights) == 2 else 0.0  # at order 2 it is rounding itself
    scatter = np.fmax.reduce(np.abs((fine - trend) * widths[-FINEST:]), axis=1, keepdims=True)
    size = np.einsum("n,onlp->olp", np.abs(weights) / 2, np.abs(f))
    return _best(quotients, np.fmax(size * ULP, scatter) / np.abs(widths), base)


def _best(quotients: Array, rounding: Array, base: int) -> tuple[Array, Array]:
    """The entry with the smallest error over all columns of the table.

    An entry that finer quotients contradict has converged to something else: coarse steps see an aliased wave.
    """
    low, high = _corridor(quotients, rounding)
    column = quotients
    value = np.full(quotients[:, 0].shape, math.nan)
    error = np.full(value.shape, math.inf)
    for m in range(1, COLUMNS):
        following = column[:, 1:] + (column[:, 1:] - column[:, :-1]) / (base**m - 1)
        distance = np.maximum(np.abs(following - column[:, 1:]), np.abs(following - column[:, :-1]))
        contradiction = np.fmax(np.fmax(low[:, m:] - following, following - high[:, m:]), 0)
        errors = SAFETY * (np.maximum(distance, contradiction) + rounding[:, m:])
        errors = np.where(np.isfinite(errors), errors, math.inf)
        k = np.argmin(errors, axis=1, keepdims=True)
        candidate = np.take_along_axis(errors, k, axis=1)[:, 0]
        better = candidate < error
        value = np.where(better, np.take_along_axis(following, k, axis=1)[:, 0], value)
        error = np.where(better, candidate, error)
        column = following
    return value, np.where(np.isnan(value), math.nan, error)


def _corridor(quotients: Array, rounding: Array) -> tuple[Array, Array]:
    """Between which numbers each level and all finer ones put the derivative: rounding, and 3 times the last change."""
    change = np.abs(np.diff(quotients, axis=1, prepend=math.nan))
    reach = 4 * rounding + 3 * change
    low, high = quotients - reach, quotients + reach
    low, high = np.where(np.isnan(low), -math.inf, low), np.where(np.isnan(high), math.inf, high)
    return np.maximum.accumulate(low[:, ::-1], axis=1)[:, ::-1], np.minimum.accumulate(high[:, ::-1], axis=1)[:, ::-1]
