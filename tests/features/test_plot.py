"""`deriv plot`: where its curves are broken and why, marks, shades, and that files are whole or not there at all."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from derivcli import cli
from derivcli.drawings._picture import Curve, Panel, Picture, Role
from derivcli.features.plot import isolation
from derivcli.features.plot.plot import plot
from derivcli.features.plot.request import PlotOptions, from_intervals
from derivcli.formula.constants import Coordinate
from derivcli.judge import reference
from derivcli.records import Problem
from derivcli.requests.intervals import parse_intervals
from derivcli.requests.options import Options
from derivcli.requests.points import Points, parse_points

QUICKLY = PlotOptions(101)


def picture(text: str, over: str, at: str = "", wish: PlotOptions = QUICKLY, order: int = 1, **options) -> Picture:
    """The picture of a formula, of few samples and by autograd alone, which is quick."""
    settings = Options(methods=options.pop("methods", ("autograd",)), order=order, at=(at,) if at else ())
    intervals = parse_intervals([over] if over else [])
    points = parse_points([at]) if at else None
    assert points is None or isinstance(points, Points)
    return plot(from_intervals([text], intervals, settings), intervals, points, wish)


def curve(drawn: Picture, role: Role) -> Curve:
    [one] = [c for panel in drawn.panels for c in panel.curves if c.role == role]
    return one


def ends(one: Curve) -> list[tuple[float, float, float, float]]:
    """Where each piece begins and ends: x, y, x, y."""
    return [(x[0], y[0], x[-1], y[-1]) for x, y in one.pieces]


def marks(drawn: Picture) -> list[tuple[str, float]]:
    return [(mark.kind, mark.x) for mark in drawn.panels[0].marks]


PI = math.pi
POLES = [-3 * PI / 2, -PI / 2, PI / 2, 3 * PI / 2]
MARKS = {  # formula, window → marks, the number of pieces of f, and of f'
    "abs(x)": ("x=-5:5", [("kink", 0)], 1, 2),
    "tan(x)": ("x=-5:5", [("pole", x) for x in POLES], 5, 5),
    "floor(x)": ("x=-5:5", [("jump", x) for x in range(-5, 6)], 10, 10),
    "(1-cos(x))/x^2": ("x=-5:5", [("removable singularity", 0)], 2, 2),
    "relu(x)": ("x=-5:5", [("kink", 0)], 1, 2),
    "log(x)": ("x=-5:5", [("edge of the domain", 0)], 1, 1),
    "sqrt(x)": ("x=-5:5", [("vertical tangent", 0)], 1, 1),
    "sqrt(2-x)": ("x=-5:5", [("vertical tangent", 2)], 1, 1),
    "cbrt(x)": ("x=-5:5", [("vertical tangent", 0)], 1, 2),
    "sqrt(abs(x))": ("x=-5:5", [("cusp", 0)], 1, 2),
    "1/x": ("x=-5:5", [("pole", 0)], 2, 2),
    "1/(x^2-2)": ("x=-3:3", [("pole", -math.sqrt(2)), ("pole", math.sqrt(2))], 3, 3),
    "sign(x)": ("x=-5:5", [("jump", 0)], 2, 2),
    "x/abs(x)": ("x=-5:5", [("jump", 0)], 2, 2),
    "abs(sin(x))": ("x=-5:5", [("kink", -PI), ("kink", 0), ("kink", PI)], 1, 4),
    "where(x<1, x, 2-x)": ("x=-5:5", [("kink", 1)], 1, 2),
    "where(x==1, 5, x)": ("x=-5:5", [("jump", 1)], 2, 2),
    "abs(x-0.1)": ("x=-5:5", [("kink", 0.1)], 1, 2),
    "abs(x-1e-17)": ("x=-5:5", [("kink", 1e-17)], 1, 2),
    "abs(exp(x)-2)": ("x=-5:5", [("kink", math.log(2))], 1, 2),
    "abs(x^3-x-1)": ("x=-5:5", [("kink", 1.3247179572447460)], 1, 2),
    "sqrt(x^3-x-1)": ("x=-5:5", [("vertical tangent", 1.3247179572447460)], 1, 1),
    "sqrt(x^2-1)": ("x=-5:5", [("vertical tangent", -1), ("vertical tangent", 1)], 2, 2),
    "x*sin(1/x)": ("x=-1:1", [("no limit", 0)], 2, 2),
    "x^2": ("x=-5:5", [], 1, 1),
    "sin(1000x)": ("x=-5:5", [], 1, 1),
    "where(x==0, 0, x)": ("x=-5:5", [], 1, 1),
    "1/(x^2+1e-9)": ("x=-5:5", [], 1, 1),
    "x*abs(x)": ("x=-5:5", [], 1, 1),
    "x^x": ("x=-4:4", [("vertical tangent", 0)], 1, 1),
    "gamma(x)": ("x=0.5:5", [], 1, 1),
}


@pytest.mark.parametrize("text", MARKS)
def test_marks_and_breaks(text: str) -> None:
    """A curve is broken where it is not continuous, and nowhere else."""
    over, expected, of_function, of_derivative = MARKS[text]
    drawn = picture(text, over)
    found = marks(drawn)
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    assert [x for _, x in found] == pytest.approx([x for _, x in expected], rel=1e-15, abs=1e-300)
    assert len(curve(drawn, Role.FUNCTION).pieces) == of_function
    assert len(curve(drawn, Role.DERIVATIVE).pieces) == of_derivative


def test_a_kink_is_at_its_very_point() -> None:
    """abs(x): one vertex of f at exactly 0, f' = -1 and +1 up to there, and not joined."""
    drawn = picture("abs(x)", "x=-5:5")
    [(x, y)] = curve(drawn, Role.FUNCTION).pieces
    assert 0.0 in x.tolist()
    assert np.array_equal(y, np.abs(x))
    assert ends(curve(drawn, Role.DERIVATIVE)) == [(-5, -1, 0, -1), (0, 1, 5, 1)]
    assert drawn.panels[0].marks[0].circles == ((0.0, 0.0, True), (0.0, -1.0, False), (0.0, 1.0, False))


def test_steps_of_floor_end_in_circles() -> None:
    """Each step runs from its filled circle to the open one; beyond the window there is nothing."""
    drawn = picture("floor(x)", "x=-5:5")
    assert ends(curve(drawn, Role.FUNCTION)) == [(k, k, k + 1, k) for k in range(-5, 5)]
    first, second, *_, last = drawn.panels[0].marks
    assert first.circles == ((-5.0, -5.0, True), (-5.0, 0.0, False))
    assert second.circles == ((-4.0, -5.0, False), (-4.0, -4.0, True), (-4.0, 0.0, False))
    assert last.circles == ((5.0, 4.0, False), (5.0, 5.0, True), (5.0, 0.0, False))


def test_poles_are_not_joined_and_leave_the_rest_legible() -> None:
    """tan(x): no line runs from one end of the frame to the other, and the frame shows the curve between its poles."""
    drawn = picture("tan(x)", "x=-5:5")
    frame = drawn.panels[0].y
    assert -12 < frame.low < -3
    assert 3 < frame.high < 25
    for x, y in curve(drawn, Role.FUNCTION).pieces:
        assert np.all(np.diff(y) > 0)  # tan grows on every piece
        assert not any(x[0] < pole < x[-1] for pole in POLES)
        assert np.allclose(y, np.tan(x), rtol=1e-9)


def test_a_removable_singularity_is_an_open_circle_at_its_limit() -> None:
    [mark] = picture("(1-cos(x))/x^2", "x=-5:5").panels[0].marks
    assert mark.circles == ((0.0, 0.5, False), (0.0, 0.0, False))
    assert mark.text == "removable singularity at x = 0: f has no value there, but tends to 0.5"


@pytest.mark.parametrize(
    ("text", "gap"),
    [("log(x)", (-5, 0)), ("sqrt(x^2-1)", (-1, 1)), ("asin(x)", (1, 5)), ("where(x<0, log(x), x)", (-5, 0))],
)
def test_gaps_are_left_open(text: str, gap: tuple[float, float]) -> None:
    """Where f is undefined there is no point of any curve."""
    for panel in picture(text, "x=-5:5").panels:
        for one in panel.curves:
            for x, _ in one.pieces:
                assert not np.any((x > gap[0]) & (x < gap[1]))


@pytest.mark.parametrize("text", ["log(-x^2)", "1/(x-x)", "sqrt(-1-x^2)"])
def test_what_is_nowhere_defined_has_no_curve(text: str) -> None:
    drawn = picture(text, "x=-1:1", wish=PlotOptions(51, errors=True))
    assert drawn.notes[-1] == "f is nowhere defined here"
    assert not any(c.pieces for panel in drawn.panels for c in panel.curves)


def test_more_jumps_than_can_be_drawn_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PROOF_SECONDS", 0.1)
    drawn = picture("floor(x)", "x=-1e6:1e6", wish=PlotOptions(51))
    assert not any(len(x) > 1 for c in drawn.panels[0].curves for x, _ in c.pieces)
    assert all(note.startswith("not drawn between") for note in drawn.notes)


def test_what_arb_cannot_prove_is_looked_at() -> None:
    """On wide balls left of 0 Arb's gamma has no proof to give; its curve and its poles are there all the same."""
    drawn = picture("gamma(x)", "x=-2.5:-1.5", wish=PlotOptions(51))
    assert marks(drawn) == [("pole", -2)]
    assert len(curve(drawn, Role.FUNCTION).pieces) == 2


def test_what_is_drawn_is_the_truth() -> None:
    """f and f' are Arb's, rounded once, also where float64 has lost all digits."""
    drawn = picture("(1-cos(x))/x^2", "x=-1e-7:1e-7")
    for x, y in curve(drawn, Role.FUNCTION).pieces:
        assert np.allclose(y, 0.5 - x**2 / 24, rtol=1e-16, atol=0)
    for x, y in curve(drawn, Role.DERIVATIVE).pieces:
        assert np.allclose(y, -x / 12, rtol=1e-12, atol=0)


def test_nothing_is_enclosed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The balls that say where to look are the truth; only where they say nothing the arbiter asks anew."""
    again: list[object] = []
    enclosed = reference.enclose_partials

    def counted(problem: Problem, point: Sequence[Coordinate], **options: int) -> object:
        again.append(point)
        return enclosed(problem, point, **options)

    monkeypatch.setattr(reference, "enclose_partials", counted)
    assert len(curve(picture("exp(-x^2)*sin(3*x)", "x=-2:2", order=2), Role.FUNCTION).pieces[0][0]) > 101
    assert not again


def test_disagreements_are_shaded_and_drawn() -> None:
    """autograd of (1-cos(x))/x^2 near 0: one region, its cause, and a wrong curve that does not stretch the frame."""
    drawn = picture("(1-cos(x))/x^2", "x=-1e-7:1e-7")
    [region] = [region for panel in drawn.panels for region in panel.regions]
    assert (region.low, region.high, region.methods, region.cause) == (-1e-7, 1e-7, ("autograd",), "rounding")
    wrong = curve(drawn, Role.METHOD)
    assert wrong.label == "f'(x) by autograd"
    assert max(np.abs(y).max() for _, y in wrong.pieces) > 1e6
    [panel] = [panel for panel in drawn.panels if wrong in panel.curves]
    assert panel.y.high < 1e-7
    assert any("autograd is wrong about f'(x) between -1e-07 and 1e-07 (rounding)" in note for note in drawn.notes)


def test_the_widest_of_many_disagreements_are_told() -> None:
    """In the order of x, and how many more there are."""
    drawn = picture("(1-cos(x))/x^2", "x=-1e-3:1e-3", wish=PlotOptions(601))
    told = [float(note.split("between ")[1].split()[0]) for note in drawn.notes if note.startswith("autograd is wrong")]
    assert told == sorted(told)
    regions = [region for panel in drawn.panels for region in panel.regions]
    widest = sorted(regions, key=lambda region: region.high - region.low)[-3:]
    assert told == pytest.approx(sorted(region.low for region in widest), rel=1e-4)
    assert f"something is wrong about f'(x) in {len(regions) - 3} narrower regions too" in drawn.notes


def test_a_single_wrong_point_is_no_interval() -> None:
    """where(x==0, 0, x): autograd is wrong at 0, and right beside it."""
    drawn = picture("where(x==0, 0, x)", "x=-1:1")
    [region] = drawn.panels[0].regions
    assert (region.low, region.high, region.cause) == (0, 0, "branch point")
    [(x, y)] = curve(drawn, Role.METHOD).pieces
    assert (x.tolist(), y.tolist()) == ([0], [0])
    assert drawn.notes[0].startswith("autograd is wrong about f'(x) at 0 (branch point)")


def test_where_all_agree_there_is_one_curve() -> None:
    drawn = picture("sin(x)", "x=-5:5", methods=("symbolic", "autograd", "finite-difference"))
    [panel] = drawn.panels
    assert [c.label for c in panel.curves] == ["f(x) = sin(x)", "f'(x) = cos(x)"]
    assert panel.regions == ()


def test_orders() -> None:
    """f and each derivative; a kink of f' breaks f'' and is marked on f'."""
    drawn = picture("x*abs(x)", "x=-1:1", order=2)
    assert [c.label for c in drawn.panels[0].curves] == ["f(x) = x*abs(x)", "f'(x)", "f''(x)"]
    assert [len(c.pieces) for c in drawn.panels[0].curves] == [1, 1, 2]
    assert drawn.notes == ("kink of f' at x = 0: slope -2 from the left, 2 from the right",)


def test_sizes_far_apart_have_panels_of_their_own() -> None:
    assert len(picture("sin(1000x)", "x=-1:1").panels) == 2
    assert len(picture("sin(x)", "x=-1:1").panels) == 1


def test_curves_that_bend_faster_than_the_points_say_so() -> None:
    assert "do not show how fast it bends" in picture("sin(1000x)", "x=-5:5").notes[0]
    assert picture("sin(x)", "x=-5:5").notes == ()


def test_too_much_to_be_told_apart_is_a_gap_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The poles of tan(1/x) crowd at 0: they are not joined there, nor is anything made up."""
    monkeypatch.setattr(isolation, "PROOF_SECONDS", 0.3)
    drawn = picture("tan(1/x)", "x=-1:1")
    assert any(note.startswith("not drawn between -0.0") for note in drawn.notes)
    assert all(mark.kind == "pole" for mark in drawn.panels[0].marks)


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("x^2", "x=1", "tangent at x = 1: f = 1, slope 2"),
        ("abs(x)", "x=0", "no tangent at x = 0: slope -1 from the left, 1 from the right"),
        ("1/x", "x=0", "no tangent at x = 0: undefined"),
    ],
)
def test_tangents(text: str, at: str, said: str) -> None:
    drawn = picture(text, "x=-2:2", at)
    assert said in drawn.notes
    lines = [c for c in drawn.panels[0].curves if c.role == Role.TANGENT]
    assert len(lines) == (text != "1/x")
    for line in lines:
        [(x, y)] = line.pieces
        assert y.tolist() == pytest.approx((2 * x - 1 if text == "x^2" else np.abs(x)).tolist())


def test_errors_of_each_method() -> None:
    """The second panel has a curve a method; an error of 0 lies on the floor, above nothing."""
    drawn = picture(
        "exp(x)", "x=0:1", wish=PlotOptions(51, errors=True), methods=("symbolic", "autograd", "finite-difference")
    )
    panel = drawn.panels[1]
    assert panel.y.logarithmic
    assert [c.label for c in panel.curves] == ["symbolic", "autograd", "finite-difference"]
    for one in panel.curves:
        for _, y in one.pieces:
            assert np.all((y > panel.y.low) & (y < panel.y.high))
            assert np.all(y < 1e-9)


def test_the_v_curve() -> None:
    """Truncation falls with h and h², rounding grows as 1/h, and the measured best step is near the one of theory."""
    drawn = picture("exp(x)", "", "x=1", wish=PlotOptions(steps=True))
    [panel] = drawn.panels
    errors = {c.label: c.pieces[0] for c in panel.curves if c.role == Role.ERROR}
    for label, order in (("forward", 1), ("backward", 1), ("central", 2)):
        h, error = errors[label]
        coarse = (h > 1e-4) & (h < 1e-1)
        slope = np.polyfit(np.log(h[coarse]), np.log(error[coarse]), 1)[0]
        assert slope == pytest.approx(order, abs=0.1)
        assert error[0] > 1e3 * error.min()
    assert 1e-10 < errors["forward"][0][errors["forward"][1].argmin()] < 1e-6
    assert 1e-7 < errors["central"][0][errors["central"][1].argmin()] < 1e-3
    assert len([c for c in panel.curves if c.role == Role.THEORY]) == 2


def field(text: str, over: str = "x=-2:2,y=-1:1", at: str = "") -> tuple[Panel, tuple[str, ...]]:
    drawn = picture(text, over, at)
    return drawn.panels[0], drawn.notes


def test_two_variables() -> None:
    """Values on a grid, and gradients where they are."""
    panel, said = field("x^2 - y^2", at="x=1,y=0.5")
    assert panel.field
    x, y = np.meshgrid(panel.field.x, panel.field.y)
    assert np.allclose(panel.field.values, x**2 - y**2)
    for across, up, dx, dy in panel.field.arrows:
        assert (dx, dy) == pytest.approx((2 * across, -2 * up))
    assert said == ("gradient (2, -1) at x = 1, y = 0.5",)


def test_a_field_has_gaps() -> None:
    panel, said = field("sqrt(x*y)")
    assert panel.field
    assert np.isnan(panel.field.values).any()
    assert all(x * y >= 0 for x, y, _, _ in panel.field.arrows)
    assert "f is undefined where nothing is drawn" in said


def refuse(constant: str) -> None:
    raise AssertionError(constant)


@pytest.mark.parametrize(
    "arguments",
    [
        ["tan(x)", "--over", "x=-2:2"],
        ["1/x", "--over", "x=-1:1"],
        ["log(x*y)", "--over", "x=-1:1,y=-1:1"],
    ],
)
def test_json_is_strict(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["plot", *arguments, "--method", "autograd", "--samples", "41", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert set(record) == {"schema", "title", "panels", "notes"}
    assert {"x", "y", "curves", "marks", "regions", "field"} == set(record["panels"][0])


QUICK = ["--method", "autograd", "--samples", "41"]
HEADS = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "svg": b"<?xml", "txt": b" ", "json": b"{"}


@pytest.mark.parametrize("suffix", HEADS)
def test_files(suffix: str, tmp_path: Path) -> None:
    """Each suffix writes its own kind of file, in place of an earlier one, and leaves nothing beside it."""
    path = tmp_path / f"picture.{suffix}"
    path.write_text("earlier")
    assert cli.run(["plot", "abs(x)", "--over", "x=-5:5", "--at", "x=1", "--errors", *QUICK, "--out", str(path)]) == 0
    assert path.read_bytes().startswith(HEADS[suffix])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_svg_can_be_read(tmp_path: Path) -> None:
    """Title, axes, legend and notes are text in it; the same picture is the same file."""
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, second):
        command = [
            "plot",
            "abs(x)",
            "--over",
            "x=-5:5",
            "--method",
            "symbolic",
            "--title",
            "a <kink>",
            "--out",
            str(path),
        ]
        assert cli.run(command) == 0
    text = first.read_text()
    for piece in ("a &lt;kink&gt;", ">x<", "f(x) = abs(x)", "f'(x) = sign(x)", "slope -1 from the left"):
        assert piece in text, piece
    assert text == second.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--over", "x=1"], "an interval is low..high"),
        (["x", "--over", "x=0:1,y=0:1"], "there is no variable 'y'"),
        (["x*y", "--over", "x=0:1"], "no interval for 'y'"),
        (["x*y*z", "--over", "x=0:1"], "the formula has three: x, y, z"),
        (["x", "--over", "x=0:1", "--at", "x=3"], "x = 3 lies outside the picture"),
        (["x", "--over", "x=0:1", "--at", "y=3"], "no value for 'x'"),
        (["x", "--over", "x=0:1", "--at", "x=0:1:9"], "9 tangents are too many"),
        (["x", "--steps"], "--steps draws the error at a point"),
        (["abs(x)", "--steps", "--at", "x=0"], "there is no derivative at x = 0"),
        (["x*y", "--steps", "--at", "x=0,y=0"], "--steps is for the first derivative in one variable"),
        (["x*y", "--over", "x=0:1,y=0:1", "--order", "2"], "shows the gradient"),
        (["x*y", "x", "--over", "x=0:1,y=0:1"], "one formula in two variables"),
        (["x", "--over", "x=0:1", "--order", "20"], "more than 12 curves"),
        (["x", "--over", "x=0:1", "--order", "0"], "an order of 0 means nothing"),
        (["x", "--over", "x=0:1", "--method", "guess"], "unknown method 'guess'"),
        (["x", "--over", "x=0:1", "--format", "jpg"], "unknown drawing 'jpg'"),
        (["x", "--over", "x=0:1", "--out", "a.bmp"], "unknown suffix '.bmp'"),
        (["x", "--over", "x=0:1", "--out", "a"], "has no suffix"),
        (["x", "--over", "x=0:1", "--out", "no/such/a.png"], "there is no folder 'no/such'"),
        (["x", "--over", "x=0:1", "--samples", "1"], "--samples"),
        (["x", "--over", "x=0:1", "--width", "-1"], "--width"),
        (["sni(x)", "--over", "x=0:1"], "unknown function 'sni'"),
    ],
)
def test_a_wrong_request_is_refused(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Status 2, a sentence, nothing on stdout and no file."""
    monkeypatch.chdir(tmp_path)
    assert cli.run(["plot", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "fault of deriv" not in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["txt", "png", "json"])
def test_a_full_disk(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["plot", "x", "--over", "x=0:1", *QUICK, "--format", name, "--out", "/dev/full"]) == 2
    written = capsys.readouterr()
    assert "'/dev/full' cannot be written: No space left on device" in (written.out if name == "json" else written.err)


def test_a_failed_write_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The disk fills up halfway: the old picture stays, and no piece of the new one."""
    path = tmp_path / "picture.svg"
    path.write_text("earlier")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert cli.run(["plot", "x", "--over", "x=0:1", *QUICK, "--out", str(path)]) == 2
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert path.read_text() == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_errors_have_a_json_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["plot", "x", "--over", "x=1:0", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["stage"] == "at"


@pytest.mark.parametrize("colour", ["never", "always"])
def test_the_terminal_picture_fits(colour: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is wider than the sheet, the whole no higher, and only a terminal that takes colours gets some."""
    command = ["plot", "abs(x)", "--over", "x=-5:5", *QUICK, "--width", "60", "--height", "20", "--color", colour]
    assert cli.run(command) == 0
    text = capsys.readouterr().out
    assert ("\x1b[" in text) == (colour == "always")
    if colour == "never":
        assert len(text.splitlines()) == 20
        assert max(map(len, text.splitlines())) <= 60
        assert text.endswith("kink at x = 0: slope -1 from the left, 1 from the right\n")


PROBE = """\
import sys
from derivcli import cli
from derivcli.requests.intervals import parse_intervals
cli.run(sys.argv[1:])
print([name for name in ("matplotlib", "plotext", "torch") if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "libraries"),
    [
        (["--help"], []),
        (["plot", "--help"], []),
        (["x", "--at", "x=1", "--method", "enclosure"], []),
        (["plot", "x", "--over", "x=2:1"], []),
        (["plot", "x", "--over", "x=1:2", *QUICK], ["plotext", "torch"]),
        (["plot", "x", "--over", "x=1:2", *QUICK, "--format", "svg"], ["matplotlib", "torch"]),
    ],
)
def test_a_drawing_imports_only_its_own_library(arguments: list[str], libraries: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == repr(libraries)
