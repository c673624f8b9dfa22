"""PyTorch's forward mode, in float64 or the dtype asked for: dual numbers.

Formula   f(x + ε) = f(x) + f'(x) ε  with  ε² = 0; higher orders by dual numbers of dual numbers
Cost      about 2 evaluations of f for each variable; 3 times more for each further order
Error     rounding only; comparing it with reverse mode is a diagnosis in itself
Source    Wengert 1964, https://doi.org/10.1145/355586.364791; Siskind & Pearlmutter 2008,
          https://doi.org/10.1007/s10990-008-9037-1
"""

import threading
import warnings
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import torch
from torch.autograd import forward_ad

from derivcli.backends.tensors import Tensors, one_thread, tensors
from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.program import Program, run
from derivcli.records import Estimate, Problem

LIBRARY = "PyTorch"

MAX_ORDER = 8  # order, like that of nested reverse mode
MAX_NUMBERS = 50_000_000  # numbers held: instructions × points × 2^order

with warnings.catch_warnings(action="ignore"), forward_ad.dual_level():
    forward_ad.make_dual(torch.zeros(()), torch.zeros(()))  # PyTorch loads its rules, and warns of a call of its own

ALONE = threading.Lock()  # PyTorch has one level of dual numbers for all threads

Outputs = tuple[torch.Tensor, ...]
Function = Callable[..., Outputs]


@one_thread()
def estimate(problem: Problem) -> Estimate:
    """Values of every partial at every point. Raises UnsupportedError for orders beyond the budget."""
    _check_budget(problem)
    backend = tensors(problem.options.dtype, problem.options.device)
    inputs = list(backend.tensor(problem.floats).unbind())
    values = np.zeros(problem.shape)
    for p, wrt in enumerate(problem.partials):
        indices = [problem.program.variables.index(name) for name in wrt]
        tangents = tangent(problem.program, backend, inputs, indices)
        for o, output in enumerate(tangents):
            if output is not None:
                values[o, p] = output.cpu().double().expand(problem.shape[2]).numpy(force=True)
    return Estimate(values=values)


def _check_budget(problem: Problem) -> None:
    order = max(map(len, problem.partials))
    size, points = len(problem.program.instructions), problem.shape[2]
    why = "nested forward mode costs 3 times more per order"
    if order > MAX_ORDER:
        raise UnsupportedError(Reason.NOT_SUPPORTED, f"{why}, so it ends at order {MAX_ORDER}")
    if order > 1 and size * points * 2**order > MAX_NUMBERS:
        where = f" at {points:,} points" if points > 1 else ""
        raise UnsupportedError(
            Reason.NOT_SUPPORTED, f"{why}: order {order} of {size:,} instructions{where} is beyond its budget"
        )


def tangent(
    program: Program, backend: Tensors, inputs: Sequence[torch.Tensor], indices: Sequence[int]
) -> Sequence[torch.Tensor | None]:
    """A partial of each output; None where it does not depend on the variable."""
    if len(indices) > 1:  # levels of `forward_ad` do not nest, those of `torch.func` do, but take a second to load
        return reduce(_differentiate, indices, lambda *xs: tuple(run(program, backend, xs)))(*inputs)
    [i] = indices
    with ALONE, forward_ad.dual_level():
        dual = forward_ad.make_dual(inputs[i], torch.ones_like(inputs[i]))
        outputs = run(program, backend, [*inputs[:i], dual, *inputs[i + 1 :]])
        return [forward_ad.unpack_dual(output).tangent for output in outputs]


def _differentiate(function: Function, i: int) -> Function:
    """The partials of a function's outputs with respect to its i-th argument, again as a function."""

    def partial(*xs: torch.Tensor) -> Outputs:
        return torch.func.jvp(
            lambda x: function(*xs[:i], x, *xs[i + 1 :]), (xs[i],), (torch.ones_like(xs[i]),)
        )[1]  # fmt: skip

    return partial
