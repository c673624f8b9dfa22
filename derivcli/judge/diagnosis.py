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
from derivcli.formula.program import Instruction, tape
from derivcli.judge import ranges
from derivcli.judge.ranges import Explanation
from derivcli.judge.tape import (
    LIBRARY,
    SUMS,
    TAPE_BITS,
    TapeRow,
    read_tape,
    relative,
    text_of,
    true_adjoints,
    true_local,
)
from derivcli.records import Cause, Entry, Estimate, Problem, Reference, Verdict
from derivcli.requests.options import Dtype
from derivcli.workers.timeout import timely

ULP = 2.0**-53
FLAT_ULPS = 64  # ulp: the relative change of a value over its whole argument that floats hardly see

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
        wrong = sorted((e for e in estimates if e.method in verdict.methods), key=lambda e: e.library != LIBRARY)
        try:
            cause, reason, span = _cause(problem, wrong[0], reference, entry, tape_at)
        except (DerivError, RuntimeError):  # PyTorch has no derivative of some function on the tape
            continue
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
    if estimate.library != LIBRARY:
        return _without_tape(value, switch, rounding=rounding)
    dtype, found = problem.options.dtype, tape_at(entry[0], entry[2])
    explanations = chain(
        _claims(problem, found, entry),
        () if math.isfinite(value) else _not_taken(problem, found),
        ranges.values(found, dtype),
        _branch_point(switch) if switch and math.isfinite(value) else (),
        _infinite_local(found),
        _convention(found) if singular else (),
        _saturation(found, dtype),
        _cancellation(problem, found),
        ranges.adjoints(found, dtype),
        _sum_of_adjoints(problem, found, entry),
        ranges.subnormal(found, dtype),
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
                where = f"the branch that {row.text} does not take"
                text = f"{inner.text} is not finite in {where}, and 0*inf is nan"
                yield Cause.BRANCH_NOT_TAKEN, text, inner.span
                return


def _infinite_local(found: Sequence[TapeRow]) -> Iterator[Explanation]:
    for row in found:
        if math.isfinite(row.value) and any(map(math.isinf, row.local)):
            yield (
                Cause.OVERFLOW,
                f"the derivative of {row.text} by its argument is infinite here, and 0*inf is nan",
                row.span,
            )


def _saturation(found: Sequence[TapeRow], dtype: Dtype) -> Iterator[Explanation]:
    """A local derivative that PyTorch gets wrong although its arguments are right."""
    for row in found:
        good = all(found[i].error < 1e-10 for i in row.args if found[i].true is not None)
        for i, got, true in zip(row.args, row.local, row.true_local, strict=False):
            if not good or true.contains(0) or not true.is_finite() or relative(got, true) < 1e-6:
                continue
            if relative(got, _slope_at_floats(row, found, i)) < 1e-6:
                continue  # right for the argument as it is rounded
            exact = true.str(6, radius=False)
            if got == 0 and abs(true) * abs(found[i].value) < FLAT_ULPS * 2.0**-dtype.bits * abs(row.value):
                yield Cause.SATURATION, f"{row.text} is flat in {dtype}: its derivative {exact} becomes 0", row.span
            else:
                cause = Cause.UNDERFLOW if got == 0 else Cause.ROUNDING if math.isfinite(got) else Cause.OVERFLOW
                yield cause, f"PyTorch's own derivative of {row.text} is {got:.6g} instead of {exact}", row.span


def _slope_at_floats(row: TapeRow, found: Sequence[TapeRow], argument: int) -> arb:
    """The true derivative of one instruction at its arguments as the floats have them."""
    step = Instruction(row.function, row.args, row.span)
    with balls.precision(TAPE_BITS, 2):
        slots: list[object] = [arb(each.value) if each.true is not None else bool(each.value) for each in found]
        return true_local(step, slots)[row.args.index(argument)]


def _cancellation(problem: Problem, found: Sequence[TapeRow]) -> Iterator[Explanation]:
    """The worst instruction whose value loses digits that its arguments still have."""
    ulp = 2.0**-problem.options.dtype.bits
    worst: tuple[float, TapeRow] | None = None
    for row in found:
        if not row.args or row.true is None or math.isnan(row.error):
            continue
        before = max([ulp, *(found[i].error for i in row.args if found[i].true is not None)])
        growth = min(row.error, 1.0) / before
        if row.error > 1e-10 and growth > 1e3 and (worst is None or growth > worst[0]):
            worst = growth, row
    if worst:
        row = worst[1]
        what = "cancels" if row.function in SUMS else "magnifies the rounding of its argument"
        yield Cause.ROUNDING, f"{row.text} {what}: {_lost(row.error, problem)} digits are lost", row.span


def _lost(error: float, problem: Problem) -> str:
    """`8 of 16`: how many of the dtype's digits a relative error leaves wrong."""
    digits = round(problem.options.dtype.bits * math.log10(2))
    lost = (
        digits if math.isinf(error) else round(math.log10(max(error, ULP)) + problem.options.dtype.bits * math.log10(2))
    )
    return f"{max(0, min(digits, lost))} of {digits}"


def _sum_of_adjoints(problem: Problem, found: Sequence[TapeRow], entry: Entry) -> Iterator[Explanation]:
    """Contributions of several paths to one adjoint that cancel."""
    name = problem.partials[entry[1]][0]
    for slot, row in enumerate(found):
        parts = [
            user.adjoint * local
            for user in found
            for i, local in zip(user.args, user.local, strict=False)
            if i == slot and math.isfinite(local)
        ]
        total, size = sum(parts), sum(map(abs, parts))
        if len(parts) > 1 and size > 0 and abs(total) < 1e-3 * size and relative(row.adjoint, row.true_adjoint) > 1e-6:
            lost = _lost(2.0**-problem.options.dtype.bits * size / max(abs(total), ULP * size), problem)
            what = f"the {len(parts)} contributions to the derivative by {row.text or name}"
            text = f"{what} cancel: {lost} digits are lost"
            yield Cause.ROUNDING, text, row.span if row.args else None


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
