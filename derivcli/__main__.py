"""`python -m derivcli`, and the console script `deriv`."""

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave at once: collecting garbage and tearing down are a third of a short run."""
    gc.disable()
    from derivcli.cli import run  # noqa: PLC0415 — after gc.disable()

    status = run(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
