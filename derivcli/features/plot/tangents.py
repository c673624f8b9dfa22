"""Tangents of curves at points: judged, points → lines and sentences."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from derivcli.drawings._picture import Axis, Curve, Role
from derivcli.features.plot.judged_curve import JudgedCurve
from derivcli.judge.reference import enclosure
from derivcli.records import Kind
from derivcli.requests.points import Points

TANGENT_WIDTH = 0.3  # of the window, to either side


def tangents(judged: Sequence[JudgedCurve], at: Points | None, axis: Axis) -> tuple[list[Curve], list[str]]:
    """A line through each point with the slope of the reference; at a kink one to each side; none where f has none."""
    lines: list[Curve] = []
    said: list[str] = []
    for t in judged if at is not None else ():
        problem = replace(t.problem.asking(partials=t.problem.partials[:1]), points=at)  # type: ignore[arg-type]
        reference = enclosure(problem)
        for k, (text,) in enumerate(problem.points.texts):
            x, y = float(problem.floats[0, k]), float(reference.functions[0, k])
            slope = float(reference.values[0, 0, k])
            found = reference.behaviours.get((0, 0, k))
            place = f"at {axis.label} = {text}"
            if math.isfinite(slope) and math.isfinite(y):
                lines.append(_line(f"tangent {place}", x, y, (slope, slope), axis))
                said.append(f"tangent {place}: {t.name} = {y:.6g}, slope {slope:.6g}")
            elif found and found.kind == Kind.KINK and math.isfinite(found.left + found.right):
                lines.append(_line(f"tangents {place}", x, y, (found.left, found.right), axis))
                said.append(
                    f"no tangent {place}: slope {found.left:.6g} from the left, {found.right:.6g} from the right"
                )
            else:
                said.append(f"no tangent {place}: {found.kind if found else 'the slope is not known'}")
    return lines, said


def _line(label: str, x: float, y: float, slopes: tuple[float, float], axis: Axis) -> Curve:
    reach = TANGENT_WIDTH * (axis.high - axis.low)
    low, high = max(axis.low, x - reach), min(axis.high, x + reach)
    points = np.array([low, x, high]), np.array([y + slopes[0] * (low - x), y, y + slopes[1] * (high - x)])
    return Curve(label, Role.TANGENT, (points,))
