"""A program → another one: with what `detach` holds as variables, without it, with its arithmetic at a point done."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from derivcli.errors import LimitError
from derivcli.formula.program import Instruction, Program, fold, size_in_bits

MAX_POINT_BITS = 4_000  # bits of exact numbers that are computed at points


def hold_detached(program: Program) -> tuple[Program, Program]:
    """A program with what `detach` holds as further variables, and the program of their values."""
    first = len(program.variables)
    holders = [first + j for j, i in enumerate(program.instructions) if i.function == "detach"]
    arguments = tuple(program.instructions[slot - first].args[0] for slot in holders)
    # old slot → new slot: variables, held values, then the other instructions
    slots = dict(enumerate(range(first))) | {slot: first + j for j, slot in enumerate(holders)}
    instructions = []
    for old, i in enumerate(program.instructions, first):
        if old not in slots:
            slots[old] = first + len(holders) + len(instructions)
            instructions.append(replace(i, args=tuple(slots[a] for a in i.args)))
    names = (*program.variables, *(f"detach{j}" for j in range(len(holders))))
    outputs = tuple(slots[o] for o in program.outputs)
    return Program(names, tuple(instructions), outputs), replace(program, outputs=arguments)


def specialise(program: Program, point: Sequence["Fraction | Program"]) -> Program:
    """A program whose arithmetic on exact coordinates is done: at 1/10 the argument of sqrt(x - 0.1) is 0, exactly."""
    known: list[Fraction | None] = [x if isinstance(x, Fraction) else None for x in point]
    instructions = []
    for step in program.instructions:
        value = step.value if step.value is not None else _fold_if_short(step.function, [known[a] for a in step.args])
        known.append(value)
        instructions.append(step if value is None else Instruction("number", (), step.span, value))
    return replace(program, instructions=tuple(instructions))


def _fold_if_short(function: str, args: list[Fraction | None]) -> Fraction | None:
    """The exact value of arithmetic on numbers, if there is one and it is short."""
    try:
        value = fold(function, args, (0, 0))
    except LimitError:
        return None
    return value if value is not None and size_in_bits(value) <= MAX_POINT_BITS else None


def remove_detach(program: Program) -> Program:
    """The program with every `detach` taken out."""
    first = len(program.variables)
    through = {j + first: i.args[0] for j, i in enumerate(program.instructions) if i.function == "detach"}

    def origin(slot: int) -> int:
        while slot in through:
            slot = through[slot]
        return slot

    instructions = tuple(replace(i, args=tuple(map(origin, i.args))) for i in program.instructions)
    return replace(program, instructions=instructions, outputs=tuple(map(origin, program.outputs)))
