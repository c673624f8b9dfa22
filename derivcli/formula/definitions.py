"""Definitions, sums and products → a formula without them.

    --let "a = 2"   --let "g(t) = t^2 + 1"   --derivative "g(t) = 2*t"   sum(i^2, i, 1, n)   prod(x - i, i, 0, 3)
    sum((x[i+1] - x[i])^2, i, 1, 999)

A defined name is replaced by what it stands for; a sum is written out, its bounds being integers, and then x[3] is x3.
A function whose author claims a derivative becomes `claimed(value, argument, claim)`, which only PyTorch takes at its
word.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derivcli.errors import LimitError, ParseError, RequestError, Span
from derivcli.formula import names
from derivcli.formula.constants import exact_value
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import Formula, parse
from derivcli.formula.rewriting import map_nodes, rebuild, substitute
from derivcli.formula.tree import (
    FAMILY,
    Call,
    Number,
    Tree,
    Variable,
    count_nodes,
    member,
    postorder,
    unparse,
    variables,
)

MAX_NODES = 1_000_000  # of a formula that is written out
REPEATED = {"sum": "add", "prod": "mul"}
DEFINITION = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*(\((?P<parameters>[\w\s,]*)\))?\s*=(?!=)\s*(?P<body>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Definition:
    """A name with its parameters and what it stands for."""

    name: str
    parameters: tuple[str, ...]
    body: Tree
    claim: Tree | None = None  # the derivative by its only parameter, as its author states it


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything that was defined, each body free of the others."""

    by_name: Mapping[str, Definition] = field(default_factory=dict)

    @property
    def functions(self) -> frozenset[str]:
        return frozenset(name for name, each in self.by_name.items() if each.parameters)


def parse_definitions(lets: Sequence[str], claims: Sequence[str] = ()) -> Definitions:
    """`--let` and `--derivative` texts as definitions. Raises ParseError and RequestError."""
    found: dict[str, Definition] = {}
    for text in lets:
        name, parameters, body = _split(text)
        if name in found:
            raise RequestError(f"'{name}' is defined twice", hint="one --let for each name")
        if names.is_function(name) or (parameters and names.is_spelt(name)):
            raise RequestError(f"'{name}' is already a function", hint="choose another name")
        known = Definitions(found)
        tree = _parse_body(text, body, parameters, known, name)
        found[name] = Definition(name, parameters, expand_tree(tree, known, {}, frozenset(parameters)))
    for text in claims:
        name, parameters, body = _split(text)
        if name not in found or len(found[name].parameters) != 1 or len(parameters) != 1:
            hint = f'define it first: --let "{name}(t) = …"'
            raise RequestError(f"'{name}' is not a defined function of one argument", hint=hint)
        known = Definitions({key: value for key, value in found.items() if key != name})
        claim = expand_tree(_parse_body(text, body, parameters, known, name), known, {}, frozenset(parameters))
        claim = substitute(claim, parameters[0], Variable(found[name].parameters[0]))
        found[name] = replace(found[name], claim=claim)
    return Definitions(found)


def _split(text: str) -> tuple[str, tuple[str, ...], str]:
    match = DEFINITION.fullmatch(text)
    if not match or not match["body"].strip():
        raise RequestError("a definition is written name = value or name(t) = formula", hint='--let "g(t) = t^2 + 1"')
    parameters = tuple(re.findall(r"\w+", match["parameters"] or ""))
    return match["name"], parameters, match["body"]


def _parse_body(text: str, body: str, parameters: Sequence[str], known: Definitions, name: str) -> Tree:
    padded = " " * (len(text) - len(body)) + body
    formula = parse(padded, (*parameters, *known.by_name), known.functions | ({name} if parameters else set()))
    used = {node.function for node in postorder(formula.outputs[0]) if isinstance(node, Call)}
    if name in used or (name in formula.variables and name not in parameters):
        raise RequestError(f"'{name}' refers to itself", hint="a definition may use those before it")
    if len(formula.outputs) != 1:
        raise RequestError(f"'{name}' must be one formula")
    return formula.outputs[0]


def expand_formula(formula: Formula, definitions: Definitions, values: Mapping[str, Fraction]) -> Formula:
    """A formula with every definition, sum and product written out; `values` are those of names used as bounds."""
    try:
        written = [expand_tree(tree, definitions, values, frozenset()) for tree in formula.outputs]
        outputs = tuple(map_nodes(tree, lambda call: _indexed_variable(call, values)) for tree in written)
    except (ParseError, LimitError) as error:
        error.text = error.text or formula.text
        raise
    return replace(formula, outputs=outputs, read=formula.outputs)


def expand_tree(
    tree: Tree, definitions: Definitions, values: Mapping[str, Fraction], local: frozenset[str] = frozenset()
) -> Tree:
    """A tree with every definition, sum and product written out. `local` names hide definitions.

    Raises LimitError for more than MAX_NODES, before they are made.
    """
    room = Room(MAX_NODES)

    def node_for(old: Tree, new: Tree) -> Tree:
        if isinstance(new, Variable) and new.name not in local and new.name in definitions.by_name:
            return _value_of(definitions.by_name[new.name], new, room)
        if isinstance(new, Call) and new.function in REPEATED:
            return _write_out(new, values, room)
        if isinstance(new, Call) and new.function not in FUNCTIONS and not new.function.endswith(FAMILY):
            return _apply(definitions.by_name[new.function], new, room)
        return new

    return rebuild(tree, node_for)


@dataclass(slots=True)
class Room:
    """How many nodes may still be made."""

    left: int

    def take(self, nodes: int, where: Span) -> None:
        """Raise LimitError where there is no room for so many nodes."""
        self.left -= nodes
        if self.left < 0:
            hint = f"at most {MAX_NODES:,} numbers, variables and functions"
            raise LimitError("the formula is too large when it is written out", span=where, hint=hint)


def _value_of(definition: Definition, node: Variable, room: Room) -> Tree:
    if definition.parameters:
        hint = f"{definition.name}({', '.join(definition.parameters)})"
        raise ParseError(f"'{definition.name}' is a function and needs brackets", span=node.span, hint=hint)
    room.take(count_nodes(definition.body), node.span)
    return _instantiate(definition.body, {}, node.span)


def _apply(definition: Definition, node: Call, room: Room) -> Tree:
    if len(node.args) != len(definition.parameters):
        count = len(definition.parameters)
        hint = f"{definition.name}({', '.join(definition.parameters)})"
        message = f"'{definition.name}' takes {count} argument{'s' * (count != 1)}, not {len(node.args)}"
        raise ParseError(message, span=node.span, hint=hint)
    bound = dict(zip(definition.parameters, node.args, strict=True))
    sizes = {name: count_nodes(tree) for name, tree in bound.items()}
    for tree in filter(None, (definition.body, definition.claim)):
        named = (sizes.get(each.name, 1) if isinstance(each, Variable) else 1 for each in postorder(tree))
        room.take(sum(named), node.span)
    value = _instantiate(definition.body, bound, node.span)
    if definition.claim is None:
        return replace(value, span=node.span)
    return Call("claimed", (value, node.args[0], _instantiate(definition.claim, bound, node.span)), node.span)


def _instantiate(body: Tree, bound: Mapping[str, Tree], where: Span) -> Tree:
    """A body with all its parameters replaced at once; what comes from the body stands where the call stands."""

    def node_for(_: Tree, new: Tree) -> Tree:
        given = bound.get(new.name) if isinstance(new, Variable) else None
        return given or replace(new, span=where)

    return rebuild(body, node_for)


def _write_out(node: Call, values: Mapping[str, Fraction], room: Room) -> Tree:
    body, index, first, last = node.args
    assert isinstance(index, Variable)
    low, high = (_integer(bound, values, "bound") for bound in (first, last))
    room.take(max(high - low + 1, 0) * (count_nodes(body) + 1), node.span)
    neutral = Number(Fraction(0 if node.function == "sum" else 1), node.span)
    result: Tree = neutral
    for i in range(low, high + 1):
        term = substitute(body, index.name, _signed_number(Fraction(i)))
        result = term if result is neutral else Call(REPEATED[node.function], (result, term), node.span)
    return result


def _indexed_variable(call: Call, values: Mapping[str, Fraction]) -> Tree:
    """The variable x3 for x[3]; other calls as they are."""
    if not call.function.endswith(FAMILY):
        return call
    [index] = call.args
    i = _integer(replace(index, span=call.span), values, "index")
    if i < 0:
        raise ParseError(f"the index {i} is negative", span=call.span, hint="variables are x0, x1, x2, …")
    return Variable(member(call.function.removesuffix(FAMILY), i), call.span)


def _integer(tree: Tree, values: Mapping[str, Fraction], what: str) -> int:
    """A bound or an index as an integer. Raises ParseError for what is none."""
    known = {name: _signed_number(value) for name, value in values.items()}
    unknown = [name for name in variables(tree) if name not in known]
    if unknown:
        hint = f"give it a value: --at {unknown[0]}=10"
        raise ParseError(f"the {what} '{unparse(tree)}' is not a known integer", span=tree.span, hint=hint)
    value = exact_value(Formula("", (_instantiate(tree, known, tree.span),)))
    if not isinstance(value, Fraction) or value.denominator != 1:
        raise ParseError(f"the {what} '{unparse(tree)}' is not an integer", span=tree.span)
    return int(value)


def _signed_number(value: Fraction) -> Tree:
    return Call("neg", (Number(-value),)) if value < 0 else Number(value)


def bounds(formula: Formula) -> frozenset[str]:
    """The names that must be integers: those in the bounds of sums and products, and in indices."""
    calls = [n for tree in formula.outputs for n in postorder(tree) if isinstance(n, Call)]
    repeated = [call for call in calls if call.function in REPEATED]
    indices = {name for call in calls if call.function.endswith(FAMILY) for name in variables(*call.args)}
    counted = {name for call in repeated for name in variables(call.args[1])}
    return frozenset(name for call in repeated for name in variables(*call.args[2:])) | (indices - counted)
