"""A problem whose formula detaches something → one in which that is held by further variables."""

from dataclasses import replace

import numpy as np

from derivcli.backends.floats import outputs
from derivcli.formula.transforms import hold_detached
from derivcli.records import Problem
from derivcli.requests.points import FloatPoints


def without_detach(problem: Problem) -> Problem:
    """The same problem with what `detach` holds as further variables: whoever moves x must not move those."""
    if "detach" not in problem.program.functions:
        return problem
    program, values = hold_detached(problem.program)
    constants = outputs(values, problem.floats)
    points = FloatPoints(program.variables, np.concatenate([problem.floats, constants]))
    return replace(problem.asking(program=program), points=points)
