"""Who answers a batch: nobody else, worker processes, or a Dask cluster.

Nothing heavy is imported here, so that the workers load the libraries while this process does.
"""

from contextlib import AbstractContextManager, nullcontext

from derivcli import plugins
from derivcli.errors import RequestError
from derivcli.requests.options import Options
from derivcli.workers.cluster import Cluster
from derivcli.workers.pool import WorkerPool
from derivcli.workers.processes import Processes

TIMEOUTS_PER_LINE = 10  # times the limits of all the methods and the reference: after that a worker will never answer


def worker_pool(
    options: Options, jobs: int | None = None, scheduler: str = ""
) -> AbstractContextManager[WorkerPool | None]:
    """The workers of a scheduler, worker processes or, for one job, None. Raises RequestError."""
    if scheduler and jobs:
        raise RequestError("--jobs and --scheduler exclude each other", hint="the cluster says how many workers it has")
    if scheduler:
        return Cluster(scheduler)
    if jobs is None or jobs == 1:
        return nullcontext()
    limit = TIMEOUTS_PER_LINE * options.timeout * (len(options.methods) + 1)
    methods = (plugins.module("methods", name) for name in options.methods)
    return Processes(jobs, limit, ["derivcli.engine.batch", *methods])
