"""Who is wrong, and why: a method that is off → the first instruction that explains it.

The tape is there twice (`tapes`), as PyTorch has it and as it should be; where the two part is the cause.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from flint import arb

from derivcli.backends import balls
from derivcli.errors import DerivError, Span
from derivcli.formula.program import Instruction, tape
from derivcli.judge import ranges
from derivcli.judge.ranges import Explanation
from derivcli.judge.reference import budgets
from derivcli.judge.tape import BITS, SUMS, Row, piece, relative, rows, true_adjoints, true_local
from derivcli.records import Behaviour, Cell, Estimate, Problem, Reference, Verdict
from derivcli.requests.options import Dtype

ULP = 2.0**-53
FLAT = 64  # ulp: the relative change of a value over its whole argument that floats hardly see
TORCH = {"autograd", "forward-ad"}


def explained(verdict: Verdict, problem: Problem, estimate: Estimate, reference: Reference, cell: Cell) -> Verdict:
    """A verdict with its cause, a sentence about it, and the place in the text."""
    found = reference.behaviours.get(cell)
    try:
        cause, reason, span = _cause(problem, estimate, reference, cell, found)
    except (DerivError, RuntimeError):  # PyTorch has no derivative of some function on the tape
        return verdict
    return replace(verdict, cause=cause, message=f"{verdict.message}: {reason}", span=span)


def _cause(
    problem: Problem, estimate: Estimate, reference: Reference, cell: Cell, found: Behaviour | None
) -> Explanation:
    assert estimate.values is not None
    switch = _switch(problem, cell) if found else None
    value, true = float(estimate.values[cell]), float(reference.values[cell])
    budget = float(budgets(problem, cell[2])[cell[:2]])
    explained_by_rounding = abs(value - true) <= 2 * budget < math.inf
    if estimate.method not in TORCH:
        if switch:
            return (
                "branch point",
                f"{switch[0]} is differentiated as if the branch at this one point were all",
                switch[1],
            )
        if explained_by_rounding:
            return "rounding", "digits are lost on the way", None
        return "formula", f"its formula is {'not defined' if math.isnan(value) else 'wrong'} here", None
    tape_ = rows(problem, cell[0], cell[2])
    branch = f"{switch[0]} is differentiated as the branch taken at this one point" if switch else ""
    explanations = chain(
        _claims(problem, tape_, cell),
        () if math.isfinite(value) else _not_taken(problem, tape_),
        ranges.values(tape_, problem.options.dtype),
        [("branch point", branch, switch[1])] if switch and math.isfinite(value) else (),
        _infinite_local(tape_),
        _convention(tape_) if found else (),
        _saturation(tape_, problem.options.dtype),
        _cancellation(problem, tape_),
        ranges.adjoints(tape_, problem.options.dtype),
        _sum_of_adjoints(problem, tape_, cell),
        ranges.subnormal(tape_, problem.options.dtype),
    )
    if explained_by_rounding:
        last = "rounding", f"rounding in {problem.options.dtype} can explain an error of {budget:.1g}", None
    else:
        last = "formula", "rounding cannot explain it", None
    return next(explanations, last)


def _convention(found: Sequence[Row]) -> Iterator[Explanation]:
    """A kink on the way to a derivative that exists: relu(x) - relu(-x) at 0."""
    for row in found:
        if row.args and not all(local.is_finite() for local in row.true_local):
            made_up = ", ".join(f"{local:.6g}" for local in row.local)
            yield "convention", f"{row.text} has no derivative here, and PyTorch takes {made_up} for it", row.span


def _claims(problem: Problem, found: Sequence[Row], cell: Cell) -> Iterator[Explanation]:
    """A derivative that the author of a function claims, and that is not its derivative."""
    own = problem.program.variables.index(problem.partials[cell[1]][0])
    for row in found:
        if row.function == "claimed" and own in _cone(found, row.args[1:2]):
            value, x, slope = row.args
            with balls.precision(BITS, 2):
                truth = true_adjoints(problem.program, value, [each.true_local for each in found])[x]
            if relative(found[slope].value, truth) > 1e-6:
                claim, exact = f"{found[slope].value:.6g}", "0" if truth == 0 else truth.str(6, radius=False)
                yield "formula", f"the claimed derivative of {row.text} is {claim}, but it is {exact}", row.span


def _not_taken(problem: Problem, found: Sequence[Row]) -> Iterator[Explanation]:
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
                yield "branch not taken", text, inner.span
                return


def _infinite_local(found: Sequence[Row]) -> Iterator[Explanation]:
    for row in found:
        if math.isfinite(row.value) and any(map(math.isinf, row.local)):
            yield (
                "overflow",
                f"the derivative of {row.text} by its argument is infinite here, and 0*inf is nan",
                row.span,
            )


def _saturation(found: Sequence[Row], dtype: Dtype) -> Iterator[Explanation]:
    """A local derivative that PyTorch gets wrong although its arguments are right."""
    for row in found:
        good = all(found[i].error < 1e-10 for i in row.args if found[i].true is not None)
        for i, got, true in zip(row.args, row.local, row.true_local, strict=False):
            if not good or true.contains(0) or not true.is_finite() or relative(got, true) < 1e-6:
                continue
            if relative(got, _slope_at_floats(row, found, i)) < 1e-6:
                continue  # right for the argument as it is rounded
            exact = true.str(6, radius=False)
            if got == 0 and abs(true) * abs(found[i].value) < FLAT * 2.0**-dtype.bits * abs(row.value):
                yield "saturation", f"{row.text} is flat in {dtype}: its derivative {exact} becomes 0", row.span
            else:
                cause = "underflow" if got == 0 else "rounding" if math.isfinite(got) else "overflow"
                yield cause, f"PyTorch's own derivative of {row.text} is {got:.6g} instead of {exact}", row.span


def _slope_at_floats(row: Row, found: Sequence[Row], argument: int) -> arb:
    """The true derivative of one instruction at its arguments as the floats have them."""
    step = Instruction(row.function, row.args, row.span)
    with balls.precision(BITS, 2):
        slots: list[object] = [arb(each.value) if each.true is not None else bool(each.value) for each in found]
        return true_local(step, slots)[row.args.index(argument)]


def _cancellation(problem: Problem, found: Sequence[Row]) -> Iterator[Explanation]:
    """The worst instruction whose value loses digits that its arguments still have."""
    ulp = 2.0**-problem.options.dtype.bits
    worst: tuple[float, Row] | None = None
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
        yield "rounding", f"{row.text} {what}: {_lost(row.error, problem)} digits are lost", row.span


def _lost(error: float, problem: Problem) -> str:
    """`8 of 16`: how many of the dtype's digits a relative error leaves wrong."""
    digits = round(problem.options.dtype.bits * math.log10(2))
    lost = (
        digits if math.isinf(error) else round(math.log10(max(error, ULP)) + problem.options.dtype.bits * math.log10(2))
    )
    return f"{max(0, min(digits, lost))} of {digits}"


def _sum_of_adjoints(problem: Problem, found: Sequence[Row], cell: Cell) -> Iterator[Explanation]:
    """Contributions of several paths to one adjoint that cancel."""
    name = problem.partials[cell[1]][0]
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
            yield "rounding", text, row.span if row.args else None


def _switch(problem: Problem, cell: Cell) -> tuple[str, Span] | None:
    """The `where` whose condition switches at the point."""
    with balls.precision(BITS, 2):
        inputs = balls.coordinates(problem.points.points[cell[2]])
        slots = tape(problem.program, balls.BALLS, inputs)
    first = len(problem.program.variables)
    for step in problem.program.instructions:
        if step.function == "where":
            condition = problem.program.instructions[step.args[0] - first]
            if len(condition.args) == 2:
                a, b = (slots[i] for i in condition.args)
                if isinstance(a, arb) and isinstance(b, arb) and (a - b).contains(0):
                    return piece(problem, step, -1), step.span
    return None


def _cone(found: Sequence[Row], roots: Sequence[int]) -> list[int]:
    """The slots that some slots are computed from, and those themselves, in order."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        slot = stack.pop()
        if slot not in seen:
            seen.add(slot)
            stack.extend(found[slot].args)
    return sorted(seen)
