"""Vectors for the web, with text that stays text, by matplotlib."""

from derivcli.drawings._figure import draw
from derivcli.drawings._picture import Picture
from derivcli.drawings._sheet import Sheet


def render(picture: Picture, sheet: Sheet) -> bytes:
    """The contents of the file; the sheet is in inches."""
    return draw(picture, sheet, "svg")
