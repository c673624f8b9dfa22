"""What a gradient in many variables costs: beside hand-written PyTorch, beside f itself, and as an enclosure.

python benchmarks/gradients.py [ROUNDS]

By hand is the natural PyTorch code over the same scalars: one leaf a variable, a loop over them, backward(). Both are
timed in one run, turn by turn, and the ratio of their medians is printed. f is run with the graph backward() needs.
"""

import gc
import math
import sys
import time
from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from statistics import median
from typing import Any

import torch

from derivcli.backends.tensors import DOUBLE
from derivcli.engine.problem import run_method, to_problem
from derivcli.formula.program import run
from derivcli.judge.reference import enclosure
from derivcli.methods import autograd
from derivcli.records import Problem
from derivcli.requests.options import Options
from derivcli.requests.request import from_texts

SIZES = (10, 100, 1000)
BY_HAND = 1.5  # times hand-written PyTorch, at most, in 1,000 variables
OF_F = 6.0  # times f, at most
SECONDS = 1.0  # for the enclosure in 1,000 variables

Leaves = list[torch.Tensor]


def rosenbrock(x: Leaves) -> torch.Tensor:
    """Rosenbrock 1960, https://doi.org/10.1093/comjnl/3.3.175"""
    total: Any = 0
    for a, b in pairwise(x):
        total = total + (100 * (b - a**2) ** 2 + (1 - a) ** 2)
    return total


def speelpenning(x: Leaves) -> torch.Tensor:
    """The product of all variables: Speelpenning 1980, https://doi.org/10.2172/5254402"""
    return reduce(lambda product, each: product * each, x)


def tanh_sum(x: Leaves) -> torch.Tensor:
    total: Any = 0
    for each in x:
        total = total + torch.tanh(each)
    return total


FORMULAS: dict[str, tuple[str, Callable[[Leaves], torch.Tensor]]] = {
    "Rosenbrock": ("sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, {last})", rosenbrock),
    "Speelpenning": ("prod(x[i], i, 1, {n})", speelpenning),
    "sum of tanh": ("sum(tanh(x[i]), i, 1, {n})", tanh_sum),
}


def asked(formula: str, n: int) -> Problem:
    options = Options(at=(f"x[1:{n}]=0.5:1.5:{n}",), timeout=60)
    return to_problem(from_texts([formula.format(n=n, last=n - 1)], options))


def leaves(here: Problem) -> Leaves:
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in here.floats[:, 0].tolist()]


def by_hand(here: Problem, function: Callable[[Leaves], torch.Tensor]) -> list[float]:
    x = leaves(here)
    function(x).backward()
    return [float(each.grad) for each in x if each.grad is not None]


def medians(rounds: int, repeats: int, *works: Callable[[], object]) -> list[float]:
    """The median time of each, in seconds, taken turn by turn after a first turn of all; short works are repeated."""
    times: list[list[float]] = [[] for _ in works]
    gc.disable()  # as in the command
    for _ in range(rounds + 1):
        for row, work in zip(times, works, strict=True):
            started = time.perf_counter()
            for _ in range(repeats):
                work()
            row.append((time.perf_counter() - started) / repeats)
        gc.collect()
    return [median(row[1:]) for row in times]


def held(what: str, value: float, most: float, unit: str = "") -> str:
    return f"{what} {value:.2f}{unit}{'' if value <= most else '   MISSED'}"


def main() -> None:
    """Print the ratios of each formula at each size, beside what they may be."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"at most: {BY_HAND} × by hand in {SIZES[-1]:,} variables, {OF_F:g} × f, {SECONDS:g} s for the enclosure")
    for name, (formula, function) in FORMULAS.items():
        for n in SIZES:
            here = asked(formula, n)
            got, hand, f, balls = medians(
                rounds,
                SIZES[-1] // n,
                lambda here=here: autograd.estimate(here),
                lambda here=here, function=function: by_hand(here, function),
                lambda here=here: run(here.program, DOUBLE, leaves(here)),
                lambda here=here: enclosure(here),
            )
            figures = held("by hand ×", got / hand, BY_HAND if n == SIZES[-1] else math.inf), held("f ×", got / f, OF_F)
            certain = held("enclosure", balls, SECONDS, " s")
            print(f"{name:12} n = {n:4}  gradient {got * 1e3:7.2f} ms   {figures[0]}   {figures[1]}   {certain}")
        differences, symbolic = (run_method(here, method) for method in ("finite-difference", "symbolic"))
        print(f"{'':12} differences {differences.seconds:.2f} s ({differences.note})")
        print(f"{'':12} symbolic {symbolic.seconds:.2f} s {symbolic.reason}")


if __name__ == "__main__":
    main()
