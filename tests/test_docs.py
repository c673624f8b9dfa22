"""The README names everything that there is."""

import re
from pathlib import Path

import pytest

from derivcli import plugins
from derivcli.errors import Exit

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["methods", "formats"])
def test_every_plugin_stands_in_a_table(package: str) -> None:
    """A new method or format is documented, or this fails."""
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    assert set(plugins.names(package)) <= documented


def test_every_file_format_is_named() -> None:
    """A new one is mentioned where files of points are, by the words that its docstring begins with."""
    for name in plugins.names("files"):
        assert str(plugins.load("files", name).__doc__).partition(":")[0] in README, name


def test_every_subcommand_is_named() -> None:
    """A new subcommand is mentioned, or this fails."""
    for name in plugins.names("commands"):
        assert name == "evaluate" or f"deriv {name}" in README, name


def test_every_status_stands_in_the_table() -> None:
    """The table of exit statuses is complete."""
    documented = {int(status) for status in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert documented == set(map(int, Exit))


def test_python_block_runs() -> None:
    """The Python of the README does what it says."""
    [block] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})
