"""A formula that loses digits → an equal one that keeps them, checked and measured before it is proposed.

A rule is a pair of texts of the language; its letters stand for any subexpression. A rewritten formula counts as a
repair only if 200 bits of ball arithmetic cannot tell it from the original at the point and beside it, and autograd's
error is measured to come down.

Source of the rules: Kahan's and Higham's classics, as in Panchekha et al. 2015, https://doi.org/10.1145/2737924.2737959
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from derivcli.backends import balls
from derivcli.backends.from_sympy import multiply_out
from derivcli.errors import DerivError
from derivcli.formula.constants import Coordinate
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import Formula, parse
from derivcli.formula.program import flatten
from derivcli.formula.rewriting import fill, map_nodes, match_pattern, replace_node, substitute
from derivcli.formula.tree import INFIX, PREFIX, Call, Number, Tree, Variable, postorder, unparse
from derivcli.methods import autograd
from derivcli.records import Entry, Problem, Reference
from derivcli.requests.points import FloatPoints

RULES = (
    ("log(1/(1 + exp(-a)))", "logsigmoid(a)"),
    ("log(sigmoid(a))", "logsigmoid(a)"),
    ("-log(1 + exp(-a))", "logsigmoid(a)"),
    ("1/(1 + exp(-a))", "sigmoid(a)"),
    ("exp(a)/(1 + exp(a))", "sigmoid(a)"),
    ("log(1 + exp(a))", "softplus(a)"),
    ("log(exp(a) + exp(b) + exp(c))", "logaddexp(logaddexp(a, b), c)"),
    ("log(exp(a) + exp(b))", "logaddexp(a, b)"),
    ("exp(a) - 1", "expm1(a)"),
    ("1 - exp(a)", "-expm1(a)"),
    ("log(1 + a)", "log1p(a)"),
    ("log(1 - a)", "log1p(-a)"),
    ("1 - cos(a)", "2*sin(a/2)**2"),
    ("1 - tanh(a)", "2*sigmoid(-2*a)"),
    ("1 - erf(a)", "erfc(a)"),
    ("sin(a)/a", "sinc(a)"),
    ("sqrt(a**2 + b**2)", "hypot(a, b)"),
    ("sqrt(a*a + b*b)", "hypot(a, b)"),
    ("sqrt(a**2 + b**2 + c**2)", "hypot(hypot(a, b), c)"),
    ("sqrt(a) - sqrt(b)", "tidy(a - b)/(sqrt(a) + sqrt(b))"),
    ("sqrt(a) - b", "tidy(a - b**2)/(sqrt(a) + b)"),
    ("a - sqrt(b)", "tidy(a**2 - b)/(a + sqrt(b))"),
    ("a**2 - b**2", "(a - b)*(a + b)"),
    ("1/a - 1/b", "tidy(b - a)/(a*b)"),
)
TIDY = "tidy"  # in a rule: expanded by SymPy, so that x**2 + 1 - x**2 is 1
MAX_ROUNDS = 3
MIN_IMPROVEMENT = 100.0  # times smaller than before is an error that has come down


@dataclass(frozen=True, slots=True)
class Repair:
    """A formula equal to the original, autograd's error before and after, and how it is written in PyTorch."""

    tree: Tree
    before: float
    after: float

    @property
    def text(self) -> str:
        return unparse(self.tree)

    @property
    def pytorch(self) -> str:
        return unparse(_torch_names(self.tree))


def find_repair(problem: Problem, reference: Reference, entry: Entry) -> Repair | None:
    """The best verified repair of one output at one point, or None."""
    tree = problem.formula.outputs[entry[0]]
    first = best = _error(problem, tree, reference, entry)
    chosen = None
    for _ in range(MAX_ROUNDS):
        trials = [(_error(problem, trial, reference, entry), trial) for trial in set(_rewrite(tree))]
        sound = [(e, unparse(t), t) for e, t in trials if e < best / MIN_IMPROVEMENT and _equal(problem, t, entry)]
        if not sound:
            break
        best, _, tree = min(sound, key=lambda item: (item[0], len(item[1])))
        chosen = Repair(tree, first, best)
    return chosen


def _error(problem: Problem, tree: Tree, reference: Reference, entry: Entry) -> float:
    """Autograd's absolute error for a formula; infinite where it is NaN or cannot be run."""
    _, p, k = entry
    try:
        program = flatten(Formula("", (tree,)), problem.program.variables)
        points = FloatPoints(program.variables, problem.floats[:, [k]])
        trial = replace(problem.asking(program=program, partials=(problem.partials[p],)), points=points)
        values = autograd.estimate(trial).values
    except (DerivError, RuntimeError):
        return math.inf
    error = math.nan if values is None else abs(float(values[0, 0, 0]) - float(reference.values[entry]))
    return math.inf if math.isnan(error) else error


def _equal(problem: Problem, tree: Tree, entry: Entry) -> bool:
    """Whether 200 bits of ball arithmetic see no difference, at the point and at four beside it."""
    original = flatten(Formula("", (problem.formula.outputs[entry[0]],)), problem.program.variables)
    trial = flatten(Formula("", (tree,)), problem.program.variables)
    for shift in (0, 1, -1, 5, -7):
        with balls.precision(2048):
            point: Sequence[Coordinate] = problem.points.points[entry[2]]
            inputs = [x * (1 + balls.BALLS.number(Fraction(shift, 64))) for x in balls.coordinates(point)]
            [a], [b] = balls.values(original, inputs), balls.values(trial, inputs)
            if a.is_finite() and not (b.is_finite() and abs(a - b) <= abs(a) * 2**-200):
                return False
    return True


def _rewrite(tree: Tree) -> Iterator[Tree]:
    """The tree with one rule applied everywhere, or with one `where` made safe."""
    for pattern, result in _rules():
        matches = {
            id(node): binding for node in postorder(tree) if (binding := match_pattern(pattern, node)) is not None
        }
        if matches:
            yield replace_node(tree, {key: _tidy(fill(result, binding)) for key, binding in matches.items()})
    for node in postorder(tree):
        if isinstance(node, Call) and node.function == "where":
            yield from (replace_node(tree, {id(node): safe}) for safe in _double_where(node))


@cache
def _rules() -> tuple[tuple[Tree, Tree], ...]:
    """The rules as trees; `tidy` is written as an unknown factor and put in afterwards."""
    trees = []
    for pattern, result in RULES:
        text = result.replace(f"{TIDY}(", "abs(")
        trees.append((parse(pattern).outputs[0], _rename(parse(text).outputs[0], TIDY if text != result else "abs")))
    return tuple(trees)


def _rename(tree: Tree, name: str) -> Tree:
    return map_nodes(tree, lambda node: replace(node, function=name) if node.function == "abs" else node)


def _tidy(tree: Tree) -> Tree:
    return map_nodes(tree, lambda node: multiply_out(node.args[0]) if node.function == TIDY else node)


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


def _torch_names(tree: Tree) -> Tree:
    """The tree with the functions under PyTorch's names."""

    def named(node: Call) -> Call:
        entry = FUNCTIONS[node.function].torch
        if node.function in INFIX or node.function in PREFIX or not isinstance(entry, str):
            return node
        attribute = entry.replace(".", "").isidentifier()
        return replace(node, function=f"torch.{entry}") if attribute else node

    return map_nodes(tree, named)
