"""The tape of a program run twice, on tensors and on balls: values, local derivatives and adjoints, slot by slot."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from flint import arb

from derivcli.backends import balls
from derivcli.backends.tensors import Tensors, tensors
from derivcli.errors import Span, UnsupportedError
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
    with balls.precision(TAPE_BITS, 2):
        inputs = balls.coordinates(problem.points.points[point])
        truth = tape(specialise(program, problem.points.points[point]), balls.BALLS, inputs)
        locals_ = [true_local(i, truth) for i in steps(program)]
        adjoints_ = true_adjoints(program, program.outputs[output], locals_)
    result = []
    backend = tensors(problem.options.dtype, problem.options.device)
    numbers = {slot for slot, step in enumerate(steps(program)) if step.function == "number"}
    for slot, step in enumerate(steps(program)):
        ball = truth[slot] if isinstance(truth[slot], arb) else None
        found = _torch_local(step, backend, floats, numbers) if step.args else ()
        local = tuple(each or 0.0 for each in found)
        true = tuple(arb(0) if got is None else each for got, each in zip(found, locals_[slot], strict=True))
        span = step.span if step.args or step.function == "number" else (0, 0)
        text = text_of(problem, step, slot)
        value = float(floats[slot]) if floats[slot].dtype != torch.bool else math.nan
        result.append(TapeRow(text, span, step.function, step.args, value, ball, local, true, adjoints[slot],
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
    leaves = [backend.tensor(x).requires_grad_() for x in problem.floats[:, point]]
    slots = tape(problem.program, backend, leaves)
    wanted = [i for i, slot in enumerate(slots) if slot.requires_grad]
    adjoints = [0.0] * len(slots)
    root = slots[problem.program.outputs[output]]
    if root.requires_grad:
        for i, grad in zip(wanted, _gradients(root, [slots[i] for i in wanted]), strict=True):
            adjoints[i] = grad
    return [slot.detach() for slot in slots], adjoints


def _torch_local(
    step: Instruction, backend: Tensors, slots: Sequence[torch.Tensor], numbers: Collection[int]
) -> tuple[float | None, ...]:
    """PyTorch's derivative of one instruction by each argument; None by a literal where PyTorch has none by it."""
    held = [False] * len(step.args)
    try:
        local = _locals(step, backend, slots, held)
    except UnsupportedError:  # an argument that must be a plain number, as the order of a Bessel function
        local = [math.nan]
    if any(map(math.isnan, local)):
        held = [i in numbers for i in step.args]
        local = _locals(step, backend, slots, held)
    return tuple(None if fixed else each for each, fixed in zip(local, held, strict=True))


def _locals(
    step: Instruction, backend: Tensors, slots: Sequence[torch.Tensor], held: Sequence[bool]
) -> Sequence[float]:
    """The derivatives by the arguments that are not held constant; 0 by the others."""
    floats = [slots[i].is_floating_point() and not fixed for i, fixed in zip(step.args, held, strict=True)]
    args = [slots[i].clone().requires_grad_(asked) for i, asked in zip(step.args, floats, strict=True)]
    value = backend.cell(step.function)(*args)
    if not value.requires_grad:
        return [0.0] * len(args)
    found = iter(_gradients(value, [arg for arg in args if arg.requires_grad]))
    return [next(found) if asked else 0.0 for asked in floats]


def _gradients(value: torch.Tensor, inputs: Sequence[torch.Tensor]) -> list[float]:
    """The derivative of a value by each tensor; NaN where PyTorch says that it is not implemented."""
    try:
        grads = torch.autograd.grad(value, inputs, allow_unused=True, retain_graph=True)
    except RuntimeError:
        return [math.nan] if len(inputs) == 1 else [_gradients(value, [each])[0] for each in inputs]
    return [0.0 if grad is None else float(grad) for grad in grads]


def true_local(step: Instruction, slots: Sequence[object]) -> tuple[arb, ...]:
    """The derivative of one instruction by each argument; 0 by what it does not depend on, conditions among it."""
    numbers = [isinstance(slot, arb) for slot in slots]
    return tuple(arb(0) if each is None else each for each in balls.local_derivatives(step, slots, numbers))


def true_adjoints(program: Program, output: int, locals_: Sequence[tuple[arb, ...]]) -> list[arb]:
    """Reverse accumulation over the program in ball arithmetic, from the local derivatives of each slot."""
    depends = [[None if each == 0 else each for each in row] for row in locals_[len(program.variables) :]]
    return [arb(0) if each is None else each for each in balls.adjoints(program, output, depends)]
