"""The verdicts of a sweep, block by block → a `Summary`: a few numbers, however many points there are."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array, Ends, join_intervals
from derivcli.records import Outcome, Summary

OUTCOMES = tuple(Outcome)  # by severity
AGREE, INCONCLUSIVE = Outcome.AGREE.severity, Outcome.INCONCLUSIVE.severity
UNDEFINED, DISAGREE = Outcome.UNDEFINED.severity, Outcome.DISAGREE.severity
UNUSABLE = -1
MAX_KEPT, MAX_TOLD = 1_000, 100  # intervals of an outcome, before the nearest are joined: on the way, and in the end

Outcomes = np.ndarray[Any, np.dtype[np.int8]]  # their severities


class SummaryBuilder:
    """Counts of verdicts, where along the first variable each was met, and each method's largest error."""

    def __init__(self) -> None:
        self._counts: Counter[Outcome] = Counter()
        self._intervals: dict[Outcome, list[Ends]] = {}
        self._extents: dict[Outcome, Array] = {}  # (2, variables): the lowest and the highest coordinates
        self._largest: dict[str, tuple[float, str]] = {}  # relative error, and the point
        self._last: tuple[float, int] | None = None  # so that an interval goes on from block to block

    def add_verdicts(self, floats: Array, outcomes: Outcomes) -> None:
        """The verdicts (points) of a block at points (variables, points); UNUSABLE is none."""
        if (outcomes < 0).any():
            floats, outcomes = floats[:, outcomes >= 0], outcomes[outcomes >= 0]
        counts = np.bincount(outcomes, minlength=len(OUTCOMES))
        self._counts.update({outcome: n for outcome, n in zip(OUTCOMES, counts.tolist(), strict=True) if n})
        others = [index for index in np.flatnonzero(counts).tolist() if index != AGREE]
        for index in others:
            self._extend_range(OUTCOMES[index], floats[:, outcomes == index])
        last = [self._last] if self._last else []
        if others:
            x = np.append([x for x, _ in last], floats[0])
            order, found = np.argsort(x, kind="stable"), np.append([outcome for _, outcome in last], outcomes)
            for index in others:
                intervals = self._intervals.setdefault(OUTCOMES[index], [])
                intervals[:] = join_intervals(
                    [*intervals, *marked_intervals(x[order], found[order] == index)], MAX_KEPT
                )
        if len(outcomes):
            self._last = float(floats[0, -1]), int(outcomes[-1])

    def _extend_range(self, outcome: Outcome, floats: Array) -> None:
        low, high = self._extents.get(outcome, floats[:, :1].repeat(2, axis=1).T)
        self._extents[outcome] = np.stack([np.minimum(low, floats.min(axis=1)), np.maximum(high, floats.max(axis=1))])

    def add_errors(self, method: str, errors: Array, place: Callable[[int], str]) -> None:
        """Relative errors (points) of a method at points that were certified; `place` says where one is."""
        if np.isfinite(errors).any():
            worst = int(np.argmax(np.where(np.isfinite(errors), errors, -1.0)))
            if errors[worst] > self._largest.get(method, (-1.0, ""))[0]:
                self._largest[method] = float(errors[worst]), place(worst)

    def summary(self, variables: Sequence[str], certified: int) -> Summary:
        """What was found, along these variables, at points of which so many were certified."""
        ranges = {
            outcome: dict(zip(variables, map(tuple, extent.T.tolist()), strict=True))
            for outcome, extent in self._extents.items()
        }
        return Summary(
            points=self._counts.total(),
            certified=certified,
            counts=self._counts,
            variable=variables[0],
            intervals={outcome: join_intervals(found, MAX_TOLD) for outcome, found in self._intervals.items()},
            largest=self._largest,
            ranges=ranges,
        )


def marked_intervals(x: Array, found: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Ends]:
    """The intervals from the first to the last of neighbouring points that are marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], found, [False]]).astype(np.int8)))
    return [(float(x[a]), float(x[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
