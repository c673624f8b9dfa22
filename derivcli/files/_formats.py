"""A path → the format that its suffix names; `-` → what standard input begins like, or what standard output has."""

import sys
from pathlib import Path
from typing import Any

from derivcli import plugins
from derivcli.errors import RequestError
from derivcli.files._atomic import is_special
from derivcli.files._reader import PointFile


def open_points(path: str) -> PointFile:
    """A file of points, or standard input (`-`), by its columns. Raises RequestError, OSError, ValueError."""
    if path == "-":
        return _open_stdin()
    found = _format_with_suffix_of(path)
    if not found:
        raise RequestError(f"'{path}' is no file of points", hint=f"known: {_suffixes()}, or - for standard input")
    return found.open_file(path)


def output_format(path: str) -> Any:
    """The format of what is to be written; that of stdout where no suffix can say it. Raises RequestError."""
    found = _format_with_suffix_of(path) or (_format_of_stdout() if path == "-" or is_special(path) else None)
    if not found:
        raise RequestError(f"'{path}' cannot be written", hint=f"known: {_suffixes()}, -")
    return found


def _open_stdin() -> PointFile:
    stream = sys.stdin.buffer
    ahead = stream.peek()  # type: ignore[attr-defined]  # it is a BufferedReader
    texts = [each for each in _formats() if hasattr(each, "open_stream")]
    if b"\0" in ahead:
        others = [_words(each) for each in _formats() if each not in texts]
        hint = f"--points FILE reads {' and '.join(others)}"
        raise RequestError(f"standard input must be {' or '.join(map(_words, texts))}", hint=hint)
    begun = (each for each in texts if ahead.lstrip().startswith(each.BEGINNINGS))
    return next(begun, _format_of_stdout()).open_stream(stream, None)


def _formats() -> list[Any]:
    """All of them, those with a single suffix first."""
    return sorted((plugins.load("files", name) for name in plugins.names("files")), key=lambda each: len(each.SUFFIXES))


def _format_with_suffix_of(path: str) -> Any | None:
    return next((each for each in _formats() if Path(path).suffix.lower() in each.SUFFIXES), None)


def _format_of_stdout() -> Any:
    return next(each for each in _formats() if getattr(each, "STDOUT", False))


def _suffixes() -> str:
    return ", ".join(suffix for each in _formats() for suffix in each.SUFFIXES)


def _words(plugin: Any) -> str:
    """What users call a format: `JSON lines`."""
    return plugin.__doc__.partition(":")[0]
