"""What a picture shows, in words: kinks, jumps and poles with their limits, disagreements with their causes."""

import math
from collections.abc import Iterator

from derivcli.features.plot.judged_curve import JudgedCurve
from derivcli.features.plot.singularities import POLE, Singularity
from derivcli.records import Kind

MAX_TOLD = 3  # marks of one kind that are told one by one


def sentence(curve: JudgedCurve, s: Singularity) -> str:
    """A mark in words: `kink at x = 0: slope -1 from the left, 1 from the right`."""
    name = curve.label(s.level).partition("(")[0]
    of = "" if s.level == 0 and not curve.several else f" of {name}"
    return f"{s.kind}{of} at {curve.problem.program.variables[0]} = {s.text}: {_what(s, name)}"


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


def _wrong(curve: JudgedCurve, order: int) -> Iterator[str]:
    """The widest regions where methods are wrong, from left to right, and how many more there are."""
    regions = curve.regions[order - 1]
    widest = sorted(regions, key=lambda region: region.low - region.high)[:MAX_TOLD]
    yield from (region.text for region in regions if region in widest)
    more = len(regions) - MAX_TOLD
    if more > 0:
        yield f"something is wrong about {curve.label(order)} in {more} narrower region{'s' if more > 1 else ''} too"


def notes(curve: JudgedCurve) -> Iterator[str]:
    """The marks in words, those of one kind together where they are many; disagreements; what could not be done."""
    variable = curve.problem.program.variables[0]
    by_kind: dict[tuple[str, int], list[Singularity]] = {}
    for s in curve.search.found:
        by_kind.setdefault((s.kind, s.level), []).append(s)
    for (kind, _), alike in by_kind.items():
        if len(alike) <= MAX_TOLD:
            yield from (sentence(curve, s) for s in alike)
        else:
            where = [s.text for s in alike]
            where = where if len(where) <= 12 else [*where[:5], "…", *where[-2:]]
            plural = kind.replace("singularity", "singularities") + ("" if kind.endswith("y") else "s")
            of = f" of {curve.name}" if curve.several else ""
            yield f"{len(alike)} {plural}{of}: {variable} = {', '.join(where)}"
    for order in range(1, len(curve.problem.partials) + 1):
        yield from _wrong(curve, order)
    for left, right in curve.search.unresolved[:MAX_TOLD]:
        yield f"not drawn between {left:.6g} and {right:.6g}: too much happens there to be told apart"
    if not curve.enough:
        count = len(curve.problem.points)
        yield f"{count:,} points do not show how fast it bends: take a narrower --over, or more --samples"
    for estimate in curve.estimates:
        if estimate.reason:
            yield f"{estimate.method}: {estimate.message}"
    if not curve.parts and not curve.search.unresolved:
        yield f"{curve.name} is nowhere defined here"
