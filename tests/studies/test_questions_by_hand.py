"""What a study asks of its inputs, of its end, of its session and of an earlier one: by hand."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sim.runs import inputs, reproduction, stopping
from sim.runs import study as sessions
from sim.runs.inputs import check_inputs, check_outcomes, notes_of
from sim.runs.plan import Run, Task, plan_of
from sim.runs.reproduction import _differences, _notes, recorded_plan, reproduce
from sim.runs.session import Running
from sim.runs.stopping import Look
from sim.runs.study import STOPPING, _run_batches, described_design, open_comparison, open_sweep, run_sweep
from sim.runs.work import Failure
from sim.scenario import ScenarioError
from sim.study.errors import InputChangedError
from sim.study.files import CONTRASTS, DRAWS, SUMMARY, TOTALS
from sim.study.manifest import DONE, new_manifest
from sim.study.shards import Memory, Outcome
from sim.study.tables import write_csv
from sim.upstream.load import PackageError
from tests.support.stub_runs import Inline, outcome, quick, study

pytestmark = pytest.mark.quick


# --- inputs


def test_packages_of_every_arm_at_any_time_and_the_margins_are_looked_at(monkeypatch):
    """Of two arms the second offers a package later that has a fault; the margins have one as well."""

    def loaded(names, folder):
        if "wrong" in names:
            raise PackageError([f"wrong, in {folder}"])

    monkeypatch.setattr("sim.upstream.load.load_packages", loaded)
    monkeypatch.setattr(inputs, "_faults_of_margins", lambda scenario: scenario.margins)

    def arm(*packages, later=()):
        upstream = SimpleNamespace(packages=packages)
        return SimpleNamespace(upstream=upstream, packages_ever=(*packages, *later), folder="mine", arms={}, margins=[])

    both = {"a": arm("chw"), "b": arm("meals", later=("wrong",))}
    whole = SimpleNamespace(arms=both, arm=both.get, margins=["no margins"], packages_ever=(), folder="mine")
    with pytest.raises(ScenarioError) as said:
        check_inputs(whole)
    assert said.value.messages == ["no margins", "wrong, in mine"]
    with pytest.raises(ScenarioError, match="wrong, in mine"):
        check_inputs(both["b"])
    check_inputs(both["a"])


def test_what_is_remarked_is_of_the_scenario_and_of_margins_that_are_not_met(monkeypatch):
    monkeypatch.setattr("sim.population.build.unmet_margins", lambda *given: (f"not met by {given}",))
    scenario = SimpleNamespace(notes=("idle",), population="people", registry="numbers", folder="conf")
    assert notes_of(scenario) == ("idle", "not met by ('people', 'numbers', 'conf')")


def test_outcomes_are_measures_and_the_others_are_named():
    check_outcomes(SimpleNamespace(outcomes=("pmpm_total",)))
    with pytest.raises(ScenarioError, match=r"outcomes: 'pmpm_totl' is no measure \(nearest: pmpm_total\)"):
        check_outcomes(SimpleNamespace(outcomes=("pmpm_total", "pmpm_totl")))


# --- when a study has seeds enough


def looked(seeds, *widths):
    contrasts = tuple((f"lever={i}", arm) for i in range(len(widths) // 2) for arm in ("new", "odd"))
    return Look(seeds, contrasts, np.arange(len(widths)) + seeds / 2, np.array(widths))


def test_the_table_of_looks_names_the_seeds_the_arm_and_the_point_of_each_difference():
    """Two looks of two arms at two points: the estimate is half of the seeds and a number of its own for each."""
    found = stopping.frame([looked(5, 4.0, 3.0, 2.0, 1.0), looked(12, 0.4, 0.3, 0.2, 0.1)])
    assert list(found.columns) == ["seeds", "arm", "point", "difference", "half_width"]
    assert found.iloc[[1, 2, 7]].to_numpy().tolist() == [
        [5, "odd", "lever=0", 3.5, 3.0], [5, "new", "lever=1", 4.5, 2.0], [12, "odd", "lever=1", 9.0, 0.1],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("looks", "enough", "widest", "needed"),
    [
        ([looked(5, 1.0, 3.0), looked(10, 4.0, 1.0)], False, 4.0, 40),  # twice as wide as wanted: four times 10
        ([looked(5, 9.0, 1.0), looked(10, 2.0, 1.0), looked(15, 0.5, 1.5)], True, 1.5, None),
        ([looked(5, 1.0, 1.0), looked(10, 1.0, np.nan)], False, None, None),
    ],
)
def test_what_is_noted_of_the_end_is_of_the_last_look(looks, enough, widest, needed):
    scenario = SimpleNamespace(stop=SimpleNamespace(outcome="people", half_width=2.0, at_most=50))
    assert stopping.noted(scenario, looks) == {
        "outcome": "people", "wanted": 2.0, "seeds": looks[-1].seeds, "looks": len(looks), "widest": widest,
        "enough": enough, "at_most": 50, "needed": needed,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arms", "seeds", "at_most", "said"),
    [
        (2, 5, 10, None),
        (2, 5, 9, "at least two batches of seeds=5"),
        (2, 4, 50, "at least 5"),
        (2, (1, 2, 3, 4, 5), 50, "must be the number of seeds of one batch"),
        (1, 5, 50, "needs two arms or more"),
    ],
)
def test_what_a_study_that_stops_needs(arms, seeds, at_most, said):
    stop = SimpleNamespace(outcome="pmpm_total", half_width=1.0, at_most=at_most)
    found = ""
    try:
        stopping.check_stop(SimpleNamespace(arms=range(arms), seeds=seeds, stop=stop))
    except ScenarioError as refused:
        (found,) = refused.messages
    assert (said in found) if said else found == ""


# --- a session


def a_run(name, seed=0):
    rows, totals = (("all", "all"),), np.zeros((1, 1))
    return Outcome(name, "digest", 1, 0.0, rows, ("people",), totals)


def a_task(*names):
    return Task(3, 0, tuple((name, "a") for name in names), {}, {}, "a", "totals", "code")


def asked_for(*names, twice=()):
    """A plan whose runs are one task; those of ``twice`` stand for two arms."""
    runs = [Run("a", 0, 3, name) for name in names] + [Run("b", 0, 3, name) for name in twice]

    def tasks(done):
        left = [name for name in names if name not in done]
        return iter([a_task(*left)] if left else [])

    return SimpleNamespace(runs=runs, tasks=tasks)


def test_runs_that_are_there_are_done_for_every_arm_and_only_the_rest_is_asked_for():
    """Of x, y and z the last two stand for two arms; y is there, and so are two of five."""
    store, asked = Memory([a_run("y")]), []
    running = Running(asked_for("x", "y", "z", twice=("y", "z")), store)
    assert (running.progress.planned, running.progress.done, running.progress.found) == (5, 2, 2)
    assert running.missing() == 3
    running.run(Inline(lambda task: asked.append(task.runs) or [a_run(name) for name, _ in task.runs]))
    assert asked == [(("x", "a"), ("z", "a"))]
    assert (running.progress.done, running.progress.found, running.missing()) == (5, 2, 0)


def test_runs_that_are_left_out_are_neither_planned_nor_asked_for():
    asked = []
    running = Running(asked_for("x", "y", "z"), Memory(), leave_out={"y"})
    running.run(Inline(lambda task: asked.append(task.runs) or [a_run(name) for name, _ in task.runs]))
    assert (running.progress.planned, running.progress.done) == (2, 2)
    assert asked == [(("x", "a"), ("z", "a"))]


def test_only_what_may_be_tried_again_is_tried_alone_and_the_reason_is_its_own():
    """x is wrong for good, y lacks memory three times, z is well; a worker that is killed leaves both of its runs."""
    asked = []

    def work(task):
        names = [name for name, _ in task.runs]
        asked.append(names)
        faults = {"x": Failure("x", "wrong"), "y": Failure("y", "no memory", again=True)}
        return [faults.get(name) or a_run(name) for name in names]

    running = Running(asked_for("x", "y", "z"), Memory())
    running.run(Inline(work))
    assert asked == [["x", "y", "z"], ["y"], ["y"]]
    assert running.failed == {"x": "wrong", "y": "no memory, 3 times"}
    asked.clear()
    running = Running(asked_for("v", "w"), Memory())
    running.run(Inline(lambda task: asked.append([name for name, _ in task.runs])))
    assert asked == [["v", "w"], ["v"], ["w"], ["v"], ["w"]]
    assert set(running.failed.values()) == {"its worker was killed or crashed, 3 times"}


def test_an_input_that_was_edited_ends_the_session_and_what_is_done_is_kept():
    running = Running(asked_for("x", "y"), Memory())
    with pytest.raises(InputChangedError, match=r"margins\.csv"):
        running.run(Inline(lambda task: [a_run("x"), Failure("y", "edited", changed="margins.csv")]))
    assert ("x" in running.store, "y" in running.store) == (True, False)


# --- a study and its tables


@pytest.fixture(autouse=True)
def inline(monkeypatch):
    monkeypatch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))


def failing(task):
    return [Failure(run_id, "wrong") for run_id, _ in task.runs]


def test_batches_are_counted_together_and_the_seeds_are_those_of_the_last(monkeypatch):
    """Batches of 4, 6 and 7 seeds of one arm, of which one is there; it ends after the second."""
    seeds = iter([4, 6, 7])
    batches = [SimpleNamespace(seeds=tuple(range(n))) for n in seeds]
    noted, store = [], Memory([a_run("0")])

    class Counted(Running):
        def __init__(self, batch, store, heard):
            super().__init__(asked_for(*map(str, batch.seeds)), store, heard)

        def run(self, crew):
            super().run(crew)
            self.progress.seconds = 10.0 * len(self.plan.runs)

    monkeypatch.setattr(sessions, "Running", Counted)
    monkeypatch.setattr(sessions.stopping, "batches", lambda plan, scenario: batches)
    monkeypatch.setattr(sessions, "_has_enough", lambda batch, *_: noted.append(batch) or len(noted) == 2)
    folder = SimpleNamespace(
        shards=lambda: store, manifest={"peak_memory_bytes": None}, log=lambda line: None, write=lambda name, data: None
    )
    scenario = SimpleNamespace(
        compute=SimpleNamespace(engine="", workers=1, address=None), threads=1, stop=SimpleNamespace(outcome="people")
    )
    _, found = _run_batches(
        None, scenario, folder, lambda progress: None, lambda task: [a_run(n) for n, _ in task.runs]
    )
    assert noted == batches[:2]
    assert folder.manifest["seed_list"] == list(range(6))
    assert (found.done, found.found, found.seconds) == (6, 1, 100.0)
    assert found.runs_per_minute == 60 * 5 / 100
    noted.clear()
    store._kept.clear()
    _, found = _run_batches(None, scenario, folder, lambda progress: None, failing)
    assert (noted, found.failed, folder.manifest["seed_list"]) == ([], 4, list(range(4)))  # nobody looks, and it ends


def test_a_study_of_which_nothing_is_left_has_no_tables_of_before(tmp_path):
    """It was whole with seeds 0 and 1; with other seeds under the same name every run fails."""
    folder = open_sweep(study(tmp_path))
    run_sweep(folder, study(tmp_path), work=quick)
    (folder.path / STOPPING).write_text("an earlier end")
    assert (folder.path / SUMMARY).is_file()
    other = study(tmp_path, seeds="[7,9]")
    again = open_sweep(other)
    progress = run_sweep(again, other, work=failing)
    assert (progress.done, progress.failed, again.status) == (0, 20, "failed")
    assert not [name for name in (SUMMARY, TOTALS, STOPPING) if (folder.path / name).exists()]
    assert again.manifest["seed_list"] == [7, 9]
    assert again.reasons() == {"wrong": 20}


def test_arms_that_are_a_two_by_two_have_their_interaction_though_nobody_asked_for_it(tmp_path):
    """Of programs, of a budget and of both: the mean over two seeds of both - one - other + neither."""
    words = ("arms.c=[upstream=none, payment=global_budget]", "arms.d=[upstream=chw, payment=global_budget]")
    scenario = study(tmp_path, *words, draws=1)
    folder = open_sweep(scenario)
    run_sweep(folder, scenario, work=quick)
    assert (folder.path / CONTRASTS).is_file()
    plan, found = plan_of(scenario), folder.table("contrasts")
    state = found[(found["measure"] == "pmpm_total") & (found["stratum"] == "all")]
    value = {arm: [made_up(plan.run(arm, 0, seed).id) for seed in (0, 1)] for arm in "abcd"}
    expected = np.mean([value["d"][i] - value["b"][i] - value["c"][i] + value["a"][i] for i in (0, 1)])
    assert state[["contrast", "sum"]].to_numpy().tolist() == [["interaction", "d - b - c + a"]]
    assert state["estimate"].item() == pytest.approx(expected)


def made_up(run_id):
    return outcome(run_id).totals[0, 0]


def test_a_study_keeps_the_files_of_each_arm_at_each_point_and_those_of_its_user(monkeypatch):
    kept, opened = {}, {}
    folder = SimpleNamespace(is_done=False, keep_inputs=kept.update)
    monkeypatch.setattr(sessions, "open_study", lambda *where, **what: opened.update(where=where, **what) or folder)
    monkeypatch.setattr(sessions, "data_digest", lambda conf: f"data of {conf}")
    monkeypatch.setattr(sessions, "of_folder", lambda conf: SimpleNamespace(own={"payment/mine.yaml": "mine"}))
    scenario = SimpleNamespace(
        arms={"a": (), "b": ()}, points=("p", "q"), folder=Path("conf"), study=None, study_name="demo",
        seed_list=(3, 8), cell=lambda arm, point: SimpleNamespace(files=lambda: ("all.csv", f"{arm}{point}.csv")),
        results_root="results",
        described=lambda: "described", digest=lambda: "digest", threads=2, compute=SimpleNamespace(workers=5),
    )  # fmt: skip
    open_sweep(scenario)
    files = ("all.csv", *(f"{arm}{point}.csv" for arm in "ab" for point in "pq"))
    assert kept == {name: Path("conf") / name for name in files} | {"own/payment/mine.yaml": "mine"}
    usual = {
        "where": ("results", "demo"), "scenario": "described", "scenario_digest": "digest", "seeds": (3, 8),
        "data_digest": "data of conf",
    }  # fmt: skip
    assert opened == usual | {"kind": "sweep", "threads": 5, "may_change": False}
    scenario.study = "demo"
    open_sweep(scenario)
    assert opened["may_change"]
    opened.clear()
    open_comparison(scenario)
    assert opened == usual | {"kind": "comparison", "threads": 2}


# --- once more


def test_a_study_that_is_run_again_has_its_own_baseline_seeds_and_draws(tmp_path):
    """Two points of a lever with three draws, seeds 3 and 8, the second arm for a baseline."""
    words = ("baseline=b", "levers.parameters.upstream.reach_scale=[0,1]")
    scenario = study(tmp_path, *words, draws=3, seeds="[3,8]")
    folder, plan = open_sweep(scenario), plan_of(scenario)
    folder.write(DRAWS, write_csv(plan.design.frame()))
    folder.write_scenarios(described_design(plan))
    folder.manifest["status"] = DONE
    again = recorded_plan(folder)
    assert (again.arms, again.baseline, again.seeds) == (("a", "b"), "b", (3, 8))
    assert [run.id for run in again.runs] == [run.id for run in plan.runs]
    assert [again.design.values(draw) for draw in range(6)] == [plan.design.values(draw) for draw in range(6)]
    folder.release()


def test_a_run_is_compared_with_that_of_its_own_arm_draw_and_seed():
    """Of four runs the one of draw 1 and seed 8 is another now; one is not in the folder."""
    rows, names = (("all", "all"),), ("people",)
    places = [("a", 0, 3), ("a", 0, 8), ("a", 1, 3), ("a", 1, 8)]

    def runs(value):
        return [Outcome(f"{d} {s}", "", 1, 0.0, rows, names, np.array([[value(d, s)]])) for _, d, s in places]

    kept = runs(lambda draw, seed: 100.0 * draw + seed)
    folder = SimpleNamespace(
        shards=lambda: Memory(kept[:2] + kept[3:]), run_ids={place: f"{place[1]} {place[2]}" for place in places}
    )
    now = Memory(runs(lambda draw, seed: 100.0 * draw + seed + (draw == 1 and seed == 8)))
    chosen = [Run(*place, f"{place[1]} {place[2]}") for place in places]
    assert list(_differences(folder, chosen, now)) == [
        "arm a, draw 1, seed 3: the folder does not hold this run", "arm a, draw 1, seed 8: people is 109.0, was 108.0",
    ]  # fmt: skip


def a_folder(**then):
    manifest = new_manifest("s", "data", (3,), 1) | then

    @contextmanager
    def configuration():
        yield Path("own")

    return SimpleNamespace(manifest=manifest, configuration=configuration, damage=lambda: [], shards=Memory, run_ids={})


def test_what_is_no_longer_as_it_was_says_what_is_and_what_was(monkeypatch):
    monkeypatch.setattr("sim.scenario.digests.data_digest", lambda conf: f"data of {conf}")
    assert _notes(a_folder(data_digest="data of own")) == ()
    packages = new_manifest("", "", (), 1)["packages"]
    old = a_folder(data_digest="before", packages={**packages, "numpy": "0.1"})
    assert _notes(old) == ("data_digest: data of own, was before", f"numpy: {packages['numpy']}, was 0.1")


def test_a_run_that_fails_now_or_a_file_that_was_changed_is_said(monkeypatch):
    plan = SimpleNamespace(runs=(Run("a", 0, 3, "x"), Run("b", 1, 8, "y")), tasks=asked_for("x", "y").tasks)
    monkeypatch.setattr(reproduction, "recorded_plan", lambda folder: plan)
    monkeypatch.setattr(reproduction, "Processes", lambda workers, work: Inline(work))
    monkeypatch.setattr(reproduction, "_notes", lambda folder: ("another Python",))
    monkeypatch.setattr(reproduction, "_differences", lambda *_: iter(["another number"]))

    def half(task):
        return [a_run("x"), Failure("y", "wrong")]

    report = reproduce(a_folder(), 1, work=half)
    assert (report.runs, report.difference, report.notes) == (
        2, "arm b, draw 1, seed 8 failed: wrong", ("another Python",),
    )  # fmt: skip
    damaged = a_folder()
    damaged.damage = lambda: ["summary.csv"]
    assert reproduce(damaged, 1).difference == "summary.csv is missing or changed since the study was finished"
