"""What a short command costs: the medians of interleaved runs, relative to a bare interpreter and to bare imports.

python benchmarks/startup.py [ROUNDS]
"""

import os
import subprocess
import sys
import time
from statistics import median

DERIV = (sys.executable, "-m", "derivcli")
FORMULA = ("6*x**2 + 2*x + 4", "--at", "x=3")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PRESSED_TAB = {"_DERIV_COMPLETE": "complete_bash", "COMP_WORDS": "deriv\nx\n--method\nau", "COMP_CWORD": "3"}

BARE = {
    "python": (sys.executable, "-c", "pass"),
    "sympy": (sys.executable, "-c", "import sympy"),
    "torch, sympy": (sys.executable, "-c", "import torch, sympy"),
}
RUNS = {  # name: arguments, environment, what it is compared with, target
    "--help": (("--help",), {}, "python", 14),
    "--version": (("--version",), {}, "python", 14),
    "parse error": (("3*sni(x)",), {}, "python", 14),
    "completion": ((), PRESSED_TAB, "python", 14),
    "--method symbolic": ((*FORMULA, "--method", "symbolic"), {}, "sympy", 1.5),
    "main job": (FORMULA, {}, "torch, sympy", 0.85),
}


def seconds(command: tuple[str, ...], environment: dict[str, str]) -> float:
    """The wall time of one run, with byte code on the disk as after an installation."""
    started = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT | environment, capture_output=True, check=False)
    return time.perf_counter() - started


def main() -> None:
    """Print a line for each command: its median, and its ratio to the bare imports beside the target."""
    jobs = {name: (command, {}) for name, command in BARE.items()}
    jobs |= {name: ((*DERIV, *arguments), extra) for name, (arguments, extra, _, _) in RUNS.items()}
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        seconds(*job)  # writes the byte code, warms the caches of the disk
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 9):
        for name, job in jobs.items():
            times[name].append(seconds(*job))
    for name, (_, _, bare, target) in RUNS.items():
        ratio = median(times[name]) / median(times[bare])
        verdict = "" if ratio < target else "   MISSED"
        print(f"{name:18} {median(times[name]):6.3f} s {ratio:6.2f} × {bare:12} (target under {target}){verdict}")


if __name__ == "__main__":
    main()
