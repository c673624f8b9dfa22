"""Programs in ball arithmetic: values, jets and partial derivatives with rigorous error bounds.

The cells are in `series`; here a program is run on them, at a precision that is doubled until the balls are tight. Many
first partials come from one run and a sweep back over it, which costs as much as a few runs, however many there are
(Griewank & Walther 2008, ISBN 978-0-89871-659-7, chapter 3).
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx

from derivcli.backends.arrays import Array
from derivcli.backends.cells import parse_definition
from derivcli.backends.precision import precision
from derivcli.backends.series import BALLS, SERIES, SPECIAL_NAMES, as_series, is_definition
from derivcli.errors import PointError
from derivcli.formula.constants import Coordinate
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.program import Instruction, MultiIndex, Program, run, tape
from derivcli.formula.transforms import specialise

POLES = {"gamma", "lgamma", "digamma", "polygamma", "trigamma", "factorial", "zeta", "hurwitz", "Ei", "E1", "li", "Ci"}
MAX_BITS = 4096  # bits to which balls are refined
REFINE_SECONDS = 1.0  # seconds after which a ball is not refined further
MAX_RUNS = 3  # first partials that cost less in a run each than by a sweep back
TINIEST = arb(2) ** -1100  # far below the smallest float64


def coordinate(value: Coordinate) -> arb:
    """A coordinate as a ball at the working precision. Raises UnsupportedError where it has no value."""
    return run(value, BALLS, [])[0] if isinstance(value, Program) else BALLS.number(value)


def coordinates(point: Sequence[Coordinate]) -> list[arb]:
    """A point as balls at the working precision."""
    return [coordinate(value) for value in point]


def values(program: Program, inputs: Sequence[arb]) -> list[arb]:
    """The outputs as balls."""
    slots = tape(program, BALLS, inputs)
    return [slots[i] for i in program.outputs]


def at_point(program: Program, point: Sequence[Coordinate], *, most: int = MAX_BITS) -> list[arb]:
    """The outputs at a point, refined; at the edge of a domain or a jump of exact coordinates, too."""
    with precision(128):
        result = values(program, coordinates(point))
    if all(map(is_tight, result)):
        return result
    exact = specialise(program, point)
    return refine(lambda: values(exact, coordinates(point)), most=most)


def jets(program: Program, inputs: Sequence[arb], direction: Sequence[Fraction], order: int) -> list[arb_series]:
    """The Taylor coefficients (divided by k!) of the outputs along a direction, up to an order."""
    with precision(ctx.prec, order + 1):
        lines = [arb_series([x, BALLS.number(d)]) if d else x for x, d in zip(inputs, direction, strict=True)]
        slots = tape(program, SERIES, lines)
        return [as_series(slots[i]) for i in program.outputs]


def partial_derivatives(program: Program, inputs: Sequence[arb], partials: Sequence[MultiIndex]) -> list[list[arb]]:
    """Every partial (inner) of every output (outer) as a ball at the working precision; () is the output itself.

    A mixed partial of order n comes from univariate jets by polarisation: with c_n(d) the n-th coefficient along d,
    ∂^α f = Σ_k Π_i (-1)^k_i C(α_i, k_i) c_n(α/2 - k), exactly (Griewank, Utke & Walther 2000, Math. Comp. 69, 1117).
    """
    firsts = {partial for partial in partials if len(partial) == 1}
    swept = sweep_back(program, inputs) if len(firsts) > MAX_RUNS + len(program.outputs) // 2 else None
    columns = []
    place = {name: i for i, name in enumerate(program.variables)}
    heads: list[arb] = []  # f itself, where a series has it
    for partial in partials:
        if swept and len(partial) == 1:
            slot = place[partial[0]]
            columns.append([row[slot] for row in swept])
            continue
        counts = {name: partial.count(name) for name in dict.fromkeys(partial)}
        n = len(partial)
        if not partial:
            columns.append(heads if heads and all(map(is_tight, heads)) else values(program, inputs))
            continue
        total = [arb(0)] * len(program.outputs)
        terms = [((1,), arb(n).fac())] if len(counts) == 1 else _polarisation(tuple(counts.values()))
        for steps, weight in terms:
            along = dict(zip(counts, steps, strict=True))
            direction = [Fraction(along.get(name, 0)) for name in program.variables]
            series = jets(program, inputs, direction, n)
            total = [t + weight * s[n] for t, s in zip(total, series, strict=True)]
            heads = [s[0] for s in series]
        columns.append(total)
    return [list(row) for row in zip(*columns, strict=True)]


def _polarisation(alpha: tuple[int, ...]) -> Iterator[tuple[tuple[Fraction, ...], arb]]:
    for k in product(*(range(a + 1) for a in alpha)):
        sign = (-1) ** sum(k)
        yield tuple(Fraction(a, 2) - j for a, j in zip(alpha, k, strict=True)), arb(sign * prod(map(comb, alpha, k)))


def sweep_back(program: Program, inputs: Sequence[arb]) -> list[list[arb]]:
    """Every first partial (inner) of every output (outer) from one run and one sweep back for each output.

    NaN where power series would be undefined along that variable, so that nothing is claimed that they would not claim.
    """
    with precision(ctx.prec, 2):
        slots = tape(program, BALLS, inputs)
        if any(slot is None for slot in slots):  # an undecided condition, as of NaN
            return [[arb.nan()] * len(inputs) for _ in program.outputs]
        varying = [True] * len(inputs)
        locals_: list[tuple[arb | None, ...]] = []
        for step in program.instructions:
            varying.append(any(varying[arg] for arg in step.args))
            locals_.append(local_derivatives(step, slots, varying) if varying[-1] else ())
        rows = [adjoints(program, output, locals_)[: len(inputs)] for output in program.outputs]
        nothing = [arb(0) if slots[output].is_finite() else arb.nan() for output in program.outputs]
        return [[zero if a is None else a for a in row] for row, zero in zip(rows, nothing, strict=True)]


def local_derivatives(step: Instruction, slots: Sequence[Any], varying: Sequence[bool]) -> tuple[arb | None, ...]:
    """The derivative of an instruction by each argument: the second coefficient of its power series.

    None where it does not depend on the argument: that does not vary, is held constant, or belongs to a branch that is
    not taken. By an argument at which a condition switches the derivative is NaN.
    """
    args = [slots[arg] for arg in step.args]
    return tuple(_local_derivative(step.function, args, j) if varying[arg] else None for j, arg in enumerate(step.args))


def _local_derivative(function: str, args: Sequence[Any], j: int) -> arb | None:
    before, after = args[:j], args[j + 1 :]
    if not isinstance(args[j], arb):  # a condition: it matters if its being undecided would
        return None if isinstance(BALLS.cell(function)(*before, None, *after), bool) else arb(1)
    result = SERIES.cell(function)(*before, arb_series([args[j], 1]), *after)
    if isinstance(result, arb_series):
        return result[1]
    if FUNCTIONS[function].ignores:
        return None
    return arb.nan() if result is None else arb(0)  # a comparison, decided if its argument is continuous


def adjoints(program: Program, output: int, locals_: Sequence[Sequence[arb | None]]) -> list[arb | None]:
    """The adjoint of each slot for one of them, from the local derivatives of each instruction; None off its path.

    0 * NaN stays NaN: only what an instruction does not depend on at all is left out.
    """
    first = len(program.variables)
    adjoints: list[arb | None] = [None] * (first + len(program.instructions))
    adjoints[output] = arb(1)
    for slot in range(output, first - 1, -1):
        adjoint = adjoints[slot]
        if adjoint is None:
            continue
        for arg, derivative in zip(program.instructions[slot - first].args, locals_[slot - first], strict=False):
            if derivative is not None:
                known = adjoints[arg]
                adjoints[arg] = adjoint * derivative if known is None else known + adjoint * derivative
    return adjoints


def scales(program: Program, point: Sequence[Coordinate]) -> list[float]:
    """How many bits each number that is met on the way is from 1; infinity for what is too large for Arb."""
    with precision(128):
        slots = [slot for slot in tape(program, BALLS, coordinates(point)) if isinstance(slot, arb)]
    sizes = [math.inf if not slot.is_finite() else magnitude(slot) for slot in slots if not slot.is_nan()]
    return [abs(size) for size in sizes if size > -math.inf]


def magnitude(ball: arb) -> float:
    """log2 of the size of a ball; -inf for what cannot be told from 0."""
    if ball.contains(0):
        return -math.inf
    mantissa, exponent = map(int, abs(ball).mid().man_exp())
    return exponent + math.log2(mantissa)


def is_undefined(program: Program, output: int, point: Sequence[Coordinate]) -> bool:
    """Whether an output that has no ball has no value: sqrt(-1), log(0), gamma(-1), but not what is too large for Arb.

    Nor what a ball just cannot tell, because a whole number is inside, at which the domains of functions end.
    """
    with precision(MAX_BITS):
        exact, inputs = specialise(program, point), coordinates(point)
        if tape(exact, BALLS, inputs)[program.outputs[output]].is_finite():
            return False
        function, args, value = _first_failure(exact, inputs)
    if function == "inf":
        return True
    told = all(arg.is_exact() or not arg.contains_integer() for arg in args if isinstance(arg, arb))
    return value.is_nan() and told and (function not in SPECIAL_NAMES or function in POLES)


def _first_failure(program: Program, inputs: Sequence[Any]) -> tuple[str, list[Any], arb]:
    """The first instruction without a ball, with its arguments; within a definition, the one there."""
    slots = list(inputs)
    for step in program.instructions:
        args = [slots[arg] for arg in step.args]
        slots.append(BALLS.number(step.value) if step.value is not None else BALLS.cell(step.function)(*args))
        if isinstance(slots[-1], arb) and not slots[-1].is_finite():
            row = FUNCTIONS[step.function]
            cell = row.arb[0] if isinstance(row.arb, tuple) else row.arb
            if is_definition(cell):
                return _first_failure(parse_definition(row.name, str(cell)), args)
            return step.function, args, slots[-1]
    return "", [], arb(0)


def refine(balls: Callable[[], list[arb]], *, most: int = MAX_BITS) -> list[arb]:
    """The balls of a computation at 128, 256, … bits, until each is tight, or as they are at the last."""
    bits, started = 128, time.monotonic()
    while True:
        with precision(bits):
            result = balls()
        if bits >= most or all(map(is_tight, result)) or time.monotonic() - started > REFINE_SECONDS:
            return result
        bits *= 2


def is_tight(ball: arb) -> bool:
    """Whether a ball says all that a float64 can hold: 63 bits, or nothing but zero."""
    return ball.is_finite() and (ball.rel_accuracy_bits() >= 63 or ball.abs_upper() < TINIEST)


def nearest_float(ball: arb) -> float:
    """The nearest float64 of a tight ball; NaN where there is no value."""
    return float(ball.mid()) if ball.is_finite() else math.nan


def nearest_floats(points: Sequence[Sequence[Coordinate]], dimensions: int) -> Array:
    """The nearest float64 (dimensions, points) of each coordinate. Raises PointError where one has no real value."""
    rows = np.array([[float_value(coordinate) for coordinate in point] for point in points])
    return rows.reshape(len(points), dimensions).T.copy()


def float_value(value: Coordinate) -> float:
    """The nearest float64 of a coordinate. Raises PointError where it has no real value."""
    [ball] = refine(lambda: [coordinate(value)])
    if not ball.is_finite():
        raise PointError("a coordinate has no real value")
    return nearest_float(ball)


def ends(ball: arb) -> tuple[Fraction, Fraction]:
    """The interval that a ball is, exactly."""
    return _fraction(ball.lower()), _fraction(ball.upper())


def _fraction(exact: arb) -> Fraction:
    mantissa, exponent = map(int, exact.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def image(program: Program, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction] | None:
    """The values of the only output on a tiny interval; None where it or they are beyond all ordinary sizes."""
    with precision(192):
        x = BALLS.number(low).union(BALLS.number(high))
        [y] = values(program, [x])
        return ends(y) if all(2**-64 < abs(ball) < 2**64 for ball in (x, y)) else None
