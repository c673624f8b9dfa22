"""What pictures are drawn on: a size in the units of the drawing, and whether it takes colours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns and rows of characters, or inches; None is what suits the drawing."""

    width: float | None = None
    height: float | None = None
    coloured: bool = False
