"""A study on dask.distributed, with a scheduler and separate worker processes on this machine, is the same study."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

import sim.runs.crews as crews
import sim.runs.study as sessions
from sim.runs.crews import Cluster
from sim.runs.plan import plan_of
from sim.runs.session import Running
from sim.runs.study import open_sweep, run_sweep
from sim.scenario import ScenarioError
from tests.support import stub_runs as stubs
from tests.support.stub_runs import Inline, study
from tests.support.working_folder import program, stub_sweep

ROOT = Path(__file__).resolve().parents[2]
SMALL_WORLD = ("months=2", "warm_up=2")


def by_hand(root, *more):
    """The digests of the study's runs without any crew to speak of."""
    scenario = study(root, *more)
    folder = open_sweep(scenario)
    running = Running(plan_of(scenario), folder.shards())
    running.run(Inline(stubs.quick))
    folder.release()
    return stubs.digests(running)


class Slow:
    """A part of a cluster that does not end in time."""

    def close(self, timeout):
        raise TimeoutError(f"not ended in {timeout} s")


def test_a_cluster_that_is_slow_to_end_does_not_fail_a_study_that_is_done():
    crew = object.__new__(Cluster)
    crew._client, crew._cluster = Slow(), Slow()
    crew._dismiss()


@pytest.mark.filterwarnings("ignore")  # dask's own
def test_a_cluster_gives_the_same_study_though_a_worker_is_killed(tmp_path, capfd, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(crews, "PATIENCE", 60)  # on a busy machine the killed worker may still be on its way back
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
    assert stubs.digests(running) == by_hand(tmp_path / "hand", "design.draws=40")


def listening_ports():
    """Ports on which this process and its children wait for others, as Linux lists them."""
    mine = {str(one.readlink()) for pid in family(os.getpid()) for one in links(Path(f"/proc/{pid}/fd"))}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in mine}


def family(pid):
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(one for task in tasks for child in task.read_text().split() for one in family(child))]


def links(folder):
    return [one for one in folder.iterdir() if one.is_symlink()]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="ports are listed as Linux does")
@pytest.mark.filterwarnings("ignore")  # dask's own
def test_a_local_cluster_answers_nobody_without_its_key():
    distributed = pytest.importorskip("distributed")
    before = listening_ports()
    crew = Cluster(1, stubs.quick)
    try:
        ports = listening_ports() - before
        assert len(ports) == 3  # scheduler, worker and the nanny that restarts it
        for port in ports:
            with pytest.raises(OSError, match=r"(?i)timed out|connect|handshake"):
                distributed.Client(f"tcp://127.0.0.1:{port}", timeout=1, set_as_default=False)
            with socket.create_connection(("127.0.0.1", port), timeout=5) as web:
                web.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert b"HTTP" not in answer_of(web)
    finally:
        crew.close()


def answer_of(connection):
    try:
        return connection.recv(1000)
    except OSError:
        return b""


@pytest.mark.parametrize("words", [[], ["compute.trust_scheduler=false"]], ids=["nothing said", "false"])
def test_an_open_address_is_refused_until_it_is_trusted(words, tmp_path):
    address = "compute.address=tcp://127.0.0.1:9"
    with pytest.raises(ScenarioError) as refused:
        study(tmp_path, "compute=cluster", address, *words)
    (message,) = refused.value.messages
    assert "compute.trust_scheduler" in message
    assert "tcp://127.0.0.1:9" in message
    assert "trusted with everything" in message
    assert study(tmp_path, "compute=cluster", address, "compute.trust_scheduler=true").compute.trust_scheduler


def test_an_encrypted_address_without_certificates_is_a_message(tmp_path):
    pytest.importorskip("distributed")
    scenario = study(tmp_path, "compute=cluster", "compute.address=tls://127.0.0.1:9")
    with pytest.raises(ScenarioError, match="dask has no certificates"):
        run_sweep(open_sweep(scenario), scenario, work=stubs.quick)


@pytest.mark.parametrize(
    "moment",
    [*(pytest.param(file, marks=pytest.mark.slow) for file in ("draws.csv", "progress.json")), "runs/*.parquet"],
)
def test_a_terminated_cluster_leaves_an_interrupted_study(moment, tmp_path):
    """While the cluster starts, once it has started, and with runs on the disk."""
    pytest.importorskip("distributed")
    words = ["compute=cluster", "compute.workers=1", "design.draws=2000", f"results_root={tmp_path}", "study=demo"]
    running = program([stub_sweep(), "slow", *words], tmp_path)
    until = time.monotonic() + 120
    while not list((tmp_path / "demo").glob(moment)) and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert json.loads((tmp_path / "demo" / "manifest.json").read_text())["status"] == "interrupted"


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
    scenario = study(tmp_path, "compute=cluster", "compute.address=tcp://127.0.0.1:9", "compute.trust_scheduler=true")
    with pytest.raises(ScenarioError, match="no scheduler answers"):
        run_sweep(open_sweep(scenario), scenario, work=stubs.quick)


@contextmanager
def scheduler_and_workers(folder, workers=2):
    """A scheduler and workers as a cluster's job script starts them: programs of their own, nobody restarts them."""
    folder.mkdir()
    started = []

    def start(kind, *words):
        command = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1"]
        files = ("--scheduler-file", str(folder / "scheduler.json"), "--no-dashboard")
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (folder / f"{len(started)}.log").open("wb") as log:
            started.append(subprocess.Popen([*command, *files, *words], env=env, stdout=log, stderr=log, cwd=folder))

    try:
        start("scheduler", "--port", "0")
        for _ in range(workers):
            start("worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
        yield _address(folder), started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _address(folder):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (folder / "scheduler.json").exists():
            return json.loads((folder / "scheduler.json").read_text())["address"]
        time.sleep(0.1)
    raise AssertionError((folder / "0.log").read_text())


class Killing:
    """A crew that loses a worker after so many answers; ``lost`` says that it did, with tasks under way."""

    def __init__(self, crew, victim, after):
        self.crew, self.victim, self.after = crew, victim, after
        self.answers, self.lost = 0, False

    def __getattr__(self, name):
        return getattr(self.crew, name)

    def collect(self, seconds):
        for task, answer in self.crew.collect(seconds):
            self.answers += 1
            if self.answers == self.after:
                self.lost = self.crew.busy() > 0
                self.victim.kill()
            yield task, answer


def digest_with_a_worker_killed(root, monkeypatch, *more, after, **kind):
    """The digest of a study of the model itself on a scheduler with two workers, one of which is killed midway."""
    with scheduler_and_workers(root) as (address, workers):
        crews_made = []

        def crew_of(engine, count, address, work):
            crews_made.append(Killing(crews.crew_of(engine, count, address, work), workers[0], after))
            return crews_made[-1]

        monkeypatch.setattr(sessions, "crew_of", crew_of)
        words = (*more, "compute=cluster", f"compute.address={address}", "compute.trust_scheduler=true")
        scenario = study(root / "results", *words, **kind)
        folder = open_sweep(scenario)
        progress = run_sweep(folder, scenario)
        monkeypatch.undo()
        assert crews_made[0].lost
        assert workers[0].poll() == -signal.SIGKILL
        assert workers[1].poll() is None
    assert (progress.done, progress.failed) == (progress.planned, 0)
    return folder.manifest["result_digest"]


def digest_of_local(root, workers, *more, **kind):
    scenario = study(root, *more, f"compute.workers={workers}", **kind)
    folder = open_sweep(scenario)
    progress = run_sweep(folder, scenario)
    assert (progress.done, progress.failed) == (progress.planned, 0)
    return folder.manifest["result_digest"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_model_on_a_scheduler_with_two_workers_one_of_them_killed(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    kind = {"draws": 3, "seeds": 1}
    far = digest_with_a_worker_killed(tmp_path / "far", monkeypatch, *SMALL_WORLD, after=1, **kind)
    assert far == digest_of_local(tmp_path / "near", 1, *SMALL_WORLD, **kind)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_model_is_the_same_on_any_crew(tmp_path, monkeypatch):
    """1, 2 and 4 processes, and a scheduler with two workers of which one is killed early, midway or late."""
    pytest.importorskip("distributed")
    kind = {"draws": 8, "seeds": 2}
    words = ("months=13", "warm_up=3", "arms.c=[payment=global_budget,providers=effort,upstream=portfolio]")
    found = {digest_of_local(tmp_path / str(n), n, *words, **kind) for n in (1, 2, 4)}
    found |= {
        digest_with_a_worker_killed(tmp_path / f"far-{after}", monkeypatch, *words, after=after, **kind)
        for after in (1, 7, 13)
    }
    assert len(found) == 1


def test_a_small_world_is_what_the_model_gives_in_a_loop(tmp_path):
    """Two workers and the store give, to the bit, what calling the model gives."""
    from sim.runs.comparison import simulate
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
