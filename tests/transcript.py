"""Run `$ deriv …` lines as a terminal would show them: in this process, so that a crash is a crash."""

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from derivcli import cli

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


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


def settled(text: str) -> str:
    """A transcript without what differs between processors: digits past the tenth, and the size of rounding errors."""
    text = re.sub(r"-?\d+\.?\d*e-1[1-9]\b", "~0", text)
    long = re.compile(r"-?\d+\.\d{10,}(?:e[-+]?\d+)?")
    text = long.sub(lambda match: f"{float(match[0]):.9g}", text)
    return re.sub(r" {2,}", "  ", text)


def blocks(page: Path) -> Iterator[str]:
    """The console blocks of a page that show commands with their output."""
    yield from (block for block in BLOCK.findall(page.read_text(encoding="utf-8")) if block.startswith("$ "))
