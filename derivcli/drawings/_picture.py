"""A picture as plain data: what `deriv plot` draws, and all that a drawing needs to know.

Picture ── panels ── curves ── pieces: points that are joined; between two pieces is a gap, a jump, a pole or a kink
        │         ├─ marks: what f does at one x, and the circles that show it, filled where the value is taken
        │         ├─ regions: where a method is wrong
        │         └─ a field of two variables: values on a grid, and arrows
        └─ notes: the same in words
"""

from dataclasses import dataclass
from enum import StrEnum

from derivcli.backends.arrays import Array


class Role(StrEnum):
    """What a curve is."""

    FUNCTION = "function"
    DERIVATIVE = "derivative"
    METHOD = "method"  # what a method answers where it is wrong
    TANGENT = "tangent"
    ERROR = "error"
    THEORY = "theory"


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured, from where to where, and whether on a logarithmic scale."""

    label: str
    low: float
    high: float
    logarithmic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Pieces of a line, each two arrays (x, y) of at least one point."""

    label: str
    role: Role
    pieces: tuple[tuple[Array, Array], ...]
    colour: int = 0  # curves of one colour belong together


@dataclass(frozen=True, slots=True)
class Mark:
    """What happens at x, in words, and circles (x, y, whether it is filled); `pole` asks for a vertical line."""

    kind: str
    x: float
    text: str
    circles: tuple[tuple[float, float, bool], ...] = ()
    pole: bool = False
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Region:
    """Where methods disagree with the reference, and why."""

    low: float
    high: float
    methods: tuple[str, ...]
    cause: str | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A function of two variables: values (rows, columns) at y and x, NaN where it is undefined, and its gradients."""

    x: Array
    y: Array
    values: Array
    arrows: tuple[tuple[float, float, float, float], ...]  # x, y, df/dx, df/dy


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Two axes, and what is drawn between them."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...] = ()
    marks: tuple[Mark, ...] = ()
    regions: tuple[Region, ...] = ()
    field: Field | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Panels below each other, under a title; and notes."""

    title: str
    panels: tuple[Panel, ...]
    notes: tuple[str, ...]
