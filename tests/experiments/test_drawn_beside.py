"""A second process draws the same figures, and is gone when its study ends, however that ends."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from experiments.figures import About, draw_figures
from experiments.output import drawn_beside as beside
from experiments.terminal.tables import call_arms
from sim.runs.comparison import compare
from tests.support.synthetic_runs import FakeScenario, FakeSystem

ARMS = ("fee_for_service", "global_budget")
LABELS = {"global_budget": "A budget, (=for all)"}
ABOUT = About(baseline=ARMS[0], seeds=3, sampled=700, months=14, version="1.2", digest="0123456789abcdef", arms=ARMS)
FROM_US = str(Path(__file__).resolve().parents[2])
LIVING = """
import time
from experiments.output import drawn_beside as beside
process = beside._started()
print(process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def tables() -> tuple[Any, Any]:
    scenario = FakeScenario(arms={arm: [] for arm in ARMS}, months=14, seed_list=(0, 1, 2), threads=1)
    comparison = compare(scenario, build=FakeSystem, populations=lambda _, seed: seed)
    results = comparison.frame()
    return comparison.summary(), results[results["stratum"] == "all"]


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The second processes that are started, which are where one helps."""
    found: list[Any] = []
    start = beside._started
    monkeypatch.setattr(beside, "_helps", lambda: True)
    monkeypatch.setattr(beside, "_started", lambda: found.append(start()) or found[-1])
    return found


def refuse(*_: object, **__: object) -> Any:
    raise PermissionError("not here")


def test_the_second_process_draws_the_same_to_the_byte(
    tables: tuple[Any, Any], processes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_arms(LABELS)
    try:
        here = draw_figures(*tables, ABOUT)
    finally:
        call_arms({})
    monkeypatch.setattr(beside, "_drawn_here", refuse)
    with beside.drawing(2, LABELS) as draw:
        drawn = draw(*tables, asdict(ABOUT))()
    assert set(drawn) == {f"{name}.png" for name in ("paths", "who_pays", "differences", "groups", "triple_aim")}
    assert [name for name, data in here.items() if drawn[name] != data] == []
    assert processes[0].returncode is not None


@pytest.mark.parametrize("instead", ["exit(1)", "print('a warning')", "import sys; sys.stdin.close()"])
def test_where_the_second_process_fails_this_one_draws(
    instead: str, tables: tuple[Any, Any], processes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **how: popen([sys.executable, "-c", instead], **how))
    monkeypatch.setattr(beside, "_drawn_here", lambda *given: {"paths.png": b"drawn here of %d" % len(given)})
    with beside.drawing(2, {}) as draw:
        assert draw(*tables, asdict(ABOUT))() == {"paths.png": b"drawn here of 3"}
    assert len(processes) == 1


def test_where_no_process_may_be_started_this_one_draws(
    tables: tuple[Any, Any], processes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(beside, "_drawn_here", lambda *_: {"paths.png": b"drawn here"})
    with beside.drawing(2, {}) as draw:
        assert draw(*tables, asdict(ABOUT))() == {"paths.png": b"drawn here"}
    assert processes == [None]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ArithmeticError])
def test_nothing_goes_on_after_an_interruption_or_a_fault(fault: type[BaseException], processes: list[Any]) -> None:
    def study() -> None:
        with beside.drawing(2, {}):
            assert processes[0].poll() is None
            raise fault

    with pytest.raises(fault):
        study()
    assert processes[0].returncode is not None
    assert processes[0].stdin.closed
    assert processes[0].stdout.closed


def test_one_thread_starts_no_process(processes: list[Any]) -> None:
    with beside.drawing(1, {}):
        pass
    assert processes == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_when_this_process_is_killed_the_second_one_ends() -> None:
    environment = {**os.environ, "PYTHONPATH": FROM_US}
    with subprocess.Popen([sys.executable, "-c", LIVING], stdout=subprocess.PIPE, env=environment) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        assert _is_alive(second)
        first.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while _is_alive(second) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _is_alive(second)


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended may wait for whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("executable", "drawn_before", "parent", "warm", "helps"),
    [
        ("python", False, None, True, True),
        ("", False, None, True, False),
        ("python", True, None, True, False),
        ("python", False, "a process", True, False),
        ("python", False, None, False, False),
    ],
)
def test_it_helps_where_nothing_is_compiled_and_nothing_was_drawn(
    executable: str, drawn_before: bool, parent: str | None, warm: bool, helps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(beside, "parent_process", lambda: parent)
    monkeypatch.setattr("sim.engine.compile.is_warm", lambda: warm)
    if not drawn_before:
        monkeypatch.delitem(sys.modules, "experiments.figures")
    assert beside._helps() == helps


def test_figures_load_neither_numba_nor_mesa() -> None:
    """The second process would compete for the time in which this one loads them."""
    code = "import sys, experiments.figures; print(*sorted({'numba', 'mesa', 'sim.scenario'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env={**os.environ, "PYTHONPATH": FROM_US}, check=True
    )
    assert done.stdout.split() == []
