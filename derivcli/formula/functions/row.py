"""What a row of the table of functions is: one function, with what SymPy, PyTorch and Arb call it.

A cell is
    "sin"                  an attribute of the library (of torch.special, … with dots; for Arb a method of its numbers),
    lambda t, x: …         a callable that takes the library first,
    "1/cos(x)"             a definition in the language itself, from which the derivatives follow, or
    None                   nothing: the library lacks the function, and its methods say "not supported".
An Arb cell may be a pair (for balls, for power series). A callable without a partner is lifted to power series by
differences at high precision (`backends.series`).

`parameters` names the arguments, with the defaults of those that may be left out. `domain` is where the generic test
samples each argument: `lo:hi` for reals, `lo..hi` for integers. `aliases` are other names; `log/2` is `log` with two
arguments, `np.sinc` is `sinc` under that module only. The flags say what else is known of a function:

    smooth       it has neither kinks nor jumps
    flat         its derivative is 0 wherever it has one
    polynomial   sums and products: nothing happens where an argument is 0, and series hide nothing
    ignores      an argument may not matter at all, not even if it has no derivative: a branch that is not taken
    condition    its value is true or false
    conditions   so many of its arguments, the first, are true or false
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from derivcli.errors import Reason, UnsupportedError

Cell = str | Callable[..., Any] | None


@dataclass(frozen=True, slots=True)
class Function:
    """A row: one function under one name, a cell per library."""

    name: str
    parameters: str
    sympy: Cell
    torch: Cell
    arb: Cell | tuple[Cell, Cell]
    domain: str = ""
    aliases: str = ""
    doc: str = ""
    smooth: bool = True
    flat: bool = False
    polynomial: bool = False
    ignores: bool = False
    condition: bool = False
    conditions: int = 0

    @property
    def arity(self) -> int:
        return len(self.parameters.split(", ")) if self.parameters else 0


def plain(x: Any) -> float:
    """A tensor as the plain number that some PyTorch kernels insist on."""
    if x.dim() or x.requires_grad:
        raise UnsupportedError(Reason.NOT_SUPPORTED, "PyTorch takes only a plain number for this argument")
    return x.item()


def order(x: Any) -> int:
    """A tensor as the integer order of a special function."""
    if plain(x) != int(plain(x)):
        raise UnsupportedError(Reason.NOT_SUPPORTED, "PyTorch has this function for integer orders only")
    return int(plain(x))
