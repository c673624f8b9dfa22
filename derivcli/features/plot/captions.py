"""What a picture shows, in words: kinks, jumps and poles with their limits, disagreements with their causes."""

import math
from collections.abc import Iterator

from derivcli.features.plot.judged_curve import Trace
from derivcli.features.plot.singularities import POLE, Singularity
from derivcli.records import Kind

FEW = 3  # marks of one kind that are told one by one


def sentence(trace: Trace, s: Singularity) -> str:
    """A mark in words: `kink at x = 0: slope -1 from the left, 1 from the right`."""
    name = trace.label(s.level).partition("(")[0]
    of = "" if s.level == 0 and not trace.several else f" of {name}"
    return f"{s.kind}{of} at {trace.problem.program.variables[0]} = {s.text}: {_what(s, name)}"


def _what(s: Singularity, name: str) -> str:
    (left, right), slopes = s.sides[s.level], s.sides[s.level + 1]
    if s.kind == Kind.JUMP and left == right:
        return f"{name} tends to {left:.6g}, but is {_known(s.value)} there"
    if s.kind == Kind.JUMP:
        return f"{name} tends to {_one_sided(left, right)}, and is {_known(s.value)} there"
    if s.kind == Kind.REMOVABLE:
        return f"{name} has no value there, but tends to {_one_sided(left, right)}"
    if s.kind == POLE or (s.kind == Kind.EDGE and math.isnan(s.value)):
        return f"{name} tends to {_one_sided(left, right)}"
    if s.kind == Kind.NO_LIMIT:
        return f"{'the slopes have' if math.isfinite(s.value) else f'{name} has'} no limit"
    return f"slope {_one_sided(*slopes)}"


def _known(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.6g}"


def _one_sided(left: float, right: float) -> str:
    if math.isnan(left) or math.isnan(right):
        return f"{right:.6g} from the right" if math.isnan(left) else f"{left:.6g} from the left"
    return f"{left:.6g}" if left == right else f"{left:.6g} from the left, {right:.6g} from the right"


def _wrong(trace: Trace, order: int) -> Iterator[str]:
    """The widest regions where methods are wrong, from left to right, and how many more there are."""
    regions = trace.regions[order - 1]
    widest = sorted(regions, key=lambda region: region.low - region.high)[:FEW]
    yield from (region.text for region in regions if region in widest)
    more = len(regions) - FEW
    if more > 0:
        yield f"something is wrong about {trace.label(order)} in {more} narrower region{'s' if more > 1 else ''} too"


def notes(trace: Trace) -> Iterator[str]:
    """The marks in words, those of one kind together where they are many; disagreements; what could not be done."""
    variable = trace.problem.program.variables[0]
    by_kind: dict[tuple[str, int], list[Singularity]] = {}
    for s in trace.search.found:
        by_kind.setdefault((s.kind, s.level), []).append(s)
    for (kind, _), alike in by_kind.items():
        if len(alike) <= FEW:
            yield from (sentence(trace, s) for s in alike)
        else:
            where = [s.text for s in alike]
            where = where if len(where) <= 12 else [*where[:5], "…", *where[-2:]]
            plural = kind.replace("singularity", "singularities") + ("" if kind.endswith("y") else "s")
            of = f" of {trace.name}" if trace.several else ""
            yield f"{len(alike)} {plural}{of}: {variable} = {', '.join(where)}"
    for order in range(1, len(trace.problem.partials) + 1):
        yield from _wrong(trace, order)
    for left, right in trace.search.unresolved[:FEW]:
        yield f"not drawn between {left:.6g} and {right:.6g}: too much happens there to be told apart"
    if not trace.enough:
        count = len(trace.problem.points)
        yield f"{count:,} points do not show how fast it bends: take a narrower --over, or more --samples"
    for estimate in trace.estimates:
        if estimate.reason:
            yield f"{estimate.method}: {estimate.message}"
    if not trace.parts and not trace.search.unresolved:
        yield f"{trace.name} is nowhere defined here"
