"""Gradient, Jacobian, Hessian, Laplacian, divergence, curl, and derivatives along directions: as partials and sums.

A directional derivative is an ordinary one, of g(t) = f(x + t v) at t = 0; J^T w is the gradient of w·f, and a Hessian
times a vector the gradient of g'. Divergence, Laplacian and curl are sums of partials (`Total`). So nothing here needs
another way to differentiate.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import comb
from typing import Any

from derivcli.errors import LimitError, RequestError
from derivcli.formula.parser import Formula, parse
from derivcli.formula.program import MultiIndex
from derivcli.formula.rewriting import rebuild
from derivcli.formula.tree import Call, Number, Tree, Variable
from derivcli.requests.grids import PointSet
from derivcli.text import pieces

MAX_PARTIALS = 10_000  # partials of one request
CYCLE = ((2, 1), (0, 2), (1, 0))  # curl: ∂f_a/∂x_b - ∂f_b/∂x_a

Weights = Mapping[tuple[int, int], int]  # (output, partial) → how often it counts


class Shape(StrEnum):
    """What is asked for, where it is more than single partials."""

    PARTIALS = "partials"
    GRADIENT = "gradient"
    JACOBIAN = "jacobian"
    HESSIAN = "hessian"
    LAPLACIAN = "laplacian"
    DIVERGENCE = "divergence"
    CURL = "curl"
    ACCUMULATE = "accumulate"


@dataclass(frozen=True, slots=True)
class Combination:
    """A sum of partials with a name, by which a value may be expected of it, and what it is in words."""

    name: str
    label: str
    weights: Weights

    def of(self, values: Any) -> Any:
        """The sum of some values (outputs, partials, …) of the partials."""
        return sum(weight * values[cell] for cell, weight in self.weights.items())


def partials(shape: Shape, variables: Sequence[str], outputs: int, order: int) -> tuple[MultiIndex, ...]:
    """The multi-indices of a shape. Raises RequestError where the shape does not fit."""
    n = len(variables)
    needs = {
        "one formula": shape in (Shape.GRADIENT, Shape.HESSIAN, Shape.LAPLACIAN) and outputs != 1,
        f"as many formulas as variables ({n})": shape == Shape.DIVERGENCE and outputs != n,
        "three formulas in three variables": shape == Shape.CURL and (outputs, n) != (3, 3),
    }
    for need, lacking in needs.items():
        if lacking:
            raise RequestError(f"the {shape} needs {need}", hint=f"given: {outputs} in {', '.join(variables)}")
    if shape == Shape.LAPLACIAN:
        return tuple((name, name) for name in variables)
    if comb(n + order - 1, order) > MAX_PARTIALS or (shape == Shape.HESSIAN and n * n > MAX_PARTIALS):
        raise LimitError(f"these are more than {MAX_PARTIALS:,} partial derivatives", hint="name some with --wrt")
    if shape == Shape.HESSIAN:
        return tuple(product(variables, repeat=2))
    return tuple(combinations_with_replacement(variables, order))


def combinations(shape: Shape, variables: Sequence[str], outputs: int) -> Iterator[Combination]:
    """The sums that a shape stands for, over the partials in their order."""
    if shape == Shape.LAPLACIAN:
        yield Combination("laplacian", "laplacian", {(0, p): 1 for p in range(len(variables))})
    elif shape == Shape.DIVERGENCE:
        yield Combination("divergence", "divergence", {(i, i): 1 for i in range(len(variables))})
    elif shape == Shape.CURL:
        for name, (a, b) in zip(variables, CYCLE, strict=True):
            yield Combination(name, f"curl {name}", {(a, b): 1, (b, a): -1})
    elif shape == Shape.ACCUMULATE:
        for p, name in enumerate(variables):
            yield Combination(name, f"accumulated {name}.grad", {(o, p): 1 for o in range(outputs)})


def vector(text: str, names: Sequence[str], what: str) -> tuple[Tree, ...]:
    """A direction as written, `1,2` or `x=1,y=2`. Raises RequestError for the wrong length or name."""
    parts = [piece.strip() for piece, _ in pieces(text.strip().strip("[]()"), ",")]
    if all("=" in part for part in parts):
        given = dict(part.split("=", 1) for part in parts)
        unknown = [name for name in given if name.strip() not in names]
        if unknown:
            raise RequestError(f"the {what} names '{unknown[0]}'", hint=f"known: {', '.join(names)}")
        parts = [{key.strip(): value for key, value in given.items()}.get(name, "0") for name in names]
    if len(parts) != len(names):
        hint = f"one number for each of {', '.join(names)}"
        raise RequestError(
            f"the {what} has {len(parts)} component{'s' * (len(parts) != 1)}, not {len(names)}", hint=hint
        )
    trees = [parse(part) for part in parts]
    if any(tree.variables for tree in trees):
        raise RequestError(f"the {what} must be numbers")
    return tuple(tree.outputs[0] for tree in trees)


def along(formula: Formula, points: PointSet | None, direction: str) -> tuple[Formula, PointSet | None, str]:
    """f(x + t v) with the new variable t, the points with t = 0, and the name of t."""
    names = formula.variables
    components = vector(direction, names, "direction")
    t = next(name for name in ("t", "s", "tau", "t_") if name not in (*names, *(points.names if points else ())))
    moved = {
        name: Call("add", (Variable(name), Call("mul", (Variable(t), component))))
        for name, component in zip(names, components, strict=True)
    }

    def node_for(_: Tree, new: Tree) -> Tree:
        return moved.get(new.name, new) if isinstance(new, Variable) else new

    outputs = tuple(rebuild(tree, node_for) for tree in formula.outputs)
    line = replace(formula, outputs=outputs, parameters=(*names, t), read=())
    return line, points and points.extended(t), t


def weighted(formula: Formula, cotangent: str) -> Formula:
    """w·f as the one output of a formula."""
    weights = vector(cotangent, [f"f{i + 1}" for i in range(len(formula.outputs))], "cotangent")
    result: Tree | None = None
    for weight, tree in zip(weights, formula.outputs, strict=True):
        term = Call("mul", (weight, tree), tree.span)
        result = term if result is None else Call("add", (result, term), formula.outputs[0].span)
    outputs = (result or Number(Fraction(0)),)
    return replace(formula, outputs=outputs, read=())
