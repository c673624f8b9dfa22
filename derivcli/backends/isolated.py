"""Calls of Arb that may never end, or abort the process, in a process of their own that can be killed.

Far from 1 the kernels of special functions may sum 10^18 terms, and FLINT ends the process where an argument is too
large for it. Python hears nothing meanwhile, neither Ctrl-C nor a limit on time. So such a call is made in a child: it
costs a tenth of a millisecond, and where the child dies or is late there is no ball.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from flint import arb, arb_series, ctx

from derivcli.backends.precision import precision
from derivcli.workers.timeout import remaining

MODEST = 500  # arguments up to this size, and
MODEST_BITS = 4096  # precisions up to this one, are computed here
SECONDS = 2.0  # for a call, where nothing else limits it
ENOUGH = 0.5  # seconds after which a call is not tried again
SHORTEST = 0.05  # seconds that a call has at least
START_SECONDS = 10.0  # in which a child is there
MAX_MEMORY = 1_500_000_000  # bytes, of the child
SERVE = "import sys; sys.path[:] = {path!r}; from derivcli.backends.isolated import serve; serve()"


class Child:
    """A process that makes calls, one after the other, and a thread that hears what it answers."""

    def __init__(self) -> None:
        code = SERVE.format(path=sys.path)
        alone = {**os.environ, "PYTHONSAFEPATH": "1"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=alone
        )
        self._answers: SimpleQueue[Any] = SimpleQueue()
        Thread(target=self._hear, daemon=True).start()
        self.alive = self._next(START_SECONDS) is not None

    def _hear(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream, suppress(EOFError, OSError, pickle.UnpicklingError, ValueError):
            while True:
                self._answers.put(pickle.load(stream))
        self._answers.put(None)

    def ask(self, question: Any, seconds: float) -> Any:
        """Its answer; None where it died, or was killed because it was late."""
        try:
            pickle.dump((seconds, question), self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]
            answer = self._next(seconds + 1)
        except (OSError, ValueError):
            answer = None
        except BaseException:  # Ctrl-C, or a limit on time: what it answers belongs to nobody
            self.kill()
            raise
        if answer is None:
            self.kill()
        return answer

    def _next(self, seconds: float) -> Any:
        try:
            return self._answers.get(timeout=seconds)
        except Empty:
            return None

    def kill(self) -> None:
        self.alive = False
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]


class Isolation:
    """The child, started when it is first needed, and again after it died; in the child itself there is none."""

    def __init__(self) -> None:
        self.inside = False
        self._child: Child | None = None
        self._owner = 0
        self._late: set[Any] = set()  # the calls that did not end

    def call(self, series: bool, name: str, args: tuple[Any, ...]) -> Any:
        """The value of a cell, by its row; a NaN where there is none in time."""
        packed = tuple(map(_pack, args))
        nothing = arb_series([arb.nan()] * ctx.cap) if series else arb.nan()
        if (name, str(packed)) in self._late:
            return nothing
        if self._child is None or not self._child.alive or self._owner != os.getpid():
            self._child, self._owner = Child(), os.getpid()
        left = remaining()
        seconds = SECONDS if left == inf else max(left, SHORTEST)
        answer = self._child.ask((series, name, ctx.prec, ctx.cap, packed), seconds)
        if answer is not None:
            return _unpack(answer)
        if seconds > ENOUGH:
            self._late.add((name, str(packed)))
        return nothing


ISOLATION = Isolation()


def isolated(series: bool, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """A cell that is called here with modest arguments, and in the child with others."""

    def cell(*args: Any) -> Any:
        if ISOLATION.inside or _is_modest(args):
            return call(*args)
        return ISOLATION.call(series, name, args)

    return cell


def _is_modest(args: tuple[Any, ...]) -> bool:
    if ctx.prec > MODEST_BITS:
        return False
    heads = [arg[0] if isinstance(arg, arb_series) else arg for arg in args]
    return all(abs(head) < MODEST or not head.is_finite() for head in heads)


def serve() -> None:
    """What the child does: answer until nobody asks. FLINT's last words go nowhere."""
    from derivcli.backends.series import BALLS, SERIES  # noqa: PLC0415 — which imports this file

    ISOLATION.inside = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory()
    pickle.dump(True, answers)
    answers.flush()
    with suppress(EOFError, OSError):
        while True:
            seconds, (series, name, bits, length, args) = pickle.load(sys.stdin.buffer)
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, seconds)  # which kills it in the midst of a call
            with precision(bits, length):
                value = (SERIES if series else BALLS).cell(name)(*map(_unpack, args))
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
            pickle.dump(_pack(value), answers)
            answers.flush()


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 — not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def _pack(value: Any) -> Any:
    """A ball exactly, or a series as the list of its coefficients; of one that lacks some, none is known."""
    if isinstance(value, arb_series):
        return [_pack(value[k]) if value.prec >= ctx.cap else "nan" for k in range(ctx.cap)]
    if not value.is_finite():
        return "nan" if value.is_nan() else "[+/- inf]"
    return tuple(int(part) for part in (*value.mid().man_exp(), *value.rad().man_exp()))


def _unpack(packed: Any) -> Any:
    if isinstance(packed, list):
        return arb_series([_unpack(item) for item in packed])
    if isinstance(packed, str):
        return arb(packed)
    middle, exponent, radius, small = packed
    return arb((middle, exponent), (radius, small))
