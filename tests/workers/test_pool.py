"""Work for many hands: in order, within the window, lazily, and over when nobody reads on."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from derivcli.backends import balls
from derivcli.errors import DerivError, InternalError, LimitError
from derivcli.formula.parser import parse
from derivcli.formula.program import flatten
from derivcli.workers.pool import in_order, outcomes
from derivcli.workers.processes import Processes
from derivcli.workers.timeout import limited


def slow_first(item):
    """The earlier an item, the longer it takes."""
    time.sleep(0.03 / (item + 1))
    return item


@pytest.fixture
def threads():
    with ThreadPoolExecutor(3) as pool:
        yield pool


def test_results_come_in_the_order_of_the_items(threads):
    """Whichever is finished first."""
    assert list(in_order(threads, slow_first, range(20), window=6)) == list(range(20))


def test_at_most_a_window_of_items_is_in_flight(threads):
    """Nobody reads a billion lines because a worker is slow."""
    read = []
    results = in_order(threads, slow_first, (read.append(i) or i for i in range(100)), window=5)
    for i in range(10):
        assert next(results) == i
        time.sleep(0.01)
        assert len(read) <= i + 5
    results.close()


def test_the_first_result_comes_before_the_second_item(threads):
    """A pipe may be a conversation."""
    answered = threading.Event()

    def lines():
        yield 0
        assert answered.wait(10)
        yield 1

    results = in_order(threads, slow_first, lines(), window=5)
    assert next(results) == 0
    answered.set()
    assert list(results) == [1]


def test_what_is_raised_is_raised_in_its_turn(threads):
    """By the function, and by whoever makes the items."""
    results = in_order(threads, lambda x: 1 / x, [1, 2, 0, 4], window=2)
    assert [next(results), next(results)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)
    with pytest.raises(ValueError, match="invalid literal"):
        list(in_order(threads, slow_first, map(int, ["1", "x"]), window=2))


def test_whoever_stops_early_cancels_what_has_not_begun():
    """The rest is neither read nor done."""
    done = []
    with ThreadPoolExecutor(1) as pool:
        results = in_order(pool, lambda i: time.sleep(0.01) or done.append(i), iter(range(1000)), window=50)
        next(results)
        results.close()
    assert len(done) < 10


def fate(item):
    """What a worker may meet."""
    match item:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(60)
        case "limit":
            try:
                limited(spin, 0.05)
            except TimeoutError:
                return "stopped"
    return item


def told(pool, items):
    """The results, with the classes of what was raised."""
    for _, future in outcomes(pool, fate, items, window=4):
        try:
            yield future.result()
        except DerivError as error:
            yield type(error)


def test_a_worker_that_dies_or_hangs_costs_its_own_task():
    """The others are done, in order; and a limit inside a task holds, as in the main thread of a process."""
    items = ["a", "die", "b", "hang", "limit", "c", "die", "d"]
    with Processes(2, limit=2) as pool:
        expected = ["a", InternalError, "b", LimitError, "stopped", "c", InternalError, "d"]
        assert list(told(pool, items)) == expected


def test_a_worker_that_dies_while_all_are_idle_costs_nothing():
    """New ones take their places."""
    with Processes(2, limit=30) as pool:
        assert list(told(pool, ["a"])) == ["a"]
        for process in multiprocessing.active_children():
            os.kill(process.pid, signal.SIGKILL)
        assert list(told(pool, ["b", "c"])) == ["b", "c"]
    assert not multiprocessing.active_children()


def test_every_thread_has_its_precision():
    """Flint has one for all of them: whoever computes with balls is alone while it lasts."""

    program = flatten(parse("sqrt(2)*x"))

    def digits(bits):
        found = set()
        for _ in range(300):
            with balls.precision(bits):
                time.sleep(0)  # another thread may go on
                [value] = balls.values(program, [balls.coordinate(Fraction(1))])
                found.add(value.rel_accuracy_bits())
        return found

    with ThreadPoolExecutor(4) as pool:
        for bits, found in zip((64, 128, 256, 512), pool.map(digits, (64, 128, 256, 512)), strict=True):
            assert all(bits - 4 <= each <= bits + 4 for each in found)


def spin():
    """Longer than any test."""
    while True:
        pass
