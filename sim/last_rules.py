"""The second process of a first start: it compiles the rules of a month from the last to the first.

It makes the record of parameters itself, so it waits for nobody; it ends when the process that started it ends.
"""

import os
import signal
import sys
from inspect import signature
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

import numpy as np
from numba import typeof

from sim.axes import areas_of, parameters_of
from sim.member.access import ask_for_visits, keep_or_find_clinic
from sim.member.care import receive_care
from sim.member.demand import expect_use
from sim.member.discrimination import meet_unfair_care
from sim.member.frequent_users import change_frequent_use
from sim.member.health import change_health
from sim.member.month import make_scratch, make_workspace, settle_block
from sim.member.offer import offer_visits
from sim.member.prepare import prepare
from sim.member.smoking import change_smoking
from sim.member.wellbeing import feel
from sim.schema import AREA, CLINIC
from sim.upstream.channels import compile_packages

LAST: tuple[Any, ...] = (
    settle_block,
    feel,
    meet_unfair_care,
    change_smoking,
    receive_care,
    keep_or_find_clinic,
    offer_visits,
    ask_for_visits,
    expect_use,
    change_frequent_use,
    change_health,
)
"""What ``live`` calls, backwards; each with arguments that are named as its own."""


def arguments(conf: Path) -> dict[str, Any]:
    """Return what a month passes to its rules, by name: of the right types, and all zeros but for the record."""
    registry, areas = parameters_of(conf), len(areas_of(conf))
    members = make_workspace()[0]
    here, clinics = (np.zeros(areas, dtype=kind).view(np.recarray) for kind in (AREA, CLINIC))
    scratch, _ = make_scratch(areas, len(clinics))
    return {
        "members": members,
        "n": 0,
        "areas": here,
        "clinics": clinics,
        "scratch": scratch,
        "m": members[0],
        "t": scratch[5][0],
        "here": here[0],
        "clinic": clinics[0],
        "u": scratch[0][0],
        "j": 0,
        "seed": np.uint64(0),
        "p": prepare(registry, conf, compile_packages((), registry), 0, 0)[0],
    }


def compile_all(conf: Path) -> None:
    """Compile these rules for the rules that call them."""
    types = {name: typeof(one) for name, one in arguments(conf).items()}
    for rule in LAST:
        rule.get_call_template([types[name] for name in signature(rule).parameters], {})


def end_with(parent: BinaryIO) -> None:
    """End at once when nobody holds the other end of the pipe any more; nothing is ever said through it."""
    parent.read()
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts both: the first one ends this one
    Thread(target=end_with, args=(sys.stdin.buffer,), daemon=True).start()
    compile_all(Path(sys.argv[1]))
