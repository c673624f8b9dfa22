"""Folders as registries: `methods/`, `formats/` and `commands/` are lists of their files.

The file name is the public name (`finite_difference.py` is `finite-difference`), its docstring is the help.
"""

import ast
import difflib
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from derivcli.errors import RequestError

ROOT = Path(__file__).parent


def names(package: str) -> list[str]:
    """The public names in a folder of the package, sorted; nothing is imported."""
    return sorted(path.stem.replace("_", "-") for path in (ROOT / package).glob("[a-z]*.py"))


@cache
def summary(package: str, name: str) -> str:
    """The first line of a plug-in's docstring, read without importing it."""
    source = (ROOT / package / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def load(package: str, name: str) -> ModuleType:
    """Import one plug-in. Raises RequestError, with the nearest name, where there is none."""
    known = names(package)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(known)
        raise RequestError(f"unknown {package.removesuffix('s')} '{name}'", hint=hint)
    return import_module(f"derivcli.{package}.{name.replace('-', '_')}")
