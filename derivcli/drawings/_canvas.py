"""A panel of characters by plotext: axes with round numbers, and points and lines between them."""

import math
from collections.abc import Iterator

import numpy as np
import plotext

from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Axis, Panel

THIN_LINE = "braille"  # a thin line: 2 × 4 dots a character
COLUMNS_A_TICK, ROWS_A_TICK = 12, 4


class Canvas:
    """The one figure that plotext has, cleared and set up for a panel; `last` gives it the label of the x axis."""

    def __init__(self, panel: Panel, size: tuple[int, int], *, coloured: bool, last: bool) -> None:
        self.coloured, self.figure = coloured, plotext.figure
        self.figure.clear()
        self.figure.theme("simple" if coloured else "colorless")
        self.figure.plot_size(*size)
        self.figure.legend(False)
        self.height = scale(panel.y)
        self._ticks("x", panel.x, size[0] // COLUMNS_A_TICK)
        self._ticks("y", panel.y, size[1] // ROWS_A_TICK)
        if panel.y.logarithmic:
            self.figure.label(panel.y.label, "y")
        if last:
            self.figure.label(panel.x.label, "x")

    def points(self, x: Array, y: Array, sign: str, colour: str, *, joined: bool = False) -> None:
        """Draw points, or lines between them, on the scales of the axes."""
        if not len(x):
            return
        low, high = self.height
        y = np.clip(y, 2 * low - high, 2 * high - low)  # numbers like 1e300 are no places for a line to go to
        marker = plotext.marker(sign, pixel=plotext.pixel(colour))
        signal = self.figure.signal(x.tolist(), y.tolist(), marker=marker)
        self.figure.draw(signal.lines(True) if joined else signal)

    @property
    def lines(self) -> Iterator[str]:
        """What has been drawn."""
        text = self.figure.build().string()
        yield from (line.rstrip() for line in (text if self.coloured else plotext.uncolorize(text)).splitlines())

    def _ticks(self, name: str, axis: Axis, most: int) -> None:
        """Round numbers on an axis; powers of ten on a logarithmic one."""
        low, high = scale(axis)
        if axis.logarithmic:
            step = max(1, math.ceil((high - low) / max(most, 2)))
            places = [float(k) for k in range(math.ceil(low), math.floor(high) + 1, step)]
            labels = [f"1e{int(k)}" for k in places]
        else:
            places = round_numbers(low, high, max(most, 2))
            labels = [f"{place:.6g}" for place in places]
        ruler = self.figure.ruler(name)
        ruler.ticks(places, labels)
        ruler.lim(low, high)


def scale(axis: Axis) -> tuple[float, float]:
    """From where to where an axis runs, as logarithms on a logarithmic one."""
    return (math.log10(axis.low), math.log10(axis.high)) if axis.logarithmic else (axis.low, axis.high)


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """At most so many multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [k * step for k in range(first, last + 1)]
