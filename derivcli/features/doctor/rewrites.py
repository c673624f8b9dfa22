"""A formula → the same in other words: by a rule, over one denominator, by a series, by a safe `where`.

Nothing here is believed: `repair` checks and measures what comes.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from derivcli.backends.from_sympy import factored, taylor
from derivcli.engine.problem import guarded
from derivcli.errors import UnsupportedError
from derivcli.features.doctor.rules import apply_rules
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.rewriting import replace_node, substitute
from derivcli.formula.tree import Call, Number, Tree, Variable, postorder, variables

MAX_NODES = 60  # nodes of a formula that SymPy is asked about
SYMPY_SECONDS = 1.0  # seconds for one such question
DEGREE = 10  # of Taylor polynomials
SWITCHES = (Fraction(1, 4), Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000))
FRACTIONS = ("add", "sub", "div")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another form of a formula, equal to it or, by a series, as good as equal."""

    tree: Tree
    exact: bool = True


def rewrites(tree: Tree) -> Iterator[Rewrite]:
    """Every form that one exact step leads to."""
    yield from map(Rewrite, apply_rules(tree))
    yield from map(Rewrite, _over_one_denominator(tree))
    for node in postorder(tree):
        if isinstance(node, Call) and node.function == "where":
            yield from (Rewrite(replace_node(tree, {id(node): safe})) for safe in _double_where(node))


def _over_one_denominator(tree: Tree) -> Iterator[Tree]:
    """The tree with one sum or quotient in it made one quotient and factored."""
    seen = set[Tree]()
    for node in postorder(tree):
        if isinstance(node, Call) and node.function in FRACTIONS and node not in seen and _is_small(node):
            seen.add(node)
            with suppress(UnsupportedError):
                new = guarded(partial(factored, node), SYMPY_SECONDS)
                if new != node:
                    yield replace_node(tree, {id(node): new})


def series(tree: Tree) -> Iterator[Rewrite]:
    """The formula with a Taylor polynomial of one quotient or difference in it, or of all of it, near 0."""
    seen = set[Tree]()
    for node in reversed(list(postorder(tree))):  # the whole first
        if not isinstance(node, Call) or node in seen or not _is_worth_a_series(node):
            continue
        seen.add(node)
        for name in variables(node):
            with suppress(UnsupportedError):
                inner = _regular(node, name)
                polynomial = guarded(partial(taylor, inner, name, DEGREE), SYMPY_SECONDS)
                if polynomial is not None and name in variables(polynomial):
                    for each in _switches(inner, name, polynomial):
                        yield Rewrite(replace_node(tree, {id(node): each}), exact=False)


def _regular(node: Call, name: str) -> Tree:
    """The branch of `where(x == 0, value, f(x))` that has a series; another node as it is."""
    if node.function == "where" and isinstance(node.args[0], Call):
        condition = node.args[0]
        if condition.function in ("eq", "ne") and variables(condition) == (name,):
            return node.args[2 if condition.function == "eq" else 1]
    return node


def _is_worth_a_series(node: Call) -> bool:
    functions = {each.function for each in postorder(node) if isinstance(each, Call)}
    kinks = any(not FUNCTIONS[name].smooth for name in functions - {"where", "eq", "ne"})
    return node.function in ("div", "sub", "mul", "sinc", "where", "sqrt") and not kinks and _is_small(node)


def _is_small(node: Tree) -> bool:
    return sum(1 for _ in postorder(node)) <= MAX_NODES


def _switches(node: Tree, name: str, polynomial: Tree) -> Iterator[Tree]:
    """The polynomial below a switch point, the formula above it, which sees 1 where it is not asked."""
    x, one = Variable(name), Number(Fraction(1))
    for bound in SWITCHES:
        near = Call("lt", (Call("abs", (x,)), Number(bound)))
        yield Call("where", (near, polynomial, substitute(node, name, Call("where", (near, one, x)))))


def _double_where(node: Call) -> Iterator[Tree]:
    """`where(c, f(x), b)` as `where(c, f(where(c, x, 1)), b)`: the branch not taken never sees a bad x."""
    condition, first, second = node.args
    names = {leaf.name for leaf in postorder(condition) if isinstance(leaf, Variable)}
    for name in sorted(names):
        x, safe = Variable(name), Number(Fraction(1))
        inner = substitute(first, name, Call("where", (condition, x, safe)))
        outer = substitute(second, name, Call("where", (condition, safe, x)))
        for branches in ((inner, second), (first, outer), (inner, outer)):
            yield Call("where", (condition, *branches))


def where_right(new: Rewrite, old: Tree, signs: Mapping[str, float]) -> Iterator[Rewrite]:
    """The rewrite for one sign of a variable, that which it has at the point, and the original for the other.

    The rewrite sees |x|, or -|x|, so that it is defined where it is not asked.
    """
    for name in (name for name in variables(new.tree) if signs.get(name)):
        x, size = Variable(name), Call("abs", (Variable(name),))
        positive = signs[name] > 0
        condition = Call("gt" if positive else "lt", (x, Number(Fraction(0))))
        safe = substitute(new.tree, name, size if positive else Call("neg", (size,)))
        yield Rewrite(Call("where", (condition, safe, old)), new.exact)
