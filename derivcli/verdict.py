"""Estimates and a reference → verdicts: pure arithmetic (DESIGN 5.4).

A method agrees if |v - ref| <= rtol max(|ref|, |f| / max(1, |x|)); finite differences are allowed their own error
estimate on top, and alone never cause a `disagree`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from derivcli.records import Array, Cell, Estimate, Problem, Reference, Verdict, Word
from derivcli.requests import Tolerance

NOTED = {"finite-difference"}  # methods that are called unreliable, not wrong


def judge(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> dict[Cell, Verdict]:
    """The verdicts of the cells in which not all methods agree."""
    verdicts: dict[Cell, Verdict] = {}
    known = np.isfinite(reference.radii)
    for cell in zip(*np.nonzero(~known), strict=True):
        verdicts[tuple(map(int, cell))] = _unknown(problem, reference, cell)  # type: ignore[index,arg-type]
    allowed = allowance(problem, reference, tolerance)
    for estimate in estimates:
        if estimate.values is None or estimate.method in NOTED:
            continue
        for cell in zip(*np.nonzero(known & off(estimate, reference, allowed)), strict=True):
            verdicts.setdefault(cell, _wrong(estimate, reference, cell))  # type: ignore[arg-type]
    return verdicts


def allowance(problem: Problem, reference: Reference, tolerance: Tolerance) -> Array:
    """The largest error of a method that agrees, in each cell."""
    size = np.abs(reference.values)
    if tolerance.plain:
        return tolerance.atol + tolerance.rtol * size
    index = {name: i for i, name in enumerate(problem.program.variables)}
    x = np.abs(problem.floats)
    scale = np.stack([np.prod([np.maximum(1, x[index[name]]) for name in wrt], axis=0) for wrt in problem.partials])
    with np.errstate(invalid="ignore"):
        return tolerance.rtol * np.fmax(size, np.abs(reference.functions)[:, None, :] / scale)


def off(estimate: Estimate, reference: Reference, allowed: Array) -> np.ndarray:
    """Where a method is further from the reference than it may be; NaN is always off."""
    assert estimate.values is not None
    own = np.zeros(1) if estimate.method not in NOTED or estimate.errors is None else estimate.errors
    with np.errstate(invalid="ignore"):
        near = np.abs(estimate.values - reference.values) <= allowed + own
    return ~(near | (estimate.values == reference.values))


def unreliable(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> Iterator[str]:
    """A note for each method that is far off without being called wrong."""
    allowed = allowance(problem, reference, tolerance)
    known = np.isfinite(reference.radii)
    for estimate in estimates:
        if estimate.method in NOTED and estimate.values is not None:
            for cell in zip(*np.nonzero(known & off(estimate, reference, allowed)), strict=True):
                value, true = estimate.values[cell], reference.values[cell]
                yield f"{estimate.method} is unreliable at {at(problem, cell)}: {value:.6g} for {true:.6g}"  # type: ignore[arg-type]
                break


def overall(verdicts: Mapping[Cell, Verdict]) -> Verdict:
    """The worst verdict of all cells."""
    words = list(Word)
    return max(verdicts.values(), key=lambda v: words.index(v.word), default=Verdict(Word.AGREE))


def _unknown(problem: Problem, reference: Reference, cell: Cell) -> Verdict:
    where = at(problem, cell)
    if math.isnan(reference.functions[cell[0], cell[2]]):
        return Verdict(Word.UNDEFINED, message=f"the formula has no real value at {where}")
    return Verdict(Word.INCONCLUSIVE, message=f"no derivative could be enclosed at {where}")


def _wrong(estimate: Estimate, reference: Reference, cell: Cell) -> Verdict:
    assert estimate.values is not None
    value, true = float(estimate.values[cell]), float(reference.values[cell])
    error = abs(value - true)
    cause = "rounding" if error <= 2 * reference.budgets[cell] else None
    message = f"{estimate.method} gives {value:.6g}, but the derivative is {true:.6g}"
    if cause:
        message += f": rounding alone can explain an error of {reference.budgets[cell]:.1g}"
    return Verdict(Word.DISAGREE, estimate.method, cause, message)


def at(problem: Problem, cell: Cell) -> str:
    """The point of a cell as it was typed: `u = 3, v = 4`."""
    points = problem.points
    return ", ".join(f"{name} = {text}" for name, text in zip(points.names, points.texts[cell[2]], strict=True))
