"""Estimates and a reference → verdicts: pure arithmetic (DESIGN 5.4).

A method agrees if |v - ref| <= rtol max(|ref|, |f| / max(1, |x|)); finite differences are allowed their own error
estimate on top, and alone never cause a `disagree`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.records import Behaviour, Cell, Estimate, Kind, Problem, Reference, Verdict, Word, at, by
from derivcli.requests.options import Tolerance

ENGINES = {"autograd": "PyTorch's", "symbolic": "SymPy's"}
FLAT = {  # 0 wherever there is a derivative
    *("floor", "ceil", "round", "trunc", "sign", "heaviside", "detach"),
    *("lt", "le", "gt", "ge", "eq", "ne"),
}
NOTED = {"finite-difference"}  # methods that are called unreliable, not wrong


def judge(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> dict[Cell, Verdict]:
    """The verdicts of the cells in which not all methods agree."""
    verdicts: dict[Cell, Verdict] = {}
    known = np.isfinite(reference.radii)
    for cell in where(~known):
        there = singular(problem, estimates, reference, cell) if reference.reached(cell) else _late(problem, cell)
        verdicts[cell] = there
    allowed = allowance(problem, reference, tolerance)
    wrong: dict[Cell, list[Estimate]] = {}
    for estimate in estimates:
        if estimate.values is not None and estimate.method not in NOTED:
            for cell in where(known & off(estimate, reference, allowed)):
                wrong.setdefault(cell, []).append(estimate)
    worst = sorted(wrong, key=lambda cell: -max(_relative(estimate, reference, cell) for estimate in wrong[cell]))
    return verdicts | {cell: _wrong(problem, wrong[cell], reference, cell) for cell in worst}


def _relative(estimate: Estimate, reference: Reference, cell: Cell) -> float:
    """|v - ref| / |ref|; infinite for NaN, and where the reference is 0."""
    assert estimate.values is not None
    value, true = float(estimate.values[cell]), float(reference.values[cell])
    return abs(value - true) / abs(true) if true and math.isfinite(value) else math.inf


def allowance(problem: Problem, reference: Reference, tolerance: Tolerance) -> Array:
    """The largest error of a method that agrees, in each cell."""
    size = np.abs(reference.values)
    rtol = tolerance.relative(problem.options.dtype)
    if tolerance.plain:
        return tolerance.atol + rtol * size
    index = {name: i for i, name in enumerate(problem.program.variables)}
    x = np.abs(problem.floats)
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.stack([np.prod([np.maximum(1, x[index[name]]) for name in wrt], axis=0) for wrt in problem.partials])
        return rtol * np.fmax(size, np.abs(reference.functions)[:, None, :] / scale)


def off(estimate: Estimate, reference: Reference, allowed: Array) -> np.ndarray:
    """Where a method is further from the reference than it may be; NaN is off wherever something was computed."""
    assert estimate.values is not None
    own = np.zeros(1) if estimate.method not in NOTED or estimate.errors is None else estimate.errors
    with np.errstate(invalid="ignore"):
        near = np.abs(estimate.values - reference.values) <= allowed + own
    return ~(near | (estimate.values == reference.values) | estimate.skipped)


def warnings(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> Iterator[str]:
    """What is not wrong and yet worth knowing: unreliable differences, few correct digits, conventions."""
    allowed = allowance(problem, reference, tolerance)
    known = np.isfinite(reference.radii)
    for estimate in estimates:
        if estimate.values is None:
            continue
        noted = estimate.method in NOTED
        far = known & off(estimate, reference, allowed if noted else 1e-6 * np.abs(reference.values))
        for cell in list(where(far if noted else far & ~off(estimate, reference, allowed)))[:1]:
            value, true = float(estimate.values[cell]), float(reference.values[cell])
            count = digits(value, true)
            what = "is unreliable" if noted else f"has {'no' if count == 0 else f'only {count}'} correct digits"
            where_ = f"at {at(problem, cell)}{by(problem, cell)}"
            yield f"{estimate.method} {what} {where_}: {_number(value)} for {_number(true)}"
    for cell in where(np.isinf(reference.values)):
        yield f"the derivative at {at(problem, cell)} is {reference.texts[cell]}, beyond float64"
    yield from _two_modes(problem, estimates)
    for cell, found in reference.behaviours.items():
        if found.kind == Kind.EDGE:
            yield f"{at(problem, cell)} is at the edge of the domain: the derivative is one-sided"


def silent_zeros(problem: Problem) -> Iterator[str]:
    """Derivatives that are 0 by construction: whatever depends on the variable passes through a flat function."""
    program = problem.program
    masks = [1 << i for i in range(len(program.variables))]  # of the variables that each slot moves with
    stopped: dict[str, int] = {}
    for step in program.instructions:
        mask = reduce(or_, (masks[arg] for arg in step.args), 0)
        if step.function in FLAT:
            stopped[step.function] = stopped.get(step.function, 0) | mask
        masks.append(0 if step.function in FLAT else mask)
    passing = reduce(or_, (masks[output] for output in program.outputs))
    asked = {name for wrt in problem.partials for name in wrt}
    for i, name in enumerate(program.variables):
        stops = sorted(function for function, mask in stopped.items() if mask >> i & 1)
        if name in asked and stops and not passing >> i & 1:
            what = f"{', '.join(stops)} {'is' if len(stops) == 1 else 'are'} flat"
            yield f"silent zero: {what}, so the derivative by {name} is 0 by construction"


def _two_modes(problem: Problem, estimates: Sequence[Estimate]) -> Iterator[str]:
    """Where reverse and forward mode of one library contradict each other."""
    values = {e.method: e.values for e in estimates if e.values is not None}
    if "autograd" in values and "forward-ad" in values:
        reverse, forward = values["autograd"], values["forward-ad"]
        apart = ~(np.isclose(reverse, forward, rtol=1e-6, atol=0, equal_nan=True))
        for cell in list(where(apart))[:1]:
            numbers = f"{_number(float(reverse[cell]))} and {_number(float(forward[cell]))}"
            yield f"reverse and forward mode disagree at {at(problem, cell)}: {numbers}"


def digits(value: float, true: float) -> int:
    """How many decimal digits of a value are correct: 0 to 16."""
    if value == true:
        return 16
    if not math.isfinite(value) or true == 0:
        return 0
    return max(0, min(16, math.floor(-math.log10(abs(value - true) / abs(true)))))


def where(mask: np.ndarray[Any, Any]) -> Iterator[Cell]:
    """The cells in which a mask is true."""
    yield from map(tuple, np.argwhere(mask).tolist())  # type: ignore[misc]  # three indices


def overall(verdicts: Mapping[Cell, Verdict]) -> Verdict:
    """The worst verdict of all cells."""
    words = list(Word)
    return max(verdicts.values(), key=lambda v: words.index(v.word), default=Verdict(Word.AGREE))


def _late(problem: Problem, cell: Cell) -> Verdict:
    """The verdict where time was up before the enclosure was there."""
    limit = problem.options.timeout
    text = f"the derivative at {at(problem, cell)} was not enclosed within {limit:g} s"
    return Verdict(Word.INCONCLUSIVE, message=f"{text}; --timeout {10 * limit:g} gives it longer")


def singular(problem: Problem, estimates: Sequence[Estimate], reference: Reference, cell: Cell) -> Verdict:
    """The verdict where there is no derivative: what f does there, and what each engine returned."""
    place, found = at(problem, cell), reference.behaviours[cell]
    left, right = found.left, found.right
    f_left, f_right = found.limits
    sides = f"{_number(left)} from the left, {_number(right)} from the right"
    match found.kind:
        case Kind.KINK:
            text = f"not differentiable at {place}: slope {sides}"
        case Kind.JUMP if f_left == f_right:
            here = _number(float(reference.functions[cell[0], cell[2]]))
            text = f"not continuous at {place}: f tends to {_number(f_left)}, but is {here} there"
        case Kind.JUMP:
            text = f"not continuous at {place}: f tends to {_one_sided(f_left, f_right)}"
        case Kind.VERTICAL | Kind.CUSP:
            text = f"{found.kind} at {place}: slope {_one_sided(left, right)}"
        case Kind.NO_LIMIT:
            text = f"not differentiable at {place}: the slopes have no limit"
        case Kind.REMOVABLE | Kind.UNDEFINED:
            return _undefined(problem, reference, cell)
        case _:
            text = f"the slopes converge too slowly to tell the derivative at {place}"
            return Verdict(Word.INCONCLUSIVE, message=text)
    return Verdict(Word.NOT_DIFFERENTIABLE, cause=found.kind, message=text + _conventions(estimates, found, cell))


def _undefined(problem: Problem, reference: Reference, cell: Cell) -> Verdict:
    """The verdict where f, or the derivative before, has no value."""
    place, found = at(problem, cell), reference.behaviours[cell]
    if found.kind == Kind.REMOVABLE:
        limit, slope = (
            left if math.isnan(right) else right for left, right in (found.limits, (found.left, found.right))
        )
        text = f"removable singularity at {place}: f has no value there, but tends to {_number(limit)}"
        text += f", and so continued has the derivative {_number(slope)}"
    elif len(problem.partials[cell[1]]) > 1:
        text = f"there is no derivative of the order before at {place} that could be differentiated"
    elif math.isfinite(reference.functions[cell[0], cell[2]]):
        text = f"f is defined at {place}, but nowhere beside it"
    elif reference.kind == "differences":
        return Verdict(Word.INCONCLUSIVE, message=f"Arb finds no value of f at {place}")
    else:
        text = f"f has no real value at {place}"
    return Verdict(Word.UNDEFINED, cause=found.kind, message=text)


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


def _wrong(problem: Problem, culprits: Sequence[Estimate], reference: Reference, cell: Cell) -> Verdict:
    answers = [f"{e.method} gives {_number(float(e.values[cell]))}" for e in culprits if e.values is not None]
    which = f"derivative{by(problem, cell)}"
    message = f"{' and '.join(answers)}, but the {which} is {_number(float(reference.values[cell]))}"
    return Verdict(Word.DISAGREE, tuple(e.method for e in culprits), None, message)


def sentence(verdict: Verdict) -> str:
    """`disagree (rounding): autograd gives …`, `kink: not differentiable at …`."""
    if verdict.word == Word.DISAGREE:
        return f"{verdict.word}{f' ({verdict.cause})' if verdict.cause else ''}: {verdict.message}"
    word = verdict.cause or verdict.word
    return verdict.message if verdict.message.startswith(word) else f"{word}: {verdict.message}"
