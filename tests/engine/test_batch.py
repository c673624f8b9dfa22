"""Batches by many hands: one record a line, in order, whatever happens to the workers; and shards of them."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

from derivcli import cli
from derivcli.engine import batch as batches
from derivcli.engine.pickling import pack, unpack
from derivcli.engine.pools import worker_pool
from derivcli.errors import RequestError
from derivcli.formats.json import document
from derivcli.requests.options import Options
from derivcli.workers import cluster
from derivcli.workers.shard import share
from tests.tools import CLUSTER

DERIV = (sys.executable, "-m", "derivcli", "-")
LINES = [
    b"x^2\n",
    b"\n",
    b"3*sni(x)\n",
    b"abs(x - 2)\n",
    b'{"id": 7, "expr": "x*y", "at": {"x": 2, "y": 3}}\n',
    b"\xff\n",
]


def many(count):
    """Requests that keep workers busy for a while, each with its id."""
    lines = [json.dumps({"id": i, "expr": f"sin({i + 2}*x)*exp(-x)", "at": {"x": 0.5}}) for i in range(count)]
    return "".join(f"{line}\n" for line in lines)


def timeless(record):
    """A document without its times."""
    estimates = [estimate for each in record.get("derivatives", []) for estimate in each["estimates"].values()]
    for estimate in estimates:
        estimate.pop("seconds", None)
    return record


@contextmanager
def running(*arguments):
    """`deriv -` as a conversation, in a process group of its own."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it, and so would a child
    with subprocess.Popen(
        [*DERIV, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process):
    """What else it says once there is nothing more to read; `communicate` would lose what `readline` has buffered."""
    process.stdin.close()
    rest, errors = process.stdout.read(), process.stderr.read()
    process.wait(30)
    return rest, errors


def workers(process):
    """The ids of its worker processes."""
    children = psutil.Process(process.pid).children()
    return [child.pid for child in children if any("spawn_main" in word for word in child.cmdline())]


@pytest.mark.parametrize("line", [*LINES, b"+".join([b"x"] * 3000)], ids=lambda line: line[:12])
def test_a_record_survives_the_journey(line):
    """Kinks, failures and trees deeper than pickle can recurse."""
    for record in batches.answers([line], Options(at=("x=2",), methods=("enclosure",))):
        assert document(unpack(pack(record))) == document(record)


def test_two_jobs_answer_like_one():
    """The records are the same, in the same order, failures included, with the numbers of their lines."""
    options = Options(at=("x=2",), methods=("symbolic",))
    with worker_pool(options, 2) as workforce:
        records = [timeless(document(record)) for record in batches.answers(LINES, options, workforce)]
    assert records == [timeless(document(record)) for record in batches.answers(LINES, options)]
    assert records[1]["error"]["message"].startswith("line 3: unknown function")


SCRIPT = "import sys; sys.path.remove(''); from derivcli.__main__ import main; main()"  # as the console script starts


def test_workers_run_no_file_of_the_current_folder(tmp_path):
    """One that is called as a module of the standard library would be imported by a Python that begins there."""
    for name in ("socket", "pickle", "random", "selectors"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('foreign code')", encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, "-", "--at", "x=3", "--jobs", "2", "-q", "-m", "enclosure"]
    done = subprocess.run(command, cwd=tmp_path, input=b"x^2\nx^3\n", capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"6\n27\n", b"")


def test_shards_share_a_batch():
    """Every request is answered by one shard, round robin, under the number of its line."""
    options = Options(at=("x=2",), methods=("enclosure",))
    shares = [list(batches.answers(LINES, options, None, share(f"{k}/2"))) for k in (1, 2)]
    assert [len(records) for records in shares] == [3, 2]
    assert document(shares[1][0])["error"]["message"].startswith("line 3:")
    assert document(shares[0][2])["error"]["message"].startswith("line 6:")


@pytest.mark.parametrize("text", ["0/5", "6/5", "x", "2", "-1/5", "1/0", "1/5/2", "²/5"])
def test_what_is_no_shard_is_refused(text):
    """With the text that was given."""
    with pytest.raises(RequestError, match="is not a shard"):
        share(text)


def test_a_conversation_outlives_its_workers():
    """The first line is answered before the second is sent; a worker killed at work costs its line, idle nothing."""
    with running("--jobs", "2", "--format", "jsonl", "--at", "x=2", "--method", "symbolic") as process:

        def answer(line):
            print(line, file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        assert answer("x^2")["derivatives"][0]["reference"]["value"] == 4
        for pid in workers(process):
            os.kill(pid, signal.SIGKILL)
        assert answer("x^3")["derivatives"][0]["reference"]["value"] == 12
        print(many(80), end="", file=process.stdin, flush=True)
        records = [json.loads(process.stdout.readline()) for _ in range(20)]
        os.kill(workers(process)[0], signal.SIGKILL)
        rest, errors = ended(process)
    records += map(json.loads, rest.splitlines())
    assert [record["id"] for record in records] == list(range(80))
    lost = [record for record in records if "error" in record]
    assert len(lost) <= 1
    assert all("the worker process was killed by signal 9" in record["error"]["message"] for record in lost)
    assert process.returncode == (2 if lost else 0)
    assert not errors


def test_ctrl_c_and_a_closed_pipe_end_everything_at_once():
    """Status 130 without a word, 0 for a reader that has had enough; no process is left over."""
    for stop, status in ((lambda p: os.killpg(p.pid, signal.SIGINT), 130), (lambda p: p.stdout.close(), 0)):
        with running("--jobs", "2", "--at", "x=2", "--method", "symbolic") as process:
            print("x^2", file=process.stdin, flush=True)
            assert process.stdout.readline() == "4\n"
            left = workers(process)
            stop(process)
            print(many(3), end="", file=process.stdin, flush=True)
            started = time.perf_counter()
            assert process.wait(10) == status
            assert time.perf_counter() - started < 5
            assert not process.stderr.read()
        assert left
        assert not [pid for pid in left if os.path.exists(f"/proc/{pid}/exe")]


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch, capsys):
    """Whoever listens there: where and for how long, with nothing written."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x^2\n")))
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        status = cli.run(["-", "--scheduler", address, "--format", "csv"])
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert f"no scheduler answered at {address} within 0.5 s" in captured.err


def test_without_dask_the_extra_is_named(monkeypatch):
    """How to get it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RequestError) as raised:
        cluster.Cluster("tcp://127.0.0.1:8786")
    assert raised.value.hint == 'pip install "derivcli[dask]"'


def test_a_cluster_that_loses_a_worker_loses_nothing():
    """Two worker processes, one killed in mid-run: every id once, in order, and no failure."""
    pytest.importorskip("distributed")
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen([sys.executable, "-c", CLUSTER], **streams) as dask:
        address, pid, _ = dask.stdout.readline().split()
        with running("--scheduler", address, "--format", "jsonl", "--method", "symbolic") as process:
            print(many(80), end="", file=process.stdin, flush=True)
            records = [json.loads(process.stdout.readline()) for _ in range(20)]
            os.kill(int(pid), signal.SIGKILL)
            rest, errors = ended(process)
        dask.communicate()
    records += map(json.loads, rest.splitlines())
    assert [record["id"] for record in records] == list(range(80))
    assert not [record for record in records if "error" in record]
    assert (process.returncode, errors) == (0, "")
