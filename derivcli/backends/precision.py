"""The working precision of Arb, which flint has once for all threads of a process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flint import ctx

PRECISION_LOCK = threading.RLock()


@contextmanager
def precision(bits: int, length: int = 1) -> Iterator[None]:
    """Working precision in bits, and the length of power series, for one thread at a time."""
    with PRECISION_LOCK:
        before = ctx.prec, ctx.cap
        try:
            _set_precision(bits, length)
            yield
        finally:
            ctx.prec, ctx.cap = before


def _set_precision(bits: int, length: int) -> None:
    """A function: a limit on time that came while the lock was waited for is told where one begins."""
    ctx.prec, ctx.cap = bits, length
