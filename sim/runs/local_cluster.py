"""A dask.distributed cluster of this machine that answers nobody else: certificates of its own, no web server."""

from __future__ import annotations

from typing import Any

import dask
from distributed import Nanny, Scheduler, Security, SpecCluster, Worker

from sim.runs.clean_start import clean_start, environment
from sim.runs.work import Work

HERE = "127.0.0.1"
ERRORS_ONLY = 50  # of the levels of logging


class _NoWebServer:
    """Distributed starts a web server for every scheduler and worker, also where no dashboard is asked for."""

    def start_http_server(self, *_: Any, **__: Any) -> None:
        pass


class QuietScheduler(_NoWebServer, Scheduler):
    """A scheduler without a web server."""


class QuietWorker(_NoWebServer, Worker):
    """A worker without a web server."""


def local_cluster(workers: int, work: Work) -> Any:
    """Start a scheduler in this process and so many worker processes, which alone hold the key to each other.

    Raises
    ------
    ImportError
        If ``cryptography``, which makes the key, is not installed.
    """
    security = Security.temporary()
    shared = {"host": HERE, "protocol": "tls://", "security": security}
    worker = {
        "cls": Nanny,
        "options": {
            **shared,
            "nthreads": 1,
            "memory_limit": 0,
            "worker_class": QuietWorker,
            "silence_logs": ERRORS_ONLY,
        },
    }
    before_a_worker = dask.config.get("distributed.nanny.pre-spawn-environ")
    with (
        clean_start(work),
        dask.config.set({"distributed.nanny.pre-spawn-environ": {**before_a_worker, **environment()}}),
    ):
        return SpecCluster(
            scheduler={"cls": QuietScheduler, "options": {**shared, "port": 0, "dashboard": False}},
            worker=worker,
            workers=dict.fromkeys(range(workers), worker),
            security=security,
            silence_logs=ERRORS_ONLY,
        )
