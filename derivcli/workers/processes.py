"""Worker processes that outlive their tasks, each with a pipe and a thread of its own.

A process that dies costs the task that it was at, and so does one that is killed because it does not answer in time; a
new one takes its place. Nothing is shared between the processes: where they share a queue with a lock, as in the pools
of concurrent.futures and Pebble, one that is killed while it holds the lock takes the others along.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from derivcli.errors import InternalError, LimitError

SPAWN = multiprocessing.get_context("spawn")  # to fork what has threads, as torch may have, is not safe
PR_SET_PDEATHSIG = 1  # of linux/prctl.h
MAX_STARTS = 3  # of a process that dies before it is given anything to do

Call = tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]


class Processes:
    """A pool of processes. A future raises InternalError where its process died, LimitError where it was killed."""

    def __init__(self, jobs: int, limit: float, modules: Iterable[str] = ()) -> None:
        """`limit`: seconds for a task. `modules` are imported by every process before its first task."""
        self.window = max(64, 4 * jobs)
        self._limit, self._modules = limit, tuple(modules)
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._workers: set[Worker] = set()
        self._changing, self._open = threading.Lock(), True
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(jobs)]
        with _uninterrupted():
            for thread in self._threads:
                thread.start()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once: whoever wanted results has them."""
        with self._changing:
            self._open = False
            for worker in self._workers:
                worker.kill()
            for _thread in self._threads:
                self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._calls.put((future, fn, args))
        return future

    def _serve(self) -> None:
        """What the thread of one process does."""
        worker: Worker | None = None  # hired for its first call, so that few calls start few processes
        while (call := self._calls.get()) is not None and self._open:
            future, fn, args = call
            if not future.set_running_or_notify_cancel():
                continue
            try:
                for _ in range(1 + MAX_STARTS):
                    if worker and worker.began(fn, args):
                        break
                    self._dismiss(worker)
                    worker = self._hired()
                else:
                    raise InternalError("the worker processes die before they begin", hint="try without --jobs")
                future.set_result(worker.outcome(self._limit))
            except BaseException as error:
                future.set_exception(error)
        self._dismiss(worker)

    def _hired(self) -> "Worker | None":
        with self._changing:
            if not self._open:
                return None
            worker = Worker(self._modules)
            self._workers.add(worker)
            return worker

    def _dismiss(self, worker: "Worker | None") -> None:
        if worker:
            with self._changing:
                self._workers.discard(worker)
            worker.kill()
            worker.buried()


class Worker:
    """A process, and our end of its pipe."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._pipe, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_work, args=(theirs, modules), daemon=True)
        self._process.start()
        theirs.close()
        self._prepared = False

    def kill(self) -> None:
        self._process.kill()

    def buried(self) -> str:
        """How it ended, once it has."""
        self._process.join()
        self._pipe.close()
        code = self._process.exitcode or 0
        return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"

    def began(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        """Whether it took the call; a new process imports its modules first; one that died while idle takes none."""
        try:
            self._prepared = self._prepared or self._pipe.recv()
            self._pipe.send((fn, args))
            return self._pipe.recv()
        except (EOFError, OSError):
            return False

    def outcome(self, limit: float) -> Any:
        """What the call returns or raises there. Raises InternalError where it died, LimitError where it was killed."""
        try:
            if not self._pipe.poll(limit):
                self.kill()
                raise LimitError(f"not finished within {limit:g} s", hint="--timeout raises the limit")
            done, value = self._pipe.recv()
        except (EOFError, OSError):
            raise InternalError(f"the worker process {self.buried()}", hint="try this line alone") from None
        if not done:
            raise value
        return value


def _work(pipe: Connection, modules: tuple[str, ...]) -> None:
    """What a process does: import, then answer until nobody asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    os.dup2(2, 1)  # what a library in C prints is no result
    gc.disable()
    for module in modules:
        import_module(module)
    gc.freeze()  # what was imported stays, and is not looked through for garbage
    gc.enable()
    with suppress(EOFError, OSError):  # whoever asked is gone
        pipe.send(True)
        while True:
            call = pipe.recv()
            pipe.send(True)
            pipe.send(_outcome(*call))


def _die_with_parent() -> None:
    """Ask Linux to kill this process with its parent: a call into C that is under way hears nothing else."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:  # it died just before
            os._exit(1)


def _outcome(fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, fn(*args)
    except Exception as error:
        return False, error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Threads that are started here, and their processes, leave Ctrl-C to us: they inherit what is blocked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    import_module("multiprocessing.resource_tracker").ensure_running()  # started with them, it would unblock
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
