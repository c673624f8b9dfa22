"""Orders 1 to 10, 20 and 50, and mixed partials: the reference against mpmath, every method against its own claim."""

import math
from dataclasses import replace
from functools import cache, partial

import mpmath
import numpy as np
import pytest

from derivcli.engine.problem import run_method
from derivcli.errors import Reason
from derivcli.judge.reference import enclosure
from derivcli.judge.verdict import allowance, is_off
from derivcli.records import Estimate, Outcome, Problem
from derivcli.requests.options import METHODS, Scheme, Step, Tolerance
from derivcli.requests.points import FloatPoints
from derivcli.requests.request import parse_wrt
from derivcli.workers.timeout import limited
from tests.tools import asked, report

ROUNDING = 1e-15  # what float64 adds to an honest estimate, relative
DIGITS = 60  # of mpmath
NAMES = vars(mpmath) | {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
}

FORMULAS = [  # in the spelling of Python, at a point that float64 has
    ("x**2", 3.0),
    ("6*x**2 + 2*x + 4", 3.0),
    ("x**10 - 3*x**4", 1.25),
    ("1/x", 0.75),
    ("1/(1 + x**2)", 0.5),
    ("1/(1 + 25*x**2)", 0.25),
    ("(x**3 - 1)/(x + 2)", -0.75),
    ("sqrt(x)", 2.0),
    ("sqrt(1 + x**2)", 1.5),
    ("x**x", 1.5),
    ("2**x", 3.0),
    ("exp(x)", 0.0),
    ("exp(-x**2)", 0.75),
    ("exp(-1/x)", 1.5),
    ("exp(sin(x))", 2.25),
    ("log(x)", 1.75),
    ("x*log(x)", 0.625),
    ("log(1 + x**2)", 0.5),
    ("sin(x)", 1.0),
    ("sin(10*x)", 0.25),
    ("cos(x)/x", 2.5),
    ("tan(x)", 0.5),
    ("x*sin(1/x)", 0.5),
    ("atan(x)", 0.75),
    ("asin(x)", 0.25),
    ("sinh(x)*cos(x)", 0.5),
    ("tanh(x)", 0.75),
    ("asinh(x)", -1.5),
    ("sigmoid(x)", 1.25),
    ("softplus(x)", -0.5),
    ("erf(x)", 0.75),
    ("erfc(x)*exp(x)", 1.5),
    ("besselj(1, x)*x", 3.25),
    ("besselj(0, x)", 2.0),
    ("exp(-x**2)*sin(3*x)/(1 + x**2)", 0.75),
]
IDS = [formula for formula, _ in FORMULAS]
MIXED = [
    ("exp(x*y)/y + x**3", (0.5, 2.0, 1.0)),
    ("sin(x*y*z)", (0.5, 2.0, 1.5)),
    ("x**2*y**3*z", (1.5, -0.5, 2.0)),
    ("1/(x + 2*y + z**2)", (0.75, 0.5, 1.25)),
    ("log(1 + x**2 + y**2)*cos(z)", (1.0, 0.5, 0.25)),
    ("atan(y/x) + z*x", (2.0, 0.75, 1.0)),
    ("sqrt(x**2 + y**2 + z**2)", (1.0, 2.0, 0.5)),
    ("x**y*exp(-z)", (1.5, 2.5, 0.5)),
]
ORDERS = {
    "symbolic": range(1, 11),
    "autograd": range(1, 9),
    "forward-ad": range(1, 5),  # order 8 takes seconds
    "finite-difference": range(1, 5),
}
Point = tuple[float, float, float]


@cache
def taylor(formula: str, x: float) -> list[mpmath.mpf]:
    """Derivatives 0 to 20 by mpmath: differences at a precision that leaves 60 digits of the last."""
    with mpmath.workdps(DIGITS):
        coefficients = mpmath.taylor(lambda t: eval(formula, dict(NAMES, x=t)), mpmath.mpf(x), 20)
        return [c * mpmath.factorial(k) for k, c in enumerate(coefficients)]


def distance(value: float, true: mpmath.mpf) -> float:
    with mpmath.workdps(DIGITS):
        return float(abs(mpmath.mpf(float(value)) - true))


def keeps_its_claim(given: Estimate, here: Problem, true: mpmath.mpf) -> None:
    """The error is inside what the method states; with no statement, inside what the verdict allows."""
    assert given.values is not None
    error = distance(given.values.item(), true)
    if given.errors is not None:
        assert error <= given.errors.item() + ROUNDING * abs(float(true)), (given.values, given.errors, true)
    else:
        reference = enclosure(here)
        assert not is_off(given, reference, allowance(here, reference, Tolerance())).any(), (given.values, true)


@pytest.mark.parametrize(("formula", "x"), FORMULAS, ids=IDS)
def test_the_reference_is_mpmath_s_derivative_to_14_digits(formula: str, x: float) -> None:
    for order in (*range(1, 11), 20):
        reference, true = enclosure(asked(formula, f"x={x}", order=order)), taylor(formula, x)[order]
        scale = abs(float(true)) if abs(true) > mpmath.mpf(10) ** -30 else 1.0
        assert distance(reference.values.item(), true) <= 1e-14 * scale, order


@pytest.mark.parametrize(("formula", "x"), FORMULAS, ids=IDS)
@pytest.mark.parametrize("method", ORDERS)
def test_every_order_of_a_method_keeps_its_claim(method: str, formula: str, x: float) -> None:
    """Differences their own error, SymPy half an ulp, PyTorch the rule of the verdict."""
    for order in ORDERS[method]:
        here = asked(formula, f"x={x}", order=order)
        got = run_method(here, method)
        if got.values is None:
            assert got.message == "not supported: torch has no besselj"
        else:
            keeps_its_claim(got, here, taylor(formula, x)[order])


@pytest.mark.parametrize(("formula", "point"), MIXED, ids=[formula for formula, _ in MIXED])
@pytest.mark.parametrize("wrt", ["x,y", "x,x,y", "x,y,z", "y,x", "x,x,y,y"])
def test_mixed_partials_of_every_method_keep_their_claims(formula: str, point: Point, wrt: str) -> None:
    counts = tuple(wrt.count(name) for name in "xyz")
    with mpmath.workdps(DIGITS):
        true = mpmath.diff(lambda x, y, z: eval(formula, dict(NAMES, x=x, y=y, z=z)), point, counts)
    here = asked(formula, ",".join(f"{name}={x}" for name, x in zip("xyz", point, strict=True)), wrt=parse_wrt(wrt))
    assert distance(enclosure(here).values.item(), true) <= 1e-14 * (abs(float(true)) + 1e-20)
    for method in ORDERS:
        keeps_its_claim(run_method(here, method), here, true)


def test_partials_that_begin_alike_and_outputs_stay_apart() -> None:
    """One request for several mixed partials of two outputs gives what each alone gives."""
    wrt = [partial for text in ("x", "x,y", "y,x", "x,x,y", "y,y") for partial in parse_wrt(text)]
    here = asked(["exp(x*y)", "x^3*y^2"], "x=[0.5, 2],y=1.25", wrt=tuple(wrt))
    true = enclosure(here).values
    for method in ORDERS:
        got = run_method(here, method)
        assert got.values is not None
        assert got.values == pytest.approx(true, rel=1e-9), method


@pytest.mark.parametrize("order", [20, 50])
def test_very_high_orders_have_a_reference(order: int) -> None:
    formula = "exp(-x**2)*sin(3*x)/(1 + x**2)"
    with mpmath.workdps(DIGITS):
        coefficients = mpmath.taylor(lambda t: eval(formula, dict(NAMES, x=t)), mpmath.mpf("0.75"), order)
        true = coefficients[-1] * mpmath.factorial(order)
    assert distance(enclosure(asked(formula, "x=0.75", order=order)).values.item(), true) <= 1e-14 * abs(float(true))


@pytest.mark.parametrize(
    ("method", "order", "reason"),
    [
        ("finite-difference", 5, "beyond order 4"),
        ("autograd", 9, "nested reverse mode costs 4 to 5 times more per order"),
        ("autograd", 20, "nested reverse mode costs 4 to 5 times more per order"),
        ("forward-ad", 9, "nested forward mode costs 3 times more per order"),
        ("complex-step", 2, "first derivatives"),
    ],
)
def test_orders_beyond_a_method_are_refused_with_a_reason(method: str, order: int, reason: str) -> None:
    got = run_method(asked("exp(x)*sin(x)", "x=1", order=order), method)
    assert got.reason == Reason.NOT_SUPPORTED
    assert got.message.startswith("not supported: ")
    assert reason in got.message


@pytest.mark.parametrize(("terms", "points"), [(300, 1), (3, 20_000)])
def test_the_budget_counts_instructions_and_points(terms: int, points: int) -> None:
    """A long sum at one point and a short one at many are both refused before they fill the memory."""
    formula = " + ".join(f"sin({k}*x)*exp(x/{k})" for k in range(2, terms + 2))
    here = FloatPoints(("x",), np.linspace(1, 2, points)[None])
    got = run_method(replace(asked(formula, "x=1", order=6), points=here), "autograd")
    assert "is beyond its budget" in got.message
    assert run_method(replace(asked(formula, "x=1"), points=here), "autograd").values is not None


def test_a_textbook_quotient_is_for_first_derivatives() -> None:
    here = asked("x^3", "x=1", order=2, step=Step(1e-3, Scheme.CENTRAL))
    assert run_method(here, "finite-difference").message.startswith("not supported: a textbook quotient")


@pytest.mark.parametrize("formula", ["exp(sin(exp(cos(x))))", "tan(tan(x))^x"])
def test_a_swelling_formula_ends_in_time_with_reasons(formula: str) -> None:
    """Order 30: SymPy is stopped, PyTorch refuses, and the enclosure alone answers."""
    methods = (*METHODS, "forward-ad", "enclosure")
    got = limited(partial(report, formula, "x=0.7", order=30, methods=methods, timeout=0.5), 60)  # instead of hours
    reasons = {estimate.method: (estimate.reason, estimate.message) for estimate in got.estimates}
    assert reasons.pop("enclosure") == (None, "")
    assert reasons.pop("symbolic") == (Reason.OUT_OF_TIME, "not finished within 0.5 s")
    assert all(reason == Reason.NOT_SUPPORTED for reason, _ in reasons.values())
    assert got.verdict.outcome == Outcome.AGREE
    assert math.isfinite(got.reference.values.item())


@pytest.mark.parametrize("x", ["1e-8", "0.001", "0", "12.5", "1e4"])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_differences_of_every_order_fit_points_of_every_size(order: int, x: str) -> None:
    """Steps follow the point where f does so, and the scale of f near zero."""
    for formula in ("exp(-x/100)", "sin(x)", "atan(x + 1)", "1/(1 + x^2)"):
        here = asked(formula, f"x={x}", order=order)
        true, got = enclosure(here).values.item(), run_method(here, "finite-difference")
        assert got.values is not None
        assert got.errors is not None
        assert abs(got.values.item() - true) <= got.errors.item() + ROUNDING * abs(true), formula
