"""Traces of formulas in one variable → the panels of a picture: f, f', …, marks, and where which method is wrong."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Axis, Curve, Mark, Panel, Role
from derivcli.features.plot.captions import sentence
from derivcli.features.plot.judged_curve import Trace
from derivcli.features.plot.sampling import pieces
from derivcli.features.plot.singularities import Singularity
from derivcli.formula.tree import unparse

APART = 15  # times larger: f and f' are drawn in two panels
MARGIN = 0.06
FLAT = 1e-6  # of its size: what changes less is a horizontal line
LONGEST = 40  # characters of a formula in a legend


def panels(traces: Sequence[Trace], axis: Axis) -> list[Panel]:
    """f and its derivatives in one panel, or each order in its own where their sizes are far apart."""
    orders = range(len(traces[0].problem.partials) + 1)
    extents = [extent([(t, k) for t in traces]) for k in orders]
    sizes = [max(abs(low), abs(high)) for low, high in extents]
    apart = max(sizes) > APART * min((size for size in sizes if size > 0), default=1.0)
    groups = [[k] for k in orders] if apart else [list(orders)]
    return [_panel(traces, group, axis) for group in groups]


def _panel(traces: Sequence[Trace], orders: Sequence[int], axis: Axis) -> Panel:
    low, high = extent([(t, k) for t in traces for k in orders])
    flat = high - low <= FLAT * max(abs(low), abs(high))
    pad = (abs(high) or 1.0) / 2 if flat else MARGIN * (high - low)
    label = ", ".join(traces[0].label(k) for k in orders) if len(traces) == 1 else ""
    return Panel(
        axis,
        Axis(label, low - pad, high + pad),
        tuple(curve for t in traces for k in orders for curve in curves(t, k)),
        tuple(mark for t in traces for mark in marks(t, orders)),
        tuple(region for t in traces for k in orders if k for region in t.regions[k - 1]),
    )


def colour(trace: Trace, order: int) -> int:
    return trace.output * (len(trace.problem.partials) + 1) + order


def curves(trace: Trace, order: int) -> Iterator[Curve]:
    """f or a derivative as it is, and every method that is wrong about it, where it is wrong."""
    label = trace.label(order)
    formula = ""
    if order == 0:
        formula = unparse(trace.problem.formula.outputs[trace.output])
    for estimate in trace.estimates if order else ():
        if estimate.formulas:
            formula = estimate.formulas[0][order - 1]
    label += f" = {formula}" if 0 < len(formula) <= LONGEST else ""
    role = Role.DERIVATIVE if order else Role.FUNCTION
    rows = trace.split(trace.values(order))
    yield Curve(label, role, tuple(pieces(trace.parts, trace.grids, rows, order)), colour(trace, order))
    wrong = trace.regions[order - 1] if order else ()
    for method in dict.fromkeys(name for region in wrong for name in region.methods):
        [values] = [e.values for e in trace.estimates if e.method == method and e.values is not None]
        where = [region for region in wrong if method in region.methods]
        x = trace.problem.floats[0]
        shown = [(x[i], values[0, order - 1][i]) for r in where for i in [(x >= r.low) & (x <= r.high)]]
        yield Curve(f"{trace.label(order)} by {method}", Role.METHOD, tuple(shown), colour(trace, order))


def extent(rows: Sequence[tuple[Trace, int]]) -> tuple[float, float]:
    """The lowest and the highest y of several curves; those that go to infinity are cut where most of them is."""
    lows, highs = [], []
    for trace, order in rows:
        y = trace.values(order)
        y = y[np.isfinite(y)]
        ends = [y for s in trace.search.found for y in trace.inner(s, order)]
        if not len(y):
            continue
        share = 0.2 if order else 0.05
        x = trace.problem.floats[0][np.isfinite(trace.values(order))]
        low, high = _quantiles(x, y, (share if -math.inf in ends else 0, 1 - share if math.inf in ends else 1))
        ends += [s.value for s in trace.search.found if order == 0]
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


def marks(trace: Trace, orders: Sequence[int]) -> Iterator[Mark]:
    """What f does at its singularities, with the circles that belong to the curves of these orders."""
    for s in trace.search.found:
        shown = [circle for k in orders for circle in _circles(trace, s, k)]
        pole = any(map(math.isinf, s.sides[0])) and 0 in orders
        yield Mark(s.kind, s.x, sentence(trace, s), tuple(shown), pole, colour(trace, max(s.level, orders[0])))


def _circles(trace: Trace, s: Singularity, order: int) -> Iterator[tuple[float, float, bool]]:
    if s.joined(order):
        if order == s.level:
            yield s.x, s.sides[order][0], True
        return
    for y in dict.fromkeys(trace.inner(s, order)):
        if math.isfinite(y) and not (order == 0 and y == s.value):
            yield s.x, y, False
    if order == 0 and math.isfinite(s.value):
        yield s.x, s.value, True
