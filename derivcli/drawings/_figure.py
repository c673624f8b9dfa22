"""A picture by matplotlib, for files: `Figure` objects and no pyplot, so that nothing global is left behind."""

import io
import textwrap
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from derivcli.drawings._picture import Curve, Field, Mark, Panel, Picture, Role
from derivcli.drawings._sheet import Sheet

COLOURS = ("#1f4e9e", "#d1700a", "#2b8a3e", "#7b3fa0", "#0f8b8d", "#8a5a2b", "#b0347b", "#5b6770")
WRONG = "#c62828"
INK = "#111111"
INCHES = (8.0, 5.0, 3.0)  # the width, the height of the first panel, and of each further one
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "deriv",  # the same picture is the same file
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
}
LEVELS = 14
LINES: dict[Role, dict[str, Any]] = {
    Role.FUNCTION: {"linewidth": 2.0},
    Role.DERIVATIVE: {"linewidth": 1.8, "linestyle": (0, (5, 1.5))},
    Role.METHOD: {"linewidth": 1.0, "color": WRONG, "linestyle": "-", "alpha": 0.8},
    Role.TANGENT: {"linewidth": 1.3, "color": "#222222", "linestyle": "-."},
    Role.ERROR: {"linestyle": "none", "marker": ".", "markersize": 3.5},
    Role.THEORY: {"linewidth": 1.0, "linestyle": "--", "alpha": 0.7},
}
MAX_NOTES = 6


def draw(picture: Picture, sheet: Sheet, suffix: str) -> bytes:
    """The contents of a file of the kind that a suffix names."""
    width = sheet.width or INCHES[0]
    height = sheet.height or INCHES[1] + INCHES[2] * (len(picture.panels) - 1)
    with mpl.rc_context():
        mpl.rcdefaults()  # no matplotlibrc of the current folder
        mpl.rcParams.update(STYLE)
        figure = Figure((width, height), layout="constrained")
        heights = [INCHES[1], *[INCHES[2]] * (len(picture.panels) - 1)]
        grid = figure.subplots(len(picture.panels), 1, squeeze=False, height_ratios=heights)
        for axes, panel in zip(grid[:, 0], picture.panels, strict=True):
            _draw_panel(axes, panel, figure)
        figure.suptitle(picture.title, parse_math=False, fontsize=13)
        lines = [line for note in picture.notes[:MAX_NOTES] for line in textwrap.wrap(note, int(width * 15))]
        if lines:
            figure.supxlabel("\n".join(lines), x=0.02, ha="left", fontsize=8, color="#444444", parse_math=False)
        buffer = io.BytesIO()
        dated = {"png": "Creation Time", "svg": "Date", "pdf": "CreationDate"}[suffix]
        figure.savefig(buffer, format=suffix, dpi=150, metadata={dated: None})
    return buffer.getvalue()


def _draw_panel(axes: Axes, panel: Panel, figure: Figure) -> None:
    axes.set(
        xlabel=panel.x.label, ylabel=panel.y.label, xlim=(panel.x.low, panel.x.high), ylim=(panel.y.low, panel.y.high)
    )
    if panel.x.logarithmic:
        axes.set_xscale("log")
    if panel.y.logarithmic:
        axes.set_yscale("log")
    axes.set_axisbelow(True)
    if panel.field:
        _fill(axes, panel.field, figure)
    else:
        axes.grid(color="#e3e3e3", linewidth=0.7)
    if not panel.field and not panel.y.logarithmic:
        axes.axhline(0, color="#777777", linewidth=0.8, zorder=1)
    for label, low, high in _spans(panel):
        width = 0 if low < high else 3  # a single point has no area
        axes.axvspan(low, high, color=WRONG, alpha=0.13, linewidth=width, label=label, zorder=0.5)
    for curve in panel.curves:
        _line(axes, curve, panel)
    for mark in panel.marks:
        _mark(axes, mark, panel)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best", fontsize=9, framealpha=0.92)


def _spans(panel: Panel) -> list[tuple[str, float, float]]:
    """The regions, each kind with one entry in the legend."""
    seen: set[str] = set()
    spans = []
    for region in panel.regions:
        label = f"{', '.join(region.methods)} wrong{f' ({region.cause})' if region.cause else ''}"
        spans.append(("_" if label in seen else label, region.low, region.high))
        seen.add(label)
    return spans


def _line(axes: Axes, curve: Curve, panel: Panel) -> None:
    style = {"color": COLOURS[curve.colour % len(COLOURS)], **LINES[curve.role]}
    if curve.role == Role.ERROR and panel.x.logarithmic:
        style |= {"linestyle": "-", "linewidth": 0.8}
    for k, (x, y) in enumerate(curve.pieces):
        alone = {"marker": "."} if len(x) == 1 else {}
        axes.plot(x, y, label="_" if k else curve.label, **{**style, **alone})


def _mark(axes: Axes, mark: Mark, panel: Panel) -> None:
    if mark.pole:
        axes.axvline(mark.x, color="#999999", linewidth=0.9, linestyle=":", zorder=1)
    for x, y, filled in sorted(mark.circles, key=lambda circle: circle[2]):  # a value that is taken hides a limit
        colour = "#111111"
        inside = panel.y.low <= y <= panel.y.high
        if inside:
            face = colour if filled else "white"
            axes.plot(
                [x], [y], "o", markersize=5, markerfacecolor=face, markeredgecolor=colour, zorder=5, clip_on=False
            )


def _fill(axes: Axes, field: Field, figure: Figure) -> None:
    """Filled contours, and arrows whose lengths grow as the roots of the gradients', so that small ones are seen."""
    values = np.ma.masked_invalid(field.values)
    if values.count():
        low, high = np.quantile(values.compressed(), [0.01, 0.99])
        levels = MaxNLocator(LEVELS).tick_values(low, high)
        filled = axes.contourf(field.x, field.y, values, levels, cmap="viridis", extend="both")
        axes.contour(field.x, field.y, values, levels, colors="white", linewidths=0.4, alpha=0.6)
        figure.colorbar(filled, ax=axes, label="f")
    if field.arrows:
        x, y, u, v = np.array(field.arrows).T
        size = np.hypot(u, v)
        scale = np.sqrt(np.divide(1, size, out=np.zeros_like(size), where=size > 0))
        axes.quiver(x, y, u * scale, v * scale, color=INK, pivot="middle", width=0.0028)
