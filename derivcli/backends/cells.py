"""A cell of the table → a callable: the one mechanism behind every backend.

`attribute(name)` is what a backend makes of an attribute of its library; a definition in the language is parsed once
and run on the backend itself.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.functions.row import Cell
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import parse
from derivcli.formula.program import Backend, Program, flatten, run


def compile_cell(
    name: str, cell: Cell, backend: Backend, library: Any, attribute: Callable[[str], Any]
) -> Callable[..., Any]:
    """The callable of one cell. Raises UnsupportedError where the library lacks the function."""
    if cell is None:
        raise UnsupportedError(Reason.NOT_SUPPORTED, f"{library.__name__} has no {name}")
    if not isinstance(cell, str):
        return partial(cell, library)
    if all(part.isidentifier() for part in cell.split(".")):
        return attribute(cell)
    program = parse_definition(name, cell)
    return lambda *args: run(program, backend, args)[0]


@cache
def parse_definition(name: str, text: str) -> Program:
    """A definition as a program of the row's parameters."""
    parameters = [item.partition("=")[0] for item in FUNCTIONS[name].parameters.split(", ") if item]
    return flatten(parse(text, parameters), parameters)
