"""Who is wrong, and why: a method that is off → the first instruction that explains it.

The tape is there twice (`tape`), as PyTorch has it and as it should be; where the two part is the cause.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain

from flint import arb

from derivcli.backends import balls
from derivcli.errors import DerivError, Span
from derivcli.formula.program import tape
from derivcli.judge import float_errors
from derivcli.judge.float_errors import Explanation
from derivcli.judge.tape import (
    LIBRARY,
    TAPE_BITS,
    TapeRow,
    own_derivatives,
    read_tape,
    relative,
    text_of,
    true_adjoints,
)
from derivcli.judge.verdict import told
from derivcli.records import Cause, Entry, Estimate, Problem, Reference, Verdict
from derivcli.requests.options import Dtype
from derivcli.workers.timeout import timely

LARGE = 50.0  # from which on exp(x) squared or cubed is beyond some float

Tape = tuple[TapeRow, ...]
Switch = tuple[str, Span]  # a `where` whose condition switches at the point


def diagnose(
    verdicts: Mapping[Entry, Verdict], problem: Problem, estimates: Sequence[Estimate], reference: Reference
) -> dict[Entry, Verdict]:
    """Disagreements with their causes, a sentence about each, and the place in the text.

    Blamed is the first method whose library's tape can be read, else the first. The reference is `detailed`. Those that
    are not explained in the time of a method stay as they are.
    """
    return dict(verdicts) | dict(timely(_explain(verdicts, problem, estimates, reference), problem.options.timeout))


def _explain(
    verdicts: Mapping[Entry, Verdict], problem: Problem, estimates: Sequence[Estimate], reference: Reference
) -> Iterator[tuple[Entry, Verdict]]:
    """Those disagreements that have a known cause."""
    tape_at = cache(partial(read_tape, problem))  # one for all the partials of an output at a point
    for entry, verdict in verdicts.items():
        if reference.budgets is None or math.isnan(reference.budgets[entry]):  # there was no time for it
            continue
        wrong = sorted((e for e in estimates if e.method in verdict.methods), key=lambda e: e.rules != LIBRARY)
        cause, reason, span = _cause(problem, wrong[0], reference, entry, tape_at)
        for other in wrong[1:]:
            if other.rules != wrong[0].rules:
                its_cause, its_reason, _ = _cause(problem, other, reference, entry, tape_at)
                reason += f"; {other.method}: {its_reason}" if its_cause not in (cause, Cause.FORMULA) else ""
        yield entry, replace(verdict, cause=cause, message=f"{verdict.message}: {reason}", span=span)


def _cause(
    problem: Problem, estimate: Estimate, reference: Reference, entry: Entry, tape_at: Callable[[int, int], Tape]
) -> Explanation:
    """The first explanation of an error that holds; where none does, rounding if it is large enough for that."""
    assert estimate.values is not None
    assert reference.budgets is not None
    value, true, budget = (float(each[entry]) for each in (estimate.values, reference.values, reference.budgets))
    rounding = abs(value - true) <= 2 * budget < math.inf
    singular = entry in reference.behaviours
    switch = _switch(problem, entry) if singular else None
    if estimate.rules != LIBRARY:
        return _without_tape(value, switch, rounding=rounding)
    try:
        dtype, found = problem.options.dtype, tape_at(entry[0], entry[2])
    except (DerivError, RuntimeError):  # PyTorch has no derivative of some function on the tape
        return _without_tape(value, switch, rounding=rounding)
    beyond = math.isinf(value) and abs(true) > dtype.range[1]
    explanations = chain(
        _claims(problem, found, entry),
        () if math.isfinite(value) else _not_taken(problem, found),
        float_errors.values(found, dtype),
        [(Cause.OVERFLOW, f"{told(reference, entry)} is beyond {dtype}", None)] if beyond else (),
        _branch_point(switch) if switch and math.isfinite(value) else (),
        _infinite_local(found, dtype, value),
        _own_rule(problem, found, entry),
        _convention(found) if singular else (),
        float_errors.saturation(found, dtype),
        float_errors.cancellation(problem, found),
        float_errors.adjoints(found, dtype),
        float_errors.cancelling_adjoints(problem, found, entry),
        float_errors.subnormal(found, dtype),
    )
    if rounding:
        return next(explanations, (Cause.ROUNDING, f"rounding in {dtype} can explain an error of {budget:.1g}", None))
    return next(explanations, (Cause.FORMULA, "rounding cannot explain it", None))


def _without_tape(value: float, switch: Switch | None, *, rounding: bool) -> Explanation:
    """Why a method is wrong that works on the formula."""
    if switch:
        text, span = switch
        return Cause.BRANCH_POINT, f"{text} is differentiated as if the branch at this one point were all", span
    if rounding:
        return Cause.ROUNDING, "digits are lost on the way", None
    return Cause.FORMULA, f"its formula is {'not defined' if math.isnan(value) else 'wrong'} here", None


def _branch_point(switch: Switch) -> Iterator[Explanation]:
    text, span = switch
    yield Cause.BRANCH_POINT, f"{text} is differentiated as the branch taken at this one point", span


def _convention(found: Sequence[TapeRow]) -> Iterator[Explanation]:
    """A kink on the way to a derivative that exists: relu(x) - relu(-x) at 0."""
    for row in found:
        if row.args and not all(local.is_finite() for local in row.true_local):
            made_up = ", ".join(f"{local:.6g}" for local in row.local)
            yield Cause.CONVENTION, f"{row.text} has no derivative here, and PyTorch takes {made_up} for it", row.span


def _claims(problem: Problem, found: Sequence[TapeRow], entry: Entry) -> Iterator[Explanation]:
    """A derivative that the author of a function claims, and that is not its derivative."""
    own = problem.program.variables.index(problem.partials[entry[1]][0])
    for row in found:
        if row.function == "claimed" and own in _cone(found, row.args[1:2]):
            value, x, slope = row.args
            with balls.precision(TAPE_BITS, 2):
                truth = true_adjoints(problem.program, value, [each.true_local for each in found])[x]
            if relative(found[slope].value, truth) > 1e-6:
                claim, exact = f"{found[slope].value:.6g}", "0" if truth == 0 else truth.str(6, radius=False)
                yield Cause.FORMULA, f"the claimed derivative of {row.text} is {claim}, but it is {exact}", row.span


def _not_taken(problem: Problem, found: Sequence[TapeRow]) -> Iterator[Explanation]:
    """NaN or infinity through the branch that `where` did not choose."""
    for row in found:
        if row.function != "where":
            continue
        for i in _cone(found, row.args[1:]):
            inner = found[i]
            bad = not math.isfinite(inner.value) or not all(map(math.isfinite, inner.local))
            if bad and inner.true_adjoint == 0 and inner.args:
                what = inner.text if not math.isfinite(inner.value) else f"the derivative of {inner.text}"
                where = f"the branch that {row.text} does not take"
                text = f"{what} is not finite in {where}, and 0*inf is nan"
                yield Cause.BRANCH_NOT_TAKEN, text, inner.span
                return


def _infinite_local(found: Sequence[TapeRow], dtype: Dtype, value: float) -> Iterator[Explanation]:
    """A local derivative that is infinite in truth, or beyond the floats; not one at an argument that was rounded."""
    for row in found:
        for got, true in zip(row.local, row.true_local, strict=False):
            if not math.isfinite(row.value) or not math.isinf(got):
                continue
            if not true.is_finite():
                then = "0*inf is nan" if math.isnan(value) else "it is a factor of the answer"
                text = f"the derivative of {row.text} by its argument is infinite here, and {then}"
                yield Cause.INFINITE_SLOPE, text, row.span
            elif abs(true) > dtype.range[1]:
                exact = true.str(3, radius=False)
                yield Cause.OVERFLOW, f"the derivative of {row.text} is {exact}, which is beyond {dtype}", row.span


def _own_rule(problem: Problem, found: Sequence[TapeRow], entry: Entry) -> Iterator[Explanation]:
    """A rule of PyTorch that is wrong where its arguments are right: 0/0 inside it, or 0 for a small number."""
    order = len(problem.partials[entry[1]])
    nth = {1: "", 2: " second"}.get(order, f" {order}th")
    for row in found:
        good = row.args and all(found[i].error < 1e-10 for i in row.args if found[i].true is not None)
        for got, true in own_derivatives(problem, row, found, order) if good else ():
            what = f"PyTorch's own{nth} derivative of {row.text} is {got:.6g}"
            if not true.is_finite():
                continue
            if not math.isfinite(got):
                large = any(abs(found[i].value) > LARGE for i in row.args)
                text = f"{what} here: {'inf/inf' if large else '0/0'} inside"
                yield Cause.OVERFLOW if large else Cause.FORMULA, text, row.span
            elif order > 1 and not true.contains(0) and relative(got, true) > 1e-6:
                cause = Cause.ROUNDING if got else Cause.SATURATION
                yield cause, f"{what} instead of {true.str(6, radius=False)}", row.span


def _switch(problem: Problem, entry: Entry) -> Switch | None:
    """The `where` whose condition switches at the point."""
    with balls.precision(TAPE_BITS, 2):
        inputs = balls.coordinates(problem.points.points[entry[2]])
        slots = tape(problem.program, balls.BALLS, inputs)
    first = len(problem.program.variables)
    for step in problem.program.instructions:
        if step.function == "where":
            condition = problem.program.instructions[step.args[0] - first]
            if len(condition.args) == 2:
                a, b = (slots[i] for i in condition.args)
                if isinstance(a, arb) and isinstance(b, arb) and (a - b).contains(0):
                    return text_of(problem, step, -1), step.span
    return None


def _cone(found: Sequence[TapeRow], roots: Sequence[int]) -> list[int]:
    """The slots that some slots are computed from, and those themselves, in order."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        slot = stack.pop()
        if slot not in seen:
            seen.add(slot)
            stack.extend(found[slot].args)
    return sorted(seen)
