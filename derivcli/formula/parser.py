"""Text → `Formula`: one tree for each output, and the names in the order that the text gives them.

    parse("f(u, v) = u^3 + 4u·v")  →  Formula(outputs=(Call("add", …),), parameters=("u", "v"))

The grammar is `grammar/formula.lark`; `grammar.tokens.classify` stands between Lark's lexer and Lark's parser, and
`grammar.builder.Builder` makes the nodes as the rules are reduced. Nothing is evaluated, and nothing recurses.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from derivcli.errors import ParseError
from derivcli.formula.grammar.misreadings import refuse_hidden
from derivcli.formula.grammar.notation import Notation, read_notation
from derivcli.formula.grammar.tables import load_parser
from derivcli.formula.grammar.tokens import classify
from derivcli.formula.tree import Tree, variables

A_DERIVATIVE = "the formula alone: a derivative is asked by --wrt and --order"
LATEX = "LaTeX is not read: write sqrt(x), pi, x/y"
CHARACTER_HINTS = {
    **dict.fromkeys("'’′″", A_DERIVATIVE),
    **dict.fromkeys('"“”„`', "the formula alone, without quotes"),
    **dict.fromkeys("\\$", LATEX),
    **dict.fromkeys("{}", "use round brackets; where(x > 0, a, b) chooses between cases"),
    **dict.fromkeys("∂∇", A_DERIVATIVE),
    **dict.fromkeys("\u2028\u2029\v", "one formula a line"),
    "&": "write 'and'",
}
TOKEN_HINTS = {
    "NUMBER": "write * between factors, or ** for a power",
    "COMMA": "several outputs are written [a, b]; a decimal has a point",
    "EQUAL": "an equation is written as one side minus the other, a comparison with ==, a name on the left as y = …",
    "COLON": "ranges belong to --at: --at x=-1:1:5",
    "SEMICOLON": "arguments are separated by commas; a decimal has a point",
    "_OVER": "the quotient rounded down is floor(x/3)",
    "WORD": A_DERIVATIVE,
    "PERCENT": "% is the remainder of a division: 5 percent is written 0.05",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed text: its trees, one an output, and the names that its left-hand side gave."""

    text: str
    outputs: tuple[Tree, ...]
    parameters: tuple[str, ...] = ()
    read: tuple[Tree, ...] = ()  # the outputs as they were read, before definitions and sums were written out
    by: str = ""  # the variable that the text itself names, as in `d/dx x^2`

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
    if len({part.by for part in parts}) > 1:
        raise ParseError("several formulas are differentiated by different variables", text=joined, hint="--wrt x")
    parameters = tuple(dict.fromkeys(name for part in parts for name in part.parameters))
    return Formula(joined, outputs, parameters, by=parts[0].by)


def parse(text: str, declared: Iterable[str] = (), functions: frozenset[str] = frozenset()) -> Formula:
    """The formula that a text means. `declared` names are variables, whatever they mean elsewhere (`e`, `beta`), and
    `functions` are names of functions beside those of the table.

    Raises ParseError with the place in the text, and a hint.
    """
    try:
        around = read_notation(text)
        if not around.body.strip():
            raise ParseError("there is no formula", span=(0, len(text)), hint='try "6*x**2 + 2*x + 4"')
        names = frozenset(declared) | set(around.parameters) | ({around.by} if around.by else set())
        formula = Formula(text, _parse_outputs(around.body, names, functions), around.parameters, by=around.by)
        _refuse_own_name(around, formula)
        refuse_hidden(names, variables(*formula.outputs), text)
    except ParseError as error:
        error.text = text
        raise
    return formula


def _refuse_own_name(around: Notation, formula: Formula) -> None:
    """Raise ParseError for `x = 3; x^2`, which gives x a value."""
    if around.own in variables(*formula.outputs) and around.own not in around.parameters:
        hint = f"a value belongs to --at: --at {around.own}=…"
        raise ParseError(
            f"'{around.own} = …' names the formula, and occurs in it", span=(0, len(around.own)), hint=hint
        )


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
    start = token.start_pos or 0
    before = body[: start if token.type != "$END" else None].rstrip()
    hint = TOKEN_HINTS["PERCENT"] if before.endswith("%") else TOKEN_HINTS.get(token.type, "")
    if token.type == "$END":
        span = (len(before) - 1, len(before))
        return ParseError("the formula ends too early", span=span, hint=hint or "something is missing at the end")
    if body.startswith("::", start):
        hint = "leave out the namespace and its ::"
    elif token.type == "EQUAL" and not before:
        hint = "leave out the leading ="
    return ParseError(f"unexpected '{token}'", span=(start, start + len(token)), hint=hint)
