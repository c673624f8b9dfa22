"""f itself at many points in float64: by PyTorch, or by Arb rounded once where PyTorch lacks a function."""

from dataclasses import replace

import numpy as np
import torch
from flint import arb

from derivcli.backends import arb as balls
from derivcli.backends.torch import DOUBLE, one_thread
from derivcli.errors import UnsupportedError
from derivcli.program import Program, run
from derivcli.records import Array, Problem
from derivcli.variants import held


@one_thread()
def functions(program: Program, floats: Array) -> Array:
    """The outputs (outputs, points) at points (variables, points)."""
    try:
        with torch.no_grad():
            outputs = run(program, DOUBLE, [torch.from_numpy(row) for row in floats])
        return np.stack([output.expand(floats.shape[1]).numpy() for output in outputs])
    except UnsupportedError:
        columns = [_rounded(program, column) for column in floats.T]
        return np.reshape(columns, (floats.shape[1], len(program.outputs))).T


def without_detach(problem: Problem) -> Problem:
    """The same problem with what `detach` holds as further variables: whoever moves x must not move those."""
    if "detach" not in problem.program.functions:
        return problem
    program, values = held(problem.program)
    constants = functions(values, problem.floats)
    return replace(problem, program=program, floats=np.concatenate([problem.floats, constants]))


def _rounded(program: Program, point: Array) -> list[float]:
    with balls.precision(96):
        return [balls.rounded(ball) for ball in balls.values(program, [arb(x) for x in point.tolist()])]
