"""Estimates and a reference → verdicts: pure arithmetic.

A method agrees if |v - ref| <= rtol |ref| + min(8 budget, rtol |f| / max(1, |x|)), where the budget is what rounding
can explain; where f is 0, 1 takes its place. Finite differences are allowed their own error estimate on top, and alone
never cause a `disagree`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.records import Behaviour, Entry, Estimate, Kind, Outcome, Problem, Reference, Verdict
from derivcli.requests.options import Tolerance

BUDGETS = 8  # times what rounding explains of an error: the error of several steps, each as large as the worst


def judge(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> dict[Entry, Verdict]:
    """The verdicts of the entries in which not all methods agree."""
    verdicts: dict[Entry, Verdict] = {}
    known = np.isfinite(reference.radii)
    for entry in entries_where(~known):
        in_time = entry in reference.behaviours
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
    budgets = np.full(problem.shape, math.nan) if reference.budgets is None else reference.budgets
    known = np.isfinite(budgets)
    f = reference.functions[:, None, :]
    f = function_size(problem, np.where((f == 0) & known, 1.0, f))
    with np.errstate(over="ignore", invalid="ignore"):
        slack = np.fmin(np.where(known, BUDGETS * budgets, math.inf), rtol * f)
        return rtol * size + np.where(np.isnan(slack), 0.0, slack)


def function_size(problem: Problem, f: Array) -> Array:
    """|f| / max(1, |x|) to the order of each partial: a derivative that moves f by itself over its argument."""
    index = {name: i for i, name in enumerate(problem.program.variables)}
    x = np.abs(problem.floats)
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.stack([np.prod([np.maximum(1, x[index[name]]) for name in wrt], axis=0) for wrt in problem.partials])
        return np.abs(f) / scale


def is_off(estimate: Estimate, reference: Reference, allowed: Array) -> np.ndarray:
    """Where a method is further from the reference than it may be; NaN is off wherever something was computed."""
    assert estimate.values is not None
    own = np.zeros(1) if estimate.errors is None or not estimate.advisory else estimate.errors
    with np.errstate(invalid="ignore"):
        near = np.abs(estimate.values - reference.values) <= allowed + own
    return ~(near | (estimate.values == reference.values) | estimate.skipped)


def digits(value: float, true: float) -> int:
    """How many decimal digits of a value are correct: 0 to 16."""
    if value == true:
        return 16
    if not math.isfinite(value) or not math.isfinite(true) or true == 0:
        return 0
    return max(0, min(16, math.floor(-math.log10(abs(value - true) / abs(true)))))


def fewest_digits(estimate: Estimate, reference: Reference) -> int | None:
    """The correct digits of a method in its worst entry; None where it has no entry that the reference has.

    Of 0 there are no digits: what agrees with it has all of them.
    """
    if estimate.values is None:
        return None
    there = entries_where(np.isfinite(reference.radii) & ~np.broadcast_to(estimate.skipped, reference.radii.shape))
    pairs = [(float(estimate.values[entry]), float(reference.values[entry])) for entry in there]
    return min((digits(value, true) if true else 16 for value, true in pairs), default=None)


def entries_where(mask: np.ndarray[Any, Any]) -> Iterator[Entry]:
    """The entries in which a mask is true."""
    yield from map(tuple, np.argwhere(mask).tolist())  # type: ignore[misc]  # three indices


def worst_verdict(verdicts: Mapping[Entry, Verdict]) -> Verdict:
    """The worst verdict of all entries."""
    return max(verdicts.values(), key=lambda v: v.outcome.severity, default=Verdict(Outcome.AGREE))


def _late(problem: Problem, entry: Entry) -> Verdict:
    """The verdict where time was up before the enclosure was there."""
    limit = problem.options.timeout
    text = f"the derivative at {problem.place(entry)} was not enclosed within {limit:.2g} s"
    return Verdict(Outcome.INCONCLUSIVE, message=f"{text}; --timeout {10 * limit:.2g} gives it longer")


def judge_singular(problem: Problem, estimates: Sequence[Estimate], reference: Reference, entry: Entry) -> Verdict:
    """The verdict where there is no derivative: what f does there, and what each engine returned."""
    place, found = problem.place(entry), reference.behaviours[entry]
    left, right = found.left, found.right
    f_left, f_right = found.limits
    sides = f"{short_number(left)} from the left, {short_number(right)} from the right"
    match found.kind:
        case Kind.KINK:
            text = f"not differentiable at {place}: slope {sides}"
        case Kind.JUMP if f_left == f_right:
            here = short_number(float(reference.functions[entry[0], entry[2]]))
            text = f"not continuous at {place}: f tends to {short_number(f_left)}, but is {here} there"
        case Kind.JUMP:
            text = f"not continuous at {place}: f tends to {_one_sided(f_left, f_right)}"
        case Kind.VERTICAL | Kind.CUSP:
            text = f"{found.kind} at {place}: slope {_one_sided(left, right)}"
        case Kind.NO_LIMIT:
            text = f"not differentiable at {place}: the slopes have no limit"
        case Kind.REMOVABLE | Kind.UNDEFINED:
            return _judge_undefined(problem, reference, entry)
        case Kind.UNKNOWN:
            return Verdict(Outcome.INCONCLUSIVE, message=f"Arb finds no value of f at {place}")
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
        text = f"removable singularity at {place}: f has no value there, but tends to {short_number(limit)}"
        text += f", and so continued has the derivative {short_number(slope)}"
    elif len(problem.partials[entry[1]]) > 1:
        text = f"there is no derivative of the order before at {place} that could be differentiated"
    elif math.isfinite(reference.functions[entry[0], entry[2]]):
        text = f"f is defined at {place}, but nowhere beside it"
    else:
        text = f"f has no real value at {place}"
    return Verdict(Outcome.UNDEFINED, cause=found.kind, message=text)


def _conventions(estimates: Sequence[Estimate], found: Behaviour, entry: Entry) -> str:
    """What each library returns here, read off its first answer, and whether it lies between the slopes."""
    bounds = sorted((found.left, found.right))
    text = ""
    libraries = {e.rules: e.values for e in reversed(estimates) if e.rules and e.values is not None}
    for library, values in reversed(libraries.items()):
        value = float(values[entry])
        ulps = 1e-14 * max(map(abs, bounds))  # a slope is rounded, too
        outside = found.kind == Kind.KINK and (value < bounds[0] - ulps or value > bounds[1] + ulps)
        beyond = f" (outside [{short_number(bounds[0])}, {short_number(bounds[1])}])" if outside else ""
        text += f"; {library}'s convention is {short_number(value)}{beyond}"
    return text


def _one_sided(left: float, right: float) -> str:
    if left == right:
        return short_number(left)
    digits = next((n for n in range(6, 17) if f"{left:.{n}g}" != f"{right:.{n}g}"), 6)  # as many as tell them apart
    sides = [f"{value:.{digits}g} from the {side}" for value, side in ((left, "left"), (right, "right"))]
    return ", ".join(text for text, value in zip(sides, (left, right), strict=True) if not math.isnan(value))


def short_number(value: float) -> str:
    return f"{value:.6g}"


def told(reference: Reference, entry: Entry) -> str:
    """The derivative in six digits, also where it is beyond float64."""
    ball = reference.balls.get(entry)
    value = float(reference.values[entry])
    return short_number(value) if ball is None or math.isfinite(value) else ball.str(6, radius=False)


def _disagreement(problem: Problem, culprits: Sequence[Estimate], reference: Reference, entry: Entry) -> Verdict:
    answers = [f"{e.method} gives {short_number(float(e.values[entry]))}" for e in culprits if e.values is not None]
    which = f"derivative{problem.by(entry)}"
    message = f"{' and '.join(answers)}, but the {which} is {told(reference, entry)}"
    return Verdict(Outcome.DISAGREE, tuple(e.method for e in culprits), None, message)


def sentence(verdict: Verdict) -> str:
    """`disagree (rounding): autograd gives …`, `kink: not differentiable at …`."""
    if verdict.outcome == Outcome.DISAGREE:
        return f"{verdict.outcome}{f' ({verdict.cause})' if verdict.cause else ''}: {verdict.message}"
    word = verdict.cause or verdict.outcome
    return verdict.message if verdict.message.startswith(word) else f"{word}: {verdict.message}"
