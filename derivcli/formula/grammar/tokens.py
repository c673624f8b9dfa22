"""Tokens as the lexer sees them → tokens as they are meant.

A name before a bracket is a function (`sin(x)`) or a factor (`x(x+1)`); a bar opens or closes; `e` is a constant
unless it was given a value. What cannot be meant is refused here, where it stands: brackets that do not match, and
by `grammar.misreadings` the names that would make another formula of it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lark import Token

from derivcli.errors import ParseError
from derivcli.formula import names
from derivcli.formula.grammar.application import CLOSES, write_brackets
from derivcli.formula.grammar.literals import span
from derivcli.formula.grammar.misreadings import is_single, refuse_inverse, refuse_misread, refuse_number, split

MAX_BRACKETS = 1000  # brackets in brackets
CALLED = re.compile(r"(SUPERSCRIPT |_POW NUMBER )?OPEN\b")  # what follows the name of a function, and
POWERED = re.compile(r"_POW (NAME )?OPEN\b")  # what may follow one of textbooks: sin^n(x), sin^(2)(x)
CLOSING = {"(": ")", "[": "]", "|": "|"}
OPERAND_ENDS = {"NUMBER", "NAME", "CONSTANT", "CLOSE", "CLOSE_BAR", "BANG", "SUPERSCRIPT", "DEGREE", "RSQB"}


class Known(NamedTuple):
    """The names that are variables, whatever they mean elsewhere, and the functions beside those of the table."""

    variables: frozenset[str]
    functions: frozenset[str]


def classify(tokens: list[Token], declared: frozenset[str], functions: frozenset[str]) -> Iterator[Token]:
    """The same tokens with their final types. Raises ParseError."""
    known = Known(declared - functions, functions)
    named = [token for i in range(len(tokens)) for token in _read(i, tokens, known)]
    paired = list(_pair_brackets(named))
    return write_brackets(paired) if any(token.type == "BARE" for token in paired) else iter(paired)


def _read(i: int, tokens: list[Token], known: Known) -> Iterator[Token]:
    """The token or tokens that one is."""
    token = tokens[i]
    if token.type == "NAME":
        yield from _read_name(i, tokens, known)
        return
    if token.type == "METHOD" and not names.is_function(token[1:]):
        raise ParseError(
            f"unknown function '{token[1:]}'", span=span(token), hint="deriv functions lists the functions"
        )
    if token.type == "NUMBER":
        refuse_number(i, tokens, known.variables)
    elif token.type == "BANG" and i and tokens[i - 1].type == "BANG":
        hint = "(x!)! for the factorial of the factorial; the double factorial is not known"
        raise ParseError("x!! has two meanings", span=span(tokens[i - 1], token), hint=hint)
    elif (
        token.type == "ROOT" and len(token) > 1 and i and _ends_operand(tokens[i - 1]) and _glued(tokens[i - 1], token)
    ):
        hint = f"put a blank before {token}, or a * before √"
        raise ParseError(f"'{token}' has two meanings here", span=span(token), hint=hint)
    yield token


def _ends_operand(token: Token) -> bool:
    return token.type in OPERAND_ENDS


def _glued(token: Token, following: Token) -> bool:
    return token.end_pos == following.start_pos


def _read_name(i: int, tokens: list[Token], known: Known) -> Iterator[Token]:
    token, name = tokens[i], str(tokens[i])
    after = [other.type for other in tokens[i + 1 : i + 5]]
    if name in known.variables:
        yield token
    elif names.bare(name) is None:
        yield from _read_method(i, tokens, known)
    elif after[:1] == ["EQUAL"]:  # a keyword argument
        yield token
    elif name in known.functions:
        yield _named(_kind_of_function(i, tokens, name), name, token)
    elif names.constant_row(name):
        indexed = after[:1] == ["LSQB"] and name.isascii()
        yield _named("NAME" if indexed else "CONSTANT", name, token)
    elif function := names.function(name):
        yield _named(_kind_of_function(i, tokens, function), function, token)
    elif name == "deg" and i and _ends_operand(tokens[i - 1]):
        yield _named("DEGREE", name, token)
    elif parts := split(i, tokens, known.variables):
        place = token.start_pos or 0
        for part in parts:
            kind = "NAME" if part in known.variables else "CONSTANT"
            yield Token(kind, part, start_pos=place, end_pos=place + len(part))
            place += len(part)
    else:
        refuse_misread(i, tokens, known.variables)
        yield token


def _named(kind: str, name: str, token: Token) -> Token:
    return Token(kind, name, start_pos=token.start_pos, end_pos=token.end_pos)


def _read_method(i: int, tokens: list[Token], known: Known) -> Iterator[Token]:
    """`x.sin` before a bracket: a name, and the function that is called on it."""
    token = tokens[i]
    prefix, _, last = str(token).rpartition(".")
    start, end = span(token)
    is_variable = prefix in known.variables or is_single(prefix)
    if not is_variable or not names.is_function(last) or [t.type for t in tokens[i + 1 : i + 2]] != ["OPEN"]:
        hint = "write the name without it"
        raise ParseError(f"unknown module '{prefix}'", span=span(token), hint=hint)
    place = start + len(prefix)
    owner = Token("NAME", prefix, start_pos=start, end_pos=place)
    yield from _read_name(0, [owner, Token("METHOD", f".{last}", start_pos=place, end_pos=end)], known)
    yield Token("METHOD", f".{last}", start_pos=place, end_pos=end)


def _kind_of_function(i: int, tokens: list[Token], function: str) -> str:
    """FUNC before brackets, BARE where a textbook leaves them out, NAME for a Greek letter."""
    name, after = tokens[i], [other.type for other in tokens[i + 1 : i + 5]]
    kinds, textbook = " ".join(after), names.is_textbook(function)
    inverse = kinds.startswith("_POW MINUS NUMBER") or (kinds.startswith("SUPERSCRIPT") and tokens[i + 1][0] == "⁻")
    if inverse and (textbook or "OPEN" in after):
        refuse_inverse(name)
    if CALLED.match(kinds) or (textbook and POWERED.match(kinds) and not names.function(str(tokens[i + 2]))):
        return "FUNC"
    if str(name) in names.GREEK:
        return "NAME"
    if kinds.startswith("LSQB"):
        return "FUNC"
    if textbook:
        return "BARE"
    hint = f"write {name}(…), or give {name} a value with --at"
    raise ParseError(f"'{name}' is a function and needs brackets", span=span(name), hint=hint)


def _pair_brackets(tokens: list[Token]) -> Iterator[Token]:
    """Bars that open told from bars that close, and `Sin[x]` with round brackets. Raises ParseError."""
    opened: list[Token] = []
    previous = ""
    for token in tokens:
        kind, inside = token.type, opened[-1].type if opened else ""
        if kind == "OPEN_BAR" and inside == kind and previous in OPERAND_ENDS:
            kind = "CLOSE_BAR"
        elif kind == "LSQB" and previous == "FUNC":
            kind = "OPEN"
        elif kind == "RSQB" and inside == "OPEN":
            kind = "CLOSE"
        if kind != token.type:
            token = Token.new_borrow_pos(kind, str(token), token)  # noqa: PLW2901
        _match(token, opened)
        yield token
        previous = kind
    if opened:
        raise ParseError(f"this '{opened[-1]}' is never closed", span=span(opened[-1]))


def _match(token: Token, opened: list[Token]) -> None:
    if token.type in CLOSES:
        opened.append(token)
        if len(opened) > MAX_BRACKETS:
            raise ParseError(f"more than {MAX_BRACKETS} brackets inside one another", span=span(token))
    elif token.type in CLOSES.values() and (not opened or CLOSING[str(opened.pop())] != str(token)):
        raise ParseError(f"'{token}' closes nothing", span=span(token), hint="check the brackets")
