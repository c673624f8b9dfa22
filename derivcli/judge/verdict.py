"""Estimates and a reference → verdicts: pure arithmetic.

A method agrees if |v - ref| <= rtol max(|ref|, |f| / max(1, |x|)); finite differences are allowed their own error
estimate on top, and alone never cause a `disagree`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.records import Behaviour, Entry, Estimate, Kind, Outcome, Problem, Reference, Verdict
from derivcli.requests.options import Tolerance

IMPRECISE = 1e-6  # relative error from which on digits are called lost


def judge(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> dict[Entry, Verdict]:
    """The verdicts of the entries in which not all methods agree."""
    verdicts: dict[Entry, Verdict] = {}
    known = np.isfinite(reference.radii)
    for entry in entries_where(~known):
        in_time = reference.reached(entry)
        verdicts[entry] = judge_singular(problem, estimates, reference, entry) if in_time else _late(problem, entry)
    allowed = allowance(problem, reference, tolerance)
    wrong: dict[Entry, list[Estimate]] = {}
    for estimate in estimates:
        if estimate.values is not None and not estimate.advisory:
            for entry in entries_where(known & is_off(estimate, reference, allowed)):
                wrong.setdefault(entry, []).append(estimate)
    worst = sorted(wrong, key=lambda entry: -max(_relative(estimate, reference, entry) for estimate in wrong[entry]))
    return verdicts | {entry: _disagreement(problem, wrong[entry], reference, entry) for entry in worst}


def _relative(estimate: Estimate, reference: Reference, entry: Entry) -> float:
    """|v - ref| / |ref|; infinite for NaN, and where the reference is 0."""
    assert estimate.values is not None
    value, true = float(estimate.values[entry]), float(reference.values[entry])
    return abs(value - true) / abs(true) if true and math.isfinite(value) else math.inf


def allowance(problem: Problem, reference: Reference, tolerance: Tolerance) -> Array:
    """The largest error of a method that agrees, in each entry."""
    size = np.abs(reference.values)
    rtol = tolerance.relative(problem.options.dtype)
    if tolerance.plain:
        return tolerance.atol + rtol * size
    index = {name: i for i, name in enumerate(problem.program.variables)}
    x = np.abs(problem.floats)
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.stack([np.prod([np.maximum(1, x[index[name]]) for name in wrt], axis=0) for wrt in problem.partials])
        return rtol * np.fmax(size, np.abs(reference.functions)[:, None, :] / scale)


def is_off(estimate: Estimate, reference: Reference, allowed: Array) -> np.ndarray:
    """Where a method is further from the reference than it may be; NaN is off wherever something was computed."""
    assert estimate.values is not None
    own = np.zeros(1) if estimate.errors is None or not estimate.advisory else estimate.errors
    with np.errstate(invalid="ignore"):
        near = np.abs(estimate.values - reference.values) <= allowed + own
    return ~(near | (estimate.values == reference.values) | estimate.skipped)


def is_imprecise(estimate: Estimate, reference: Reference, allowed: Array) -> np.ndarray:
    """Where a method is not wrong and yet to be warned of: it agrees in few digits, or it is advisory and off."""
    wrong = is_off(estimate, reference, allowed)
    return wrong if estimate.advisory else is_off(estimate, reference, IMPRECISE * np.abs(reference.values)) & ~wrong


def warnings(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> Iterator[str]:
    """What is not wrong and yet worth knowing: unreliable differences, few correct digits, conventions."""
    allowed = allowance(problem, reference, tolerance)
    known = np.isfinite(reference.radii)
    for estimate in estimates:
        if estimate.values is None:
            continue
        for entry in list(entries_where(known & is_imprecise(estimate, reference, allowed)))[:1]:
            value, true = float(estimate.values[entry]), float(reference.values[entry])
            count = digits(value, true)
            what = (
                "is unreliable"
                if estimate.advisory
                else f"has {'no' if count == 0 else f'only {count}'} correct digits"
            )
            where_ = f"at {problem.place(entry)}{problem.by(entry)}"
            yield f"{estimate.method} {what} {where_}: {_number(value)} for {_number(true)}"
    for entry in entries_where(np.isinf(reference.values)):
        yield f"the derivative at {problem.place(entry)} is {reference.texts[entry]}, beyond float64"
    yield from _two_modes(problem, estimates)
    for entry, found in reference.behaviours.items():
        if found.kind == Kind.EDGE:
            yield f"{problem.place(entry)} is at the edge of the domain: the derivative is one-sided"


def silent_zeros(problem: Problem) -> Iterator[str]:
    """Derivatives that are 0 by construction: whatever depends on the variable passes through a flat function."""
    program = problem.program
    masks = [1 << i for i in range(len(program.variables))]  # of the variables that each slot moves with
    stopped: dict[str, int] = {}
    for step in program.instructions:
        mask = reduce(or_, (masks[arg] for arg in step.args), 0)
        if step.args and FUNCTIONS[step.function].flat:
            stopped[step.function] = stopped.get(step.function, 0) | mask
            mask = 0
        masks.append(mask)
    passing = reduce(or_, (masks[output] for output in program.outputs))
    wanted = {name for wrt in problem.partials for name in wrt}
    for i, name in enumerate(program.variables):
        stops = sorted(function for function, mask in stopped.items() if mask >> i & 1)
        if name in wanted and stops and not passing >> i & 1:
            what = f"{', '.join(stops)} {'is' if len(stops) == 1 else 'are'} flat"
            yield f"silent zero: {what}, so the derivative by {name} is 0 by construction"


def _two_modes(problem: Problem, estimates: Sequence[Estimate]) -> Iterator[str]:
    """Where two methods that put together the same library's derivatives, as its two modes, contradict each other."""
    for one, other in combinations([e for e in estimates if e.library and e.values is not None], 2):
        if one.library == other.library:
            apart = ~np.isclose(one.values, other.values, rtol=1e-6, atol=0, equal_nan=True)  # type: ignore[arg-type]
            for entry in list(entries_where(apart))[:1]:
                numbers = " and ".join(_number(float(e.values[entry])) for e in (one, other))  # type: ignore[index]
                methods = f"{one.library}'s {one.method} and {other.method}"
                yield f"{methods} disagree at {problem.place(entry)}: {numbers}"


def digits(value: float, true: float) -> int:
    """How many decimal digits of a value are correct: 0 to 16."""
    if value == true:
        return 16
    if not math.isfinite(value) or true == 0:
        return 0
    return max(0, min(16, math.floor(-math.log10(abs(value - true) / abs(true)))))


def entries_where(mask: np.ndarray[Any, Any]) -> Iterator[Entry]:
    """The entries in which a mask is true."""
    yield from map(tuple, np.argwhere(mask).tolist())  # type: ignore[misc]  # three indices


def worst_verdict(verdicts: Mapping[Entry, Verdict]) -> Verdict:
    """The worst verdict of all entries."""
    return max(verdicts.values(), key=lambda v: v.outcome.severity, default=Verdict(Outcome.AGREE))


def _late(problem: Problem, entry: Entry) -> Verdict:
    """The verdict where time was up before the enclosure was there."""
    limit = problem.options.timeout
    text = f"the derivative at {problem.place(entry)} was not enclosed within {limit:g} s"
    return Verdict(Outcome.INCONCLUSIVE, message=f"{text}; --timeout {10 * limit:g} gives it longer")


def judge_singular(problem: Problem, estimates: Sequence[Estimate], reference: Reference, entry: Entry) -> Verdict:
    """The verdict where there is no derivative: what f does there, and what each engine returned."""
    place, found = problem.place(entry), reference.behaviours[entry]
    left, right = found.left, found.right
    f_left, f_right = found.limits
    sides = f"{_number(left)} from the left, {_number(right)} from the right"
    match found.kind:
        case Kind.KINK:
            text = f"not differentiable at {place}: slope {sides}"
        case Kind.JUMP if f_left == f_right:
            here = _number(float(reference.functions[entry[0], entry[2]]))
            text = f"not continuous at {place}: f tends to {_number(f_left)}, but is {here} there"
        case Kind.JUMP:
            text = f"not continuous at {place}: f tends to {_one_sided(f_left, f_right)}"
        case Kind.VERTICAL | Kind.CUSP:
            text = f"{found.kind} at {place}: slope {_one_sided(left, right)}"
        case Kind.NO_LIMIT:
            text = f"not differentiable at {place}: the slopes have no limit"
        case Kind.REMOVABLE | Kind.UNDEFINED:
            return _judge_undefined(problem, reference, entry)
        case _:
            text = f"the slopes converge too slowly to tell the derivative at {place}"
            return Verdict(Outcome.INCONCLUSIVE, message=text)
    return Verdict(Outcome.NOT_DIFFERENTIABLE, cause=found.kind, message=text + _conventions(estimates, found, entry))


def _judge_undefined(problem: Problem, reference: Reference, entry: Entry) -> Verdict:
    """The verdict where f, or the derivative before, has no value."""
    place, found = problem.place(entry), reference.behaviours[entry]
    if found.kind == Kind.REMOVABLE:
        limit, slope = (
            left if math.isnan(right) else right for left, right in (found.limits, (found.left, found.right))
        )
        text = f"removable singularity at {place}: f has no value there, but tends to {_number(limit)}"
        text += f", and so continued has the derivative {_number(slope)}"
    elif len(problem.partials[entry[1]]) > 1:
        text = f"there is no derivative of the order before at {place} that could be differentiated"
    elif math.isfinite(reference.functions[entry[0], entry[2]]):
        text = f"f is defined at {place}, but nowhere beside it"
    elif reference.kind == "differences":
        return Verdict(Outcome.INCONCLUSIVE, message=f"Arb finds no value of f at {place}")
    else:
        text = f"f has no real value at {place}"
    return Verdict(Outcome.UNDEFINED, cause=found.kind, message=text)


def _conventions(estimates: Sequence[Estimate], found: Behaviour, entry: Entry) -> str:
    """What each library returns here, read off its first answer, and whether it lies between the slopes."""
    bounds = sorted((found.left, found.right))
    text = ""
    libraries = {e.library: e.values for e in reversed(estimates) if e.library and e.values is not None}
    for library, values in reversed(libraries.items()):
        value = float(values[entry])
        outside = found.kind == Kind.KINK and not bounds[0] <= value <= bounds[1]
        beyond = f" (outside [{_number(bounds[0])}, {_number(bounds[1])}])" if outside else ""
        text += f"; {library}'s convention is {_number(value)}{beyond}"
    return text


def _one_sided(left: float, right: float) -> str:
    if math.isnan(left) or math.isnan(right):
        return f"{_number(right)} from the right" if math.isnan(left) else f"{_number(left)} from the left"
    return _number(left) if left == right else f"{_number(left)} from the left, {_number(right)} from the right"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _disagreement(problem: Problem, culprits: Sequence[Estimate], reference: Reference, entry: Entry) -> Verdict:
    answers = [f"{e.method} gives {_number(float(e.values[entry]))}" for e in culprits if e.values is not None]
    which = f"derivative{problem.by(entry)}"
    message = f"{' and '.join(answers)}, but the {which} is {_number(float(reference.values[entry]))}"
    return Verdict(Outcome.DISAGREE, tuple(e.method for e in culprits), None, message)


def sentence(verdict: Verdict) -> str:
    """`disagree (rounding): autograd gives …`, `kink: not differentiable at …`."""
    if verdict.outcome == Outcome.DISAGREE:
        return f"{verdict.outcome}{f' ({verdict.cause})' if verdict.cause else ''}: {verdict.message}"
    word = verdict.cause or verdict.outcome
    return verdict.message if verdict.message.startswith(word) else f"{word}: {verdict.message}"
