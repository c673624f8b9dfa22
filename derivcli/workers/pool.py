"""Work for many hands: a function and items → its results in the order of the items.

    for result in in_order(pool, function, items, window=64): …

A pool is whatever has `submit(function, item) -> future`: the threads of `concurrent.futures.ThreadPoolExecutor`,
`processes.Processes`, a Dask cluster. Items are read as the window allows, and the first result comes out while the
second item is still being read.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Result = TypeVar("Result")


class Future(Protocol):
    """What a pool promises: a result, or the exception that `result` raises."""

    def result(self) -> Any: ...

    def cancel(self) -> Any: ...


class Pool(Protocol):
    """Whoever carries out a call: threads, processes, a cluster."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future: ...


class WorkerPool(Pool, Protocol):
    """A pool that says how many items keep it busy."""

    @property
    def window(self) -> int: ...


def in_order(pool: Pool, function: Callable[[T], Result], items: Iterable[T], window: int) -> Iterator[Result]:
    """The results in the order of the items, at most `window` of them in flight; items are read lazily, in a thread.

    What `function` raises is raised here, in its turn. Whoever stops early cancels what has not begun.
    """
    with closing(outcomes(pool, function, items, window)) as pairs:
        for _, future in pairs:
            yield future.result()


def outcomes(
    pool: Pool, function: Callable[[T], Any], items: Iterable[T], window: int
) -> Generator[tuple[T, Future], None, None]:
    """The same for those who go on after a failure: each item with its future, which need not be done yet."""
    places, stopped = threading.Semaphore(window), threading.Event()
    submitted: SimpleQueue[tuple[T, Future] | BaseException | None] = SimpleQueue()

    def feed() -> None:
        try:
            places.acquire()
            for item in items:
                if stopped.is_set():
                    return
                submitted.put((item, pool.submit(function, item)))
                places.acquire()
            submitted.put(None)
        except BaseException as error:  # raised where the results are read
            submitted.put(error)

    threading.Thread(target=feed, daemon=True).start()  # it may wait for a line that never comes
    try:
        while (pair := submitted.get()) is not None:
            if isinstance(pair, BaseException):
                raise pair
            yield pair
            places.release()
    finally:
        stopped.set()
        places.release()
        while not submitted.empty():
            if isinstance(pair := submitted.get(), tuple):
                pair[1].cancel()
