"""Rules of the grammar → nodes of the tree: one method a rule, called by Lark as it reduces.

Every name is resolved to its row, missing arguments get their defaults, and conditions are kept apart from numbers.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from lark import Token, Transformer, v_args

from derivcli.errors import ParseError
from derivcli.formula import names
from derivcli.formula.grammar.calls import Keyword, call, is_condition, resolve_call
from derivcli.formula.grammar.literals import literal, span, superscript
from derivcli.formula.grammar.misreadings import refuse_inverse
from derivcli.formula.tree import FAMILY, Call, Number, Tree, Variable, member

ROOTS = {"√": ("sqrt",), "∛": ("cbrt",), "³√": ("cbrt",), "∜": ("root", 4), "⁴√": ("root", 4)}
COMPARISONS = {"<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge", "==": "eq", "!=": "ne", "≠": "ne"}


@v_args(inline=True)
class Builder(Transformer[Token, Any]):
    """Each method takes the children of its rule and returns a node."""

    def start(self, *outputs: Tree) -> tuple[Tree, ...]:
        for tree in outputs:
            if is_condition(tree):
                raise ParseError("a condition has no derivative", span=tree.span, hint="use where(x > 0, a, b)")
        return outputs

    def number(self, token: Token) -> Tree:
        return literal(token)

    def name(self, token: Token) -> Tree:
        return Variable(str(token), span(token))

    def indexed(self, name: Token, _left: Token, index: Tree, right: Token) -> Tree:
        """`x[3]` is the variable x3; `x[i]` waits for the value of i (`formula.definitions`)."""
        family = call(f"{name}{FAMILY}", (index,), span(name, right))
        if isinstance(index, Number) and index.value.denominator == 1:
            return Variable(member(str(name), int(index.value)), family.span)
        return family

    def constant(self, token: Token) -> Tree:
        return Call(names.constant_row(str(token)) or "", (), span(token))

    def brackets(self, left: Token, inner: Tree, right: Token) -> Tree:
        return replace(inner, span=span(left, right))

    def bars(self, left: Token, inner: Tree, right: Token) -> Tree:
        return call("abs", (inner,), span(left, right))

    def root(self, sign: Token, inner: Tree) -> Tree:
        where = (span(sign)[0], inner.span[1])
        row, *degree = ROOTS[str(sign)]
        return call(row, (inner, *(Number(Fraction(n), where) for n in degree)), where)

    def neg(self, sign: Token, inner: Tree) -> Tree:
        return call("neg", (inner,), (span(sign)[0], inner.span[1]))

    def logic_not(self, sign: Token, inner: Tree) -> Tree:
        return call("not", (inner,), (span(sign)[0], inner.span[1]))

    def sub(self, left: Tree, _sign: Token, right: Tree) -> Tree:
        return _infix("sub", left, right)

    def add(self, left: Tree, right: Tree) -> Tree:
        return _infix("add", left, right)

    def mul(self, left: Tree, right: Tree) -> Tree:
        """A product; a condition counts as 1 or 0 in it, as in `x*(x > 0)`."""
        return _infix("mul", _count(left), _count(right))

    def div(self, left: Tree, right: Tree) -> Tree:
        return _infix("div", left, right)

    def mod(self, left: Tree, right: Tree) -> Tree:
        return _infix("mod", left, right)

    def pow(self, left: Tree, right: Tree) -> Tree:
        return _infix("pow", left, right)

    def logic_and(self, left: Tree, right: Tree) -> Tree:
        return _infix("and", left, right)

    def logic_or(self, left: Tree, right: Tree) -> Tree:
        return _infix("or", left, right)

    def chain(self, first: Tree, *rest: Any) -> Tree:
        """`a < b <= c` is `a < b and b <= c`."""
        operands, signs = (first, *rest[1::2]), rest[::2]
        links = [_infix(COMPARISONS[str(sign)], operands[i], operands[i + 1]) for i, sign in enumerate(signs)]
        condition = links[0]
        for link in links[1:]:
            condition = _infix("and", condition, link)
        return condition

    def conditional(self, value: Tree, condition: Tree, other: Tree) -> Tree:
        return call("where", (condition, value, other), (value.span[0], other.span[1]))

    def ternary(self, condition: Tree, value: Tree, other: Tree) -> Tree:
        return call("where", (condition, value, other), (condition.span[0], other.span[1]))

    def degrees(self, inner: Tree, sign: Token) -> Tree:
        return call("radians", (inner,), (inner.span[0], span(sign)[1]))

    def factorial(self, inner: Tree) -> Tree:
        return call("factorial", (inner,), (inner.span[0], inner.span[1] + 1))

    def superscript(self, inner: Tree, token: Token) -> Tree:
        return call("pow", (inner, superscript(token)), (inner.span[0], span(token)[1]))

    def pair(self, left: Token, first: Tree, second: Tree, right: Token) -> tuple[Tree, Tree]:
        return first, second

    def list(self, *items: Tree) -> list[Tree]:
        return [item for item in items if item is not None]

    def keyword(self, name: Token, value: Tree | Token) -> Keyword:
        return Keyword(name, value)

    def call(self, name: Token, _left: Token, *rest: Any) -> Tree:
        *args, right = rest
        return resolve_call(name, [arg for arg in args if arg is not None], span(name, right))

    def method(self, owner: Tree, name: Token, _left: Token, *rest: Any) -> Tree:
        """`x.clamp(0, 1)` is `clamp(x, 0, 1)`."""
        *args, right = rest
        where = (owner.span[0], span(right)[1])
        return resolve_call(name.update(value=name[1:]), [owner, *(arg for arg in args if arg is not None)], where)

    def powered_call(self, name: Token, exponent: Tree, left: Token, *rest: Any) -> Tree:
        if isinstance(exponent, Call) and exponent.function == "neg":
            refuse_inverse(name)
        inner = self.call(name, left, *rest)
        return call("pow", (inner, exponent), inner.span)

    def superscript_call(self, name: Token, exponent: Token, left: Token, *rest: Any) -> Tree:
        inner = self.call(name, left, *rest)
        return call("pow", (inner, superscript(exponent)), inner.span)


def _infix(row: str, left: Tree, right: Tree) -> Call:
    return call(row, (left, right), (left.span[0], right.span[1]))


def _count(node: Tree) -> Tree:
    """A condition as 1 or 0, anything else as it is."""
    if not is_condition(node):
        return node
    return call("where", (node, Number(Fraction(1), node.span), Number(Fraction(0), node.span)), node.span)
