"""Every method × a table of formulas whose derivative is written as a formula and evaluated by Arb, never as digits."""

import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcli import plugins
from derivcli.backends import balls
from derivcli.engine.problem import run_method
from derivcli.errors import Reason
from derivcli.judge.reference import enclose_partials
from derivcli.records import Estimate, Problem
from derivcli.requests.options import Scheme, Step
from derivcli.workers.timeout import limited
from tests.tools import asked, number

METHODS = plugins.names("methods")
RTOL = 1e-9  # of the larger of f' and f/max(1, |x|); finite differences are held to their own estimate instead
ROUNDING = 1e-15  # what forming the point and the result in float64 adds to an honest estimate, relative

CASES = [
    # formula, point, derivative with respect to x
    ("7", "x=2", "0"),
    ("y", "x=2,y=3", "0"),
    ("6x^2 + 2x + 4", "x=3", "12x + 2"),
    ("x^2", "x=1e12", "2x"),
    ("1e-6*x^2", "x=3", "2e-6*x"),
    ("1e-280*x", "x=1", "1e-280"),
    ("1/x", "x=1e-8", "-1/x^2"),
    ("x^10", "x=-1.5", "10x^9"),
    ("x^(1/3)", "x=8", "x^(-2/3)/3"),
    ("x^x", "x=2.5", "x^x*(log(x) + 1)"),
    ("sqrt(x)", "x=1e-10", "1/(2sqrt(x))"),
    ("sqrt(1 - x^2)", "x=0.999", "-x/sqrt(1 - x^2)"),
    ("log(x)", "x=0.1", "1/x"),
    ("log(1 + x^2)", "x=1e5", "2x/(1 + x^2)"),
    ("exp(-x^2/2)", "x=3", "-x*exp(-x^2/2)"),
    ("exp(x)", "x=700", "exp(x)"),
    ("sin(1000x)", "x=0.1", "1000cos(1000x)"),
    ("sin(x)", "x=0", "cos(x)"),
    ("sin(x)/x", "x=1e-3", "cos(x)/x - sin(x)/x^2"),
    ("tan(x)", "x=pi/4", "1 + tan(x)^2"),
    ("x*sin(1/x)", "x=0.01", "sin(1/x) - cos(1/x)/x"),
    ("atan(x)", "x=1/3", "1/(1 + x^2)"),
    ("tanh(x)", "x=0.5", "1 - tanh(x)^2"),
    ("asinh(x)", "x=-2", "1/sqrt(x^2 + 1)"),
    ("sigmoid(x)", "x=1.25", "sigmoid(x)*(1 - sigmoid(x))"),
    ("softplus(x)", "x=-0.5", "sigmoid(x)"),
    ("erf(x)", "x=0.75", "2*exp(-x^2)/sqrt(pi)"),
    ("gamma(x)", "x=2.5", "gamma(x)*digamma(x)"),
    ("lgamma(x)", "x=0.25", "digamma(x)"),
    ("besselj(0, x)", "x=2", "-besselj(1, x)"),
    ("abs(x)", "x=-2", "sign(x)"),
    ("relu(x)^2", "x=1.5", "2x"),
    ("where(x > 0, x^2, -x)", "x=-3", "-1"),
    ("x*y^2 + sin(x*y)", "x=0.5,y=2", "y^2 + y*cos(x*y)"),
    ("hypot(x, y)", "x=3,y=4", "x/hypot(x, y)"),
    ("atan2(y, x)", "x=1,y=2", "-y/(x^2 + y^2)"),
    ("exp(x*y)/z", "x=0.5,y=-1,z=3", "y*exp(x*y)/z"),
]
ANALYTIC = [case for case in CASES if not re.search(r"abs|relu|where", case[0])]


def by_x(formula: str, at: str, step: Step | None = None) -> Problem:
    """The derivative by x alone, whatever else varies."""
    return asked(formula, at, wrt=(("x",),), step=step)


def value(text: str, at: Problem) -> float:
    """A formula at the first point of a problem."""
    return number(text, dict(zip(at.program.variables, at.points.points[0], strict=True)))


def unpacked(estimate: Estimate) -> tuple[float, float]:
    assert estimate.values is not None
    error = np.nan if estimate.errors is None else estimate.errors[0, 0, 0]
    return float(estimate.values[0, 0, 0]), float(error)


@pytest.mark.parametrize(("formula", "at", "derivative"), CASES, ids=[f"{case[0]} at {case[1]}" for case in CASES])
@pytest.mark.parametrize("method", METHODS)
def test_a_method_gives_the_derivative_or_says_why_not(method: str, formula: str, at: str, derivative: str) -> None:
    """Within 1e-9, or within the error estimate that it states."""
    here = by_x(formula, at)
    true, size = value(derivative, here), abs(value(formula, here)) / max(1, abs(value("x", here)))
    answer = run_method(here, method)
    if answer.values is None:
        assert answer.reason in (Reason.NOT_ANALYTIC, Reason.NOT_SUPPORTED), answer.message
        return
    got, error = unpacked(answer)
    if not np.isnan(error):
        assert abs(got - true) <= error + ROUNDING * abs(true), f"{got} ± {error} for {true}"
    if method != "finite-difference":
        assert abs(got - true) <= RTOL * max(abs(true), size)


@pytest.mark.parametrize("formula", [case[0] for case in ANALYTIC if "besselj" not in case[0]])
def test_the_complex_step_takes_analytic_formulas(formula: str) -> None:
    """It may refuse only what PyTorch lacks on complex numbers, and says so."""
    at = next(case[1] for case in CASES if case[0] == formula)
    answer = run_method(by_x(formula, at), "complex-step")
    assert answer.values is not None or "PyTorch lacks complex arithmetic" in answer.message


@pytest.mark.parametrize("formula", ["abs(x)", "floor(x)", "where(x > 0, x, 1)", "max(x, 2)"])
def test_the_complex_step_refuses_what_is_not_analytic(formula: str) -> None:
    assert run_method(by_x(formula, "x=0.5"), "complex-step").reason == Reason.NOT_ANALYTIC


@pytest.mark.parametrize(("formula", "at", "derivative"), ANALYTIC, ids=[f"{c[0]} at {c[1]}" for c in ANALYTIC])
@pytest.mark.parametrize("scheme", list(Scheme))
@pytest.mark.parametrize("relative", [1e-2, 1e-4, 1e-8, 1e-12])
def test_a_textbook_quotient_states_an_error_that_holds(
    formula: str, at: str, derivative: str, scheme: Scheme, relative: float
) -> None:
    """Truncation plus rounding, wherever the step resolves the formula: from half of x's scale downwards."""
    scale = {"sin(1000x)": 1e-3, "x*sin(1/x)": 1e-4, "sqrt(1 - x^2)": 1e-3, "exp(x)": 1e-3}.get(formula, 1.0)
    h = relative * scale * max(abs(value("x", by_x(formula, at))), 1e-12)
    here = by_x(formula, at, Step(h, scheme))
    answer = run_method(here, "finite-difference")
    got, error = unpacked(answer)
    assert re.search(r"truncation .*, rounding ", answer.note)
    assert abs(got - value(derivative, here)) <= error + ROUNDING * abs(got), f"{got} ± {error}"


@pytest.mark.parametrize("method", METHODS)
def test_a_method_answers_a_batch_as_it_answers_each_point(method: str) -> None:
    batch = run_method(by_x("x*sin(x) + 3", "x=[-2, 0.5, 1, 40]"), method)
    single = [unpacked(run_method(by_x("x*sin(x) + 3", f"x={x}"), method))[0] for x in ("-2", "0.5", "1", "40")]
    assert batch.values is not None
    assert batch.values.shape == (1, 1, 4)
    assert batch.values[0, 0] == pytest.approx(single, rel=1e-13)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("order", [2, 3])
def test_higher_and_mixed_partials_are_right_or_refused(method: str, order: int) -> None:
    partials = {2: (("x", "x"), ("x", "y"), ("y", "y")), 3: (("x", "x", "y"), ("y", "x", "y"), ("x", "x", "x"))}[order]
    here = asked("exp(x*y)/y + x^3", "x=0.5,y=2", wrt=partials)
    answer = run_method(here, method)
    if answer.values is None:
        assert answer.reason == Reason.NOT_SUPPORTED
        return
    true = [balls.nearest_float(ball) for ball in enclose_partials(here, here.points.points[0]).values()]
    own = 0 if answer.errors is None else answer.errors[0, :, 0]
    assert (abs(answer.values[0, :, 0] - true) <= own + 1e-12 * abs(np.array(true))).all()


LEAVES = st.sampled_from(["x", "y", "2", "0.5", "pi"])
SMOOTH = st.recursive(
    LEAVES,
    lambda t: (
        st.builds("({} {} {})".format, t, st.sampled_from("+-*"), t)
        | st.builds("{}({})".format, st.sampled_from(["sin", "cos", "tanh", "atan", "sigmoid", "asinh"]), t)
        | t.map("({})^2".format)
        | st.builds("{}/(1 + ({})^2)".format, t, t)
    ),
    max_leaves=8,
)


@given(SMOOTH)
@settings(max_examples=100, deadline=None)
def test_methods_agree_on_random_smooth_formulas(formula: str) -> None:
    here = by_x(f"x + ({formula})", "x=0.75,y=-1.25")
    true = balls.nearest_float(enclose_partials(here, here.points.points[0])[0, 0])
    for method in ("symbolic", "autograd", "forward-ad", "enclosure"):
        got, _ = unpacked(run_method(here, method))
        assert got == pytest.approx(true, rel=1e-9, abs=1e-12), method


@pytest.mark.parametrize(("text", "at"), [("x^999999999 + x", "x=3/4"), ("x^y + x", "x=1/2,y=999999999")])
def test_no_closed_form_has_millions_of_digits(text: str, at: str) -> None:
    found = limited(partial(run_method, by_x(text, at), "symbolic"), 60)  # a billion digits would take hours
    assert unpacked(found)[0] == 1
