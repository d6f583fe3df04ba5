"""A second process compiles the last rules of a month as the month will call them; the two take turns to keep them."""

import json
import subprocess
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from numba import typeof

from sim.axes import parameters_of
from sim.engine.kept_folder import CAN_LOCK, one_at_a_time
from sim.member import compile_beside as beside
from sim.member.month import make_scratch, make_workspace
from sim.member.prepare import prepare
from sim.paths import conf_folder
from sim.schema import CLINIC
from sim.start import quiet_areas
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages

pytestmark = pytest.mark.quick


def test_rules_are_compiled_for_what_a_month_passes_to_them() -> None:
    """Another type anywhere, and the month compiles the rule once more."""
    registry = parameters_of(conf_folder())
    packages = compile_packages(load_packages(("cash",), conf_folder()), registry)
    params, areas = prepare(registry, conf_folder(), packages, 1, 0), quiet_areas(3)
    p, seed, clinics = params[0], np.uint64(7), np.zeros(5, dtype=CLINIC).view(np.recarray)
    members, *_ = make_workspace()
    scratch, _ = make_scratch(len(areas), len(clinics))
    fields = json.loads(json.dumps(beside._fields(params)))
    passed = [
        (members, 0, areas, clinics, p, seed, scratch),
        (members[0], scratch[5][0], areas[0], scratch[0][0], 0, seed, p),
    ]
    called = beside.last_calls(fields, len(areas))
    assert [[typeof(one) for one in given] for given in passed] == [
        [typeof(one) for one in given] for _, given in called
    ]


@pytest.mark.parametrize(
    ("jit", "lock", "processors", "parent", "warm", "starts"),
    [
        (True, True, 2, None, False, True),
        (False, True, 2, None, False, False),
        (True, False, 2, None, False, False),
        (True, True, 1, None, False, False),
        (True, True, None, None, False, False),
        (True, True, 2, "a process", False, False),
        (True, True, 2, None, True, False),
    ],
)
def test_it_is_started_where_it_shortens_the_start(
    monkeypatch: pytest.MonkeyPatch,
    jit: bool,
    lock: bool,
    processors: int | None,
    parent: str | None,
    warm: bool,
    starts: bool,
) -> None:
    started: list[list[str]] = []

    class Process:
        def __init__(self, words: list[str], **_: object) -> None:
            started.append(words)

        def kill(self) -> None:
            """End it."""

    monkeypatch.setattr(beside, "JIT", jit)
    monkeypatch.setattr(beside, "CAN_LOCK", lock)
    monkeypatch.setattr(beside, "parent_process", lambda: parent)
    monkeypatch.setattr(beside, "is_warm", lambda: warm)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    monkeypatch.setattr(subprocess, "Popen", Process)
    params = np.zeros(1, dtype=[("month", np.int64), ("shares", np.float64, (2, 3))])
    beside._helps.cache_clear()
    beside.compile_beside(params, 16)
    beside._helps.cache_clear()
    told = [words[-2:] for words in started]
    assert told == [["16", '[["month", "<i8", []], ["shares", "<f8", [2, 3]]]']] * starts


@pytest.mark.skipif(not CAN_LOCK, reason="files cannot be locked here")
def test_one_waits_until_the_other_has_kept_its_rule(tmp_path: Path) -> None:
    """Both would give their files the same number."""
    order: list[str] = []
    entered = Event()

    def other() -> None:
        entered.set()
        with one_at_a_time(tmp_path):
            order.append("other")

    with one_at_a_time(tmp_path):
        waiting = Thread(target=other)
        waiting.start()
        entered.wait()
        waiting.join(0.05)
        order.append("first")
    waiting.join()
    assert order == ["first", "other"]
