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
    from derivcli.engine.batch import answers
    from derivcli.engine.blocks import derivatives
    from derivcli.engine.evaluate import answer, evaluate
    from derivcli.engine.output import output
    from derivcli.engine.pools import crew
    from derivcli.errors import DerivError
    from derivcli.features.doctor.doctor import examined
    from derivcli.features.inspect import inspected
    from derivcli.features.plot.plot import pictured
    from derivcli.features.plot.request import Wish, from_intervals
    from derivcli.features.search.search import searched
    from derivcli.features.search.task import posed
    from derivcli.formula.parser import parse
    from derivcli.formula.tree import unparse
    from derivcli.requests.intervals import parse_intervals
    from derivcli.requests.options import Options
    from derivcli.requests.request import Request, from_line, from_texts
    from derivcli.requests.table import open_table

__version__ = "0.1.0"

_HOMES = {
    "output": "engine.output",
    "open_table": "requests.table",
    "answer": "engine.evaluate",
    "answers": "engine.batch",
    "crew": "engine.pools",
    "derivatives": "engine.blocks",
    "evaluate": "engine.evaluate",
    "examined": "features.doctor.doctor",
    "inspected": "features.inspect",
    "DerivError": "errors",
    "parse": "formula.parser",
    "unparse": "formula.tree",
    "pictured": "features.plot.plot",
    "Wish": "features.plot.request",
    "from_intervals": "features.plot.request",
    "parse_intervals": "requests.intervals",
    "Options": "requests.options",
    "Request": "requests.request",
    "from_line": "requests.request",
    "from_texts": "requests.request",
    "searched": "features.search.search",
    "posed": "features.search.task",
}
__all__ = list(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]  # so that no name is written twice


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'derivcli' has no attribute '{name}'")
    return getattr(import_module(f"derivcli.{_HOMES[name]}"), name)
