"""Where a function of one variable could not be proved smooth: program, interval → narrow intervals.

    [-5, 5]  →  512 cells  →  those on which Arb has no proof  →  cut in two, again and again  →  a few ulps around 0

A cell on which f, f', … are proved to exist is never looked at again: a steep or a fast function has no marks that are
not there.
"""

import time
from fractions import Fraction
from itertools import pairwise

import numpy as np

from derivcli.formula.program import Program
from derivcli.judge.smoothness import defined, regular, smooth

Cells = list[tuple[Fraction, Fraction]]

CELLS = 512
UNPROVED, MOST_A_CELL = 4, 16  # intervals of one width: beyond the first no more proofs, beyond the second given up
MAX_FOUND = 200
PROOF_SECONDS = 2.0  # seconds for proofs, and as many without
RELATIVE, ABSOLUTE = Fraction(1, 2**48), Fraction(1, 2**64)  # widths at which the search ends
MAX_BITS = 300  # bits: the width to which one interval is pursued


def isolate(program: Program, low: float, high: float, order: int) -> tuple[Cells, Cells]:
    """The narrow intervals that contain whatever is not smooth, and those for which there was no time."""
    width = (high - low) / CELLS
    edges = [Fraction(x) for x in np.linspace(low - 0.0371 * width, high + 0.0613 * width, CELLS + 1).tolist()]
    finest = ABSOLUTE * Fraction(high - low)  # the edges are no simple numbers: nothing happens just there
    narrow: Cells = []
    unresolved: Cells = []
    started = time.process_time()
    for cell in pairwise(edges):
        spent = time.process_time() - started
        if len(narrow) > MAX_FOUND or spent > 2 * PROOF_SECONDS:
            unresolved += [] if regular(program, *cell) else [cell]
            continue
        found, rest = _in_cell(program, cell, order, finest, proofs=spent < PROOF_SECONDS)
        narrow += found
        unresolved += rest
    return _merge(sorted(narrow)), _merge(sorted(unresolved))


def _in_cell(
    program: Program, cell: tuple[Fraction, Fraction], order: int, finest: Fraction, *, proofs: bool
) -> tuple[Cells, Cells]:
    """The same for one cell: level by level, each with intervals half as wide.

    Where many are left at one level, no proof is to be had (Arb's gamma on a wide ball), and looking regular is enough.
    """
    level, narrow = [cell], []
    while level:
        level = [
            part
            for part in level
            if not (smooth(program, *part, order) if proofs else regular(program, *part))
            and any(defined(program, x) for x in (part[0], (part[0] + part[1]) / 2, part[1]))
        ]
        if len(level) > UNPROVED and proofs:
            proofs = False
            level = [part for part in level if not regular(program, *part)]
        if len(level) > MOST_A_CELL:
            return narrow, level
        wide = [part for part in level if part[1] - part[0] > max(finest, RELATIVE * max(map(abs, part)))]
        narrow += [part for part in level if part not in wide]
        level = [half for left, right in wide for half in _parts(left, right, 2)]
    return narrow, []


def _parts(left: Fraction, right: Fraction, number: int) -> Cells:
    """An interval cut into so many of the same width."""
    return list(pairwise(left + (right - left) * Fraction(k, number) for k in range(number + 1)))


def _merge(cells: Cells) -> Cells:
    merged: Cells = []
    for left, right in cells:
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], right)
        else:
            merged.append((left, right))
    return merged


def deeper(program: Program, left: Fraction, right: Fraction, order: int) -> tuple[Fraction, Fraction] | None:
    """The interval cut to 2^-300 around what is not smooth; None where that does not come out."""
    bits = 128
    while right - left > Fraction(1, 2**MAX_BITS):
        bits += 2
        parts = [part for part in _parts(left, right, 8) if not smooth(program, *part, order, bits)]
        rough = [part for part in parts if any(defined(program, x) for x in part)]
        if not rough or rough[-1][1] - rough[0][0] > (right - left) / 2:
            return None
        left, right = rough[0][0], rough[-1][1]
    return left, right
