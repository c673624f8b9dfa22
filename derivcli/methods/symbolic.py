"""SymPy's derivative as a formula, evaluated in ball arithmetic and rounded once.

Formula   f' by SymPy's own rules, on real symbols
Cost      one differentiation; then one evaluation of f' a point
Error     half an ulp
Source    Meurer et al. 2017, https://doi.org/10.7717/peerj-cs.103
"""

import math
from functools import partial, reduce

import numpy as np
import sympy
from flint import arb

from derivcli.backends import arb as balls
from derivcli.backends import sympy as symbols
from derivcli.errors import UnsupportedError
from derivcli.language.parser import Formula
from derivcli.language.tree import unparse
from derivcli.points import Point
from derivcli.program import Program, flatten
from derivcli.records import Array, Cell, Estimate, Formulas, Problem

LARGEST = 10_000  # instructions
SMALL = 40  # nodes of a derivative worth rewriting or evaluating in closed form
SHORT = 24  # characters of an exact value worth showing


def estimate(problem: Problem) -> Estimate:
    """Values correctly rounded, with the formulas. Raises UnsupportedError for what SymPy cannot differentiate."""
    derivatives = _derivatives(problem)
    values, errors = np.full(problem.shape, math.nan), np.full(problem.shape, math.nan)
    exact: dict[Cell, str] = {}
    for o, row in enumerate(derivatives):
        for p, derivative in enumerate(row):
            program = lowered(derivative, problem.program.variables)
            values[o, p], errors[o, p] = evaluated(program, problem)
            if len(problem.points) == 1 and math.isfinite(values[o, p, 0]):
                exact |= _exact(derivative, problem, (o, p, 0))
    return Estimate("symbolic", values, errors, formulas=_shown(derivatives), exact=exact)


def compiled(problem: Problem) -> tuple[Program, Formulas]:
    """For many points: the derivatives as one program to be run in float64, outputs × partials, and as formulas."""
    derivatives = _derivatives(problem)
    trees = tuple(symbols.tree(derivative) for row in derivatives for derivative in row)
    return flatten(Formula("", trees), problem.program.variables), _shown(derivatives)


def _derivatives(problem: Problem) -> list[list[symbols.Expression]]:
    if len(problem.program.instructions) > LARGEST:
        size = len(problem.program.instructions)
        raise UnsupportedError(f"too large for SymPy: {size:,} instructions (at most {LARGEST:,})")
    return [
        [differentiated(expression, wrt) for wrt in problem.partials]
        for expression in symbols.expressions(problem.program)
    ]


def _shown(derivatives: list[list[symbols.Expression]]) -> Formulas:
    return tuple(tuple(shown(derivative) for derivative in row) for row in derivatives)


def differentiated(expression: symbols.Expression, wrt: tuple[str, ...]) -> symbols.Expression:
    return reduce(lambda e, name: e.diff(symbols.symbol(name)), wrt, expression)


def lowered(derivative: symbols.Expression, variables: tuple[str, ...]) -> Program:
    """A derivative as a program of the variables of f."""
    return flatten(Formula("", (symbols.tree(derivative),)), variables)


def evaluated(program: Program, problem: Problem) -> tuple[Array, Array]:
    """Values at all points with their error bounds, half an ulp unless exact."""
    values, errors = np.full(len(problem.points), math.nan), np.full(len(problem.points), math.nan)
    for k, point in enumerate(problem.points.points):
        [ball] = balls.refined(partial(_values, program, point))
        values[k] = balls.rounded(ball)
        errors[k] = 0.0 if ball.is_exact() and ball == values[k] else math.ulp(values[k]) / 2
    return values, errors


def _values(program: Program, point: Point) -> list[arb]:
    return balls.values(program, balls.coordinates(point))


def shown(derivative: symbols.Expression) -> str:
    """The derivative in our own spelling, in the shortest of a few cheap forms."""
    forms = [derivative]
    if derivative.is_Add and symbols.size(derivative) <= SMALL:
        forms.append(sympy.factor_terms(derivative))
    try:
        texts = [unparse(symbols.tree(form, ordered=True)) for form in forms]
    except UnsupportedError:
        return str(derivative)
    return min(texts, key=len)


def _exact(derivative: symbols.Expression, problem: Problem, cell: Cell) -> dict[Cell, str]:
    """The value in closed form, where it is short: 38, sqrt(2)/2."""
    if symbols.size(derivative) > SMALL:
        return {}
    names = map(symbols.symbol, problem.program.variables)
    values = dict(zip(names, _point(problem.points.points[0]), strict=True))
    text = str(derivative.xreplace(values))
    return {cell: text} if len(text) <= SHORT and "." not in text and "oo" not in text else {}


def _point(point: Point) -> list[symbols.Expression]:
    return [
        symbols.expressions(coordinate)[0] if isinstance(coordinate, Program) else symbols.SYMBOLS.number(coordinate)
        for coordinate in point
    ]
