"""A path → a stream to write to; `-` is stdout. A file is there when it is complete, or not at all."""

import glob
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from derivcli.errors import ClosedPipeError, RequestError

HOST = platform.node() or "localhost"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """What is written takes the place of an earlier file at the very end; whatever ends it before leaves that file.

    Raises RequestError with the system's reason, and ClosedPipeError where whoever reads has left.
    """
    if not Path(path).parent.is_dir():
        raise RequestError(f"there is no folder '{Path(path).parent}'")
    try:
        with _open(path) as stream:
            yield stream
    except BrokenPipeError:
        raise ClosedPipeError from None
    except OSError as error:
        raise RequestError(f"'{path}' cannot be written: {error.strerror or error}") from None


def is_special(path: str) -> bool:
    """Whether a path leads to something that is no file, such as a device, a pipe or a folder."""
    return Path(path).exists() and not Path(path).is_file()


def _open(path: str) -> AbstractContextManager[BinaryIO]:
    if path == "-":
        return _open_stdout()
    return Path(path).open("wb") if is_special(path) else _replace_when_complete(Path(os.path.realpath(path)))


@contextmanager
def _open_stdout() -> Iterator[BinaryIO]:
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer"):
        yield sys.stdout.buffer
    else:  # a notebook has a stream of text in its place
        held = BytesIO()
        yield held
        sys.stdout.write(held.getvalue().decode())
    sys.stdout.flush()


def _sweep_parts(path: Path) -> None:
    """Remove what processes of this machine left that were killed as they wrote this file."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*@{HOST}.part"):
        pid = part.name.removeprefix(f".{path.name}.").removesuffix(f"@{HOST}.part")
        if pid.isdecimal() and not _runs(int(pid)):
            part.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    """Whether there is such a process; where that cannot be asked, there is."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


@contextmanager
def _replace_when_complete(path: Path) -> Iterator[BinaryIO]:
    """A file beside another, whose place it takes when it is complete: renaming is all or nothing."""
    _sweep_parts(path)
    part = path.with_name(f".{path.name}.{os.getpid()}@{HOST}.part")
    try:
        with part.open("xb") as stream:
            if path.exists():
                shutil.copymode(path, part)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
