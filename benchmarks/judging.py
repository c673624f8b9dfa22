"""What judging costs: the reference and the verdict beside the three default methods, and the time of singular points.

python benchmarks/judging.py [ROUNDS]

Formulas are new to SymPy's cache, as in a batch: it is emptied before each round. Times are medians of the rounds.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from sympy.core.cache import clear_cache

from derivcli.engine.problem import run_method, to_problem
from derivcli.judge.differentiability import behaviour
from derivcli.judge.notes import warnings
from derivcli.judge.reference import enclosure
from derivcli.judge.verdict import judge, worst_verdict
from derivcli.records import Problem
from derivcli.requests.options import Options
from derivcli.requests.request import from_line, from_texts

DATA = Path(__file__).parents[1] / "tests" / "data"
FORMULAS = 40
TARGET = 0.2  # of the methods' time
OPTIONS = Options()
SINGULAR = (  # formula, point
    ("abs(x)", "0"),
    ("sqrt(abs(x))", "0"),
    ("floor(x)", "1"),
    ("abs(sin(x))", "pi"),
    ("sin(x)/x", "0"),
    ("where(x == 0, 0, x*sin(1/x))", "0"),
    ("where(x == 0, 0, x*cos(2*pi*log2(abs(x))))", "0"),
    ("where(x == 0, 0, x/log(abs(x)))", "0"),
    ("abs(gamma(x) - 1)", "1"),
    ("gamma(x)", "-2"),
    ("abs(zeta(x) - zeta(2))", "2"),
    ("abs(digamma(x) - digamma(2))", "2"),
    ("abs(besselj(0, x) - besselj(0, 1))", "1"),
    ("abs(airyai(x) - airyai(1))", "1"),
    ("(erf(x) - x)/x", "0"),
)
SECONDS = 0.2  # in which a singular point is to be classified


def lines() -> Iterator[str]:
    """Requests of one point, spread over the corpora."""
    texts = [line for path in sorted(DATA.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    cases = [case for case in map(json.loads, texts) if case.get("points")]
    for case in cases[:: len(cases) // FORMULAS][:FORMULAS]:
        yield json.dumps({"expr": case["expr"], "at": case["points"][0]["at"]})


def costs(asked: Problem) -> tuple[float, float]:
    """Seconds of the methods that run by default, and of what is done beyond them."""
    started = time.perf_counter()
    estimates = [run_method(asked, method) for method in OPTIONS.methods]
    methods_done = time.perf_counter()
    reference = enclosure(asked)
    worst_verdict(judge(asked, estimates, reference, OPTIONS.tolerance))
    list(warnings(asked, estimates, reference, OPTIONS.tolerance))
    return methods_done - started, time.perf_counter() - methods_done


def ordinary(rounds: int) -> None:
    """Print the cost of judging ordinary points."""
    problems = [to_problem(from_line(line, OPTIONS)) for line in lines()]
    times: list[list[tuple[float, float]]] = [[] for _ in problems]
    for _ in range(rounds + 1):
        clear_cache()
        for row, asked in zip(times, problems, strict=True):
            row.append(costs(asked))
    ratios = []
    for row, asked in zip(times, problems, strict=True):
        method, judging = (median(column) for column in zip(*row[1:], strict=True))  # the first warms up
        ratios.append(judging / method)
        text = asked.formula.text.strip()
        print(f"{method * 1e3:9.2f} ms + {judging * 1e3:7.2f} ms for judging = {ratios[-1]:6.1%}   {text[:60]}")
    within = sum(ratio <= TARGET for ratio in ratios)
    missed = "" if within == len(ratios) else "   MISSED"
    print(f"median {median(ratios):.1%}, {within} of {len(ratios)} within {TARGET:.0%}{missed}\n")


def many(rounds: int) -> None:
    """Print the cost of judging each of many points, where the methods work on arrays and the arbiter does not."""
    for formula in ("6x^2 + 2x + 4", "exp(-x^2/2)*sin(3x)/(1 + x^2)"):
        options = Options(at=("x=0.5:3:1000",))
        asked = to_problem(from_texts([formula], options))
        method, judging = (median(column) for column in zip(*[costs(asked) for _ in range(rounds)], strict=True))
        print(f"{method * 1e3:9.2f} µs + {judging * 1e3:7.2f} µs a point for judging 1000 points of {formula}")
    print()


def singular(rounds: int) -> None:
    """Print how long singular points take: their kind alone, and the whole reference."""
    for formula, x in SINGULAR:
        asked = to_problem(from_line(json.dumps({"expr": formula, "at": {"x": x}}), OPTIONS))
        point, partial = asked.points.points[0], asked.partials[0]
        kinds, references = [], []
        for _ in range(rounds):
            started = time.perf_counter()
            kind = behaviour(asked.program, 0, point, partial).kind
            kinds.append(time.perf_counter() - started)
            started = time.perf_counter()
            enclosure(asked)
            references.append(time.perf_counter() - started)
        missed = "" if median(references) <= SECONDS else "   MISSED"
        times = f"{median(kinds) * 1e3:7.1f} ms {median(references) * 1e3:7.1f} ms"
        print(f"{formula + ' at ' + x:46} {kind:24} {times}{missed}")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ordinary(count)
    many(count)
    singular(count)
