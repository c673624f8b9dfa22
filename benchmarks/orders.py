"""What each order costs: the enclosure at orders 20 and 50, and every method order by order.

python benchmarks/orders.py [SECONDS]   a limit on each estimate, 10 by default
"""

import sys
import time
from statistics import median

from derivcli import plugins
from derivcli.engine.problem import run_method, to_problem
from derivcli.judge.reference import enclosure
from derivcli.records import Problem
from derivcli.requests.options import Options
from derivcli.requests.request import from_texts

FORMULA = "exp(-x^2)*sin(3x)/(1+x^2)"
TARGETS = {1: 5, 10: 20, 20: 50, 50: 50, 100: 500}  # order: milliseconds
ROUNDS = 9


def asked(order: int, timeout: float = 10.0) -> Problem:
    options = Options(at=("x=0.75",), order=order, timeout=timeout)
    return to_problem(from_texts([FORMULA], options))


def milliseconds(order: int) -> float:
    """The median time of a reference, after the first."""
    here, times = asked(order), []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        enclosure(here)
        times.append(1000 * (time.perf_counter() - started))
    return median(times[1:])


def main() -> None:
    """Print the reference's times beside their targets, then the methods' until they refuse."""
    print(FORMULA)
    for order, target in TARGETS.items():
        taken = milliseconds(order)
        print(
            f"reference, order {order:3} {taken:8.2f} ms (target under {target}){'' if taken < target else '   MISSED'}"
        )
    limit = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    for method in plugins.names("methods"):
        run_method(asked(1, limit), method)  # loads the library
        for order in (1, 2, 3, 4, 6, 8, 10, 20):
            estimate = run_method(asked(order, limit), method)
            print(f"{method:18} order {order:2} {1000 * estimate.seconds:10.2f} ms   {estimate.reason}".rstrip())
            if estimate.reason:
                break


if __name__ == "__main__":
    main()
