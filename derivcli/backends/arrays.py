"""The arrays that pass between the layers, and intervals of their numbers."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ends = tuple[float, float]  # of an interval


def join_intervals(intervals: Iterable[Ends], most: int) -> list[Ends]:
    """Those that overlap as one; then the nearest as one, until there are no more than `most`."""
    result: list[Ends] = []
    for low, high in sorted(intervals):
        if result and low <= result[-1][1]:
            result[-1] = result[-1][0], max(high, result[-1][1])
        else:
            result.append((low, high))
    if len(result) <= most:
        return result
    gaps = np.array([after[0] - before[1] for before, after in pairwise(result)])
    ends = sorted(np.argsort(gaps, kind="stable")[-(most - 1) :].tolist()) if most > 1 else []
    starts = [0, *(i + 1 for i in ends)]
    return [(result[a][0], result[b][1]) for a, b in zip(starts, [*ends, len(result) - 1], strict=True)]
