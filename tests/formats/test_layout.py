"""Tables in the width of a terminal: numbers are shortened, columns dropped and rows turned, but nothing is folded."""

import os
import pty
import re
import subprocess
import sys

import pytest

import derivcli
from derivcli.formats._layout import at_terminal, fit, shortened
from derivcli.terminal import spelt
from derivcli.text import Table

COMMANDS = [
    ["x^2*log(x)"],
    ["doctor", "(1-cos(x))/x^2", "--at", "x=1e-4"],
    ["x^2*y + y^3/7", "--at", "x=1/3,y=2/7"],
    ["besselj(0, x)*exp(x)/3", "--at", "x=0.7"],
    ["sin(x)/7", "--at", "x=0:1:100"],
]


def at_columns(columns: int, arguments: list[str]) -> list[str]:
    """The lines of a command in a terminal of so many columns."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "LINES": "40", "TERM": "xterm", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "derivcli", *arguments]
    process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    read = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux's word for the end
            break
        if not piece:
            break
        read += piece
    os.close(ours)
    process.wait()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read.decode()).replace("\r", "").splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is one of Unix")
@pytest.mark.parametrize("columns", [80, 44])
@pytest.mark.parametrize("arguments", COMMANDS, ids=[" ".join(each) for each in COMMANDS])
def test_no_row_of_a_table_is_wider_than_the_terminal(columns: int, arguments: list[str]) -> None:
    lines = at_columns(columns, arguments)
    assert lines
    rows = [line for line in lines if "   " in line.strip()]  # the columns of a table, and no sentence
    assert any(re.search(r"\d", line) for line in rows)
    assert all(len(line) <= columns for line in rows)


def test_a_terminal_has_twenty_rows_the_wrong_ones_first() -> None:
    table = Table(("x", "verdict"), tuple((str(i), "agree") for i in range(100)), wrong=frozenset({70, 80}))
    shown, left = at_terminal(table)
    assert ([row[0] for row in shown.rows[:3]], len(shown.rows), left, shown.wrong) == (
        ["70", "80", "0"],
        20,
        80,
        {0, 1},
    )


def test_digits_go_before_columns_and_columns_before_rows() -> None:
    table = Table(("method", "value", "same"), (("a", "0.12345678901234567", "s"), ("b", "1.5e-300", "s")))
    assert list(fit(table, None))[1] == "a        0.12345678901234567   s"
    assert list(fit(table, 31))[1] == "a        0.123456789012…   s"
    assert list(fit(table, 20))[1] == "a        0.12345679…"
    assert list(fit(table, 12))[:3] == ["method   a", "value    0.123457…", "same     s"]


@pytest.mark.parametrize(
    ("cell", "digits", "short"),
    [
        ("1.23456789e-10", 6, "1.23457…e-10"),
        ("2/3 = 0.6666666666666666", 8, "2/3 = 0.66666667…"),
        ("12345", 6, "12345"),
    ],
)
def test_a_shortened_number_says_so(cell: str, digits: int, short: str) -> None:
    assert shortened(cell, digits) == short


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "utf-8"])
@pytest.mark.parametrize(
    "arguments",
    [["x^2", "x^3", "--at", "x=3"], ["x^5", "--order", "4", "--at", "x=1"], ["θ^2", "--at", "θ=1"], ["functions"],
     ["plot", "x^2"], ["x^2", "--at", "x=1", "--expect", "3 ± 0.1"]],
    ids=str,
)  # fmt: skip
def test_a_stream_without_utf8_gets_text(arguments: list[str], encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "derivcli", *arguments]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode in (0, 1)
    assert done.stdout.decode(encoding)
    assert not done.stderr


def test_characters_are_spelt() -> None:
    class Ascii:
        encoding = "ascii"

    text = "d²f₁/dθ² ± 1 … ✗ ⠀⠒ ┌─│"
    assert spelt(text, Ascii()) == "d^2f1/dtheta^2 +- 1 ... x  * +-|"  # type: ignore[arg-type]


def test_a_report_shows_itself() -> None:
    report = derivcli.evaluate("(1-cos(x))/x^2", at={"x": 1e-8})
    assert "✗ autograd" in str(report)
    assert '<tr style="color: red"><td>autograd</td>' in report._repr_html_()
    assert report._repr_latex_().startswith("\\begin")
    assert report.to_dict()["cause"] == "rounding"
    assert derivcli.evaluate("x*y", at={"x": [1, 2], "y": [3, 4]}).to_dict()["at"] == {"x": [1.0, 2.0], "y": [3.0, 4.0]}
    with pytest.raises(TypeError, match="a formula is a text"):
        derivcli.evaluate(abs)  # type: ignore[arg-type]
