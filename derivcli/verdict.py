"""Estimates and a reference → verdicts: pure arithmetic (DESIGN 5.4).

A method agrees if |v - ref| <= rtol max(|ref|, |f| / max(1, |x|)); finite differences are allowed their own error
estimate on top, and alone never cause a `disagree`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from derivcli.records import Array, Behaviour, Cell, Estimate, Kind, Problem, Reference, Verdict, Word
from derivcli.requests import Tolerance

ENGINES = {"autograd": "PyTorch's", "symbolic": "SymPy's"}
NOTED = {"finite-difference"}  # methods that are called unreliable, not wrong


def judge(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> dict[Cell, Verdict]:
    """The verdicts of the cells in which not all methods agree."""
    verdicts: dict[Cell, Verdict] = {}
    known = np.isfinite(reference.radii)
    for cell in zip(*np.nonzero(~known), strict=True):
        verdicts[cell] = singular(problem, estimates, reference, cell)  # type: ignore[index,arg-type]
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


def singular(problem: Problem, estimates: Sequence[Estimate], reference: Reference, cell: Cell) -> Verdict:
    """The verdict where there is no derivative: what f does there, and what each engine returned."""
    where, found = at(problem, cell), reference.behaviours[cell]
    left, right = found.left, found.right
    f_left, f_right = found.limits
    sides = f"{_number(left)} from the left, {_number(right)} from the right"
    match found.kind:
        case Kind.KINK:
            text = f"not differentiable at {where}: slope {sides}"
        case Kind.JUMP if f_left == f_right:
            text = f"not continuous at {where}: f tends to {_number(f_left)}, but is something else there"
        case Kind.JUMP:
            text = f"not continuous at {where}: f tends to {_number(f_left)} from the left, {_number(f_right)} from the right"
        case Kind.VERTICAL | Kind.CUSP:
            text = f"{found.kind} at {where}: slope {_one_sided(left, right)}"
        case Kind.NO_LIMIT:
            text = f"not differentiable at {where}: the slopes have no limit"
        case Kind.REMOVABLE:
            limit = f_left if math.isnan(f_right) else f_right
            text = f"removable singularity at {where}: f has no value there, but tends to {_number(limit)}"
            text += f", and so continued has the derivative {_number(left if math.isnan(right) else right)}"
            return Verdict(Word.UNDEFINED, cause=found.kind, message=text)
        case Kind.UNDEFINED:
            return Verdict(Word.UNDEFINED, cause=found.kind, message=f"f has no real value at {where}")
        case _:
            text = f"the slopes converge too slowly to tell the derivative at {where}"
            return Verdict(Word.INCONCLUSIVE, message=text)
    return Verdict(Word.NOT_DIFFERENTIABLE, cause=found.kind, message=text + _conventions(estimates, found, cell))


def _conventions(estimates: Sequence[Estimate], found: Behaviour, cell: Cell) -> str:
    """What PyTorch and SymPy return here, read off their answers, and whether it lies between the slopes."""
    bounds = sorted((found.left, found.right))
    text = ""
    for estimate in estimates:
        if estimate.values is not None and estimate.method in ENGINES:
            value = float(estimate.values[cell])
            outside = found.kind == Kind.KINK and not bounds[0] <= value <= bounds[1]
            beyond = f" (outside [{_number(bounds[0])}, {_number(bounds[1])}])" if outside else ""
            text += f"; {ENGINES[estimate.method]} convention is {_number(value)}{beyond}"
    return text


def _one_sided(left: float, right: float) -> str:
    if math.isnan(left) or math.isnan(right):
        return f"{_number(right)} from the right" if math.isnan(left) else f"{_number(left)} from the left"
    return _number(left) if left == right else f"{_number(left)} from the left, {_number(right)} from the right"


def _number(value: float) -> str:
    return f"{value:.6g}"


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
