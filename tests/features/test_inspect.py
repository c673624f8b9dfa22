"""`deriv inspect`: its tables against the same formulas written in PyTorch, its sentences, its JSON, its refusals."""

import json

import pytest
import torch

from derivcli import cli
from derivcli.features.inspect import FLAGS, Inspection, Tensor, inspect, named
from derivcli.requests.options import Dtype, Options
from derivcli.requests.request import from_texts


def inspection(formula: str, at: str, *, retain: bool = False, dtype: Dtype = Dtype.FLOAT64) -> Inspection:
    options = Options(at=(at,), dtype=dtype)
    return inspect(from_texts([formula], options), retain=retain)


def tensor(found: Inspection, piece: str) -> Tensor:
    """The tensor of a piece of the formula after backward()."""
    [one] = [each for each in found.after if each.piece == piece]
    return one


def shows(one: Tensor, theirs: torch.Tensor) -> None:
    """A row says what PyTorch says."""
    grad = theirs.grad if theirs.is_leaf or theirs.retains_grad else None
    assert (one.data, one.dtype) == (theirs.item(), str(theirs.dtype).removeprefix("torch."))
    assert one.grad == (None if grad is None else grad.item())
    assert one.grad_fn == (theirs.grad_fn and theirs.grad_fn.name())
    flags = (theirs.is_leaf, theirs.requires_grad, theirs.retains_grad)
    assert (one.is_leaf, one.requires_grad, one.retains_grad) == flags


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("dtype", [Dtype.FLOAT64, Dtype.FLOAT32])
def test_every_row_is_what_pytorch_shows(retain: bool, dtype: Dtype) -> None:
    x = torch.tensor(0.75, dtype=getattr(torch, dtype), requires_grad=True)
    y = torch.tensor(-1.5, dtype=getattr(torch, dtype), requires_grad=True)
    sine, power = torch.sin(x), torch.exp(y)
    product = sine * power
    f = product + x
    for each in (sine, power, product, f) if retain else ():
        each.retain_grad()
    before = inspection("sin(x)*exp(y) + x", "x=0.75,y=-1.5", retain=retain, dtype=dtype).before
    assert all(each.grad is None for each in before)
    f.backward()
    found = inspection("sin(x)*exp(y) + x", "x=0.75,y=-1.5", retain=retain, dtype=dtype)
    pieces = {"x": x, "y": y, "sin(x)": sine, "exp(y)": power, "sin(x)*exp(y)": product, "sin(x)*exp(y) + x": f}
    assert [each.piece for each in found.after] == ["x", "y", *list(pieces)[2:]]
    for piece, theirs in pieces.items():
        shows(tensor(found, piece), theirs)


def test_only_gradients_change() -> None:
    found = inspection("x^2*sin(x) + 3", "x=2", retain=True)
    for one, other in zip(found.before, found.after, strict=True):
        assert [getattr(one, flag) for flag in FLAGS if flag != "grad"] == [
            getattr(other, flag) for flag in FLAGS if flag != "grad"
        ]


def test_pieces_stand_in_the_formula() -> None:
    """Every span cuts its piece out of the text; a variable, which may occur often, has none."""
    text = "where(x > 0, log(1 + x), -x)/2"
    found = inspection(text, "x=3")
    assert found.after[0].span is None
    for each in found.after[1:]:
        assert each.span
        assert text[slice(*each.span)].strip() == each.piece


def test_the_output_may_be_a_variable() -> None:
    found = inspection("x", "x=3")
    assert found.output == found.variables[0]
    assert found.output.grad == 1.0


@pytest.mark.parametrize("formula", ["detach(x)^2", "0*floor(2) + detach(x)"])
def test_nothing_flows_where_nothing_requires_grad(formula: str) -> None:
    """backward() is not called where PyTorch would raise an error, and the sentence says so."""
    found = inspection(formula, "x=1")
    assert found.before == found.after
    assert "backward() would be an error" in found.record["meaning"]["grad"]


def test_a_variable_that_f_does_not_reach_keeps_none() -> None:
    found = inspection("x^2 + detach(z)", "x=1,z=2")
    assert tensor(found, "z").grad is None
    assert "z keeps None, not 0" in found.record["meaning"]["grad"]


def test_sentences_are_about_these_tensors() -> None:
    meaning = inspection("6*x**2 + 2*x + 4", "x=3").record["meaning"]
    assert tuple(sorted(meaning)) == tuple(sorted(FLAGS))
    assert "x.grad = 38 is df/dx" in meaning["grad"]
    assert meaning["is_leaf"].startswith("True for x, which you made, and for 2, 6 and 4, which need no gradient")
    assert "AddBackward0 made 6*x**2 + 2*x + 4" in meaning["grad_fn"]
    assert "retain_grad()" in meaning["retains_grad"]
    assert "24 bits" in inspection("x", "x=1", dtype=Dtype.FLOAT32).record["meaning"]["dtype"]
    assert inspection("x^2", "x=1", retain=True).record["meaning"]["retains_grad"].startswith("True for x^2")


def test_many_tensors_are_named_by_a_few() -> None:
    assert named(inspection("+".join(f"sin({k}x)" for k in range(2, 9)), "x=1").after).endswith(" others")


@pytest.mark.parametrize("formula", ["1/x", "log(x)*y", "sqrt(x)"])
def test_json_is_strict(formula: str, capsys: pytest.CaptureFixture[str]) -> None:
    """NaN and infinities are strings, as in every other document."""
    assert cli.run(["inspect", formula, "--at", "x=0,y=1", "--format", "json"]) == 0
    text = capsys.readouterr().out

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    record = json.loads(text, parse_constant=refuse)
    assert {"schema", "input", "expression", "at", "dtype", "before", "after", "meaning"} == set(record)
    assert len(record["before"]) == len(record["after"])
    assert {"piece", "span", *FLAGS} == set(record["after"][0])


def test_the_page_has_two_tables_and_a_sentence_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["inspect", "6*x**2 + 2*x + 4", "--at", "x=3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "f(x) = 6*x**2 + 2*x + 4 at x = 3"
    before, after = lines.index("before backward()"), lines.index("after backward()")
    assert lines[before + 1].split() == lines[after + 1].split() == ["tensor", *FLAGS]
    assert lines[before + 2].split() == ["x", "3", "None", "None", "True", "True", "False", "float64"]
    assert lines[after + 2].split() == ["x", "3", "38", "None", "True", "True", "False", "float64"]
    assert [line.split()[0] for line in lines[-len(FLAGS) :]] == list(FLAGS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x^2", "--at", "x=1:2:3"], "one point is inspected, not 3"),
        (["x; y", "--at", "x=1,y=2"], "one formula is inspected, not 2"),
        (["x^2"], "missing option '--at'"),
        (["sni(x)", "--at", "x=1"], "unknown function 'sni'"),
        (["x*y", "--at", "x=1"], "y"),
        (["besselj(0, x)", "--at", "x=1"], "torch has no besselj"),
        (["x", "--at", "x=1", "--format", "jsn"], "unknown format 'jsn'"),
    ],
)
def test_a_wrong_request_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["inspect", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_errors_have_a_json_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["inspect", "x +", "--at", "x=1", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["stage"] == "parse"
