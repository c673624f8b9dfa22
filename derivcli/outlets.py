"""Where a picture goes: into a file that is there as a whole or not at all, or to stdout."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from derivcli import plugins
from derivcli.errors import ClosedPipeError, RequestError

BINARY = {"png", "pdf"}  # which no terminal shows


def check(out: Path | None, name: str, *, chosen: bool) -> None:
    """Raise RequestError, before anything is computed, for an unknown drawing or a place that cannot be written."""
    known = plugins.names("drawings")
    if not chosen and name not in known:
        listed = ", ".join(f".{each}" for each in known)
        message = f"unknown suffix '.{name}'" if name else f"the file name '{out}' has no suffix"
        raise RequestError(message, hint=f"known: {listed}")
    plugins.check("drawings", name)
    if out is None and name in BINARY and sys.stdout.isatty():
        raise RequestError(f"a terminal does not show {name.upper()}", hint=f"--out picture.{name}")
    if out is not None and out.is_dir():
        raise RequestError(f"'{out}' is a folder", hint=f"--out {out / 'picture.png'}")
    if out is not None and not out.resolve().parent.is_dir():
        raise RequestError(f"there is no folder '{out.parent}'")


def deliver(contents: bytes, out: Path | None) -> None:
    """Write a drawing. Raises RequestError where that fails; then an earlier file of that name is still what it was."""
    try:
        if out is None:
            _to_stdout(contents)
        elif out.exists() and not out.is_file():  # a device, a pipe
            out.write_bytes(contents)
        else:
            _replace(out.resolve(), contents)
    except BrokenPipeError:
        raise ClosedPipeError from None
    except OSError as error:
        raise RequestError(f"'{out or 'stdout'}' cannot be written: {error.strerror}") from None


def _to_stdout(contents: bytes) -> None:
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(contents)
    else:  # a stream of text in place of stdout
        sys.stdout.write(contents.decode())
    sys.stdout.flush()


def _replace(path: Path, contents: bytes) -> None:
    """Write beside the file, then rename: renaming is all or nothing."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("xb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
