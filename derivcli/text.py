"""Values as text: numbers, lists, tables, excerpts with carets, strict JSON."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ASSIGNMENTS = 12  # that are told one by one
NUMBERED = re.compile(r"(.*[^\W\d])(0|[1-9]\d*)")


def shorten(text: str, most: int = 2000) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def join_words(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names) or "nothing"


@dataclass(frozen=True, slots=True)
class Table:
    """Column titles and rows of texts, under a caption if it has one."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    wrong: frozenset[int] = frozenset()  # the rows that say something wrong


def whole(text: str) -> int:
    """The whole number that digits are; of more than 18 of them, one that is too large for everything."""
    return int(text) if len(text) <= 18 else 10**18


def number(value: float) -> str:
    """The shortest digits that round-trip, an integer without its `.0`; -0 is 0."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e16:
        return str(int(value))
    return repr(float(value))


def trim_zeros(digits: str) -> str:
    """`38.000000` as `38`."""
    return digits.rstrip("0").rstrip(".") if "." in digits and "e" not in digits else digits


def excerpt(text: str, start: int, end: int, around: int = 60) -> tuple[str, str]:
    """The part of a text around a span, on one line, and the carets under it."""
    first = max(0, start - around) if len(text) > 2 * around else 0
    last = min(len(text), max(end, start + 1) + around)
    shown = "".join(c if c.isprintable() else "�" if c not in "\n\t\r" else " " for c in text[first:last])
    left, right = "…" if first else "", "…" if last < len(text) else ""
    carets = max(min(end, last) - start, 1)  # at the very end, one beyond it
    return left + shown + right, " " * (len(left) + start - first) + "^" * carets


def assignments(names: Sequence[str], texts: Sequence[str]) -> str:
    """`u = 3, v = 4`; of many the first and the last, and of many in a row that are equal `x[1:1000] = 0.5`."""
    told = list(_assignments(names, texts))
    return ", ".join(told if len(told) <= MAX_ASSIGNMENTS else [*told[: MAX_ASSIGNMENTS - 2], "…", told[-1]])


def _assignments(names: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    """`name = text` for each coordinate; `x[1:1000] = 0.5` for many in a row that are equal."""
    numbered = [NUMBERED.fullmatch(name) for name in names]
    i = 0
    while i < len(names):
        end, match = i + 1, numbered[i]
        if match:
            while end < len(names) and texts[end] == texts[i] and names[end] == f"{match[1]}{int(match[2]) + end - i}":
                end += 1
        if match and end - i >= MAX_ASSIGNMENTS:
            yield f"{match[1]}[{match[2]}:{int(match[2]) + end - 1 - i}] = {texts[i]}"
        else:
            yield from (f"{names[j]} = {texts[j]}" for j in range(i, end))
        i = end


def json_number(value: float) -> float | str:
    """A number, or the string "nan", "inf", "-inf"."""
    number = float(value)
    return number if math.isfinite(number) else repr(number)


def strict_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON that every parser reads: what is not finite must be text already."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if text.isprintable() or not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return json.dumps(value, allow_nan=False, indent=indent)  # half of a character, which no stream takes


def pieces(text: str, separator: str) -> Iterator[tuple[str, int]]:
    """The pieces between separators outside brackets, and where each starts."""
    depth = start = 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and i >= start and text.startswith(separator, i):
            yield text[start:i], start
            start = i + len(separator)
    yield text[start:], start
