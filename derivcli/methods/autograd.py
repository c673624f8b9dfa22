"""PyTorch's reverse mode in float64, or in `--dtype`: what a user's own backward() would return.

Formula   one backward pass through the graph of f gives every first partial; a pass through that graph the second ones
Cost      2 to 5 evaluations of f, whatever the number of variables; 4 to 5 times more for each further order
Error     rounding only; its conventions at kinks are PyTorch's
Source    Paszke et al. 2019, https://arxiv.org/abs/1912.01703; Griewank & Walther 2008, ISBN 978-0-89871-659-7
"""

from collections.abc import Mapping

import numpy as np
import torch

from derivcli.backends.arrays import Array
from derivcli.backends.tensors import one_thread, tensors
from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.program import MultiIndex, run
from derivcli.records import Estimate, Problem

LIBRARY = "PyTorch"

MAX_ORDER = 8  # order: order 10 of a short formula took 13 s, order 20 used 24 GiB
GROWTH = 5  # of the graph, for each order, at most
MAX_WORK = 5_000_000  # instructions × GROWTH^order at up to 100 points: under a GiB, and a few seconds


@one_thread()
def estimate(problem: Problem) -> Estimate:
    """Values of every partial at every point. Raises UnsupportedError for orders beyond the budget."""
    check_budget(problem)
    backend = tensors(problem.options.dtype, problem.options.device)
    leaves = [row.requires_grad_() for row in backend.tensor(problem.floats).unbind()]
    outputs = run(problem.program, backend, leaves)
    by_name = dict(zip(problem.program.variables, leaves, strict=True))
    try:
        values = [
            nested_passes(output, by_name, problem.partials, again=o < len(outputs) - 1)
            for o, output in enumerate(outputs)
        ]
    except RuntimeError as error:
        if "is not implemented" not in str(error):
            raise
        raise UnsupportedError(Reason.NOT_SUPPORTED, f"PyTorch says {str(error).partition(chr(10))[0]}") from None
    return Estimate(values=np.stack(values))


def check_budget(problem: Problem) -> None:
    """Raise UnsupportedError where nested passes would cost too much; first order is always let through."""
    order, points = max(map(len, problem.partials)), problem.shape[2]
    size = len(problem.program.instructions)
    why = "nested reverse mode costs 4 to 5 times more per order"
    if order > MAX_ORDER:
        raise UnsupportedError(Reason.NOT_SUPPORTED, f"{why}, so it ends at order {MAX_ORDER}")
    if order > 1 and size * GROWTH**order * max(1.0, points / 100) > MAX_WORK:
        where = f" at {points:,} points" if points > 1 else ""
        raise UnsupportedError(
            Reason.NOT_SUPPORTED, f"{why}: order {order} of {size:,} instructions{where} is beyond its budget"
        )


def nested_passes(
    output: torch.Tensor, leaves: Mapping[str, torch.Tensor], partials: tuple[MultiIndex, ...], *, again: bool
) -> Array:
    """The partials (partials, points) of one output; partials that begin alike share their passes."""
    following: dict[MultiIndex, dict[str, None]] = {}  # each multi-index on the way → the names to go on with
    for wrt in partials:
        for depth, name in enumerate(wrt):
            following.setdefault(wrt[:depth], {})[name] = None
    deeper = max(map(len, partials)) > 1
    known: dict[MultiIndex, torch.Tensor] = {(): output}
    for prefix in sorted(following, key=len):
        names = list(following[prefix])
        create = any((*prefix, name) in following for name in names)
        grads = _backward_pass(known[prefix], [leaves[name] for name in names], create=create, retain=again or deeper)
        known |= {(*prefix, name): grad for name, grad in zip(names, grads, strict=True)}
    return torch.stack([known[wrt] for wrt in partials]).detach().cpu().double().numpy()


def _backward_pass(
    y: torch.Tensor, leaves: list[torch.Tensor], *, create: bool, retain: bool
) -> tuple[torch.Tensor, ...]:
    """One backward pass: the partials of a tensor, at each point, with respect to the leaves."""
    if not y.requires_grad:
        return tuple(map(torch.zeros_like, leaves))
    total = y.expand(leaves[0].shape).sum()
    return torch.autograd.grad(total, leaves, retain_graph=retain, create_graph=create, materialize_grads=True)
