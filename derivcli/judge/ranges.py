"""What a method's floats do not hold: the tape of a program → values and adjoints beyond their range, as causes."""

import math
from collections.abc import Iterator, Sequence

from derivcli.errors import Span
from derivcli.judge.tape import SUMS, TapeRow
from derivcli.records import Cause
from derivcli.requests.options import Dtype

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


def _equation(row: TapeRow) -> str:
    assert row.true is not None
    return row.text if row.function == "number" else f"{row.text} = {row.true.str(3, radius=False)}"


def _place(row: TapeRow) -> Span | None:
    """Where it stands in the text; nowhere, if it is a coordinate of the point."""
    return row.span if row.args or row.function == "number" else None
