"""`--expect`: what a user says the derivative is → verdicts, in ball arithmetic and relative to the reference alone.

38        12*x + 2        u=43,v=20        [43, 20]        -0.3012 ± 5e-5
kink      undefined       [-1, 1] for a single derivative: the slopes from the left and from the right
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from derivcli.backends import arb as balls
from derivcli.errors import DerivError, ExpectationError
from derivcli.language.parser import parse
from derivcli.points import pieces
from derivcli.program import Program, flatten
from derivcli.records import Behaviour, Cell, Kind, Problem, Reference, Verdict, Word
from derivcli.verdict import at

PLUS_MINUS = re.compile(r"±|\+/-|\+-")
NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)


WORDS = {**{str(kind): kind for kind in Kind}, "edge": Kind.EDGE, "removable": Kind.REMOVABLE}


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expected value of each partial (outputs, partials), None where none was given; or a kind; or slopes."""

    values: tuple[tuple["Expected | None", ...], ...] = ()
    kind: Kind | None = None
    slopes: "tuple[Expected, Expected] | None" = None


@dataclass(frozen=True, slots=True)
class Expected:
    text: str
    value: Program
    tolerance: Program | None


def parse_expectation(text: str, problem: Problem) -> Expectation:
    """What a text expects of a problem. Raises ExpectationError with the place in the text."""
    outputs, partials, _ = problem.shape
    if text.strip() in WORDS:
        return Expectation(kind=WORDS[text.strip()])
    items = [(NAMED.fullmatch(piece), piece, start) for piece, start in pieces(text, ",")]
    if items[0][0]:
        names = [",".join(wrt) for wrt in problem.partials]
        found: dict[str, Expected] = {}
        for match, piece, start in items:
            if not match or match[1] not in names:
                hint = f"the derivatives are with respect to {', '.join(names)}"
                message = f"nothing here is called '{match[1] if match else piece.strip()}'"
                raise ExpectationError(message, text=text, span=(start, start + len(piece)), hint=hint)
            found[match[1]] = _expected(match[2], problem, text, start + match.start(2))
        return Expectation(tuple(tuple(found.get(name) for name in names) for _ in range(outputs)))
    inside = re.fullmatch(r"\s*\[(.*)\]\s*", text, re.DOTALL)
    values = [
        _expected(piece, problem, text, start + (inside.start(1) if inside else 0))
        for piece, start in pieces(inside[1] if inside else text, ",")
    ]
    if inside and len(values) == 2 and outputs * partials == 1:
        return Expectation(slopes=(values[0], values[1]))
    if len(values) != outputs * partials:
        needed = outputs * partials
        count = f"{needed} values are needed, one for each derivative" if needed > 1 else "one value is needed"
        hint = "name them: " + ",".join(f"{wrt[0]}=…" for wrt in problem.partials)
        raise ExpectationError(f"{count}, not {len(values)}", text=text, span=(0, len(text)), hint=hint)
    return Expectation(tuple(tuple(values[o * partials : (o + 1) * partials]) for o in range(outputs)))


def _expected(piece: str, problem: Problem, text: str, start: int) -> Expected:
    value, *tolerance = PLUS_MINUS.split(piece, maxsplit=1)
    try:
        programs = [_program(part, problem) for part in (value, *tolerance)]
    except DerivError as error:
        where = error.span or (0, len(piece))
        span = (start + where[0], start + where[1])
        raise ExpectationError(error.message, text=text, span=span, hint=error.hint) from None
    return Expected(piece.strip(), programs[0], programs[1] if tolerance else None)


def _program(text: str, problem: Problem) -> Program:
    formula = parse(text, problem.program.variables)
    unknown = [name for name in formula.variables if name not in problem.program.variables]
    if unknown or len(formula.outputs) != 1:
        names = ", ".join(problem.program.variables)
        raise ExpectationError(f"unknown variable '{unknown[0]}'" if unknown else "one formula is needed",
                               hint=f"the variables are {names}")  # fmt: skip
    return flatten(formula, problem.program.variables)


def judged(expectation: Expectation, problem: Problem, reference: Reference, rtol: float) -> dict[Cell, Verdict]:
    """The cells in which the derivative is not what was expected, and those that are singular as expected."""
    if expectation.kind or expectation.slopes:
        return {cell: _singular(expectation, problem, reference, cell, rtol) for cell in problem.cells()}
    wrong: dict[Cell, tuple[Expected, arb]] = {}
    for o, p, k in problem.cells():
        expected, ball = expectation.values[o][p], reference.balls.get((o, p, k))
        if expected is None or ball is None or not balls.tight(ball):
            continue
        value, tolerance = _values(expected, problem, k)
        with balls.precision(256):
            allowed = abs(ball) * arb(rtol) if tolerance is None else tolerance
            met = abs(value - ball) <= allowed or (value.overlaps(ball) and value.is_finite())
        if not met:
            wrong[o, p, k] = expected, value
    slip = _slip([(value, reference.balls[cell]) for cell, (_, value) in wrong.items()])
    return {
        cell: _verdict(expected, value, reference.balls[cell], at(problem, cell), slip)
        for cell, (expected, value) in wrong.items()
    }


def _singular(expectation: Expectation, problem: Problem, reference: Reference, cell: Cell, rtol: float) -> Verdict:
    """The verdict where a kind, or two slopes, were expected."""
    found = reference.behaviours.get(cell, Behaviour(Kind.DIFFERENTIABLE))
    where = at(problem, cell)
    if expectation.slopes:
        expected = [balls.rounded(_values(slope, problem, cell[2])[0]) for slope in expectation.slopes]
        actual = [found.left, found.right]
        met = all(abs(e - a) <= rtol * abs(a) or e == a for e, a in zip(expected, actual, strict=True))
        what = f"the slopes {expected[0]:g} and {expected[1]:g}"
        truth = (
            f"they are {found.left:g} and {found.right:g}" if found.kind == Kind.KINK else f"it is {found.kind} there"
        )
    else:
        gone = {Kind.UNDEFINED, Kind.REMOVABLE}
        met = found.kind == expectation.kind or (expectation.kind == Kind.UNDEFINED and found.kind in gone)
        what, truth = f"'{expectation.kind}'", f"it is {found.kind}"
    if met:
        return Verdict(Word.AGREE, message=f"as expected, {found.kind} at {where}")
    return Verdict(Word.DISAGREE, ("expectation",), "expectation", f"expected {what} at {where}, but {truth}")


def _slip(pairs: Sequence[tuple[arb, arb]]) -> str:
    """What went wrong, where it is the same everywhere: the sign, or a constant factor."""
    ratios = [balls.rounded(value / true) for value, true in pairs if value.is_finite() and not true.contains(0)]
    if not ratios or len(ratios) < len(pairs) or max(ratios) - min(ratios) > 1e-9 * abs(ratios[0]):
        return ""
    if abs(ratios[0] + 1) < 1e-9:
        return ": the sign is wrong"
    return f": off by the constant factor {ratios[0]:.6g}" if len(ratios) > 1 else ""


def _values(expected: Expected, problem: Problem, k: int) -> tuple[arb, arb | None]:
    point = problem.points.points[k]
    [value] = balls.refined(lambda: balls.values(expected.value, balls.coordinates(point)))
    if expected.tolerance is None:
        return value, None
    [tolerance] = balls.refined(lambda: balls.values(expected.tolerance or expected.value, balls.coordinates(point)))
    return value, abs(tolerance)


def _verdict(expected: Expected, value: arb, ball: arb, where: str, slip: str) -> Verdict:
    got = balls.rounded(value)
    shown = expected.text if expected.text == f"{got:g}" else f"{expected.text} = {got:.6g}"
    message = f"expected {shown} at {where}, but the derivative is {balls.rounded(ball):.6g}{slip}"
    return Verdict(Word.DISAGREE, ("expectation",), "expectation", message)


def defined(expected: Sequence[Expected | None], problem: Problem, k: int) -> bool:
    """Whether all expected values exist at a point."""
    return all(e is None or _values(e, problem, k)[0].is_finite() for e in expected)
