"""The arbiter against mpmath, which shares no code with Arb: 30 digits, the values of f, what rounding explains."""

import math

import mpmath
import numpy as np
import pytest

from derivcli.requests.options import Dtype
from tests.tools import report

DIGITS = 30
# formula in the spelling of Python, point, kind of the reference, digits that are there
KNOWN = [
    ("sin(x)", "1", "enclosure", 30),
    ("exp(x)*x**3", "1.5", "enclosure", 30),
    ("exp(x)", "1000", "enclosure", 30),
    ("log(x)", "0.001", "enclosure", 30),
    ("(1 - cos(x))/x**2", "1e-5", "enclosure", 30),
    ("erf(x) - x", "0.25", "enclosure", 30),
    ("besselj(0, x)", "2", "differences", 24),
    ("x*airyai(x)", "0.5", "enclosure", 30),
    ("x*digamma(x)", "0.5", "differences", 24),
]


@pytest.mark.parametrize(("formula", "x", "kind", "digits"), KNOWN)
def test_the_reference_has_so_many_digits(formula: str, x: str, kind: str, digits: int) -> None:
    """As text, with a radius far below float64; f beside it is the nearest float64."""
    reference = report(formula, f"x={x}", methods=("enclosure",)).reference
    with mpmath.workdps(3 * DIGITS):
        point = mpmath.mpf(x)
        true = mpmath.diff(lambda t: eval(formula, dict(vars(mpmath), x=t)), point)
        f = float(eval(formula, dict(vars(mpmath), x=point)))
        told = mpmath.mpf(reference.texts[0, 0, 0])
        assert abs(told - true) <= abs(true) * mpmath.mpf(10) ** (1 - digits)
        assert reference.values.item() == float(true)
    assert reference.kind == kind
    assert reference.functions.item() == f
    assert 0 <= reference.radii.item() < 1e-20 * abs(float(true)) or float(true) == math.inf


def test_every_cell_has_its_own() -> None:
    """Outputs, partials and points, in this order."""
    reference = report(["x*y^2", "x^3 + y"], "x=[2, 5, 7],y=3", methods=("enclosure",)).reference
    x, y = np.array([2.0, 5, 7]), 3.0
    assert reference.values.tolist() == [[[y**2] * 3, (2 * x * y).tolist()], [(3 * x**2).tolist(), [1.0] * 3]]
    assert reference.functions.tolist() == [(x * y**2).tolist(), (x**3 + y).tolist()]
    assert set(reference.balls) == set(reference.texts) == set(np.ndindex(2, 2, 3))
    assert not reference.radii.any()


@pytest.mark.parametrize(("formula", "x", "f"), [("abs(x)", 0, 0), ("sin(x)/x", 0, math.nan), ("floor(x)", 1, 1)])
def test_where_there_is_no_derivative_there_is_no_radius(formula: str, x: int, f: float) -> None:
    reference = report(formula, f"x={x}", methods=("enclosure",)).reference
    assert np.isnan([reference.values.item(), reference.radii.item()]).all()
    assert reference.functions.item() == pytest.approx(f, nan_ok=True)
    assert not reference.balls
    assert set(reference.behaviours) == {(0, 0, 0)}


@pytest.mark.parametrize(("formula", "x"), [("exp(x)/3", "0.7"), ("(1 - cos(x))/x^2", "1e-3"), ("sin(100*x)", "1.1")])
@pytest.mark.parametrize("dtype", [Dtype.FLOAT64, Dtype.FLOAT32])
def test_rounding_explains_what_rounding_does(formula: str, x: str, dtype: Dtype) -> None:
    """The budget is above the error of PyTorch's own arithmetic, and 2^29 times as large in float32."""
    found = report(formula, f"x={x}", methods=("autograd",), dtype=dtype)
    [estimate] = found.estimates
    assert estimate.values is not None
    assert found.reference.budgets is not None
    budget = found.reference.budgets.item()
    wide = report(formula, f"x={x}", methods=("autograd",)).reference.budgets
    assert wide is not None
    assert abs(estimate.values.item() - found.reference.values.item()) <= 2 * budget
    assert budget == pytest.approx(wide.item() * 2.0 ** (53 - dtype.bits), rel=0.5)


# formula, its derivative at 0.75: what is 0 is a ball around 0, and Arb's pow gives up on those whose midpoint it is
ZEROS = [("x + (pi - pi)^2", 1), ("x*(x - pi + pi - x)^3 + 2x", 2), ("x/(1 + ((pi - pi)^2)^2)", 1),
         ("(x - pi + pi - 0.75)^2", 0)]  # fmt: skip


@pytest.mark.parametrize(("formula", "derivative"), ZEROS)
def test_powers_of_what_is_only_nearly_known_to_be_0(formula: str, derivative: float) -> None:
    """They are 0, not undefined."""
    found = report(formula, "x=0.75")
    assert (found.reference.values.item(), found.verdict.outcome) == (derivative, "agree")
