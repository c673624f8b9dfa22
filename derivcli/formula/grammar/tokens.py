"""Tokens as the lexer sees them → tokens as they are meant.

A name before a bracket is a function (`sin(x)`) or a factor (`x(x+1)`); a bar opens or closes; `e` is a constant
unless it was given a value. What cannot be meant is refused here, where it stands: letter soup, unknown functions,
infinity, brackets that do not match.
"""

from collections.abc import Iterator

from lark import Token

from derivcli.errors import ParseError, Span
from derivcli.formula import names

MAX_BRACKETS = 1000  # brackets in brackets
PAIRS = {"CLOSE": "OPEN", "RSQB": "LSQB", "CLOSE_BAR": "OPEN_BAR"}
OPERAND_ENDS = {"NUMBER", "NAME", "CONSTANT", "CLOSE", "CLOSE_BAR", "BANG", "SUPERSCRIPT", "RSQB"}


def classify(tokens: list[Token], declared: frozenset[str], functions: frozenset[str]) -> Iterator[Token]:
    """The same tokens with their final types. Raises ParseError."""
    opened: list[Token] = []
    previous = ""
    for i, token in enumerate(tokens):
        kind = token.type
        if kind == "NAME":
            kind = _kind_of_name(i, tokens, declared - functions, functions)
        elif kind == "OPEN_BAR":
            closes = bool(opened) and opened[-1].type == "OPEN_BAR" and previous in OPERAND_ENDS
            kind = "CLOSE_BAR" if closes else "OPEN_BAR"
        if kind != token.type:
            token = Token.new_borrow_pos(kind, str(token), token)  # noqa: PLW2901
        _match_brackets(token, opened)
        yield token
        previous = kind
    if opened:
        raise ParseError(f"this '{opened[-1]}' is never closed", span=span(opened[-1]))


def span(first: Token, last: Token | None = None) -> Span:
    """Where a token, or a run of them, stands in the text."""
    return first.start_pos or 0, (last or first).end_pos or 0


def _match_brackets(token: Token, opened: list[Token]) -> None:
    if token.type in PAIRS.values():
        opened.append(token)
        if len(opened) > MAX_BRACKETS:
            raise ParseError(f"more than {MAX_BRACKETS} brackets inside one another", span=span(token))
    elif token.type in PAIRS and (not opened or opened.pop().type != PAIRS[token.type]):
        raise ParseError(f"'{token}' closes nothing", span=span(token), hint="check the brackets")


def _kind_of_name(i: int, tokens: list[Token], declared: frozenset[str], functions: frozenset[str]) -> str:
    token, name = tokens[i], str(tokens[i])
    if name in declared:
        return "NAME"
    if names.bare(name) is None:
        raise ParseError(
            f"unknown module '{name.rpartition('.')[0]}'", span=span(token), hint="write the name without it"
        )
    after = [other.type for other in tokens[i + 1 : i + 5]]
    if after[:1] == ["EQUAL"]:  # a keyword argument
        return "NAME"
    if name in functions or names.is_function(name):
        return _kind_of_function(i, tokens, after)
    if names.constant_row(name):
        return "NAME" if after[:1] == ["LSQB"] and name.isascii() else "CONSTANT"
    _refuse_unknown(i, tokens, after)
    return "NAME"


def _kind_of_function(i: int, tokens: list[Token], after: list[str]) -> str:
    token = tokens[i]
    inverse = after[:3] == ["_POW", "MINUS", "NUMBER"] or (after[:1] == ["SUPERSCRIPT"] and tokens[i + 1][0] == "⁻")
    if inverse and "OPEN" in after:
        hint = f"arc{token}(…) for the inverse function, 1/{token}(…) for the reciprocal"
        raise ParseError(f"{token}^-1 has two meanings", span=span(token), hint=hint)
    if after[:1] == ["OPEN"] or after[:2] == ["SUPERSCRIPT", "OPEN"] or after[:3] == ["_POW", "NUMBER", "OPEN"]:
        return "FUNC"
    if str(token) in names.GREEK:
        return "NAME"
    raise ParseError(
        f"'{token}' is a function and needs brackets",
        span=span(token),
        hint=f"write {token}(…), or give {token} a value with --at",
    )


def _refuse_unknown(i: int, tokens: list[Token], after: list[str]) -> None:
    token, name = tokens[i], str(tokens[i])
    if names.bare(name) in names.INFINITIES:
        hint = "a derivative is taken at finite points: use a large number"
        raise ParseError(f"'{name}' is not a number", span=span(token), hint=hint)
    if "." in name:
        raise ParseError(f"unknown name '{name}'", span=span(token))
    single = len(name) == 1 or name[1:].lstrip("_").isdigit() or name in names.GREEK
    if after[:1] == ["OPEN"] and not single:
        near = names.nearest(name)
        hint = f"did you mean '{near}'?" if near else "deriv functions lists the functions"
        raise ParseError(f"unknown function '{name}'", span=span(token), hint=hint)
    number = tokens[i - 1] if i and tokens[i - 1].type == "NUMBER" else None
    if number is not None and number.end_pos == token.start_pos and name.isalpha() and not single:
        hint = f"write {number}*{'*'.join(name)}, or {number}*{name} if '{name}' is one variable"
        raise ParseError(f"'{number}{name}' could be read in several ways", span=span(number, token), hint=hint)
