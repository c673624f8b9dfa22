"""The data of a picture as strict JSON."""

import math
from typing import Any

from derivcli.backends.arrays import Array
from derivcli.drawings._picture import Axis, Curve, Field, Mark, Panel, Picture
from derivcli.drawings._sheet import Sheet
from derivcli.text import json_number, strict_json

SCHEMA = 1


def render(picture: Picture, sheet: Sheet) -> bytes:
    """One document; NaN and infinities are the strings "nan", "inf", "-inf"."""
    panels = [_panel(panel) for panel in picture.panels]
    document = {"schema": SCHEMA, "title": picture.title, "panels": panels, "notes": list(picture.notes)}
    return f"{strict_json(document, indent=1)}\n".encode()


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "x": _axis(panel.x),
        "y": _axis(panel.y),
        "curves": [_curve(curve) for curve in panel.curves],
        "marks": [_mark(mark) for mark in panel.marks],
        "regions": [
            {"low": r.low, "high": r.high, "methods": list(r.methods), "cause": r.cause, "text": r.text}
            for r in panel.regions
        ],
        "field": _field(panel.field) if panel.field else None,
    }


def _axis(axis: Axis) -> dict[str, Any]:
    return {"label": axis.label, "low": axis.low, "high": axis.high, "logarithmic": axis.logarithmic}


def _curve(curve: Curve) -> dict[str, Any]:
    pieces = [{"x": _numbers(x), "y": _numbers(y)} for x, y in curve.pieces]
    return {"label": curve.label, "role": curve.role, "pieces": pieces}


def _mark(mark: Mark) -> dict[str, Any]:
    circles = [{"x": x, "y": y, "filled": filled} for x, y, filled in mark.circles]
    return {"kind": mark.kind, "x": mark.x, "text": mark.text, "circles": circles}


def _field(field: Field) -> dict[str, Any]:
    values = [[None if math.isnan(value) else json_number(value) for value in row] for row in field.values.tolist()]
    arrows = [dict(zip(("x", "y", "dx", "dy"), map(json_number, arrow), strict=True)) for arrow in field.arrows]
    return {"x": _numbers(field.x), "y": _numbers(field.y), "values": values, "arrows": arrows}


def _numbers(values: Array) -> list[float | str]:
    return [json_number(value) for value in values.tolist()]
