"""A formula as a tree of three kinds of node; every node knows where in the text it stands.

`unparse(tree)` writes it back, in Python's spelling, so that `parse(unparse(tree)) == tree`. Nothing here recurses:
a sum of 500,000 terms is a tree that deep.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Span = tuple[int, int]
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Number:
    """An exact literal: `0.1` is 1/10."""

    value: Fraction
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A row of the table of functions applied to arguments; operators and constants are rows too.

    `x[i]` is a call of the family `x[]` until the value of i is known.
    """

    function: str
    args: tuple["Tree", ...]
    span: Span = field(default=NOWHERE, compare=False)


Tree = Number | Variable | Call
Pieces = tuple["str | Pieces", ...]  # nested, so that the text of a deep tree is joined once, in linear time

ADD, MUL, NEG, POW, ATOM = 5, 6, 7, 8, 10
Infix = tuple[str, int, int, int]
Prefix = tuple[str, int]
INFIX: dict[str, Infix] = {
    # row: (spelling, its own precedence, least precedence of the left and of the right operand)
    "or": (" or ", 1, 1, 2),
    "and": (" and ", 2, 2, 3),
    "lt": (" < ", 4, 5, 5),
    "le": (" <= ", 4, 5, 5),
    "gt": (" > ", 4, 5, 5),
    "ge": (" >= ", 4, 5, 5),
    "eq": (" == ", 4, 5, 5),
    "ne": (" != ", 4, 5, 5),
    "add": (" + ", ADD, ADD, MUL),
    "sub": (" - ", ADD, ADD, MUL),
    "mul": ("*", MUL, MUL, NEG),
    "div": ("/", MUL, MUL, NEG),
    "pow": ("**", POW, ATOM, NEG),
}
FAMILY = "[]"  # after a name: variables that are told apart by an index
PREFIX: dict[str, Prefix] = {"not": ("not ", 3), "neg": ("-", NEG)}


def postorder(tree: Tree) -> Iterator[Tree]:
    """Every node, arguments before the call that takes them, left to right: calls first, right to left, backwards."""
    backwards: list[Tree] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        backwards.append(node)
        if isinstance(node, Call):
            stack.extend(node.args)
    return reversed(backwards)


def count_nodes(tree: Tree) -> int:
    """How many nodes a tree has."""
    return sum(1 for _ in postorder(tree))


def member(family: str, index: int) -> str:
    """The name of `x[3]`: x3, but x1_3 for `x1[3]`, since x13 is `x[13]`."""
    return f"{family}{'_' * family[-1].isdigit()}{index}"


def variables(*trees: Tree) -> tuple[str, ...]:
    """The names of the variables, in the order in which they first appear; `x[]` where the index is unknown."""
    return tuple(dict.fromkeys(name for tree in trees for node in postorder(tree) if (name := _variable_name(node))))


def _variable_name(node: Tree) -> str:
    if isinstance(node, Variable):
        return node.name
    return node.function if isinstance(node, Call) and node.function.endswith(FAMILY) else ""


def unparse(tree: Tree, infix: Mapping[str, Infix] = INFIX, prefix: Mapping[str, Prefix] = PREFIX) -> str:
    """The formula in Python's spelling, or with other operators. A quotient in a product is bracketed: `1/2x` reads
    `(1/2)*x`."""
    done: list[tuple[Pieces, int]] = []  # (pieces, precedence) of each finished node
    for node in postorder(tree):
        match node:
            case Number(value):
                done.append(((_literal(value),), MUL if _places(value.denominator) is None else ATOM))
            case Variable(name):
                done.append(((name,), ATOM))
            case Call(_, args):
                first = len(done) - len(args)
                parts = done[first:]
                del done[first:]
                done.append(_write_call(node, parts, infix, prefix))
    return "".join(_flatten(done[0][0]))


def _flatten(pieces: Pieces) -> Iterator[str]:
    stack: list[Pieces | str] = [pieces]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            yield piece
        else:
            stack.extend(reversed(piece))


def _write_call(
    node: Call, parts: list[tuple[Pieces, int]], infix: Mapping[str, Infix], prefix: Mapping[str, Prefix]
) -> tuple[Pieces, int]:
    function = node.function
    if function in infix:
        sign, own, left, right = infix[function]
        if function == "mul" and isinstance(node.args[0], Call) and node.args[0].function == "div":
            left = NEG
        return (_bracket(parts[0], left), sign, _bracket(parts[1], right)), own
    if function in prefix:
        sign, own = prefix[function]
        return (sign, _bracket(parts[0], own)), own
    if function.endswith(FAMILY):
        return (function[:-1], parts[0][0], "]"), ATOM
    if not parts:
        return (function,), ATOM
    inner = [piece for part, _ in parts for piece in (part, ", ")][:-1]
    return (function, "(", *inner, ")"), ATOM


def _bracket(part: tuple[Pieces, int], least: int) -> Pieces:
    pieces, precedence = part
    return pieces if precedence >= least else ("(", pieces, ")")


def _places(denominator: int) -> int | None:
    """How many decimal places 1/denominator needs; None where it does not terminate."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _literal(value: Fraction) -> str:
    """The number exactly: an integer, a terminating decimal, or a quotient."""
    places = _places(value.denominator)
    if places is None:
        return f"{value.numerator}/{value.denominator}"
    digits = str(value.numerator * 10**places // value.denominator)
    if places == 0:
        zeros = len(digits) - len(digits.rstrip("0"))
        return digits if zeros < 7 else f"{digits[:-zeros]}e{zeros}"
    if places - len(digits) > 5:
        return f"{digits}e-{places}"
    return f"{digits[:-places] or '0'}.{digits[-places:].rjust(places, '0')}"
