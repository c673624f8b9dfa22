"""Central differences over a ladder of steps, extrapolated to step zero, with an error estimate.

Formula   (f(x+h) - f(x-h)) / 2h  for 36 steps h, halved each time, from |x|/4 down; Richardson's table in powers of 4
          (one-sided at the edge of the domain, in powers of 2)
Cost      73 evaluations of f for each variable
Error     the entry with the smallest distance to its neighbours plus rounding; the rounding in f is read off the
          scatter of the finest steps
Source    Richardson 1911, https://doi.org/10.1098/rsta.1911.0009; Ridders 1982, https://doi.org/10.1016/S0141-1195(82)80057-0
"""

import math
import warnings

import numpy as np

from derivcli.backends import evaluation
from derivcli.errors import UnsupportedError
from derivcli.records import Array, Estimate, Problem
from derivcli.requests import Scheme, Step

LEVELS = 36
COLUMNS = 8  # of Richardson's table
FINEST = 8  # levels whose scatter shows the rounding in f
SAFETY = 2.0


def estimate(problem: Problem) -> Estimate:
    """Values of first partials with error estimates. Raises UnsupportedError for higher orders."""
    if any(len(wrt) > 1 for wrt in problem.partials):
        raise UnsupportedError("not supported: finite differences are for first derivatives here")
    if problem.step:
        return textbook(problem, problem.step)
    indices = [problem.program.variables.index(name) for (name,) in problem.partials]
    steps = ladder(problem.floats[indices])  # (partials, levels, points)
    offsets = np.concatenate([steps, -steps, np.zeros_like(steps[:, :1])], axis=1)
    batch = np.repeat(problem.floats[:, None, None], len(indices), axis=1) + np.zeros_like(offsets)
    for p, i in enumerate(indices):
        batch[i, p] += offsets[p]
    flat = evaluation.functions(problem.program, batch.reshape(len(batch), -1))
    f = flat.reshape(len(flat), *offsets.shape)
    x = np.stack([batch[i, p] for p, i in enumerate(indices)])
    above, below, here = f[:, :, :LEVELS], f[:, :, LEVELS:-1], f[:, :, -1:]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # "All-NaN slice": no step stayed inside the domain
        central = extrapolated(above - below, x[:, :LEVELS] - x[:, LEVELS:-1], here, base=4)
        right = extrapolated(above - here, x[:, :LEVELS] - x[:, -1:], here, base=2)
        left = extrapolated(here - below, x[:, -1:] - x[:, LEVELS:-1], here, base=2)
    values, errors = central
    for side_values, side_errors in (right, left):
        edge = np.isnan(values)
        values, errors = np.where(edge, side_values, values), np.where(edge, side_errors, errors)
    return Estimate("finite-difference", values, errors)


def ladder(x: Array) -> Array:
    """Steps (variables, levels, points): powers of two, so that x ± h is exact, from |x|/4 (1/4 at 0) down."""
    exponents = np.where(x == 0, 0.0, np.floor(np.log2(np.abs(np.where(x == 0, 1.0, x))))) - 2
    return np.exp2(exponents[:, None] - np.arange(LEVELS)[None, :, None])


def extrapolated(differences: Array, widths: Array, here: Array, *, base: int) -> tuple[Array, Array]:
    """The best entry of each Richardson table over the levels (axis 2), and its error; NaN where there is none."""
    quotients = differences / widths
    quotients = np.where(np.isfinite(quotients), quotients, math.nan)
    fine, width = quotients[:, :, -FINEST:], widths[:, -FINEST:]
    anchor = np.nanmedian(fine, axis=2, keepdims=True)
    scatter = np.nanmax(np.abs(fine - anchor) * width, axis=2, keepdims=True)
    noise = np.fmax(np.abs(here) * 2.0**-53, scatter)
    return _best(quotients, noise / widths, anchor, noise / width[:, :1], base)


def _best(quotients: Array, rounding: Array, anchor: Array, uncertainty: Array, base: int) -> tuple[Array, Array]:
    """The entry with the smallest error over all columns of the table.

    An entry that the finest quotients contradict has converged to something else: coarse steps see an aliased wave.
    """
    column = quotients
    value = np.full(quotients[:, :, 0].shape, math.nan)
    error = np.full(value.shape, math.inf)
    for m in range(1, COLUMNS):
        following = column[:, :, 1:] + (column[:, :, 1:] - column[:, :, :-1]) / (base**m - 1)
        distance = np.maximum(np.abs(following - column[:, :, 1:]), np.abs(following - column[:, :, :-1]))
        contradiction = np.fmax(np.abs(following - anchor) - 4 * uncertainty, 0)
        errors = SAFETY * (np.maximum(distance, contradiction) + rounding[:, :, m:])
        errors = np.where(np.isfinite(errors), errors, math.inf)
        k = np.argmin(errors, axis=2, keepdims=True)
        candidate = np.take_along_axis(errors, k, axis=2)[:, :, 0]
        better = candidate < error
        value = np.where(better, np.take_along_axis(following, k, axis=2)[:, :, 0], value)
        error = np.where(better, candidate, error)
        column = following
    return value, np.where(np.isnan(value), math.nan, error)


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
