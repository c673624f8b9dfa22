"""Trees → other trees: matching a pattern, filling it in, changing or replacing nodes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from derivcli.formula.tree import Call, Number, Tree, Variable, postorder

COMMUTE = {"add", "mul"}

Binding = dict[str, Tree]


def match_pattern(pattern: Tree, node: Tree) -> Binding | None:
    """What the letters of a pattern stand for in a node, or None. Patterns are small: this recurses."""
    match pattern:
        case Variable(name):
            return {name: node}
        case Number(value):
            return {} if isinstance(node, Number) and node.value == value else None
        case Call(function, args) if isinstance(node, Call) and node.function == function:
            orders = (node.args, node.args[::-1]) if function in COMMUTE else (node.args,)
            return next((found for order in orders if (found := _match_all(args, order)) is not None), None)
    return None


def _match_all(patterns: Sequence[Tree], nodes: Sequence[Tree]) -> Binding | None:
    bound: Binding = {}
    for pattern, node in zip(patterns, nodes, strict=True):
        found = match_pattern(pattern, node)
        if found is None or any(bound.get(name, tree) != tree for name, tree in found.items()):
            return None
        bound |= found
    return bound


def fill(result: Tree, binding: Binding) -> Tree:
    """A pattern with its letters replaced."""
    return replace_node(result, {id(n): binding[n.name] for n in postorder(result) if isinstance(n, Variable)})


def substitute(tree: Tree, name: str, by: Tree) -> Tree:
    """A tree with a variable replaced."""
    return replace_node(tree, {id(node): by for node in postorder(tree) if node == Variable(name)})


def replace_node(tree: Tree, by: Mapping[int, Tree]) -> Tree:
    """A tree with some of its nodes, told by identity, replaced."""
    return rebuild(tree, lambda old, new: by.get(id(old), new))


def map_nodes(tree: Tree, change: Callable[[Call], Tree]) -> Tree:
    """A tree with every call changed, from the leaves up."""
    return rebuild(tree, lambda _, new: change(new) if isinstance(new, Call) else new)


def rebuild(tree: Tree, node_for: Callable[[Tree, Tree], Tree]) -> Tree:
    """A tree made anew: `node_for(old, new)` takes a node as it was and with its new arguments."""
    done: list[Tree] = []
    for node in postorder(tree):
        new = node
        if isinstance(node, Call):
            first = len(done) - len(node.args)
            new = replace(node, args=tuple(done[first:]))
            del done[first:]
        done.append(node_for(node, new))
    return done[0]
