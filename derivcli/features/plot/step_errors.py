"""The error of textbook quotients against their step h: a problem and a point → the V-curve.

Truncation falls with h (|f''| h/2 one-sided, |f'''| h²/6 central), rounding grows as 1/h (2^-53 max(|f|, |x f'|) / h).
The best step lies where they meet (Gill, Murray, Saunders & Wright 1983, https://doi.org/10.1137/0904025).
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from derivcli.backends import balls
from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Axis, Curve, Panel, Role
from derivcli.errors import PointError, RequestError
from derivcli.judge.reference import enclose_partials, enclosure
from derivcli.methods.finite_difference import textbook_quotient
from derivcli.records import Problem
from derivcli.requests.options import Scheme, Step
from derivcli.requests.points import Points

FINEST, COARSEST, PER_DECADE = -16, 0, 8  # powers of ten
ULP = 2.0**-53
FLOOR = 1e-18  # relative to the derivative: where an error of 0 is drawn


def steps_panel(problem: Problem, at: Points | None) -> tuple[Panel, list[str]]:
    """Errors of the three schemes and what theory says of them, and the best steps in words."""
    if at is None:
        raise RequestError("--steps draws the error at a point, and there is none", hint="add --at x=1")
    if len(at) != 1 or problem.shape[0] != 1:
        raise RequestError("--steps is for one formula at one point")
    if any(len(partial) > 1 for partial in problem.partials) or len(problem.partials) > 1:
        raise RequestError("--steps is for the first derivative in one variable")
    problem = replace(problem, points=at)
    reference = enclosure(problem)
    truth = float(reference.values[0, 0, 0])
    if not math.isfinite(truth):
        raise PointError(f"there is no derivative at {at.names[0]} = {at.texts[0][0]} to compare quotients with")
    h = 10.0 ** (np.arange(FINEST * PER_DECADE, COARSEST * PER_DECADE + 1) / PER_DECADE)
    curves, said = [], [f"f' = {truth:.6g} at {at.names[0]} = {at.texts[0][0]}"]
    for k, scheme in enumerate(Scheme):
        errors = np.array([_quotient(problem, Step(float(each), scheme)) for each in h]) - truth
        curve = Curve(scheme, Role.ERROR, (_seen(h, np.abs(errors), FLOOR * (abs(truth) or 1.0)),), k)
        curves.append(curve)
        [(steps, shown)] = curve.pieces
        best = int(np.argmin(shown))
        said.append(f"{scheme}: the smallest error is {shown[best]:.1e}, at h = {steps[best]:.1e}")
    theory = list(_theory(problem, h, float(reference.functions[0, 0]), truth))
    said += [text for _, text in theory]
    shown = np.concatenate([y for curve in curves for _, y in curve.pieces])
    y = Axis("|error|", float(shown.min()) / 3, float(shown.max()) * 3, logarithmic=True)
    x = Axis("step h", float(h[0]), float(h[-1]), logarithmic=True)
    return Panel(x, y, (*curves, *(curve for curve, _ in theory))), said


def _quotient(problem: Problem, step: Step) -> float:
    values = textbook_quotient(problem, step).values
    return math.nan if values is None else float(values[0, 0, 0])


def _seen(h: Array, errors: Array, floor: float) -> tuple[Array, Array]:
    kept = np.isfinite(errors)
    return h[kept], np.maximum(errors[kept], floor)


def _theory(problem: Problem, h: Array, value: float, slope: float) -> Iterator[tuple[Curve, str]]:
    """Truncation plus rounding, one-sided and central, and where they are smallest."""
    name = problem.partials[0][0]
    higher = problem.asking(partials=((name,) * 2, (name,) * 3))
    balls_ = enclose_partials(higher, problem.points.points[0])
    second, third = (abs(balls.nearest_float(balls_[0, p])) for p in (0, 1))
    x = float(problem.floats[problem.program.variables.index(name), 0])
    rounding = ULP * max(abs(value), abs(x * slope))
    for k, (label, size, power) in enumerate((("one-sided", second / 2, 1), ("central", third / 6, 2))):
        if not math.isfinite(size) or size == 0 or rounding == 0:
            continue
        # size h^power + 2 rounding/h (one-sided) or rounding/h (central) is smallest where its derivative is 0
        noise = rounding * (2 if power == 1 else 1)
        best = (noise / (power * size)) ** (1 / (power + 1))
        rate = "h" if power == 1 else "h²"
        curve = Curve(f"theory: {rate} and 1/h", Role.THEORY, ((h, size * h**power + noise / h),), 0 if k == 0 else 2)
        yield (
            curve,
            f"in theory the best step is {best:.1e} {label}, with an error of {size * best**power + noise / best:.1e}",
        )
