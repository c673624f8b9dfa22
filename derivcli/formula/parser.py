"""Text → `Formula`: one tree for each output, and the names in the order that the text gives them.

    parse("f(u, v) = u^3 + 4u·v")  →  Formula(outputs=(Call("add", …),), parameters=("u", "v"))

The grammar is `grammar/formula.lark`; `grammar.tokens.classify` stands between Lark's lexer and Lark's parser, and
`grammar.builder.Builder` makes the nodes as the rules are reduced. Nothing is evaluated, and nothing recurses.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from derivcli.errors import ParseError
from derivcli.formula.grammar.tables import load_parser
from derivcli.formula.grammar.tokens import classify
from derivcli.formula.tree import Tree, variables

LEFT_SIDE = re.compile(r"\s*[^\W\d]\w*\s*(\((?P<parameters>[\w\s,]*)\))?\s*=(?!=)")
CHARACTER_HINTS = {
    "'": "quotes have no meaning in a formula",
    '"': "quotes have no meaning in a formula",
    "&": "write 'and'",
    "\\": "LaTeX is not read: write sqrt(x), pi, x/y",
    "{": "use round brackets",
    "}": "use round brackets",
    "∞": "a derivative is taken at finite points: use a large number",
    ":": "ranges belong to --at: --at x=-1:1:5",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed text: its trees, one an output, and the names that its left-hand side gave."""

    text: str
    outputs: tuple[Tree, ...]
    parameters: tuple[str, ...] = ()
    read: tuple[Tree, ...] = ()  # the outputs as they were read, before definitions and sums were written out

    @property
    def variables(self) -> tuple[str, ...]:
        """Those of the left-hand side, then the others as they appear."""
        return tuple(dict.fromkeys((*self.parameters, *variables(*self.outputs))))


def parse_all(texts: Iterable[str], declared: Iterable[str] = (), functions: frozenset[str] = frozenset()) -> Formula:
    """Several texts as one formula with all their outputs; spans count in the joined text."""
    joined, parts, declared = "", [], tuple(declared)
    for text in texts:
        joined += ("; " if parts else "") + text
        parts.append(parse(text.rjust(len(joined)), declared, functions))
    outputs = tuple(tree for part in parts for tree in part.outputs)
    return Formula(joined, outputs, tuple(dict.fromkeys(name for part in parts for name in part.parameters)))


def parse(text: str, declared: Iterable[str] = (), functions: frozenset[str] = frozenset()) -> Formula:
    """The formula that a text means. `declared` names are variables, whatever they mean elsewhere (`e`, `beta`), and
    `functions` are names of functions beside those of the table.

    Raises ParseError with the place in the text, and a hint.
    """
    left = LEFT_SIDE.match(text)
    parameters = tuple(re.findall(r"\w+", left["parameters"] or "")) if left else ()
    body = " " * left.end() + text[left.end() :] if left else text
    if not body.strip():
        raise ParseError("there is no formula", text=text, span=(0, len(text)), hint='try "6*x**2 + 2*x + 4"')
    try:
        return Formula(text, _parse_outputs(body, frozenset(declared) | set(parameters), functions), parameters)
    except ParseError as error:
        error.text = text
        raise


def _parse_outputs(body: str, declared: frozenset[str], functions: frozenset[str]) -> tuple[Tree, ...]:
    try:
        automaton = load_parser().parse_interactive("")
        for token in classify(list(load_parser().lex(body)), declared, functions):
            automaton.feed_token(token)
        return automaton.feed_eof()
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedCharacters as error:
        start = error.pos_in_stream
        hint = CHARACTER_HINTS.get(error.char, "formulas look like 6*x**2 + 2*x + 4")
        raise ParseError(f"unexpected character {error.char!r}", span=(start, start + 1), hint=hint) from None
    except UnexpectedToken as error:
        raise _unexpected_token(error, body) from None


def _unexpected_token(error: UnexpectedToken, body: str) -> ParseError:
    token = error.token
    if token.type == "$END":
        end = len(body.rstrip())
        return ParseError("the formula ends too early", span=(end - 1, end), hint="something is missing at the end")
    start = token.start_pos or 0
    hint = ""
    if token.type == "NUMBER":
        hint = "write * between factors, or ** for a power"
    elif token.type == "COMMA":
        hint = "several outputs are written [a, b]; a decimal has a point"
    elif token.type == "EQUAL":
        hint = "compare with ==; a left-hand side is a name, such as y = … or f(u, v) = …"
    return ParseError(f"unexpected '{token}'", span=(start, start + len(token)), hint=hint)


def pieces(text: str, separator: str) -> Iterator[tuple[str, int]]:
    """The pieces between separators outside brackets, and where each starts."""
    depth = start = 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and i >= start and text.startswith(separator, i):
            yield text[start:i], start
            start = i + len(separator)
    yield text[start:], start
