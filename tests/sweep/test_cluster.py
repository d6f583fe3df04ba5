"""A study on dask.distributed, with a scheduler and separate worker processes on this machine, is the same study."""

import os
import signal
import sys
import time
from threading import Thread

import pytest

import sim.sweep.crew as crews
import sim.sweep.study as sessions
from sim.scenario import ScenarioError
from sim.sweep.crew import Cluster
from sim.sweep.plan import plan_of
from sim.sweep.run import Running
from sim.sweep.study import open_sweep, run_sweep, study_digest
from tests.sweep import stubs
from tests.sweep.stubs import Inline, study


def by_hand(root, *more):
    """The digest of the study without any crew to speak of."""
    scenario = study(root, *more)
    folder = open_sweep(scenario)
    running = Running(plan_of(scenario), folder.shards())
    running.run(Inline(stubs.quick))
    folder.release()
    return study_digest(running.plan, running.shards)


@pytest.mark.filterwarnings("ignore")  # dask's own
def test_a_cluster_gives_the_same_study_though_a_worker_is_killed(tmp_path, capfd):
    pytest.importorskip("distributed")
    scenario = study(tmp_path / "cluster", "compute=cluster", "compute.workers=2", draws=40)
    folder = open_sweep(scenario)
    running = Running(plan_of(scenario), folder.shards())
    crew = Cluster(2, stubs.slow)
    processes = [worker.pid for worker in crew._cluster.workers.values()]
    killed = []

    def kill():
        time.sleep(0.5)
        os.kill(processes[0], signal.SIGKILL)
        killed.append(processes[0])

    thread = Thread(target=kill)
    thread.start()
    try:
        running.run(crew)
    finally:
        thread.join()
        crew.close()
    folder.release()
    assert killed
    assert running.progress.done == 160
    assert study_digest(running.plan, running.shards) == by_hand(tmp_path / "hand", "design.draws=40")


def test_without_dask_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    scenario = study(tmp_path, "compute=cluster")
    folder = open_sweep(scenario)
    with pytest.raises(ScenarioError, match=r"pip install 'ccosim\[cluster\]'"):
        run_sweep(folder, scenario, work=stubs.quick)
    assert folder.holder() is None


def test_a_scheduler_that_does_not_answer_is_a_message(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(crews, "PATIENCE_TO_CONNECT", 0.3)
    scenario = study(tmp_path, "compute=cluster", "compute.address=tcp://127.0.0.1:9")
    with pytest.raises(ScenarioError, match="no scheduler answers"):
        run_sweep(open_sweep(scenario), scenario, work=stubs.quick)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_small_world_is_the_same_on_any_crew(tmp_path):
    """The model itself: 1, 2 and 4 processes, and dask with two workers."""
    pytest.importorskip("distributed")
    found = set()
    for i, words in enumerate(
        [["compute.workers=1"], ["compute.workers=2"], ["compute.workers=4"], ["compute=cluster", "compute.workers=2"]]
    ):
        scenario = study(tmp_path / str(i), *words, "months=2", "warm_up=2", draws=2)
        folder = open_sweep(scenario)
        progress = sessions.run_sweep(folder, scenario)
        assert (progress.done, progress.failed) == (8, 0)
        found.add(folder.manifest["result_digest"])
    assert len(found) == 1


def test_a_small_world_is_what_the_model_gives_in_a_loop(tmp_path):
    """Two workers and the store give, to the bit, what calling the model gives."""
    from sim.compare import simulate
    from sim.study import load_study

    scenario = study(tmp_path, "months=2", "warm_up=2", "compute.workers=2", draws=2, seeds=1)
    folder = open_sweep(scenario)
    assert run_sweep(folder, scenario).failed == 0
    plan = plan_of(scenario)
    totals = load_study(folder.path).totals(stratum="all", measure="pmpm_total")
    for run in plan.runs:
        drawn = scenario.arm(run.arm).with_cells(plan.design.values(run.draw))
        result = simulate(drawn, run.seed, threads=1)
        row = totals[(totals["arm"] == run.arm) & (totals["draw"] == run.draw) & (totals["seed"] == run.seed)]
        assert row["value"].item() == result.value("pmpm_total")
