"""Worker processes: they start when there is work, and what is printed in them is no result."""

import os

from derivcli.workers.processes import Processes


def test_few_calls_start_few_processes() -> None:
    """A process is started for a call, not for a job: a hundred jobs of one call take one."""
    with Processes(100, 60) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        assert len(pool._workers) == 1


def test_what_is_printed_in_a_worker_is_not_on_stdout() -> None:
    """Descriptor 1 of a worker is our standard error."""
    with Processes(1, 60) as pool:
        same = pool.submit(os.path.sameopenfile, 1, 2).result()
    assert same
