"""List the functions, and which library has each."""

from typing import Annotated

import typer

from derivcli import terminal
from derivcli.errors import Exit
from derivcli.formula import names as spelt
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar.spellings import SPELLINGS

EXAMPLES = (
    "deriv functions",
    "deriv functions gelu softplus",
    "deriv functions dnorm",
)


def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Just these.")] = None,
) -> Exit:
    """List the functions, and which library has each."""
    asked = {each for name in names or [] for each in (name, spelt.function(name))}
    rows = [row for row in FUNCTIONS.values() if not names or {row.name, *row.aliases.split()} & asked]
    others = [each for name in names or [] for each in spelt.other_signatures(name)] if names else list(SPELLINGS)
    for row in rows:
        lacking = [name for name, cell in (("SymPy", row.sympy), ("PyTorch", row.torch), ("Arb", row.arb)) if not cell]
        aliases = [alias for alias in row.aliases.split() if "/" not in alias]
        parts = [f"{row.name}({row.parameters})" if row.parameters else row.name, row.doc]
        parts += [f"also {', '.join(aliases)}"] if aliases else []
        parts += [f"not in {', '.join(lacking)}"] if lacking else []
        terminal.write(["; ".join(part for part in parts if part)])
    terminal.write([f"{signature} = {SPELLINGS[signature]}" for signature in others])
    if not rows and not others:
        terminal.complain(f"no function is called {' or '.join(names or [])}")
    return Exit.AGREE if rows or others else Exit.USAGE
