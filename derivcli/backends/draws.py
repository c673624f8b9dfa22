"""Quasi-random points in the unit cube: all at once, or in blocks without end."""

from collections.abc import Iterator

import torch

from derivcli.backends.arrays import Array


def sobol(dimensions: int, count: int, seed: int) -> Array:
    """Scrambled Sobol points (dimensions, count) in the unit cube (Joe & Kuo 2008, 10.1137/070709359)."""
    engine = torch.quasirandom.SobolEngine(dimensions, scramble=True, seed=seed)
    return engine.draw(count, dtype=torch.float64).numpy().T


def sobol_blocks(dimensions: int, seed: int, size: int) -> Iterator[Array]:
    """The same points without end, in blocks (dimensions, size)."""
    engine = torch.quasirandom.SobolEngine(dimensions, scramble=True, seed=seed) if dimensions else None
    while engine:
        yield engine.draw(size, dtype=torch.float64).numpy().T
