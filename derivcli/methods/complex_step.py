"""The complex step: no difference is formed, so no digits cancel.

Formula   f'(x) ≈ Im f(x + ih) / h   with   h = 2^-70 max(|x|, 2^-70)
Cost      one complex evaluation of f for each variable
Error     O(h²), below rounding; for analytic formulas only
Source    Squire & Trapp 1998, https://doi.org/10.1137/S003614459631241X
"""

import numpy as np
import torch

from derivcli.backends.tensors import COMPLEX, one_thread
from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.program import run
from derivcli.methods._detach import without_detach
from derivcli.records import Estimate, Problem


@one_thread()
def estimate(problem: Problem) -> Estimate:
    """Values of first partials. Raises UnsupportedError for formulas that are not analytic."""
    if any(len(wrt) > 1 for wrt in problem.partials):
        raise UnsupportedError(Reason.NOT_SUPPORTED, "the complex step is for first derivatives")
    problem = without_detach(problem)
    rough = sorted(name for name in problem.program.functions if not FUNCTIONS[name].smooth)
    if rough:
        raise UnsupportedError(Reason.NOT_ANALYTIC, ", ".join(rough))
    inputs = [torch.tensor(row, dtype=torch.complex128) for row in problem.floats]
    values = np.empty(problem.shape)
    for p, (name,) in enumerate(problem.partials):
        i = problem.program.variables.index(name)
        x = problem.floats[i]
        h = 2.0**-70 * np.where(x == 0, 1.0, np.abs(x))
        shifted = torch.tensor(x + 1j * h)
        try:
            outputs = run(problem.program, COMPLEX, [*inputs[:i], shifted, *inputs[i + 1 :]])
        except (RuntimeError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise UnsupportedError(Reason.NOT_SUPPORTED, f"PyTorch lacks complex arithmetic here ({reason})") from None
        for o, output in enumerate(outputs):
            values[o, p] = torch.imag(output).expand(problem.shape[2]).numpy() / h
    return Estimate(values=values)
