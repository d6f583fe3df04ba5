"""Runs that are kept and read again, by hand: more than a group, of several shapes, in the order asked for."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.runs import crews
from sim.runs.crews import Processes, Threads
from sim.runs.plan import Task
from sim.runs.study import workers_of
from sim.study import folder as folders
from sim.study import shards as kept
from sim.study.files import PROGRESS, RUNS
from sim.study.folder import Study
from sim.study.manifest import COMPARISON, SWEEP, new_manifest
from sim.study.runs import from_bytes, to_bytes
from sim.study.shards import Outcome, Shards
from sim.study.tables import read_parquet
from tests.support.synthetic_runs import synthetic_run

pytestmark = pytest.mark.quick

ROWS = (("all", "all"), ("race", "white"))
NAMES = ("deaths", "pmpm_total")
EVERYBODY = (("all", "all"), ("race", "black"))


def an_outcome(number, *, rows=ROWS, courses=True, yearly=False, result=None):
    """Each number of each part is another: of run 7 the totals are 700 to 703, the courses 7000 to 7005."""
    totals = 100.0 * number + np.arange(4).reshape(2, 2)
    return Outcome(
        f"run {number}", f"digest {number}", 10 + number, number / 8, rows, NAMES, totals,
        amounts=totals + 0.5,
        courses=1000.0 * number + np.arange(6).reshape(3, 2) if courses else None,
        monthly=totals[None] + 0.125 if yearly else None,
        yearly=totals[None] + 0.25 if yearly else None,
        result=result,
    )  # fmt: skip


def is_same(found, expected):
    """Whether a run came back as it was; a complete result comes back when it is asked for."""
    parts = [(getattr(found, name), getattr(expected, name)) for name in kept.PARTS]
    arrays = all(a is b is None or (a is not None and np.array_equal(a, b)) for a, b in parts)
    plain = all(getattr(found, name) == getattr(expected, name) for name in (*kept.PLAIN, "rows", "measures"))
    return arrays and plain


@pytest.fixture
def runs():
    """Of 112 runs every seventh has other rows, every fifth no courses, every ninth its months."""
    return [
        an_outcome(n, rows=EVERYBODY if n % 7 == 0 else ROWS, courses=n % 5 > 0, yearly=n % 9 == 0) for n in range(112)
    ]


def test_runs_come_back_in_the_order_asked_for_each_with_its_own_numbers(tmp_path, runs):
    store = Shards(tmp_path)
    store.add(runs[:60])
    store.add(runs[60:])
    asked = [*range(111, -1, -2), 4, *range(0, 112, 2)]
    for shards in (store, Shards(tmp_path)):
        assert len(shards) == 112
        found = list(shards.get(f"run {n}" for n in asked))
        assert [one.id for one in found] == [f"run {n}" for n in asked]
        assert all(is_same(one, runs[n]) for n, one in zip(asked, found, strict=True))


def test_few_files_hold_what_many_held(tmp_path, runs, monkeypatch):
    """Seven runs of one shape in seven files, put into files of three: 3 + 3 + 1."""
    monkeypatch.setattr(kept, "LARGEST", 3)
    alike = [one for one in runs if is_same(one, replace(one, rows=ROWS)) and one.monthly is None][:7]
    alike = [replace(one, courses=None) for one in alike]
    store = Shards(tmp_path)
    for one in alike:
        store.add([one])
    assert store.files == 7
    store.compact()
    for shards in (store, Shards(tmp_path)):
        assert shards.files == len(list(tmp_path.glob("*.parquet"))) == 3
        assert all(is_same(a, b) for a, b in zip(shards.get(one.id for one in alike), alike, strict=True))


def test_a_run_that_is_done_again_is_the_later_one_and_its_place_is_in_the_later_file(tmp_path):
    store = Shards(tmp_path)
    store.add([an_outcome(1), an_outcome(2), an_outcome(3)])
    again = replace(an_outcome(3), totals=an_outcome(3).totals + 7)
    store.add([again])
    assert is_same(next(store.get(["run 3"])), again)
    assert is_same(next(store.get(["run 2"])), an_outcome(2))


def test_complete_runs_come_back_each_as_its_own_and_are_not_put_together(tmp_path):
    whole = [synthetic_run(arm, seed, 2) for arm in ("fee_for_service", "global_budget") for seed in (3, 8)]
    store = Shards(tmp_path)
    store.add([an_outcome(n, result=one) for n, one in enumerate(whole)])
    store.add([an_outcome(7)])
    for shards in (store, Shards(tmp_path)):
        assert [shards.result(f"run {n}").digest for n in (2, 0, 3, 1)] == [whole[n].digest for n in (2, 0, 3, 1)]
        assert [one.id for one in shards.get(["run 7", "run 3", "run 0"])] == ["run 7", "run 3", "run 0"]
        assert shards.files == 1  # of those that can be put together


def test_a_complete_run_keeps_its_arm_seed_draw_and_months():
    run = replace(synthetic_run("global_budget", 8, 2), draw=5)
    found = from_bytes(to_bytes(run), "run")
    assert (found.arm, found.seed, found.draw, found.months) == ("global_budget", 8, 5, 2)
    assert found.weights.tolist() == run.weights.tolist()


# --- a study's folder


def a_study(tmp_path, kind=SWEEP):
    return Study(tmp_path, new_manifest("s" * 64, "d" * 64, (3, 8), 1, kind))


def test_an_arm_has_its_own_name_though_it_shares_its_run(tmp_path):
    study = a_study(tmp_path, COMPARISON)
    store = Shards(tmp_path / "runs")
    store.folder.mkdir()
    store.add([an_outcome(n, result=synthetic_run("base", seed, 2)) for n, seed in ((1, 3), (2, 8))])
    vars(study)["run_ids"] = {(arm, 0, seed): f"run {n}" for arm in ("base", "same") for n, seed in ((1, 3), (2, 8))}
    assert [(one.arm, one.seed) for one in (study.run("same", 8), study.run("base", 3))] == [("same", 8), ("base", 3)]


def test_courses_are_of_the_arms_and_draws_that_are_asked_for(tmp_path):
    study = a_study(tmp_path)
    (tmp_path / "runs").mkdir()
    Shards(tmp_path / "runs").add([an_outcome(n, courses=n != 4) for n in range(1, 7)])
    places = [("a", 0, 3), ("a", 1, 3), ("a", 1, 8), ("b", 1, 3), ("b", 1, 8), ("b", 0, 8)]
    vars(study)["run_ids"] = {place: f"run {n}" for n, place in enumerate(places, 1)}
    found = study.courses({("a", 1), ("b", 1)})
    assert {place: float(values[0, 0]) for place, values in found.items()} == {
        ("a", 1, 3): 2000, ("a", 1, 8): 3000, ("b", 1, 8): 5000,
    }  # fmt: skip


def test_inputs_are_as_they_are_now_and_what_a_user_took_away_is_gone(tmp_path):
    source, study = tmp_path / "conf", a_study(tmp_path / "study")
    source.mkdir()
    for name in ("a.csv", "mine.yaml", "other.yaml"):
        (source / name).write_text("1")
    own = {f"own/payment/{name}": source / name for name in ("mine.yaml", "other.yaml")}
    study.keep_inputs({"evidence/a.csv": source / "a.csv", **own})
    (source / "a.csv").write_text("2")
    study.keep_inputs({"evidence/a.csv": source / "a.csv", "own/payment/mine.yaml": source / "mine.yaml"})
    kept_files = {
        file.relative_to(study.path / "inputs").as_posix(): file.read_text()
        for file in (study.path / "inputs").rglob("*") if file.is_file()
    }  # fmt: skip
    assert kept_files == {"evidence/a.csv": "2", "own/payment/mine.yaml": "1"}
    assert study.own_files() == ["payment/mine.yaml"]


def test_a_study_says_how_far_it_is_and_the_most_memory_of_its_sessions(tmp_path, monkeypatch):
    study = a_study(tmp_path)
    (tmp_path / PROGRESS).write_text('{"planned": 20, "done": 7, "running": 3, "failed": 2}')
    assert study.progress() == (7, 20)
    monkeypatch.setattr(folders, "peak_memory_bytes", lambda: 500)
    study.manifest["peak_memory_bytes"] = 900
    study._stop("interrupted", {"months": 2.0})
    assert study.manifest["peak_memory_bytes"] == 900
    monkeypatch.setattr(folders, "peak_memory_bytes", lambda: 1200)
    study._stop("interrupted", {"months": 3.0})
    assert (study.manifest["peak_memory_bytes"], study.manifest["seconds_months"]) == (1200, 5.0)
    assert RUNS not in {file.name for file in tmp_path.iterdir()}


def test_a_part_of_a_table_fits_every_value_that_is_asked_for():
    import pandas as pd

    from sim.study.tables import parquet

    rows = [(arm, seed, level) for arm in "ab" for seed in (3, 8) for level in ("all", "x")]
    data = parquet(pd.DataFrame(rows, columns=["arm", "seed", "level"]))
    found = read_parquet(data, arm="b", seed=[3, 9], level="x")
    assert found.to_numpy().tolist() == [["b", 3, "x"]]


# --- who computes


def a_task(seed, draw, *arms):
    return Task(seed, draw, tuple((f"{arm} {seed} {draw}", arm) for arm in arms), {}, {}, arms[0], "totals", "code")


def test_threads_give_back_every_run_of_a_task_and_have_room_when_its_last_is_done():
    """Two tasks of one seed in two draws: three runs and two. The crew has two hands."""
    crew = Threads(2, lambda task: lambda run_id, arm: (run_id, arm, task.draw))
    try:
        crew.submit(a_task(8, 0, "a", "b", "c"))
        crew.submit(a_task(8, 1, "a", "b"))
        assert (crew.room(), crew.busy()) == (0, 2)
        found = []
        while crew.busy():
            for part, answer in crew.collect(5.0):
                assert part.runs == ((answer[0][0], answer[0][1]),)
                found.append(answer[0])
        assert sorted(found) == sorted((f"{a} 8 {d}", a, d) for d, arms in ((0, "abc"), (1, "ab")) for a in arms)
        assert (crew.room(), crew.busy()) == (2, 0)
    finally:
        crew.close()


def test_the_first_run_of_a_task_goes_before_later_runs_of_others():
    """One thread that is busy with the first run of one task: then come the first of the other, and the rest."""
    crew = Threads(1, lambda task: lambda run_id, arm: run_id)
    crew._pool = SimpleNamespace(submit=lambda work: None, shutdown=lambda cancel_futures: None)
    crew.submit(a_task(3, 0, "a", "b"))
    crew.submit(a_task(3, 1, "a", "b"))
    for _ in range(4):
        crew._next()
    assert [crew._done.get()[1] for _ in range(4)] == ["a 3 0", "a 3 1", "b 3 0", "b 3 1"]


def test_the_memory_of_a_crew_is_that_of_its_largest_worker(monkeypatch):
    crew = Processes.__new__(Processes)
    crew.peak_memory = None
    monkeypatch.setattr(crews.connection, "wait", lambda pipes, seconds: pipes)
    for memory, most in ((500, 500), (900, 900), (None, 900), (700, 900)):
        worker = SimpleNamespace(pipe="pipe", task="task", answer=lambda memory=memory: (["done"], memory))
        crew._workers = [SimpleNamespace(pipe="idle", task=None), worker]
        assert list(crew.collect(0.0)) == [("task", ["done"])]
        assert (crew.peak_memory, worker.task, crew.room()) == (most, None, 2)


@pytest.mark.parametrize(("workers", "threads", "found"), [(None, 3, 3), (5, 3, 5)])
def test_a_sweep_has_as_many_workers_as_are_asked_for_or_as_threads(workers, threads, found):
    assert workers_of(SimpleNamespace(compute=SimpleNamespace(workers=workers), threads=threads)) == found
