"""Where the layers meet: texts → `Problem` → `Report`."""

import math
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from importlib import import_module

import numpy as np

from derivcli import plugins
from derivcli.backends import arb as balls
from derivcli.errors import DerivError, InternalError, PointError, RequestError, UnsupportedError
from derivcli.expectation import Expectation, defined, judged, parse_expectation
from derivcli.limits import time_limit
from derivcli.points import Coordinate, Points
from derivcli.program import attached
from derivcli.records import Cell, Estimate, Failure, Problem, Reference, Report, Verdict, Word
from derivcli.reference import derivatives, enclosure
from derivcli.requests import Options, Request, from_line, from_texts
from derivcli.sums import facts, summed
from derivcli.verdict import at, judge, overall, silent_zeros, warnings

DRAWN = 5  # points, where none were given
TRIES = 400
EXPLAINED = 20  # disagreements whose cause is looked for


def evaluate(text: str, at: str = "", options: Options = Options()) -> Report:  # noqa: B008 — frozen
    """The report on a text: `evaluate("u^3 + v^2", at="u=3,v=4")`. Raises DerivError."""
    options = replace(options, at=(at,)) if at else options
    return answer(from_texts([text], options), options)


def answers(lines: Iterable[bytes], options: Options) -> Iterator[Report | Failure]:
    """One record for each line of a batch that is not blank: a report, or why there is none."""
    for count, line in enumerate(lines, 1):
        try:
            text = line.decode().strip()
            if text:
                yield answer(from_line(text, options), options)
        except UnicodeDecodeError as error:
            yield Failure(RequestError(f"line {count}: byte {error.start + 1} is not UTF-8", hint="send UTF-8 text"))
        except DerivError as error:
            error.message = f"line {count}: {error.message}"
            yield Failure(error, error.identifier)
        except Exception as error:  # a fault of ours must not end the run either
            yield Failure(InternalError(f"line {count}: {type(error).__name__}: {error}", hint="please report this"))


def answer(request: Request, options: Options) -> Report:
    """Every method's answer, the reference, and the verdict. Raises DerivError."""
    asked = problem(request, options)
    expectation = parse_expectation(request.expect, asked) if request.expect else None
    if not asked.points.points:
        asked = at_drawn_points(asked, options.seed, expectation)
    estimates = tuple(estimated(asked, method, options.timeout) for method in options.methods)
    reference = enclosure(asked)
    verdicts = judge(asked, estimates, reference, options.tolerance)
    verdicts |= _explained(verdicts, asked, estimates, reference)
    if expectation:
        verdicts |= judged(expectation, asked, reference, options.tolerance.rtol)
    notes = [
        f"{estimate.method}: {text}" for estimate in estimates for text in (estimate.reason, estimate.note) if text
    ]
    notes += [*silent_zeros(asked), *_attached(asked, reference)]
    return Report(
        asked,
        estimates,
        reference,
        verdicts,
        _overall(verdicts, estimates, request),
        tuple(notes),
        request.identifier,
        request.expect,
        options.strict,
        tuple(summed(request.totals, asked, estimates, reference)),
        tuple(facts(asked, estimates, reference)),
        tuple(warnings(asked, estimates, reference, options.tolerance)),
    )


def _overall(verdicts: Mapping[Cell, Verdict], estimates: Sequence[Estimate], request: Request) -> Verdict:
    """The worst verdict; where no method ran and nothing was expected, there is nothing to agree."""
    if not request.expect and all(estimate.values is None for estimate in estimates):
        return Verdict(Word.INCONCLUSIVE, message="none of the methods could be run")
    return overall(verdicts)


def _attached(asked: Problem, reference: Reference) -> Iterator[str]:
    """What the derivatives that `detach` changes would be without it, at the first point."""
    if "detach" in asked.program.functions:
        free = replace(asked, program=attached(asked.program))
        for (o, p), ball in derivatives(free, free.points.points[0]).items():
            if balls.tight(ball) and balls.rounded(ball) != reference.values[o, p, 0]:
                by = ",".join(asked.partials[p])
                where = at(asked, (o, p, 0))
                yield f"without detach the derivative by {by} would be {balls.rounded(ball):.6g} at {where}"


def _explained(
    verdicts: Mapping[Cell, Verdict], asked: Problem, estimates: Sequence[Estimate], reference: Reference
) -> dict[Cell, Verdict]:
    """The first few disagreements with their causes."""
    by_name = {estimate.method: estimate for estimate in estimates}
    wrong = [(cell, verdict) for cell, verdict in verdicts.items() if verdict.word == Word.DISAGREE][:EXPLAINED]
    if not wrong:
        return {}
    diagnosis = import_module("derivcli.diagnosis")  # it imports torch, which a symbolic run must not
    by_torch = {cell: next((m for m in v.methods if m in diagnosis.TORCH), v.methods[0]) for cell, v in wrong}
    return {cell: diagnosis.explained(v, asked, by_name[by_torch[cell]], reference, cell) for cell, v in wrong}


def problem(request: Request, options: Options = Options()) -> Problem:  # noqa: B008 — frozen
    """A request as a problem. Raises PointError for impossible coordinates."""
    names = request.program.variables
    nowhere = Points(names, (), ())
    empty = Problem(
        request.formula,
        request.program,
        request.partials,
        nowhere,
        np.empty((len(names), 0)),
        asked=options.shape,
        step=options.step,
        dtype=options.dtype,
    )
    asked = empty if request.points is None else at_points(empty, request.points)
    return at_points(asked, _rounded(asked)) if options.at_rounded else asked


def _rounded(asked: Problem) -> Points:
    """The points as the dtype has them: significands rounded to its bits, halves to even."""

    def nearest(x: float) -> Fraction:
        significand, exponent = math.frexp(x)
        return round(significand * 2**asked.dtype.bits) * Fraction(2) ** (exponent - asked.dtype.bits)

    rows = tuple(tuple(map(nearest, row)) for row in asked.floats.T.tolist())
    return replace(asked.points, points=rows)


def at_points(problem: Problem, points: Points) -> Problem:
    """The same problem at these points."""
    floats = np.array([[float_value(coordinate) for coordinate in point] for point in points.points])
    return replace(problem, points=points, floats=floats.reshape(len(points), len(points.names)).T.copy())


def float_value(coordinate: Coordinate) -> float:
    """The nearest float64 of a coordinate. Raises PointError where it has no real value."""
    [ball] = balls.refined(lambda: [balls.coordinate(coordinate)])
    if not ball.is_finite():
        raise PointError("a coordinate has no real value")
    return balls.rounded(ball)


def at_drawn_points(problem: Problem, seed: int, expectation: Expectation | None = None) -> Problem:
    """The same problem at a few random points where f, its derivatives and the expectation are all defined."""
    generator = random.Random(seed)
    names = problem.program.variables
    found: list[tuple[Coordinate, ...]] = []
    for attempt in range(TRIES):
        spread = (1, 3, 10)[attempt % 3]
        point = tuple(Fraction(generator.randint(-64 * spread, 64 * spread), 64) for _ in names)
        trial = at_points(problem, _listed(names, [point]))
        if all(map(balls.tight, derivatives(problem, point, most=256).values())) and (
            expectation is None or all(defined(row, trial, 0) for row in expectation.values)
        ):
            found.append(point)
        if len(found) == DRAWN:
            break
    if not found:
        raise PointError(f"no point was found where everything is defined ({TRIES} tries)", hint="give one with --at")
    return replace(at_points(problem, _listed(names, found)), seed=seed)


def _listed(names: tuple[str, ...], points: Sequence[tuple[Coordinate, ...]]) -> Points:
    return Points(names, tuple(points), tuple(tuple(f"{float(x)}" for x in point) for point in points))  # type: ignore[arg-type]  # rationals


def estimated(problem: Problem, method: str, timeout: float) -> Estimate:
    """One method's estimate; whatever fails inside becomes its reason and stops nothing else."""
    plugin = plugins.load("methods", method)
    started = time.perf_counter()
    try:
        with time_limit(timeout):
            estimate = plugin.estimate(problem)
    except UnsupportedError as error:
        estimate = Estimate(method, reason=error.message)
    except TimeoutError:
        estimate = Estimate(method, reason=f"not finished within {timeout:g} s")
    except RecursionError:
        estimate = Estimate(method, reason="the formula is too deep for this library")
    except Exception as error:  # whatever a library raises must not stop the other methods
        estimate = Estimate(method, reason=f"failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
    return replace(estimate, seconds=time.perf_counter() - started)
