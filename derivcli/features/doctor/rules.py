"""Identities as data: pattern → an equal text of the language; letters stand for any subexpression.

Sources: Kahan's and Higham's classics and the rule base of Herbie, Panchekha et al. 2015,
https://doi.org/10.1145/2737924.2737959; PyTorch's own stable functions.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from derivcli.backends.from_sympy import multiply_out
from derivcli.errors import DerivError
from derivcli.formula.parser import parse
from derivcli.formula.rewriting import fill, map_nodes, match_pattern, replace_node
from derivcli.formula.tree import Tree, postorder

RULES = (
    # logistic function, logarithms of sums of exponentials
    ("log(1/(1 + exp(-a)))", "logsigmoid(a)"),
    ("log(sigmoid(a))", "logsigmoid(a)"),
    ("-log(1 + exp(-a))", "logsigmoid(a)"),
    ("1/(1 + exp(-a))", "sigmoid(a)"),
    ("exp(a)/(1 + exp(a))", "sigmoid(a)"),
    ("exp(a)/(exp(a) + exp(b))", "sigmoid(a - b)"),
    ("1 - sigmoid(a)", "sigmoid(-a)"),
    ("log(1 + exp(a))", "softplus(a)"),
    ("max(a, 0) - a + log(1 + exp(-abs(a)))", "softplus(-a)"),
    ("log(exp(a) + exp(b) + exp(c))", "logaddexp(logaddexp(a, b), c)"),
    ("log(exp(a) + exp(b))", "logaddexp(a, b)"),
    ("log(exp(a)/(exp(a) + exp(b)))", "a - logaddexp(a, b)"),
    ("log(1 - tanh(a)**2)", "2*(log(2) - a - softplus(-2*a))"),
    ("1 - tanh(a)", "2*sigmoid(-2*a)"),
    # exponentials and logarithms
    ("exp(a) - 1", "expm1(a)"),
    ("1 - exp(a)", "-expm1(a)"),
    ("exp(a)/(exp(a) - 1)", "1 + 1/expm1(a)"),
    ("(exp(2*a) - 1)/(exp(a) - 1)", "exp(a) + 1"),
    ("exp(a) - exp(-a)", "2*sinh(a)"),
    ("exp(0 - a) - exp(a)", "-2*sinh(a)"),
    ("exp(a) - exp(b)", "exp(b)*expm1(a - b)"),
    ("exp(a) - 2 + exp(-a)", "4*sinh(a/2)**2"),
    ("log(1 + a)", "log1p(a)"),
    ("log(1 - a)", "log1p(-a)"),
    ("log(a + b) - log(a)", "log1p(b/a)"),
    ("log(a + b) - log(b)", "log1p(a/b)"),
    ("log((1 - a)/(1 + a))", "-2*atanh(a)"),
    ("log((1 + a)/(1 - a))", "2*atanh(a)"),
    ("log(a + sqrt(a**2 + 1))", "asinh(a)"),
    ("log(a + sqrt(a*a + 1))", "asinh(a)"),
    ("(a + b)**c - a**c", "a**c*expm1(c*log1p(b/a))"),
    ("(a + b)**c - b**c", "b**c*expm1(c*log1p(a/b))"),
    # trigonometry
    ("1 - cos(a)", "2*sin(a/2)**2"),
    ("(1 - cos(a))/sin(a)", "tan(a/2)"),
    ("sin(a + b) - sin(a)", "2*cos(a + b/2)*sin(b/2)"),
    ("cos(a + b) - cos(a)", "-2*sin(a + b/2)*sin(b/2)"),
    ("tan(a + b) - tan(a)", "sin(b)/(cos(a)*cos(a + b))"),
    ("sin(a) - sin(b)", "2*cos((a + b)/2)*sin((a - b)/2)"),
    ("cos(a) - cos(b)", "-2*sin((a + b)/2)*sin((a - b)/2)"),
    ("atan(a) - atan(b)", "atan2(tidy(a - b), 1 + a*b)"),
    # the normal distribution, Bessel functions
    ("1 - erf(a)", "erfc(a)"),
    ("log(ndtr(a))", "log_ndtr(a)"),
    ("1/2 + erf(a/sqrt(2))/2", "ndtr(a)"),
    ("log(i0(a))", "abs(a) + log(i0e(a))"),
    ("log(b*i0(a))", "abs(a) + log(b*i0e(a))"),
    ("exp(b)/i0(a)", "exp(b - abs(a))/i0e(a)"),
    # roots
    ("sqrt(a)**2", "a"),
    ("sqrt(a**2)", "abs(a)"),
    ("sqrt(a**2 + b**2 - 2*a*b)", "abs(a - b)"),
    ("sqrt(a**2 - 2*a*b + b**2)", "abs(a - b)"),
    ("sqrt(a**2 + b**2)", "hypot(a, b)"),
    ("sqrt(a*a + b*b)", "hypot(a, b)"),
    ("sqrt(a**2 + b**2 + c**2)", "hypot(hypot(a, b), c)"),
    ("sqrt(a) - sqrt(b)", "tidy(a - b)/(sqrt(a) + sqrt(b))"),
    ("1/sqrt(a) - 1/sqrt(b)", "tidy(b - a)/(sqrt(a)*sqrt(b)*(sqrt(a) + sqrt(b)))"),
    ("sqrt(a) - b", "tidy(a - b**2)/(sqrt(a) + b)"),
    ("a - sqrt(b)", "tidy(a**2 - b)/(a + sqrt(b))"),
    ("-a + sqrt(b)", "tidy(b - a**2)/(sqrt(b) + a)"),
    ("-a - sqrt(b)", "tidy(a**2 - b)/(sqrt(b) - a)"),
    # polynomials and quotients
    ("a**2 - b**2", "(a - b)*(a + b)"),
    ("a*a - b*b", "(a - b)*(a + b)"),
    ("1/a - 1/b", "tidy(b - a)/(a*b)"),
)
TIDY = "tidy"  # in a rule: expanded by SymPy, so that x**2 + 1 - x**2 is 1


def apply_rules(tree: Tree) -> Iterator[Tree]:
    """The tree with one rule applied wherever it fits."""
    for pattern, result in _rules():
        matches = {
            id(node): binding for node in postorder(tree) if (binding := match_pattern(pattern, node)) is not None
        }
        try:
            filled = {key: _tidy(fill(result, binding)) for key, binding in matches.items()}
        except DerivError:  # SymPy's answer has no row
            continue
        if filled:
            yield replace_node(tree, filled)


@cache
def _rules() -> tuple[tuple[Tree, Tree], ...]:
    """The rules as trees; `tidy` is written as a row of one argument and put in afterwards."""
    return tuple((parse(pattern).outputs[0], _rename(parse(_stand_in(text)).outputs[0])) for pattern, text in RULES)


def _stand_in(text: str) -> str:
    return text.replace(f"{TIDY}(", "detach(")


def _rename(tree: Tree) -> Tree:
    return map_nodes(tree, lambda node: replace(node, function=TIDY) if node.function == "detach" else node)


def _tidy(tree: Tree) -> Tree:
    return map_nodes(tree, lambda node: multiply_out(node.args[0]) if node.function == TIDY else node)
