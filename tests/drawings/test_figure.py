"""Pictures in files: what is read off an SVG, which has the axes, lines, arrows and shades that a PNG or a PDF has."""

import re
import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from derivcli import cli

RED, GREY, BLUE = "#c62828", "#999999", "#1f4e9e"  # what is wrong, a pole, the first curve
CLIPPED = "{http://www.w3.org/2000/svg}path"
QUICK = ("--method", "autograd", "--samples", "41")
Vertices = np.ndarray


def drawn(path: Path, *arguments: str) -> bytes:
    assert cli.run(["plot", *QUICK, *arguments, "--out", str(path)]) == 0
    return path.read_bytes()


class Svg:
    """An SVG that matplotlib wrote: its text, its groups, and the paths that have a style."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self.text = drawn(path, *arguments).decode()
        self.root = ElementTree.fromstring(self.text)
        self.words = re.findall(r">([^<>\n]+)</text>", self.text)

    def group(self, name: str) -> list[Vertices]:
        """The paths of the groups whose id begins so."""
        groups = [each for each in self.root.iter() if each.get("id", "").startswith(f"{name}_")]
        return [vertices(path) for group in groups for path in group.iter(CLIPPED)]

    def styled(self, *pieces: str) -> list[Vertices]:
        """The paths inside the axes with all these pieces of style."""
        paths = [path for path in self.root.iter(CLIPPED) if path.get("clip-path")]
        return [vertices(path) for path in paths if all(piece in path.get("style", "") for piece in pieces)]


def vertices(path: ElementTree.Element) -> Vertices:
    """The points of a path, as an array (points, 2); y grows downwards."""
    return np.array(re.findall(r"[ML] (\S+) (\S+)", path.get("d", "")), dtype=float).reshape(-1, 2)


def arrows(svg: Svg) -> list[tuple[float, float, float, float]]:
    """Where each arrow is, and where it points: x, y, dx, dy, with y upwards."""
    ends = [(each[0] / 2 + each[6] / 2, each[3]) for each in svg.group("Quiver")]
    return [(*((tail + tip) / 2 * (1, -1)), *((tip - tail) * (1, -1))) for tail, tip in ends]


def test_arrows_point_along_the_gradient(tmp_path: Path) -> None:
    """Of x*y it is (y, x); fifteen across and eleven up, beside filled contours with a scale that is f's."""
    svg = Svg(tmp_path / "a.svg", "x*y", "--over", "x=-1:1,y=-1:1", "--at", "x=0.5,y=0.5")
    found = arrows(svg)
    assert len(found) == 15 * 11  # at the middle, where the gradient is 0, is a dot
    x, y, dx, dy = np.array(found).T
    x, y = x - (x.min() + x.max()) / 2, y - (y.min() + y.max()) / 2
    assert np.all(np.sign(dx[np.abs(y) > 1]) == np.sign(y[np.abs(y) > 1]))
    assert np.all(np.sign(dy[np.abs(x) > 1]) == np.sign(x[np.abs(x) > 1]))
    assert len(svg.group("QuadContourSet")) >= 14
    assert "f" in svg.words
    assert "gradient (0.5, 0.5) at x = 0.5, y = 0.5" in svg.words


def test_lengths_of_arrows_grow_as_roots(tmp_path: Path) -> None:
    """Of x^2/2 the gradient is x: ten times the gradient is √10 times the arrow, so that small ones are seen."""
    found = arrows(Svg(tmp_path / "a.svg", "x^2/2 + 0*y", "--over", "x=0:15,y=0:1"))
    _, _, dx, dy = np.array(sorted(found)).T
    assert np.abs(dy).max() < 1e-3 * dx.min()
    sizes, slopes = dx.reshape(15, 11).mean(axis=1)[3:], np.arange(15)[3:] + 0.5  # the first are too short for a head
    assert sizes / sizes[0] == pytest.approx(np.sqrt(slopes / slopes[0]), rel=0.05)


def test_nothing_is_drawn_where_a_field_is_undefined(tmp_path: Path) -> None:
    half, none = (
        Svg(tmp_path / f"{i}.svg", text, "--over", "x=-1:1,y=-1:1")
        for i, text in enumerate(("sqrt(x) + y", "sqrt(-1 - x^2 - y^2)"))
    )
    assert 0 < len(arrows(half)) < 15 * 11 / 2 + 11
    assert half.group("QuadContourSet")
    assert not arrows(none)
    assert not none.group("QuadContourSet")
    assert "f is nowhere defined here" in none.words


def test_steps_have_logarithmic_axes(tmp_path: Path) -> None:
    """Steps h, each 10^(1/8) of the one before, are evenly spaced; so are the powers of ten at both axes."""
    svg = Svg(tmp_path / "a.svg", "exp(x)", "--steps", "--at", "x=1")
    theory = max(svg.styled(BLUE, "stroke-opacity: 0.7"), key=len)[:, 0]
    assert theory[-1] > theory[0]
    assert {"step h", "|error|", "forward", "backward", "central", "theory: h and 1/h"} <= set(svg.words)
    forward = max(svg.styled(BLUE, "stroke-width: 0.8"), key=len)
    grid = np.diff(forward[:, 0])
    assert grid[:60] == pytest.approx(np.full(60, grid[0]), rel=1e-3)
    assert svg.text.count(r"\mathdefault{10^{") >= 10


def test_errors_have_a_logarithmic_axis_of_their_own(tmp_path: Path) -> None:
    """Dots, for errors jump from one x to the next, and powers of ten at one axis only."""
    svg = Svg(tmp_path / "a.svg", "exp(x)", "--over", "x=0:1", "--errors")
    assert {"|error|", "autograd"} <= set(svg.words)
    labels = svg.text.count(r"\mathdefault{10^{")
    assert 0 < labels < svg.text.count('id="xtick_') + svg.text.count('id="ytick_')
    assert "x" in svg.words


def test_a_disagreement_is_shaded_red_and_told_once_in_the_legend(tmp_path: Path) -> None:
    svg = Svg(tmp_path / "a.svg", "(1-cos(x))/x^2", "--over", "x=-1e-3:1e-3", "--samples", "601")
    shades = svg.styled(f"fill: {RED}", "opacity: 0.13")
    assert len(shades) > 1
    assert svg.words.count("autograd wrong (rounding)") == 1
    assert svg.styled(f"stroke: {RED}", "stroke-opacity: 0.8")


def test_a_single_wrong_point_has_a_line_that_is_seen(tmp_path: Path) -> None:
    """It has no area; what the method answers there is one dot."""
    svg = Svg(tmp_path / "a.svg", "where(x==0, 0, x)", "--over", "x=-1:1")
    [shade] = svg.styled(f"fill: {RED}", "stroke-width: 3")
    assert np.ptp(shade[:, 0]) == 0
    assert np.ptp(shade[:, 1]) > 100
    [dot] = svg.styled(f"stroke: {RED}", "stroke-opacity: 0.8")
    assert dot[:, 0] == pytest.approx(shade[:1, 0])
    assert "autograd wrong (branch point)" in svg.words


def test_a_pole_is_a_dotted_line_from_top_to_bottom(tmp_path: Path) -> None:
    svg = Svg(tmp_path / "a.svg", "1/(x^2 - 1)", "--over", "x=-2:2")
    poles = svg.styled(f"stroke: {GREY}", "stroke-dasharray")
    frame = next(each for each in svg.group("patch") if len(each) == 4 and np.ptp(each[:, 0]) < 570)
    left, right = frame[:, 0].min(), frame[:, 0].max()
    assert sorted(pole[0, 0] for pole in poles) == pytest.approx(
        [left + (right - left) * part for part in (0.25, 0.75)]
    )
    for pole in poles:
        assert np.ptp(pole[:, 0]) == 0
        assert np.ptp(pole[:, 1]) == pytest.approx(np.ptp(frame[:, 1]))


PICTURES = {
    "a field": ("x*y", "--over", "x=-1:1,y=-1:1"),
    "steps": ("exp(x)", "--steps", "--at", "x=1"),
    "a disagreement": ("where(x==0, 0, x)", "--over", "x=-1:1"),
    "poles": ("tan(x)", "--over", "x=-5:5"),
}


@pytest.mark.parametrize("arguments", PICTURES.values(), ids=PICTURES)
def test_a_png_is_as_large_as_it_was_wished(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """In inches, of 150 dots each, and with more than one colour in it."""
    contents = drawn(tmp_path / "a.png", *arguments, "--width", "4", "--height", "3")
    assert contents.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", contents[16:24]) == (600, 450)
    assert len(contents) > 5_000


def test_a_page_of_notes_is_cut(tmp_path: Path) -> None:
    """Six stand under a picture; the terminal has them all."""
    arguments = (*(f"abs(x - {k})" for k in range(1, 5)), "--over", "x=-9:9", "--at", "x=0")
    svg = Svg(tmp_path / "a.svg", *arguments)
    assert sum("kink of" in word or "tangent at x = 0:" in word for word in svg.words) == 6
    drawn(tmp_path / "a.txt", *arguments)
    text = (tmp_path / "a.txt").read_text()
    assert text.count("kink of") + text.count("tangent at x = 0:") == 8


def test_a_matplotlibrc_of_the_current_folder_is_not_obeyed(tmp_path: Path) -> None:
    """It could run LaTeX."""
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n")
    command = [sys.executable, "-m", "derivcli", "plot", "x^2", "--out", "a.svg"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
