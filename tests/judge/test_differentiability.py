"""What a function does at a point: one row a point, with the one-sided slopes as formulas that Arb evaluates."""

import math
from typing import Any

import pytest
from flint import arb

from derivcli.backends import balls
from derivcli.engine.evaluate import evaluate
from derivcli.formula.parser import parse
from derivcli.formula.program import flatten
from derivcli.judge.differentiability import behaviour
from derivcli.judge.limits import limit
from derivcli.judge.reference import enclosure
from derivcli.records import Behaviour, Kind, Outcome
from derivcli.requests.request import parse_wrt
from tests.tools import asked, ball, number

D, E, K, J = Kind.DIFFERENTIABLE, Kind.EDGE, Kind.KINK, Kind.JUMP
V, C, R, N, U = Kind.VERTICAL, Kind.CUSP, Kind.REMOVABLE, Kind.NO_LIMIT, Kind.UNDEFINED

# formula, point, by what, kind, slope from the left, slope from the right ("": there is none)
TABLE = [
    # kinks, by every spelling
    ("abs(x)", "x=0", "x", K, "-1", "1"),
    ("-abs(x)", "x=0", "x", K, "1", "-1"),
    ("sqrt(x^2)", "x=0", "x", K, "-1", "1"),
    ("(x^2)^(1/2)", "x=0", "x", K, "-1", "1"),
    ("(x^4)^(1/4)", "x=0", "x", K, "-1", "1"),
    ("relu(x)", "x=0", "x", K, "0", "1"),
    ("max(x, 2x, 3x)", "x=0", "x", K, "1", "3"),
    ("min(x, x^2)", "x=1", "x", K, "2", "1"),
    ("clamp(x, 0, 1)", "x=1", "x", K, "1", "0"),
    ("x*heaviside(x)", "x=0", "x", K, "0", "1"),
    ("leaky_relu(x)", "x=0", "x", K, "1/100", "1"),
    ("acos(cos(x))", "x=0", "x", K, "-1", "1"),
    ("acos(cos(x))", "x=pi", "x", K, "1", "-1"),
    ("asin(sin(x))", "x=pi/2", "x", K, "1", "-1"),
    ("abs(sin(x))", "x=pi", "x", K, "-1", "1"),
    ("abs(cos(x))", "x=pi/2", "x", K, "-1", "1"),
    ("exp(abs(x))", "x=0", "x", K, "-1", "1"),
    ("abs(exp(x) - 1)", "x=0", "x", K, "-1", "1"),
    ("abs(log(x))", "x=1", "x", K, "-1", "1"),
    ("abs(x - 1/3)", "x=1/3", "x", K, "-1", "1"),
    ("abs(x^2 - 2)", "x=sqrt(2)", "x", K, "-2*sqrt(2)", "2*sqrt(2)"),
    ("abs(3x - 1)*exp(x)", "x=1/3", "x", K, "-3*exp(1/3)", "3*exp(1/3)"),
    ("where(x < 1, x^2, 3x - 2)", "x=1", "x", K, "2", "3"),
    ("x*where(x < 0, 2, pi)", "x=0", "x", K, "2", "pi"),
    ("where(x == 0, 0, x/(1 + exp(1/x)))", "x=0", "x", K, "1", "0"),
    ("where(x == 0, 0, x*atan(1/x))", "x=0", "x", K, "-pi/2", "pi/2"),
    ("where(x == 0, 0, abs(x)*(1 + 1/log(abs(x))))", "x=0", "x", K, "-1", "1"),
    ("abs(gamma(x) - 1)", "x=1", "x", K, "-EulerGamma", "EulerGamma"),
    ("abs(erf(x))", "x=0", "x", K, "-2/sqrt(pi)", "2/sqrt(pi)"),
    ("softshrink(x)", "x=1/2", "x", K, "0", "1"),
    ("hardtanh(x)", "x=-1", "x", K, "0", "1"),
    # kinks of any size, at any place
    ("abs(x - 1e10)", "x=1e10", "x", K, "-1", "1"),
    ("abs(x - 1e-10)", "x=1e-10", "x", K, "-1", "1"),
    ("abs(x - 1e300)", "x=1e300", "x", K, "-1", "1"),
    ("abs(x - 5e-324)", "x=5e-324", "x", K, "-1", "1"),
    ("abs(x) + abs(x - 1e-100)", "x=1e-100", "x", K, "0", "2"),
    ("abs(x) + abs(x - 1e-100)", "x=0", "x", K, "-2", "0"),
    ("abs(x) + abs(x - 1e-300)", "x=1e-300", "x", K, "0", "2"),
    ("1e-30*abs(x)", "x=0", "x", K, "-1e-30", "1e-30"),
    ("1e30*abs(x)", "x=0", "x", K, "-1e30", "1e30"),
    ("1e-300*abs(x)", "x=0", "x", K, "-1e-300", "1e-300"),
    ("sin(x) + 1e-25*abs(x)", "x=0", "x", K, "1 - 1e-25", "1 + 1e-25"),
    ("relu(1e15*x)", "x=0", "x", K, "0", "1e15"),
    # kinks that are smoothed away
    ("x*abs(x)", "x=0", "x", D, "0", "0"),
    ("abs(x)^3", "x=0", "x", D, "0", "0"),
    ("relu(x)^2", "x=0", "x", D, "0", "0"),
    ("abs(x)^2", "x=0", "x", D, "0", "0"),
    ("max(x, x)", "x=0", "x", D, "1", "1"),
    ("max(x, -x)^2", "x=0", "x", D, "0", "0"),
    ("relu(x) - relu(-x)", "x=0", "x", D, "1", "1"),
    ("abs(x) + x - abs(x)", "x=0", "x", D, "1", "1"),
    ("cos(abs(x))", "x=0", "x", D, "0", "0"),
    ("sin(abs(x))*x", "x=0", "x", D, "0", "0"),
    ("elu(x)", "x=0", "x", D, "1", "1"),
    ("sqrt(x^4)", "x=0", "x", D, "0", "0"),
    ("sqrt(1 - cos(x))^2", "x=0", "x", D, "0", "0"),
    ("sign(x)*sin(x)*x", "x=0", "x", D, "0", "0"),
    ("floor(x)*sin(pi*x)^2", "x=1", "x", D, "0", "0"),
    ("1e30*x*abs(x)", "x=0", "x", D, "0", "0"),
    ("where(x < 1, x^2, 2x - 1)", "x=1", "x", D, "2", "2"),
    ("where(x < 0, exp(x), 1 + x)", "x=0", "x", D, "1", "1"),
    ("(x - floor(x))^0", "x=1", "x", D, "0", "0"),
    # one point that is given by itself
    ("where(x == 0, 0, x)", "x=0", "x", D, "1", "1"),
    ("where(x == 1/3, 1/3, x)", "x=1/3", "x", D, "1", "1"),
    ("where(x == pi, 0, x - pi)", "x=pi", "x", D, "1", "1"),
    ("where(x == 0, 1, sin(x)/x)", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 1, (exp(x) - 1)/x)", "x=0", "x", D, "1/2", "1/2"),
    ("where(x == 0, 1/2, (1 - cos(x))/x^2)", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, exp(-1/x^2))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 1, x)", "x=0", "x", J, "", ""),
    # steps that might land on other singular points
    ("where(x == 0, 0, x^2*sin(1/x))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x^2*sin(pi/x))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x^2*abs(cos(pi/x)))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x^2*floor(1/x))", "x=0", "x", D, "1", "1"),
    ("where(x == 0, 1, floor(1/x)*x)", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, x*sin(pi/x))", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, 2^floor(log2(abs(x))))", "x=0", "x", N, "", ""),
    # oscillation without a limit
    ("where(x == 0, 0, x*sin(1/x))", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, abs(x*sin(1/x)))", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, x*(1 + sin(1/x)/1000))", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, x*sin(log(abs(x))))", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, x*cos(2*pi*log2(abs(x))))", "x=0", "x", N, "", ""),
    ("where(x == 0, 0, sin(1/x))", "x=0", "x", N, "", ""),
    ("where(x <= 0, x, x*sin(1/x))", "x=0", "x", N, "1", ""),
    ("where(x >= 0, x, x*sin(1/x))", "x=0", "x", N, "", "1"),
    ("where(x <= 0, x, sin(1/x))", "x=0", "x", N, "", ""),
    ("where(x >= 0, x, sin(1/x))", "x=0", "x", N, "", ""),
    ("where(x*x > 0, where(x < 0, x, sin(1/x)), log(x))", "x=0", "x", U, "", ""),
    # slopes that converge slowly
    ("abs(x)^1.01", "x=0", "x", D, "0", "0"),
    ("where(x <= 0, 0, x^1.01)", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x^2*log(abs(x)))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x/log(abs(x)))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x/(1 + log(abs(x))))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x/log(abs(x))^2)", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, x/sqrt(-log(abs(x))))", "x=0", "x", D, "0", "0"),
    ("where(x == 0, 0, 3x + x/log(abs(x)))", "x=0", "x", D, "3", "3"),
    ("where(x == 0, 0, x*atan(log(abs(x))))", "x=0", "x", D, "-pi/2", "-pi/2"),
    ("where(x == 0, 0, x*exp(-sqrt(-log(abs(x)))))", "x=0", "x", D, "0", "0"),
    # jumps
    ("floor(x)", "x=1", "x", J, "", ""),
    ("ceil(x)", "x=0", "x", J, "", ""),
    ("round(x)", "x=1/2", "x", J, "", ""),
    ("sign(x)", "x=0", "x", J, "", ""),
    ("mod(x, 2)", "x=2", "x", J, "", ""),
    ("floor(1/x)", "x=1/3", "x", J, "", ""),
    ("where(x < 1, x, x + 1e-12)", "x=1", "x", J, "", ""),
    ("1e-300*floor(x)", "x=1", "x", J, "", ""),
    ("where(x == 0, 0, 1/x)", "x=0", "x", J, "", ""),
    ("where(x > 0, log(x), x)", "x=0", "x", J, "", ""),
    ("where(x == 0, 0, 1/(1 + exp(1/x)))", "x=0", "x", J, "", ""),
    # vertical tangents and cusps
    ("cbrt(x)", "x=0", "x", V, "inf", "inf"),
    ("where(x == 0, 0, sign(x)*abs(x)^0.999)", "x=0", "x", V, "inf", "inf"),
    ("where(x == 0, 0, x*log(abs(x)))", "x=0", "x", V, "-inf", "-inf"),
    ("where(x == 0, 0, x*log(-log(abs(x))))", "x=0", "x", V, "inf", "inf"),
    ("where(x <= 0, 0, sqrt(x))", "x=0", "x", V, "0", "inf"),
    ("sqrt(x)", "x=0", "x", V, "", "inf"),
    ("asin(x)", "x=1", "x", V, "inf", ""),
    ("acos(x)", "x=-1", "x", V, "", "-inf"),
    ("acosh(x)", "x=1", "x", V, "", "inf"),
    ("sqrt(abs(x))", "x=0", "x", C, "-inf", "inf"),
    ("abs(x)^(2/3)", "x=0", "x", C, "-inf", "inf"),
    ("-abs(x - 1/3)^0.99", "x=1/3", "x", C, "inf", "-inf"),
    # edges of the domain
    ("x^(3/2)", "x=0", "x", E, "", "0"),
    ("sqrt(x)^3 + x", "x=0", "x", E, "", "1"),
    ("sqrt(1 - x)^3", "x=1", "x", E, "0", ""),
    ("where(x == 0, 0, x^2*log(x))", "x=0", "x", E, "", "0"),
    ("sqrt(x)^2", "x=0", "x", E, "", "1"),
    ("where(x == 0, 0, x/log(x))", "x=0", "x", E, "", "0"),
    # f has no value there: removable, or not
    ("sin(x)/x", "x=0", "x", R, "0", "0"),
    ("(1 - cos(x))/x^2", "x=0", "x", R, "0", "0"),
    ("(x^2 - 1)/(x - 1)", "x=1", "x", R, "1", "1"),
    ("(exp(x) - 1)/x", "x=0", "x", R, "1/2", "1/2"),
    ("x*log(x)/(x - 1)", "x=1", "x", R, "1/2", "1/2"),
    ("x^2*sin(1/x)", "x=0", "x", R, "0", "0"),
    ("(gamma(x) - 1)/(x - 1)", "x=1", "x", R, "(EulerGamma^2 + pi^2/6)/2", "(EulerGamma^2 + pi^2/6)/2"),
    ("1/x", "x=0", "x", U, "", ""),
    ("tan(x)", "x=pi/2", "x", U, "", ""),
    ("log(x)", "x=0", "x", U, "", ""),
    ("log(x)", "x=-1", "x", U, "", ""),
    ("exp(-1/x)", "x=0", "x", U, "", ""),
    ("atan(1/x)", "x=0", "x", U, "", ""),
    ("sin(1/x)", "x=0", "x", U, "", ""),
    ("sqrt(-1 - x^2)", "x=0", "x", U, "", ""),
    ("gamma(x)", "x=-2", "x", U, "", ""),
    # several variables: along one of them
    ("sqrt(x^2 + y^2)", "x=0,y=0", "x", K, "-1", "1"),
    ("sqrt(x^2 + y^2)^2", "x=0,y=0", "y", D, "0", "0"),
    ("max(x, y)", "x=2,y=2", "x", K, "0", "1"),
    ("abs(x*y)", "x=0,y=3", "x", K, "-3", "3"),
    ("abs(x*y)", "x=0,y=0", "x", D, "0", "0"),
    ("abs(x - y)", "x=pi,y=pi", "y", K, "-1", "1"),
    ("x/sqrt(x^2 + y^2)", "x=0,y=0", "x", U, "", ""),
    ("where(x^2 + y^2 == 0, 0, x*y/(x^2 + y^2))", "x=0,y=0", "x", D, "0", "0"),
    ("a^b", "a=0,b=1", "b", D, "0", "0"),
    # the second derivative: what f' does, or f where there is no f'
    ("x*abs(x)", "x=0", "x,x", K, "-2", "2"),
    ("relu(x)^2", "x=0", "x,x", K, "0", "2"),
    ("abs(x)^3", "x=0", "x,x", D, "0", "0"),
    ("abs(x)^3", "x=0", "x,x,x", K, "-6", "6"),
    ("x^3*abs(x)", "x=0", "x,x,x", D, "0", "0"),
    ("abs(x)", "x=0", "x,x", K, "-1", "1"),
    ("floor(x)", "x=1", "x,x", U, "", ""),
    ("where(x == 0, 1, sin(x)/x)", "x=0", "x,x", D, "-1/3", "-1/3"),
    ("sin(x)/x", "x=0", "x,x", R, "-1/3", "-1/3"),
    ("where(x == 0, 0, x^3*sin(1/x))", "x=0", "x,x", N, "", ""),
    ("where(x == 0, 0, x^2/log(abs(x)))", "x=0", "x,x", D, "0", "0"),
    ("where(x == 0, 0, x^3*log(abs(x)))", "x=0", "x,x", D, "0", "0"),
    ("abs(x - 1e-100)*(x - 1e-100)", "x=1e-100", "x,x", K, "-2", "2"),
    ("where(x == 0, 0, x^2*sin(1/x))", "x=0", "x,x", N, "", ""),
    ("x^(5/2)", "x=0", "x,x", E, "", "0"),
    ("x^(3/2)", "x=0", "x,x", V, "", "inf"),
    ("log(x)", "x=-1", "x,x", U, "", ""),
    ("abs(x - y)*y", "x=1,y=1", "x,y", K, "-1", "1"),
    ("where(x^2 + y^2 == 0, 0, x*y*(x^2 - y^2)/(x^2 + y^2))", "x=0,y=0", "x,y", D, "-1", "-1"),
    ("where(x^2 + y^2 == 0, 0, x*y*(x^2 - y^2)/(x^2 + y^2))", "x=0,y=0", "y,x", D, "1", "1"),
]  # fmt: skip

# formula, point, the derivative: power series decide these, although something singular or infinite is near
SMOOTH = [
    ("abs(x)", "x=1e-300", "1"),
    ("abs(x)", "x=-5e-324", "-1"),
    ("relu(x)", "x=1e-20", "1"),
    ("sqrt(x)", "x=5e-324", "1/(2*sqrt(5e-324))"),
    ("log(abs(x))", "x=-1e-300", "-1e300"),
    ("floor(x)", "x=1 - 1e-30", "0"),
    ("abs(sin(x))", "x=3.141592653589793", "cos(3.141592653589793)"),
    ("where(x == 0, 0, x)", "x=1e-100", "1"),
    ("abs(x - 1/3)", "x=0.3333333333333333", "-1"),
    ("max(x, x^2)", "x=1 + 1e-15", "2 + 2e-15"),
    ("tan(x)", "x=pi/2 - 1e-20", "1/sin(1e-20)^2"),
    ("cbrt(x)", "x=1e-99", "1/(3*1e-66)"),
    ("abs(x^2)", "x=2", "4"),
    ("sqrt(x^2 + 1e-40)", "x=0", "0"),
    ("where(x < 0, 1, 1)", "x=1", "0"),
    ("acos(x)", "x=1 - 1e-20", "-1/sqrt(1 - (1 - 1e-20)^2)"),
    ("mod(x, 1)", "x=0.1", "1"),
    ("1/x", "x=1e-200", "-1e400"),
    ("exp(x)", "x=1000", "exp(1000)"),
    ("trigamma(x)", "x=1e-100", "polygamma(2, 1e-100)"),
    ("digamma(x)", "x=-2 + 1e-100", "1e200"),
]

# slopes of which nine digits would need steps beyond all bounds: a range that contains the truth, and no claim
UNDECIDED = [
    ("where(x == 0, 0, x/log(-log(abs(x))))", "0"),
    ("where(x == 0, 0, x*sin(log(abs(x)))/log(abs(x)))", "0"),
    ("abs(x)^1.001", "0"),
]


def found(formula: str, at: str, wrt: str) -> Behaviour:
    given = asked(formula, at, wrt=parse_wrt(wrt))
    return behaviour(given.program, 0, given.points.points[0], given.partials[0])


def same(got: float, expected: float) -> bool:
    return got == expected or (math.isnan(got) and math.isnan(expected)) or math.isclose(got, expected, rel_tol=1e-15)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} at {row[1]} by {row[2]}")
def test_kind_and_one_sided_slopes(row: tuple[Any, ...]) -> None:
    formula, at, wrt, kind, left, right = row
    result = found(formula, at, wrt)
    assert (result.kind, left, right) == (kind, left, right)
    assert same(result.left, number(left)), (result.left, left)
    assert same(result.right, number(right)), (result.right, right)
    assert (result.derivative is not None) == (kind in (D, E, R))


@pytest.mark.parametrize(("formula", "at", "expected"), SMOOTH)
def test_near_a_singular_point_power_series_decide(formula: str, at: str, expected: str) -> None:
    report = evaluate(formula, at)
    assert not report.reference.behaviours
    assert balls.nearest_float(report.reference.balls[0, 0, 0]) == number(expected)
    assert report.verdict.outcome in (Outcome.AGREE, Outcome.DISAGREE)  # float64 cannot hold every point


@pytest.mark.parametrize(("formula", "at", "expected"), SMOOTH)
def test_one_sided_limits_give_the_same_there(formula: str, at: str, expected: str) -> None:
    result = found(formula, at, "x")
    assert result.kind == Kind.DIFFERENTIABLE
    assert result.derivative.overlaps(ball(expected))


@pytest.mark.parametrize(("formula", "expected"), UNDECIDED)
def test_what_cannot_be_told_is_a_range_that_contains_the_truth(formula: str, expected: str) -> None:
    result = found(formula, "x=0", "x")
    assert result.kind == Kind.DIFFERENTIABLE
    assert result.derivative.overlaps(ball(expected))
    assert enclosure(asked(formula, "x=0")).balls == {}


# formula, by what, its derivative at 0, how narrow the ball is: as many steps as were promised
NARROW = [
    ("where(x == 0, 0, x/log(abs(x)))", "x", "0", 3e-32),
    ("where(x == 0, 0, x*atan(log(abs(x))))", "x", "-pi/2", 3e-32),
    ("where(x == 0, 0, x^2/log(abs(x)))", "x,x", "0", 5e-10),
    ("where(x == 0, 0, x^2/sqrt(-log(abs(x))))", "x,x", "0", 4e-8),
    ("where(x == 0, 0, x^3*log(abs(x)))", "x,x", "0", 1e-43),
    ("where(x == 0, 0, x^3/log(abs(x)))", "x,x,x", "0", 2e-9),
    ("where(x <= 0, 0, x/log(x))", "x", "0", 1e-200),  # from the left it is known exactly
    ("where(x >= 0, 0, x/log(-x))", "x", "0", 1e-200),
    ("where(x == 0, 1, sin(x)/x)", "x,x", "-1/3", 2e-46),
    ("where(x == 0, 1, sin(x)/x)", "x,x,x", "0", 1e-32),
]


@pytest.mark.parametrize(("formula", "wrt", "expected", "width"), NARROW)
def test_what_converges_slowly_is_known_so_well(formula: str, wrt: str, expected: str, width: float) -> None:
    result = found(formula, "x=0", wrt)
    assert result.derivative.overlaps(ball(expected))
    assert result.derivative.rad() <= width


# a sequence in r^k, as text in k; its terms, where it goes, and within what
SEQUENCES = [
    ("3 + 2^-(50*2^k)", 17, "3", 1e-18),
    ("3 + (7/10)^k", 17, "3", 1e-18),
    ("3 - (7/10)^k + 5*(1/2)^k", 17, "3", 1),
    ("1/(k + 1)", 17, "0", 1),
    ("(3/2)^k", 17, "inf", 0),
    ("-(3/2)^k", 17, "-inf", 0),
    ("-k", 17, "-inf", 0),
    ("exp(exp(k))", 17, "inf", 0),
    ("1e-300*3^k", 17, "inf", 0),
    ("sin(k^3)", 17, "", 0),
    ("(-2)^k", 17, "", 0),
    ("log(k - 1)", 17, "", 0),
    ("2", 17, "2", 1e-18),
    ("0*k", 17, "0", 1e-18),
    ("2^-(2^(50*k))", 17, "0", 1e-18),
    # few terms: three that settle are enough, six show where a slow one goes, fewer claim no more than a range
    ("3 + 2^-(50*2^k)", 3, "3", 1e-18),
    ("3 + 2^-(50*2^k)", 2, "", 0),
    ("3 + (7/10)^k", 6, "3", 1e-18),
    ("3 + (7/10)^k", 5, "3", 2),
    ("3 + (7/10)^k", 3, "3", 2),
    ("3 + (7/10)^k", 2, "", 0),
    ("(3/2)^k", 6, "inf", 0),
    ("-(3/2)^k", 6, "-inf", 0),
    ("sin(k^3)", 6, "", 0),
    # to and fro, but less and less; and values that end
    ("(-1)^k/(k + 1)", 17, "0", 0.4),
    ("5 - (-1)^k/(k + 1)", 17, "5", 0.4),
    ("log(5 - k)", 17, "log(1)", 4),
    # one step that is larger than those before it is no growth beyond bounds
    ("10 - 2^-k - where(k < 14, 1, 0)", 17, "10", 2.1),
    ("where(k == 0, 1, 9 + 2^k)", 6, "41", 81),
    ("2^k - 6", 6, "26", 63),
]


@pytest.mark.parametrize(("formula", "count", "expected", "within"), SEQUENCES)
def test_where_a_sequence_goes(formula: str, count: int, expected: str, within: float) -> None:
    """The ball contains the limit, is not wider than this, and not much narrower where little is known."""

    def term(k: int) -> arb:
        with balls.precision(2000):
            return balls.values(flatten(parse(formula), ["k"]), [arb(k)])[0]

    result = limit(term, count, 60)
    if expected and "inf" not in expected:
        assert result.value.overlaps(ball(expected))
        assert result.value.rad() <= within
        assert result.value.rad() >= within / 4 or within < 1e-17 or within == 1
    else:
        assert same(float(result), number(expected))
