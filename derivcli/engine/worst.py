"""The worst points of a sweep: all that is known of each, kept as they come in, and put together for the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from derivcli.engine.agreement import estimate_at, join_estimates
from derivcli.records import Entry, Estimate, Problem, Reference
from derivcli.requests.points import Points

T = TypeVar("T")
Rank = tuple[int, float]  # the outcome, and the largest relative error


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A point: the problem there, the methods' answers, the reference, and how bad it is."""

    problem: Problem
    estimates: tuple[Estimate, ...]
    reference: Reference
    rank: Rank = 0, 0.0


def case_at(
    k: int, problem: Problem, estimates: Sequence[Estimate], reference: Reference, rank: Rank = (0, 0.0)
) -> Case:
    """One of the points of a problem."""
    here = replace(problem, points=problem.points.at([k]))
    return Case(here, tuple(estimate_at(each, [k]) for each in estimates), _reference_at(k, reference), rank)


def merge(cases: Sequence[Case]) -> tuple[Problem, tuple[Estimate, ...], Reference]:
    """The points of one or more cases as one problem, with what is known there."""
    first = cases[0].problem
    points, texts = zip(*((each.problem.points.points[0], each.problem.points.texts[0]) for each in cases), strict=True)
    problem = replace(first, points=Points(first.points.names, points, texts))
    estimates = tuple(map(join_estimates, zip(*(each.estimates for each in cases), strict=True)))
    return problem, estimates, _join_references([each.reference for each in cases])


def _reference_at(k: int, reference: Reference) -> Reference:
    def here(entries: Mapping[Entry, T]) -> dict[Entry, T]:
        return {(o, p, 0): entries[o, p, k] for o, p in np.ndindex(reference.values.shape[:2]) if (o, p, k) in entries}

    return replace(
        reference,
        values=reference.values[:, :, [k]],
        radii=reference.radii[:, :, [k]],
        functions=reference.functions[:, [k]],
        balls=here(reference.balls),
        behaviours=here(reference.behaviours),
    )


def _join_references(references: Sequence[Reference]) -> Reference:
    """References at one point each as one."""

    def numbered(entries: Sequence[Mapping[Entry, T]]) -> dict[Entry, T]:
        return {(o, p, k): each for k, here in enumerate(entries) for (o, p, _), each in here.items()}

    return replace(
        references[0],
        values=np.concatenate([each.values for each in references], axis=2),
        radii=np.concatenate([each.radii for each in references], axis=2),
        functions=np.concatenate([each.functions for each in references], axis=1),
        balls=numbered([each.balls for each in references]),
        behaviours=numbered([each.behaviours for each in references]),
    )
