"""A formula in one variable over a window, as it is and as the methods see it: problem, window → `JudgedCurve`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import numpy as np

from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Region
from derivcli.engine.problem import run_method
from derivcli.engine.worst import case_at
from derivcli.features.plot.sampling import Stretch, sample, stretches
from derivcli.features.plot.singularities import Singularities, Singularity, find_singularities
from derivcli.judge.reference import add_details, enclosure
from derivcli.judge.smoothness import enclose_series
from derivcli.judge.verdict import judge
from derivcli.records import Entry, Estimate, Outcome, Problem, Reference, Verdict
from derivcli.requests.points import Points
from derivcli.text import join_words

SHADED_GAP = 3  # points that agree between two that do not, and are shaded too


@dataclass(frozen=True, slots=True, eq=False)
class JudgedCurve:
    """One formula over a window: what was found, the points, the truth and the methods' answers there."""

    problem: Problem
    output: int  # of the formula that the picture shows
    several: bool
    window: tuple[float, float]
    search: Singularities
    parts: tuple[Stretch, ...]
    grids: tuple[Array, ...]
    enough: bool  # whether so many points show how the curves bend
    reference: Reference
    estimates: tuple[Estimate, ...]
    verdicts: Mapping[Entry, Verdict]
    regions: tuple[tuple[Region, ...], ...] = ()  # by order, from the first

    @property
    def name(self) -> str:
        return "f" + str(self.output + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) if self.several else "f"

    def label(self, order: int) -> str:
        """`f(x)`, `f'(x)`, `f⁽⁴⁾(x)`."""
        raised = str(order).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{self.name}{chr(39) * order if order < 4 else f'⁽{raised}⁾'}({self.problem.program.variables[0]})"

    def inner(self, s: Singularity, order: int) -> list[float]:
        """The limits of f^(order) at a singularity, from within the window."""
        return [y for y, end in zip(s.sides[order], self.window, strict=True) if s.x != end]

    def split(self, row: Array) -> list[Array]:
        """Values at all points as one array for each stretch."""
        ends = np.cumsum([len(grid) for grid in self.grids], dtype=int)
        return [row[end - len(grid) : end] for grid, end in zip(self.grids, ends.tolist(), strict=True)]

    def values(self, order: int) -> Array:
        """f^(order) at all points: the truth."""
        return self.reference.values[0, order - 1] if order else self.reference.functions[0]


def judge_curve(problem: Problem, output: int, window: tuple[float, float], samples: int) -> JudgedCurve:
    """One output of a problem over a window, judged at every point that is drawn."""
    low, high = window
    order, several = len(problem.partials), len(problem.program.outputs) > 1
    program = replace(problem.program, outputs=(problem.program.outputs[output],))
    search = find_singularities(program, low, high, order)
    parts = stretches(program, search, low, high)
    jet = cache(lambda at: enclose_series(program, Fraction(at), order))  # says where to look, and is the truth there
    grids, enough = sample(jet, parts, order, samples, high - low)
    x = [float(each) for grid in grids for each in grid]
    points = Points(program.variables, tuple((Fraction(each),) for each in x), tuple((f"{each:.6g}",) for each in x))
    problem = replace(problem.asking(program=program), points=points)
    reference = enclosure(problem, [[*slopes, f] for f, *slopes in map(jet, x)])
    estimates = tuple(run_method(problem, method) for method in problem.options.methods) if x else ()
    verdicts = judge(problem, estimates, reference, problem.options.tolerance) if x else {}
    sampling = tuple(parts), tuple(grids), enough
    found = JudgedCurve(problem, output, several, window, search, *sampling, reference, estimates, verdicts)
    return replace(found, regions=tuple(tuple(_regions(found, k)) for k in range(1, order + 1)))


def _regions(curve: JudgedCurve, order: int) -> list[Region]:
    """Where methods disagree with the reference, as intervals of neighbouring points."""
    found = {
        entry[2]: v for entry, v in curve.verdicts.items() if entry[1] == order - 1 and v.outcome == Outcome.DISAGREE
    }
    runs: list[list[int]] = []
    for k in sorted(found):
        if runs and k - runs[-1][-1] <= SHADED_GAP + 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    x = curve.problem.floats[0]
    result = []
    for run in runs:
        first, last = run[0], run[-1]
        low, high = float(x[first]), float(x[last])
        methods = tuple(dict.fromkeys(name for k in run for name in found[k].methods))
        middle = run[len(run) // 2]
        worst = _diagnose(curve, (0, order - 1, middle), found[middle])
        text = f"{join_words(list(methods))} {'is' if len(methods) == 1 else 'are'} wrong about {curve.label(order)} "
        text += f"between {low:.6g} and {high:.6g}" if low < high else f"at {low:.6g}"
        text += f" ({worst.cause}): {worst.message}" if worst.cause else f": {worst.message}"
        result.append(Region(low, high, methods, worst.cause, text))
    return result


def _diagnose(curve: JudgedCurve, entry: Entry, verdict: Verdict) -> Verdict:
    """The verdict of one entry with its cause."""
    from derivcli.judge.diagnosis import diagnose  # noqa: PLC0415 — it imports torch, which a symbolic run must not

    o, p, k = entry
    here = case_at(k, curve.problem, curve.estimates, curve.reference)
    reference = add_details(here.reference, here.problem)
    [verdict] = diagnose({(o, p, 0): verdict}, here.problem, here.estimates, reference).values()
    place = here.problem.place((o, p, 0))
    return replace(verdict, message=verdict.message.replace(", but", f" at {place}, but", 1))
