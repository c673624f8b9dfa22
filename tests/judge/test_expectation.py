"""`--expect`: numbers, formulas, names, lists, ± tolerances; what is met, what is told when it is not."""

import pytest

from derivcli.errors import ExpectationError
from derivcli.requests.shapes import Shape
from tests.tools import report

# formula, at, expectation
MET = [
    ("6x^2 + 2x + 4", "x=3", "38"),
    ("6x^2 + 2x + 4", "x=3", "12x + 2"),
    ("6x^2 + 2x + 4", "x=[1, 2, 3]", "12*x + 2"),
    ("log(x)", "x=2", "1/x"),
    ("log(x)", "x=2", "0.5 ± 0"),
    ("sin(x)", "x=1", "0.54 ± 5e-3"),
    ("sin(x)", "x=1", "0.54 +/- 5e-3"),
    ("sin(x)", "x=1", "0.5403023"),
    ("sin(x)", "x=1", "cos(x) +- 0"),
    ("sin(x)", "x=pi/2", "0"),
    ("x^2", "x=0", "0"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "u=43,v=20"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "v=20"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "v = 2v + 4u, u = 3u^2 + 4v"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "[43, 20]"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "43, 20"),
    ("u^3 + v^2", "u=3,v=4", "u=27 ± 1e-9"),
    ("relu(x)", "x=[-1, 0.5, 2]", "[0, 1, 1]"),
    ("x^2", "x=[1, 2]", "2, 4"),
    ("x^2*y", "x=[1, 2],y=3", "[6, 1, 12, 2*x]"),
    # one-sided slopes, kinds, and derivatives that are known to 60 bits
    ("abs(x)", "x=0", "[-1, 1]"),
    ("abs(x)", "x=0", "[-1 - 1e-9, 1]"),
    ("abs(x)", "x=0", "kink"),
    ("sqrt(abs(x))", "x=0", "cusp"),
    ("x^(3/2)", "x=0", "edge"),
    ("sin(x)/x", "x=0", "removable"),
    ("sin(x)/x", "x=0", "undefined"),
    ("1/x", "x=0", "undefined"),
    ("x^2", "x=0", "differentiable"),
    ("where(x == 0, 0, x/log(abs(x)))", "x=0", "0"),
]
# formula, at, expectation, part of the message
MISSED = [
    ("6x^2 + 2x + 4", "x=3", "-38", "the sign is wrong"),
    ("cos(x)", "x=1", "sin(x)", "the sign is wrong"),
    ("sin(2x)", "x=1", "cos(2x)", "but the derivative is"),
    ("6x^2 + 2x + 4", "x=3", "39", "expected 39"),
    ("6x^2 + 2x + 4", "x=3", "12x", "expected 12x = 36"),
    ("sin(x)", "x=1", "0.54 ± 1e-5", "but the derivative is 0.540302"),
    ("sin(x)", "x=1", "0.540301", "but the derivative is 0.540302"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "u=43,v=21", "but the derivative is 20"),
    ("u^3 + v^2 + 4u*v", "u=3,v=4", "[20, 43]", "but the derivative is 43"),
    ("x^2", "x=0", "1e-300", "but the derivative is 0"),
    ("x^2", "x=1", "log(-x)", "but the derivative is 2"),
    ("x^2", "x=[1, 2, 3]", "[2, 5, 6]", "expected 5 at x = 2, but the derivative is 4"),
    # one-sided slopes, kinds, and derivatives that are known to 60 bits
    ("abs(x)", "x=0", "[-1, 2]", "expected the slopes -1 and 2 at x = 0, but they are -1 and 1"),
    ("abs(x)", "x=0", "[-1.00001, 1]", "but they are -1 and 1"),
    ("x^2", "x=0", "[0, 0]", "but it is differentiable there"),
    ("sqrt(abs(x))", "x=0", "[-1, 1]", "but it is cusp there"),
    ("sqrt(x)", "x=0", "[0, 5]", "but it is vertical tangent there"),
    ("abs(x)", "x=1", "kink", "expected 'kink' at x = 1, but it is differentiable"),
    ("abs(x)", "x=0", "undefined", "expected 'undefined' at x = 0, but it is kink"),
    ("1/x", "x=0", "removable", "expected 'removable singularity' at x = 0, but it is undefined"),
    ("where(x == 0, 0, x/log(abs(x)))", "x=0", "5", "expected 5 at x = 0, but the derivative is 0"),
    ("where(x == 0, 0, 3x + x/log(abs(x)))", "x=0", "5", "but the derivative is 3"),
]
# formulas, shape, at, expectation, part of the message (none where it is met)
OF_SUMS = [
    (["x^2", "x^3"], "accumulate", "x=2", "16", ""),
    (["x^2", "x^3"], "accumulate", "x=2", "12", "expected 12 at x = 2, but the accumulated x.grad is 16"),
    (["x^2*y"], "laplacian", "x=1,y=2", "2*y", ""),
    (["exp(x)*sin(y)"], "laplacian", "x=1,y=2", "0", ""),
    (["exp(x)*sin(y)"], "laplacian", "x=1,y=2", "5", "expected 5 at x = 1, y = 2, but the laplacian is"),
    (["x^2*y"], "laplacian", "x=1,y=[2, 3]", "[4, 7]", "expected 7 at x = 1, y = 3, but the laplacian is 6"),
    (["x*y", "y^2"], "divergence", "x=1,y=2", "3*y", ""),
    (["y*z", "x", "x*y"], "curl", "x=1,y=2,z=3", "[1, 0, -2]", ""),
    (["y*z", "x", "x*y"], "curl", "x=1,y=2,z=3", "y=1", "but the curl y is 0"),
]
# formula, at, expectation, part of the message, the piece that is underlined
UNREADABLE = [
    ("x^2", "x=1", "2*y", "unknown variable 'y'", None),
    ("x^2", "x=1", "1, 2", "one value is needed, not 2", "1, 2"),
    ("u*v", "u=1,v=2", "3", "2 values are needed", "3"),
    ("u*v", "u=1,v=2", "u=2,w=1", "nothing here is called 'w'", "w=1"),
    ("x^2", "x=1", "2*sni(x)", "unknown function 'sni'", "sni"),
    ("x^2", "x=1", "2 ± ", "no formula", None),
    (
        "u*v",
        "u=[1, 2, 3],v=2",
        "[1, 2, 3]",
        "2 values are needed, one for each derivative, or 6, for each",
        "[1, 2, 3]",
    ),
]


def told(formula: str, at: str, expect: str) -> tuple[str, tuple[str, ...], str]:
    verdict = report(formula, at, expect=expect, methods=("symbolic",)).verdict
    return verdict.outcome, verdict.methods, verdict.message


@pytest.mark.parametrize(("formula", "at", "expect"), MET)
def test_an_expectation_is_met(formula: str, at: str, expect: str) -> None:
    assert told(formula, at, expect)[0] == "agree"


@pytest.mark.parametrize(("formula", "at", "expect", "message"), MISSED)
def test_an_expectation_is_missed(formula: str, at: str, expect: str, message: str) -> None:
    word, methods, text = told(formula, at, expect)
    assert (word, methods) == ("disagree", ("expectation",))
    assert message in text


@pytest.mark.parametrize(("formulas", "shape", "at", "expect", "message"), OF_SUMS)
def test_what_is_expected_of_a_sum(formulas: list[str], shape: str, at: str, expect: str, message: str) -> None:
    verdict = report(formulas, at, shape=Shape(shape), expect=expect, methods=("symbolic",)).verdict
    assert verdict.outcome == ("disagree" if message else "agree")
    assert message in verdict.message


@pytest.mark.parametrize(("formula", "at", "expect", "message", "piece"), UNREADABLE)
def test_an_expectation_is_unreadable(formula: str, at: str, expect: str, message: str, piece: str | None) -> None:
    with pytest.raises(ExpectationError) as caught:
        told(formula, at, expect)
    assert message in caught.value.message
    assert piece is None or caught.value.text[slice(*(caught.value.span or ()))] == piece


@pytest.mark.parametrize("formula", ["2x + 1e-5", "2.00001*x", "2x*(1 + 1e-5)", "-2x", "2x + 1"])
def test_a_slip_is_seen_at_every_point(formula: str) -> None:
    verdicts = report("x^2", "x=[1, 2.5, 10]", expect=formula, methods=("symbolic",)).verdicts
    expected = {"2x + 1e-5": 2}.get(formula, 3)  # 1e-5 beside 20 is within rtol = 1e-6
    assert sum(verdict.methods == ("expectation",) for verdict in verdicts.values()) == expected


# f = x^2 at these points, expectation: the whole sentence
SLIPS = [
    ("x=2", "5", "expected 5 at x = 2, but the derivative is 4"),
    ("x=2", "2*x + 1", "expected 2*x + 1 = 5 at x = 2, but the derivative is 4"),
    ("x=2", "-4", "expected -4 at x = 2, but the derivative is 4: the sign is wrong"),
    ("x=2", "log(-1)", "expected log(-1) = nan at x = 2, but the derivative is 4"),
    ("x=[1, 2]", "[-2, -4]", "expected -2 at x = 1, but the derivative is 2: the sign is wrong"),
    ("x=[1, 2]", "[3, 6]", "expected 3 at x = 1, but the derivative is 2: off by the constant factor 1.5"),
    ("x=[1, 2, 3]", "x", "expected x = 1 at x = 1, but the derivative is 2: off by the constant factor 0.5"),
    ("x=[1, 2]", "0", "expected 0 at x = 1, but the derivative is 2: off by the constant factor 0"),
    # two that are wrong in two ways, or have no ratio, say nothing of a third
    ("x=[1, 2]", "[3, 5]", "expected 3 at x = 1, but the derivative is 2"),
    ("x=[1, 2]", "[3, -4]", "expected 3 at x = 1, but the derivative is 2"),
    ("x=[1, 2]", "[3, log(-1)]", "expected 3 at x = 1, but the derivative is 2"),
    ("x=[1, 0]", "[3, 1]", "expected 3 at x = 1, but the derivative is 2"),
]


@pytest.mark.parametrize(("at", "expect", "sentence"), SLIPS)
def test_a_slip_that_is_the_same_everywhere_is_named(at: str, expect: str, sentence: str) -> None:
    """The sign, or a constant factor that two points at least share."""
    assert told("x^2", at, expect)[2] == sentence


@pytest.mark.parametrize("expect", ["u=v,v=exp(log(u))", "v=u,u=sqrt(v)^2", "[v, u*log(u*v + 200)/log(u*v + 200)]"])
@pytest.mark.parametrize("seed", range(5))
def test_points_are_drawn_where_all_that_is_expected_is_defined(expect: str, seed: int) -> None:
    """Logarithms and roots of half of the plane among it."""
    found = report("u*v", expect=expect, seed=seed, methods=("symbolic",))
    assert found.verdict.outcome == "agree", found.verdict.message
    assert len(found.problem.points) == 5


@pytest.mark.parametrize("at", ["x=1e-8", "x=1e-8:2e-8:2000"])
def test_that_it_is_met_excuses_no_method(at: str) -> None:
    """Autograd is off by 1e8 where the derivative exists, as expected; so in a sweep."""
    found = report("(1 - cos(x))/x^2", at, expect="differentiable", methods=("symbolic", "autograd"))
    assert (found.verdict.outcome, found.verdict.cause) == ("disagree", "rounding")
    assert "autograd" in found.verdict.methods
