"""SymPy's derivative as a formula, evaluated in ball arithmetic and rounded once.

Formula   f' by SymPy's own rules, on real symbols
Cost      one differentiation; then one evaluation of f' a point
Error     half an ulp
Source    Meurer et al. 2017, https://doi.org/10.7717/peerj-cs.103
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import reduce

import numpy as np
import sympy

from derivcli.backends import balls, symbols
from derivcli.backends.arrays import Array
from derivcli.backends.from_sympy import tree
from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.parser import Formula
from derivcli.formula.program import Program, flatten
from derivcli.formula.tree import unparse
from derivcli.records import Entry, Estimate, Formulas, Problem
from derivcli.requests.points import Point

Rows = list[list[symbols.Expression]]  # of derivatives: outputs, partials

LIBRARY = "SymPy"

MAX_INSTRUCTIONS = 10_000  # instructions
MAX_NODES = 100_000  # nodes of the terms that are differentiated: a few seconds
MAX_SMALL_NODES = 40  # nodes of a derivative worth rewriting or evaluating in closed form
MAX_EXPONENT = 1_000  # exponent in such a value
MAX_EXACT_CHARACTERS = 24  # characters of an exact value worth showing


def estimate(problem: Problem) -> Estimate:
    """Values correctly rounded, with the formulas. Raises UnsupportedError for what SymPy cannot differentiate."""
    derivatives = _derivatives(problem)
    program, formulas = _compiled(derivatives, problem.program.variables)
    found = evaluate_program(program, problem)
    values, errors = (array.reshape(problem.shape) for array in found)
    exact = _exact(derivatives, problem, values) if len(problem.points) == 1 else {}
    return Estimate(values=values, errors=errors, formulas=formulas, exact=exact)


def compiled(problem: Problem) -> tuple[Program, Formulas]:
    """For many points: the derivatives as one program to be run in float64, outputs × partials, and as formulas."""
    return _compiled(_derivatives(problem), problem.program.variables)


def _compiled(derivatives: Rows, variables: tuple[str, ...]) -> tuple[Program, Formulas]:
    formulas = tuple(tuple(to_text(derivative) for derivative in row) for row in derivatives)
    return to_program([derivative for row in derivatives for derivative in row], variables), formulas


def _derivatives(problem: Problem) -> Rows:
    if len(problem.program.instructions) > MAX_INSTRUCTIONS:
        size = len(problem.program.instructions)
        raise UnsupportedError(Reason.TOO_LARGE, f"{size:,} instructions (at most {MAX_INSTRUCTIONS:,})")
    by_output = [symbols.parts(expression) for expression in symbols.expressions(problem.program)]
    firsts = Counter(symbols.symbol(wrt[0]) for wrt in problem.partials)
    work = sum(count * symbols.size(parts[x]) for parts in by_output for x, count in firsts.items() if x in parts)
    if work > MAX_NODES:
        raise UnsupportedError(Reason.TOO_LARGE, f"the derivatives have about {work:,} nodes (at most {MAX_NODES:,})")
    return [
        [differentiate(parts.get(symbols.symbol(wrt[0]), sympy.S.Zero), wrt) for wrt in problem.partials]
        for parts in by_output
    ]


def differentiate(expression: symbols.Expression, wrt: tuple[str, ...]) -> symbols.Expression:
    return reduce(symbols.derivative, map(symbols.symbol, wrt), expression)


def to_program(derivatives: Sequence[symbols.Expression], variables: tuple[str, ...]) -> Program:
    """Derivatives as one program of the variables of f."""
    return flatten(Formula("", tuple(map(tree, derivatives))), variables)


def evaluate_program(program: Program, problem: Problem) -> tuple[Array, Array]:
    """Values (outputs, points) with their error bounds, half an ulp unless exact."""
    shape = len(program.outputs), len(problem.points)
    values, errors = np.full(shape, math.nan), np.full(shape, math.nan)
    for k, point in enumerate(problem.points.points):
        for o, ball in enumerate(balls.at_point(program, point)):
            values[o, k] = balls.nearest_float(ball)
            errors[o, k] = 0.0 if ball.is_exact() and ball == values[o, k] else math.ulp(values[o, k]) / 2
            if not ball.is_finite() and not balls.is_undefined(program, o, point):
                errors[o, k] = math.inf  # it cancels more digits than are tried: that is ours, and not SymPy's
    return values, errors


def to_text(derivative: symbols.Expression) -> str:
    """The derivative in our own spelling, in the shortest of a few cheap forms."""
    forms = [derivative]
    if derivative.is_Add and symbols.size(derivative) <= MAX_SMALL_NODES:
        forms.append(sympy.factor_terms(derivative))
    try:
        texts = [unparse(tree(form, ordered=True)) for form in forms]
    except UnsupportedError:
        return str(derivative)
    return min(texts, key=len)


def _exact(derivatives: Rows, problem: Problem, values: Array) -> dict[Entry, str]:
    """The values in closed form, where they are short: 38, sqrt(2)/2."""
    point = dict(zip(map(symbols.symbol, problem.program.variables), _point(problem.points.points[0]), strict=True))
    exact: dict[Entry, str] = {}
    for o, p in np.ndindex(problem.shape[:2]):
        derivative = derivatives[o][p]
        if (
            math.isfinite(values[o, p, 0])
            and symbols.size(derivative) <= MAX_SMALL_NODES
            and _modest(derivative, point)
        ):
            text = str(derivative.xreplace({x: point[x] for x in derivative.free_symbols}))
            if len(text) <= MAX_EXACT_CHARACTERS and "." not in text and "oo" not in text:
                exact[o, p, 0] = text
    return exact


def _modest(derivative: symbols.Expression, point: dict[symbols.Expression, symbols.Expression]) -> bool:
    """Whether no power of a number in it would have millions of digits, and no function a million terms."""
    large = any(not (value.is_Number and abs(value) <= symbols.MAX_WRITTEN_OUT) for value in point.values())
    if large and any(type(each).__name__ in symbols.WRITTEN_OUT for each in derivative.atoms(sympy.Function)):
        return False
    exponents = [point.get(power.exp, power.exp) for power in derivative.atoms(sympy.Pow)]
    return all(exponent.is_Number and abs(exponent) <= MAX_EXPONENT for exponent in exponents)


def _point(point: Point) -> list[symbols.Expression]:
    return [
        symbols.expressions(coordinate)[0] if isinstance(coordinate, Program) else symbols.SYMBOLS.number(coordinate)
        for coordinate in point
    ]
