"""Central differences over a ladder of steps, extrapolated to step zero, with an error estimate.

Formula   Σ (-1)^j C(n, j) f(x + (n - 2j) h) / (2h)^n  for 36 steps h, halved each time, from |x|/4 down, and so in each
          variable of a mixed partial; Richardson's table in powers of 4
          (one-sided at the edge of the domain, first order only, in powers of 2)
Cost      36 (n + 1) evaluations of f for a partial of order n, more near x = 0; orders 1 to 4
Error     the entry with the smallest distance to its neighbours plus rounding; the rounding in f is read off the
          scatter of the finest steps
Source    Richardson 1911, https://doi.org/10.1098/rsta.1911.0009; Ridders 1982, https://doi.org/10.1016/S0141-1195(82)80057-0
"""

import math
import warnings
from itertools import product
from math import comb, prod

import numpy as np

from derivcli.backends import evaluation
from derivcli.errors import UnsupportedError
from derivcli.program import Program
from derivcli.records import Array, Estimate, Problem
from derivcli.requests import MultiIndex, Scheme, Step

HIGHEST = 4  # order: beyond it rounding leaves no digits
LEVELS = 36
RAISED = 50  # levels more, at most, where |x| is small and a higher order needs larger steps
COLUMNS = 8  # of Richardson's table
FINEST = 8  # levels whose scatter shows the rounding in f
SAFETY = 2.0
ULP = 2.0**-53
BLOCK = 4_000_000  # numbers in a batch
CACHED = 4_096  # points whose short ladders fit the cache
STAGES = {1: (6, 12), 2: (4, 8), 3: (3,), 4: (2,)}  # exponents of the first of four steps, by order
ROUGH = 1e-7  # relative error that calls for another stage: a tenth of what the rule allows


def estimate(problem: Problem) -> Estimate:
    """Values of partials with error estimates. Raises UnsupportedError for orders above 4."""
    if not np.isfinite(problem.floats).all():
        raise UnsupportedError("not supported: a coordinate is beyond float64")
    problem = evaluation.without_detach(problem)
    order = max(map(len, problem.partials))
    if problem.step and order > 1:
        raise UnsupportedError("not supported: a textbook quotient is for first derivatives")
    if problem.step:
        return textbook(problem, problem.step)
    if order > HIGHEST:
        raise UnsupportedError(f"not supported: beyond order {HIGHEST} rounding leaves finite differences no digits")
    values, errors = np.empty(problem.shape), np.empty(problem.shape)
    block = max(1, BLOCK // (LEVELS * 2**HIGHEST * len(problem.floats)))  # points that go through together
    for p, wrt in enumerate(problem.partials):
        for k in range(0, problem.shape[2], block):
            here = problem.floats[:, k : k + block]
            values[:, p, k : k + block], errors[:, p, k : k + block] = partial(problem.program, here, wrt)
    return Estimate("finite-difference", values, errors)


def partial(program: Program, floats: Array, wrt: MultiIndex) -> tuple[Array, Array]:
    """One partial of each output at points (variables, points), and its error: both (outputs, points)."""
    counts = {program.variables.index(name): wrt.count(name) for name in dict.fromkeys(wrt)}
    nodes, weights = stencil(tuple(counts.values()))
    steps = ladder(floats[list(counts)], len(wrt))
    batch = np.repeat(floats[:, None, None], len(nodes) + 1, axis=1) + np.zeros_like(steps[:1])  # the point itself last
    for k, i in enumerate(counts):
        batch[i, :-1] += nodes[:, k, None, None] * steps[k]
    flat = evaluation.functions(program, batch.reshape(len(batch), -1))
    f = flat.reshape(len(flat), *batch.shape[1:])
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # "All-NaN slice": no step stayed inside the domain
        widths = np.prod([((batch[i, 0] - batch[i, -2]) / n) ** n for i, n in counts.items()], axis=0)
        values, errors = extrapolated(weights, f[:, :-1], widths, base=4)
        if len(wrt) == 1:
            [i] = counts
            for pair in ([0, 2], [2, 1]):  # to the right, to the left
                side = extrapolated(weights, f[:, pair], batch[i, pair[0]] - batch[i, pair[1]], base=2)
                edge = np.isnan(values)
                values, errors = np.where(edge, side[0], values), np.where(edge, side[1], errors)
    return values, errors


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
    finest = exponents - 1 - LEVELS
    top = exponents - 2 if order == 1 else np.maximum(exponents - 1, np.minimum(-1, exponents + RAISED))
    count = int(np.max(top - finest)) + 1
    steps = finest[:, None] + np.arange(count - 1, -1, -1)[None, :, None]
    return np.where(steps <= top[:, None], np.exp2(steps), math.nan)


def extrapolated(weights: Array, f: Array, widths: Array, *, base: int) -> tuple[Array, Array]:
    """The best entry (outputs, points) of each Richardson table, and its error; NaN where there is none.

    `f` (outputs, nodes, levels, points) holds the values at the nodes of a stencil with these weights.
    """
    differences = np.einsum("n,onlp->olp", weights, f)
    quotients = differences / widths
    quotients = np.where(np.isfinite(quotients), quotients, math.nan)
    fine = quotients[:, -FINEST:]
    trend = np.nanmedian(fine, axis=1, keepdims=True) if len(weights) == 2 else 0.0  # at order 2 it is rounding itself
    scatter = np.nanmax(np.abs((fine - trend) * widths[-FINEST:]), axis=1, keepdims=True)
    size = np.einsum("n,onlp->olp", np.abs(weights), np.abs(f)) / 2
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


def textbook(problem: Problem, step: Step) -> Estimate:
    """The plain quotient with one step; its error is truncation, from the step 2h, plus rounding."""
    indices = [problem.program.variables.index(name) for (name,) in problem.partials]
    x = problem.floats[indices]
    reach = {Scheme.FORWARD: (1, 0), Scheme.BACKWARD: (0, -1), Scheme.CENTRAL: (1, -1)}[step.scheme]
    offsets = np.array([step.h * side * factor for factor in (1, 2) for side in reach])
    batch = np.repeat(problem.floats[:, None, None], len(indices), axis=1) + np.zeros((1, 1, 4, 1))
    for p, i in enumerate(indices):
        batch[i, p] += offsets[:, None]
    flat = evaluation.functions(problem.program, batch.reshape(len(batch), -1))
    f = flat.reshape(len(flat), *batch.shape[1:])
    with np.errstate(all="ignore"):
        width = step.h * (reach[0] - reach[1])
        value, coarse = (f[:, :, 0] - f[:, :, 1]) / width, (f[:, :, 2] - f[:, :, 3]) / (2 * width)
        order = 2 if step.scheme == Scheme.CENTRAL else 1
        truncation = np.abs(coarse - value) / (2**order - 1)
        slope = np.maximum(np.abs(value), np.abs(coarse))
        rounding = 2.0**-53 * (2 * np.maximum(np.abs(f[:, :, 0]), np.abs(f[:, :, 1])) + slope * np.abs(x)) / width
    note = f"{step.scheme} quotient with h = {step.h:g}: truncation up to {np.nanmax(truncation):.1e}, "
    note += f"rounding up to {np.nanmax(rounding):.1e}"
    return Estimate("finite-difference", value, SAFETY * (truncation + rounding), note=note)


def over_block(problem: Problem) -> Estimate:
    """Many points: four steps each, shorter ones where those do not settle, and the whole ladder where nothing else does."""
    problem = evaluation.without_detach(problem)
    if problem.step or max(map(len, problem.partials)) > HIGHEST:
        return estimate(problem)
    values, errors = np.empty(problem.shape), np.empty(problem.shape)
    for p, wrt in enumerate(problem.partials):
        for k in range(0, problem.shape[2], CACHED):
            here = problem.floats[:, k : k + CACHED]
            values[:, p, k : k + CACHED], errors[:, p, k : k + CACHED] = in_stages(problem.program, here, wrt)
    return Estimate("finite-difference", values, errors)


def in_stages(program: Program, floats: Array, wrt: MultiIndex) -> tuple[Array, Array]:
    """One partial of each output at points (variables, points), and its error: both (outputs, points).

    An error is at least the bend of f, so that a symmetric kink, to which a central difference is blind, shows.
    """
    f = evaluation.functions(program, floats)
    size = np.abs(f) / np.prod([np.maximum(1, np.abs(floats[program.variables.index(name)])) for name in wrt], axis=0)
    values, errors, bends = (np.zeros(f.shape) for _ in range(3))
    left = np.arange(f.shape[1])
    with np.errstate(all="ignore"):
        for first in STAGES[len(wrt)]:
            found = short(program, floats[:, left], wrt, first, f[:, left])
            values[:, left], errors[:, left], bends[:, left] = found
            settled = np.all(errors[:, left] <= ROUGH * np.fmax(np.abs(values), size)[:, left], axis=0)
            left = left[~settled]
        if len(left):
            values[:, left], errors[:, left] = partial(program, floats[:, left], wrt)
    return values, np.fmax(errors, bends)


def short(program: Program, floats: Array, wrt: MultiIndex, first: int, f: Array) -> tuple[Array, Array, Array]:
    """Four steps from 2^-first |x| down: a partial of each output, its error, and a bend that does not vanish (or 0)."""
    counts = {program.variables.index(name): wrt.count(name) for name in dict.fromkeys(wrt)}
    nodes, weights = stencil(tuple(counts.values()))
    x = floats[list(counts)]
    exponents = np.where(x == 0, 0.0, np.floor(np.log2(np.abs(np.where(x == 0, 1.0, x))))) - first
    steps = np.exp2(exponents[:, None] - np.arange(4)[:, None])
    batch = np.repeat(floats[:, None, None], len(nodes), axis=1) + np.zeros_like(steps[:1])
    for k, i in enumerate(counts):
        batch[i] += nodes[:, k, None, None] * steps[k]
    flat = evaluation.functions(program, batch.reshape(len(batch), -1))
    around = flat.reshape(len(flat), *batch.shape[1:])
    widths = np.prod([(2 * steps[k]) ** n for k, n in enumerate(counts.values())], axis=0)
    table = [np.einsum("n,onlp->olp", weights, around) / widths]
    for m in (1, 2, 3):
        table.append(table[-1][:, 1:] + np.diff(table[-1], axis=1) / (4**m - 1))
    value = table[3][:, 0]
    distance = np.abs(value - table[2][:, 1]) + np.abs(np.diff(table[2], axis=1)[:, 0])
    rounding = ULP * np.einsum("n,onp->op", np.abs(weights), np.abs(around[:, :, 3])) / widths[3]
    bend = np.zeros_like(value)
    if len(weights) == 2:
        bends = np.abs(around.sum(axis=1) - 2 * f[:, None]) / steps[0]
        bend = np.where((bends[:, 3] > bends[:, 0] / 2) & (bends[:, 3] > 1e3 * rounding), bends[:, 3], 0.0)
    return value, SAFETY * (distance + rounding), bend
