"""The tape of a program run twice, on tensors and on balls: values, local derivatives and adjoints, slot by slot."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from flint import arb, arb_series

from derivcli.backends import balls
from derivcli.backends.series import SERIES, as_series
from derivcli.backends.tensors import Tensors, tensors
from derivcli.errors import DerivError, Span
from derivcli.formula.program import Instruction, Program, tape
from derivcli.formula.transforms import specialise
from derivcli.records import Problem

LIBRARY = "PyTorch"  # whose tape it is
TAPE_BITS = 2048
SUMS = {"add", "sub"}  # the two operators in which digits cancel; no function beside them does
MAX_CHARACTERS = 60  # characters of a piece of the formula


@dataclass(frozen=True, slots=True)
class TapeRow:
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


def read_tape(problem: Problem, output: int, point: int) -> tuple[TapeRow, ...]:
    """The tape of one output at one point, on tensors and on balls: for all of its partials there."""
    program = problem.program
    floats, adjoints = _torch_tape(problem, output, point)
    moving = varying(program, {name for partial in problem.partials for name in partial})
    with balls.precision(TAPE_BITS, 2):
        inputs = balls.coordinates(problem.points.points[point])
        truth = tape(specialise(program, problem.points.points[point]), balls.BALLS, inputs)
        locals_ = [true_local(i, truth) for i in steps(program)]
        adjoints_ = true_adjoints(program, program.outputs[output], locals_)
    result = []
    for slot, step in enumerate(steps(program)):
        ball = truth[slot] if isinstance(truth[slot], arb) else None
        backend = tensors(problem.options.dtype, problem.options.device)
        by = [True] * len(floats)
        try:
            local = _torch_local(step, backend, floats, by)
        except (DerivError, RuntimeError):  # PyTorch cannot differentiate by all of them, and need not
            by = moving
            local = _torch_local(step, backend, floats, by)
        exact = tuple(true if by[arg] else arb(0) for arg, true in zip(step.args, locals_[slot], strict=True))
        span = step.span if step.args or step.function == "number" else (0, 0)
        text = text_of(problem, step, slot)
        value = float(floats[slot]) if floats[slot].dtype != torch.bool else math.nan
        result.append(TapeRow(text, span, step.function, step.args, value, ball, local, exact, adjoints[slot],
                          adjoints_[slot]))  # fmt: skip
    return tuple(result)


def steps(program: Program) -> Iterator[Instruction]:
    """The variables, as instructions without arguments, and the instructions."""
    yield from (Instruction(name, (), (0, 0)) for name in program.variables)
    yield from program.instructions


def text_of(problem: Problem, step: Instruction, slot: int) -> str:
    """The text that an instruction stands for, shortened where it is long."""
    if not step.args and step.function != "number":
        return problem.program.variables[slot] if slot < len(problem.program.variables) else step.function
    start, end = step.span
    text = problem.formula.text[start:end].strip() or step.function
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"


def _torch_tape(problem: Problem, output: int, point: int) -> tuple[list[torch.Tensor], list[float]]:
    """The values of all slots, and the adjoint of each (NaN where PyTorch has none)."""
    backend = tensors(problem.options.dtype, problem.options.device)
    asked = {name for partial in problem.partials for name in partial}
    leaves = [
        backend.tensor(x).requires_grad_(name in asked)
        for name, x in zip(problem.program.variables, problem.floats[:, point], strict=True)
    ]
    slots = tape(problem.program, backend, leaves)
    wanted = [i for i, slot in enumerate(slots) if slot.requires_grad]
    adjoints = [0.0] * len(slots)
    root = slots[problem.program.outputs[output]]
    if root.requires_grad:
        grads = torch.autograd.grad(root, [slots[i] for i in wanted], allow_unused=True)
        for i, grad in zip(wanted, grads, strict=True):
            adjoints[i] = 0.0 if grad is None else float(grad)
    return [slot.detach() for slot in slots], adjoints


def varying(program: Program, names: Collection[str]) -> list[bool]:
    """Which slots depend on some variables: PyTorch need not be able to differentiate by the others."""
    moving = [name in names for name in program.variables]
    for step in program.instructions:
        moving.append(any(moving[arg] for arg in step.args))
    return moving


def own_derivatives(
    problem: Problem, row: TapeRow, found: Sequence[TapeRow], order: int
) -> Iterator[tuple[float, arb]]:
    """The derivative of an order of one instruction by each argument, as PyTorch has it and as it should be."""
    backend = tensors(problem.options.dtype, problem.options.device)
    numbers = [found[j].true is not None for j in row.args]
    for place, number in enumerate(numbers):
        args = [backend.tensor(found[j].value) for j in row.args]
        if not number or not all(numbers):  # a condition
            continue
        try:
            value: Any = backend.cell(row.function)(
                *args[:place], x := args[place].requires_grad_(), *args[place + 1 :]
            )
            for _ in range(order):
                [value] = torch.autograd.grad(value, x, create_graph=True)
        except (RuntimeError, DerivError):  # it does not depend on it, or has no such derivative
            continue
        with balls.precision(TAPE_BITS, order + 1):
            slots: list[Any] = [arb(float(arg.detach())) for arg in args]
            slots[place] = arb_series([slots[place], 1])
            truth = as_series(SERIES.cell(row.function)(*slots))[order] * arb(order).fac()
        yield float(value.detach()), truth


def _torch_local(
    step: Instruction, backend: Tensors, slots: Sequence[torch.Tensor], moving: Sequence[bool]
) -> tuple[float, ...]:
    """PyTorch's derivative of one instruction by each argument; 0 by those that do not vary.

    Raises RuntimeError and DerivError where PyTorch has no such derivative.
    """
    if not step.args:
        return ()
    args = [slots[i].clone().requires_grad_(slots[i].is_floating_point() and moving[i]) for i in step.args]
    value = backend.cell(step.function)(*args)
    floats = [arg for arg in args if arg.requires_grad]
    if not value.requires_grad:
        return (0.0,) * len(args)
    grads = iter(torch.autograd.grad(value, floats, allow_unused=True))
    found = (next(grads) if arg.requires_grad else None for arg in args)
    return tuple(0.0 if grad is None else float(grad) for grad in found)


def true_local(step: Instruction, slots: Sequence[object]) -> tuple[arb, ...]:
    """The derivative of one instruction by each argument; 0 by what it does not depend on, conditions among it."""
    numbers = [isinstance(slot, arb) for slot in slots]
    return tuple(arb(0) if each is None else each for each in balls.local_derivatives(step, slots, numbers))


def true_adjoints(program: Program, output: int, locals_: Sequence[tuple[arb, ...]]) -> list[arb]:
    """Reverse accumulation over the program in ball arithmetic, from the local derivatives of each slot."""
    depends = [[None if each == 0 else each for each in row] for row in locals_[len(program.variables) :]]
    return [arb(0) if each is None else each for each in balls.adjoints(program, output, depends)]
