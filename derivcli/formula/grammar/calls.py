"""Calls as they are written → nodes: the row that a name means, and its arguments in order.

Conditions stand where the row wants conditions, and numbers elsewhere.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from lark import Token

from derivcli.errors import ParseError, Span
from derivcli.formula import names
from derivcli.formula.forms import FORMS
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar.literals import span
from derivcli.formula.grammar.spellings import written_with_rows
from derivcli.formula.tree import Call, Number, Tree, Variable

CONDITIONS = {row.name for row in FUNCTIONS.values() if row.condition}
OF_CONDITIONS = {row.name: row.conditions for row in FUNCTIONS.values() if row.conditions}


class Keyword(NamedTuple):
    """A named argument, `lower=0` or `approximate='tanh'`."""

    name: Token
    value: Tree | Token


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


def resolve_call(name: Token, args: list[Any], where: Span) -> Tree:
    if (base := names.logarithm_base(str(name))) and len(args) == 1:
        name, args = name.update(value="log"), [*args, Number(Fraction(base), span(name))]
    if (spelt := _spelt(name, args, where)) is not None:
        return replace(_checked(spelt, args), span=where)
    for arg in args:
        if isinstance(arg, Keyword) and isinstance(arg.value, Token):
            raise ParseError("a word is not a number", span=span(arg.value), hint=f"{arg.name} takes a number")
    last = names.bare(str(name)) or ""
    row = names.row_name(str(name), len(args))
    if last in FORMS and not (row and len(args) == FUNCTIONS[row].arity and _are_trees(args)):
        return replace(_checked(FORMS[last](args, where), args), span=where)
    for arg in args:
        if isinstance(arg, (tuple, list)) and not isinstance(arg, Keyword):
            raise ParseError(f"'{name}' takes no lists", span=where)
    if not row and (others := names.other_signatures(str(name))):
        raise ParseError(f"'{name}' does not take these arguments", span=where, hint=" or ".join(others))
    # a name that has no row is a definition's (`formula.definitions`)
    return call(row, _bind_arguments(row, name, args, where), where) if row else call(str(name), tuple(args), where)


def _checked(tree: Tree, args: list[Any]) -> Tree:
    """What a form has made of its arguments. Raises ParseError for a condition as a number, or vice versa."""
    given = {id(each) for arg in args for each in (arg if isinstance(arg, list | tuple) else [arg])}
    made = [tree]
    while made:
        node = made.pop()
        if isinstance(node, Call) and id(node) not in given:
            call(node.function, node.args, node.span)
            made.extend(node.args)
    return tree


def _spelt(name: Token, args: list[Any], where: Span) -> Tree | None:
    """The call as one of the spellings of other libraries, if it is theirs alone or no row takes these arguments."""
    positional = [arg for arg in args if not isinstance(arg, Keyword)]
    named = {str(arg.name): arg.value for arg in args if isinstance(arg, Keyword)}
    if not _are_trees(positional):
        return None
    row = names.row_name(str(name), len(args))
    taken = row and not named.keys() - names.signature(row).keys() and _fits(row, len(args))
    if not (taken and names.in_module(str(name)) in names.aliases()):
        of_module = written_with_rows(names.in_module(str(name)), positional, named, where)
        if of_module is not None or taken:
            return of_module
    return None if taken else written_with_rows((names.bare(str(name)) or "").lower(), positional, named, where)


def _fits(row: str, count: int) -> bool:
    required = sum(default is None for default in names.signature(row).values())
    return required <= count <= len(names.signature(row))


def _are_trees(args: Iterable[Any]) -> bool:
    return all(isinstance(arg, Number | Variable | Call) for arg in args)


def _bind_arguments(row: str, name: Token, args: list[Any], where: Span) -> tuple[Tree, ...]:
    """The arguments in the order of the parameters, defaults filled in."""
    signature = names.signature(row)
    positional = [arg for arg in args if not isinstance(arg, Keyword)]
    named = {str(arg.name): arg for arg in args if isinstance(arg, Keyword)}
    for key, arg in named.items():
        if key not in list(signature)[len(positional) :]:
            others = names.other_signatures(str(name))
            own = FUNCTIONS[row].parameters
            hint = " or ".join([f"{name}({own})", *others]) if others else f"its arguments are {own}"
            raise ParseError(f"'{name}' has no argument '{key}' here", span=span(arg.name), hint=hint)
    given = dict(zip(signature, positional, strict=False)) | {
        key: arg.value for key, arg in named.items() if not isinstance(arg.value, Token)
    }
    bound = [given.get(key, default) for key, default in signature.items()]
    if len(positional) > len(signature) or None in bound:
        required = sum(default is None for default in signature.values())
        counts = sorted({*names.arities(str(name)), *range(required, len(signature) + 1)})
        count = " or ".join(map(str, counts))
        plural = "argument" if count == "1" else "arguments"
        hint = f"{name}({FUNCTIONS[row].parameters})"
        raise ParseError(f"'{name}' takes {count} {plural}, not {len(args)}", span=where, hint=hint)
    return tuple(replace(arg, span=where) if arg.span == (0, 0) else arg for arg in bound if arg is not None)
