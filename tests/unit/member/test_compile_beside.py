"""A second process compiles the last rules of a month as the month will call them; the two take turns to keep them."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from types import SimpleNamespace
from typing import Any

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

PARAMS = np.zeros(1, dtype=[("month", np.int64), ("shares", np.float64, (2, 3))])


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing was started or asked yet."""
    monkeypatch.setattr(beside, "FIRST", Lock())
    beside._helps.cache_clear()
    yield
    monkeypatch.undo()
    beside._helps.cache_clear()


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
        (True, True, 2, "a process", False, False),
        (True, True, 2, None, True, False),
    ],
)
def test_it_is_started_where_it_shortens_the_start(
    monkeypatch: pytest.MonkeyPatch,
    afresh: None,
    jit: bool,
    lock: bool,
    processors: int,
    parent: str | None,
    warm: bool,
    starts: bool,
) -> None:
    monkeypatch.setattr(beside, "JIT", jit)
    monkeypatch.setattr(beside, "CAN_LOCK", lock)
    monkeypatch.setattr(beside, "_processors", lambda: processors)
    monkeypatch.setattr(beside, "parent_process", lambda: parent)
    monkeypatch.setattr(beside, "is_warm", lambda: warm)
    assert beside._helps() == starts


def test_the_first_system_starts_it_and_no_other(monkeypatch: pytest.MonkeyPatch, afresh: None) -> None:
    """It finds the package from any folder, and takes no module from the one in which the user is."""
    started: list[tuple[list[str], Any]] = []
    at_exit: list[Any] = []
    process = SimpleNamespace(kill=lambda: at_exit.append("killed"), wait=lambda: at_exit.append("gone"))
    monkeypatch.setattr(beside, "_helps", lambda: True)
    monkeypatch.setattr(beside.atexit, "register", lambda *call: at_exit.append(call))
    monkeypatch.setattr(subprocess, "Popen", lambda words, **how: started.append((words, how)) or process)
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    for areas in (16, 3):
        beside.compile_beside(PARAMS, areas)
    assert len(started) == 1
    words, how = started[0]
    assert words[1:] == [
        "-P", "-m", "sim.member.compile_beside", "16", '[["month", "<i8", []], ["shares", "<f8", [2, 3]]]',
    ]  # fmt: skip
    folder, others = how["env"]["PYTHONPATH"].split(os.pathsep)
    assert ((Path(folder) / "sim").is_dir(), others) == (True, "elsewhere")
    [(end, *what)] = at_exit
    end(*what)
    assert at_exit[1:] == ["killed", "gone"]


def test_where_no_process_may_be_started_there_is_none(monkeypatch: pytest.MonkeyPatch, afresh: None) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(beside, "_helps", lambda: True)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    beside.compile_beside(PARAMS, 16)


def test_a_processor_is_one_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert beside._processors() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    assert beside._processors() == 8


def test_without_a_file_that_can_be_locked_nobody_waits(tmp_path: Path) -> None:
    """A folder that somebody cleared is made anew; what goes wrong inside is not hidden."""
    with one_at_a_time(tmp_path / "cleared"):
        assert (tmp_path / "cleared").is_dir()
    (tmp_path / "lock").mkdir()
    kept = []
    with suppress(OSError), one_at_a_time(tmp_path):
        kept.append("a rule")
    assert kept == ["a rule"]
    with pytest.raises(OSError, match="disk full"), one_at_a_time(tmp_path):
        raise OSError("disk full")


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
