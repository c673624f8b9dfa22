"""List the functions, and which library has each."""

from typing import Annotated

import typer

from derivcli import terminal
from derivcli.errors import Exit
from derivcli.formula.functions.table import FUNCTIONS


def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Just these.")] = None,
) -> Exit:
    """List the functions, and which library has each."""
    rows = [row for row in FUNCTIONS.values() if not names or {row.name, *row.aliases.split()} & set(names)]
    for row in rows:
        lacking = [name for name, cell in (("SymPy", row.sympy), ("PyTorch", row.torch), ("Arb", row.arb)) if not cell]
        aliases = [alias for alias in row.aliases.split() if "/" not in alias]
        parts = [f"{row.name}({row.parameters})" if row.parameters else row.name, row.doc]
        parts += [f"also {', '.join(aliases)}"] if aliases else []
        parts += [f"not in {', '.join(lacking)}"] if lacking else []
        terminal.write(["; ".join(part for part in parts if part)])
    if not rows:
        terminal.complain(f"no function is called {' or '.join(names or [])}")
    return Exit.AGREE if rows else Exit.USAGE
