"""Formulas, points and 30-digit values that others published: every one is agreed on, every planted fault is told.

By default a sample runs (`data/README.md`); `pytest -m corpora` runs all of the shared corpora where they are there.
"""

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from derivcli.engine import evaluate
from derivcli.requests import Options
from tests.corpus import NAMES, SAMPLE, SHARED, Tally, cases, faults

ELSEWHERE = {"argmin", "value", "accumulated x", "x,x"}  # what tutorials also compute beside first partials


@pytest.fixture(autouse=True)
def _collected_seldom() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every case of a corpus, with the figures printed whatever the outcome."""
    tally, wrong = Tally(), []
    for case in cases(path):
        wrong += faults(case, tally)
    with capsys.disabled():
        print(f"\n{path.stem}: {tally}; {len(wrong)} misses")
    assert tally.counts["cases"] > 0
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_sample(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check(SAMPLE / f"{name}.jsonl", capsys)


@pytest.mark.corpora
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpora are not here")  # the sample runs everywhere
@pytest.mark.parametrize("name", NAMES)
def test_corpus(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check(SHARED / f"{name}.jsonl", capsys)


def tutorials() -> list[dict[str, Any]]:
    """The worked examples that take first derivatives; `detach` and symbolic sums are not formulas of ours."""
    lines = (SAMPLE / "tutorials.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if set(case["true"]) - ELSEWHERE and "detach" not in case["expr"]]


@pytest.mark.parametrize("case", tutorials(), ids=lambda case: case["id"])
def test_tutorial(case: dict[str, Any]) -> None:
    """Each worked example is agreed on, and its true derivative, number or formula, is what we expect of it."""
    at = ",".join(f"{name}={_coordinate(value)}" for name, value in case["at"].items())
    for name, values in case["true"].items():
        if name in ELSEWHERE:
            continue
        for k, value in enumerate(values if isinstance(values, list) else [values]):
            here = f"{name}={case['at'][name][k]}" if isinstance(values, list) else at
            report = evaluate(case["expr"], at=here, options=Options(wrt=((name,),), expect=f"{value}"))
            assert report.verdict.word == "agree", report.verdict.message


def _coordinate(value: Any) -> str:
    return "{}:{}:{}".format(*value["linspace"]) if isinstance(value, dict) else str(value)
