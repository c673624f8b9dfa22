"""Work for many hands: a function and items → its results in the order of the items.

    for result in ordered(pool, function, items, window=64): …

A pool is whatever has `submit(function, item) -> future`: the threads of `concurrent.futures.ThreadPoolExecutor`, the
worker processes of a `Crew`. Items are read as the window allows, and the first result comes out while the second item
is still being read.
"""

import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import closing, contextmanager
from importlib import import_module
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from derivcli.errors import InternalError, LimitError

T = TypeVar("T")
Result = TypeVar("Result")

SPAWN = multiprocessing.get_context("spawn")
TRIES = 3  # of a task whose pool broke before it began


class Future(Protocol):
    """What a pool promises: a result, or the exception that `result` raises."""

    def result(self) -> Any: ...

    def cancel(self) -> Any: ...


class Pool(Protocol):
    """Whoever carries out a call: threads, processes, a cluster."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future: ...


class Crew(Pool, Protocol):
    """A pool that says how many items keep it busy."""

    @property
    def window(self) -> int: ...


def ordered(pool: Pool, function: Callable[[T], Result], items: Iterable[T], window: int) -> Iterator[Result]:
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


class Processes:
    """Worker processes that outlive their tasks. One that dies costs the task it was at, and so does one that is killed
    because it did not answer in time: `result` raises InternalError or LimitError, and a new process takes its place.
    """

    def __init__(self, jobs: int, limit: float, modules: Iterable[str] = ()) -> None:
        """`modules` are imported by every worker as it starts: to fork what has threads, as torch may, is not safe."""
        self.jobs, self.limit, self.window = jobs, limit, max(64, 4 * jobs)
        self._modules = list(modules)
        self._replaced = threading.Lock()
        self._open = True
        self._pool = self._started()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once: whoever wanted the results has them."""
        with self._replaced:
            self._open = False
            self._pool.stop()
            self._pool.join()

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Task":
        return Task(self, fn, args)

    def schedule(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any]:
        """A pool that works, and its future."""
        with self._replaced:
            if self._open and not self._pool.active:  # a worker that dies while all are idle takes Pebble's pool along
                self._pool.stop()
                self._pool.join()
                self._pool = self._started()
            return self._pool, self._pool.schedule(fn, args, timeout=self.limit)

    def _started(self) -> Any:
        pebble = import_module("pebble")
        pool = pebble.ProcessPool(self.jobs, initializer=_prepared, initargs=(self._modules,), context=SPAWN)
        with _uninterrupted():
            assert pool.active  # asking starts it
        return pool


class Task:
    """A call that a worker process carries out, again where it was lost before it began."""

    def __init__(self, crew: Processes, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._crew, self._fn, self._args = crew, fn, args
        self._pool, self._future = crew.schedule(fn, args)

    def cancel(self) -> None:
        self._future.cancel()

    def result(self) -> Any:
        """What the call returns. Raises InternalError where its process died, LimitError where it was killed."""
        tries = 0
        while tries < TRIES:
            try:
                return self._future.result(timeout=1)
            except TimeoutError:
                if self._future.done():
                    limit = f"{self._crew.limit:g} s"
                    raise LimitError(f"not finished within {limit}", hint="--timeout raises the limit") from None
                if self._pool.active:
                    continue
            except BrokenExecutor:
                pass
            except OSError as error:  # pebble.ProcessExpired
                code = getattr(error, "exitcode", 0)
                how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
                raise InternalError(f"the worker process {how}", hint="try this line alone") from None
            tries += 1
            self._pool, self._future = self._crew.schedule(self._fn, self._args)
        raise InternalError("the worker processes die before they begin", hint="try without --jobs")


def _prepared(modules: Iterable[str]) -> None:
    """What a new worker does first: what it has imported, or been forked with, stays, and is not garbage."""
    gc.disable()
    for module in modules:
        import_module(module)
    gc.freeze()
    gc.enable()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started here, by whichever thread, leave Ctrl-C to us: they inherit what is blocked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    import_module("multiprocessing.resource_tracker").ensure_running()  # started with them, it would unblock
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
