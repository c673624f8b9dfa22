"""A call and a number of seconds → what the call returns, or TimeoutError; in every thread, on every system.

    limited(call, 10)                   timely(items, 10): those of the items that come in time

One thread, the watchdog, raises `Expired` in the thread of a call whose time is up, and again until the call is left,
for a library may catch it, and Python drops what is raised in `__del__` and in a callback of the garbage collector.

CPython delivers such an exception where a Python function or a loop begins anew and after a call into C: not between
two other steps. So whoever leaves a call takes it from the watchdog in one call into C, as the first thing he does, and
what was raised by then and is not yet delivered comes while `limited` still waits for it, or is taken back.
"""

import ctypes
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from threading import Lock, Thread, get_ident
from typing import TypeVar

AGAIN = 0.5  # seconds after which it is raised once more
SOON = 0.001  # where it must not be raised now
LONGEST = 3600.0  # seconds that a thread waits at once

T = TypeVar("T")


class Expired(BaseException):
    """The time of some call is up; no Exception, so that nobody but the limit of that call takes it for an answer."""


def limited(call: Callable[[], T], seconds: float | None) -> T:
    """What a call returns. Raises TimeoutError after so many seconds, once what runs is Python, not C; None: never."""
    if seconds is None:
        return call()
    limit = Limit(time.monotonic() + seconds)
    try:
        try:
            WATCHDOG.watch(limit)
            return call()
        finally:
            with WATCHDOG.lock:
                WATCHDOG.limits.discard(limit)
            if limit.expired:
                _take_back(limit.thread)  # a call around this one raises its own again
    except Expired:
        if not limit.expired:
            raise  # that of a call around this one
    raise TimeoutError(f"not finished within {seconds:g} s")  # here, where nothing holds the frames of the call


def timely(items: Iterable[T], seconds: float | None) -> list[T]:
    """The items that come within so many seconds: whatever is computed for the next one is given up."""
    found: list[T] = []

    def collect() -> None:
        for item in items:
            found.append(item)

    with suppress(TimeoutError):
        limited(collect, seconds)
    return found


def remaining() -> float:
    """The seconds that this call has left, within the limits around it; infinity, where there are none."""
    thread, now = get_ident(), time.monotonic()
    with WATCHDOG.lock:
        return min((limit.end - now for limit in WATCHDOG.limits if limit.thread == thread), default=inf)


class Limit:
    """When the time of a call is up that is made in this thread, and whether it was told so."""

    __slots__ = ("end", "expired", "thread")

    def __init__(self, end: float) -> None:
        self.end, self.expired, self.thread = end, False, get_ident()


class Watchdog:
    """What raises `Expired` in the threads of calls that are late; it sleeps until the first of them can be."""

    def __init__(self) -> None:
        self.lock, self.limits = Lock(), set[Limit]()
        self._bell, self._wakes = SimpleQueue[None](), inf
        self._thread = Thread()

    def watch(self, limit: Limit) -> None:
        """Begin to watch; a process that was forked has no thread yet."""
        with self.lock:
            self.limits.add(limit)
            if not self._thread.is_alive():
                self._thread = Thread(target=self._run, daemon=True)
                self._thread.start()
            early = limit.end < self._wakes
        if early:
            self._bell.put(None)

    def _run(self) -> None:
        while True:
            with self.lock:
                now = time.monotonic()
                for limit in self.limits:
                    if limit.end <= now:
                        self._raise(limit, now)
                self._wakes = min((limit.end for limit in self.limits), default=inf)
                wait = min(max(self._wakes - now, 0.0), LONGEST)
            with suppress(Empty):
                self._bell.get(timeout=wait)

    def _raise(self, limit: Limit, now: float) -> None:
        if _between(limit.thread):
            limit.end = now + SOON
        else:
            limit.end, limit.expired = now + AGAIN, True
            _raise_in(limit.thread, Expired)


def _between(thread: int) -> bool:
    """Whether a thread is entering or leaving a `with` block: what is half done there would not be undone.

    It stands still while this is asked, and what is raised meanwhile comes before it takes another step.
    """
    frame = sys._current_frames().get(thread)
    return frame is not None and frame.f_code.co_name in ("__enter__", "__exit__")


def _take_back(thread: int) -> None:
    """Catch what waits to be raised in this thread.

    With nothing in its place Python would go on to believe that something waits: slower, and under a debugger or a
    measurement of coverage, CPython 3.11 never begins another function.
    """
    try:
        _raise_in(thread, Expired)  # in the place of what waits, if it does
        while True:
            pass
    except Expired:
        pass


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise in a thread, as soon as it runs Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


WATCHDOG = Watchdog()
