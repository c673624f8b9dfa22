"""What a command shows that is more than a report, or none: a `Page`, which every format can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from derivcli.records import Outcome
from derivcli.text import Table


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, tables, the verdict with what belongs to it, and lines that stay whole; the same as plain data.

    `closing` begins with the verdict, where there is one; `after` are lines that somebody copies: commands, code.
    """

    headings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    closing: tuple[str, ...] = ()
    outcome: Outcome | None = None  # of the verdict
    after: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)  # for JSON: strict, so without NaN
