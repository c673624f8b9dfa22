"""A formula as a program: a straight-line list of instructions (Wengert 1964, https://doi.org/10.1145/355586.364791).

    x*exp(x) + exp(x)   →   slot 0: x     slot 1: exp 0     slot 2: mul 0 1     slot 3: add 2 1

The variables fill the first slots, instruction i fills slot `len(variables) + i`; equal subexpressions share a slot and
exact arithmetic on numbers is done once, here. `tape` runs a program on whatever a backend provides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log2
from typing import Any, Protocol

from derivcli.errors import LimitError, Span
from derivcli.formula.parser import Formula
from derivcli.formula.tree import Call, Number, Tree, Variable, postorder

MAX_BITS = 33_220  # bits of an exact number: 10,000 digits


@dataclass(frozen=True, slots=True)
class Instruction:
    """A row applied to slots; `value` is set, and `args` empty, for an exact number."""

    function: str
    args: tuple[int, ...]
    span: Span
    value: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A list of instructions, and which slots are the outputs."""

    variables: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]

    @property
    def functions(self) -> frozenset[str]:
        """The rows that the program uses."""
        return frozenset(i.function for i in self.instructions if i.value is None)


class Backend(Protocol):
    """How a library spells numbers and rows."""

    def number(self, value: Fraction) -> Any: ...

    def cell(self, name: str) -> Callable[..., Any]: ...


def tape(program: Program, backend: Backend, inputs: Sequence[Any]) -> list[Any]:
    """All slots of a program run on a backend, from the values of its variables."""
    slots = list(inputs)
    for i in program.instructions:
        if i.value is not None:
            slots.append(backend.number(i.value))
        else:
            slots.append(backend.cell(i.function)(*[slots[a] for a in i.args]))
    return slots


def run(program: Program, backend: Backend, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of a program run on a backend. A slot is let go after its last use: a block of points stays in the
    cache."""
    slots: dict[int, Any] = dict(enumerate(inputs))
    for slot, (step, dead) in enumerate(zip(program.instructions, _last_uses(program), strict=True), len(slots)):
        if step.value is not None:
            slots[slot] = backend.number(step.value)
        else:
            slots[slot] = backend.cell(step.function)(*[slots[a] for a in step.args])
        for each in dead:
            del slots[each]
    return [slots[i] for i in program.outputs]


def _last_uses(program: Program) -> list[list[int]]:
    """The slots that each instruction is the last to use."""
    dead: list[list[int]] = [[] for _ in program.instructions]
    seen = set(program.outputs)
    for i in reversed(range(len(dead))):
        for slot in program.instructions[i].args:
            if slot not in seen:
                seen.add(slot)
                dead[i].append(slot)
    return dead


def flatten(formula: Formula, variables: Sequence[str] | None = None) -> Program:
    """The program of a formula. Raises LimitError for 1/0 and for exact numbers of more than 10,000 digits."""
    names = tuple(formula.variables if variables is None else variables)
    builder = _Flattener({("variable", name): i for i, name in enumerate(names)})
    try:
        outputs = tuple(builder.slot(tree) for tree in formula.outputs)
    except LimitError as error:
        error.text = formula.text
        raise
    return Program(names, tuple(builder.instructions), outputs)


class _Flattener:
    def __init__(self, known: dict[Any, int]) -> None:
        self.known = known  # what each slot holds → the slot
        self.first = len(known)
        self.instructions: list[Instruction] = []

    def slot(self, tree: Tree) -> int:
        stack: list[int | Instruction] = []  # slots, and numbers that have none yet
        for node in postorder(tree):
            match node:
                case Variable(name):
                    stack.append(self.known["variable", name])
                case Number(value, span):
                    stack.append(Instruction("number", (), span, value))
                case Call(function, args, span):
                    operands = stack[len(stack) - len(args) :]
                    del stack[len(stack) - len(args) :]
                    value = fold(function, [o.value if isinstance(o, Instruction) else None for o in operands], span)
                    if value is None:
                        stack.append(self._place(Instruction(function, tuple(map(self._place, operands)), span)))
                    else:
                        stack.append(Instruction("number", (), span, value))
        return self._place(stack[0])

    def _place(self, operand: "int | Instruction") -> int:
        if isinstance(operand, int):
            return operand
        key = (operand.function, operand.args, operand.value)
        if key not in self.known:
            self.known[key] = self.first + len(self.instructions)
            self.instructions.append(operand)
        return self.known[key]


ARITHMETIC: dict[
    str, Callable[..., Fraction]
] = {  # what the operators do to exact numbers: code, not a fact about rows
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: x ** int(y),
}


def fold(function: str, args: list[Fraction | None], span: Span) -> Fraction | None:
    """The exact value of arithmetic on numbers; None where there is none, or where it is left to the backends."""
    divisor = args[1] if function == "div" else args[0] if function == "pow" and _is_negative(args[1]) else None
    if divisor == 0:
        raise LimitError("division by zero", span=span)
    if None in args or not args:
        return None
    numbers = [arg for arg in args if arg is not None]
    if function == "factorial" and numbers[0] > 3_249:
        raise LimitError("this number is too large: more than 10,000 digits", span=span)
    if function not in ARITHMETIC or (function == "pow" and not _fits(numbers[0], numbers[1], span)):
        return None
    result = ARITHMETIC[function](*numbers)
    return result if size_in_bits(result) <= MAX_BITS else None


def _is_negative(value: Fraction | None) -> bool:
    return value is not None and value < 0


def size_in_bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _fits(base: Fraction, exponent: Fraction, span: Span) -> bool:
    """Whether a power is an exact number of a bearable size; refuses one whose value is beyond 10^±10000."""
    if base == 0:
        return exponent.denominator == 1
    n, d = abs(base.numerator), base.denominator
    digits = abs(exponent) * Fraction(abs(log2(n) - log2(d))) * Fraction(30103, 100000)
    if digits > 10_000:
        count = f"{int(digits):,}" if digits < 10**15 else f"10^{len(str(int(digits))) - 1}"
        raise LimitError(f"this number is too large: about {count} digits", span=span, hint="at most 10,000 digits")
    return exponent.denominator == 1 and abs(exponent) * size_in_bits(base) <= MAX_BITS


MultiIndex = tuple[str, ...]
