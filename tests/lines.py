"""Which lines of the judge each test runs, and how long it takes: `pytest -p tests.lines`, for the mutants."""

import inspect
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

JUDGE = "derivcli/judge"
SEEN = "seen.json"  # {test: [seconds, [[file, line], …]]}, of those that passed

LINES = pytest.StashKey[dict[str, set[tuple[str, int]]]]()
PASSED = pytest.StashKey[dict[str, float]]()


def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Trace what is run from here on, in all threads."""
    lines = item.config.stash.setdefault(LINES, {})[item.nodeid] = set()

    def trace(frame: FrameType, _event: str, _argument: object) -> object:
        code = frame.f_code
        if JUDGE not in code.co_filename or not code.co_flags & inspect.CO_OPTIMIZED:
            return None  # nor what is run once, when a module is imported
        lines.add((Path(code.co_filename).name, frame.f_lineno))
        return trace

    threading.settrace(trace)  # type: ignore[arg-type]
    sys.settrace(trace)  # type: ignore[arg-type]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield  # type: ignore[misc]
    if report.when == "call" and report.passed:
        item.config.stash.setdefault(PASSED, {})[item.nodeid] = call.duration
    return report  # type: ignore[return-value]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what was seen."""
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    passed, lines = session.config.stash[PASSED], session.config.stash[LINES]
    found = {name: [seconds, sorted(lines[name])] for name, seconds in passed.items() if lines[name]}
    Path(SEEN).write_text(json.dumps(found), encoding="utf-8")
