"""Formulas, points and 30-digit values that others published: every one is agreed on, every planted fault is told.

By default a sample runs (`data/README.md`); `pytest -m corpora` runs all of the shared corpora where they are there.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.corpus import NAMES, SAMPLE, SHARED, Tally, cases, faults
from tests.hessians import astray

Case = dict[str, Any]
Capture = pytest.CaptureFixture[str]
WHOLE = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpora are not here")  # the sample runs everywhere


@pytest.fixture(autouse=True)
def _collected_seldom() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def check(title: str, given: Iterable[Case], misses: Callable[[Case, Tally], Iterable[str]], capsys: Capture) -> None:
    """Every case, with the figures printed whatever the outcome."""
    tally, wrong = Tally(), []
    for case in given:
        wrong += misses(case, tally)
    with capsys.disabled():
        print(f"\n{title}: {tally}; {len(wrong)} misses")
    assert tally.counts["cases"] > 0
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_sample(name: str, capsys: Capture) -> None:
    check(name, cases(SAMPLE / f"{name}.jsonl"), faults, capsys)


@pytest.mark.corpora
@WHOLE
@pytest.mark.parametrize("name", NAMES)
def test_corpus(name: str, capsys: Capture) -> None:
    check(name, cases(SHARED / f"{name}.jsonl"), faults, capsys)


def test_hessians_of_the_sample(capsys: Capture) -> None:
    """The second partials of every third function, by every method that is one for them."""
    given = list(cases(SAMPLE / "optimisation.open.jsonl"))[::3]
    check("Hessians", given, astray, capsys)


@pytest.mark.corpora
@WHOLE
def test_hessians(capsys: Capture) -> None:
    check("Hessians", cases(SHARED / "optimisation.open.jsonl"), astray, capsys)
