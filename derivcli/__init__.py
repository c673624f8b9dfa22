"""derivcli: derivatives that are judged.

    >>> import derivcli
    >>> report = derivcli.evaluate("6*x**2 + 2*x + 4", at="x=3")
    >>> str(report.verdict.outcome), report.reference.values.item()
    ('agree', 38.0)

The names below are imported when they are first used, so that `import derivcli` costs nothing.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivcli.engine.blocks import derivatives
    from derivcli.engine.evaluate import evaluate
    from derivcli.errors import DerivError
    from derivcli.formula.parser import parse
    from derivcli.formula.tree import unparse
    from derivcli.records import Outcome, Report
    from derivcli.requests.options import Options

__all__ = ["DerivError", "Options", "Outcome", "Report", "derivatives", "evaluate", "parse", "unparse"]

MOST_DIGITS = 50_000  # of an exact number: a literal may have 10,000, and Python alone writes no more than 4,300
if 0 < sys.get_int_max_str_digits() < MOST_DIGITS:
    sys.set_int_max_str_digits(MOST_DIGITS)

_HOMES = {
    "derivatives": "engine.blocks",
    "evaluate": "engine.evaluate",
    "DerivError": "errors",
    "parse": "formula.parser",
    "unparse": "formula.tree",
    "Report": "records",
    "Outcome": "records",
    "Options": "requests.options",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'derivcli' has no attribute '{name}'")
    return getattr(import_module(f"derivcli.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
