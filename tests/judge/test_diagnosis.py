"""A formula at a point where a method is off → the cause, a sentence, and the piece of the text that it points at."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from derivcli.methods import autograd, symbolic
from derivcli.records import Cause, Estimate, Outcome, Problem
from derivcli.requests.options import Dtype
from tests.tools import report

ALL, A, S = "", "autograd", "symbolic"
UP, DOWN = 1e300, 1e-300

# formula, point, method (ALL: those that run by default), cause, the piece it points at, words of the message
TABLE = [
    # digits that a subtraction cancels, and how many
    ("(1-cos(x))/x^2", 1e-8, A, "rounding", "(1-cos(x))", "cancels: 16 of 16 digits are lost"),
    ("(1-cos(x))/x^2", 1e-8, ALL, "rounding", "(1-cos(x))", "cancels"),
    ("(1-cos(x))/x^2", 1e-5, A, "rounding", "(1-cos(x))", "cancels: 9 of 16"),
    ("(exp(x)-1)/x", 1e-13, A, "rounding", "(exp(x)-1)", "cancels: 13 of 16"),
    ("2*x + (exp(x)-1)/x", 1e-13, A, "rounding", "(exp(x)-1)", "cancels"),
    ("sqrt(x+1)-sqrt(x)", 1e15, A, "rounding", "sqrt(x+1)-sqrt(x)", "cancels: 15 of 16"),
    ("(1e8+x-1e8)^2", 1e-7, A, "rounding", "(1e8+x-1e8)", "cancels: 15 of 16"),
    ("cosh(x)-sinh(x)", 20, A, "rounding", "cosh(x)-sinh(x)", "cancels: 16 of 16"),
    ("1/(x-sin(x))", 1e-6, A, "rounding", "(x-sin(x))", "cancels: 12 of 16"),
    ("exp(x) + 1/(x-sin(x))", 1e-6, A, "rounding", "(x-sin(x))", "cancels"),
    # the worst of several, the first or the last
    ("((1+x)-1)/((1-cos(x))/x)", 1e-7, A, "rounding", "(1-cos(x))", "cancels: 13 of 16"),
    ("(1-cos(x))/x/((1+x)-1)", 1e-7, A, "rounding", "(1-cos(x))", "cancels: 13 of 16"),
    ("(1-cos(x))/x^2 + (1-cos(-x))/x^2", 1e-5, A, "rounding", "(1-cos(x))", "cancels: 9 of 16"),  # as bad: the first
    ("(exp(x)-1)*1/(x-sin(x))", 1e-6, A, "rounding", "(x-sin(x))", "cancels: 12 of 16"),
    ("1/(1-tanh(40*(1-cos(x))/x^2)^2)", 1e-5, A, "rounding", "(1-tanh(40*(1-cos(x))/x^2)^2)", "cancels"),
    # or that a function magnifies
    ("log(1+x)/x", 1e-14, A, "rounding", "log(1+x)", "magnifies the rounding of its argument: 13 of 16"),
    # values beyond float64
    ("exp(x)/exp(x)", 800, A, "overflow", "exp(x)", "exp(x) = 2.73e+347 is beyond float64"),
    ("exp(x)/(1+exp(x))", 800, A, "overflow", "exp(x)", "is beyond float64"),
    ("log(exp(x))", 1000, A, "overflow", "exp(x)", "exp(x) = 1.97e+434"),
    ("log(1+exp(x))", 1000, A, "overflow", "exp(x)", "gives nan, but the derivative is 1"),
    ("sqrt(x^2+1)", 1e200, A, "overflow", "x^2", "x^2 = 1.00e+400"),
    ("x^400/x^399", 10, A, "overflow", "x^400", "x^400 = 1.00e+400"),
    ("sinh(x)/cosh(x)", 800, A, "overflow", "sinh(x)", "is beyond float64"),
    ("gamma(x+1)/gamma(x)", 200, A, "overflow", "gamma(x+1)", "7.89e+374"),
    ("1/(1+exp(-x))", -800, A, "overflow", "exp(-x)", "is beyond float64"),
    ("log(1/(1+exp(-x)))", -800, A, "overflow", "exp(-x)", "gives nan, but the derivative is 1"),
    # or slopes
    ("sqrt(x)^2", 0, A, "overflow", "sqrt(x)", "infinite here, and 0*inf is nan"),
    ("sqrt(x^4)", 0, A, "overflow", "sqrt(x^4)", "infinite here"),
    # values below float64
    ("log(exp(-x))", 800, A, "underflow", "exp(-x)", "exp(-x) = 3.67e-348 is 0 in float64"),
    ("exp(-x)*exp(x)", 750, A, "underflow", "exp(-x)", "is 0 in float64"),
    ("exp(-x^2)/exp(-x^2)", 30, A, "underflow", "exp(-x^2)", "1.36e-391"),
    ("log(x*1e-200*1e-200)", 1, A, "underflow", "x*1e-200*1e-200", "is 0 in float64"),
    ("x^2*1e-320*1e300", 1e-5, A, "underflow", "x^2*1e-320", "1.00e-330"),
    ("log(sigmoid(x))", -800, A, "underflow", "sigmoid(x)", "3.67e-348"),
    ("erfc(x)*exp(x^2)", 30, A, "underflow", "erfc(x)", "2.56e-393"),
    ("x/sqrt(x^2)", 1e-200, A, "underflow", "x^2", "1.00e-400"),
    # products of slopes beyond float64, where every value is within it
    (f"x*{UP}*{UP}*{DOWN}*{DOWN}", DOWN, A, "underflow", f"x*{UP}*{UP}", "is 1.00e-600, which is 0 in float64"),
    (f"-x*{UP}*{UP}*{DOWN}*{DOWN}", DOWN, A, "underflow", f"-x*{UP}*{UP}", "is 1.00e-600, which is 0 in float64"),
    (f"x*{DOWN}*{DOWN}*{UP}*{UP}", UP, A, "overflow", f"x*{DOWN}*{DOWN}", "leaves the range of float64"),
    (f"2*x + x*{DOWN}*{DOWN}*{UP}*{UP}", UP, ALL, "overflow", f"x*{DOWN}*{DOWN}", "the adjoint of x*1e-300*1e-300"),
    # NaN through the branch that is not taken
    ("where(x>0, sqrt(x), 0)", -1, A, "branch not taken", "sqrt(x)", "0*inf is nan"),
    ("1 + where(x>0, sqrt(x), 0)", -1, ALL, "branch not taken", "sqrt(x)", "where(x>0, sqrt(x), 0) does not take"),
    ("where(x==0, 1, sin(x)/x)", 0, A, "branch not taken", "sin(x)/x", "gives nan, but the derivative is 0"),
    ("where(x<1, x, 1/(x-1/2))", 0.5, A, "branch not taken", "1/(x-1/2)", "is not finite in the branch"),
    ("where(x<10, x, exp(x^3))", 9.5, A, "branch not taken", "exp(x^3)", "is not finite in the branch"),
    ("where(x>1, acosh(x), 0*x)", 0.5, A, "branch not taken", "acosh(x)", "is not finite in the branch"),
    ("where(x==0, 0, x^2*sin(1/x))", 0, A, "branch not taken", "1/x", "is not finite in the branch"),
    # a branch for one point, whose slope is not that of the function
    ("where(x==0, 0, x)", 0, A, "branch point", "where(x==0, 0, x)", "gives 0, but the derivative is 1"),
    ("where(x==0, 0, x)", 0, S, "branch point", "where(x==0, 0, x)", "gives 0, but the derivative is 1"),
    ("where(x==0, 0, x)", 0, ALL, "branch point", "where(x==0, 0, x)", "the derivative is 1"),
    ("where(x==3, 9, x^2)", 3, A, "branch point", "where(x==3, 9, x^2)", "but the derivative is 6"),
    ("x + where(x==1, 2, x+1)", 1, S, "branch point", "where(x==1, 2, x+1)", "but the derivative is 2"),
    # functions that are flat in float64
    ("1/(1-tanh(x)^2)", 20, A, "saturation", "tanh(x)", "its derivative 1.69934e-17 becomes 0"),
    ("log(1-tanh(x))", 20, A, "saturation", "tanh(x)", "tanh(x) is flat in float64"),
    ("atanh(tanh(x))", 20, A, "saturation", "tanh(x)", "gives nan, but the derivative is 1"),
    # slopes that PyTorch's own rules lose
    ("1e300*x^(-1)", 1e200, A, "underflow", "x^(-1)", "own derivative of x^(-1) is -0 instead of -1.00000e-400"),
    ("1e-300*x^(-1)", 1e-200, A, "overflow", "x^(-1)", "infinite here, and 0*inf is nan"),
    ("gelu(x)", -30, A, "rounding", "gelu(x)", "PyTorch's own derivative of gelu(x) is"),
    # a formula that is not defined where the function is
    ("x*abs(x)^0.5", 0, S, "formula", None, "its formula is not defined here"),
]  # fmt: skip

# formula, point: delicate, and nothing is wrong
HARMLESS = [
    ("expm1(x)/x", 1e-13),
    ("log1p(x)/x", 1e-14),
    ("sinc(x)", 1e-20),
    ("tanh(x)", 20),
    ("sigmoid(x)", 800),
    ("1/(1+exp(-x))", 40),
    ("exp(-1/x^2)", 1e-3),
    ("erf(x)", 7),
    ("hypot(x, 1)", 1e200),
    ("softplus(x)", 1000),
    ("where(x>0, log(x), x)", -1),
    ("where(x<1, x^2, 2*x - 1)", 1),
    ("abs(x)^3", 0),
    ("x*(sqrt(x^2+1)-x)", 1e9),
]


# formula, point, dtype → cause, words of the message, the piece: what is out of range depends on the floats
RANGES = [
    ("x^2", "1e-10", "float16", "underflow", "x = 1.00e-10 is 0 in float16", None),
    ("x^2", "70000", "float16", "overflow", "x = 7.00e+4 is beyond float16", None),
    ("x^2", "1e39", "bfloat16", "overflow", "x = 1.00e+39 is beyond bfloat16", None),
    ("1e5*x", "1", "float16", "overflow", "1e5 is beyond float16", "1e5"),
    ("exp(20*x)", "5", "float32", "overflow", "exp(20*x) = 2.69e+43 is beyond float32", "exp(20*x)"),
    ("log((x/1e4)^2)", "1", "float16", "underflow", "(x/1e4)^2 = 1.00e-8 is 0 in float16", "(x/1e4)^2"),
    ("2*x/3e7*1e3", "1", "float16", "overflow", "3e7 is beyond float16", "3e7"),
    ("1/(x/2)", "1e-7", "float16", "overflow", "1/(x/2) = 2.00e+7 is beyond float16", "1/(x/2)"),
    ("x*1e-7", "1", "float16", "underflow", "1e-7 is 1.19e-07 in float16", "1e-7"),
    ("1/(1-tanh(x)^2)", "5", "float16", "saturation", "tanh(x) is flat in float16", "tanh(x)"),
    ("exp(1000*((1+x)-1))", "0.0007", "float16", "rounding", "rounding in float16 can explain an error of", None),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} at {row[1]} by {row[2] or 'all'}")
def test_cause_and_the_piece_of_the_text(row: tuple[Any, ...]) -> None:
    formula, x, method, cause, piece, words = row
    methods = {"methods": (method,)} if method else {}
    verdict = report(formula, {"x": x}, **methods).verdict
    assert (verdict.outcome, verdict.cause) == (Outcome.DISAGREE, cause)
    assert (formula[slice(*verdict.span)] if verdict.span else None) == piece
    assert words in verdict.message
    assert not method or verdict.methods == (method,)


@pytest.mark.parametrize(("formula", "x"), HARMLESS)
def test_what_is_delicate_but_right_has_no_cause(formula: str, x: float) -> None:
    assert report(formula, {"x": x}, methods=(A,)).verdict.outcome == Outcome.AGREE


@pytest.mark.parametrize("row", RANGES, ids=lambda row: f"{row[0]} at {row[1]} in {row[2]}")
def test_what_a_dtype_does_not_hold(row: tuple[Any, ...]) -> None:
    formula, x, dtype, cause, words, piece = row
    verdict = report(formula, f"x={x}", methods=(A,), dtype=Dtype(dtype)).verdict
    assert (verdict.outcome, verdict.cause) == (Outcome.DISAGREE, cause)
    assert words in verdict.message
    assert (formula[slice(*verdict.span)] if verdict.span else None) == piece


@pytest.mark.parametrize("dtype", Dtype)
def test_the_range_of_a_dtype(dtype: Dtype) -> None:
    """PyTorch has the same."""
    info = torch.finfo(getattr(torch, dtype))
    assert dtype.range == (info.tiny, info.max)


def test_a_claimed_derivative_that_is_wrong_is_named() -> None:
    verdict = report("1 + g(x)", "x=2", methods=(A,), lets=("g(t) = t^3",), claims=("g(t) = 2*t^2",)).verdict
    assert (verdict.outcome, verdict.cause) == (Outcome.DISAGREE, "formula")
    assert "the claimed derivative of g(x) is 8, but it is 12" in verdict.message


@pytest.mark.parametrize(("method", "module"), [("autograd", autograd), ("symbolic", symbolic)])
def test_what_nothing_explains_is_the_formula(method: str, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that is off by a tenth where all is smooth, and whose own steps are right."""
    right = module.estimate

    def wrong(problem: Problem) -> Estimate:
        estimate = right(problem)
        return replace(estimate, values=1.1 * estimate.values)

    monkeypatch.setattr(module, "estimate", wrong)
    verdict = report("sin(x)*exp(x)", "x=1", methods=("enclosure", method)).verdict
    assert (verdict.outcome, verdict.cause, verdict.methods) == (Outcome.DISAGREE, "formula", (method,))
    said = {"autograd": "rounding cannot explain it", "symbolic": "its formula is wrong here"}
    assert verdict.message.endswith(said[method])


def test_a_point_that_is_rounded_may_be_all() -> None:
    """1 - 1e-14 is not that in float64, and the slope of asin there is 7e6: no step of the tape is to blame."""
    verdict = report("asin(x)", "x=1-1e-14", methods=(A,)).verdict
    assert (verdict.outcome, verdict.cause, verdict.span) == (Outcome.DISAGREE, "rounding", None)
    assert "rounding in float64 can explain an error of" in verdict.message


def test_a_method_that_only_rounds_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """(1-cos(x))/x^2 near 0, where any arithmetic of 53 bits loses all digits."""
    right = symbolic.estimate
    monkeypatch.setattr(symbolic, "estimate", lambda problem: replace(right(problem), values=np.full((1, 1, 1), 1e3)))
    verdict = report("(1-cos(x))/x^2", "x=1e-8", methods=("symbolic",)).verdict
    assert (verdict.cause, verdict.message.partition(": ")[2]) == ("rounding", "digits are lost on the way")


def test_a_literal_by_which_pytorch_has_no_derivative_hides_no_cause() -> None:
    """It has none of polygamma by its order, which is a number here."""
    verdict = report("polygamma(2, x)*(1-cos(x))/x^2", "x=1e-8", methods=(A,)).verdict
    assert (verdict.outcome, verdict.methods, verdict.cause) == (Outcome.DISAGREE, (A,), Cause.ROUNDING)
    assert "(1-cos(x)) cancels" in verdict.message
