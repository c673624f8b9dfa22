"""Many points: ratios to hand-written code, each in one run, and rows a second from CSV to Parquet.

python benchmarks/sweeps.py [POINTS]   10,000,000 by default; a tenth of them where all methods are judged
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import sympy
import torch

THREADS = torch.get_num_threads()  # PyTorch's own default, which derivcli turns down to 1
ROUNDS = 5
TERMS = range(1, 41)
WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

FORMULAS = {  # operations: the text, and what a user would write
    "8": ("exp(-x^2)*sin(3x)/(1+x^2)", lambda x: torch.exp(-(x**2)) * torch.sin(3 * x) / (1 + x**2)),
    "5": ("x*tanh(x^2)/3 + x", lambda x: x * torch.tanh(x**2) / 3 + x),
    "30": (
        "log(1 + exp(sin(x) + cos(2*x)))*sqrt(1 + x^2)/(2 + cos(x)^3) + atan(x*exp(-x^2/9) + tanh(x/3))^2",
        lambda x: (
            torch.log(1 + torch.exp(torch.sin(x) + torch.cos(2 * x))) * torch.sqrt(1 + x**2) / (2 + torch.cos(x) ** 3)
            + torch.atan(x * torch.exp(-(x**2) / 9) + torch.tanh(x / 3)) ** 2
        ),
    ),
    "200": (
        " + ".join(f"sin({k}*x + {k}/7)/{k}" for k in TERMS),
        lambda x: sum(torch.sin(k * x + k / 7) / k for k in TERMS),
    ),
}


def by_hand(function: Callable, x: np.ndarray) -> np.ndarray:
    """One backward pass as everybody writes it, with PyTorch's default threads."""
    torch.set_num_threads(THREADS)
    leaf = torch.from_numpy(x).clone().requires_grad_(True)
    function(leaf).sum().backward()
    torch.set_num_threads(1)
    return leaf.grad.numpy()


def own(text: str, x: np.ndarray, method: str = "autograd") -> np.ndarray:
    """Ours, in memory."""
    import derivcli  # noqa: PLC0415 — after THREADS is known

    return derivcli.derivatives(text, {"x": x}, method)[0, 0]


def lambdified(text: str, x: np.ndarray) -> np.ndarray:
    """SymPy's derivative by NumPy."""
    symbol = sympy.Symbol("x", real=True)
    derivative = sympy.diff(sympy.sympify(text.replace("^", "**").replace("3x", "3*x")), sympy.Symbol("x"))
    return sympy.lambdify(symbol, derivative.subs(sympy.Symbol("x"), symbol), "numpy", cse=True)(x)


def judged(text: str, points: int) -> None:
    """All three methods with the verdict."""
    import derivcli  # noqa: PLC0415

    assert derivcli.evaluate(text, at=f"x=-5:5:{points}").verdict.outcome == "agree"


def paired(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of two calls that take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, taken in zip((one, other), times, strict=True):
            started = time.perf_counter()
            call()
            taken.append(time.perf_counter() - started)
    return median(times[0]), median(times[1])


def memory(which: str, points: int) -> float:
    """Megabytes that a run in a fresh process takes beyond its points and its result."""
    command = [sys.executable, __file__, "--memory", which, str(points)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measured(which: str, points: int) -> float:
    """The same, in this process."""
    text, function = FORMULAS["8"]
    run = {"by hand": lambda x: by_hand(function, x), "ours": lambda x: own(text, x)}[which]
    run(np.linspace(-5, 5, 100_000))
    x = np.full(points, 10 / points)  # linspace would take its own memory, and hide what is measured
    np.cumsum(x, out=x)
    before = peak()
    run(x)
    return peak() - before - points * 8 / 1e6


def peak() -> float:
    """The most megabytes that this process has held; ru_maxrss would count those of whoever started it."""
    [line] = [line for line in Path("/proc/self/status").read_text("utf-8").splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1e3


def files(rows: int) -> None:
    """CSV in, Parquet out, all methods judged: a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "points.csv", Path(folder) / "rows.parquet"
        x = np.random.default_rng(0).uniform(-5, 5, rows)
        np.savetxt(source, x, header="x", comments="", fmt="%.17g")
        command = [
            sys.executable,
            "-m",
            "derivcli",
            FORMULAS["8"][0],
            "--points",
            str(source),
            "--out",
            str(target),
            "-q",
        ]
        idle = [sys.executable, "-m", "derivcli", FORMULAS["8"][0], "--at", "x=1", "-q"]
        started = time.perf_counter()
        subprocess.run(idle, check=True, capture_output=True)
        start = time.perf_counter() - started
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", WATCH, *command], check=True, capture_output=True, text=True)
        seconds, most = time.perf_counter() - started, int(done.stdout) / 1e3
    print(
        f"CSV to Parquet, {rows:,} rows: {seconds:.1f} s as a process, {rows / (seconds - start):,.0f} rows a second "
        f"after a start of {start:.1f} s (target 500,000); peak {most:,.0f} MB (target under 600)"
    )


def main() -> None:
    """Print each figure beside its target."""
    points = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    for name, (text, function) in FORMULAS.items():
        x = np.linspace(-5, 5, points)
        few = x[::10].copy()
        hand, ours = paired(lambda f=function, x=x: by_hand(f, x), lambda t=text, x=x: own(t, x))
        print(f"{name:>3} operations, autograd: {hand:.2f} s by hand, {ours:.2f} s: {hand / ours:.1f} x (target 4)")
        numpy, ours = paired(lambda t=text, x=x: lambdified(t, x), lambda t=text, x=x: own(t, x, "symbolic"))
        print(f"{name:>3} operations, symbolic: {numpy:.2f} s by NumPy, {ours:.2f} s: {numpy / ours:.1f} x (target 2)")
        hand, ours = paired(lambda f=function, x=few: by_hand(f, x), lambda t=text, x=few: judged(t, len(x)))
        print(
            f"{name:>3} operations, judged: {ours:.2f} s, a backward pass {hand:.2f} s: {ours / hand:.1f} (target < 10)"
        )
    hand, ours = memory("by hand", points), memory("ours", points)
    print(f"memory beyond points and result: {hand:,.0f} MB by hand, {ours:,.0f} MB: {ours / hand:.2f} (target 0.1)")
    for rows in (points // 10, points):
        files(rows)


if __name__ == "__main__":
    if "--memory" in sys.argv:
        print(measured(sys.argv[-2], int(sys.argv[-1])))
    else:
        main()
