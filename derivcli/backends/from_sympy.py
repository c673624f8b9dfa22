"""SymPy's expressions → trees: each of its classes as the row that it came from."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import sympy

from derivcli.backends.symbols import Expression, detach, expressions, power, symbol
from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import Formula
from derivcli.formula.program import flatten
from derivcli.formula.tree import NOWHERE, Call, Number, Tree, Variable, variables


@cache
def _rows() -> dict[tuple[type, int], str]:
    """SymPy's classes back to rows, by the number of arguments."""
    rows: dict[tuple[type, int], str] = {}
    for row in FUNCTIONS.values():
        if isinstance(row.sympy, str) and row.arity and isinstance(getattr(sympy, row.sympy, None), type):
            rows.setdefault((getattr(sympy, row.sympy), row.arity), row.name)
    return rows | {(sympy.Heaviside, 2): "heaviside", (detach, 1): "detach"}


def tree(expression: Expression, *, ordered: bool = False) -> Tree:
    """A SymPy expression as a tree, its terms as SymPy prints them if `ordered`.

    Raises UnsupportedError for what the language has no row for.
    """
    done: dict[Expression, Tree] = {}
    stack = [expression]
    while stack:
        node = stack[-1]
        parts = [part for part in _parts(node) if part not in done]
        if parts:
            stack.extend(parts)
        else:
            done[stack.pop()] = _node(node, done, ordered)
    return done[expression]


def _parts(node: Expression) -> tuple[Expression, ...]:
    if node.is_Rational or isinstance(node, sympy.Derivative | sympy.Subs):
        return ()
    if node.is_Mul:
        return tuple(part for factor in node.args for part in (_reciprocal(factor) or (factor,)))
    if isinstance(node, sympy.Piecewise):
        return tuple(part for pair in node.args for part in pair.args)
    if isinstance(node, sympy.hyper):
        return (*node.ap, *node.bq, node.argument)
    return _reciprocal(node) or node.args


def _reciprocal(node: Expression) -> tuple[Expression] | None:
    """(1/node,) for a power with a negative exponent, so that a/b stays one division."""
    negative = node.is_Pow and node.exp.is_Rational and node.exp.is_negative
    return (power(node.base, -node.exp),) if negative else None


def _node(node: Expression, done: dict[Expression, Tree], ordered: bool) -> Tree:
    if node.is_Rational:
        above = Number(Fraction(abs(int(node.p))))
        value = above if node.q == 1 else Call("div", (above, Number(Fraction(int(node.q)))))
        return Call("neg", (value,)) if node.p < 0 else value
    if node.is_Symbol:
        return Variable(node.name)
    if node.is_Add:
        return _sum([done[arg] for arg in (node.as_ordered_terms() if ordered else node.args)])
    if node.is_Mul:
        return _product(node.args, done)
    other = _power if node.is_Pow else _where if isinstance(node, sympy.Piecewise) else _row
    return other(node, done)


def _power(node: Expression, done: dict[Expression, Tree]) -> Tree:
    below = _reciprocal(node)
    if below:
        return Call("div", (Number(Fraction(1)), done[below[0]]))
    if node.exp == sympy.S.Half:
        return Call("sqrt", (done[node.base],))
    return Call("pow", (done[node.base], done[node.exp]))


CONSTANTS = {
    sympy.pi: "pi",
    sympy.E: "e",
    sympy.EulerGamma: "EulerGamma",
    sympy.oo: "inf",
    sympy.true: "true",
    sympy.false: "false",
}


def _row(node: Expression, done: dict[Expression, Tree]) -> Tree:
    """A function or constant as the row that it came from."""
    if isinstance(node, sympy.Derivative | sympy.Subs):
        inner = next(iter(node.atoms(sympy.Derivative)), node).args[0].func.__name__
        raise UnsupportedError(Reason.NOT_SUPPORTED, f"SymPy has no derivative of {inner}")
    name = _rows().get((node.func, len(node.args))) if node.args else CONSTANTS.get(node)
    if isinstance(node, sympy.hyper):
        name = f"hyp{len(node.ap)}f{len(node.bq)}"
    if name not in FUNCTIONS:
        what = node.func.__name__ if node.args else node
        raise UnsupportedError(Reason.NO_FORMULA, f"contains {what}, which cannot be evaluated")
    args = [done[part] for part in _parts(node)]
    if name in ("max", "min", "and", "or") and len(args) > 2:
        return _chain(name, args)
    return Call(name, tuple(args))


def _product(factors: Sequence[Expression], done: dict[Expression, Tree]) -> Tree:
    above, below = [], []
    if factors[0].is_Rational and factors[0].q != 1:
        below.append(Number(Fraction(int(factors[0].q))))
        sign = sympy.Integer(factors[0].p)
        factors = (sign, *factors[1:]) if sign != 1 else factors[1:]
        done = {**done, sign: tree(sign)}
    for factor in factors:
        reciprocal = _reciprocal(factor)
        (below if reciprocal else above).append(done[reciprocal[0] if reciprocal else factor])
    if len(above) > 1 and factors[0] == -1:
        above = [Call("neg", (above[1],)), *above[2:]]
    top = _chain("mul", above or [Number(Fraction(1))])
    return Call("div", (top, _chain("mul", below))) if below else top


def _sum(terms: list[Tree]) -> Tree:
    result = terms[0]
    for term in terms[1:]:
        opposite = _opposite(term)
        result = Call("sub", (result, opposite)) if opposite else Call("add", (result, term))
    return result


def _opposite(term: Tree) -> Tree | None:
    """b*c for a term -b*c, whose first factor carries the sign; None for other terms."""
    if not isinstance(term, Call) or term.function not in ("neg", "mul", "div"):
        return None
    if term.function == "neg":
        return term.args[0]
    first = _opposite(term.args[0])
    return first and Call(term.function, (first, *term.args[1:]))


def _where(node: Expression, done: dict[Expression, Tree]) -> Tree:
    *pairs, last = node.args
    if last.args[1] != sympy.true:
        raise UnsupportedError(Reason.NO_FORMULA, "is not defined everywhere")
    result = done[last.args[0]]
    for value, condition in (pair.args for pair in reversed(pairs)):
        result = Call("where", (done[condition], done[value], result))
    return result


def _chain(row: str, items: list[Tree]) -> Tree:
    result = items[0]
    for item in items[1:]:
        result = Call(row, (result, item), NOWHERE)
    return result


def multiply_out(tree_: Tree) -> Tree:
    """A tree multiplied out by SymPy: x**2 + 1 - x**2 is 1."""
    names = variables(tree_)
    [expression] = expressions(flatten(Formula("", (tree_,)), names))
    return tree(sympy.expand(expression), ordered=True)


def factored(tree_: Tree) -> Tree:
    """A tree over one denominator, factored by SymPy: 1/x - 1/(x + 1) is 1/(x*(x + 1))."""
    names = variables(tree_)
    [expression] = expressions(flatten(Formula("", (tree_,)), names))
    return tree(sympy.factor(sympy.together(expression)), ordered=True)


def taylor(tree_: Tree, name: str, degree: int) -> Tree | None:
    """The Taylor polynomial of a tree in one variable about 0, in Horner's form; None where there is none."""
    names = variables(tree_)
    [expression] = expressions(flatten(Formula("", (tree_,)), names))
    x = symbol(name)
    series = sympy.series(expression, x, 0, degree + 1).removeO()
    if not series.is_polynomial(x):
        return None
    return tree(sympy.horner(series, x) if series.has(x) else series, ordered=True)
