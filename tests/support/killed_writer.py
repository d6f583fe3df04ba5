"""Kills a study again and again at random moments, and tells what became of it; a program of its own, since it forks.

    python killed_writer.py ROOT KILLS SEED [naive]

After each kill nothing that was reported done may be missing, and nothing that is there may be wrong. A study that was
finished in spite of all is followed by another one; the last session is left alone. With ``naive`` the study is kept as
a careless program would: one file, appended to, believed.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import pandas  # noqa: F401, imported once for all children
import pyarrow.parquet  # noqa: F401

import sim.runs.session as running
import sim.runs.study as sessions
import sim.study.folder as folders
from sim.runs.plan import plan_of
from sim.study.shards import Shards
from tests.support import stub_runs as stubs

DRAWS = 40


class NaiveShards(Shards):
    """One file of lines ``id digest``, written when the system likes, read without a doubt."""

    def __post_init__(self):
        self.path = self.folder / "all.txt"
        text = self.path.read_text() if self.path.exists() else ""
        self.lines = [line.partition(" ") for line in text.splitlines()]
        self.places = {run_id: i for i, (run_id, _, _) in enumerate(self.lines)}
        self.file = self.path.open("a")

    def add(self, outcomes):
        for one in outcomes:
            self.file.write(f"{one.id} {one.digest}\n")
            self.lines.append((one.id, " ", one.digest))
            self.places[one.id] = len(self.lines) - 1

    @property
    def files(self):
        return 1

    def get(self, run_ids):
        for run_id in run_ids:
            found = stubs.outcome(run_id) if len(run_id) == 32 else stubs.outcome("0" * 32)
            yield type(found)(**{**vars(found), "digest": self.lines[self.places[run_id]][2]})

    def scan(self, run_ids):
        return self.get(run_ids)

    def compact(self):
        pass


def work(task):
    time.sleep(0.001)
    return stubs.quick(task)


def session(scenario):
    """Run the study, or what is left of it, in this process."""
    sessions.crew_of = lambda *_: stubs.Inline(work)
    sessions.SAY_EVERY = 0.0
    running.MOST_RUNS, running.MOST_SECONDS, running.MANY = 7, 0.02, 5
    folder = sessions.open_sweep(scenario)
    if not folder.is_done:
        sessions.run_sweep(folder, scenario, work=work)


def faults(scenario, plan):
    """What is wrong on the disk: runs that were reported and are gone, runs that are not what they should be."""
    path = Path(scenario.results_root) / scenario.study_name
    if not (path / "runs").is_dir():  # killed before anything was written
        return []
    shards = folders.Shards(path / "runs")
    there = [run.id for run in plan.runs if run.id in shards]
    log = (path / "log.txt").read_text().splitlines() if (path / "log.txt").exists() else []
    reported = max((int(line.split()[1]) for line in log if " runs done" in line), default=0)
    found = [f"{reported} runs were reported done, {len(there)} are there"] if len(there) < reported else []
    wrong = [one.id for one in shards.get(there) if one.digest != stubs.outcome(one.id).digest]
    return [*found, *(f"run {run_id} is corrupt" for run_id in wrong)]


def in_child(doing, seconds=None):
    """Do something in a child; kill it after so many seconds. Return whether it ended by itself."""
    pid = os.fork()
    if pid == 0:
        try:
            doing()
        except BaseException as fault:
            print(f"child: {type(fault).__name__}: {fault}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"a session failed with exit code {os.WEXITSTATUS(status)}")
    return os.WIFEXITED(status)


def main(root, kills, seed, naive=""):
    luck = random.Random(int(seed))  # noqa: S311, it guards no secret
    plan = plan_of(stubs.study(root, draws=DRAWS))
    notes = Path(root) / "faults.txt"
    began = time.perf_counter()
    in_child(lambda: session(stubs.study(root, draws=DRAWS, name="timed")))
    longest = min(0.8, (time.perf_counter() - began) / 2)
    if naive:
        folders.Shards = NaiveShards
    studies = [stubs.study(root, draws=DRAWS, name="s0")]

    def note():
        with notes.open("a") as file:
            file.writelines(f"{one}\n" for one in faults(studies[-1], plan))

    for _ in range(int(kills)):
        finished = in_child(lambda: session(studies[-1]), luck.uniform(0, longest))
        in_child(note)
        if naive and notes.read_text():
            break  # one fault is enough to show that it would be found
        if finished:
            studies.append(stubs.study(Path(root) / str(len(studies)), draws=DRAWS, name=f"s{len(studies)}"))
    if not naive:
        in_child(lambda: session(studies[-1]))
        in_child(note)
    said = notes.read_text().splitlines() if notes.exists() else []
    paths = [str(Path(one.results_root) / one.study_name) for one in studies]
    print(json.dumps({"faults": said, "studies": paths, "longest": longest}))


if __name__ == "__main__":
    main(*sys.argv[1:])
