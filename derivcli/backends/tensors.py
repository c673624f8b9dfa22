"""Programs on PyTorch: tensors in, tensors out, faithful to what a user's own code would do."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any

import torch

from derivcli.backends.cells import compile_cell
from derivcli.errors import RequestError
from derivcli.formula.functions.table import FUNCTIONS


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch computes in one thread inside the block; how many the user wants is left as it was.

    A batch of points is small; threads that spin cost up to 30 times more than they give.
    """
    before = torch.get_num_threads()
    if before == 1:  # to set it takes a while
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Tensors:
    """The backend whose numbers are tensors of one dtype on one device; literals are tensors without dimensions."""

    def __init__(self, dtype: torch.dtype = torch.float64, device: str = "cpu") -> None:
        self.dtype, self.device = dtype, device
        self._cells: dict[str, Callable[..., Any]] = {}

    def tensor(self, values: Any) -> torch.Tensor:
        """Numbers, or an array of them, as a new tensor."""
        return torch.tensor(values, dtype=self.dtype, device=self.device)

    def number(self, value: Fraction) -> torch.Tensor:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        return self.tensor(number)

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            row = FUNCTIONS[name]
            call = compile_cell(name, row.torch, self, torch, self._attribute)
            self._cells[name] = call if row.arity else lambda: self._constant(call())
        return self._cells[name]

    def _constant(self, value: Any) -> torch.Tensor:
        return value.to(self.device) if isinstance(value, torch.Tensor) else self.tensor(value)

    @staticmethod
    def _attribute(name: str) -> Any:
        value = attrgetter(name)(torch)
        return value if callable(value) else lambda: value


DOUBLE = Tensors()
COMPLEX = Tensors(torch.complex128)


@cache
def tensors(dtype: str, device: str = "cpu") -> Tensors:
    """The backend of `--dtype` and `--device`. Raises RequestError where PyTorch has no such device here."""
    backend = Tensors(getattr(torch, dtype), device)
    try:
        backend.tensor([0.0]).cpu()
    except Exception as error:  # every kind of device fails in its own way
        why = str(error).partition("\n")[0].rstrip(".")
        raise RequestError(f"PyTorch cannot compute on '{device}' here: {why}", hint="--device cpu") from None
    return backend
