"""What an addition takes: the edits of `CONTRIBUTING.md`, made to a copy of the package, and no others.

A new file format is in `tests/files/test_formats.py`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derivcli"
IGNORED = shutil.ignore_patterns("__pycache__")

ROW = {  # after the line that begins so: what is new
    "formula/functions/elementary.py": (
        "PIECEWISE = (",
        '    F("rect", "x", "where(abs(x) < 1/2, 1, 0)", "where(abs(x) < 1/2, 1, 0)", "where(abs(x) < 1/2, 1, 0)",\n'
        '      "0.1:0.4", smooth=False, flat=True),',
    )
}
METHOD = {
    "methods/one_sided.py": '''"""A forward quotient."""
from derivcli.backends.floats import outputs
from derivcli.records import Estimate

ADVISORY = True


def estimate(problem):
    beside, here = (outputs(problem.program, problem.floats + h) for h in (2**-20, 0))
    return Estimate(values=(beside - here)[:, None] * 2**20)
'''
}
FORMAT = {
    "formats/yaml.py": '''"""The verdict as YAML."""


def render(reports, *, coloured=False):
    yield from (f"verdict: {report.verdict.outcome}" for report in reports)


def show(page, *, coloured=False):
    yield from page.lines
'''
}
SUBCOMMAND = {
    "features/count.py": '''"""How long a formula is."""
from derivcli.requests.request import from_texts


def count(text, options):
    return len(from_texts([text], options).program.instructions)
''',
    "commands/count.py": '''"""Count the instructions."""
from derivcli import terminal
from derivcli.commands._options import command
from derivcli.commands._output import Output
from derivcli.errors import Exit
from derivcli.requests.options import Options


@command()
def run(expression: str, options: Options, output: Output) -> Exit:
    """Count the instructions."""
    from derivcli.features.count import count

    terminal.write([str(count(expression, options))])
    return Exit.AGREE
''',
}
OPTION = {
    "requests/options.py": ("    strict: bool = False", "    mood: str = 'good'"),
    "commands/_options.py": (
        "    *,",
        '    mood: Annotated[str, typer.Option(help="Yours.")] = "good",',
        "        strict=strict,",
        "        mood=mood,",
    ),
}
ADDITIONS = [  # what it is, the files that it takes, a command, and what that says
    ("a function is one row", ROW, ["rect(x)*3", "--at", "x=1/4", "-q"], "0\n"),
    ("and its flags are obeyed", ROW, ["rect(x)", "--at", "x=1/4", "-m", "enclosure"], "silent zero: rect is flat"),
    ("a method is one file", METHOD, ["3x", "--at", "x=2", "-m", "one-sided"], "one-sided   3       0"),
    ("and is named in the help", METHOD, ["evaluate", "--help"], "one-sided"),
    ("a format is one file", FORMAT, ["x^2", "--at", "x=2", "-m", "enclosure", "-f", "yaml"], "verdict: agree\n"),
    ("a subcommand is two files", SUBCOMMAND, ["count", "x^2 + x", "--let", "a = 1"], "3\n"),
    ("an option is two edits", OPTION, ["x^2", "--at", "x=2", "-m", "enclosure", "-q", "--mood", "fine"], "4\n"),
    ("in every command", OPTION, ["doctor", "--help"], "--mood"),
]


@pytest.mark.parametrize(
    ("edits", "arguments", "said"), [row[1:] for row in ADDITIONS], ids=[row[0] for row in ADDITIONS]
)
def test_an_addition_takes(
    edits: dict[str, str | tuple[str, ...]], arguments: list[str], said: str, tmp_path: Path
) -> None:
    """Just these files."""
    copy = tmp_path / "derivcli"
    shutil.copytree(PACKAGE, copy, ignore=IGNORED)
    for name, edit in edits.items():
        text = edit if isinstance(edit, str) else (copy / name).read_text("utf-8")
        for after, new in zip(edit[::2], edit[1::2], strict=True) if isinstance(edit, tuple) else ():
            assert text.count(f"\n{after}\n") == 1
            text = text.replace(f"\n{after}\n", f"\n{after}\n{new}\n")
        (copy / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "derivcli", *arguments],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "120"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout, done.stderr
