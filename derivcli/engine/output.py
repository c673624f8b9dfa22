"""The rows of a sweep → a file, in the format that the suffix of its name says; `-` is stdout.

id, label, x, value, df/dx symbolic, df/dx autograd, …, laplacian symbolic, …, verdict

The first ones are columns of a file of points that are no coordinates; those that have the name of a new one give way.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from derivcli.engine.blocks import Block
from derivcli.engine.summary import OUTCOMES, UNUSABLE, Outcomes
from derivcli.engine.sweep import Sink
from derivcli.errors import RequestError
from derivcli.files._atomic import opened
from derivcli.files._formats import output_format
from derivcli.files._reader import pyarrow
from derivcli.requests.request import Request
from derivcli.requests.table import Table

VERDICT = "verdict"


@contextmanager
def open_output(path: str, request: Request) -> Iterator[Sink]:
    """What writes each block to a file. Raises RequestError where that fails, and leaves no half of it."""
    format_ = output_format(path)
    arrow = pyarrow()
    names = columns(request)
    others = request.points.others if isinstance(request.points, Table) else {}
    kept = {name: kind for name, kind in others.items() if name not in (*names, VERDICT)}
    schema = arrow.schema(kept | dict.fromkeys(names, arrow.float64()) | {VERDICT: arrow.string()})
    with opened(path) as stream:
        writer = format_.open_writer(stream, schema)
        yield lambda block, outcomes: writer.write_batch(_batch(schema, tuple(kept), request, block, outcomes))
        writer.close()


def columns(request: Request) -> list[str]:
    """The names of the columns of numbers. Raises RequestError where two columns would have the same name."""
    outputs, methods = len(request.program.outputs), request.options.methods
    numbered = [str(o + 1) if outputs > 1 else "" for o in range(outputs)]
    names = [*request.program.variables, *(f"value{o}" for o in numbered)]
    for o in numbered:
        for wrt in request.partials:
            n = str(len(wrt)) if len(wrt) > 1 else ""
            below = " ".join(f"d{x}{wrt.count(x) if wrt.count(x) > 1 else ''}" for x in dict.fromkeys(wrt))
            names += [f"d{n}f{o}/{below} {method}" for method in methods]
    names += [f"{total.label} {method}" for total in request.totals for method in methods]
    twice = [name for name, count in Counter([*names, VERDICT]).items() if count > 1]
    if twice:
        hint = "rename the variable" if twice[0] in request.program.variables else "ask for it once"
        raise RequestError(f"there would be two columns '{twice[0]}'", hint=hint)
    return names


def _batch(schema: Any, kept: tuple[str, ...], request: Request, block: Block, outcomes: Outcomes) -> Any:
    """A block as columns; in rows that are unusable the numbers and the verdict are null."""
    arrow, unusable = pyarrow(), outcomes == UNUSABLE
    nothing = np.full((len(block.functions), len(request.partials), len(outcomes)), np.nan)
    values = [nothing if estimate.values is None else estimate.values for estimate in block.estimates]
    derivatives = np.stack(values, axis=2).reshape(-1, len(outcomes))  # outputs, partials, methods
    sums = [total.of(each) for total in request.totals for each in values]
    columns_ = (*block.rows.floats, *block.functions, *derivatives, *sums)
    numbers = [arrow.array(column, mask=unusable) for column in columns_]
    verdicts = arrow.DictionaryArray.from_arrays(arrow.array(outcomes, mask=unusable), list(map(str, OUTCOMES)))
    others = [block.rows.others[name] for name in kept]
    return arrow.record_batch([*others, *numbers, verdicts.cast("string")], schema=schema)
