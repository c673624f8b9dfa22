"""Who is wrong, and why: a method that is off → the first instruction that explains it.

The tape is run twice, on tensors and on balls: values, local derivatives (from power series of one instruction) and
adjoints. Where the two part for the first time is the cause.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from flint import arb, arb_series

from derivcli.backends import arb as balls
from derivcli.backends.torch import DOUBLE
from derivcli.errors import DerivError, Span
from derivcli.program import Instruction, Program, tape
from derivcli.records import Behaviour, Cell, Estimate, Problem, Reference, Verdict

BITS = 2048
LARGEST = float.fromhex("0x1.fffffffffffffp+1023")
SMALLEST = 2.0**-1022
ULP = 2.0**-53
FLAT = 64 * ULP  # relative change of a value over its whole argument that float64 hardly sees
TORCH = {"autograd", "forward-ad"}
SUMS = {"add", "sub"}


@dataclass(frozen=True, slots=True)
class Row:
    """One slot of the two tapes; NaN where there is nothing to say (conditions)."""

    text: str
    span: Span
    function: str
    args: tuple[int, ...]
    value: float
    true: arb | None
    local: tuple[float, ...]  # derivative by each argument, as PyTorch has it
    true_local: tuple[arb, ...]
    adjoint: float
    true_adjoint: arb

    @property
    def error(self) -> float:
        """Relative error of the value; 0 where it is exact, infinite where it is lost."""
        return relative(self.value, self.true)


def relative(value: float, true: arb | None) -> float:
    """|value - true| / |true|; NaN where the truth is unknown."""
    if true is None or not true.is_finite():
        return math.nan
    if not math.isfinite(value):
        return math.inf
    difference = abs(arb(value) - true)
    if difference.contains(0):
        return 0.0
    return math.inf if true.contains(0) else float((difference / abs(true)).mid())


def rows(problem: Problem, output: int, point: int) -> list[Row]:
    """The tape of one output at one point, on tensors and on balls."""
    program = problem.program
    floats, adjoints = _torch_tape(problem, output, point)
    with balls.precision(BITS, 2):
        inputs = balls.coordinates(problem.points.points[point])
        truth = tape(program, balls.BALLS, inputs)
        locals_ = [_true_local(i, truth) for i in _steps(program)]
        true_adjoints = _true_adjoints(program, program.outputs[output], locals_)
    result = []
    for slot, step in enumerate(_steps(program)):
        ball = truth[slot] if isinstance(truth[slot], arb) else None
        local = _torch_local(step, floats) if step.args else ()
        span = step.span if step.args or step.function == "number" else (0, 0)
        text = _text(problem, step, slot)
        value = float(floats[slot]) if floats[slot].dtype != torch.bool else math.nan
        result.append(Row(text, span, step.function, step.args, value, ball, local, locals_[slot], adjoints[slot],
                          true_adjoints[slot]))  # fmt: skip
    return result


def explained(verdict: Verdict, problem: Problem, estimate: Estimate, reference: Reference, cell: Cell) -> Verdict:
    """A verdict with its cause, a sentence about it, and the place in the text."""
    found = reference.behaviours.get(cell)
    try:
        cause, reason, span = _cause(problem, estimate, reference, cell, found)
    except DerivError:
        return verdict
    return replace(verdict, cause=cause, message=f"{verdict.message}: {reason}", span=span)


Explanation = tuple[str, str, Span | None]


def _cause(
    problem: Problem, estimate: Estimate, reference: Reference, cell: Cell, found: Behaviour | None
) -> Explanation:
    assert estimate.values is not None
    switch = _switch(problem, cell) if found else None
    if estimate.method not in TORCH:
        if switch:
            return (
                "branch point",
                f"{switch[0]} is differentiated as if the branch at this one point were all",
                switch[1],
            )
        lost = abs(estimate.values[cell] - reference.values[cell]) <= 2 * reference.budgets[cell]
        return (
            ("rounding", "digits are lost on the way", None) if lost else ("formula", "its formula is wrong here", None)
        )
    found_rows = rows(problem, cell[0], cell[2])
    value = float(estimate.values[cell])
    explanations = [
        *(_not_taken(problem, found_rows) if not math.isfinite(value) else ()),
        *_overflow(found_rows),
        *([("branch point", f"{switch[0]} is differentiated as the branch taken at this one point", switch[1])]
          if switch and math.isfinite(value) else ()),
        *_infinite_local(found_rows),
        *_saturation(found_rows),
        *_adjoints(found_rows),
        *_cancellation(found_rows),
        *_sum_of_adjoints(problem, found_rows, cell),
    ]  # fmt: skip
    if explanations:
        return explanations[0]
    if abs(value - reference.values[cell]) <= 2 * reference.budgets[cell]:
        return "rounding", f"rounding in float64 can explain an error of {reference.budgets[cell]:.1g}", None
    return "formula", "rounding cannot explain it", None


def _not_taken(problem: Problem, found: Sequence[Row]) -> Iterator[Explanation]:
    """NaN or infinity through the branch that `where` did not choose."""
    for row in found:
        if row.function != "where":
            continue
        for i in _cone(found, row.args[1:]):
            inner = found[i]
            bad = not math.isfinite(inner.value) or not all(map(math.isfinite, inner.local))
            if bad and inner.true_adjoint == 0 and inner.args:
                where = f"the branch that {shortened(row.text)} does not take"
                text = f"{inner.text} is not finite in {where}, and 0*inf is nan"
                yield "branch not taken", text, inner.span
                return


def _overflow(found: Sequence[Row]) -> Iterator[Explanation]:
    for row in found:
        if row.true is None or not row.true.is_finite() or not row.args:
            continue
        if not math.isfinite(row.value) and abs(row.true) > LARGEST:
            yield "overflow", f"{row.text} = {row.true.str(3, radius=False)} is beyond float64", row.span
        elif row.value == 0 and 0 < abs(row.true) < SMALLEST:
            yield "underflow", f"{row.text} = {row.true.str(3, radius=False)} is 0 in float64", row.span


def _infinite_local(found: Sequence[Row]) -> Iterator[Explanation]:
    for row in found:
        if math.isfinite(row.value) and any(map(math.isinf, row.local)):
            yield (
                "overflow",
                f"the derivative of {row.text} by its argument is infinite here, and 0*inf is nan",
                row.span,
            )


def _saturation(found: Sequence[Row]) -> Iterator[Explanation]:
    """A local derivative that PyTorch gets wrong although its arguments are right."""
    for row in found:
        good = all(found[i].error < 1e-10 for i in row.args if found[i].true is not None)
        for i, got, true in zip(row.args, row.local, row.true_local, strict=False):
            if not good or true.contains(0) or not true.is_finite() or relative(got, true) < 1e-6:
                continue
            exact = true.str(6, radius=False)
            if got == 0 and abs(true) * abs(found[i].value) < FLAT * abs(row.value):
                yield "saturation", f"{row.text} is flat in float64: its derivative {exact} becomes 0", row.span
            else:
                cause = "underflow" if got == 0 else "rounding" if math.isfinite(got) else "overflow"
                yield cause, f"PyTorch's own derivative of {row.text} is {got:.6g} instead of {exact}", row.span


def _adjoints(found: Sequence[Row]) -> Iterator[Explanation]:
    """A product of local derivatives that leaves the range of float64."""
    for row in reversed(found):
        if row.adjoint == 0 and not row.true_adjoint.contains(0) and abs(row.true_adjoint) < SMALLEST:
            text = row.true_adjoint.str(3, radius=False)
            yield (
                "underflow",
                f"the adjoint of {row.text} is {text}, which is 0 in float64",
                row.span if row.args else None,
            )
        elif math.isinf(row.adjoint) and row.true_adjoint.is_finite():
            yield "overflow", f"the adjoint of {row.text} leaves the range of float64", row.span if row.args else None


def _cancellation(found: Sequence[Row]) -> Iterator[Explanation]:
    """The worst instruction whose value loses digits that its arguments still have."""
    worst: tuple[float, Row] | None = None
    for row in found:
        if not row.args or row.true is None or math.isnan(row.error):
            continue
        before = max([ULP, *(found[i].error for i in row.args if found[i].true is not None)])
        growth = row.error / before
        if row.error > 1e-10 and growth > 1e3 and (worst is None or growth > worst[0]):
            worst = growth, row
    if worst:
        row = worst[1]
        lost = min(16, round(math.log10(row.error / ULP))) if math.isfinite(row.error) else 16
        what = "cancels" if row.function in SUMS else "magnifies the rounding of its argument"
        yield "rounding", f"{row.text} {what}: {lost} of 16 digits are lost", row.span


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
            lost = min(16, round(math.log10(size / max(abs(total), ULP * size))))
            what = f"the {len(parts)} contributions to the derivative by {row.text or name}"
            text = f"{what} cancel: {lost} of 16 digits are lost"
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
                    return shortened(_text(problem, step, -1)), step.span
    return None


def _steps(program: Program) -> Iterator[Instruction]:
    """The variables, as instructions without arguments, and the instructions."""
    yield from (Instruction(name, (), (0, 0)) for name in program.variables)
    yield from program.instructions


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


def _text(problem: Problem, step: Instruction, slot: int) -> str:
    if not step.args and step.function != "number":
        return problem.program.variables[slot] if slot < len(problem.program.variables) else step.function
    start, end = step.span
    return problem.formula.text[start:end].strip() or step.function


def shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _torch_tape(problem: Problem, output: int, point: int) -> tuple[list[torch.Tensor], list[float]]:
    """The values of all slots, and the adjoint of each (NaN where PyTorch has none)."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in problem.floats[:, point]]
    slots = tape(problem.program, DOUBLE, leaves)
    wanted = [i for i, slot in enumerate(slots) if slot.requires_grad]
    adjoints = [0.0] * len(slots)
    root = slots[problem.program.outputs[output]]
    if root.requires_grad:
        grads = torch.autograd.grad(root, [slots[i] for i in wanted], allow_unused=True)
        for i, grad in zip(wanted, grads, strict=True):
            adjoints[i] = 0.0 if grad is None else float(grad)
    return [slot.detach() for slot in slots], adjoints


def _torch_local(step: Instruction, slots: Sequence[torch.Tensor]) -> tuple[float, ...]:
    """PyTorch's derivative of one instruction by each argument."""
    args = [slots[i].clone().requires_grad_(slots[i].is_floating_point()) for i in step.args]
    value = DOUBLE.cell(step.function)(*args)
    floats = [arg for arg in args if arg.requires_grad]
    if not value.requires_grad:
        return (0.0,) * len(args)
    grads = iter(torch.autograd.grad(value, floats, allow_unused=True))
    found = (next(grads) if arg.requires_grad else None for arg in args)
    return tuple(0.0 if grad is None else float(grad) for grad in found)


def _true_local(step: Instruction, slots: Sequence[object]) -> tuple[arb, ...]:
    """The derivative of one instruction by each argument: the second coefficient of its power series."""
    result = []
    for j in range(len(step.args)):
        args = []
        for i, slot in enumerate(step.args):
            value = slots[slot]
            args.append(arb_series([value, 1] if i == j else [value]) if isinstance(value, arb) else value)
        if not isinstance(args[j], arb_series):
            result.append(arb(0))
            continue
        series = balls.SERIES.cell(step.function)(*args)
        result.append(series[1] if isinstance(series, arb_series) else arb(0))
    return tuple(result)


def _true_adjoints(program: Program, output: int, locals_: Sequence[tuple[arb, ...]]) -> list[arb]:
    """Reverse accumulation over the program in ball arithmetic."""
    steps = list(_steps(program))
    adjoints = [arb(0)] * len(steps)
    adjoints[output] = arb(1)
    for slot in reversed(range(len(steps))):
        if adjoints[slot] == 0:
            continue
        for arg, local in zip(steps[slot].args, locals_[slot], strict=False):
            adjoints[arg] += adjoints[slot] * local
    return adjoints
