"""Killed at random moments, cut short on the disk: no run that was reported done is lost, none twice, none corrupt."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import sim.runs.study as sessions
from sim.runs.study import open_sweep, run_sweep
from sim.study import load_study
from sim.study.shards import Shards
from tests.support import killed_writer as killed
from tests.support import stub_runs as stubs
from tests.support.stub_runs import Inline, quick, study

ROOT = Path(__file__).resolve().parents[2]


def kill_often(root, kills, seed, *naive):
    root.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            str(ROOT / "tests" / "support" / "killed_writer.py"),
            str(root),
            str(kills),
            str(seed),
            *naive,
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def uninterrupted(root, monkeypatch, **more):
    monkeypatch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))
    scenario = study(root, **more)
    folder = open_sweep(scenario)
    run_sweep(folder, scenario, work=quick)
    return folder


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_kills_lose_nothing(tmp_path, kills, seed, monkeypatch):
    told = kill_often(tmp_path / "killed", kills, seed)
    assert told["faults"] == []
    whole = uninterrupted(tmp_path / "whole", monkeypatch, draws=killed.DRAWS)
    for path in map(Path, told["studies"]):
        after = load_study(path)
        assert after.is_done
        assert after.manifest["result_digest"] == whole.manifest["result_digest"]
        for name in ("totals.parquet", "summary.csv", "draws.csv", "runs.parquet", "years.parquet"):
            assert (path / name).read_bytes() == (whole.path / name).read_bytes(), name
        assert not [left for left in path.rglob("*") if left.name.endswith((".part", ".lock"))]


def test_a_naive_writer_is_caught(tmp_path, seed):
    assert kill_often(tmp_path / "naive", 30, seed, "naive")["faults"]


def test_two_hundred_truncated_files_are_all_refused(tmp_path, monkeypatch, seed):
    folder = uninterrupted(tmp_path, monkeypatch)
    (path,) = (folder.path / "runs").iterdir()
    whole, luck = path.read_bytes(), random.Random(seed)  # noqa: S311, it guards no secret
    other = tmp_path / "runs"
    other.mkdir()
    for i in range(200):
        place = luck.randrange(len(whole))
        flipped = whole[:place] + bytes([whole[place] ^ 1 << luck.randrange(8)]) + whole[place + 1 :]
        (other / path.name).write_bytes(flipped if i % 4 == 0 else whole[:place])
        shards = Shards(other)
        assert len(shards) == 0
        assert shards.damaged == [path.name]
    (other / path.name).write_bytes(whole)
    assert len(Shards(other)) == 20


def test_a_naive_reader_takes_truncated_files(tmp_path, seed):
    """The test above would fail on a store that believes what it reads."""
    runs = [stubs.outcome(f"{i:032x}") for i in range(20)]
    naive = killed.NaiveShards(tmp_path)
    naive.add(runs)
    naive.file.close()
    whole, luck = naive.path.read_bytes(), random.Random(seed)  # noqa: S311, it guards no secret
    taken = 0
    for _ in range(50):
        naive.path.write_bytes(whole[: luck.randrange(len(whole))])
        found = killed.NaiveShards(tmp_path)
        found.file.close()
        taken += any(line[2] != stubs.outcome(line[0]).digest for line in found.lines if len(line[0]) == 32)
    assert taken > 25


@pytest.mark.parametrize("name", ["totals.parquet", "summary.csv", "draws.csv", "runs"])
def test_a_damaged_study_is_made_whole_again(tmp_path, monkeypatch, name):
    folder = uninterrupted(tmp_path, monkeypatch)
    (path,) = (folder.path / "runs").iterdir() if name == "runs" else (folder.path / name,)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    asked = []
    monkeypatch.setattr(sessions, "crew_of", lambda *_: Inline(lambda task: asked.append(task) or quick(task)))
    scenario = study(tmp_path)
    again = open_sweep(scenario)
    assert not again.is_done
    run_sweep(again, scenario, work=quick)
    assert load_study(folder.path).is_done
    assert bool(asked) == (name == "runs")
    assert path.read_bytes() == whole


def test_nothing_is_written_when_the_disk_is_full(tmp_path, monkeypatch):
    """Whatever the call at which the disk refuses, the study can go on, and ends as if nothing had been."""
    import sim.study.atomic as atomic

    whole = uninterrupted(tmp_path / "whole", monkeypatch, draws=1, seeds=1)
    real, calls = atomic.os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) == limit:
            raise OSError(28, "No space left on device")
        return real(handle)

    monkeypatch.setattr(atomic.os, "fsync", full)
    limit, refused = 0, 0
    while True:
        limit += 1
        calls.clear()
        root = tmp_path / f"full-{limit}"
        scenario = study(root, draws=1, seeds=1)
        try:
            folder = open_sweep(scenario)
            run_sweep(folder, scenario, work=quick)
        except OSError:
            refused += 1
            folder = open_sweep(scenario)
            run_sweep(folder, scenario, work=quick)
        assert load_study(root / "demo").is_done
        assert (root / "demo" / "totals.parquet").read_bytes() == (whole.path / "totals.parquet").read_bytes()
        if len(calls) < limit:
            break
    assert refused > 10


def test_a_lock_that_a_kill_left_in_a_finished_study_is_removed(tmp_path, monkeypatch):
    folder = uninterrupted(tmp_path, monkeypatch)
    (folder.path / ".lock").write_text("nowhere 1")
    os.utime(folder.path / ".lock", (0, 0))
    assert open_sweep(study(tmp_path)).is_done
    assert not (folder.path / ".lock").exists()


def test_a_table_holds_each_run_once(tmp_path, monkeypatch):
    folder = uninterrupted(tmp_path, monkeypatch)
    runs = pd.read_parquet(folder.path / "runs.parquet")
    assert not runs.duplicated(["arm", "draw", "seed"]).any()
