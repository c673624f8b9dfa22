"""What worker processes give: a batch of 2,000 formulas by `--jobs 2`, and by one job, start-up included.

python benchmarks/batches.py [ROUNDS]

The formulas are the short ones of tests/data, each with a factor of its own, so that SymPy has not seen it before.
Both kinds of runs take turns, and each ratio is of two runs that followed each other: the machine is as busy for both.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from statistics import median

DATA = Path(__file__).parents[1] / "tests" / "data"
DERIV = (sys.executable, "-m", "derivcli", "-", "--format", "csv")
FORMULAS = 2000
LONGEST = 60  # characters: as people type them
TARGET = 1.7  # times as fast


def requests() -> Iterator[str]:
    """Requests of one point, through the corpora again and again."""
    texts = [line for path in sorted(DATA.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    cases = [case for case in map(json.loads, texts) if case.get("points") and len(case["expr"]) <= LONGEST]
    for turn in count():
        for case in cases:
            at = case["points"][turn % len(case["points"])]["at"]
            yield json.dumps({"expr": f"{turn + 2}*({case['expr']})", "at": at})


def seconds(batch: str, *arguments: str) -> float:
    """The wall time of one run."""
    started = time.perf_counter()
    subprocess.run([*DERIV, *arguments], input=batch, text=True, capture_output=True, check=False)
    return time.perf_counter() - started


def main() -> None:
    """Print the medians, and the median of the ratios beside the target."""
    batch = "".join(f"{line}\n" for line in islice(requests(), FORMULAS))
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    times = [(seconds(batch), seconds(batch, "--jobs", "2")) for _ in range(rounds)]
    one, two = (median(column) for column in zip(*times, strict=True))
    ratio = median(first / second for first, second in times)
    missed = "" if ratio >= TARGET else "   MISSED"
    print(f"{FORMULAS} formulas: one job {one:.1f} s, two {two:.1f} s, {ratio:.2f} × (target {TARGET}){missed}")


if __name__ == "__main__":
    main()
