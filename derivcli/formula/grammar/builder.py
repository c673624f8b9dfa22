"""Rules of the grammar → nodes of the tree: one method a rule, called by Lark as it reduces.

Every name is resolved to its row, missing arguments get their defaults, and conditions are kept apart from numbers.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from lark import Token, Transformer, v_args

from derivcli.errors import ParseError, Span
from derivcli.formula import names
from derivcli.formula.forms import FORMS
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar.literals import literal, superscript
from derivcli.formula.grammar.misreadings import refuse_inverse
from derivcli.formula.grammar.span import span
from derivcli.formula.tree import FAMILY, Call, Number, Tree, Variable, member

ROOTS = {"√": ("sqrt",), "∛": ("cbrt",), "³√": ("cbrt",), "∜": ("root", 4), "⁴√": ("root", 4)}
COMPARISONS = {"<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge", "==": "eq", "!=": "ne", "≠": "ne"}
CONDITIONS = {row.name for row in FUNCTIONS.values() if row.condition}
OF_CONDITIONS = {row.name: row.conditions for row in FUNCTIONS.values() if row.conditions}


class Keyword(NamedTuple):
    """A named argument, `lower=0`."""

    name: Token
    value: Tree


def is_condition(node: Any) -> bool:
    return isinstance(node, Call) and node.function in CONDITIONS


def call(row: str, args: tuple[Tree, ...], where: Span) -> Call:
    """A node, with conditions where the row wants conditions and numbers elsewhere."""
    conditions = OF_CONDITIONS.get(row, 0)
    if not conditions and not any(map(is_condition, args)):
        return Call(row, args, where)
    for i, arg in enumerate(args):
        wanted = i < conditions
        if wanted and not is_condition(arg):
            raise ParseError("a condition is needed here", span=arg.span, hint="such as x > 0")
        if not wanted and is_condition(arg):
            hint = "turn it into one: where(x > 0, 1, 0)"
            raise ParseError("a condition is not a number", span=arg.span, hint=hint)
    return Call(row, args, where)


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

    def keyword(self, name: Token, value: Tree) -> Keyword:
        return Keyword(name, value)

    def call(self, name: Token, _left: Token, *rest: Any) -> Tree:
        *args, right = rest
        return _resolve_call(name, [arg for arg in args if arg is not None], span(name, right))

    def method(self, owner: Tree, name: Token, _left: Token, *rest: Any) -> Tree:
        """`x.clamp(0, 1)` is `clamp(x, 0, 1)`."""
        *args, right = rest
        where = (owner.span[0], span(right)[1])
        return _resolve_call(name.update(value=name[1:]), [owner, *(arg for arg in args if arg is not None)], where)

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


def _resolve_call(name: Token, args: list[Any], where: Span) -> Tree:
    if (base := names.logarithm_base(str(name))) and len(args) == 1:
        name, args = name.update(value="log"), [*args, Number(Fraction(base), span(name))]
    last = names.bare(str(name)) or ""
    row = names.row_name(str(name), len(args))
    if last in FORMS and not (row and len(args) == FUNCTIONS[row].arity and _are_trees(args)):
        return replace(FORMS[last](args, where), span=where)
    for arg in args:
        if isinstance(arg, (tuple, list)) and not isinstance(arg, Keyword):
            raise ParseError(f"'{name}' takes no lists", span=where)
    # a name that has no row is a definition's (`formula.definitions`)
    return call(row, _bind_arguments(row, name, args, where), where) if row else call(str(name), tuple(args), where)


def _are_trees(args: Iterable[Any]) -> bool:
    return all(isinstance(arg, Number | Variable | Call) for arg in args)


def _bind_arguments(row: str, name: Token, args: list[Any], where: Span) -> tuple[Tree, ...]:
    """The arguments in the order of the parameters, defaults filled in."""
    signature = names.signature(row)
    positional = [arg for arg in args if not isinstance(arg, Keyword)]
    named = {str(arg.name): arg for arg in args if isinstance(arg, Keyword)}
    for key, arg in named.items():
        if key not in list(signature)[len(positional) :]:
            hint = f"its arguments are {FUNCTIONS[row].parameters}"
            raise ParseError(f"'{name}' has no argument '{key}' here", span=span(arg.name), hint=hint)
    given = dict(zip(signature, positional, strict=False)) | {key: arg.value for key, arg in named.items()}
    bound = [given.get(key, default) for key, default in signature.items()]
    if len(positional) > len(signature) or None in bound:
        required = sum(default is None for default in signature.values())
        counts = sorted({*names.arities(str(name)), *range(required, len(signature) + 1)})
        count = " or ".join(map(str, counts))
        plural = "argument" if count == "1" else "arguments"
        hint = f"{name}({FUNCTIONS[row].parameters})"
        raise ParseError(f"'{name}' takes {count} {plural}, not {len(args)}", span=where, hint=hint)
    return tuple(replace(arg, span=where) if arg.span == (0, 0) else arg for arg in bound if arg is not None)
