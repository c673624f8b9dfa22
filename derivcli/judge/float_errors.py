"""What floats lose on the tape of a program: values and adjoints beyond their range, and digits, as causes."""

import math
from collections.abc import Iterator, Sequence

from flint import arb

from derivcli.backends import balls
from derivcli.errors import Span
from derivcli.formula.program import Instruction
from derivcli.judge.tape import SUMS, TAPE_BITS, TapeRow, relative, true_local
from derivcli.records import Cause, Entry, Problem
from derivcli.requests.options import Dtype

ULP = 2.0**-53
FLAT_ULPS = 64  # ulp: the relative change of a value over its whole argument that floats hardly see

Explanation = tuple[Cause, str, Span | None]  # cause, sentence, place in the text


def values(found: Sequence[TapeRow], dtype: Dtype) -> Iterator[Explanation]:
    """Those of the point and of the formula's numbers among them."""
    smallest, largest = dtype.range
    for row in found:
        if row.true is None or not row.true.is_finite():
            continue
        if not math.isfinite(row.value) and abs(row.true) > largest:
            yield Cause.OVERFLOW, f"{_equation(row)} is beyond {dtype}", _place(row)
        elif row.value == 0 and 0 < abs(row.true) < smallest and row.function not in SUMS:  # no sum underflows
            yield Cause.UNDERFLOW, f"{_equation(row)} is 0 in {dtype}", _place(row)


def adjoints(found: Sequence[TapeRow], dtype: Dtype) -> Iterator[Explanation]:
    """Products of local derivatives."""
    for row in reversed(found):
        place = _place(row) if row.args else None
        if row.adjoint == 0 and not row.true_adjoint.contains(0) and abs(row.true_adjoint) < dtype.range[0]:
            exact = row.true_adjoint.str(3, radius=False)
            yield Cause.UNDERFLOW, f"the adjoint of {row.text} is {exact}, which is 0 in {dtype}", place
        elif math.isinf(row.adjoint) and row.true_adjoint.is_finite():
            yield Cause.OVERFLOW, f"the adjoint of {row.text} leaves the range of {dtype}", place


def subnormal(found: Sequence[TapeRow], dtype: Dtype) -> Iterator[Explanation]:
    """Values that are nearly underflown, and have too few digits."""
    for row in found:
        if 0 < abs(row.value) < dtype.range[0] and row.error > dtype.rtol and row.function not in SUMS:
            yield Cause.UNDERFLOW, f"{_equation(row)} is {row.value:.3g} in {dtype}", _place(row)


def saturation(found: Sequence[TapeRow], dtype: Dtype) -> Iterator[Explanation]:
    """A local derivative that PyTorch gets wrong although its arguments are right."""
    for row in found:
        good = all(found[i].error < 1e-10 for i in row.args if found[i].true is not None)
        for i, got, true in zip(row.args, row.local, row.true_local, strict=False):
            if not good or true.contains(0) or not true.is_finite() or relative(got, true) < 1e-6:
                continue
            if relative(got, _slope_at_floats(row, found, i)) < 1e-6:
                continue  # right for the argument as it is rounded
            exact = true.str(6, radius=False)
            if got == 0 and abs(true) * abs(found[i].value) < FLAT_ULPS * 2.0**-dtype.bits * abs(row.value):
                yield Cause.SATURATION, f"{row.text} is flat in {dtype}: its derivative {exact} becomes 0", row.span
            else:
                cause = Cause.UNDERFLOW if got == 0 else Cause.ROUNDING if math.isfinite(got) else Cause.OVERFLOW
                yield cause, f"PyTorch's own derivative of {row.text} is {got:.6g} instead of {exact}", row.span


def _slope_at_floats(row: TapeRow, found: Sequence[TapeRow], argument: int) -> arb:
    """The true derivative of one instruction at its arguments as the floats have them."""
    step = Instruction(row.function, row.args, row.span)
    with balls.precision(TAPE_BITS, 2):
        slots: list[object] = [arb(each.value) if each.true is not None else bool(each.value) for each in found]
        return true_local(step, slots)[row.args.index(argument)]


def cancellation(problem: Problem, found: Sequence[TapeRow]) -> Iterator[Explanation]:
    """The worst instruction whose value loses digits that its arguments still have."""
    ulp = 2.0**-problem.options.dtype.bits
    worst: tuple[float, TapeRow] | None = None
    for row in found:
        if not row.args or row.true is None or math.isnan(row.error):
            continue
        before = max([ulp, *(found[i].error for i in row.args if found[i].true is not None)])
        growth = min(row.error, 1.0) / before
        if row.error > 1e-10 and growth > 1e3 and (worst is None or growth > worst[0]):
            worst = growth, row
    if worst:
        row = worst[1]
        what = "cancels" if row.function in SUMS else "magnifies the rounding of its argument"
        yield Cause.ROUNDING, f"{row.text} {what}: {_lost(row.error, problem)} digits are lost", row.span


def _lost(error: float, problem: Problem) -> str:
    """`8 of 16`: how many of the dtype's digits a relative error leaves wrong."""
    digits = round(problem.options.dtype.bits * math.log10(2))
    lost = (
        digits if math.isinf(error) else round(math.log10(max(error, ULP)) + problem.options.dtype.bits * math.log10(2))
    )
    return f"{max(0, min(digits, lost))} of {digits}"


def cancelling_adjoints(problem: Problem, found: Sequence[TapeRow], entry: Entry) -> Iterator[Explanation]:
    """Contributions of several paths to one adjoint that cancel."""
    name = problem.partials[entry[1]][0]
    for slot, row in enumerate(found):
        parts = [
            user.adjoint * local
            for user in found
            for i, local in zip(user.args, user.local, strict=False)
            if i == slot and math.isfinite(local)
        ]
        total, size = sum(parts), sum(map(abs, parts))
        if len(parts) > 1 and size > 0 and abs(total) < 1e-3 * size and relative(row.adjoint, row.true_adjoint) > 1e-6:
            lost = _lost(2.0**-problem.options.dtype.bits * size / max(abs(total), ULP * size), problem)
            what = f"the {len(parts)} contributions to the derivative by {row.text or name}"
            text = f"{what} cancel: {lost} digits are lost"
            yield Cause.ROUNDING, text, row.span if row.args else None


def _equation(row: TapeRow) -> str:
    assert row.true is not None
    return row.text if row.function == "number" else f"{row.text} = {row.true.str(3, radius=False)}"


def _place(row: TapeRow) -> Span | None:
    """Where it stands in the text; nowhere, if it is a coordinate of the point."""
    return row.span if row.args or row.function == "number" else None
