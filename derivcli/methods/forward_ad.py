"""PyTorch's forward mode in float64: dual numbers.

Formula   f(x + ε) = f(x) + f'(x) ε  with  ε² = 0
Cost      about 2 evaluations of f for each variable
Error     rounding only; comparing it with reverse mode is a diagnosis in itself
Source    Wengert 1964, https://doi.org/10.1145/355586.364791
"""

import warnings

import numpy as np
import torch
from torch.autograd import forward_ad

from derivcli.backends.torch import DOUBLE
from derivcli.errors import UnsupportedError
from derivcli.program import run
from derivcli.records import Estimate, Problem


def estimate(problem: Problem) -> Estimate:
    """Values of first partials. Raises UnsupportedError for higher orders."""
    if any(len(wrt) > 1 for wrt in problem.partials):
        raise UnsupportedError("not supported: forward mode is for first derivatives here")
    inputs = [torch.tensor(row, dtype=torch.float64) for row in problem.floats]
    values = np.zeros(problem.shape)
    for p, (name,) in enumerate(problem.partials):
        i = problem.program.variables.index(name)
        with forward_ad.dual_level(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 raises one of its own
            dual = forward_ad.make_dual(inputs[i], torch.ones_like(inputs[i]))
            outputs = run(problem.program, DOUBLE, [*inputs[:i], dual, *inputs[i + 1 :]])
            for o, output in enumerate(outputs):
                tangent = forward_ad.unpack_dual(output).tangent
                if tangent is not None:
                    values[o, p] = tangent.expand(problem.shape[2]).numpy()
    return Estimate("forward-ad", values)
