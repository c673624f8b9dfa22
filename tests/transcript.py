"""Run `$ deriv …` lines as a terminal would show them: in this process, so that a crash is a crash."""

import io
import math
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from derivcli import cli

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def shown(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command prints, both streams, and `[exit N]` unless N is 0."""
    source, _, last = command.rpartition(" | ")
    given = subprocess.run(["bash", "-c", source], capture_output=True, check=True).stdout if source else b""
    arguments = shlex.split(last)
    assert arguments[0] == "deriv"
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(given))))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "stderr", output)
    for variable in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    status = cli.run(arguments[1:])
    monkeypatch.undo()
    return output.buffer.getvalue().decode() + (f"[exit {int(status)}]\n" if status else "")


def session(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A transcript run again: each `$ ` line with its output as it is now."""
    commands = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    return "".join(f"$ {command}\n{shown(command, monkeypatch)}" for command in commands)


def differences(got: str, recorded: str) -> Iterator[str]:
    """The lines that are not what was recorded, but for what differs between processors."""
    for ours, theirs in zip_longest(got.split("\n"), recorded.split("\n")):
        if ours is None or theirs is None or not alike(ours, theirs):
            yield f"- {theirs}\n+ {ours}"


def alike(ours: str, theirs: str) -> bool:
    """Whether two lines are the same but for the last digits of floats and the size of rounding errors.

    Each word begins where it did, so that columns stay columns; after a single blank, in running text, it may move.
    """
    words, others = (list(re.finditer(r"\S+", line)) for line in (ours, theirs))
    if len(words) != len(others) or len(ours) - len(ours.rstrip()) != len(theirs) - len(theirs.rstrip()):
        return False
    before = [0, 0]
    for one, other in zip(words, others, strict=True):
        in_text = [one.start() - before[0], other.start() - before[1]] == [1, 1]
        if not (in_text or one.start() == other.start()) or not same(one[0], other[0]):
            return False
        before = [one.end(), other.end()]
    return True


def same(word: str, other: str) -> bool:
    """Whether two words are the same but for the numbers in them, and these are near."""
    numbers, others = NUMBER.findall(word), NUMBER.findall(other)
    return NUMBER.split(word) == NUMBER.split(other) and all(map(near, numbers, others))


def near(number: str, other: str) -> bool:
    """Whether two numbers are one text, one float64 to ten digits, or both the size of a rounding error.

    What has more digits than a float64, as a reference has, is the same on every processor.
    """
    digits, values = max(map(significant, (number, other))), (float(number), float(other))
    tiny = all(0 < abs(value) < 1e-10 for value in values)
    return number == other or (digits <= 17 and (tiny or (digits >= 15 and math.isclose(*values, rel_tol=1e-10))))


def significant(number: str) -> int:
    """How many digits a number has."""
    return len(re.sub(r"e.*|\D", "", number).lstrip("0"))


def blocks(page: Path) -> Iterator[str]:
    """The console blocks of a page that show commands with their output."""
    yield from (block for block in BLOCK.findall(page.read_text(encoding="utf-8")) if block.startswith("$ "))
