"""Functions without brackets: `2 sin 3x cos x` → `2 sin(3x) cos(x)`, `ln^2 x` → `ln^2(x)`.

An argument without brackets is what textbooks take it for: one factor, and the names that follow it without a sign,
each with its power. Where a sign is glued to it (`sin x/2`) there are two readings, and neither is taken.
"""

from collections import Counter
from collections.abc import Iterator

from lark import Token

from derivcli.errors import ParseError
from derivcli.formula.grammar.literals import span

CLOSES = {"OPEN": "CLOSE", "LSQB": "RSQB", "OPEN_BAR": "CLOSE_BAR"}
NAMES = {"NAME", "CONSTANT"}
SIMPLE = {*NAMES, "NUMBER"}
AFTER_A_FACTOR = {"SUPERSCRIPT", "BANG", "DEGREE"}
ROOTS = {"sqrt", "cbrt"}


def write_brackets(tokens: list[Token]) -> Iterator[Token]:
    """The tokens with brackets around the arguments of functions that have none (BARE). Raises ParseError."""
    opening, closing = Counter[int](), Counter[int]()
    ends = _factor_ends(tokens)
    for i, token in enumerate(tokens):
        if token.type == "BARE":
            start = _power_end(i + 1, tokens)
            _refuse_two_readings(i, ends, tokens)
            opening[start] += 1
            closing[ends[i]] += 1
    for i, token in enumerate(tokens):
        yield from (Token("OPEN", "(", start_pos=token.start_pos, end_pos=token.start_pos) for _ in range(opening[i]))
        yield Token.new_borrow_pos("FUNC", str(token), token) if token.type == "BARE" else token
        yield from (Token("CLOSE", ")", start_pos=token.end_pos, end_pos=token.end_pos) for _ in range(closing[i + 1]))


def _factor_ends(tokens: list[Token]) -> list[int]:
    """Where the factor ends that starts at each token, with its power; there, where none starts."""
    groups, ends = _group_ends(tokens), list(range(len(tokens) + 2))
    for i in reversed(range(len(tokens))):
        kind, end = tokens[i].type, i
        if kind in CLOSES:
            end = groups[i]
        elif kind in SIMPLE:
            end = groups[i + 1] if kind == "NAME" and _kind(i + 1, tokens) == "LSQB" else i + 1
        elif kind == "ROOT":
            end = ends[i + 1]
        elif kind == "FUNC":
            end = groups[_power_end(i + 1, tokens)]
        elif kind == "BARE":
            ends[i] = _argument_end(i, ends, tokens)
            continue
        ends[i] = _with_power(end, ends, tokens) if end > i else i
    return ends


def _group_ends(tokens: list[Token]) -> list[int]:
    """Past the bracket that closes the one at each place; the end, where none does."""
    ends, opened = [len(tokens)] * (len(tokens) + 2), list[int]()
    for i, token in enumerate(tokens):
        if token.type in CLOSES:
            opened.append(i)
        elif token.type in CLOSES.values() and opened:
            ends[opened.pop()] = i + 1
    return ends


def _with_power(end: int, ends: list[int], tokens: list[Token]) -> int:
    while _kind(end, tokens) in AFTER_A_FACTOR:
        end += 1
    if _kind(end, tokens) == "_POW":
        end = ends[end + 1 + (_kind(end + 1, tokens) == "MINUS")]
    return end


def _power_end(i: int, tokens: list[Token]) -> int:
    """Where the power of a function ends that may start here, as in `sin^2 x`."""
    kinds = [token.type for token in tokens[i : i + 2]]
    return i + (1 if kinds[:1] == ["SUPERSCRIPT"] else 2 if kinds == ["_POW", "NUMBER"] else 0)


def _argument_end(bare: int, ends: list[int], tokens: list[Token]) -> int:
    """Where the argument of this function ends. Raises ParseError where it has none."""
    start = _power_end(bare + 1, tokens)
    start += _kind(start, tokens) == "MINUS"
    end = ends[start]
    if end == start:
        name = tokens[bare]
        hint = f"write {name}(…), or give {name} a value with --at"
        raise ParseError(f"'{name}' is a function and needs brackets", span=span(name), hint=hint)
    while _kind(start, tokens) in SIMPLE and _kind(end, tokens) in NAMES:
        end = ends[end]
    return end


def _kind(i: int, tokens: list[Token]) -> str:
    return tokens[i].type if i < len(tokens) else ""


def _refuse_two_readings(bare: int, ends: list[int], tokens: list[Token]) -> None:
    """Raise ParseError for `sin x/2`, `sin x(x+1)` and `sqrt 2x`, which have two readings each."""
    start, end = _power_end(bare + 1, tokens), ends[bare]
    following, sign = _kind(end, tokens), str(tokens[end]) if end < len(tokens) else ""
    glued = bool(sign) and tokens[end].start_pos == tokens[end - 1].end_pos
    divided = following in ("_OVER", "_TIMES") and glued and _kind(end + 1, tokens) not in ("FUNC", "BARE")
    several = str(tokens[bare]) in ROOTS and start < ends[start] < end
    if not (following in ("OPEN", "OPEN_BAR") or divided or several):
        return
    name, argument = tokens[bare], _text(tokens[start:end])
    if divided:
        readings = f"{name}({argument}){sign}…, or {name}({argument}{sign}…)"
    elif several:
        readings = f"{name}({_text(tokens[start : ends[start]])})*…, or {name}({argument})"
    else:
        readings = f"{name}({argument})*(…), or {name}({argument}*(…))"
    where = span(name, tokens[min(end, len(tokens) - 1)])
    raise ParseError(f"'{name}' needs brackets here", span=where, hint=f"write {readings}")


def _text(tokens: list[Token]) -> str:
    """Tokens as they were written, blanks included."""
    text = ""
    for token in tokens:
        text = text.ljust(span(token)[0] - span(tokens[0])[0]) + str(token)
    return text
