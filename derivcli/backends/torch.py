"""Programs on PyTorch: tensors in, tensors out, faithful to what a user's own code would do."""

import math
from collections.abc import Callable
from fractions import Fraction
from operator import attrgetter
from typing import Any

import torch

from derivcli.backends.cells import compiled
from derivcli.language.functions import FUNCTIONS

torch.set_num_threads(1)  # a batch of points is small; spinning threads cost up to 30 times more than they give


class Tensors:
    """The backend whose numbers are tensors of one dtype; literals are tensors without dimensions."""

    def __init__(self, dtype: torch.dtype = torch.float64) -> None:
        self.dtype = dtype
        self._cells: dict[str, Callable[..., Any]] = {}

    def number(self, value: Fraction) -> torch.Tensor:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        return torch.tensor(number, dtype=self.dtype)

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            row = FUNCTIONS[name]
            call = compiled(name, row.torch, self, torch, self._attribute)
            self._cells[name] = call if row.arity else lambda: self._constant(call())
        return self._cells[name]

    def _constant(self, value: Any) -> torch.Tensor:
        return value if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=self.dtype)

    @staticmethod
    def _attribute(name: str) -> Any:
        value = attrgetter(name)(torch)
        return value if callable(value) else lambda: value


DOUBLE = Tensors()
COMPLEX = Tensors(torch.complex128)
BY_NAME = {"float64": DOUBLE} | {
    name: Tensors(getattr(torch, name)) for name in ("float32", "float16", "bfloat16")
}  # of records.Problem.dtype
