"""`files.opened`: an earlier file is replaced as a whole or stays what it was, whoever or whatever it is."""

import io
import os
import sys
from pathlib import Path

import pytest

from derivcli.errors import ClosedPipeError, RequestError
from derivcli.files._atomic import opened


def write(path: Path | str, contents: bytes, end: type[BaseException] | None = None) -> None:
    """The contents, and what happens then."""
    with opened(str(path)) as stream:
        stream.write(contents)
        if end:
            raise end


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError, OSError, BrokenPipeError])
def test_what_ends_it_leaves_the_earlier_file(end: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b"earlier")
    expected = {OSError: RequestError, BrokenPipeError: ClosedPipeError}.get(end, end)
    with pytest.raises(expected):
        write(path, b"half", end)
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is written, there already or not."""
    path, link = tmp_path / "rows", tmp_path / "link"
    link.symlink_to(path)
    for contents in (b"first", b"second"):
        write(link, contents)
        assert link.is_symlink()
        assert path.read_bytes() == contents


def test_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.touch(mode=0o600)
    write(path, b"rows")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    """No file takes the place of a named pipe."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write(path, b"rows")
    assert os.read(reader, 100) == b"rows"
    os.close(reader)
    assert path.is_fifo()


@pytest.mark.parametrize("stream", [io.StringIO(), io.TextIOWrapper(io.BytesIO())], ids=type)
def test_stdout(stream: io.TextIOBase, monkeypatch: pytest.MonkeyPatch) -> None:
    """After what was printed before, and also where a notebook has put a stream of text in its place."""
    monkeypatch.setattr(sys, "stdout", stream)
    print("before")
    write("-", b"rows\n")
    stream.seek(0)
    assert stream.read() == "before\nrows\n"


@pytest.mark.parametrize(("name", "reason"), [("no/rows", "there is no folder"), (".", "Is a directory")])
def test_places_where_no_file_can_be(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=reason):
        write(tmp_path / name, b"")
