"""Functions of any number of arguments, or of lists, written with the rows of the table.

`max(a, b, c)` is `max(max(a, b), c)`; `Piecewise((a, p), (b, True))` is `where(p, a, b)`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

from derivcli.errors import ParseError, Span
from derivcli.formula.tree import Call, Number, Tree, Variable


def _take_two_by_two(row: str) -> Callable[[list[Any], Span], Tree]:
    def form(args: list[Any], where: Span) -> Tree:
        items = args[0] if len(args) == 1 and isinstance(args[0], list) else args
        if len(items) < 2 or not all(isinstance(item, Tree) for item in items):
            raise ParseError(f"'{row}' takes two arguments or more", span=where, hint=f"{row}(a, b)")
        return reduce(lambda left, right: Call(row, (left, right), where), items)

    return form


def _clamp(args: list[Any], where: Span) -> Tree:
    """`clamp(x, min=a)`, `clamp(x, max=b)`, `clamp(x, a, b)`."""
    bounds = dict(zip(("min", "max"), (arg for arg in args[1:] if isinstance(arg, Tree)), strict=False))
    bounds |= {str(arg.name): arg.value for arg in args[1:] if not isinstance(arg, Tree) and hasattr(arg, "name")}
    bounds = {{"a_min": "min", "a_max": "max"}.get(key, key): value for key, value in bounds.items()}
    if not args or not isinstance(args[0], Tree) or not bounds or not bounds.keys() <= {"min", "max"}:
        raise ParseError("clamp takes a value and one or two bounds", span=where, hint="clamp(x, min=0, max=1)")
    inner: Tree = args[0]
    if len(bounds) == 2:
        return Call("clamp", (inner, bounds["min"], bounds["max"]), where)
    if "min" in bounds:
        return Call("max", (inner, bounds["min"]), where)
    return Call("min", (inner, bounds["max"]), where)


def _piecewise(args: list[Any], where: Span) -> Tree:
    """SymPy's Piecewise: the last condition must be True, since a formula needs a value everywhere."""
    if not args or not all(isinstance(arg, tuple) and len(arg) == 2 for arg in args):
        hint = "Piecewise((a, x > 0), (b, True))"
        raise ParseError("Piecewise takes pairs (value, condition)", span=where, hint=hint)
    *pairs, (otherwise, last) = args
    if not (isinstance(last, Call) and last.function == "true"):
        raise ParseError("the last condition of Piecewise must be True", span=last.span, hint="end with (0, True)")
    result: Tree = otherwise
    for value, condition in reversed(pairs):
        result = Call("where", (condition, value, result), where)
    return result


def _hyper(args: list[Any], where: Span) -> Tree:
    """SymPy's hyper([a, b], [c], z): a row for each pair of lengths."""
    rows = {(0, 1): "hyp0f1", (1, 1): "hyp1f1", (2, 1): "hyp2f1", (2, 2): "hyp2f2", (3, 2): "hyp3f2"}
    if len(args) != 3 or not isinstance(args[0], list) or not isinstance(args[1], list):
        raise ParseError("hyper takes two lists and a value", span=where, hint="hyper([a, b], [c], z)")
    lengths = len(args[0]), len(args[1])
    if lengths not in rows:
        known = ", ".join(f"{p} and {q}" for p, q in rows)
        raise ParseError("hyper is not known for lists of these lengths", span=where, hint=f"known: {known}")
    return Call(rows[lengths], (*args[0], *args[1], args[2]), where)


def _logsumexp(args: list[Any], where: Span) -> Tree:
    items = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    if not items or not all(isinstance(item, Tree) for item in items):
        raise ParseError("logsumexp takes numbers", span=where)
    if len(items) == 1:
        return Call("add", (items[0], Number(Fraction(0), where)), where)
    return reduce(lambda left, right: Call("logaddexp", (left, right), where), items)


def _norm(args: list[Any], where: Span) -> Tree:
    """`norm([x, y])`: the Euclidean one."""
    items = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    if len(items) < 1 or not all(isinstance(item, Tree) for item in items):
        raise ParseError("norm takes a list of numbers", span=where, hint="norm([x, y])")
    two = Number(Fraction(2), where)
    squares = [Call("pow", (item, two), where) for item in items]
    return Call("sqrt", (reduce(lambda left, right: Call("add", (left, right), where), squares),), where)


def _keep_for_definitions(row: str) -> Callable[[list[Any], Span], Tree]:
    """`sum(i^2, i, 1, n)`: written out by `formula.definitions`, once the bounds are known."""

    def form(args: list[Any], where: Span) -> Tree:
        trees = all(isinstance(arg, Tree) for arg in args)
        if len(args) != 4 or not trees or not isinstance(args[1], Variable):
            hint = f"{row}(i^2, i, 1, 10)"
            raise ParseError(f"{row} takes a term, its index, and the first and the last value", span=where, hint=hint)
        return Call(row, tuple(args), where)

    return form


FORMS: dict[str, Callable[[list[Any], Span], Tree]] = {
    "max": _take_two_by_two("max"),
    "min": _take_two_by_two("min"),
    "Max": _take_two_by_two("max"),
    "Min": _take_two_by_two("min"),
    "And": _take_two_by_two("and"),
    "Or": _take_two_by_two("or"),
    "clamp": _clamp,
    "clip": _clamp,
    "Piecewise": _piecewise,
    "piecewise": _piecewise,
    "hyper": _hyper,
    "logsumexp": _logsumexp,
    "norm": _norm,
    "sum": _keep_for_definitions("sum"),
    "Sum": _keep_for_definitions("sum"),
    "prod": _keep_for_definitions("prod"),
    "product": _keep_for_definitions("prod"),
    "Product": _keep_for_definitions("prod"),
}
