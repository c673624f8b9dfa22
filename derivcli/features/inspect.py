"""The tensors behind a formula, before and after `backward()`: what PyTorch keeps of each, and what each flag means.

x = torch.tensor(3.0, requires_grad=True); y = x**2; y.backward(); x.grad, x.is_leaf, y.grad_fn, …
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from derivcli.backends.tensors import tensors
from derivcli.engine.problem import to_problem
from derivcli.errors import Span
from derivcli.formats._page import Page
from derivcli.formula.program import tape
from derivcli.formula.tree import NOWHERE, unparse
from derivcli.judge.tape import steps, text_of
from derivcli.records import Problem
from derivcli.requests.request import Request
from derivcli.text import Table, join_words, number, shorten

SCHEMA = 1
FLAGS = ("data", "grad", "grad_fn", "is_leaf", "requires_grad", "retains_grad", "dtype")
MAX_CHARACTERS = 40  # characters of a piece of the formula
MAX_NAMED = 4  # tensors, in a sentence
MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Tensor:
    """A slot as PyTorch shows it; `grad` and `grad_fn` are None where PyTorch says None."""

    piece: str  # of the formula
    span: Span | None  # none for a variable
    data: float | bool
    grad: float | None
    grad_fn: str | None
    is_leaf: bool
    requires_grad: bool
    retains_grad: bool
    dtype: str


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """The tensors before and after `backward()`: the variables, then a row an instruction."""

    problem: Problem
    before: tuple[Tensor, ...]
    after: tuple[Tensor, ...]
    root: int  # the output's place among them

    @property
    def output(self) -> Tensor:
        return self.after[self.root]

    @property
    def variables(self) -> tuple[Tensor, ...]:
        return self.after[: len(self.problem.program.variables)]

    @property
    def page(self) -> Page:
        """The formula, the tensors before and after, and a sentence for each flag."""
        problem = self.problem
        names = ", ".join(problem.program.variables)
        heading = f"f({names}) = {shorten(_expression(problem))} at {problem.place((0, 0, 0))}"
        states = (("before backward()", self.before), ("after backward()", self.after))
        tables = [replace(table(state, self.root), caption=caption) for caption, state in states]
        flags = Table(("flag", "what it means here"), tuple(meaning(self).items()))
        return Page((heading,), (*tables, flags), record=self.record)

    @property
    def record(self) -> dict[str, Any]:
        """Plain data for strict JSON: NaN and infinities are strings."""
        problem = self.problem
        coordinates = zip(problem.program.variables, problem.floats[:, 0].tolist(), strict=True)
        return {
            "schema": SCHEMA,
            "input": problem.formula.text,
            "expression": _expression(problem),
            "at": {name: _strict(x) for name, x in coordinates},
            "dtype": str(problem.options.dtype),
            "before": [_record(tensor) for tensor in self.before],
            "after": [_record(tensor) for tensor in self.after],
            "meaning": meaning(self),
        }


def inspect(request: Request, *, retain: bool = False) -> Inspection:
    """The tensors of a request's first output at its first point; `retain` calls retain_grad() on all that can."""
    problem = to_problem(request)
    backend = tensors(problem.options.dtype, problem.options.device)
    leaves = [backend.tensor(x).requires_grad_() for x in problem.floats[:, 0]]
    slots = tape(problem.program, backend, leaves)
    for slot in slots:
        if retain and slot.requires_grad and not slot.is_leaf:
            slot.retain_grad()
    before = tuple(_tensors(problem, slots))
    root = problem.program.outputs[0]
    if slots[root].requires_grad:
        slots[root].backward()
    return Inspection(problem, before, tuple(_tensors(problem, slots)), root)


def _tensors(problem: Problem, slots: Sequence[torch.Tensor]) -> Iterator[Tensor]:
    for k, (step, slot) in enumerate(zip(steps(problem.program), slots, strict=True)):
        grad = slot.grad if slot.is_leaf or slot.retains_grad else None  # PyTorch warns of any other
        yield Tensor(
            text_of(problem, step, k),
            step.span if step.span != NOWHERE else None,
            slot.item(),
            None if grad is None else grad.item(),
            slot.grad_fn and slot.grad_fn.name(),
            slot.is_leaf,
            slot.requires_grad,
            slot.retains_grad,
            str(slot.dtype).removeprefix("torch."),
        )


def _expression(problem: Problem) -> str:
    return unparse((problem.formula.read or problem.formula.outputs)[0])


def _record(tensor: Tensor) -> dict[str, Any]:
    return {key: _strict(value) for key, value in asdict(tensor).items()}


def _strict(value: Any) -> Any:
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def table(tensors: Sequence[Tensor], root: int) -> Table:
    """A row a tensor; the output is called f."""
    rows = []
    for k, tensor in enumerate(tensors[:MAX_ROWS]):
        name = f"f = {tensor.piece}" if k == root else tensor.piece
        flags = (getattr(tensor, flag) for flag in FLAGS)
        rows.append((shorten(name, MAX_CHARACTERS), *map(_cell, flags)))
    return Table(("tensor", *FLAGS), tuple(rows))


def _cell(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def meaning(inspection: Inspection) -> dict[str, str]:
    """One plain sentence for each flag, about these very tensors."""
    dtype, variables = inspection.problem.options.dtype, named(inspection.variables)
    made = [tensor for tensor in inspection.after if not tensor.is_leaf]
    constant = [tensor for tensor in inspection.after if not tensor.requires_grad]
    unneeded = f", and for {named(constant)}, which {_verb(constant, 'need')} no gradient" if constant else ""
    computed = f"; False for {named(made)}, computed from leaves that require grad" if made else ""
    without = f"; False for {named(constant)}" if constant else ""
    return {
        "data": f"the number itself, {_cell(inspection.output.data)} for f; backward() changes no data",
        "grad": _grad(inspection),
        "grad_fn": _grad_fn(made),
        "is_leaf": f"True for {variables}, which you made{unneeded}{computed}",
        "requires_grad": f"True for {variables}, where it was asked for, and for what is computed from there{without}",
        "retains_grad": _retains(made),
        "dtype": f"{dtype} keeps {dtype.bits} bits of a number, about {round(dtype.bits * math.log10(2))} digits",
    }


def _grad_fn(made: Sequence[Tensor]) -> str:
    if not made:
        return "the operation behind a tensor: None, for nothing here was computed from one that requires grad"
    last = f"{made[-1].grad_fn} made {shorten(made[-1].piece, MAX_CHARACTERS)}"
    return (
        f"the operation behind a tensor, which passes its gradient on: {last}; None for a leaf, behind which is nothing"
    )


def _grad(inspection: Inspection) -> str:
    """What backward() left, and what it did not."""
    if not inspection.output.requires_grad:
        return "None for good: f does not require grad, so that backward() would be an error and was not called"
    reached = [tensor for tensor in inspection.variables if tensor.grad is not None]
    missed = [tensor for tensor in inspection.variables if tensor.grad is None]
    values = ", ".join(f"{t.piece}.grad = {_cell(t.grad)} is df/d{t.piece}" for t in reached[:MAX_NAMED])
    text = f"None before backward(); then {values or 'None'}; a second backward() would add to it"
    if missed:
        text += f"; {named(missed)} {_verb(missed, 'keep')} None, not 0: no operation leads there from f"
    return text + "; a tensor that is no leaf has one only after retain_grad()"


def _retains(made: Sequence[Tensor]) -> str:
    if not made:
        return "False: leaves keep their gradient anyway"
    if all(tensor.retains_grad for tensor in made):
        return f"True for {named(made)}, where retain_grad() was called before backward(); leaves keep theirs anyway"
    return (
        f"False for {named(made)}: backward() drops their gradients once it has passed them on, unless retain_grad() "
        "was called (--retain-grad); leaves keep theirs anyway"
    )


def named(tensors: Sequence[Tensor]) -> str:
    """`x, y and 3 others`."""
    names = list(dict.fromkeys(shorten(tensor.piece, MAX_CHARACTERS) for tensor in tensors))
    return join_words(
        names if len(names) <= MAX_NAMED else [*names[: MAX_NAMED - 1], f"{len(names) - MAX_NAMED + 1} others"]
    )


def _verb(tensors: Sequence[Tensor], verb: str) -> str:
    return verb if len(tensors) > 1 else f"{verb}s"
