"""PyTorch's reverse mode in float64: what a user's own backward() would return.

Formula   one backward pass through the graph of f gives every first partial
Cost      2 to 5 evaluations of f, whatever the number of variables
Error     rounding only; its conventions at kinks are PyTorch's
Source    Paszke et al. 2019, https://arxiv.org/abs/1912.01703; Griewank & Walther 2008, ISBN 978-0-89871-659-7
"""

import numpy as np
import torch

from derivcli.backends.torch import DOUBLE
from derivcli.program import run
from derivcli.records import Estimate, Problem


def estimate(problem: Problem) -> Estimate:
    """Values of every partial at every point."""
    leaves = [torch.tensor(row, dtype=torch.float64, requires_grad=True) for row in problem.floats]
    outputs = run(problem.program, DOUBLE, leaves)
    by_name = dict(zip(problem.program.variables, leaves, strict=True))
    deepest = max(map(len, problem.partials))
    values = np.empty(problem.shape)
    for o, output in enumerate(outputs):
        known: dict[tuple[str, ...], torch.Tensor] = {(): output}
        for p, wrt in enumerate(problem.partials):
            for depth in range(1, len(wrt) + 1):
                if wrt[:depth] not in known:
                    _extend(known, wrt[: depth - 1], by_name, again=deepest > depth, last=o == len(outputs) - 1)
            values[o, p] = known[wrt].detach().expand(problem.shape[2]).numpy()
    return Estimate("autograd", values)


def _extend(
    known: dict[tuple[str, ...], torch.Tensor],
    prefix: tuple[str, ...],
    leaves: dict[str, torch.Tensor],
    *,
    again: bool,
    last: bool,
) -> None:
    """One backward pass: from one (mixed) derivative to its partials with respect to every variable."""
    y = known[prefix]
    zeros = [torch.zeros_like(leaf) for leaf in leaves.values()]
    if not y.requires_grad:
        grads = zeros
    else:
        total = y.expand(zeros[0].shape).sum()
        grads = torch.autograd.grad(
            total, list(leaves.values()), retain_graph=again or not last, create_graph=again, materialize_grads=True
        )
    for name, grad in zip(leaves, grads, strict=True):
        known[(*prefix, name)] = grad
