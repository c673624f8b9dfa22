"""Files of points and of results: every kind in and out, none of them left half-written."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from derivcli.engine.output import open_output
from derivcli.engine.pools import worker_pool
from derivcli.engine.sweep import sweep
from derivcli.errors import DerivError, RequestError
from derivcli.records import Outcome, Report
from derivcli.requests.options import Options
from derivcli.requests.request import from_texts
from derivcli.requests.table import open_table
from tests.tools import CLUSTER


def written(path: Path, place: str | Path, text: str = "x^2*y", **options: object) -> Report:
    """The report on rows that go to a file; `place` is a file of points, or `--at`."""
    given = Options(at=() if isinstance(place, Path) else (place,), **options)  # type: ignore[arg-type]
    table = open_table(str(place), whole=True) if isinstance(place, Path) else None
    request = from_texts([text], given, table)
    with open_output(str(path), request) as sink:
        return sweep(request, sink)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow", "jsonl"])
def test_every_kind_of_file_there_and_back(tmp_path: Path, suffix: str) -> None:
    """What one run writes another one reads: the points, in their order."""
    first, second = tmp_path / f"a.{suffix}", tmp_path / "b.parquet"
    at = "x=1:2:40,y=1/2:3:50"
    assert written(first, at).verdict.outcome == Outcome.AGREE
    report = written(second, first)
    assert report.summary is not None
    assert report.summary.counts == {Outcome.AGREE: 2000}
    columns = pyarrow.parquet.read_table(second).to_pydict()
    assert columns["x"][:51:50] == [1.0, float(1 + Fraction(1, 39))]
    assert columns["df/dx autograd"] == pytest.approx(
        [2 * x * y for x, y in zip(columns["x"], columns["y"], strict=True)]
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.name, second.name])


def test_awkward_rows_keep_their_place(tmp_path: Path) -> None:
    """A byte-order mark, quotes, CRLF, a missing value, a word: each costs one row at most."""
    source, target = tmp_path / "a.csv", tmp_path / "b.jsonl"
    source.write_bytes(b'\xef\xbb\xbfid,"x",y\r\n1,"3",4\r\n2,,5\r\n3,abc,6\r\n4, 5 ,7\r\n')
    report = written(target, source)
    assert report.faults == ((2, "x is missing"), (3, "x is 'abc'"))
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert [record["df/dx symbolic"] for record in records] == [24.0, None, None, 70.0]
    assert [record["verdict"] for record in records] == ["agree", None, None, "agree"]


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_decimals_are_the_nearest_floats(tmp_path: Path, suffix: str) -> None:
    texts = ["0.1", "0.3", "1.005", "-123456789012.3456789"]
    table = pyarrow.table({"x": [Decimal(text) for text in texts]})
    path = tmp_path / f"a.{suffix}"
    (pyarrow.parquet.write_table if suffix == "parquet" else pyarrow.feather.write_feather)(table, path)
    floats = [block.floats[0].tolist() for block in open_table(str(path)).rows(100)]
    assert floats == [[float(text) for text in texts]]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_other_columns_go_along(tmp_path: Path, suffix: str) -> None:
    """Each stays in its row, over batches and blocks; what is nested has no place in every file, and stays behind."""
    source, target = tmp_path / "a.parquet", tmp_path / f"b.{suffix}"
    count = 70_000
    ids = [f"{i:05}" for i in range(count)]
    names = pyarrow.array(ids).dictionary_encode()
    x = [None if i == 3 else i / 7 for i in range(count)]
    columns = {"name": names, "day": [date(2026, 1, 1)] * count, "x": x, "list": [[1]] * count, "y": [1.0] * count}
    pyarrow.parquet.write_table(pyarrow.table(columns), source)
    written(target, source, methods=("autograd",), certify=2)
    again = open_table(str(target), whole=True).ordered(("x",))
    assert again.columns == ("name", "day", "x", "y", "value", "df/dx autograd", "df/dy autograd", "verdict")
    blocks = list(again.rows(10_000))
    assert [str(name) for block in blocks for name in block.others["name"]] == ids
    assert {str(day) for block in blocks for day in block.others["day"]} == {"2026-01-01"}
    assert len(blocks[0].faults) == 1


def test_dates_and_decimals_go_along_to_json(tmp_path: Path) -> None:
    source, target = tmp_path / "a.parquet", tmp_path / "b.jsonl"
    pyarrow.parquet.write_table(
        pyarrow.table({"day": [date(2026, 1, 1)], "price": [Decimal("0.10")], "x": [3]}), source
    )
    written(target, source, "x^2", methods=("autograd",))
    expected = {"day": "2026-01-01", "price": "0.10", "x": 3.0, "value": 9.0, "df/dx autograd": 6.0, "verdict": "agree"}
    assert json.loads(target.read_text()) == expected


def test_termination_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "derivcli", "x^2", "--at", "x=0:1:900000000", "--out", "rows.csv", "-q"]
    with subprocess.Popen(command, cwd=tmp_path) as process:
        while not list(tmp_path.iterdir()) and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        assert process.wait() == 143
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path) -> None:
    """Neither an error nor Ctrl-C leaves a file, and an earlier one stays as it was."""
    target = tmp_path / "rows.csv"
    target.write_text("before")
    given = Options(at=("x=1:2:100000",))
    request = from_texts(["x^2"], given)

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_output(str(target), request) as sink:
        sweep(request, sink, interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    assert target.read_text() == "before"


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    truncated = tmp_path / "a.parquet"
    written(truncated, "x=1:2:3000,y=1")
    truncated.write_bytes(truncated.read_bytes()[:-100])
    with pytest.raises(RequestError, match=r"a\.parquet cannot be read"):
        open_table(str(truncated))
    for kind in (pyarrow.ipc.new_file, pyarrow.ipc.new_stream):
        ended = tmp_path / f"{kind.__name__}.arrow"
        with kind(ended, pyarrow.schema({"x": pyarrow.float64()})):
            pass
        ended.write_bytes(ended.read_bytes()[:-20])
        with pytest.raises(RequestError, match="it is no Arrow file, or its end is missing"):
            open_table(str(ended))
    with pytest.raises(DerivError, match="No space left"):
        written(Path("/dev/full"), "x=1:2:3000,y=1")
    with pytest.raises(DerivError, match="there is no folder"):
        written(tmp_path / "nowhere" / "b.csv", "x=1,y=1")


@pytest.mark.slow
def test_a_worker_of_a_cluster_dies(tmp_path: Path) -> None:
    """A sweep on a cluster of two, one of them killed on the way: the same rows, none lost and none twice."""
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    at, text = "x=-5:5:600000", "exp(-x^2)*sin(3x)/(1+x^2) + tanh(x)"
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as cluster:
        assert cluster.stdout is not None
        address, *workers = cluster.stdout.readline().split()
        killed = []

        def progress(_: int) -> None:
            if not killed:
                killed.append(os.kill(int(workers[0]), signal.SIGKILL))

        given = Options(at=(at,), methods=("autograd",), certify=20)
        request = from_texts([text], given)
        rows = open_output(str(there), request)
        with worker_pool(given, scheduler=address) as pool, rows as sink:
            sweep(request, sink, progress, pool)
        cluster.communicate("")
    written(here, at, text, methods=("autograd",), certify=20)
    assert killed
    assert pyarrow.parquet.read_table(there).equals(pyarrow.parquet.read_table(here))
