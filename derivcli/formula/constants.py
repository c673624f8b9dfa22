"""Numbers that were typed, such as 1e-8, 1/3, pi/4: exact, or as near as float64 is.

A `Coordinate` is a rational, or a program without variables that a backend evaluates.
"""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derivcli.errors import LimitError, PointError
from derivcli.formula.parser import Formula, parse
from derivcli.formula.program import Program, flatten, run

Coordinate = Fraction | Program


def parse_constant(text: str) -> Coordinate:
    """The exact number that a text is. Raises PointError where it has a variable."""
    return exact_value(parse(text))


def exact_value(formula: Formula) -> Coordinate:
    """The exact number that a formula without variables is."""
    if formula.variables or len(formula.outputs) != 1:
        names = ", ".join(formula.variables)
        raise PointError(f"'{formula.text.strip()}' is not a number", hint=f"it contains {names}" if names else "")
    program = flatten(formula)
    if "inf" in program.functions:
        raise PointError(f"'{formula.text.strip()}' is not finite", hint="instead of inf, a large number")
    value = program.instructions[-1].value if program.instructions else None
    return program if value is None else value


def rational(text: str) -> Fraction:
    """The rational number that a text is, or a float64 as near as Python has it. Raises LimitError beyond float64."""
    value = parse_constant(text)
    try:
        nearest = float(value) if isinstance(value, Fraction) else run(value, Floats(), [])[0]
        return value if isinstance(value, Fraction) else Fraction(nearest)
    except (ValueError, ArithmeticError, AttributeError):
        raise LimitError(f"'{text}' is no float64", hint="a number such as 1/3, sqrt(2) or 2*pi") from None


class Floats:
    """The backend whose numbers are Python's floats, for which no library is loaded."""

    def number(self, value: Fraction) -> float:
        return float(value)

    def cell(self, name: str) -> Callable[..., Any]:
        found = getattr(operator, {"div": "truediv"}.get(name, name), None) or getattr(math, name)
        return found if callable(found) else lambda: found
