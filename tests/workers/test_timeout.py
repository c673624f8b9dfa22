"""A limit on the time of a call: it holds in every thread, whatever swallows it once, and is over with the call."""

import gc
import multiprocessing
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import flint
import pytest

from derivcli.backends import balls
from derivcli.workers.timeout import WATCHDOG, limited


def busy(seconds):
    """So many seconds of Python, in which other threads come in."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0)


def seconds_until(limit, call):
    """How long a call runs that its limit must end."""
    started = time.monotonic()
    with pytest.raises(TimeoutError, match=f"not finished within {limit:g} s"):
        limited(call, limit)
    return time.monotonic() - started


def test_what_is_in_time_is_returned():
    """And what is raised, raised; without a limit it takes as long as it takes."""
    assert [limited(lambda: 38, 10), limited(lambda: 38, 1e300), limited(lambda: 38, None)] == [38] * 3
    with pytest.raises(ZeroDivisionError):
        limited(lambda: 1 / 0, 10)
    assert not WATCHDOG.limits


def test_a_limit_holds_in_every_thread():
    """In several at once, each has its own, whichever began first."""
    limits = [0.5, 0.1, 0.3]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda limit: seconds_until(limit, lambda: busy(20)), limits))
    assert all(limit <= each < limit + 5 for limit, each in zip(limits, found, strict=True))


def test_a_callback_of_the_garbage_collector_swallows_it_in_vain(monkeypatch):
    """Python drops what is raised there."""
    swallowed = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: swallowed.append(dropped.exc_type))
    calls = [0.5]  # seconds of the only one, in which the limit ends

    def callback(phase, _):
        if phase == "start" and calls:
            busy(calls.pop())

    def allocate():
        while True:
            kept = [[] for _ in range(3000)]
            busy(0.001)
            del kept

    gc.callbacks.append(callback)
    try:
        assert seconds_until(0.1, allocate) < 10
    finally:
        gc.callbacks.remove(callback)
    assert swallowed


@pytest.mark.parametrize("errors", [Exception, BaseException])
def test_a_library_that_catches_it_swallows_it_in_vain(errors):
    """`except Exception` does not; `except BaseException` gets it once more."""

    def stubborn():
        for _ in range(3):
            try:
                busy(20)
            except errors:
                continue
        busy(20)

    assert seconds_until(0.1, stubborn) < 10


def test_an_inner_limit_leaves_the_outer_one_alone():
    """Whichever is over first is told to whoever set it, and to nobody else."""
    told = []

    def inner(limit):
        while True:
            try:
                limited(lambda: busy(0.3), limit)
            except TimeoutError:
                told.append(limit)

    assert 0.5 <= seconds_until(0.5, lambda: inner(60)) < 10
    assert not told
    assert 0.5 <= seconds_until(0.5, lambda: inner(0.05)) < 10
    assert told


@pytest.mark.parametrize("nested", [False, True])
def test_nothing_is_raised_once_the_call_is_left(nested):
    """Thousands of calls whose limits are up as they end."""
    outcomes = {True: 0, False: 0}
    generator = random.Random(0)

    def call():
        limited(lambda: busy(generator.uniform(0, 0.0008)), 0.0004)

    for _ in range(4000):
        try:
            limited(call, 0.0004) if nested else call()
            outcomes[True] += 1
        except TimeoutError:
            outcomes[False] += 1
    busy(0.3)
    assert min(outcomes.values()) > 100
    assert not WATCHDOG.limits


def test_the_precision_of_flint_survives():
    """It is as it was, and no thread waits for it in vain, wherever the limit comes."""
    before = flint.ctx.prec, flint.ctx.cap

    def nested():
        while True:
            with balls.precision(100), balls.precision(200, 3):
                balls.coordinate(Fraction(1, 3))

    def expire():
        for _ in range(60):
            seconds_until(0.002, nested)

    expire()
    assert (flint.ctx.prec, flint.ctx.cap) == before
    with ThreadPoolExecutor(2) as pool:  # two that wait for each other's precision
        list(pool.map(lambda _: expire(), range(2)))
        assert pool.submit(lambda: balls.refine(lambda: [balls.coordinate(Fraction(1, 3))])).result(10)
    assert (flint.ctx.prec, flint.ctx.cap) == before


def test_a_limit_that_is_up_while_another_thread_has_the_precision():
    """It is told inside the block, which is left as any other, even if somebody keeps the exception."""
    before = flint.ctx.prec, flint.ctx.cap
    kept = []

    def waiting():
        try:
            with balls.precision(100):
                busy(20)
        except BaseException as error:
            kept.append(error)
            raise

    with ThreadPoolExecutor(1) as pool:
        with balls.precision(200):
            found = pool.submit(seconds_until, 0.05, waiting)
            time.sleep(0.2)
        assert found.result() < 10
        assert kept
        assert (flint.ctx.prec, flint.ctx.cap) == before


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signals")
def test_an_interrupt_ends_a_call_as_ever():
    """And its limit with it."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            limited(lambda: busy(20), 10)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not WATCHDOG.limits


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # to fork what has threads
def test_a_process_that_was_forked_has_a_watchdog_of_its_own():
    """Threads do not outlive a fork."""
    assert seconds_until(0.01, lambda: busy(20)) < 10
    child = multiprocessing.get_context("fork").Process(target=seconds_until, args=(0.05, lambda: busy(20)))
    child.start()
    child.join(15)
    assert child.exitcode == 0


def test_one_thread_watches_all():
    """However many calls there are."""
    limited(int, 10)
    threads = threading.active_count()
    for _ in range(1000):
        limited(int, 10)
    assert threading.active_count() == threads


TRACED = """
import sys
from derivcli.workers.timeout import limited
def trace(frame, event, argument):
    return trace
def endless():
    while True:
        pass
sys.settrace(trace)
for _ in range(3):
    try:
        limited(endless, 0.05)
    except TimeoutError:
        print("late")
"""


def test_a_debugger_does_not_hang():
    """Nor does a measurement of coverage: both trace the functions that are called after a limit."""
    done = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["late"] * 3, done.stderr
