"""What is computed from the partials of a report: sums of them, and what a Hessian says."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from derivcli.records import CombinationValue, Estimate, Problem, Reference
from derivcli.requests.shapes import Shape


def combine(problem: Problem, estimates: Sequence[Estimate], reference: Reference) -> Iterator[CombinationValue]:
    """Each total at each point."""
    for total in problem.request.totals:
        truth = total.of(reference.values)
        by_method = {e.method: total.of(e.values) for e in estimates if e.values is not None}
        for k in range(len(problem.points)):
            values = {method: float(sums[k]) for method, sums in by_method.items()}
            yield CombinationValue(total.label, k, float(truth[k]), values)


def facts(problem: Problem, estimates: Sequence[Estimate], reference: Reference) -> Iterator[str]:
    """Of a Hessian at each point: eigenvalues, definiteness, and whether every method's is symmetric."""
    if problem.options.shape != Shape.HESSIAN:
        return
    n = len(problem.program.variables)
    for k in range(len(problem.points)):
        matrix = reference.values[0, :, k].reshape(n, n)
        where = "" if len(problem.points) == 1 else f" at point {k + 1}"
        if not np.isfinite(matrix).all():
            reached = all(reference.reached((0, p, k)) for p in range(n * n))
            yield f"Hessian{where}: not all of it {'exists' if reached else 'was enclosed in time'}"
            continue
        eigenvalues = np.linalg.eigvalsh((matrix + matrix.T) / 2)
        listed = ", ".join(f"{value:.6g}" for value in eigenvalues)
        yield f"Hessian{where}: {definiteness(eigenvalues)}, eigenvalues {listed}"
        for estimate in estimates:
            if estimate.values is not None:
                own = estimate.values[0, :, k].reshape(n, n)
                gap = float(np.max(np.abs(own - own.T)))
                if not gap <= 1e-6 * float(np.max(np.abs(matrix))):
                    yield f"{estimate.method}'s Hessian{where} is not symmetric: off by {gap:.1e}"


def definiteness(eigenvalues: np.ndarray[Any, Any]) -> str:
    """What the signs of the eigenvalues of a symmetric matrix say; rounding counts as 0."""
    small = 1e-12 * float(np.max(np.abs(eigenvalues)))
    low, high = float(eigenvalues[0]), float(eigenvalues[-1])
    if low > small:
        return "positive definite"
    if high < -small:
        return "negative definite"
    if low >= -small:
        return "positive semidefinite"
    return "negative semidefinite" if high <= small else "indefinite"
