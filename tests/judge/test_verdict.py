"""Made-up estimates + a made-up reference → verdict (pure arithmetic on records); real ones → cause."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from derivcli.engine.evaluate import evaluate
from derivcli.errors import Reason, RequestError
from derivcli.formula.parser import parse
from derivcli.formula.program import flatten
from derivcli.judge.notes import warnings
from derivcli.judge.verdict import judge, worst_verdict
from derivcli.records import Estimate, Outcome, Problem, Reference, Verdict
from derivcli.requests.options import Dtype, Options, Tolerance
from derivcli.requests.points import parse_points
from derivcli.requests.request import Request
from tests.tools import report

NAN, INF = math.nan, math.inf
RULE, ALLCLOSE = Tolerance(), Tolerance(rtol=1e-3, atol=1e-2, plain=True)

# method, its value, its error, the true derivative, f, x, tolerance: word
TABLE = [
    # within 1e-6 of the derivative
    ("autograd", 2.0, 0, 2.0, 0, 1, RULE, "agree"),
    ("autograd", 2.0 + 1.9e-6, 0, 2.0, 0, 1, RULE, "agree"),
    ("autograd", 2.0 + 2.1e-6, 0, 2.0, 0, 1, RULE, "disagree"),
    ("autograd", -2.0, 0, 2.0, 0, 1, RULE, "disagree"),
    # or of f / max(1, |x|): a derivative that is tiny beside f
    ("autograd", 9e-7, 0, 0.0, 1, 0, RULE, "agree"),
    ("autograd", 9e-7, 0, 0.0, 1, 10, RULE, "disagree"),
    ("autograd", 9e-8, 0, 0.0, 1, 10, RULE, "agree"),
    ("autograd", 1.1e-6, 0, 0.0, 1, 0.1, RULE, "disagree"),
    ("autograd", 0.0, 0, 0.0, 0, 1, RULE, "agree"),
    ("autograd", 5e-324, 0, 0.0, 0, 1, RULE, "disagree"),
    # what is no number is wrong where there is a derivative
    ("autograd", NAN, 0, 2.0, 1, 1, RULE, "disagree"),
    ("autograd", INF, 0, 2.0, 1, 1, RULE, "disagree"),
    ("autograd", INF, 0, INF, 1, 1, RULE, "agree"),
    ("symbolic", NAN, 0, 2.0, 1, 1, RULE, "disagree"),
    # an error estimate excuses finite differences only, and they are never called wrong
    ("finite-difference", 3.0, 1.0, 2.0, 0, 1, RULE, "agree"),
    ("finite-difference", 3.0, 0.1, 2.0, 0, 1, RULE, "agree"),
    ("finite-difference", NAN, NAN, 2.0, 0, 1, RULE, "agree"),
    ("symbolic", 3.0, 1.0, 2.0, 0, 1, RULE, "disagree"),
    # --rtol, --atol: atol + rtol |ref| alone
    ("autograd", 2.0119, 0, 2.0, 0, 1, ALLCLOSE, "agree"),
    ("autograd", 2.0121, 0, 2.0, 0, 1, ALLCLOSE, "disagree"),
    ("autograd", 0.011, 0, 0.0, 1000, 1, ALLCLOSE, "disagree"),
]


def made_up(x: float, true: float, f: float) -> tuple[Problem, Reference]:
    formula = parse("x")
    points = parse_points([f"x={x}"])
    problem = Problem(Request(formula, flatten(formula), None, (("x",),)), points)
    entry = (1, 1, 1)
    return problem, Reference("enclosure", np.full(entry, true), np.zeros(entry), np.array([[float(f)]]))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(map(str, row[:6] + row[7:])))
def test_verdict(row: tuple[Any, ...]) -> None:
    method, value, error, true, f, x, tolerance, word = row
    problem, reference = made_up(x, true, f)
    advisory = method == "finite-difference"
    estimate = Estimate(method, np.full((1, 1, 1), value), np.full((1, 1, 1), error), advisory=advisory)
    verdicts = judge(problem, [estimate], reference, tolerance)
    verdict = worst_verdict(verdicts)
    assert verdict.outcome == word
    assert set(verdicts) == (set() if word == "agree" else {(0, 0, 0)})
    if word == "disagree":
        assert verdict.methods == (method,)
        assert f"derivative is {true:g}" in verdict.message


def test_finite_differences_that_are_far_off_are_called_unreliable() -> None:
    problem, reference = made_up(1, 2.0, 0)
    far = Estimate("finite-difference", np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 0.1), advisory=True)
    near = Estimate("finite-difference", np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 1.0), advisory=True)
    assert list(warnings(problem, [far], reference, RULE)) == [
        "finite-difference is unreliable at x = 1: 3 for 2"
    ]  # fmt: skip
    assert list(warnings(problem, [near], reference, RULE)) == []


def test_a_method_that_did_not_run_disagrees_with_nothing() -> None:
    problem, reference = made_up(1, 2.0, 0)
    assert judge(problem, [Estimate("autograd", reason=Reason.NOT_SUPPORTED)], reference, RULE) == {}


def test_every_method_that_is_off_is_named() -> None:
    problem, reference = made_up(1, 2.0, 0)
    wrong = [Estimate(method, np.full((1, 1, 1), 3.0)) for method in ("symbolic", "autograd")]
    verdict = judge(problem, wrong, reference, RULE)[0, 0, 0]
    assert verdict.methods == ("symbolic", "autograd")
    assert "symbolic gives 3 and autograd gives 3" in verdict.message


def test_few_correct_digits_that_f_excuses_are_noted() -> None:
    """9e-7 for 1e-9 beside f = 1 agrees by the rule, but has no digit in common."""
    problem, reference = made_up(1, 1e-9, 1)
    [note] = warnings(problem, [Estimate("autograd", np.full((1, 1, 1), 9e-7))], reference, RULE)
    assert note == "autograd has no correct digits at x = 1: 9e-07 for 1e-09"


@pytest.mark.parametrize(
    ("formula", "x", "cause"),
    [
        ("(1 - cos(x))/x^2", "1e-8", "rounding"),
        ("where(x > 0, sqrt(x), x)", "-4", "branch not taken"),
        ("where(x == 0, 0, x)", "0", "branch point"),
        ("exp(x)/exp(x + 1)*x", "800", "overflow"),
    ],
)
def test_a_wrong_answer_of_autograd_has_its_cause(formula: str, x: str, cause: str) -> None:
    verdict = evaluate(formula, at=f"x={x}").verdict
    assert (verdict.outcome, verdict.cause) == ("disagree", cause)
    assert "autograd" in verdict.methods


# formula, point, order: the exit status, and what is said of it
SENTENCES = [
    ("abs(x)", "x=0", 1, 3, "not differentiable at x = 0: slope -1 from the left, 1 from the right"),
    ("2*abs(x) + x", "x=0", 1, 3, "not differentiable at x = 0: slope -1 from the left, 3 from the right"),
    ("floor(x)", "x=1", 1, 3, "not continuous at x = 1: f tends to 0 from the left, 1 from the right"),
    ("where(x == 0, 1, x^2 - 3)", "x=0", 1, 3, "not continuous at x = 0: f tends to -3, but is 1 there"),
    ("where(x == 0, 1, sqrt(x))", "x=0", 1, 3, "not continuous at x = 0: f tends to 0 from the right"),
    ("where(x == 0, 1, sqrt(-x))", "x=0", 1, 3, "not continuous at x = 0: f tends to 0 from the left"),
    ("cbrt(x)", "x=0", 1, 3, "vertical tangent at x = 0: slope inf"),
    ("sqrt(x)", "x=0", 1, 3, "vertical tangent at x = 0: slope inf from the right"),
    ("-sqrt(-x)", "x=0", 1, 3, "vertical tangent at x = 0: slope inf from the left"),
    ("sqrt(abs(x))", "x=0", 1, 3, "cusp at x = 0: slope -inf from the left, inf from the right"),
    ("where(x == 0, 0, x*sin(1/x))", "x=0", 1, 3, "not differentiable at x = 0: the slopes have no limit"),
    ("sin(3x)/x", "x=0", 1, 3, "removable singularity at x = 0: f has no value there, but tends to 3, and so continued "
     "has the derivative 0"),
    ("(exp(x) - 1)/x", "x=0", 1, 3, "removable singularity at x = 0: f has no value there, but tends to 1, and so "
     "continued has the derivative 0.5"),
    ("x^2*log(x)", "x=0", 1, 3, "removable singularity at x = 0: f has no value there, but tends to 0, and so "
     "continued has the derivative 0"),
    ("-x + x^2*log(-x)", "x=0", 1, 3, "removable singularity at x = 0: f has no value there, but tends to 0, and so "
     "continued has the derivative -1"),
    ("log(x)", "x=-1", 1, 3, "f has no real value at x = -1"),
    ("sqrt(-x^2)", "x=0", 1, 3, "f is defined at x = 0, but nowhere beside it"),
    ("floor(x)", "x=1", 2, 3, "there is no derivative of the order before at x = 1 that could be differentiated"),
    # what cannot be decided is no verdict
    ("log_ndtr(x)", "x=-1e6", 1, 3, "Arb finds no value of f at x = -1e6"),
    ("where(x == 0, 0, x/log(-log(abs(x))))", "x=0", 1, 3, "the slopes converge too slowly to tell the derivative at "
     "x = 0"),
]  # fmt: skip
CONVENTIONS = {  # what SymPy and PyTorch return at a kink at 0, and whether it lies between the slopes
    "abs(x)": ("0", "0"),
    "relu(x)": ("0.5", "0"),
    "clamp(x, 0, 1)": ("0.5", "1"),
    "where(x < 0, x, 2*x)": ("2", "2"),
    "where(x == 0, 2*x, abs(x))": ("2 (outside [-1, 1])", "2 (outside [-1, 1])"),
    "where(x == 0, -2*x, -abs(x))": ("-2 (outside [-1, 1])", "-2 (outside [-1, 1])"),
    "relu(x) + where(x == 0, 3*x, x)": ("3.5 (outside [1, 2])", "3 (outside [1, 2])"),
}


@pytest.mark.parametrize("formula", CONVENTIONS)
def test_at_a_kink_no_method_is_wrong_and_each_engine_has_its_convention(formula: str) -> None:
    """Differences have none."""
    verdict = report(formula, "x=0").verdict
    assert (verdict.outcome, verdict.methods) == (Outcome.NOT_DIFFERENTIABLE, ())
    symbolic, torch = CONVENTIONS[formula]
    said = f" from the right; SymPy's convention is {symbolic}; PyTorch's convention is {torch}"
    assert verdict.message.endswith(said)


@pytest.mark.parametrize(
    ("formula", "at", "order", "status", "text"), SENTENCES, ids=[f"{r[0]} {r[2]}" for r in SENTENCES]
)
def test_where_there_is_no_derivative_it_is_said_why(formula: str, at: str, order: int, status: int, text: str) -> None:
    """The whole sentence, before what each engine returns there by convention."""
    found = report(formula, at, order=order)
    assert found.status == status
    assert found.verdict.message.partition(";")[0] == text
    undecided = "Arb" in text or "too slowly" in text
    assert (found.verdict.outcome == Outcome.INCONCLUSIVE) == undecided == (found.verdict.cause is None)


def test_the_worst_cell_is_the_verdict_of_the_whole() -> None:
    words = [Outcome.AGREE, Outcome.NOT_DIFFERENTIABLE, Outcome.DISAGREE, Outcome.UNDEFINED]
    assert worst_verdict({(0, 0, k): Verdict(word) for k, word in enumerate(words)}).outcome == Outcome.DISAGREE
    assert worst_verdict({}).outcome == Outcome.AGREE


@pytest.mark.parametrize("dtype", [Dtype.FLOAT32, "float32"])
def test_how_near_is_near_is_what_the_dtype_can_give(dtype: Dtype) -> None:
    """In Python as on the command line: cos(x) at 1000.1 loses digits in float32, which float64 would not excuse."""
    options = Options(dtype=dtype, methods=("autograd",))
    assert evaluate("cos(x)", at="x=1000.1", options=options).verdict.outcome == Outcome.AGREE
    strict = replace(options, tolerance=Tolerance(rtol=1e-6))
    assert evaluate("cos(x)", at="x=1000.1", options=strict).verdict.outcome == Outcome.DISAGREE


def test_an_unknown_dtype_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RequestError, match="unknown dtype 'float23'") as refused:
        Options(dtype="float23")  # type: ignore[arg-type]
    assert refused.value.hint == "known: float64, float32, float16, bfloat16"


SILENT = {  # formula → the notes at x = 1.5, y = 2 that a derivative is 0 by construction
    "floor(x) + y": ["floor is flat, so the derivative by x is 0"],
    "floor(x)*detach(y)": ["floor is flat, so the derivative by x is 0", "detach is flat, so the derivative by y is 0"],
    "floor(x)*y + sign(x)": ["floor, sign are flat, so the derivative by x is 0"],
    "sin(floor(x*y))": ["floor is flat, so the derivative by x is 0", "floor is flat, so the derivative by y is 0"],
    "where(x > 1, y, 2*y)": ["gt is flat, so the derivative by x is 0"],
    "floor(x) + x*y": [],
    "floor(floor(y) + x) + y + x": [],
    "x*y*floor(5/2)": [],
}


@pytest.mark.parametrize("formula", SILENT)
def test_a_derivative_that_is_0_by_construction_is_noted(formula: str) -> None:
    """Where whatever depends on a variable passes through a flat function, and not where a way leads round it."""
    notes = [note for note in report(formula, "x=1.5,y=2", methods=("autograd",)).notes if "silent" in note]
    assert notes == [f"silent zero: {what} by construction" for what in SILENT[formula]]


# a value for 2, f: what is noted of it
DIGITS = [
    (2 + 1.9e-5, 1e3, "only 5"),
    (2 + 2.1e-5, 1e3, "only 4"),
    (2.0001, 1e3, "only 4"),
    (-2.0, 1e9, "no"),
    (0.0, 1e9, "no"),
    (40.0, 1e9, "no"),
]


@pytest.mark.parametrize(("value", "f", "count"), DIGITS)
def test_how_many_digits_are_correct(value: float, f: float, count: str) -> None:
    """Of a value that agrees only because f is so large beside its derivative."""
    problem, reference = made_up(0, 2.0, f)
    [note] = warnings(problem, [Estimate("autograd", np.full((1, 1, 1), value))], reference, RULE)
    assert note == f"autograd has {count} correct digits at x = 0: {value:.6g} for 2"


def test_two_modes_that_contradict_each_other_are_noted() -> None:
    """Both within what f allows, and apart by more than 1e-6."""
    problem, reference = made_up(0, 2.0, 1e3)
    reverse, forward, same = (Estimate(method, np.full((1, 1, 1), value), rules="PyTorch") for method, value in
                              (("autograd", 2.0), ("forward-ad", 2.00001), ("forward-ad", 2.0000001)))  # fmt: skip
    found = list(warnings(problem, [reverse, forward], reference, RULE))
    assert found[-1] == "PyTorch's autograd and forward-ad disagree at x = 0: 2 and 2.00001"
    assert not list(warnings(problem, [reverse, same], reference, RULE))
