"""What is not wrong and yet worth knowing of estimates: unreliable differences, few correct digits, silent zeros."""

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import combinations
from operator import or_

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.judge.verdict import allowance, digits, entries_where, is_off, short_number, told
from derivcli.records import Estimate, Kind, Problem, Reference
from derivcli.requests.options import Tolerance

IMPRECISE = 1e-6  # relative error from which on digits are called lost


def is_imprecise(estimate: Estimate, reference: Reference, allowed: Array) -> np.ndarray:
    """Where a method is not wrong and yet to be warned of: it agrees in few digits, or it is advisory and off."""
    wrong = is_off(estimate, reference, allowed)
    few = np.where(reference.values == 0, math.inf, IMPRECISE * np.abs(reference.values))  # 0 has no digits
    return wrong if estimate.advisory else is_off(estimate, reference, few) & ~wrong


def warnings(
    problem: Problem, estimates: Sequence[Estimate], reference: Reference, tolerance: Tolerance
) -> Iterator[str]:
    """What is not wrong and yet worth knowing: unreliable differences, few correct digits, conventions."""
    for name in problem.request.unused:
        yield f"'{name}' does not occur in the formula"
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
            yield f"{estimate.method} {what} {where_}: {short_number(value)} for {told(reference, entry)}"
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
    for one, other in combinations([e for e in estimates if e.rules and e.values is not None], 2):
        if one.rules == other.rules:
            apart = ~np.isclose(one.values, other.values, rtol=1e-6, atol=0, equal_nan=True)  # type: ignore[arg-type]
            for entry in list(entries_where(apart))[:1]:
                numbers = " and ".join(short_number(float(e.values[entry])) for e in (one, other))  # type: ignore[index]
                methods = f"{one.rules}'s {one.method} and {other.method}"
                yield f"{methods} disagree at {problem.place(entry)}: {numbers}"
