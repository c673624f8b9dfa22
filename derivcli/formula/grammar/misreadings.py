"""Names that would make another formula than the one that is meant → errors with the reading spelt out.

`sinx`, `kt` where t is a variable, `f(x)` where f is none, `derivative of …`, `x^2 dx`, `0x10`: each is a variable by
the letter of the grammar, of which the derivative by x would be 0.
"""

import re

from lark import Token

from derivcli.errors import ParseError
from derivcli.formula import names
from derivcli.formula.grammar.literals import span

WORDS = {"of", "the", "times", "plus", "minus", "over", "by", "with", "respect", "to", "squared", "cubed", "arc",
         "derivative", "differentiate", "diff", "return", "find", "power", "divided", "function", "where", "for",
         "if", "then"}  # fmt: skip
NOT_A_NUMBER = {"nan", "NaN", "NAN", "zoo"}
MAX_LETTERS = 2  # that stand for a variable each beside a function: `xsint`, but not `single`


def refuse_misread(i: int, tokens: list[Token], variables: frozenset[str]) -> None:
    """Raise ParseError for a name that is no variable, unless nothing else can be meant by it."""
    token, name = tokens[i], str(tokens[i])
    called = _kind(i + 1, tokens) == "OPEN"
    if name.lower() in WORDS:
        raise ParseError(f"'{name}' is a word, not a formula", span=span(token), hint="the formula alone: 2*x**3 + 1")
    if names.bare(name) in NOT_A_NUMBER:
        raise ParseError(f"'{name}' is not a number", span=span(token), hint="a derivative is taken of numbers")
    if "." in name:
        raise ParseError(f"unknown name '{name}'", span=span(token))
    if reading := _reading(name, called):
        raise ParseError(f"'{name}' is one name", span=span(token), hint=f"write {reading}{_declare(name, called)}")
    single = is_single(name)
    if called and not single:
        near = names.nearest(name)
        hint = f"did you mean '{near}'?" if near else "deriv functions lists the functions"
        raise ParseError(f"unknown function '{name}'", span=span(token), hint=hint)
    _refuse_neighbours(i, tokens, single)
    if len(name) == 2 and name.isalpha() and not single and variables & set(name):
        hint = f"write {'*'.join(name)}{_declare(name, called)}"
        raise ParseError(f"'{name}' is one name", span=span(token), hint=hint)


def is_single(name: str) -> bool:
    """Whether a name is a letter, Greek or not, with or without a number: `x`, `x_1`, `theta`."""
    return len(name) == 1 or name[1:].lstrip("_").isdigit() or name in names.GREEK


def _refuse_neighbours(i: int, tokens: list[Token], single: bool) -> None:
    """Raise ParseError for `f(x)`, `x^2 dx`, `4uv`: what stands beside the name says that it is none."""
    token, name = tokens[i], str(tokens[i])
    kinds = [other.type for other in tokens[i + 1 : i + 4]]
    is_power = i > 1 and tokens[i - 1].type == "_POW" and names.function(str(tokens[i - 2]))  # sin^n(x)
    if kinds == ["OPEN", "NAME", "CLOSE"] and single and not is_power:
        argument = tokens[i + 2]
        hint = f"define it: --let '{name}({argument}) = …'; the product is {name}*{argument}"
        raise ParseError(f"'{name}' is not a known function", span=span(token, tokens[i + 3]), hint=hint)
    before = tokens[i - 1] if i else None
    differential = not kinds and re.fullmatch(r"[d∂][^\W\d]", name) and any(other == name[1:] for other in tokens[:i])
    if differential and before is not None and _is_operand_end(before):
        hint = f"leave it out: the derivative is taken by {name[1:]} with --wrt {name[1:]}"
        raise ParseError(f"'{name}' belongs to an integral", span=span(token), hint=hint)
    glued = before is not None and before.type == "NUMBER" and before.end_pos == token.start_pos
    if glued and name.isalpha() and not single:
        hint = f"write {before}*{'*'.join(name)}, or {before}*{name} if '{name}' is one variable"
        raise ParseError(
            f"'{before}{name}' could be read in several ways", span=span(before or token, token), hint=hint
        )


def _is_operand_end(token: Token) -> bool:
    return token.type in ("NUMBER", "NAME", "CONSTANT", "CLOSE", "SUPERSCRIPT")


def _declare(name: str, called: bool) -> str:
    return "" if called else f", or give {name} a value: --at {name}=…"


def _reading(name: str, called: bool) -> str:
    """`xsin2x` as x*sin(2*x); empty for a name that is not made of functions and letters."""
    parts = re.findall(_parts_pattern(), name)
    functions = names.stuck_functions()
    if "".join(parts) != name or not functions & set(parts):
        return ""
    segments: list[tuple[str, list[str]]] = [("", [])]
    for part in parts:
        if part in functions:
            segments.append((part, []))
        else:
            segments[-1][1].append(part)
    if any(sum(map(str.isalpha, letters)) > MAX_LETTERS for _, letters in segments):
        return ""
    if any(function and not letters for function, letters in segments[:-1]) or not (segments[-1][1] or called):
        return ""
    return "*".join(_written(function, letters) for function, letters in segments if function or letters)


def _written(function: str, factors: list[str]) -> str:
    inner = "*".join(factors)
    return f"{function}({inner or '…'})" if function else inner


def _parts_pattern() -> str:
    longest_first = sorted((*names.stuck_functions(), *names.GREEK), key=len, reverse=True)
    return "|".join((*longest_first, r"\d+", r"[^\W\d_]"))


def split(i: int, tokens: list[Token], variables: frozenset[str]) -> list[str]:
    """`xy` as x and y, if both are variables (or e) and there is no other way. Raises ParseError after `/` and `^`."""
    ways: list[list[list[str]]] = [[[]]]
    name, parts = str(tokens[i]), variables | {"e"}
    if not any(part in name for part in variables):
        return []
    for end in range(1, len(name) + 1):
        known = [(start, name[start:end]) for start in range(end) if name[start:end] in parts]
        ways.append([[*way, part] for start, part in known for way in ways[start]][:2])
    if len(ways[-1]) != 1:
        return []
    [found] = ways[-1]
    if i and tokens[i - 1].type in ("_OVER", "_POW"):
        sign, product = tokens[i - 1], "*".join(found)
        hint = f"write {sign}({product}), or {sign}{product}"
        raise ParseError(f"'{sign}{name}' has two meanings", span=span(sign, tokens[i]), hint=hint)
    return found


def refuse_hidden(declared: frozenset[str], variables: tuple[str, ...], text: str) -> None:
    """Raise ParseError where a name is made of variables: `x^2*y + xy^2`, or hides one: `f(t) = sin(kct)`."""
    standing = {name for name in variables if len(name) == 1}
    hidden = {name for name in declared - set(variables) if len(name) == 1}
    for name in variables:
        if name in declared or not name.isalpha() or len(name) == 1 or name in names.GREEK:
            continue
        letters = set(name)
        if letters & hidden or (letters & standing and letters <= standing | {"e"}):
            start = text.find(name)
            span = (start, start + len(name))
            hint = f"write {'*'.join(name)}{_declare(name, called=False)}"
            raise ParseError(f"'{name}' is one name", text=text, span=span, hint=hint)


def refuse_number(i: int, tokens: list[Token], variables: frozenset[str]) -> None:
    """Raise ParseError for `0x10`, `6x10^4`, and `1.5f` where f is a variable."""
    token, following = tokens[i], tokens[i + 1] if i + 1 < len(tokens) else None
    mark = re.search(r"[fFdD]", str(token))
    if mark and str(token)[mark.start() :] in variables:
        hint = f"write {str(token)[: mark.start()]}*{str(token)[mark.start() :]}"
        raise ParseError(f"'{token}' has two meanings", span=span(token), hint=hint)
    if following is None or following.start_pos != token.end_pos or not re.fullmatch(r"[xX]\d+", str(following)):
        return
    if token == "0":
        raise ParseError("hexadecimal numbers are not read", span=span(token, following), hint="write it in decimals")
    if following[1:] == "10" and _kind(i + 2, tokens) == "_POW" and str(following) not in variables:
        exponent = next((str(other) for other in tokens[i + 3 : i + 4]), "")
        hint = f"a power of ten is written {token}e{exponent}; a product {token}*{following}^{exponent}"
        raise ParseError(f"'{token}{following}^' has two meanings", span=span(token, following), hint=hint)


def refuse_inverse(name: Token) -> None:
    """Raise ParseError for the -1 in `sin^-1(x)`."""
    inverse = f"arc{names.function(str(name)) or name}"
    hint = f"{inverse}(…) for the inverse function, 1/{name}(…) for the reciprocal"
    raise ParseError(f"{name}^-1 has two meanings", span=span(name), hint=hint)


def _kind(i: int, tokens: list[Token]) -> str:
    return tokens[i].type if i < len(tokens) else ""
