"""Is a program smooth on a whole interval? A proof by Arb: its power series on a ball that covers the interval.

Where every coefficient is finite and every comparison decided, f, f', … f^(n) exist and are continuous there.
"""

from fractions import Fraction

import numpy as np
from flint import arb, arb_series
from numpy.polynomial.chebyshev import chebfit

from derivcli.backends import balls
from derivcli.backends.precision import precision
from derivcli.backends.series import BALLS, SERIES, as_series
from derivcli.formula.constants import Coordinate
from derivcli.formula.program import Program, tape

MAX_BITS = 1024  # bits, for a value
NODES = np.cos(np.pi * (np.arange(9) + 0.5) / 9)  # the zeros of a Chebyshev polynomial


def smooth(program: Program, low: Fraction, high: Fraction, order: int, bits: int = 128) -> bool:
    """Whether the only output of a program in one variable provably has so many derivatives on [low, high]."""
    with precision(bits, order + 1):
        interval = BALLS.number(low).union(BALLS.number(high))
        slots = tape(program, SERIES, [arb_series([interval, 1])])
        if any(slots[i] is None for i in _reached(program)):
            return False
        series = as_series(slots[program.outputs[0]])
        return all(series[k].is_finite() for k in range(order + 1))


def regular(program: Program, low: Fraction, high: Fraction) -> bool:
    """Whether f looks smooth on (low, high), where no proof is to be had: its Chebyshev coefficients fall off.

    At a kink they fall as 1/k², at a jump as 1/k; a single point that is out of place is not seen.
    """
    half, middle = (high - low) / 2, (low + high) / 2
    with precision(192):
        points = [BALLS.number(middle + half * Fraction(node)) for node in NODES.tolist()]
        values = [balls.values(program, [point])[0] for point in points]
        differences = np.array([balls.nearest_float(value - values[0]) for value in values])
    coefficients = np.abs(chebfit(NODES, differences, len(NODES) - 1)) if np.isfinite(differences).all() else NODES
    return bool(coefficients[-2:].max() <= 1e-6 * coefficients[1:].max())


def _reached(program: Program) -> set[int]:
    """The slots on which the outputs depend."""
    first, reached = len(program.variables), set(program.outputs)
    for slot in range(first + len(program.instructions) - 1, first - 1, -1):
        if slot in reached:
            reached.update(program.instructions[slot - first].args)
    return reached


def enclose_series(program: Program, x: Coordinate, order: int, offset: Fraction = Fraction(0)) -> list[arb]:
    """f, f', … f^(order) of the only output at x + offset, refined until tight."""

    def here() -> list[arb]:
        point = balls.coordinate(x) + BALLS.number(offset)
        [series] = balls.jets(program, [point], [Fraction(1)], order)
        return [series[k] * arb(k).fac() for k in range(order + 1)]

    return balls.refine(here, most=MAX_BITS if not offset else 4 * MAX_BITS)


def defined(program: Program, x: Fraction) -> bool:
    """Whether the only output has a value at x."""
    for bits in (128, 512):
        with precision(bits):
            [value] = balls.values(program, [BALLS.number(x)])
        if value.is_finite():
            return True
    return False
