"""f, or all slots of its program, at many points in float64: by PyTorch, or by Arb rounded once where PyTorch lacks a
function."""

import numpy as np
import torch
from flint import arb

from derivcli.backends import balls
from derivcli.backends.arrays import Array
from derivcli.backends.tensors import DOUBLE, one_thread
from derivcli.errors import UnsupportedError
from derivcli.formula.program import Program, run, tape

ROUNDING_BITS = 96


@one_thread()
def outputs(program: Program, floats: Array) -> Array:
    """The outputs (outputs, points) at points (variables, points)."""
    try:
        with torch.no_grad():
            values = run(program, DOUBLE, [torch.from_numpy(row) for row in floats])
        return np.stack([value.expand(floats.shape[1]).numpy() for value in values])
    except UnsupportedError:
        columns = [_round_outputs(program, column) for column in floats.T]
        return np.reshape(columns, (floats.shape[1], len(program.outputs))).T


def _round_outputs(program: Program, point: Array) -> list[float]:
    with balls.precision(ROUNDING_BITS):
        return [balls.nearest_float(ball) for ball in balls.values(program, [arb(x) for x in point.tolist()])]


def fast(program: Program) -> bool:
    """Whether PyTorch has every function of a program."""
    try:
        _slots_by_torch(program, np.ones((len(program.variables), 1)))
    except UnsupportedError:
        return False
    return True


def slots(program: Program, floats: Array) -> Array:
    """All slots (slots, points) at points (variables, points): by PyTorch, or by Arb where that lacks a function.

    Conditions are 1 and 0, or NaN where balls cannot decide.
    """
    try:
        return _slots_by_torch(program, floats)
    except UnsupportedError:
        return np.stack([_slots_by_arb(program, column) for column in floats.T], axis=1)


@one_thread()
def _slots_by_torch(program: Program, floats: Array) -> Array:
    with torch.no_grad():
        values = tape(program, DOUBLE, [torch.from_numpy(row) for row in np.ascontiguousarray(floats)])
    return np.stack([value.double().expand(floats.shape[1]).numpy() for value in values])


def _slots_by_arb(program: Program, point: Array) -> Array:
    with balls.precision(ROUNDING_BITS):
        values = tape(program, balls.BALLS, [arb(x) for x in point.tolist()])
    return np.array(
        [balls.nearest_float(v) if isinstance(v, arb) else np.nan if v is None else float(v) for v in values]
    )
