"""A case of `optimisation` → where a method's Hessian is not the enclosure's, as lines of text.

Differences count too, although they alone never make a verdict `disagree`: within their own error they must be right.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from derivcli.errors import Reason
from derivcli.judge.verdict import allowance, entries_where, is_off
from derivcli.records import Outcome, Report
from derivcli.requests.options import METHODS, Options
from derivcli.requests.shapes import Shape
from tests.corpus import Tally, reported

OPTIONS = Options(shape=Shape.HESSIAN, methods=(*METHODS, "forward-ad"), timeout=60)
KNOWN = {  # methods that are astray as yet; one that is right must be struck off
    ("scipy-go/Schaffer01", "finite-difference"),  # below h = 2^-22 the sum x1^2 + x2^2 loses h^2, and nothing scatters
}


def astray(case: dict[str, Any], tally: Tally) -> Iterator[str]:
    """The verdict, the methods, and the symmetry of one case at all its points."""
    report = reported(case, OPTIONS)
    tally.counts["cases"] += 1
    tally.counts["second partials"] += report.reference.values.size
    if report.verdict.outcome != Outcome.AGREE:
        yield f"{case['id']} {report.verdict.outcome} ({report.verdict.cause}): {report.verdict.message}"
    yield from (f"{case['id']} {fact}" for fact in report.facts if "not symmetric" in fact)
    yield from estimates(case["id"], report, tally)


def estimates(name: str, report: Report, tally: Tally) -> Iterator[str]:
    """What each method has to say, entry by entry."""
    allowed = allowance(report.problem, report.reference, OPTIONS.tolerance)
    for estimate in report.estimates:
        if estimate.values is None:
            tally.counts[f"{estimate.method}: {estimate.message}"] += 1
            if estimate.reason != Reason.NOT_SUPPORTED:
                yield f"{name} {estimate.method}: {estimate.message}"
            continue
        far = is_off(estimate, report.reference, allowed)
        tally.counts[f"by {estimate.method}"] += int(np.sum(~far))
        if (name, estimate.method) in KNOWN:
            tally.counts["known failures"] += 1
            if not far.any():
                yield f"{name} {estimate.method} is right: strike it off KNOWN"
            continue
        for o, p, k in entries_where(far):
            got, true = estimate.values[o, p, k], report.reference.values[o, p, k]
            yield f"{name} point {k}: {estimate.method} by {report.problem.partials[p]} {got!r}, true {true!r}"
