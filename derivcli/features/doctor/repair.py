"""A formula that loses digits → an equal one that keeps them, checked and measured before it is proposed.

A rewritten formula is a repair only if the *derivative* that autograd takes of it is right, by correct digits, at the
point and on both sides of it, if on a sample it is nowhere worse than the original's, and if balls cannot tell the two
formulas and their derivatives apart there.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np
from flint import arb

from derivcli.backends import balls
from derivcli.backends.arrays import Array
from derivcli.backends.tensors import tensors
from derivcli.errors import DerivError
from derivcli.features.doctor.pytorch import to_pytorch
from derivcli.features.doctor.rewrites import Rewrite, rewrites, series, where_right
from derivcli.formula.parser import Formula
from derivcli.formula.program import flatten
from derivcli.formula.tree import Tree, unparse
from derivcli.judge.reference import enclosure
from derivcli.methods import autograd
from derivcli.records import Entry, Problem, Reference
from derivcli.requests.points import FloatPoints
from derivcli.workers.timeout import timely

DEPTH = 3  # rewrites that are combined
WIDTH = 6  # formulas that are gone on with
MOST = 20  # rewrites that are checked
ENOUGH = 0.5  # of the digits of the dtype are right in a derivative that is right
NOISE = 2.0  # digits by which rounding alone makes one formula worse than another
NEAR = (0.0, 2.0**-8, -(2.0**-8), *(math.sin(k) / 2 for k in range(1, 21)))  # relative steps: the point, neighbours
# where digits cancel, one x in three may be right by luck: so many neighbours have it no more
FACTORS = (-16, -2, -1, -0.25, 0.0625, 0.25, 0.9, 1.1, 2, 4, 16)  # of the coordinates: a sample around the point
PLACES = (-2.0, -0.5, -1e-3, 1e-9, 1e-3, 0.05, 0.2, 0.5, 2.0)  # and one that does not depend on it
EXACT, CLOSE = 2.0**-200, 2.0**-48  # relative differences of equal formulas, and of a formula and its series
SECONDS = 2.0  # seconds for the references on the sample


@dataclass(frozen=True, slots=True)
class Repair:
    """A formula equal to the original, autograd's error and correct digits before and after, and PyTorch's code."""

    tree: Tree
    exact: bool
    before: float
    after: float
    digits: tuple[int, int]
    pytorch: str

    @property
    def text(self) -> str:
        return unparse(self.tree)


def find_repair(problem: Problem, entry: Entry) -> Repair | None:
    """The best verified repair of one output at one point, or None."""
    tree = problem.formula.outputs[entry[0]]
    near = Trials(problem, entry, _neighbours(problem, entry[2]))
    enough = ENOUGH * near.most
    searched = timely(_search(tree, near), problem.options.timeout)
    found = [(score, rewrite) for score, rewrite in searched if score >= enough]
    if not found:
        return None
    sample = Trials(problem, entry, _sample(problem, entry[2]))

    def rank(item: tuple[float, Rewrite]) -> tuple[int, int, int]:
        score, rewrite = item
        return -round(score / 2), -round(sample.mean_digits(rewrite.tree) / 2), len(unparse(rewrite.tree))

    signs = dict(zip(problem.program.variables, problem.floats[:, entry[2]], strict=True))
    ranked = [rewrite for _, rewrite in sorted(found, key=rank)[:MOST]]
    one_sided = chain.from_iterable(where_right(rewrite, tree, signs) for rewrite in ranked)
    for rewrite in chain(ranked, one_sided):
        right = near.worst_digits(rewrite.tree) >= enough and sample.never_worse(rewrite.tree)
        if right and near.equal(rewrite) and sample.equal(rewrite):
            return _repair(rewrite, near)
    return None


def _search(tree: Tree, near: "Trials") -> Iterator[tuple[float, Rewrite]]:
    """Rewrites with the digits that they have near the point: a beam of the best is gone on with."""
    beam, seen = [Rewrite(tree)], {tree}
    for depth in range(DEPTH):
        steps = chain.from_iterable(rewrites(each.tree) for each in beam)
        scored = list[tuple[float, Rewrite]]()
        for new in chain(steps, series(tree) if depth == 0 else ()):
            if new.tree not in seen:
                seen.add(new.tree)
                scored.append((near.worst_digits(new.tree), new))
        yield from scored
        if max((score for score, _ in scored), default=0) >= near.most - NOISE:
            return
        best = sorted(scored, key=lambda item: (-item[0], len(unparse(item[1].tree))))
        beam = [new for _, new in best if new.exact][:WIDTH]


def _repair(rewrite: Rewrite, near: "Trials") -> Repair | None:
    try:
        pytorch = to_pytorch(rewrite.tree)
    except DerivError:  # a claimed derivative
        return None
    before, after = near.errors(near.original)[0], near.errors(rewrite.tree)[0]
    counts = (int(near.digits(near.original)[:, 0].min()), int(near.digits(rewrite.tree)[:, 0].min()))
    return Repair(rewrite.tree, rewrite.exact, before, after, counts, pytorch)


class Trials:
    """Formulas tried at points of their own: autograd's derivatives of them beside the true ones of the original."""

    def __init__(self, problem: Problem, entry: Entry, floats: Array) -> None:
        self.original = problem.formula.outputs[entry[0]]
        self.partial = entry[1]
        dtype = problem.options.dtype
        self.most = min(16.0, dtype.bits * math.log10(2))
        options = replace(problem.options, timeout=SECONDS)
        self._problem = replace(problem.asking(options=options), points=FloatPoints(problem.program.variables, floats))

    @cached_property
    def truth(self) -> Reference:
        return enclosure(self._asking(self.original), together=True)

    def _asking(self, tree: Tree) -> Problem:
        return self._problem.asking(program=flatten(Formula("", (tree,)), self._problem.program.variables))

    def derivatives(self, tree: Tree) -> Array:
        """Autograd's, (partials, points); NaN where the formula cannot be run."""
        try:
            values = autograd.estimate(self._asking(tree)).values
        except (DerivError, RuntimeError, OverflowError, ArithmeticError):
            values = None
        return np.full(self.truth.values.shape[1:], math.nan) if values is None else values[0]

    def digits(self, tree: Tree) -> Array:
        """The correct digits of each derivative; NaN where there is none."""
        true = self.truth.values[0]
        return self._count(tree, np.where(true == 0, np.abs(self.truth.functions[0]), np.abs(true)))

    def digits_that_matter(self, tree: Tree) -> Array:
        """The same, but relative to the larger of derivative and function, as a verdict has it."""
        floats = self._problem.floats
        columns = [np.maximum(1, np.abs(floats[self._problem.program.variables.index(p[0])]))
                   for p in self._problem.partials]  # fmt: skip
        size = np.maximum(np.abs(self.truth.values[0]), np.abs(self.truth.functions[0]) / np.array(columns))
        return self._count(tree, size)

    def _count(self, tree: Tree, size: Array) -> Array:
        true, values = self.truth.values[0], self.derivatives(tree)
        with np.errstate(all="ignore"):
            lost = np.abs(values - true) / size
            count = np.clip(-np.log10(lost), 0, self.most)
        count = np.where(values == true, self.most, np.where(np.isfinite(values), np.nan_to_num(count), 0))
        return np.where(np.isnan(true), math.nan, count)

    def errors(self, tree: Tree) -> list[float]:
        """Autograd's absolute error by the partial that is asked about; infinite where it is NaN."""
        error = np.abs(self.derivatives(tree)[self.partial] - self.truth.values[0, self.partial])
        return np.where(np.isnan(error), math.inf, error).tolist()

    def worst_digits(self, tree: Tree) -> float:
        """The fewest correct digits at any point, of any partial; 0 where nothing is known."""
        count = self.digits(tree)
        return 0.0 if np.isnan(count[:, 0]).any() else float(np.nanmin(count))

    def mean_digits(self, tree: Tree) -> float:
        """The correct digits on average, of all partials at all points."""
        count = self.digits_that_matter(tree)
        return float(np.nanmean(count)) if np.isfinite(count).any() else 0.0

    @cached_property
    def _before(self) -> Array:
        return np.minimum(self.digits_that_matter(self.original), ENOUGH * self.most)

    def never_worse(self, tree: Tree) -> bool:
        """Whether autograd of a formula is right wherever it is of the original, but for the noise of rounding."""
        return not (self.digits_that_matter(tree) < self._before - NOISE).any()

    def equal(self, rewrite: Rewrite) -> bool:
        """Whether balls see no difference between the formulas, nor between their derivatives, at any point."""
        with_f = replace(self._problem.request, partials=(*self._problem.partials, ()))
        for point in self._problem.points.points:
            sides = []
            for tree in (self.original, rewrite.tree):
                program = flatten(Formula("", (tree,)), with_f.program.variables)
                with balls.precision(2048):
                    [row] = balls.partial_derivatives(program, balls.coordinates(point), with_f.partials)
                sides.append(row)
            if not all(_is_equal(a, b, EXACT if rewrite.exact else CLOSE) for a, b in zip(*sides, strict=True)):
                return False
        return True


def _is_equal(a: arb, b: arb, within: float) -> bool:
    """Whether b differs from a by no more than this, relatively; nothing is asked where a has no value."""
    if not a.is_finite() or not balls.is_tight(a):
        return True
    with balls.precision(2048):
        return b.is_finite() and bool(abs(a - b) <= abs(a) * within + arb(2) ** -1200)


def _neighbours(problem: Problem, k: int) -> Array:
    """The point, and beside it all coordinates moved a little, and then more."""
    point = problem.floats[:, [k]]
    steps = np.array(NEAR)
    return _rounded(problem, point * (1 + steps) + np.where(point == 0, steps, 0))


def _sample(problem: Problem, k: int) -> Array:
    """Points around the point and elsewhere, the coordinates in different orders."""
    point = problem.floats[:, [k]]
    rows = [np.concatenate([x * np.array(FACTORS), np.array(PLACES)]) for x in point]
    return _rounded(problem, np.array([np.roll(row, 5 * i) for i, row in enumerate(rows)]))


def _rounded(problem: Problem, floats: Array) -> Array:
    """The coordinates as the dtype has them."""
    return tensors(problem.options.dtype).tensor(floats).double().numpy()
