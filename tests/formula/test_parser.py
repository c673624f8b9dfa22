"""Text → tree, as its echo in Python's spelling; what a tree is written as reads back as the same tree."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcli.errors import DerivError
from derivcli.formula import parser
from derivcli.formula.functions.row import Function
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar import tables
from derivcli.formula.parser import parse, parse_all
from derivcli.formula.tree import Call, Number, Tree, Variable, unparse

ECHOES = {
    # signs and powers
    "x+y-z": "x + y - z",
    "x-(y-z)": "x - (y - z)",
    "x/y/z": "x/y/z",
    "x/(y/z)": "x/(y/z)",
    "-x^2": "-x**2",
    "(-x)^2": "(-x)**2",
    "2^-x": "2**-x",
    "2^3^2": "2**3**2",
    "(2^3)^2": "(2**3)**2",
    "x^-y^2": "x**-y**2",
    "--x": "--x",
    "+x": "x",
    "x--1": "x - -1",
    "x%3": "mod(x, 3)",
    "x!": "factorial(x)",
    "-x!": "-factorial(x)",
    "x!^2": "factorial(x)**2",
    # numbers
    "1.5e-3x": "0.0015*x",
    "2e3": "2000",
    "2e": "2*e",
    ".5x": "0.5*x",
    "5.": "5",
    "1_000x": "1000*x",
    "1e400*x": "1e400*x",
    "0.1": "0.1",
    # signs of printed mathematics
    "2π": "2*pi",
    "√2": "sqrt(2)",
    "√(x+1)": "sqrt(x + 1)",
    "2√x": "2*sqrt(x)",
    "x²": "x**2",
    "x³+2x⁻¹": "x**3 + 2*x**-1",
    "3·x×y": "3*x*y",
    "x−1": "x - 1",
    "x÷2": "x/2",
    "where(x ≤ 1, x, 2)": "where(x <= 1, x, 2)",
    "|x|": "abs(x)",
    "2|x|": "2*abs(x)",
    "|x||y|": "abs(x)*abs(y)",
    "||x|-1|": "abs(abs(x) - 1)",
    "|x+|y||": "abs(x + abs(y))",
    # a product without a sign
    "2x": "2*x",
    "2x^2": "2*x**2",
    "3^2x": "3**2*x",
    "3(x+1)": "3*(x + 1)",
    "(x+1)(x-1)": "(x + 1)*(x - 1)",
    "2sin(x)": "2*sin(x)",
    "x sin(x)": "x*sin(x)",
    "x(x+1)": "x*(x + 1)",
    "2πx": "2*pi*x",
    "1/2x": "(1/2)*x",
    "1/2(x+1)": "(1/2)*(x + 1)",
    "x/2y": "(x/2)*y",
    "2beta": "2*beta",
    "x y": "x*y",
    # functions
    "sin^2(x)": "sin(x)**2",
    "sin²(x)": "sin(x)**2",
    "log(x, 2)": "logb(x, 2)",
    "max(a, b, c)": "max(max(a, b), c)",
    "min([a, b])": "min(a, b)",
    "clamp(x, 0, 1)": "clamp(x, 0, 1)",
    "clamp(x, min=0)": "max(x, 0)",
    "clip(x, max=1)": "min(x, 1)",
    "leaky_relu(x)": "leaky_relu(x, 0.01)",
    "heaviside(x)": "heaviside(x, 0.5)",
    # conditions
    "where(x > 0, a, b)": "where(x > 0, a, b)",
    "a if x > 0 else b": "where(x > 0, a, b)",
    "a if x > 0 else b if x < -1 else c": "where(x > 0, a, where(x < -1, b, c))",
    "Piecewise((a, x > 0), (b, True))": "where(x > 0, a, b)",
    "Piecewise((a, x > 0), (b, x == 0), (c, True))": "where(x > 0, a, where(x == 0, b, c))",
    "where(x > 0 and y < 1 or not z == 2, a, b)": "where(x > 0 and y < 1 or not z == 2, a, b)",
    "where(And(x > 0, Or(y < 1, Not(z >= 2))), a, b)": "where(x > 0 and (y < 1 or not z >= 2), a, b)",
    "where(0 < x <= 1, a, b)": "where(0 < x and x <= 1, a, b)",
    "where(x != 0, a, b)": "where(x != 0, a, b)",
    # names
    "pi + e + E + tau + τ": "pi + e + e + tau + τ",
    "alpha*lambda*x_1": "alpha*lambda*x_1",
    "gamma(x) + gamma": "gamma(x) + gamma",
    "α + β": "α + β",
    "y = x^2": "x**2",
    # variables that are told apart by an index
    "x[3]": "x3",
    "x[1]x[2]": "x1*x2",
    "2x[i]^2": "2*x[i]**2",
    "x[ 2i + 1 ]": "x[2*i + 1]",
    "x_[1] + x1[2] + beta[0] + e[1]": "x_1 + x1_2 + beta0 + e1",
    "max([x[i], x[j]])": "max(x[i], x[j])",
    "x[x[1]]": "x[x1]",
    "sum((x[i+1] - x[i])^2, i, 1, 9)": "sum((x[i + 1] - x[i])**2, i, 1, 9)",
    "f(x) = 3x": "3*x",
}


@pytest.mark.parametrize(("text", "echo"), ECHOES.items())
def test_a_text_means_this_and_its_echo_means_the_same(text: str, echo: str) -> None:
    formula = parse(text)
    assert [unparse(tree) for tree in formula.outputs] == [echo]
    assert parse(echo).outputs == formula.outputs


def test_left_hand_side_gives_the_order_of_the_variables() -> None:
    assert parse("f(v, u) = u^3 + v^2").variables == ("v", "u")
    assert parse("y = b + a").variables == ("b", "a")


def test_several_outputs() -> None:
    assert [unparse(tree) for tree in parse("[x[1], x[k]]").outputs] == ["x1", "x[k]"]
    assert [unparse(tree) for tree in parse("[a + b, a*b]").outputs] == ["a + b", "a*b"]
    assert [unparse(tree) for tree in parse("a; b").outputs] == ["a", "b"]
    joined = parse_all(["x + y", "  2y"])
    assert [joined.text[slice(*tree.span)] for tree in joined.outputs] == ["x + y", "2y"]


def test_a_name_that_was_given_a_value_is_a_variable() -> None:
    assert parse("e*x + beta + pi", ["x", "e", "pi"]).variables == ("e", "x", "beta", "pi")
    assert parse("e^x").variables == ("x",)
    assert parse("f(e) = e^2").variables == ("e",)


def test_every_node_knows_where_it_stands() -> None:
    text = "1 + 2sin(3x)^2"
    [tree] = parse(text).outputs
    assert [text[slice(*node.span)] for node in tree.args] == ["1", "2sin(3x)^2"]
    assert text[slice(*tree.args[1].args[1].args[0].span)] == "sin(3x)"


def test_literals_are_exact() -> None:
    assert parse("0.1").outputs == (Number(Fraction(1, 10)),)
    assert parse("1.25e-30").outputs == (Number(Fraction(125, 10**32)),)


NAMES = st.sampled_from(["x", "y", "u_1", "theta", "beta", "lambda"])
NUMBERS = st.builds(
    lambda n, twos, fives: Number(Fraction(n, 2**twos * 5**fives)),
    st.integers(0, 10**9), st.integers(0, 12), st.integers(0, 12),
)  # fmt: skip
ROWS = sorted(row.name for row in FUNCTIONS.values() if row.arity and not (row.condition or row.conditions))


def calls(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    conditions = st.builds(Call, st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]), st.tuples(trees, trees))
    logic = conditions | st.builds(Call, st.sampled_from(["and", "or"]), st.tuples(conditions, conditions))
    where = st.builds(
        lambda c, a, b: Call("where", (c, a, b)), logic | logic.map(lambda c: Call("not", (c,))), trees, trees
    )
    operators = st.builds(Call, st.sampled_from(["add", "sub", "mul", "div", "pow"]), st.tuples(trees, trees))
    row = st.sampled_from(ROWS).flatmap(
        lambda name: st.tuples(*[trees] * FUNCTIONS[name].arity).map(lambda a: Call(name, a))
    )
    return operators | row | trees.map(lambda tree: Call("neg", (tree,))) | where


TREES = st.recursive(NUMBERS | NAMES.map(Variable) | st.just(Call("pi", ())), calls, max_leaves=25)


@given(TREES)
@settings(max_examples=500, deadline=None)
def test_what_is_written_reads_back_as_the_same_tree(tree: Tree) -> None:
    assert parse(unparse(tree)).outputs == (tree,)


WRITTEN = [row for row in FUNCTIONS.values() if not (row.condition or row.conditions)]


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row.name)
def test_every_row_is_written_under_a_name_that_reads_back(row: Function) -> None:
    tree = Call(row.name, tuple(Variable(f"x{i}") for i in range(row.arity)))
    assert parse(unparse(tree)).outputs == (tree,)


@given(st.text(max_size=60) | st.text("xy2.e+-*/^!|()[]{},;=<> sincoslgπ√²if_'\\\n\0", max_size=40))
@settings(max_examples=1000, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but DerivError leaves the parser, and its span lies inside the text."""
    refusal, formula = None, None
    try:
        formula = parse(text)
    except DerivError as error:
        refusal = error
    if formula:
        assert all(parse(unparse(tree), formula.variables).outputs == (tree,) for tree in formula.outputs)
    else:
        assert refusal
        assert refusal.message
        assert refusal.text == text
        assert refusal.span
        assert 0 <= refusal.span[0] <= refusal.span[1] <= len(text)


@pytest.fixture
def _collected_later() -> Iterator[None]:
    """No garbage collection, as in the command: it would walk millions of nodes again and again."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_collected_later")
def test_long_and_deep_formulas_are_read_in_a_loop() -> None:
    """A sum of 100,000 terms is a tree that deep; nothing recurses."""
    text = " + ".join(["x"] * 100_000)
    [tree] = parse(text).outputs
    assert unparse(tree) == text
    assert unparse(parse("-" * 50_000 + "x").outputs[0]).count("-") == 50_000
    assert len(unparse(parse("**".join(["x"] * 50_000)).outputs[0])) == 50_000 * 3 - 2
    assert unparse(parse("(" * 1000 + "x" + ")" * 1000).outputs[0]) == "x"


PROBE = """\
import json, sys
from derivcli.formula.parser import parse
seen = []
sys.addaudithook(lambda event, args: seen.append([event, str(args[0])]) if event in ("open", "marshal.loads") or
                 event.startswith("pickle") else None)
parse("x^2 + sin(y)")
print(json.dumps(seen))
"""


def test_no_file_that_others_could_write_is_read(tmp_path: Path) -> None:
    """Lark's own cache is a pickle in the temporary folder, under a name that anybody can foretell."""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [["open", str(tables.TABLES)]]
    assert not list(tmp_path.iterdir())


def test_the_tables_are_those_of_the_grammar() -> None:
    """`python -m derivcli.formula.grammar.tables` writes them anew."""
    assert json.loads(tables.TABLES.read_text(encoding="utf-8"))["grammar"] == tables.GRAMMAR.read_text("utf-8")


def test_another_version_of_lark_makes_its_own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs may have another form."""
    old = tmp_path / "tables.json"
    old.write_text('{"lark": "0.1"}', encoding="utf-8")
    monkeypatch.setattr(tables, "TABLES", old)
    monkeypatch.setattr(parser, "load_parser", tables.load_parser.__wrapped__)
    [tree] = parse("-x^2 + 3|y|").outputs
    assert unparse(tree) == "-x**2 + 3*abs(y)"
