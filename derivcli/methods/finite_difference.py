"""Central differences over a ladder of steps, extrapolated to step zero, with an error estimate.

Formula   Σ (-1)^j C(n, j) f(x + (n - 2j) h) / (2h)^n  for 36 steps h, halved each time, from |x|/4 down, and so in each
          variable of a mixed partial; Richardson's table in powers of 4
          (one-sided at the edge of the domain, first order only, in powers of 2)
Cost      36 (n + 1) evaluations of f for a partial of order n, more near x = 0; orders 1 to 4. Where all the partials
          of a long formula would take seconds: 20 of them, drawn, and one random projection, that is, the derivative
          in a direction in which each variable counts. If autograd's gradient contradicts it, all are computed, and
          the worst is named
Error     the entry with the smallest distance to its neighbours plus rounding; the rounding in f is read off the
          scatter of the finest steps
Source    Richardson 1911, https://doi.org/10.1098/rsta.1911.0009; Ridders 1982, https://doi.org/10.1016/S0141-1195(82)80057-0;
          a random direction instead of every element: PyTorch's gradcheck(fast_mode=True),
          https://docs.pytorch.org/docs/stable/notes/gradcheck.html
"""

import math
import sys
from collections.abc import Sequence

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.backends.floats import outputs
from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.program import MultiIndex, Program
from derivcli.methods import autograd
from derivcli.methods._detach import without_detach
from derivcli.methods._differences import (
    SAFETY,
    STEP_COUNT,
    ULP,
    along_directions,
    evaluate_batch,
    ladder,
    partial,
    stencil,
)
from derivcli.records import Estimate, Problem
from derivcli.requests.options import Scheme, Step

ADVISORY = True

MAX_ORDER = 4  # order: beyond it rounding leaves no digits
BATCH_NUMBERS = 4_000_000  # numbers in a batch
CACHED_POINTS = 16_384  # points whose short ladders fit the cache
HALVES = 0.5 ** np.arange(3)  # a short ladder
STAGES = {1: (8, 13), 2: (4, 8), 3: (3,), 4: (2,)}  # exponents of the first of its steps, by order
ROUGH_RTOL = 1e-7  # relative error that calls for another stage: a tenth of what the rule allows
DRAWN_PARTIALS = 20  # partials of many
SENSITIVE = 0.01  # of the tolerance: one wrong partial among a thousand must show in the projection
MAX_WORK = 500_000  # instructions × partials × points: a second or two


def estimate(problem: Problem) -> Estimate:
    """Values of partials with error estimates. Raises UnsupportedError for orders above 4."""
    if not np.isfinite(problem.floats).all():
        raise UnsupportedError(Reason.NOT_SUPPORTED, "a coordinate is beyond float64")
    given, problem = problem, without_detach(problem)
    order = max(map(len, problem.partials))
    if problem.options.step and order > 1:
        raise UnsupportedError(Reason.NOT_SUPPORTED, "a textbook quotient is for first derivatives")
    if problem.options.step:
        return textbook_quotient(problem, problem.options.step)
    if order > MAX_ORDER:
        raise UnsupportedError(
            Reason.NOT_SUPPORTED, f"beyond order {MAX_ORDER} rounding leaves finite differences no digits"
        )
    if order == 1:
        work = len(problem.program.instructions) * len(problem.partials) * problem.shape[2]
        many = len(problem.partials) > DRAWN_PARTIALS and work > MAX_WORK
        if many:
            return estimate_drawn(given, problem)
        values, errors = first_partials(problem, problem.partials)
        return Estimate(values=values, errors=errors)
    values, errors = np.empty(problem.shape), np.empty(problem.shape)
    block = max(
        1, BATCH_NUMBERS // (STEP_COUNT * 2**MAX_ORDER * len(problem.floats))
    )  # points that go through together
    for p, wrt in enumerate(problem.partials):
        for k in range(0, problem.shape[2], block):
            here = problem.floats[:, k : k + block]
            values[:, p, k : k + block], errors[:, p, k : k + block] = partial(problem.program, here, wrt)
    return Estimate(values=values, errors=errors)


def first_partials(problem: Problem, partials: Sequence[tuple[str, ...]]) -> tuple[Array, Array]:
    """First partials with their errors: both (outputs, partials, points). Several go through together."""
    outputs, _, points = problem.shape
    index = {name: i for i, name in enumerate(problem.program.variables)}
    rows = np.repeat([index[name] for (name,) in partials], points)
    columns = np.tile(np.arange(points), len(partials))
    values, errors = np.empty((outputs, len(rows))), np.empty((outputs, len(rows)))
    block = max(1, BATCH_NUMBERS // (3 * STEP_COUNT * len(problem.floats)))
    for k in range(0, len(rows), block):
        own, here = rows[k : k + block], problem.floats[:, columns[k : k + block]]
        directions = np.zeros_like(here)
        directions[own, np.arange(len(own))] = 1
        x = np.take_along_axis(here, own[None], axis=0)
        values[:, k : k + block], errors[:, k : k + block] = along_directions(
            problem.program, here, directions, ladder(x, 1)[0]
        )
    shape = outputs, len(partials), points
    return values.reshape(shape), errors.reshape(shape)


def estimate_drawn(given: Problem, problem: Problem) -> Estimate:
    """Some partials, and a projection of all of them; all of them if autograd's gradient contradicts it."""
    generator = np.random.default_rng(problem.seed or 0)
    count = len(problem.partials)
    chosen = np.sort(generator.choice(count, DRAWN_PARTIALS, replace=False))
    signs = generator.choice([-1.0, 1.0], count)
    values, errors = np.full(problem.shape, math.nan), np.full(problem.shape, math.inf)
    values[:, chosen], errors[:, chosen] = first_partials(problem, [problem.partials[p] for p in chosen])
    rows = [problem.program.variables.index(name) for (name,) in problem.partials]
    x = problem.floats[rows]
    scales = np.exp2(np.floor(np.log2(np.abs(np.where(x == 0, 1.0, x)))))  # so that each coordinate moves by its size
    directions = np.zeros_like(problem.floats)
    directions[rows] = signs[:, None] * scales
    along_all, error = along_directions(
        problem.program, problem.floats, directions, ladder(np.zeros((1, x.shape[1])), 1)[0]
    )
    claimed = _gradient(given)
    terms = claimed * directions[rows]
    total, length = terms.sum(axis=1), np.sqrt(np.sum(terms**2, axis=1))
    if np.all(np.abs(total - along_all) <= error + SENSITIVE * problem.options.dtype.rtol * length):
        note = f"{DRAWN_PARTIALS} of {count:,} partials, drawn at random, and one random projection: "
        note += f"{along_all[0, 0]:.6g}, {total[0, 0]:.6g} by autograd's gradient"
        return Estimate(values=values, errors=errors, note=note)
    values, errors = first_partials(problem, problem.partials)
    return Estimate(values=values, errors=errors, note=_worst(problem, values, errors, claimed))


def _worst(problem: Problem, values: Array, errors: Array, claimed: Array) -> str:
    """Where autograd's gradient is furthest from the differences, relative to them."""
    apart = np.where(np.isnan(claimed), math.inf, np.abs(claimed - values)) - errors
    o, p, k = np.unravel_index(np.argmax(apart / np.fmax(np.abs(values), sys.float_info.min)), apart.shape)
    note = f"a random projection contradicts autograd's gradient, so all {len(problem.partials):,} were computed; "
    note += f"the worst is that by {problem.partials[p][0]}: {values[o, p, k]:.6g}, {claimed[o, p, k]:.6g} by autograd"
    return note


def _gradient(problem: Problem) -> Array:
    """Autograd's partials; NaN, which contradicts everything, where it has none."""
    try:
        values = autograd.estimate(problem).values
    except UnsupportedError:
        values = None
    return np.full(problem.shape, math.nan) if values is None else values


def textbook_quotient(problem: Problem, step: Step) -> Estimate:
    """The plain quotient with one step; its error is truncation, from the step 2h, plus rounding."""
    indices = [problem.program.variables.index(name) for (name,) in problem.partials]
    x = problem.floats[indices]
    reach = {Scheme.FORWARD: (1, 0), Scheme.BACKWARD: (0, -1), Scheme.CENTRAL: (1, -1)}[step.scheme]
    offsets = np.array([step.h * side * factor for factor in (1, 2) for side in reach])
    batch = np.repeat(problem.floats[:, None, None], len(indices), axis=1) + np.zeros((1, 1, 4, 1))
    for p, i in enumerate(indices):
        batch[i, p] += offsets[:, None]
    flat = outputs(problem.program, batch.reshape(len(batch), -1))
    f = flat.reshape(len(flat), *batch.shape[1:])
    width = step.h * (reach[0] - reach[1])
    value, coarse = (f[:, :, 0] - f[:, :, 1]) / width, (f[:, :, 2] - f[:, :, 3]) / (2 * width)
    order = 2 if step.scheme == Scheme.CENTRAL else 1
    truncation = np.abs(coarse - value) / (2**order - 1)
    slope = np.maximum(np.abs(value), np.abs(coarse))
    rounding = 2.0**-53 * (2 * np.maximum(np.abs(f[:, :, 0]), np.abs(f[:, :, 1])) + slope * np.abs(x)) / width
    note = f"{step.scheme} quotient with h = {step.h:g}: truncation up to {np.fmax.reduce(truncation, axis=None):.1e}, "
    note += f"rounding up to {np.fmax.reduce(rounding, axis=None):.1e}"
    return Estimate(values=value, errors=SAFETY * (truncation + rounding), note=note)


def over_block(problem: Problem) -> Estimate:
    """Many points: four steps each, shorter ones where those do not settle, and where nothing does the whole ladder."""
    problem = without_detach(problem)
    if problem.options.step or max(map(len, problem.partials)) > MAX_ORDER:
        return estimate(problem)
    values, errors = np.empty(problem.shape), np.empty(problem.shape)
    for p, wrt in enumerate(problem.partials):
        for k in range(0, problem.shape[2], CACHED_POINTS):
            here = problem.floats[:, k : k + CACHED_POINTS]
            values[:, p, k : k + CACHED_POINTS], errors[:, p, k : k + CACHED_POINTS] = partial_in_stages(
                problem.program, here, wrt
            )
    return Estimate(values=values, errors=errors)


def partial_in_stages(program: Program, floats: Array, wrt: MultiIndex) -> tuple[Array, Array]:
    """One partial of each output at points (variables, points), and its error: both (outputs, points).

    An error is at least the bend of f, so that a symmetric kink, to which a central difference is blind, shows.
    """
    f = outputs(program, floats)
    size = np.abs(f) / np.prod([np.maximum(1, np.abs(floats[program.variables.index(name)])) for name in wrt], axis=0)
    first, *others = STAGES[len(wrt)]
    values, errors, bends = short_ladder(program, floats, wrt, first, f)
    for following in (*others, None):
        settled = np.all(errors <= ROUGH_RTOL * np.fmax(np.abs(values), size), axis=0)
        left = np.flatnonzero(~settled)
        if not len(left):
            break
        if following is None:
            values[:, left], errors[:, left] = partial(program, floats[:, left], wrt)
        else:
            again = short_ladder(program, floats[:, left], wrt, following, f[:, left])
            values[:, left], errors[:, left], bends[:, left] = again
    return values, np.fmax(errors, bends)


def short_ladder(program: Program, floats: Array, wrt: MultiIndex, first: int, f: Array) -> tuple[Array, Array, Array]:
    """Steps from 2^-first |x| down: a partial of each output, its error, and a bend that does not vanish, or 0."""
    counts = {program.variables.index(name): wrt.count(name) for name in dict.fromkeys(wrt)}
    nodes, weights = stencil(tuple(counts.values()))
    x = floats[list(counts)]
    largest = np.ldexp(1.0, np.frexp(np.where(x == 0, 1.0, x))[1] - 1 - first)
    steps = largest[:, None] * HALVES[:, None]
    batch = np.empty((len(floats), len(nodes), len(HALVES), floats.shape[1]))
    batch[:] = floats[:, None, None]
    for k, i in enumerate(counts):
        batch[i] += nodes[:, k, None, None] * steps[k]
    around = evaluate_batch(program, batch)
    widths = np.prod([(2 * steps[k]) ** n for k, n in enumerate(counts.values())], axis=0)
    table = [np.einsum("n,onlp->olp", weights, around) / widths]
    for m in range(1, len(HALVES)):
        table.append(table[-1][:, 1:] + np.diff(table[-1], axis=1) / (4**m - 1))
    value, [earlier, later] = table[-1][:, 0], table[-2].swapaxes(0, 1)
    rounding = ULP * np.einsum("n,onp->op", np.abs(weights), np.abs(around[:, :, -1])) / widths[-1]
    bend = np.zeros_like(value)
    if len(weights) == 2:
        far, near = (np.abs(around[:, :, k].sum(axis=1) - 2 * f) / steps[0, 0] for k in (0, -1))
        bend = np.where((near > far / 2) & (near > 1e3 * rounding), near, 0.0)
    return value, SAFETY * (np.abs(value - later) + np.abs(later - earlier) + rounding), bend
