"""f itself where the smallest rounding would decide: at edges of domains, jumps, 0/0. Arithmetic there is exact."""

import math

import pytest

import derivcli
from derivcli.requests.options import Options

CASES = [
    ("x + log(-1)", "x=1", math.nan, "undefined"),
    ("x + sqrt(y)", "x=1,y=-1", math.nan, "undefined"),
    ("gamma(relu6(x))", "x=-100", math.nan, "undefined"),
    ("where(x > 0, log(x), x)", "x=-1", -1, "agree"),
    # formula, point, f, the verdict's cause or word
    ("floor(10*(x-0.7))", "x=0.7", 0, "jump"),
    ("sign(x-0.75)*(x-0.75)^2", "x=0.75", 0, "formula"),  # SymPy's has a DiracDelta
    ("sign(x-0.7)*(x-0.7)^2", "x=0.7", 0, "formula"),
    ("asin(10*x)", "x=0.1", math.pi / 2, "vertical tangent"),
    ("sqrt(x-0.1)", "x=0.1", 0, "vertical tangent"),
    ("acos(x-0.1)", "x=1.1", 0, "vertical tangent"),
    ("sqrt((x-0.123)^2)", "x=0.123", 0, "kink"),
    ("floor(x/0.1)", "x=0.3", 3, "jump"),
    ("x/y", "x=0,y=0", math.nan, "undefined"),
    ("sin(x)/y", "x=0,y=0", math.nan, "undefined"),
    ("x*y^(-1)", "x=0,y=0", math.nan, "undefined"),
    ("y*log(x)", "x=0,y=0", math.nan, "removable singularity"),
    ("0*log(x)", "x=0", math.nan, "removable singularity"),
    ("x^2/x", "x=0", math.nan, "removable singularity"),
    ("0*x^3", "x=0", 0, "agree"),
    ("x*sqrt(x)", "x=0", 0, "infinite slope"),
]


@pytest.mark.parametrize(("text", "at", "value", "word"), CASES)
def test_f_and_what_it_does_there(text, at, value, word):
    """The value of f is that at the point as it was typed."""
    report = derivcli.evaluate(text, at=at, options=Options(methods=("symbolic", "autograd")))
    assert report.reference.functions[0, 0] == pytest.approx(value, abs=0, nan_ok=True)
    assert word in (report.verdict.cause or report.verdict.outcome)
