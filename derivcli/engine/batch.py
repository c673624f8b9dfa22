"""Lines → records, one for each line that is not blank, in their order: in this process, or by a pool of workers."""

import json
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice

from derivcli.engine.evaluate import answer
from derivcli.engine.pickling import pack, unpack
from derivcli.errors import DerivError, InternalError, LimitError, RequestError
from derivcli.records import Failure, Report
from derivcli.requests.options import Options
from derivcli.requests.request import from_line
from derivcli.workers.pool import WorkerPool, outcomes

Line = tuple[int, bytes]  # its number in the whole input, from 1
ALONE = threading.Lock()  # flint has one precision for all threads of a process, and a cluster may run several


def answers(
    lines: Iterable[bytes], options: Options, crew: WorkerPool | None = None, shard: slice = slice(None)
) -> Generator[Report | Failure, None, None]:
    """One record for each line of a batch that is not blank, or each that the shard picks: a report, or why not."""
    picked = islice(_number_lines(lines), shard.start, None, shard.step)
    if crew is None:
        yield from (answer_line(options, line) for line in picked)
        return
    with closing(outcomes(crew, partial(_answer_packed, options), picked, crew.window)) as pairs:
        for line, future in pairs:
            try:
                yield unpack(future.result())
            except (InternalError, LimitError) as error:  # the worker was lost, and this line with it
                yield _failure(line, error, _identifier(line))


def _number_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are not blank, with their numbers in the whole input."""
    return ((count, line) for count, line in enumerate(lines, 1) if line.decode(errors="replace").strip())


def answer_line(options: Options, line: Line) -> Report | Failure:
    """The record of one line, whatever happens."""
    try:
        return answer(from_line(line[1].decode().strip(), options))
    except UnicodeDecodeError as error:
        return _failure(line, RequestError(f"byte {error.start + 1} is not UTF-8", hint="send UTF-8 text"))
    except DerivError as error:
        return _failure(line, error, error.identifier)
    except Exception as error:  # a fault of ours must not end the run either
        fault = InternalError(f"{type(error).__name__}: {error}", hint="please report this")
        return _failure(line, fault, _identifier(line))


def _answer_packed(options: Options, line: Line) -> bytes:
    """The record of one line as bytes: what a worker does."""
    with ALONE:
        record = answer_line(options, line)
        try:
            return pack(record)
        except Exception as error:  # such as an "id" too deep for pickle
            reason = f"the report cannot be sent: {type(error).__name__}: {error}"
            return pack(_failure(line, InternalError(reason, hint="please report this")))


def _failure(line: Line, error: DerivError, identifier: object = None) -> Failure:
    error.message = f"line {line[0]}: {error.message}"
    return Failure(error, identifier)


def _identifier(line: Line) -> object:
    """The "id" of a line that nobody answered."""
    try:
        return json.loads(line[1]).get("id")
    except (ValueError, RecursionError, AttributeError):
        return None
