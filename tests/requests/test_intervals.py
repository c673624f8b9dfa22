"""`--over`: which intervals texts mean, and that each wrong one is told with its place and a way out that works."""

import math

import pytest

from derivcli.errors import PointError
from derivcli.requests.intervals import Interval, parse_intervals
from derivcli.text import pieces


@pytest.mark.parametrize("between", ["..", ":"])
def test_both_spellings(between: str) -> None:
    """Ends are formulas, which may have commas in brackets; what was typed is kept."""
    text = f"x = -1e-3 {between} max(1, 2), y_2=-pi/2{between}.5"
    assert parse_intervals([text, f"z=0{between}1"]) == (
        Interval("x", -0.001, 2.0, ("-1e-3", "max(1, 2)")),
        Interval("y_2", -math.pi / 2, 0.5, ("-pi/2", ".5")),
        Interval("z", 0.0, 1.0, ("0", "1")),
    )


EXAMPLE = "--over x=-5..5 or --over u=-1..1,v=0..2"
REFUSED = [  # text, message, what is marked, hint
    ("x", "an interval is written name=low..high", "x", EXAMPLE),
    ("1..2", "an interval is written name=low..high", "1..2", EXAMPLE),
    ("=1..2", "an interval is written name=low..high", "=1..2", EXAMPLE),
    ("x=0..1,", "an interval is written name=low..high", "", EXAMPLE),
    ("u=0..1,x=1", "an interval is low..high", "x=1", "--over x=-5..5"),
    ("x=", "an interval is low..high", "x=", "--over x=-5..5"),
    ("x=:5", "the interval of 'x' has no lower end", "x=:5", "--over x=-5:5"),
    ("x=1..", "the interval of 'x' has no upper end", "x=1..", "--over x=-5..5"),
    ("x=0:5:100", "an interval has two ends", "x=0:5:100", "--over x=0:5 --samples 100"),
    ("x=0..5..9", "an interval has two ends", "x=0..5..9", "--over x=0..5 --samples 9"),
    ("x=0:5:pi", "an interval is low..high", "x=0:5:pi", "--over x=-5:5"),
    ("u=0..1, x=pi..3", "the interval of 'x' is reversed: pi > 3", "x=pi..3", "--over x=3..pi"),
    ("x=5:-5", "the interval of 'x' is reversed: 5 > -5", "x=5:-5", "--over x=-5:5"),
    ("x=pi:pi", "the interval of 'x' is empty: pi to pi", "x=pi:pi", "--over x=-5:5"),
    ("x=0..1e400", "the interval is infinite", "1e400", "its ends must be within 1.8e308"),
    (
        "x=-1e308..1e308",
        "the interval of 'x' is wider than a float64 can tell",
        "x=-1e308..1e308",
        "--over x=-8e307..8e307",
    ),
    ("x=0:log(-1)", "a coordinate has no real value", "log(-1)", ""),
    ("x=0..a", "'a' is not a number", "a", "it contains a"),
    ("x=0..1/0", "division by zero", "1/0", ""),
    ("x=0..sqrt(2", "this '(' is never closed", "(", ""),
    ("x=0..1,x=0..2", "'x' is given twice", "x=0..2", ""),
]


@pytest.mark.parametrize(("text", "message", "marked", "hint"), REFUSED)
def test_what_is_wrong(text: str, message: str, marked: str, hint: str) -> None:
    with pytest.raises(PointError) as caught:
        parse_intervals([text])
    error = caught.value
    assert error.span is not None
    assert (error.message, error.text[slice(*error.span)], error.hint) == (message, marked, hint)


@pytest.mark.parametrize("hint", [case[3] for case in REFUSED if case[3].startswith("--over")])
def test_hints_are_right(hint: str) -> None:
    for word in hint.split():
        if "=" in word:
            parse_intervals([word])


def test_pieces() -> None:
    """Separators of two characters do not overlap, and count outside brackets only."""
    assert list(pieces("1...2", "..")) == [("1", 0), (".2", 3)]
    assert list(pieces("f(a..b)..c", "..")) == [("f(a..b)", 0), ("c", 9)]
