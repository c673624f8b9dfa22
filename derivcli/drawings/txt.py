"""Characters, for a terminal or a pipe, by plotext."""

import math
import shutil
import textwrap
from collections.abc import Iterator

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.drawings._canvas import THIN_LINE, Canvas
from derivcli.drawings._picture import Curve, Field, Panel, Picture, Role
from derivcli.drawings._sheet import Sheet

NARROWEST, LOWEST = 40, 10
COLOURS = ("blue+", "orange", "green+", "magenta+", "cyan+", "red+")
POINTS = ("•", "x", "+", "*", "#", "%")
SHADES = " ░▒▓█"
SHADED = "░"
ARROWS = "→↗↑↖←↙↓↘"
OPEN, FILLED = "o", "●"


def render(picture: Picture, sheet: Sheet) -> bytes:
    """The title, the panels below each other, the legend and the notes, no wider than the sheet."""
    size = shutil.get_terminal_size((80, 24))
    width = max(int(sheet.width or size.columns), NARROWEST)
    title = [line.center(width).rstrip() for line in textwrap.wrap(picture.title, width)]
    words = [line for panel in picture.panels for line in _legend(panel, width)]
    words += [line for note in picture.notes for line in textwrap.wrap(note, width, subsequent_indent="  ")]
    room = int(sheet.height or size.lines - 1) - len(title) - len(words)
    height = max(room // len(picture.panels), LOWEST)
    lines: list[str] = []
    for panel in picture.panels:
        last = panel is picture.panels[-1] or panel.x.label != picture.panels[-1].x.label
        canvas = Canvas(panel, (width, height), coloured=sheet.coloured, last=last)
        lines += _panel(canvas, panel, (width, height))
    return ("\n".join([*title, *lines, *words]) + "\n").encode()


def _signs(panel: Panel) -> Iterator[tuple[Curve, str]]:
    """Each curve with the character that it is made of: the first curve is a thin line, the others are points."""
    points = iter(POINTS * len(panel.curves))
    for k, curve in enumerate(panel.curves):
        match curve.role:
            case Role.METHOD:
                yield curve, "!"
            case Role.TANGENT | Role.THEORY:
                yield curve, "∙"
            case _:
                yield curve, next(points) if k or curve.role == Role.ERROR else THIN_LINE


def _legend(panel: Panel, width: int) -> list[str]:
    entries = [f"{'⠒⠒' if sign == THIN_LINE else sign} {curve.label}" for curve, sign in _signs(panel) if curve.pieces]
    wrong = dict.fromkeys(name for region in panel.regions for name in region.methods)
    entries += [f"{SHADED} {', '.join(wrong)} wrong"] if wrong else []
    if panel.field and np.isfinite(panel.field.values).any():
        levels = _levels(panel.field)
        entries += [f"f: {levels[0]:.3g} '{SHADES[0]}'"]
        entries += [f"{shade} from {level:.3g}" for shade, level in zip(SHADES[1:], levels[1:], strict=False)]
    joined = "   ".join(entry.replace(" ", "\u00a0") for entry in entries)
    return [line.replace("\u00a0", " ") for line in textwrap.wrap(joined, width)]


def _panel(canvas: Canvas, panel: Panel, size: tuple[int, int]) -> Iterator[str]:
    """The lines of a panel: shades first, circles last."""
    if panel.field:
        _shade(canvas, panel.field)
    for region in panel.regions:
        x = np.linspace(max(region.low, panel.x.low), min(region.high, panel.x.high), 2 * size[0])
        canvas.points(*_block(x, np.linspace(panel.y.low, panel.y.high, 2 * size[1])), SHADED, "red")
    for curve, sign in reversed(list(_signs(panel))):
        colour = "red" if curve.role == Role.METHOD else COLOURS[curve.colour % len(COLOURS)]
        joined = curve.role != Role.ERROR or panel.x.logarithmic
        for x, y in curve.pieces:
            across, up = (np.log10(x) if panel.x.logarithmic else x), (np.log10(y) if panel.y.logarithmic else y)
            canvas.points(across, up, sign, colour, joined=joined)
    for x, y, filled in sorted((c for mark in panel.marks for c in mark.circles), key=lambda circle: circle[2]):
        if panel.y.low <= y <= panel.y.high:
            canvas.points(np.array([x]), np.array([y]), FILLED if filled else OPEN, "default")
    yield from canvas.lines


def _block(x: Array, y: Array) -> tuple[Array, Array]:
    across, up = np.meshgrid(x, y)
    return across.ravel(), up.ravel()


def _levels(field: Field) -> Array:
    """Where each shade begins."""
    low, high = np.nanmin(field.values), np.nanmax(field.values)
    return np.linspace(low, high, len(SHADES) + 1)[:-1]


def _shade(canvas: Canvas, field: Field) -> None:
    """A shade for each value, and an arrow for each gradient."""
    if not np.isfinite(field.values).any():
        return
    x, y = _block(field.x, field.y)
    shades = np.digitize(field.values.ravel(), _levels(field)[1:])
    for k, shade in enumerate(SHADES):
        here = (shades == k) & np.isfinite(field.values.ravel())
        canvas.points(x[here], y[here], shade, "blue")
    for across, up, dx, dy in field.arrows:
        if dx or dy:
            direction = round(math.atan2(dy, dx) / (math.pi / 4)) % 8
            canvas.points(np.array([across]), np.array([up]), ARROWS[direction], "default")
