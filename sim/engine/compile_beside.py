"""Compile the last rules of a month in a second process, while this one compiles the first: a first start waits less.

Rules are kept on disk one by one, and whoever needs a rule looks there first. So nothing is handed over, and where the
second process fails, this one compiles all. The second process begins with what comes last in the month
(``sim/last_rules.py``) and goes backwards; this one goes forwards, and finds the rest on disk.
"""

import atexit
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from threading import Lock
from typing import Any

from sim.engine.compile import JIT, is_warm
from sim.engine.kept_folder import CAN_LOCK

LAST_RULES = "sim.last_rules"
FIRST = Lock()  # taken by whoever starts the process first, and never given back


def compile_beside(conf: Path) -> None:
    """Start the second process, if nothing is compiled yet and it has a processor of its own.

    A verb calls it before it loads any library, the first system where no verb did.

    Parameters
    ----------
    conf : folder of the parameters: they say of which type the record of the rules is.
    """
    if _helps() and FIRST.acquire(blocking=False):
        folder = str(Path(__file__).resolve().parents[2])
        found = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
        with suppress(OSError):  # where no process may be started, this one compiles all
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", LAST_RULES, str(conf)],
                env={**os.environ, "PYTHONPATH": found},
                stdin=subprocess.PIPE,  # it ends when this process does, however that ends
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            atexit.register(_end, process)


def _end(process: Any) -> None:
    """Let nothing write to the folder of compiled code after this process, which may remove it."""
    process.kill()
    process.wait()


def _processors() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # not everywhere
    return len(allowed(0)) if allowed else os.cpu_count() or 1


@cache
def _helps() -> bool:
    """Whether a second process shortens the start; asked once. Workers compile side by side in any case."""
    can = JIT and CAN_LOCK and bool(sys.executable) and _processors() > 1
    return can and parent_process() is None and not is_warm()
