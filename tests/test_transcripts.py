"""What stands in tests/transcripts and in the README is what the command prints."""

import re
from pathlib import Path

import pytest

from tests.transcript import blocks, differences, session

ROOT = Path(__file__).parent.parent
TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").rglob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of a transcript prints what was recorded."""
    text = path.read_text(encoding="utf-8")
    assert not list(differences(session(text, monkeypatch), text))


@pytest.mark.parametrize("block", list(blocks(ROOT / "README.md")), ids=lambda block: block.partition("\n")[0][:60])
def test_readme(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every console block of the README is true."""
    assert not list(differences(session(block, monkeypatch), block))


@pytest.mark.parametrize(
    "path", [path for path in TRANSCRIPTS if path.parent.name == "errors"], ids=lambda path: path.stem
)
def test_bad_input_is_refused(path: Path) -> None:
    """Each command that users get wrong ends with status 2 or 3, and without a traceback."""
    commands = re.split(r"^\$ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for command in commands:
        assert command.endswith(("[exit 2]\n", "[exit 3]\n")), command
        assert "Traceback" not in command


TABLE = """\
method              df/dx                            off by
symbolic            cos(2) = -0.4161468365471424     0
finite-difference   -0.4161468365473021              1.6e-13
reference           -0.416146836547142386997568229501
"""
# what stands in the table, and what may stand there on another processor
ALIKE = [
    ("-0.4161468365473021 ", "-0.4161468365473018 "),
    ("-0.4161468365473021 ", "-0.41614683654730187"),
    ("1.6e-13", "9.1e-14"),
]
# and what may not
DIFFERENT = [
    ("-0.4161468365473021  ", "-0.4161468365473021 "),  # a crooked table
    ("df/dx   ", "df/dx"),
    ("finite-difference   ", "finite-difference    "),
    ("reference ", "reference"),
    ("568229501", "568229501" * 4),  # a reference of more digits than 30
    ("568229501", "568229502"),
    ("568229501", ""),
    ("-0.4161468365473021", "-0.4161468364473021"),  # the tenth digit
    ("-0.4161468365473021", "+0.4161468365473021"),
    ("-0.4161468365473021", "-0.41614683654        "),
    ("1.6e-13", "1.6e-10"),
    ("1.6e-13", "0"),
    ("off by", "off  by"),
    ("off by", "error "),
    ("reference ", "\nreference "),
    ("off by\n", "off by \n"),
    ("229501\n", "229501"),
]


@pytest.mark.parametrize(("here", "there"), ALIKE)
def test_last_digits_and_rounding_errors_are_not_compared(here: str, there: str) -> None:
    """They differ between processors; the shape of a table does not."""
    assert TABLE.count(here) == 1
    assert not list(differences(TABLE.replace(here, there), TABLE))


@pytest.mark.parametrize(("here", "there"), DIFFERENT)
def test_all_else_is_compared(here: str, there: str) -> None:
    """Blanks, columns, the number of digits, and every digit of a reference."""
    assert TABLE.count(here) == 1
    assert list(differences(TABLE.replace(here, there), TABLE))


def test_in_running_text_words_may_move() -> None:
    """A digit fewer in a sentence moves the rest of it, and what stands after two blanks makes a column."""
    long, short = "f = 0.32151273753163434 at x", "f = 0.3215127375316344 at x"
    assert not list(differences(short, long))
    assert list(differences(short.replace(" at", "  at"), long.replace(" at", "  at")))
