"""derivcli: derivatives that are judged.

    >>> import derivcli
    >>> report = derivcli.evaluate("6*x**2 + 2*x + 4", at="x=3")
    >>> str(report.verdict.word), report.reference.values.item()
    ('agree', 38.0)

The names below are imported when they are first used, so that `import derivcli` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivcli.batches import answers
    from derivcli.blocks import derivatives
    from derivcli.counterexamples.search import searched
    from derivcli.counterexamples.tasks import posed
    from derivcli.crews import crew
    from derivcli.engine import answer, evaluate
    from derivcli.errors import DerivError
    from derivcli.examination import examined
    from derivcli.inspection import inspected
    from derivcli.intervals import parse_intervals
    from derivcli.language.parser import parse
    from derivcli.language.tree import unparse
    from derivcli.options import Options
    from derivcli.outputs import output
    from derivcli.pictures.plotting import pictured
    from derivcli.pictures.wishes import Wish, from_intervals
    from derivcli.requests import Request, from_line, from_texts
    from derivcli.tables import open_table

__version__ = "0.1.0"

_HOMES = {
    "output": "outputs",
    "open_table": "tables",
    "answer": "engine",
    "answers": "batches",
    "crew": "crews",
    "derivatives": "blocks",
    "evaluate": "engine",
    "examined": "examination",
    "inspected": "inspection",
    "DerivError": "errors",
    "parse": "language.parser",
    "unparse": "language.tree",
    "pictured": "pictures.plotting",
    "Wish": "pictures.wishes",
    "from_intervals": "pictures.wishes",
    "parse_intervals": "intervals",
    "Options": "options",
    "Request": "requests",
    "from_line": "requests",
    "from_texts": "requests",
    "searched": "counterexamples.search",
    "posed": "counterexamples.tasks",
}
__all__ = list(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]  # so that no name is written twice


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'derivcli' has no attribute '{name}'")
    return getattr(import_module(f"derivcli.{_HOMES[name]}"), name)
