"""What can be said of many points without a reference: where the methods agree, and how far apart they are."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from derivcli.backends.arrays import Array, Indices, Mask
from derivcli.backends.floats import outputs
from derivcli.engine.summary import AGREE, DISAGREE, INCONCLUSIVE, UNDEFINED, UNUSABLE, Outcomes
from derivcli.judge.expectation import Expectation
from derivcli.judge.verdict import allowance, function_size
from derivcli.records import Entry, Estimate, Problem, Reference, Verdict
from derivcli.requests.options import Tolerance

SLACK = 1e-3  # of what is allowed a method: how far it may be from what was expected for its own error


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What a block looks like without a reference, point by point."""

    outcomes: Outcomes  # what may be presumed
    apart: Array  # how far the methods, or they and what is expected, are apart: 1 is what the rule allows
    missed: Array  # how far they and what is expected are apart
    doubtful: Mask  # where more than the methods' agreement is needed


def presume(
    problem: Problem,
    functions: Array,
    estimates: Sequence[Estimate],
    tolerance: Tolerance,
    expectation: Expectation | None = None,
) -> Agreement:
    """How the methods agree at the points (variables, points) of a problem, one of them in the reference's place.

    Finite differences make no point disagree, but where they are off, or not sure, the others may share an error.
    """
    unusable: Mask = np.asarray(~np.isfinite(problem.floats).all(axis=0))
    known = sorted((e for e in estimates if e.values is not None), key=lambda e: e.advisory)
    nowhere = np.zeros(len(unusable))
    if not known:
        return Agreement(np.where(unusable, UNUSABLE, AGREE).astype(np.int8), nowhere, nowhere, unusable)
    values = np.stack([estimate.values for estimate in known])  # type: ignore[misc]  # they have values
    base, nothing = values[0], np.zeros(problem.shape)
    allowed = allowance(problem, Reference("agreement", base, nothing, functions), tolerance)
    with np.errstate(all="ignore"):
        gaps = np.where(values == base, 0.0, np.abs(values - base) / allowed)
        own = [e.errors / allowed if e.advisory and e.errors is not None else np.zeros(1) for e in known]
    gaps = np.where(np.isnan(gaps), math.inf, gaps).max(axis=(1, 2))
    own = [np.broadcast_to(np.nan_to_num(each, nan=0.0, posinf=math.inf), base.shape).max(axis=(0, 1)) for each in own]
    trusted = np.array([not estimate.advisory for estimate in known])
    blank = np.isnan(functions).any(axis=0)
    missed = (
        _distance_from_expected(expectation, problem, base, SLACK * allowed, tolerance.relative(problem.options.dtype))
        if expectation
        else nowhere
    )
    differ = np.maximum(np.max(gaps[trusted], axis=0, initial=0), missed) > 1
    apart = np.where(blank | unusable, 0.0, np.maximum(np.maximum(gaps, own).max(axis=0), missed))
    ordinary = DISAGREE if expectation and expectation.singular else AGREE
    outcomes = np.select([unusable, blank, differ], [UNUSABLE, UNDEFINED, DISAGREE], ordinary).astype(np.int8)
    return Agreement(outcomes, apart, missed, (blank | (apart > 1)) & ~unusable)


def _distance_from_expected(
    expectation: Expectation, problem: Problem, values: Array, slack: Array, rtol: float
) -> Array:
    """How far (points) the values of the partials are from those that were expected."""
    worst = np.zeros(problem.shape[2])
    for expected in expectation.values:
        weights = expected.target.weights.items()
        value = sum(weight * values[entry] for entry, weight in weights)
        near = sum(abs(weight) * slack[entry] for entry, weight in weights)
        wanted = outputs(expected.value, problem.floats)[0]
        allowed = outputs(expected.tolerance, problem.floats)[0] if expected.tolerance else rtol * value
        with np.errstate(all="ignore"):
            gap = np.where(wanted == value, 0.0, np.abs(wanted - value) / (np.abs(allowed) + near))
        worst = np.maximum(worst, np.where(np.isnan(value), 0.0, np.nan_to_num(gap, nan=math.inf, posinf=math.inf)))
    return worst


def confirm(found: Agreement, picked: Indices, judged: Outcomes) -> Outcomes:
    """The outcomes of all points, from what was presumed and the judgement of those that were picked.

    Where a presumption about doubtful points was wrong even once, the others of the kind are not decided.
    """
    outcomes = found.outcomes.copy()
    doubtful = found.doubtful[picked]
    for outcome in (AGREE, UNDEFINED, DISAGREE):
        presumed = doubtful & (found.outcomes[picked] == outcome)
        if (judged[presumed] != outcome).any():
            outcomes[found.doubtful & (found.outcomes == outcome)] = INCONCLUSIVE
    outcomes[picked] = judged
    return outcomes


def worst_outcomes(verdicts: Mapping[Entry, Verdict], points: int) -> Outcomes:
    """The worst verdict of each point."""
    outcomes = np.full(points, AGREE, np.int8)
    for (_, _, k), verdict in verdicts.items():
        outcomes[k] = max(outcomes[k], verdict.outcome.severity)
    return outcomes


def relative_errors(problem: Problem, estimate: Estimate, reference: Reference) -> Array:
    """The largest error (points) of a method over all entries, relative to what the rule compares with; NaN: none."""
    if estimate.values is None:
        return np.full(problem.shape[2], math.nan)
    with np.errstate(all="ignore"):
        size = np.fmax(np.abs(reference.values), function_size(problem, reference.functions[:, None, :]))
        errors = np.abs(estimate.values - reference.values) / size
    return np.max(np.where(estimate.values == reference.values, 0.0, errors), axis=(0, 1))


def estimate_at(estimate: Estimate, indices: Sequence[int] | Indices) -> Estimate:
    """An estimate at some of its points."""
    values, errors = (None if a is None else a[:, :, indices] for a in (estimate.values, estimate.errors))
    return replace(estimate, values=values, errors=errors)


def join_estimates(estimates: Sequence[Estimate]) -> Estimate:
    """One method's estimates at several batches of points as one."""
    values, errors = (
        None if arrays[0] is None else np.concatenate(arrays, axis=2)  # type: ignore[arg-type]  # all or none
        for arrays in ([e.values for e in estimates], [e.errors for e in estimates])
    )
    return replace(estimates[0], values=values, errors=errors)
