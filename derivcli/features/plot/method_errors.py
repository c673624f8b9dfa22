"""How far each method is from the truth, along a curve: judged → a panel with a logarithmic axis."""

from collections.abc import Iterator, Sequence

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Axis, Curve, Panel, Role
from derivcli.features.plot.judged_curve import JudgedCurve
from derivcli.features.plot.sampling import finite

MAX_ERROR = 1e300  # that an axis shows
FLOOR = 1e-18  # of the largest derivative: where an error of 0 is drawn


def errors_panel(judged: Sequence[JudgedCurve], axis: Axis) -> Panel:
    """|error| of each method against the enclosure; an error of 0 lies on the floor."""
    drawn = list(_curves(judged))
    shown = [y for curve in drawn for _, y in curve.pieces]
    low, high = (min(y.min() for y in shown), max(y.max() for y in shown)) if shown else (FLOOR, 1.0)
    top = min(max(high, 10 * low), MAX_ERROR) * 2
    return Panel(axis, Axis("|error|", min(low, MAX_ERROR / 10) / 2, top, logarithmic=True), tuple(drawn))


def _curves(judged: Sequence[JudgedCurve]) -> Iterator[Curve]:
    for t in judged:
        for p in range(len(t.problem.partials)):
            truth = t.reference.values[0, p]
            floor = FLOOR * (float(np.nanmax(np.abs(truth), initial=0.0)) or 1.0)
            for k, estimate in enumerate(t.estimates):
                if estimate.values is not None:
                    errors = _floored(np.abs(estimate.values[0, p] - truth), floor)
                    parts = zip(t.grids, t.split(errors), strict=True)
                    runs = [run for x, y in parts for run in finite(x, y)]
                    several = len(t.problem.partials) > 1 or t.several
                    label = f"{estimate.method}, {t.label(p + 1)}" if several else estimate.method
                    yield Curve(label, Role.ERROR, tuple(runs), k)


def _floored(errors: Array, floor: float) -> Array:
    return np.where(errors < floor, floor, errors)
