"""`python -m derivcli`, and the console script `deriv`."""

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from derivcli.errors import Exit, InternalError
from derivcli.terminal import fail

ALLOCATIONS = 500_000  # torch and SymPy make 380,000 objects as they load; a long batch is still collected


def main() -> NoReturn:
    """Run the command line and leave at once: collecting garbage and tearing down are a third of a short run."""
    gc.set_threshold(ALLOCATIONS)
    signal.signal(signal.SIGTERM, _leave)
    os.environ["PYTHONSAFEPATH"] = "1"  # worker processes import nothing from the current folder, as this one does not
    _open_closed_streams()
    try:
        from derivcli.cli import run  # noqa: PLC0415 — so that its imports are not collected either

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # as the libraries load
        status = Exit.INTERRUPTED
    except SystemExit as left:
        status = int(left.code or 0)
    except Exception as error:  # a fault of ours, told without a traceback
        fail(InternalError(f"{type(error).__name__}: {error}", hint="this is a fault of deriv: please report it"))
        status = Exit.USAGE
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a closed pipe or a full disk, which was told already
            stream.flush()
    os._exit(status)


def _open_closed_streams() -> None:
    """Streams for those that were closed: one that cannot be written to, so that this is told, and one that can."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull)  # noqa: SIM115 — as long as this process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def _leave(number: int, _: object) -> NoReturn:
    """Unwind, so that no half of a file is left; a second signal, which `timeout` sends, must not interrupt that."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(Exit.TERMINATED)


if __name__ == "__main__":
    main()
