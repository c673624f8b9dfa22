"""A bar on stderr while a long run goes on: how far, how fast, and the time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from derivcli.requests.grids import PointSet
from derivcli.requests.rows import count

SILENT_SECONDS = 1.0  # seconds that a run may take without a word


@contextmanager
def progress(place: PointSet) -> Iterator[Callable[[int], None]]:
    """What is told how many more points are done. A terminal shows a bar once a run is long, anything else nothing."""
    counts = TextColumn("{task.completed:,} points, {task.fields[rate]:,.0f} a second")
    columns = BarColumn(), TaskProgressColumn(), counts, TimeRemainingColumn()
    bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
    task, started = bar.add_task("", total=count(place), rate=0.0), time.monotonic()

    def advance(count: int) -> None:
        seconds = time.monotonic() - started
        bar.update(task, advance=count, rate=(bar.tasks[0].completed + count) / seconds)
        if seconds > SILENT_SECONDS and bar.console.is_terminal and not bar.live.is_started:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()
