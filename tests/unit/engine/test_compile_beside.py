"""A second process compiles beside this one, whoever starts it first; the two take turns to keep what they compiled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from sim.engine import compile_beside as beside
from sim.engine.kept_folder import CAN_LOCK, one_at_a_time

pytestmark = pytest.mark.quick

CONF = Path("a") / "conf"


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing was started or asked yet."""
    monkeypatch.setattr(beside, "FIRST", Lock())
    beside._helps.cache_clear()
    yield
    monkeypatch.undo()
    beside._helps.cache_clear()


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


def test_whoever_is_first_starts_it_and_nobody_else(monkeypatch: pytest.MonkeyPatch, afresh: None) -> None:
    """It finds the package from any folder, and takes no module from the one in which the user is."""
    started: list[tuple[list[str], Any]] = []
    at_exit: list[Any] = []
    process = SimpleNamespace(kill=lambda: at_exit.append("killed"), wait=lambda: at_exit.append("gone"))
    monkeypatch.setattr(beside, "_helps", lambda: True)
    monkeypatch.setattr(beside.atexit, "register", lambda *call: at_exit.append(call))
    monkeypatch.setattr(subprocess, "Popen", lambda words, **how: started.append((words, how)) or process)
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    for folder in (CONF, Path("another")):
        beside.compile_beside(folder)
    assert len(started) == 1
    words, how = started[0]
    assert words[1:] == ["-P", "-m", "sim.last_rules", str(CONF)]
    assert [how[name] for name in ("stdin", "stdout", "stderr")] == [subprocess.PIPE, *[subprocess.DEVNULL] * 2]
    package, others = how["env"]["PYTHONPATH"].split(os.pathsep)
    assert ((Path(package) / "sim").is_dir(), others) == (True, "elsewhere")
    [(end, *what)] = at_exit
    end(*what)
    assert at_exit[1:] == ["killed", "gone"]


def test_where_no_process_may_be_started_there_is_none(monkeypatch: pytest.MonkeyPatch, afresh: None) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(beside, "_helps", lambda: True)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    beside.compile_beside(CONF)


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
