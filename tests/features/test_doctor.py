"""The doctor: repairs are right, their PyTorch code runs, no row of the table stops it."""

import math
from fractions import Fraction
from typing import Any

import pytest
import torch

from derivcli.backends import balls
from derivcli.backends.tensors import DOUBLE
from derivcli.errors import Exit, UnsupportedError
from derivcli.features.doctor.doctor import Examination, examine
from derivcli.features.doctor.pytorch import to_pytorch
from derivcli.features.doctor.rules import RULES, apply_rules
from derivcli.formula.functions.row import Function
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import parse
from derivcli.formula.program import flatten, run
from derivcli.formula.tree import INFIX, PREFIX, unparse, variables
from derivcli.requests.options import Options
from tests.corpus import SHARED, cases
from tests.tools import request

REPAIRED = [  # formula, point, what is proposed
    ("log(ndtr(x))", "x=-15", "log_ndtr(x)"),
    ("log(1/2+erf(x/sqrt(2))/2)", "x=-20", "log_ndtr(x)"),
    ("1-sigmoid(z)", "z=40", "sigmoid(-z)"),
    ("(1-sigmoid(z))^g", "z=40,g=2", "sigmoid(-z)**g"),
    ("exp(x)/(exp(x)+exp(y))", "x=-400,y=800", "sigmoid(x - y)"),
    ("-log(exp(x)/(exp(x)+exp(y)))", "x=-400,y=400", "logaddexp"),
    ("max(x,0)-x+log(1+exp(-abs(x)))", "x=37.43", "softplus(-x)"),
    ("sqrt(a^2+b^2-2*a*b)", "a=1.00000001,b=1", "abs(a - b)"),
    ("sqrt(x)^2", "x=0", "x"),
    ("log(2*pi*i0(k))", "k=1000", "i0e(k)"),
    ("log(1-tanh(x)^2)", "x=20", "softplus(-2*x)"),
    ("sqrt(x+1)-sqrt(x)", "x=1e12", "1/(sqrt(x + 1) + sqrt(x))"),
    ("1/x-1/(x+1)", "x=1e12", "1/(x*(x + 1))"),
    ("log(x+1)-log(x)", "x=1e20", "log1p(1/x)"),
    ("(1-cos(x))/sin(x)", "x=1e-9", "tan(x/2)"),
    ("(1-cos(x))/x^2", "x=1e-8", "where(abs(x) < 0.1, "),
    ("where(x==0, 1, (exp(x)-1)/x)", "x=0", "where(abs(x) < 0.1, "),
    ("where(not(x<1), sqrt(x), x)", "x=0", "where(not x < 1, x, 1)"),
]
SOUND = [("x^2", "x=3"), ("sin(x)/(x+1)", "x=1/2"), ("abs(x)", "x=0"), ("exp(x)", "x=800"), ("floor(x)", "x=1/2")]
ROWS = [row for row in FUNCTIONS.values() if row.domain]


def examined(formula: str, at: str, **options: Any) -> Examination:
    return examine(request(formula, dict(item.split("=") for item in at.split(",")), Options(timeout=20, **options)))


def call(row: Function) -> tuple[str, dict[str, str]]:
    """A call of a row, and a point in the middle of its domain; numbers for what must be whole."""
    places = [part.strip() for part in row.domain.split(",")]
    names = [f"x{i}" for i in range(1, len(places) + 1)]
    at = {name: str(_middle(place)) for name, place in zip(names, places, strict=True) if ":" in place}
    arguments = [name if name in at else str(_middle(place)) for name, place in zip(names, places, strict=True)]
    if row.name in INFIX:
        return f"{INFIX[row.name][0].join(arguments)}", at
    return f"-{arguments[0]}" if row.name in PREFIX else f"{row.name}({', '.join(arguments)})", at


def _middle(place: str) -> Fraction:
    whole = ".." in place
    low, *high = place.split(".." if whole else ":")
    return Fraction(low) if whole or not high else (Fraction(low) * 3 + Fraction(high[0]) * 5) / 8


def executed(code: str, at: dict[str, float]) -> tuple[float, list[float]]:
    """The value and the derivatives of PyTorch code, run as a user would run it."""
    leaves = {name: torch.tensor([value], dtype=torch.float64, requires_grad=True) for name, value in at.items()}
    value = eval(code, {"torch": torch}, leaves)
    slopes = [0.0] * len(leaves)
    if value.requires_grad:
        grads = torch.autograd.grad(value.sum(), list(leaves.values()), allow_unused=True)
        slopes = [0.0 if grad is None else grad.item() for grad in grads]
    return value.item(), slopes


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_code_of_every_row_runs_in_pytorch(row: Function) -> None:
    """What is printed is PyTorch, and has the value that the table's own cell has."""
    text, at = call(row)
    tree = parse(text).outputs[0]
    floats = {name: float(Fraction(value)) for name, value in at.items()}
    program = flatten(parse(text), tuple(at))
    try:
        [expected] = run(program, DOUBLE, [DOUBLE.tensor(x) for x in floats.values()])
    except UnsupportedError:
        with pytest.raises(UnsupportedError):
            to_pytorch(tree)
        return
    leaves = {name: torch.tensor([x], dtype=torch.float64) for name, x in floats.items()}
    value = eval(to_pytorch(tree), {"torch": torch}, leaves)
    assert float(value) == pytest.approx(float(expected), rel=1e-13)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("where(x>1 and y>1, x, y)", "torch.where((x > 1) & (y > 1), x, y)"),
        ("where(not(x<1) or y<1, x, 1)", "torch.where(~(x < 1) | (y < 1), x, x.new_tensor(1))"),
        ("max(x, 0) + sqrt(2)", "torch.maximum(x, x.new_tensor(0)) + torch.sqrt(x.new_tensor(2))"),
        ("x*pi/3", "x*torch.pi/3"),
        ("besseli(1, x) + leaky_relu(x)", "torch.special.i1(x) + torch.nn.functional.leaky_relu(x, 0.01)"),
    ],
)
def test_conditions_and_numbers_are_spelled_as_tensors_take_them(text: str, code: str) -> None:
    """`&`, `|` and `~` for conditions; a number is a tensor where PyTorch insists."""
    tree = parse(text).outputs[0]
    assert to_pytorch(tree) == code
    executed(code, dict.fromkeys(variables(tree), 0.7))


@pytest.mark.parametrize(("formula", "at", "proposed"), REPAIRED, ids=[row[0] for row in REPAIRED])
def test_a_repair_has_the_digits_that_the_original_lost(formula: str, at: str, proposed: str) -> None:
    """Autograd of the PyTorch line, run as it is printed, gives the true derivatives."""
    examination = examined(formula, at)
    repair, reference = examination.repair, examination.report.reference
    assert repair is not None
    assert proposed in repair.text
    place = dict(
        zip(examination.report.problem.program.variables, examination.report.problem.floats[:, 0], strict=True)
    )
    value, slopes = executed(repair.pytorch, {name: float(x) for name, x in place.items()})
    assert value == pytest.approx(float(reference.functions[0, 0]), rel=1e-7)
    assert slopes == pytest.approx(reference.values[0, :, 0].tolist(), rel=1e-7)


@pytest.mark.parametrize(("formula", "at"), SOUND)
def test_nothing_is_proposed_where_nothing_is_to_be_gained(formula: str, at: str) -> None:
    """A formula that keeps its digits is left alone, and a kink is no fault of the formula."""
    assert examined(formula, at).repair is None


@pytest.mark.parametrize(
    ("formula", "at"),
    [("where(k==0, L, sin(sqrt(k)*L)/sqrt(k))", "k=0,L=0.5"), ("where(x==0, 0, log(1+x)^2/x)", "x=0")],
)
def test_no_repair_replaces_nan_by_a_wrong_number(formula: str, at: str) -> None:
    """Where a value was put by hand, its branch has no slope: that is no repair."""
    examination = examined(formula, at)
    if examination.repair is not None:
        truth = examination.report.reference.values[0, :, 0].tolist()
        place = {name: float(Fraction(x)) for name, x in (item.split("=") for item in at.split(","))}
        assert executed(examination.repair.pytorch, place)[1] == pytest.approx(truth, rel=1e-7)


@pytest.mark.parametrize(("pattern", "result"), RULES)
def test_a_rule_is_an_identity(pattern: str, result: str) -> None:
    """Both sides have the same value wherever both have one, to 100 bits."""
    tree = parse(pattern).outputs[0]
    names = variables(tree)
    forms = list(apply_rules(tree))
    assert forms
    held = 0
    for numbers in ((1, 2, 3), (Fraction(1, 3), Fraction(1, 7), Fraction(2, 5)), (3, 2, 1), (Fraction(3, 4), -1, 2)):
        with balls.precision(256):
            inputs = [balls.BALLS.number(Fraction(x)) for x in numbers[: len(names)]]
            [true] = balls.values(flatten(parse(pattern), names), inputs)
            for form in forms:
                [value] = balls.values(flatten(parse(unparse(form)), names), inputs)
                if true.is_finite() and value.is_finite():
                    held += 1
                    assert abs(true - value) < abs(true) * 2**-100 + 2**-100, unparse(form)
    assert held, result


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_row_of_the_table_stops_the_doctor(row: Function) -> None:
    """Every function has a tape, or a reason why PyTorch has none."""
    text, at = call(row)
    try:
        page = examine(request(text, at, Options(timeout=20))).page
    except UnsupportedError:
        assert row.torch is None
    else:
        assert page.record["table"]


@pytest.mark.parametrize(
    ("formula", "at", "slope"),
    [
        ("where(x==0, 0, x)", "x=0", "1"),
        ("sqrt(x)^2", "x=0", "1"),
        ("cos(2*acos(x))", "x=1", "4"),
        ("where(x==1, 1, x^2)", "x=1", "2"),
        ("abs(x)", "x=0", "-"),
    ],
)
def test_the_true_adjoint_of_a_variable_is_the_reference(formula: str, at: str, slope: str) -> None:
    """Balls across a branch or an edge say nothing; the arbiter does."""
    assert examined(formula, at).page.record["table"][0]["true adjoint"] == slope


def test_orders_floats_and_methods_are_the_users() -> None:
    """A second derivative that underflows is seen, float32 is examined as float32, and other methods can be asked."""
    assert examined("silu(x)", "x=40.41", order=2).report.problem.partials == (("x", "x"),)
    assert examined("log(1+exp(x))", "x=100", dtype=Options().dtype.__class__("float32")).repair is not None
    methods = [e.method for e in examined("x^2", "x=3", methods=("enclosure",)).report.estimates]
    assert methods == ["autograd", "enclosure"]
    assert examined("x^2", "x=3").report.status == Exit.AGREE


@pytest.mark.corpora
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpora are not here")
def test_delicate_formulas_of_one_variable_are_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    """Where autograd is wrong about a short formula of FPBench and Herbie, most have a repair."""
    wrong = repaired = 0
    for case in cases(SHARED / "fpbench.open.jsonl"):
        for point in case["points"] if len(case["expr"]) < 200 and len(case["vars"]) == 1 else ():
            error = point["err53_grad"]
            if error is None or math.isnan(error) or error > 1e-7:
                names = ", ".join(point["at"])
                examination = examine(request(f"f({names}) = {case['expr']}", point["at"], Options(timeout=20)))
                off = examination.report.verdict.outcome == "disagree"
                wrong += off
                repaired += off and examination.repair is not None
    with capsys.disabled():
        print(f"\nfpbench: {repaired} of {wrong} points repaired")
    assert repaired >= 0.7 * wrong
