"""Where tokens stand; numbers and superscripts as they are written → nodes: `2.5e3`, `1.0D0`, `1.5f`, `½`, `²ⁿ`."""

import re
import unicodedata
from fractions import Fraction

from lark import Token

from derivcli.errors import ParseError, Span
from derivcli.formula.tree import Call, Number, Tree, Variable

MAX_EXPONENT = 10_000  # of a literal, so that exact numbers stay small
MARKS = str.maketrans("dD−⁄", "ee-/")


def span(first: Token, last: Token | None = None) -> Span:
    """Where a token, or a run of them, stands in the text."""
    return first.start_pos or 0, (last or first).end_pos or 0


def literal(token: Token) -> Tree:
    """The number exactly, ½ as 1/2. Raises ParseError for one that is too large."""
    text = unicodedata.normalize("NFKC", str(token)).translate(MARKS).rstrip("fF")
    if "/" in text:
        above, below = (_number(part, span(token)) for part in text.split("/"))
        return Call("div", (above, below), span(token))
    return _number(text, span(token))


def _number(text: str, where: Span) -> Number:
    _, _, exponent = text.lower().partition("e")
    if len(text) > MAX_EXPONENT or abs(int(exponent or 0)) > MAX_EXPONENT:
        hint = f"at most {MAX_EXPONENT:,} digits, exponents up to {MAX_EXPONENT:,}"
        raise ParseError("this number is too large to be kept exactly", span=where, hint=hint)
    return Number(Fraction(text.replace("_", "")), where)


def superscript(token: Token) -> Tree:
    """An exponent: digits, then letters, each a variable. Raises ParseError for what is neither."""
    where, text = span(token), unicodedata.normalize("NFKC", str(token)).translate(MARKS)
    match = re.fullmatch(r"([+-]?)(\d*)([^\W\d]*)", text)
    if not match:
        raise ParseError(f"the exponent '{token}' is not read", span=where, hint="write it with ^, such as e^(-x^2)")
    sign, digits, letters = match.groups()
    factors: list[Tree] = [_number(digits, where)] if digits else []
    factors += [Variable(letter, where) for letter in letters]
    product = factors[0]
    for factor in factors[1:]:
        product = Call("mul", (product, factor), where)
    return Call("neg", (product,), where) if sign == "-" else product
