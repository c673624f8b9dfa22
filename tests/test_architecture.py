"""`docs/architecture.md` and `CONTRIBUTING.md` speak of what is there."""

import re
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "derivcli"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FOLDERS = sorted(path for path in PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__")


def test_every_folder_and_file_of_the_root_has_its_sentence() -> None:
    """And nothing else has one."""
    there = {path.name + "/" * path.is_dir() for path in PACKAGE.iterdir()} - {"__pycache__/", "py.typed"}
    told = set(re.findall(r"^\| `(\w+(?:\.py|/))` \|", ARCHITECTURE, re.MULTILINE))
    assert told == there


def test_the_layers_are_those_of_the_contract() -> None:
    """Line by line."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert "```text\n" + "\n".join(contracts[0]["layers"]) + "\n```" in ARCHITECTURE


@pytest.mark.parametrize("text", [ARCHITECTURE, CONTRIBUTING], ids=["architecture", "CONTRIBUTING"])
def test_every_path_that_is_named_exists(text: str) -> None:
    """In the project or in the package, with or without `.py`; a file without a folder is somewhere in it."""
    paths = {path for path in re.findall(r"`([\w/.]+/[\w/.]*|[\w/]+\.(?:py|md|toml|txt))`", text) if "NAME" not in path}
    assert len(paths) > 10
    files = {path.name for path in PACKAGE.rglob("*.py")}
    there = {
        path for path in paths for root in (ROOT, PACKAGE) for end in ("", ".py") if (root / (path + end)).exists()
    }
    assert paths - there <= files


def test_every_function_that_is_named_exists() -> None:
    """`judge.reference.enclosure` is one; so is `plugins.names`."""
    for name in re.findall(r"`((?:\w+\.)+\w+)`", ARCHITECTURE):
        module, _, attribute = f"derivcli.{name}".rpartition(".")
        if name.split(".")[0] in {path.stem for path in PACKAGE.iterdir()} and not name.endswith(".py"):
            there = import_module(module)
            assert hasattr(there, attribute) or (hasattr(there, "__path__") and find_spec(f"derivcli.{name}")), name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_folder_is_small_and_says_what_it_is(folder: Path) -> None:
    """In the first line of its `__init__`, if it has Python; twelve files and folders at most, but for the commands."""
    entries = [path for path in folder.iterdir() if path.name != "__pycache__"]
    files = [path for path in entries if path.is_file()]
    assert len(entries) <= 12 or folder.name == "commands"
    if any(path.suffix == ".py" for path in files):
        sentence = (folder / "__init__.py").read_text("utf-8").split("\n")[0].strip('"')
        assert sentence.endswith("."), f"{folder.name} says {sentence!r}"
