"""Folders as registries: `methods/`, `formats/`, `drawings/`, `files/` and `commands/` are lists of their files.

The file name is the public name (`finite_difference.py` is `finite-difference`), its docstring is the help.
"""

import difflib
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from derivcli.errors import RequestError

ROOT = Path(__file__).parent


@cache
def names(package: str) -> tuple[str, ...]:
    """The public names in a folder of the package, sorted; nothing is imported."""
    return tuple(sorted(path.stem.replace("_", "-") for path in (ROOT / package).glob("[a-z]*.py")))


def check(package: str, name: str) -> None:
    """Raise RequestError, with the nearest name, where there is no such plug-in."""
    known = names(package)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(known)
        raise RequestError(f"unknown {package.removesuffix('s')} '{name}'", hint=hint)


@cache
def load(package: str, name: str) -> ModuleType:
    """Import one plug-in. Raises RequestError where there is none."""
    check(package, name)
    return import_module(module(package, name))


def module(package: str, name: str) -> str:
    """The module of a plug-in: `finite-difference` → `derivcli.methods.finite_difference`."""
    return f"derivcli.{package}.{name.replace('-', '_')}"
