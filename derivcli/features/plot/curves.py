"""Judged curves → the panels of a picture: f, f', …, marks, and where which method is wrong."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Axis, Curve, Mark, Panel, Role
from derivcli.features.plot.captions import sentence
from derivcli.features.plot.judged_curve import JudgedCurve
from derivcli.features.plot.sampling import pieces
from derivcli.features.plot.singularities import Singularity
from derivcli.formula.tree import unparse

PANEL_RATIO = 15  # times larger: f and f' are drawn in two panels
MARGIN = 0.06
FLAT = 1e-6  # of its size: what changes less is a horizontal line
MAX_LEGEND = 40  # characters of a formula in a legend


def panels(judged_curves: Sequence[JudgedCurve], axis: Axis) -> list[Panel]:
    """f and its derivatives in one panel, or each order in its own where their sizes are far apart."""
    orders = range(len(judged_curves[0].problem.partials) + 1)
    extents = [extent([(t, k) for t in judged_curves]) for k in orders]
    sizes = [max(abs(low), abs(high)) for low, high in extents]
    apart = max(sizes) > PANEL_RATIO * min((size for size in sizes if size > 0), default=1.0)
    groups = [[k] for k in orders] if apart else [list(orders)]
    return [_panel(judged_curves, group, axis) for group in groups]


def _panel(judged_curves: Sequence[JudgedCurve], orders: Sequence[int], axis: Axis) -> Panel:
    low, high = extent([(t, k) for t in judged_curves for k in orders])
    flat = high - low <= FLAT * max(abs(low), abs(high))
    pad = (abs(high) or 1.0) / 2 if flat else MARGIN * (high - low)
    label = ", ".join(judged_curves[0].label(k) for k in orders) if len(judged_curves) == 1 else ""
    return Panel(
        axis,
        Axis(label, low - pad, high + pad),
        tuple(curve for t in judged_curves for k in orders for curve in curves(t, k)),
        tuple(mark for t in judged_curves for mark in marks(t, orders)),
        tuple(region for t in judged_curves for k in orders if k for region in t.regions[k - 1]),
    )


def colour(judged: JudgedCurve, order: int) -> int:
    return judged.output * (len(judged.problem.partials) + 1) + order


def curves(judged: JudgedCurve, order: int) -> Iterator[Curve]:
    """f or a derivative as it is, and every method that is wrong about it, where it is wrong."""
    label = judged.label(order)
    formula = ""
    if order == 0:
        formula = unparse(judged.problem.formula.outputs[judged.output])
    for estimate in judged.estimates if order else ():
        if estimate.formulas:
            formula = estimate.formulas[0][order - 1]
    label += f" = {formula}" if 0 < len(formula) <= MAX_LEGEND else ""
    role = Role.DERIVATIVE if order else Role.FUNCTION
    rows = judged.split(judged.values(order))
    yield Curve(label, role, tuple(pieces(judged.parts, judged.grids, rows, order)), colour(judged, order))
    wrong = judged.regions[order - 1] if order else ()
    for method in dict.fromkeys(name for region in wrong for name in region.methods):
        [values] = [e.values for e in judged.estimates if e.method == method and e.values is not None]
        where = [region for region in wrong if method in region.methods]
        x = judged.problem.floats[0]
        shown = [(x[i], values[0, order - 1][i]) for r in where for i in [(x >= r.low) & (x <= r.high)]]
        yield Curve(f"{judged.label(order)} by {method}", Role.METHOD, tuple(shown), colour(judged, order))


def extent(rows: Sequence[tuple[JudgedCurve, int]]) -> tuple[float, float]:
    """The lowest and the highest y of several curves; those that go to infinity are cut where most of them is."""
    lows, highs = [], []
    for judged, order in rows:
        y = judged.values(order)
        y = y[np.isfinite(y)]
        ends = [y for s in judged.search.found for y in judged.inner(s, order)]
        if not len(y):
            continue
        share = 0.2 if order else 0.05
        x = judged.problem.floats[0][np.isfinite(judged.values(order))]
        low, high = _quantiles(x, y, (share if -math.inf in ends else 0, 1 - share if math.inf in ends else 1))
        ends += [s.value for s in judged.search.found if order == 0]
        finite = [end for end in ends if math.isfinite(end)]
        lows.append(min([float(low), *finite]))
        highs.append(max([float(high), *finite]))
    return (min(lows), max(highs)) if lows else (0.0, 1.0)


def _quantiles(x: Array, y: Array, shares: tuple[float, float]) -> tuple[float, float]:
    """Of a curve, by the length of x on which it is below: points are denser where it is steep."""
    weights = np.gradient(x) if len(x) > 1 else np.ones(1)
    order = np.argsort(y)
    total = np.cumsum(weights[order]) / weights.sum()
    low, high = (float(y[order][min(np.searchsorted(total, share), len(y) - 1)]) for share in shares)
    return low, high


def marks(judged: JudgedCurve, orders: Sequence[int]) -> Iterator[Mark]:
    """What f does at its singularities, with the circles that belong to the curves of these orders."""
    for s in judged.search.found:
        shown = [circle for k in orders for circle in _circles(judged, s, k)]
        pole = any(map(math.isinf, s.sides[0])) and 0 in orders
        yield Mark(s.kind, s.x, sentence(judged, s), tuple(shown), pole, colour(judged, max(s.level, orders[0])))


def _circles(judged: JudgedCurve, s: Singularity, order: int) -> Iterator[tuple[float, float, bool]]:
    if s.joined(order):
        if order == s.level:
            yield s.x, s.sides[order][0], True
        return
    for y in dict.fromkeys(judged.inner(s, order)):
        if math.isfinite(y) and not (order == 0 and y == s.value):
            yield s.x, y, False
    if order == 0 and math.isfinite(s.value):
        yield s.x, s.value, True
