"""What people write around a formula → the formula, the names on its left, and the variable that it names.

    f(u, v) = …   y := …   f[x_] := …   lambda x: …   x -> …   @(x) …   def f(x): return …   return …   derivative of …
    d/dx …   d(…)/dx   ∂/∂y …   diff(…, x)   D[…, x]

Each is blanked out, so that what is left stands where it stood.
"""

import re
from dataclasses import dataclass, replace

from derivcli.errors import ParseError
from derivcli.text import pieces

NAME = r"[^\W\d]\w*"
NAMES = rf"(?P<names>{NAME}(?:\s*,\s*{NAME})*)"
BEFORE = tuple(
    re.compile(rf"\s*(?:{pattern})\s*")
    for pattern in (
        rf"def\s+(?P<own>{NAME})\s*\({NAMES}\)\s*(?:->\s*\w+\s*)?:(?:\s*return\b)?",
        rf"(?:lambda|λ)\s+{NAMES}\s*:",
        rf"(?:@|\\|function\s*)\(\s*{NAMES}\s*\)",
        rf"\(?\s*{NAMES}\s*\)?\s*(?:->|=>|↦|\|->)",
        rf"(?P<own>{NAME})\s*(?:[(\[]\s*(?P<names>(?:{NAME}(?:\s*,\s*{NAME})*)?)\s*[)\]])?\s*(?::=|=(?!=))",
        r"return\b",
        r"(?:the\s+)?derivative\s+of\b",
        r"∇(?=\s*\()",
    )
)
FRACTION = re.compile(rf"\s*[d∂]\s*/\s*[d∂](?P<by>{NAME})(?=\W)\s*")
QUOTIENT = re.compile(rf"\s*[d∂]\s*(?P<bracket>\(.*\))\s*/\s*[d∂](?P<by>{NAME})\s*")
CALL = re.compile(r"\s*(?:\w+\.)?(?:diff|Diff|Derivative|derivative|D)\s*(?P<bracket>[(\[].*[)\]])\s*")
HIGHER = re.compile(rf"\s*[d∂]\s*(?P<order>[²³]|\^?\d+)\s*(?:{NAME})?\s*/\s*[d∂]\s*(?P<by>[^\W\d]?)")
SLOPE = re.compile(rf"\s*[d∂](?P<of>{NAME})\s*/\s*[d∂](?P<by>[^\W\d])(?!\w)")
MAX_NESTED = 4  # such as `f(x) = d/dx …;`


@dataclass(frozen=True, slots=True)
class Notation:
    """The formula itself, at its place in the text; what stands on its left; the variable it is differentiated by."""

    body: str
    own: str = ""  # its name
    parameters: tuple[str, ...] = ()
    by: str = ""


def read_notation(text: str) -> Notation:
    """What a text says beside its formula. Raises ParseError for what asks for more than a first derivative."""
    notation = Notation(re.sub(r";\s*$", lambda end: " " * len(end[0]), text))
    for _ in range(MAX_NESTED):
        further = _derivative(_left_side(notation))
        if further == notation:
            break
        notation = further
    return notation


def _left_side(notation: Notation) -> Notation:
    body = notation.body
    for pattern in BEFORE:
        if match := pattern.match(body):
            given = match.groupdict()
            names = tuple(name.rstrip("_") for name in re.findall(r"\w+", given.get("names") or ""))
            return Notation(
                _blank(body, 0, match.end()),
                given.get("own") or notation.own,
                names or notation.parameters,
                notation.by,
            )
    return notation


def _derivative(notation: Notation) -> Notation:
    """Without `d/dx` before the formula or around it, or `diff(…, x)`."""
    body = notation.body
    if match := HIGHER.match(body):
        by = match["by"] or "x"
        hint = f"the formula alone, with --wrt {by} --order {match['order'].translate(str.maketrans('²³', '23', '^'))}"
        raise ParseError("the order of a derivative is an option", text=body, span=match.span(), hint=hint)
    if match := FRACTION.match(body):
        rest = body[match.end() :]
        if rest.startswith("(") and _closing(rest) not in (-1, len(rest.rstrip()) - 1):
            hint = f"the formula alone, with --wrt {match['by']}"
            raise ParseError("where the derivative ends is not clear", text=body, span=match.span(), hint=hint)
        return _by(notation, match["by"], _blank(body, 0, match.end()))
    if (match := QUOTIENT.fullmatch(body)) and _closing(match["bracket"]) == len(match["bracket"]) - 1:
        start, end = match.span("bracket")
        return _by(notation, match["by"], _blank(_blank(body, end, len(body)), 0, start))
    if (match := CALL.fullmatch(body)) and _closing(match["bracket"]) == len(match["bracket"]) - 1:
        return _inside_call(notation, *match.span("bracket"))
    if match := SLOPE.match(body):
        hint = f"write the right-hand side alone, with --wrt {match['by']}"
        raise ParseError(
            f"'{match[0].strip()}' is a derivative, not a formula", text=body, span=match.span(), hint=hint
        )
    return notation


def _inside_call(notation: Notation, start: int, end: int) -> Notation:
    """`diff(…, x)`: the formula and its variable, from the bracket between these places."""
    body = notation.body
    formula, *others = list(pieces(body[start + 1 : end - 1], ","))
    if len(others) != 1 or not others[0][0].strip().isidentifier():
        hint = "the formula alone, with --wrt x, or --wrt x,y, or --order 2"
        raise ParseError("a derivative is asked by options", text=body, span=(start, end), hint=hint)
    by = others[0][0].strip()
    return _by(notation, by, _blank(_blank(body, start + 1 + len(formula[0]), len(body)), 0, start + 1))


def _by(notation: Notation, by: str, body: str) -> Notation:
    if notation.by:
        hint = f"the formula alone, with --wrt {by},{notation.by}"
        raise ParseError("a derivative of a derivative is asked by options", text=body, span=(0, len(body)), hint=hint)
    return replace(notation, body=body, by=by)


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _closing(text: str) -> int:
    """Where the bracket closes that the text starts with; -1 where it does not."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0:
            return i
    return -1
