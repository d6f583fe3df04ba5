"""Compile the last rules of a month in a second process, while this one compiles the first: a first start waits less.

Rules are kept on disk one by one, and whoever needs a rule looks there first. So nothing is handed over, and where the
second process fails, this one compiles all. The second process takes what comes last in the month: care, costs and
counts. This one then needs them late, and finds them on disk.
"""

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numba import typeof
from numpy.typing import NDArray

from sim.engine.compile import JIT, is_warm
from sim.engine.kept_folder import CAN_LOCK
from sim.member.care import receive_care
from sim.member.month import make_scratch, make_workspace, settle_block
from sim.schema import AREA, CLINIC

Call = tuple[Any, tuple[Any, ...]]
FIRST = Lock()  # taken by the first system that starts the process, and never given back


def compile_beside(params: NDArray[Any], areas: int) -> None:
    """Start the second process, if nothing is compiled yet and it has a processor of its own.

    Parameters
    ----------
    params : the record of the rules (``prepare.py``); only its type matters.
    areas : number of areas.
    """
    if _helps() and FIRST.acquire(blocking=False):
        folder = str(Path(__file__).resolve().parents[2])
        found = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
        with suppress(OSError):  # where no process may be started, this one compiles all
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(areas), json.dumps(_fields(params))],
                env={**os.environ, "PYTHONPATH": found},
                stdin=subprocess.DEVNULL,
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


def _fields(params: NDArray[Any]) -> list[tuple[str, str, tuple[int, ...]]]:
    """Name, kind and shape of each field of the record."""
    kinds = [(name, params.dtype[name]) for name in params.dtype.names or ()]
    return [(name, kind.base.str, kind.shape) for name, kind in kinds]


def last_calls(fields: list[tuple[str, str, tuple[int, ...]]], areas: int) -> list[Call]:
    """Return rules from the end of the month backwards, and with what each is called: all zeros, of the right types."""
    dtype = np.dtype([(name, kind, tuple(shape)) for name, kind, shape in fields], align=True)
    p = np.zeros(1, dtype=dtype).view(np.recarray)[0]
    members = make_workspace()[0]
    here, clinics = (np.zeros(areas, dtype=kind).view(np.recarray) for kind in (AREA, CLINIC))
    scratch, _ = make_scratch(areas, len(clinics))
    seed = np.uint64(0)
    return [
        (settle_block, (members, 0, here, clinics, p, seed, scratch)),
        (receive_care, (members[0], scratch[5][0], here[0], scratch[0][0], 0, seed, p)),
    ]


def main(areas: str, fields: str) -> None:
    """Compile these rules for the rules that call them."""
    for rule, arguments in last_calls(json.loads(fields), int(areas)):
        rule.get_call_template([typeof(one) for one in arguments], {})


if __name__ == "__main__":
    main(*sys.argv[1:])
