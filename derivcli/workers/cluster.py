"""A Dask cluster that is there already, as a pool: the same calls as worker processes get, sent to its scheduler.

A worker that dies costs nothing: Dask gives its tasks, and the results that it still held, to another one, and gives up
only a task that has brought down several. derivcli must be installed on the workers. https://distributed.dask.org
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from derivcli.errors import InternalError, RequestError

CONNECT_SECONDS = 5.0  # seconds in which a scheduler answers
MIN_IN_FLIGHT = 256  # items in flight at least
HINT = "tcp://HOST:8786 is where `dask scheduler` listens, unless it says otherwise"


class Cluster:
    """The workers of a scheduler. Raises RequestError where there is none at this address."""

    def __init__(self, address: str) -> None:
        try:
            distributed = import_module("distributed")
        except ImportError:
            hint = 'pip install "derivcli[dask]"'
            raise RequestError("--scheduler needs dask.distributed, which is not installed", hint=hint) from None
        for name in list(logging.root.manager.loggerDict):  # each has a handler of its own
            if name.partition(".")[0] in ("distributed", "tornado"):
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what matters is told once, by us
        self.address = address
        self._client = _connect(
            partial(distributed.Client, address, timeout=CONNECT_SECONDS, set_as_default=False), address
        )
        self.window = max(MIN_IN_FLIGHT, 4 * sum(self._client.nthreads().values()))

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        """What is still in flight is cancelled."""
        self._client.close(timeout=CONNECT_SECONDS)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Task":
        return Task(self, self._client.submit(fn, *args, pure=False))


def _connect(connect: Callable[[], Any], address: str) -> Any:
    """The client, unless it is not there in time: Dask's own limit does not hold for a listener that says nothing."""
    outcome: SimpleQueue[Any] = SimpleQueue()

    def attempt() -> None:
        try:
            outcome.put(connect())
        except Exception as error:  # whatever may listen there
            outcome.put(error)

    threading.Thread(target=attempt, daemon=True).start()
    try:
        client = outcome.get(timeout=CONNECT_SECONDS + 1)
    except Empty:
        client = TimeoutError()
    if isinstance(client, OSError):  # TimeoutError is one
        raise RequestError(f"no scheduler answered at {address} within {CONNECT_SECONDS:g} s", hint=HINT)
    if isinstance(client, Exception):
        raise RequestError(f"'{address}' is not the address of a scheduler", hint=HINT)
    return client


class Task:
    """A call that the cluster carries out."""

    def __init__(self, cluster: Cluster, future: Any) -> None:
        self._cluster, self._future = cluster, future

    def cancel(self) -> None:
        self._future.release()

    def result(self) -> Any:
        """What the call returns. Raises InternalError where it failed, RequestError where the scheduler is gone."""
        try:
            return self._future.result()
        except (CancelledError, OSError):
            hint = "what was written stands: send the rest again"
            raise RequestError(f"the scheduler at {self._cluster.address} is gone", hint=hint) from None
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            raise InternalError(f"the cluster gave it up: {reason}", hint="is derivcli on its workers?") from None
