"""Many points in blocks that fit the cache: what each method answers there, in float64.

A block is a batch like any other. Autograd runs as it does at one point, SymPy's derivatives run as one program, and
finite differences take four steps and more only where they must. The `Plan` of a block can be sent to a thread, another
process or another machine.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from os import cpu_count
from typing import Any

import numpy as np

from derivcli import plugins
from derivcli.backends.arrays import Array
from derivcli.backends.floats import outputs
from derivcli.backends.tensors import one_thread
from derivcli.engine.problem import attempt, guarded, to_problem
from derivcli.errors import UnsupportedError
from derivcli.formula.program import Program
from derivcli.records import Estimate, Formulas, Problem
from derivcli.requests.grids import check_names
from derivcli.requests.options import Options
from derivcli.requests.points import FloatPoints
from derivcli.requests.request import from_texts
from derivcli.requests.rows import PointBlock

BLOCK_POINTS = (
    65_536  # points: half a megabyte for each value, and an instruction takes longer than to hand over the GIL
)
DEVICE_FACTOR = 8  # times as many on another device than the CPU, where an instruction takes a while to begin

Estimator = Callable[[Problem], Estimate]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How blocks are answered: the problem without points, and each method's function of it."""

    problem: Problem
    estimators: Mapping[str, Estimator]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows with f (outputs, points) and the methods' estimates; NaN in rows that are unusable."""

    rows: PointBlock
    functions: Array
    estimates: tuple[Estimate, ...]


@one_thread()  # which the threads of the pool inherit
def derivatives(
    text: str,
    points: Mapping[str, Array],
    method: str = "autograd",
    options: Options = Options(),  # noqa: B008 — frozen
) -> Array:
    """The partials (outputs, partials, points) by one method at float64 points: fast, and not judged.

        derivatives("x^2*y", {"x": xs, "y": ys})[0, 0]

    Raises DerivError: UnsupportedError where the method does not apply, PointError where a variable is missing.
    """
    problem = to_problem(from_texts([text], options))
    names = problem.program.variables
    check_names(tuple(points), names)
    plan, _, refused = plan_methods(problem, [method])
    if method in refused:
        raise refused[method]
    columns = [np.asarray(points[name], dtype=float) for name in names]
    result = np.empty((*problem.shape[:2], len(columns[0])))
    size = block_size(options.device)

    def fill(first: int) -> None:
        here = slice(first, first + size)
        block = replace(plan.problem, points=FloatPoints(names, np.stack([column[here] for column in columns])))
        with np.errstate(all="ignore"):
            result[:, :, here] = plan.estimators[method](block).values

    with ThreadPoolExecutor(options.jobs or cpu_count()) as pool:
        list(pool.map(fill, range(0, len(columns[0]), size)))
    return result


def block_size(device: str) -> int:
    """How many points there are in a block."""
    return BLOCK_POINTS if device == "cpu" else DEVICE_FACTOR * BLOCK_POINTS


def plan_methods(
    problem: Problem, methods: Sequence[str]
) -> tuple[Plan, dict[str, Formulas], dict[str, UnsupportedError]]:
    """The plan, the formulas that methods have found on the way, and why those that cannot run do not."""
    estimators: dict[str, Estimator] = {}
    formulas: dict[str, Formulas] = {}
    refused: dict[str, UnsupportedError] = {}
    for method in methods:
        plugin = plugins.load("methods", method)
        if not hasattr(plugin, "compiled"):
            estimators[method] = getattr(plugin, "over_block", plugin.estimate)
            continue
        try:
            program, formulas[method] = guarded(partial(plugin.compiled, problem), problem.options.timeout)
        except UnsupportedError as error:
            refused[method] = error
        else:
            estimators[method] = partial(_run, program)
    bare = problem.asking(formula=replace(problem.formula, outputs=(), read=()))  # trees may be too deep to be sent
    return Plan(bare, estimators), formulas, refused


def answer_block(plan: Plan, rows: PointBlock) -> Block:
    """What the methods answer at some rows."""
    usable = np.isfinite(rows.floats).all(axis=0)
    floats = rows.floats if usable.all() else rows.floats[:, usable]
    problem = replace(plan.problem, points=FloatPoints(plan.problem.program.variables, floats))
    functions = outputs(problem.program, problem.floats)
    estimates = [attempt(method, partial(call, problem)) for method, call in plan.estimators.items()]
    return spread_block(rows, functions, estimates)


def spread_block(rows: PointBlock, functions: Array, estimates: Iterable[Estimate]) -> Block:
    """The block of some rows from what is known at those that are usable."""
    usable: Mask = np.isfinite(rows.floats).all(axis=0)  # type: ignore[assignment]  # an array, as there are several
    if usable.all():
        return Block(rows, functions, tuple(estimates))
    return Block(rows, _spread(functions, usable), tuple(_spread_estimate(estimate, usable) for estimate in estimates))


def _run(program: Program, problem: Problem) -> Estimate:
    """A derivative as a program, in float64."""
    return Estimate(values=outputs(program, problem.floats).reshape(problem.shape))


def _spread_estimate(estimate: Estimate, usable: Mask) -> Estimate:
    values, errors = (None if a is None else _spread(a, usable) for a in (estimate.values, estimate.errors))
    return replace(estimate, values=values, errors=errors)


def _spread(values: Array, usable: Mask) -> Array:
    """Values of the usable rows in their places, among NaN."""
    result = np.full((*values.shape[:-1], len(usable)), math.nan)
    result[..., usable] = values
    return result
