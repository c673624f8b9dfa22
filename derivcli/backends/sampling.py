"""Quasi-random points, and all slots of a program at many points in float64."""

from collections.abc import Iterator

import numpy as np
import torch
from flint import arb

from derivcli.backends import arb as balls
from derivcli.backends.torch import DOUBLE, one_thread
from derivcli.errors import UnsupportedError
from derivcli.program import Program, tape
from derivcli.records import Array

BITS = 96


def sobol(dimensions: int, count: int, seed: int) -> Array:
    """Scrambled Sobol points (dimensions, count) in the unit cube (Joe & Kuo 2008, 10.1137/070709359)."""
    engine = torch.quasirandom.SobolEngine(dimensions, scramble=True, seed=seed)
    return engine.draw(count, dtype=torch.float64).numpy().T


def sobol_blocks(dimensions: int, seed: int, size: int) -> Iterator[Array]:
    """The same points without end, in blocks (dimensions, size)."""
    engine = torch.quasirandom.SobolEngine(dimensions, scramble=True, seed=seed) if dimensions else None
    while engine:
        yield engine.draw(size, dtype=torch.float64).numpy().T


def fast(program: Program) -> bool:
    """Whether PyTorch has every function of a program."""
    try:
        _by_torch(program, np.ones((len(program.variables), 1)))
    except UnsupportedError:
        return False
    return True


def slots(program: Program, floats: Array) -> Array:
    """All slots (slots, points) at points (variables, points): by PyTorch, or by Arb where that lacks a function.

    Conditions are 1 and 0, or NaN where balls cannot decide.
    """
    try:
        return _by_torch(program, floats)
    except UnsupportedError:
        return np.stack([_by_arb(program, column) for column in floats.T], axis=1)


@one_thread()
def _by_torch(program: Program, floats: Array) -> Array:
    with torch.no_grad():
        values = tape(program, DOUBLE, [torch.from_numpy(row) for row in np.ascontiguousarray(floats)])
    return np.stack([value.double().expand(floats.shape[1]).numpy() for value in values])


def _by_arb(program: Program, point: Array) -> Array:
    with balls.precision(BITS):
        values = tape(program, balls.BALLS, [arb(x) for x in point.tolist()])
    return np.array([balls.rounded(v) if isinstance(v, arb) else np.nan if v is None else float(v) for v in values])
