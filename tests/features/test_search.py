"""`deriv search`: what it finds and where, what it does not find, and that its commands reproduce what it says."""

import json
import shlex
from functools import cache
from typing import Any

import pytest

from derivcli import cli
from derivcli.errors import DerivError
from derivcli.features.search import search as searching
from derivcli.features.search.findings import Rank
from derivcli.features.search.search import Search
from derivcli.features.search.task import parse_task
from derivcli.requests.options import Options

FOUND = [  # formula, box, what is found first, where (None: anywhere)
    ("(1-cos(x))/x^2", "x=-10..10", Rank.WRONG, None),
    ("(exp(x)-1)/x", "x=-3..4", Rank.WRONG, None),
    ("where(x==0, 0, x)", "x=-1..1", Rank.WRONG, ("0",)),
    ("where(x==3/7, 9/49, 6x/7 - 9/49)", "x=-1..1", Rank.WRONG, ("3/7",)),
    ("relu(x)-relu(-x)", "x=-2..2", Rank.WRONG, ("0",)),
    ("where(x>0, sqrt(x), x)", "x=-4..4", Rank.WRONG, ("-1",)),
    ("where(x > 4.321, 1, log(x - 4.321))", "x=-7..8", Rank.GAP, None),
    ("log(1+exp(x))", "x=-900..900", Rank.WRONG, None),
    ("sqrt(x^2 + y^2)^2", "x=-4..5,y=-5..4", Rank.WRONG, ("0", "0")),
    ("abs(x-0.3)", "x=-1..1", Rank.SINGULAR, ("0.3",)),
    ("abs(x-1e10)", "x=0..1e12", Rank.SINGULAR, ("1e10",)),
    ("abs(x)", "x=-1e-300..1e-300", Rank.SINGULAR, ("0",)),
    ("abs(x-pi/4)*abs(y)", "x=0..1,y=0.5..1", Rank.SINGULAR, ("pi/4", "1")),
    ("abs(3x-1)", "x=-1..1", Rank.SINGULAR, ("1/3",)),
    ("abs(x^2-2)", "x=0..2", Rank.SINGULAR, ("sqrt(2)",)),
    ("abs(sin(x))", "x=1..5", Rank.SINGULAR, ("pi",)),
    ("abs(exp(x)-3)", "x=0..2", Rank.SINGULAR, ("log(3)",)),
    ("sqrt((x-1)^2)", "x=-3..4", Rank.SINGULAR, ("1",)),
    ("sqrt(x)", "x=-1..1", Rank.SINGULAR, ("0",)),
    ("floor(x/2)", "x=0.1..3.3", Rank.SINGULAR, ("2",)),
    ("where(x < 1.7, x, 3)", "x=-5..5", Rank.SINGULAR, ("1.7",)),
    ("hardswish(x)", "x=1..7", Rank.SINGULAR, ("3",)),
    ("clamp(x, -0.25, 9)", "x=-3..2", Rank.SINGULAR, ("-0.25",)),
    ("max(x, y)", "x=-1..1,y=0.5..2", Rank.SINGULAR, ("1", "1")),
    ("abs(x^5-x-1)", "x=0..2", Rank.BETWEEN, None),
    ("tanh(x)", "x=-100..100", Rank.DIGITS, None),
    ("tan(x)", "x=0..3", Rank.UNDEFINED, ("pi/2",)),
    ("1/(7x-2)^2", "x=-1..1", Rank.WRONG, None),
    ("sin(x)/x", "x=-1..0", Rank.DIGITS, None),
    ("log(x)", "x=-1..1", Rank.GAP, None),
    ("log(x*y)", "x=-1..1,y=1..2", Rank.GAP, None),
]
SMOOTH = [
    ("x^2", "x=-10..10"),
    ("6x^2+2x+4", "x=-1e6..1e6"),
    ("x^3-2x+1", "x=-3..3"),
    ("sin(x)", "x=-10..10"),
    ("sin(1000x)", "x=-1..1"),
    ("exp(x)", "x=-20..20"),
    ("sin(x)*exp(x)", "x=-5..5"),
    ("log(x)", "x=1e-3..10"),
    ("sqrt(x)", "x=1/10..4"),
    ("sqrt(x^2+1)", "x=-9..9"),
    ("sqrt(x^2+1e-16)", "x=-1..1"),
    ("1/(1+x^2)", "x=-9..9"),
    ("atan(x)", "x=-9..9"),
    ("sigmoid(x)", "x=-9..9"),
    ("softplus(x)", "x=-9..9"),
    ("tan(x)", "x=-1.5..1.5"),
    ("x^x", "x=0.1..3"),
    ("abs(x)", "x=0.5..3"),
    ("floor(x)*x", "x=1.1..1.9"),
    ("where(x > 0, x^2, x^2)", "x=-2..2"),
    ("max(x^2, -1)", "x=-2..2"),
    ("besselj(0, x)", "x=-5..5"),
    ("x*y", "x=-1..1,y=0..2"),
    ("x^2 + sin(x*y) + 20y", "x=-3..3,y=-4..4"),
    ("exp(-x^2-y^2-z^2)", "x=-1..1,y=-1..1,z=-1..1"),
    ("hypot(x, y)", "x=1..2,y=1..2"),
]


@cache
def search(formula: str, over: str, **options: Any) -> Search:
    return searching.search(parse_task(formula, [over], Options(**options)), 250)


@pytest.mark.parametrize(("formula", "over", "rank", "point"), FOUND, ids=lambda x: str(x)[:30])
def test_found(formula: str, over: str, rank: Rank, point: tuple[str, ...] | None) -> None:
    """The worst finding is of this kind, and at this very number."""
    first = search(formula, over).found[0].finding
    assert first.rank == rank
    assert point is None or first.point == point


@pytest.mark.parametrize(("formula", "over"), SMOOTH, ids=lambda x: x)
def test_nothing_found(formula: str, over: str) -> None:
    found = search(formula, over).found
    assert not found, [each.sentence for each in found]


def test_all_kinds_are_told() -> None:
    """The removable singularity is told beside the lost digits."""
    ranks = [each.finding.rank for each in search("(1-cos(x))/x^2", "x=-10..10").found]
    assert ranks == [Rank.WRONG, Rank.DIGITS, Rank.UNDEFINED]


def test_every_place_is_told() -> None:
    places = {each.finding.point for each in search("floor(x)", "x=-3.5..3.5").found}
    assert places == {(str(n),) for n in range(-3, 4)}


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case[0][:30])
def test_command_reproduces(case: tuple[str, str, Rank, object], capsys: pytest.CaptureFixture[str]) -> None:
    """The printed command line shows the same verdict, cause and status."""
    formula, over, rank, _ = case
    first = search(formula, over).found[0]
    words = shlex.split(first.command(formula))
    status = cli.run([*words[1:], "--format", "json"])
    record = json.loads(capsys.readouterr().out)
    assert (record["verdict"], record["cause"]) == (first.report.verdict.outcome, first.report.verdict.cause)
    assert status == first.status or rank == Rank.BETWEEN


def test_options_are_in_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--let", "a = 3", "--dtype", "float32", "--method", "autograd", "--order", "2", "--wrt", "x", "--strict"]
    cli.run(["search", "where(x>0, sqrt(x), a x^2)", "--over", "x=-4..4", "--color", "never", *options])
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("reproduce: ")]
    words = shlex.split(line)[1:]
    assert words[:2] == ["deriv", "where(x>0, sqrt(x), a x^2)"]
    assert {*options} <= {*words}
    assert cli.run(words[1:]) == 1


@pytest.mark.parametrize("formula", ["(1-cos(x))/x^2", "abs(x*y-0.3)"])
def test_a_seed_decides(formula: str) -> None:
    """Twice the same seed is twice the same; another one finds the same kind."""
    over = "x=-1..1,y=-1..1" if "y" in formula else "x=-1..1"
    one, same, other = (search.__wrapped__(formula, over, seed=seed) for seed in (1, 1, 2))
    assert [each.finding for each in one.found] == [each.finding for each in same.found]
    assert one.found[0].finding.rank == other.found[0].finding.rank


def test_a_number_is_told_once() -> None:
    """1e10 and 10000000000 are one place."""
    assert len(search("abs(x-1e10)", "x=0..1e12").found) == 1


def test_coordinates_that_no_float_is_are_told() -> None:
    [pole, *_] = search("tan(x)", "x=0..3").found
    assert list(pole.remarks) == [
        "x = pi/2 is no float64: PyTorch and finite differences compute at 1.5707963267948966"
    ]
    assert not list(search("abs(x-0.3)", "x=-1..1").found[0].remarks)


def test_strict_fails_on_lost_digits() -> None:
    assert search("2*sin(x/2)^2/x^2", "x=1e-8..2e-8").found[0].status == 0
    assert search("2*sin(x/2)^2/x^2", "x=1e-8..2e-8", strict=True).found[0].status == 1


def test_formats_keep_stdout_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is one document with the command among its notes; all findings are a list."""
    assert cli.run(["search", "floor(x)", "--over", "x=-1.5..1.5", "--format", "json"]) == 3
    assert json.loads(capsys.readouterr().out)["notes"][-1] == "reproduce: deriv 'floor(x)' --at x=0"
    assert cli.run(["search", "floor(x)", "--over", "x=-1.5..1.5", "--format", "json", "--all"]) == 3
    assert [record["at"]["x"] for record in json.loads(capsys.readouterr().out)] == [0, 1, -1]


@pytest.mark.parametrize(
    "over", ["x", "x=", "x=1", "x=1..", "x=2..1", "x=1..1", "x=1..x", "x=0..1/0", "y=0..1", "=0..1"]
)
def test_a_wrong_box_is_refused(over: str) -> None:
    with pytest.raises(DerivError) as error:
        parse_task("x^2", [over], Options())
    assert error.value.hint or error.value.span
