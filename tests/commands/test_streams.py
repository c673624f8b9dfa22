"""Streams that are closed, full or odd: what is said, and the exit status."""

import json
import subprocess
import sys

import pytest

DERIV = f"{sys.executable} -m derivcli"


def shell(command: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    """A command line of the shell, in which $D is `deriv`."""
    script = command.replace("$D", DERIV)
    return subprocess.run(["sh", "-c", script], input=text.encode(), capture_output=True, timeout=60, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="the redirections are those of a Unix shell")
@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        ('$D "x^2" --at x=1 -m symbolic >&-', 2, "cannot be written"),
        ("$D - <&-", 2, "standard input is closed"),
        ('$D "x^^2" 2>&-', 2, ""),
        ('$D "x^^2" 2>/dev/full', 2, ""),
        ("$D --help >/dev/full", 2, "cannot be written"),
        ("$D --help | head -0", 0, ""),
    ],
)
def test_a_stream_that_takes_nothing(command: str, status: int, says: str) -> None:
    done = shell(command)
    assert done.returncode == status
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr


LINES = [
    ('{"id": NaN, "expr": "x^2", "at": {"x": 1}}', "'id' cannot be written"),
    ('{"id": 1e999, "expr": "x^2", "at": {"x": 1}}', "'id' cannot be written"),
    ('{"expr": "x", "wrt": "\\ud800"}', "is none"),
    ('{"expr": "x", "at": {"\\ud800": 1}}', "is none"),
    ('{"expr": "x", "at": {"x": []}}', "has no value"),
    ('{"expr": "x", "at": {"x": 1' + "0" * 400 + "}}", "beyond float64"),
    ('{"expr": "x", "at": "x=0:1:1000000000"}', "too many"),
    ('{"expr": "sum(i, i, 1, i)", "at": {"i": 1}}', "bounds a sum"),
]


@pytest.mark.parametrize(("line", "says"), LINES, ids=[line[:40] for line, _ in LINES])
def test_a_line_costs_one_line(line: str, says: str) -> None:
    done = shell("$D - --format jsonl -m autograd", f'{{"expr": "x^2", "at": {{"x": 1}}}}\n{line}\nx^3\n')
    first, odd, last = map(json.loads, done.stdout.splitlines())
    assert first["verdict"] == last["verdict"] == "agree"
    assert "error" not in odd or says in odd["error"]["message"]
    assert says == "beyond float64" or done.returncode == 2


def test_an_identifier_may_be_half_a_character() -> None:
    done = shell("$D - --format jsonl -m autograd", '{"id": "\\ud800", "expr": "x^2", "at": {"x": 1}}\n')
    assert json.loads(done.stdout)["id"] == "\ud800"


@pytest.mark.parametrize(("form", "lines"), [("plain", 1_500), ("csv", 3 * 1_500 + 1), ("jsonl", 1_500 + 1)])
def test_a_pipe_has_every_point(form: str, lines: int) -> None:
    done = shell(f'$D "x^2" --at x=0:1:1500 --format {form}')
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == lines
    assert not done.stderr or form == "csv"


def test_errors_are_json_on_stdout_where_results_are() -> None:
    for command in ('$D "foo(x)" -f json', '$D "x" --foo --format jsonl', '$D "x" --at y=1 -f json'):
        done = shell(command)
        assert done.returncode == 2
        assert json.loads(done.stdout)["error"]["message"]
        assert not done.stderr
