"""`--expect`: what a user says the derivative is → verdicts, in ball arithmetic and relative to the reference alone.

38        12*x + 2        u=43,v=20        [43, 20]        -0.3012 ± 5e-5
[2, 4, 6] at three points: a value for each; of a sum such as the Laplacian: the sum
kink      undefined       [-1, 1] for a single derivative: the slopes from the left and from the right
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flint import arb

from derivcli.backends import balls
from derivcli.errors import DerivError, ExpectationError
from derivcli.formula.parser import parse
from derivcli.formula.program import Program, flatten
from derivcli.records import Behaviour, Cause, Entry, Kind, Outcome, Problem, Reference, Verdict
from derivcli.requests.options import Tolerance
from derivcli.requests.shapes import Combination, Weights
from derivcli.text import pieces

PLUS_MINUS = re.compile(r"±|\+/-|\+-")
NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)


KINDS = {**{str(kind): kind for kind in Kind if kind != Kind.UNKNOWN}, "edge": Kind.EDGE, "removable": Kind.REMOVABLE}


@dataclass(frozen=True, slots=True)
class Target:
    """What a value is expected of: a partial or a sum of partials, as weights, by its name and in words."""

    name: str
    label: str
    weights: Weights


@dataclass(frozen=True, slots=True)
class Expected:
    """A value, as a formula in the variables, at every point or at one."""

    text: str
    value: Program
    tolerance: Program | None
    target: Target
    point: int | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected values; or a kind; or the two slopes of a kink."""

    values: tuple[Expected, ...] = ()
    kind: Kind | None = None
    slopes: tuple[Expected, ...] = ()

    @property
    def singular(self) -> bool:
        """Whether no derivative is expected."""
        return bool(self.slopes) or self.kind not in (None, Kind.DIFFERENTIABLE)


def parse_expectation(text: str, problem: Problem, totals: Sequence[Combination] = ()) -> Expectation:
    """What a text expects of a problem, or of sums of its partials. Raises ExpectationError with the place."""
    if text.strip() in KINDS:
        return Expectation(kind=KINDS[text.strip()])
    targets = [Target(total.name, total.label, total.weights) for total in totals] or [
        Target(",".join(wrt), "derivative", {(o, p): 1})
        for o in range(problem.shape[0])
        for p, wrt in enumerate(problem.partials)
    ]
    if NAMED.match(text):
        return Expectation(tuple(_by_name(text, targets, problem)))
    inside = re.fullmatch(r"\s*\[(.*)\]\s*", text, re.DOTALL)
    parts = list(pieces(inside[1] if inside else text, ","))
    shift = inside.start(1) if inside else 0
    points = len(problem.points)
    slopes = inside and len(parts) == 2 and len(targets) == 1 and points != 2
    by_point = len(targets) != len(parts) == len(targets) * points
    if not (slopes or by_point or len(parts) == len(targets)):
        raise _wrong_count(len(parts), targets, points, text)
    values = tuple(
        Expected(part.strip(), *_programs(part, start + shift, text, problem), targets[i % len(targets)],
                 i // len(targets) if by_point else None)
        for i, (part, start) in enumerate(parts)
    )  # fmt: skip
    return Expectation(slopes=values) if slopes else Expectation(values)


def _by_name(text: str, targets: Sequence[Target], problem: Problem) -> Iterator[Expected]:
    """`u=43,v=20`: a value for the derivative by u of every output, and one for that by v."""
    known: set[str] = set()
    for piece, start in pieces(text, ","):
        match = NAMED.fullmatch(piece)
        if match and match[1] in known:
            raise ExpectationError(f"'{match[1]}' has a value already", text=text, span=(start, start + len(piece)),
                                   hint="one value for each name")  # fmt: skip
        known |= {match[1]} if match else set()
        named = [target for target in targets if match and target.name == match[1]]
        if not match or not named:
            names = ", ".join(dict.fromkeys(target.name for target in targets))
            what = "derivatives are with respect to" if targets[0].label == "derivative" else "names are"
            message = f"nothing here is called '{match[1] if match else piece.strip()}'"
            raise ExpectationError(message, text=text, span=(start, start + len(piece)), hint=f"the {what} {names}")
        programs = _programs(match[2], start + match.start(2), text, problem)
        yield from (Expected(match[2].strip(), *programs, target) for target in named)


def _wrong_count(given: int, targets: Sequence[Target], points: int, text: str) -> ExpectationError:
    needed = len(targets)
    count = f"{needed} values are needed, one for each {targets[0].label}" if needed > 1 else "one value is needed"
    count += f", or {needed * points}, for each point" if points > 1 else ""
    hint = "name them: " + ",".join(f"{name}=…" for name in dict.fromkeys(target.name for target in targets))
    return ExpectationError(f"{count}, not {given}", text=text, span=(0, len(text)), hint=hint)


def _programs(piece: str, start: int, text: str, problem: Problem) -> tuple[Program, Program | None]:
    """A value and its tolerance, from a piece of the text."""
    try:
        value, *tolerance = [_program(part, problem) for part in PLUS_MINUS.split(piece, maxsplit=1)]
    except DerivError as error:
        where = error.span or (0, len(piece))
        span = (start + where[0], start + where[1])
        raise ExpectationError(error.message, text=text, span=span, hint=error.hint) from None
    return value, tolerance[0] if tolerance else None


def _program(text: str, problem: Problem) -> Program:
    formula = parse(text, problem.program.variables)
    unknown = [name for name in formula.variables if name not in problem.program.variables]
    if unknown or len(formula.outputs) != 1:
        names = ", ".join(problem.program.variables)
        raise ExpectationError(f"unknown variable '{unknown[0]}'" if unknown else "one formula is needed",
                               hint=f"the variables are {names}")  # fmt: skip
    return flatten(formula, problem.program.variables)


def with_expectation(
    verdicts: Mapping[Entry, Verdict], expectation: Expectation, problem: Problem, reference: Reference
) -> dict[Entry, Verdict]:
    """The verdicts with those on what was expected; that it is met excuses no method that is wrong."""
    wrong = {entry for entry, verdict in verdicts.items() if verdict.outcome == Outcome.DISAGREE}
    found = judge_expectation(expectation, problem, reference, problem.options.tolerance)
    return {**verdicts, **{e: v for e, v in found.items() if v.outcome == Outcome.DISAGREE or e not in wrong}}


def judge_expectation(
    expectation: Expectation, problem: Problem, reference: Reference, tolerance: Tolerance
) -> dict[Entry, Verdict]:
    """The entries in which the derivative is not what was expected, and those that are singular as expected."""
    rtol = tolerance.relative(problem.options.dtype)
    if expectation.kind or expectation.slopes:
        entries = filter(reference.reached, problem.entries())
        return {entry: _judge_singular(expectation, problem, reference, entry, rtol) for entry in entries}
    wrong: dict[Entry, tuple[Expected, arb, arb]] = {}
    for expected in expectation.values:
        for k in range(len(problem.points)) if expected.point is None else [expected.point]:
            ball = _true_combination(expected.target.weights, reference, k)
            if ball is None:
                continue
            value, margin = _values(expected, problem, k)
            with balls.precision(256):
                allowed = abs(ball) * arb(rtol) if margin is None else margin
                met = abs(value - ball) <= allowed or (value.overlaps(ball) and value.is_finite())
            if not met:
                wrong[(*next(iter(expected.target.weights)), k)] = expected, value, ball
    slip = _slip([(value, ball) for _, value, ball in wrong.values()])
    return {
        entry: _verdict(expected, value, ball, problem.place(entry), slip)
        for entry, (expected, value, ball) in wrong.items()
    }


def _true_combination(weights: Weights, reference: Reference, k: int) -> arb | None:
    """The true value of a sum of partials at a point; None where there is none."""
    if any((*entry, k) not in reference.balls for entry in weights):
        return None
    with balls.precision(256):
        return sum((weight * reference.balls[*entry, k] for entry, weight in weights.items()), arb(0))


def _judge_singular(
    expectation: Expectation, problem: Problem, reference: Reference, entry: Entry, rtol: float
) -> Verdict:
    """The verdict where a kind, or two slopes, were expected."""
    found = reference.behaviours.get(entry, Behaviour(Kind.DIFFERENTIABLE))
    where = problem.place(entry)
    if expectation.slopes:
        expected = [balls.nearest_float(_values(slope, problem, entry[2])[0]) for slope in expectation.slopes]
        actual = [found.left, found.right]
        met = all(math.isclose(e, a, rel_tol=rtol) for e, a in zip(expected, actual, strict=True))
        what = f"the slopes {expected[0]:g} and {expected[1]:g}"
        truth = (
            f"they are {found.left:g} and {found.right:g}" if found.kind == Kind.KINK else f"it is {found.kind} there"
        )
    else:
        gone = {Kind.UNDEFINED, Kind.REMOVABLE}
        met = found.kind == expectation.kind or (expectation.kind == Kind.UNDEFINED and found.kind in gone)
        what, truth = f"'{expectation.kind}'", f"it is {found.kind}"
    if met:
        return Verdict(Outcome.AGREE, message=f"as expected, {found.kind} at {where}")
    return Verdict(Outcome.DISAGREE, ("expectation",), Cause.EXPECTATION, f"expected {what} at {where}, but {truth}")


def _slip(pairs: Sequence[tuple[arb, arb]]) -> str:
    """What went wrong, where it is the same everywhere: the sign, or a constant factor."""
    ratios = [balls.nearest_float(value / true) for value, true in pairs if value.is_finite() and not true.contains(0)]
    if not ratios or len(ratios) < len(pairs) or max(ratios) - min(ratios) > 1e-9 * abs(ratios[0]):
        return ""
    if abs(ratios[0] + 1) < 1e-9:
        return ": the sign is wrong"
    return f": off by the constant factor {ratios[0]:.6g}" if len(ratios) > 1 else ""


def _values(expected: Expected, problem: Problem, k: int) -> tuple[arb, arb | None]:
    point = problem.points.points[k]
    [value] = balls.at_point(expected.value, point)
    if expected.tolerance is None:
        return value, None
    [tolerance] = balls.at_point(expected.tolerance, point)
    return value, abs(tolerance)


def _verdict(expected: Expected, value: arb, ball: arb, where: str, slip: str) -> Verdict:
    got, true = balls.nearest_float(value), 0.0 if ball.contains(0) else balls.nearest_float(ball)
    shown = expected.text if expected.text == f"{got:g}" else f"{expected.text} = {got:.6g}"
    message = f"expected {shown} at {where}, but the {expected.target.label} is {true:.6g}{slip}"
    return Verdict(Outcome.DISAGREE, ("expectation",), Cause.EXPECTATION, message)


def expected_is_defined(expectation: Expectation, problem: Problem) -> bool:
    """Whether all expected values exist at the one point of a problem."""
    return all(_values(expected, problem, 0)[0].is_finite() for expected in expectation.values)
