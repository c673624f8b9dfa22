"""The cells of a problem in words: at which point, by which variables."""

import re
from collections.abc import Iterator, Sequence

from derivcli.records import Cell, Problem

LONG = 12  # coordinates that are told one by one
NUMBERED = re.compile(r"(.*[^\W\d])(0|[1-9]\d*)")


def by(problem: Problem, cell: Cell) -> str:
    """Which partial it is, where there are several."""
    return f" by {','.join(problem.partials[cell[1]])}" if len(problem.partials) > 1 else ""


def at(problem: Problem, cell: Cell) -> str:
    """The point of a cell as it was typed: `u = 3, v = 4`; of many coordinates the first and the last."""
    texts = list(runs(problem.points.names, problem.points.texts[cell[2]]))
    return ", ".join(texts if len(texts) <= LONG else [*texts[: LONG - 2], "…", texts[-1]])


def runs(names: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    """`name = text` for each coordinate; `x[1:1000] = 0.5` for many in a row that are equal."""
    numbered = [NUMBERED.fullmatch(name) for name in names]
    i = 0
    while i < len(names):
        end, match = i + 1, numbered[i]
        if match:
            while end < len(names) and texts[end] == texts[i] and names[end] == f"{match[1]}{int(match[2]) + end - i}":
                end += 1
        if match and end - i >= LONG:
            yield f"{match[1]}[{match[2]}:{int(match[2]) + end - 1 - i}] = {texts[i]}"
        else:
            yield from (f"{names[j]} = {texts[j]}" for j in range(i, end))
        i = end
