"""What a sweep has found so far, in a few numbers however many points there are: counts, intervals, largest errors."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.records import Interval, Word, joined

WORDS = list(Word)
AGREE, INCONCLUSIVE, UNDEFINED, _, DISAGREE = range(len(WORDS))
UNUSABLE = -1
KEPT = 1_000  # intervals, before the nearest are joined

Words = np.ndarray[Any, np.dtype[np.int8]]  # indices into WORDS


class Tally:
    """Counts of verdicts, where along the first variable each was met, and each method's largest error."""

    def __init__(self) -> None:
        self.counts: Counter[Word] = Counter()
        self.intervals: dict[Word, list[Interval]] = {}
        self.extents: dict[Word, Array] = {}  # (2, variables): the lowest and the highest coordinates
        self.largest: dict[str, tuple[float, str]] = {}  # relative error, and the point
        self._last: tuple[float, int] | None = None  # so that an interval goes on from block to block

    def add(self, floats: Array, words: Words) -> None:
        """The verdicts (points) of a block at points (variables, points); UNUSABLE is none."""
        if (words < 0).any():
            floats, words = floats[:, words >= 0], words[words >= 0]
        counts = np.bincount(words, minlength=len(WORDS))
        self.counts.update({word: n for word, n in zip(WORDS, counts.tolist(), strict=True) if n})
        others = [index for index in np.flatnonzero(counts).tolist() if index != AGREE]
        for index in others:
            self._extend(WORDS[index], floats[:, words == index])
        last = [self._last] if self._last else []
        if others:
            x = np.append([x for x, _ in last], floats[0])
            order, found = np.argsort(x, kind="stable"), np.append([word for _, word in last], words)
            for index in others:
                intervals = self.intervals.setdefault(WORDS[index], [])
                intervals[:] = joined([*intervals, *runs(x[order], found[order] == index)], KEPT)
        if len(words):
            self._last = float(floats[0, -1]), int(words[-1])

    def _extend(self, word: Word, floats: Array) -> None:
        low, high = self.extents.get(word, floats[:, :1].repeat(2, axis=1).T)
        self.extents[word] = np.stack([np.minimum(low, floats.min(axis=1)), np.maximum(high, floats.max(axis=1))])

    def erred(self, method: str, errors: Array, place: Callable[[int], str]) -> None:
        """Relative errors (points) of a method at points that were certified; `place` says where one is."""
        if np.isfinite(errors).any():
            worst = int(np.argmax(np.where(np.isfinite(errors), errors, -1.0)))
            if errors[worst] > self.largest.get(method, (-1.0, ""))[0]:
                self.largest[method] = float(errors[worst]), place(worst)


def runs(x: Array, found: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Interval]:
    """The intervals from the first to the last of neighbouring points that are marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], found, [False]]).astype(np.int8)))
    return [(float(x[a]), float(x[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
