"""A study of many runs: each run once, kept whole, found again; order and workers change nothing; loss is made good."""

import json
import os
import random
import shutil
import signal
import time
from threading import Thread

import numpy as np
import pytest

import sim.runs.plan as plans
import sim.runs.study as sessions
from sim.paths import conf_folder
from sim.runs.crews import Processes
from sim.runs.design import design_of
from sim.runs.plan import plan_of
from sim.runs.session import Running
from sim.runs.study import open_sweep, run_sweep
from sim.runs.work import Failure
from sim.scenario import ScenarioError
from sim.study import StudyError, load_study
from sim.study.errors import InputChangedError
from sim.study.shards import Shards
from tests.support import overhead_work
from tests.support import stub_runs as stubs
from tests.support.stub_runs import Inline, quick, study


@pytest.fixture
def inline(monkeypatch):
    """Runs in this process; the list says which tasks were asked for."""
    asked = []

    def crew_of(engine, workers, address, work):
        def noted(task):
            asked.extend(task.runs)
            return work(task)

        return Inline(noted)

    monkeypatch.setattr(sessions, "crew_of", crew_of)
    return asked


def lived(scenario, work=quick):
    folder = open_sweep(scenario)
    return folder, run_sweep(folder, scenario, work=work)


def prints(folder):
    return {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}


# -- what is run -----------------------------------------------------------------------------------------------------


def test_every_arm_draw_and_seed_is_run_once(tmp_path, inline):
    folder, progress = lived(study(tmp_path))
    assert (progress.planned, progress.done, progress.failed) == (20, 20, 0)
    assert len(inline) == len(set(inline)) == 20
    found = load_study(folder.path)
    assert found.is_done
    totals = found.totals()
    assert list(totals.columns) == ["arm", "seed", "draw", "level", "stratum", "measure", "value"]
    assert len(totals) == 20 * (9 - 1)
    assert totals.groupby(["arm", "draw", "seed"], observed=True).size().eq(8).all()
    draws = found.draws()
    assert list(draws.columns) == ["draw", "upstream.help_wanted"]
    assert draws["upstream.help_wanted"].between(0.2, 0.8).all()
    assert len(found.years()) == 20 * 2 * len(stubs.AMOUNT_NAMES)


def test_the_code_that_named_the_runs_is_hashed_once_for_all_tasks(tmp_path, monkeypatch):
    hashed = []
    monkeypatch.setattr(plans, "code_digest", lambda: hashed.append(1) or "of this code")
    tasks = list(plan_of(study(tmp_path)).tasks(()))
    assert {task.code for task in tasks} == {"of this code"}
    assert (len(hashed), len(tasks)) == (1, 10)


def test_arms_meet_the_same_draws(tmp_path):
    plan = plan_of(study(tmp_path))
    for task in plan.tasks(set()):
        assert [arm for _, arm in task.runs] == ["a", "b"]
        assert task.values == plan.design.values(task.draw)


def test_a_finished_study_computes_nothing(tmp_path, inline):
    folder, _ = lived(study(tmp_path))
    before = prints(folder.path)
    inline.clear()
    again = open_sweep(study(tmp_path))
    assert again.is_done
    assert inline == []
    assert prints(folder.path) == before


def test_a_thousand_finished_runs_are_found_in_two_seconds(tmp_path, inline, capsys):
    from experiments.cli import main

    words = ["population=classroom", "months=3", "seeds=4", "design.draws=125", "uncertainties=[upstream.help_wanted]"]
    words += ["arms.a=[upstream=none]", "arms.b=[upstream=chw]", f"results_root={tmp_path}"]
    scenario = stubs.Scenario.compose(words)
    folder, progress = lived(scenario)
    assert progress.done == 1000
    inline.clear()
    before = prints(folder.path)
    began = time.perf_counter()
    assert main(["sweep", *words]) == 0
    assert time.perf_counter() - began < 2
    assert inline == []
    assert prints(folder.path) == before
    assert capsys.readouterr().out.splitlines()[-1] == str(folder.path)


@pytest.mark.parametrize(
    ("change", "rerun"),
    [
        ("seeds=3", 10),
        ("arms.c=[upstream=groceries]", 10),
        ("months=4", 20),
        ("design.seed=1", 20),
        ("parameters.needs.food_onset=0.02", 20),
        ("outcomes=[pmpm_total]", 0),
        ("title=Another", 0),
    ],
)
def test_a_change_reruns_what_it_touches(tmp_path, inline, change, rerun):
    lived(study(tmp_path))
    inline.clear()
    seeds = int(change[-1]) if change.startswith("seeds") else 2
    changed = study(tmp_path, *([] if change.startswith("seeds") else [change]), seeds=seeds)
    folder = open_sweep(changed)
    if not folder.is_done:
        progress = run_sweep(folder, changed, work=quick)
        assert progress.done == progress.planned
    assert len(inline) == rerun
    assert load_study(folder.path).is_done


def test_no_run_is_taken_from_another_folder(tmp_path, inline):
    lived(study(tmp_path, name="demo-1"))
    inline.clear()
    lived(study(tmp_path, name="demo-2"))
    assert len(inline) == 20


def test_fixed_organizations_are_other_runs_under_another_baseline(tmp_path):
    fixed = ("organizations=fixed", "arms.c=[payment=global_budget]")
    plans = [plan_of(study(tmp_path, *fixed, f"baseline={arm}")) for arm in ("a", "c")]
    ids = [{arm: plan.run(arm, 0, 0).id for arm in plan.arms} for plan in plans]
    assert {arm for arm in "abc" if ids[0][arm] != ids[1][arm]} == {"a", "b", "c"}


def test_a_run_at_one_setting_is_the_same_whatever_other_settings_a_study_has(tmp_path):
    """Also where it replays the decisions of its baseline: of the one at its own setting."""
    for organizations in ("live", "fixed"):
        ids = []
        for settings in ("annual,continuous_2023", "continuous_2023,annual", "continuous_2023"):
            lever = f"levers.population.renewal=[{settings}]"
            plan = plan_of(study(tmp_path, lever, f"organizations={organizations}", draws=1))
            draw = settings.split(",").index("continuous_2023")
            ids.append([plan.run(arm, draw, 0).id for arm in "ab"])
        assert ids[0] == ids[1] == ids[2]


def test_a_longer_sobol_sequence_keeps_its_beginning(tmp_path, inline):
    lived(study(tmp_path, "design.kind=sobol", draws=4))
    inline.clear()
    lived(study(tmp_path, "design.kind=sobol", draws=8))
    assert len(inline) == 2 * 2 * 4


def test_levers_are_a_full_grid_of_draws(tmp_path, inline):
    levers = ("levers.parameters.upstream.reach_scale=[0,1]", "levers.population.renewal=[annual,continuous_2023]")
    folder, progress = lived(study(tmp_path, *levers, draws=3))
    assert progress.planned == 2 * 4 * 3 * 2
    draws = load_study(folder.path).draws()
    assert list(draws.columns) == ["draw", "upstream.reach_scale", "population.renewal", "upstream.help_wanted"]
    assert len(draws) == 12
    assert draws.groupby(["upstream.reach_scale", "population.renewal"]).size().eq(3).all()
    drawn = draws["upstream.help_wanted"].tolist()
    assert drawn == drawn[:3] * 4  # every setting meets the same draws, in their order
    summary = load_study(folder.path).summary()
    assert set(summary["point"]) == {
        f"upstream.reach_scale={x}, population.renewal={y}" for x in (0, 1) for y in ("annual", "continuous_2023")
    }


def test_equal_runs_are_computed_once(tmp_path, inline):
    folder, progress = lived(study(tmp_path, "arms.again=[upstream=none]", draws=2))
    assert progress.done == progress.planned == 12
    assert len(inline) == 8
    totals = load_study(folder.path).totals()
    a, again = (totals[totals["arm"] == arm]["value"].to_numpy() for arm in ("a", "again"))
    assert np.array_equal(a, again)


def test_months_are_kept_on_request(tmp_path, inline):
    folder, _ = lived(study(tmp_path, "keep=months", draws=2))
    frame = load_study(folder.path).frame()
    assert list(frame.columns) == ["arm", "seed", "draw", "month", "level", "stratum", "measure", "value"]
    assert len(frame) == 8 * (3 * 2 * 3 + 3)


@pytest.mark.slow
def test_a_run_costs_less_than_twenty_milliseconds_more_than_in_a_loop(tmp_path):
    scenario = study(tmp_path, "compute.workers=1", "uncertainties=[upstream.*,effort.*]", draws=125)
    began = time.perf_counter()
    for task in plan_of(scenario).tasks(set()):
        overhead_work.work(task)
    loop = time.perf_counter() - began
    folder = open_sweep(scenario)
    began = time.perf_counter()
    progress = run_sweep(folder, scenario, work=overhead_work.work)
    spent = time.perf_counter() - began
    assert (spent - loop) / progress.done < 0.020


# -- what is lost ----------------------------------------------------------------------------------------------------


def test_a_failing_run_is_reported_and_tried_again(tmp_path, inline):
    folder, progress = lived(study(tmp_path), stubs.failing)
    assert (progress.done, progress.failed) == (18, 2)
    assert load_study(folder.path).status == "failed"
    import pandas as pd

    runs = pd.read_parquet(folder.path / "runs.parquet")
    assert list(runs[runs["status"] == "failed"]["reason"]) == ["ValueError: cannot be"] * 2
    inline.clear()
    folder, progress = lived(study(tmp_path))
    assert len(inline) == 2
    assert load_study(folder.path).is_done


def test_where_many_runs_failed_there_is_no_table_of_results(tmp_path, inline):
    from sim.runs.work import Failure

    whole, _ = lived(study(tmp_path))
    tables = [whole.path / name for name in ("totals.parquet", "years.parquet", "summary.csv")]
    assert all(table.is_file() for table in tables)
    shutil.rmtree(whole.path / "runs")
    manifest = json.loads((whole.path / "manifest.json").read_text()) | {"status": "interrupted"}
    (whole.path / "manifest.json").write_text(json.dumps(manifest))

    def three_fail(task):
        bad = {run_id for run_id, arm in task.runs if arm == "b" and (task.draw, task.seed) in {(0, 0), (1, 0), (2, 0)}}
        return [Failure(run_id, "ValueError: x") if run_id in bad else stubs.outcome(run_id) for run_id, _ in task.runs]

    folder, progress = lived(study(tmp_path), three_fail)
    assert (progress.planned, progress.failed, progress.has_results) == (20, 3, False)
    assert not any(table.exists() for table in tables)
    assert load_study(folder.path).reasons() == {"ValueError: x": 3}
    with pytest.raises(StudyError):
        load_study(folder.path).totals()


def test_one_worker_killed_is_made_good(tmp_path, monkeypatch, inline):
    folder, _ = lived(study(tmp_path / "whole"))
    monkeypatch.undo()
    monkeypatch.setenv("CCOSIM_TEST_MARK", str(tmp_path / "mark"))
    scenario = study(tmp_path / "killed", "threads=1")
    second = open_sweep(scenario)
    crew = Inline(_killed_once())
    running = Running(plan_of(scenario), second.shards())
    running.run(crew)
    assert running.progress.done == 20
    assert running.failed == {}
    assert stubs.digests(running) == {
        one.id: one.digest for one in folder.shards().scan(r.id for r in running.plan.runs)
    }


def _killed_once():
    killed = []

    def work(task):
        if task.draw == 2 and not killed:
            killed.append(task)
            return None
        return quick(task)

    return work


def test_a_run_that_kills_its_worker_fails_alone(tmp_path):
    scenario = study(tmp_path, "threads=2")
    folder = open_sweep(scenario)
    progress = run_sweep(folder, scenario, work=stubs.poisonous)
    assert (progress.done, progress.failed) == (18, 2)
    import pandas as pd

    runs = pd.read_parquet(folder.path / "runs.parquet")
    bad = runs[runs["status"] == "failed"]
    assert set(zip(bad["arm"], bad["draw"], strict=True)) == {("b", 1)}
    assert bad["reason"].str.contains("killed or crashed, 3 times").all()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_gives_the_same_study(tmp_path, workers, inline, monkeypatch):
    whole, _ = lived(study(tmp_path / "whole"))
    monkeypatch.undo()
    folder, _ = lived(study(tmp_path / "pool", f"compute.workers={workers}"))
    for name in ("totals.parquet", "summary.csv", "draws.csv", "runs.parquet", "years.parquet"):
        assert (folder.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    assert folder.manifest["result_digest"] == whole.manifest["result_digest"]


def test_workers_killed_at_random_lose_nothing(tmp_path, seed):
    """Fifty workers are killed while two hundred tasks run; every task is done, and done right."""
    scenario = study(tmp_path, draws=100, seeds=2)
    plan = plan_of(scenario)
    crew = Processes(3, stubs.slow)
    luck = random.Random(seed)  # noqa: S311, it guards no secret
    stop, kills = [], []

    def killer():
        while not stop and len(kills) < 50:
            time.sleep(0.02 + 0.03 * luck.random())
            process = luck.choice(crew._workers)._process
            if process.pid and process.is_alive():
                os.kill(process.pid, signal.SIGKILL)
                kills.append(process.pid)

    thread = Thread(target=killer)
    thread.start()
    folder = open_sweep(scenario)
    running = Running(plan, folder.shards())
    try:
        for _ in range(5):  # a task that was killed three times is failed; the next session tries it again
            running.run(crew)
            running.failed.clear()
            if not running.missing():
                break
            running = Running(plan, folder.shards())
    finally:
        stop.append(True)
        thread.join()
        crew.close()
    assert running.missing() == 0
    assert len(kills) >= 30
    kept = {one.id: one.digest for one in Shards(folder.path / "runs").get(run.id for run in plan.runs)}
    assert kept == {run.id: stubs.outcome(run.id).digest for run in plan.runs}
    folder.release()


# -- folders ---------------------------------------------------------------------------------------------------------


def test_a_sweep_does_not_take_the_folder_of_a_comparison(tmp_path):
    from sim.study import open_study

    scenario = study(tmp_path)
    plain = {"scenario": {}, "scenario_digest": scenario.digest(), "data_digest": "", "seeds": (0,)}
    open_study(tmp_path, "demo", **plain).release()
    with pytest.raises(StudyError, match="holds comparison, this is sweep"):
        open_sweep(scenario)


def test_an_edited_input_stops_the_study_once_and_what_is_done_is_kept(tmp_path, inline):
    def edited(task):
        if task.draw == 3:
            return [Failure(run_id, "", changed="population/margins/oregon.csv") for run_id, _ in task.runs]
        return stubs.quick(task)

    scenario = study(tmp_path)
    folder = open_sweep(scenario)
    with pytest.raises(InputChangedError, match=r"inputs/population/margins/oregon\.csv") as fault:
        run_sweep(folder, scenario, work=edited)
    assert fault.value.so == "stopped"
    kept = folder.path / "inputs" / "population" / "margins" / "oregon.csv"
    assert kept.read_bytes() == (conf_folder() / "population" / "margins" / "oregon.csv").read_bytes()
    assert (folder.path / "inputs" / "packages" / "chw.yaml").is_file()
    assert folder.status == "failed"
    again = open_sweep(scenario)
    assert sum(run.id in again.shards() for run in plan_of(scenario).runs) == 6
    again.release()


def test_few_files(tmp_path, inline, monkeypatch):
    monkeypatch.setattr("sim.runs.session.MOST_RUNS", 2)
    folder, progress = lived(study(tmp_path, draws=60))
    assert progress.done == 240
    assert len(list((folder.path / "runs").iterdir())) == 1
    own = [path for path in folder.path.rglob("*") if "inputs" not in path.parts]
    assert len(own) < 20


def test_progress_is_written_down(tmp_path, inline):
    folder, _ = lived(study(tmp_path))
    found = json.loads((folder.path / "progress.json").read_text())
    assert (found["planned"], found["done"], found["running"], found["failed"]) == (20, 20, 0, 0)


# -- designs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_a_sample_covers_the_range_evenly(tmp_path, kind):
    design = design_of(study(tmp_path, f"design.kind={kind}", draws=64, name=kind))
    places = np.sort(design.places[:, 0])
    assert np.array_equal(np.floor(64 * places), np.arange(64))


def test_a_grid_has_every_combination(tmp_path):
    words = ("design.kind=grid", "uncertainties=[upstream.help_wanted, upstream.screening_cost]")
    design = design_of(study(tmp_path, *words, draws=3))
    frame = design.frame()
    assert len(frame) == 9
    assert sorted(set(frame["upstream.help_wanted"].round(9))) == [0.2, 0.5, 0.8]


def test_a_pattern_draws_all_but_what_is_set(tmp_path):
    scenario = study(tmp_path, "uncertainties=all", "parameters.needs.food_onset=0.02")
    names = {one.name for one in scenario.uncertain}
    assert "needs.food_onset" not in names
    registry = scenario.registry
    expected = {p.name for p in registry if p.role == "uncertainty" and (p.low < p.high).any()}
    assert names == expected - {"needs.food_onset"}


def test_drawn_values_lie_in_their_ranges_and_reach_the_model(tmp_path):
    scenario = study(tmp_path, "uncertainties=all", draws=3)
    design = design_of(scenario)
    for draw in range(3):
        drawn = scenario.arm("a").with_cells(design.values(draw))
        changed = [p.name for p in drawn.registry if (p.value != scenario.registry[p.name].value).any()]
        assert len(changed) == len(scenario.uncertain)
        for parameter in drawn.registry:
            assert (parameter.low <= parameter.value).all()
            assert (parameter.value <= parameter.high).all()


@pytest.mark.parametrize(
    ("low", "mode", "high", "ends"),
    [
        (0.0, [0.0, 1.0, 2.0], 6.0, [(0, 0), (0, 3), (0, 6)]),  # up to three times, down to nothing; zero stays zero
        (0.5, [1.0, 2.0], 4.0, [(0.5, 2), (1, 4)]),  # half to double
        (-0.5, [-0.25, 0.0, 0.3], 0.6, [(-0.5, 0), (0, 0), (0, 0.6)]),  # signs stay
        (0.0, [0.2, 1.0], 1.0, [(0, 0.2), (0, 1)]),  # one is at the end: none can grow
        (0.0, [0.0, 0.0], 2.0, [(0, 2), (0, 2)]),  # nothing to be in proportion to
        (0.0, [1.0, 1.0], 2.0, [(0, 2), (0, 2)]),
    ],
)
def test_cells_that_share_a_range_move_in_proportion(low, mode, high, ends):
    from sim.scenario.uncertain import _in_proportion

    found = _in_proportion(np.full(len(mode), low), np.array(mode), np.full(len(mode), high))
    assert pytest.approx(np.array(ends)) == np.array(found).T


def test_a_service_that_is_not_touched_is_not_touched_in_any_draw(tmp_path):
    scenario = study(tmp_path, "uncertainties=[ccos.cost]", draws=8)
    (one,) = scenario.uncertain
    assert (one.mode == 0).any()
    for draw in range(8):
        drawn = np.array(design_of(scenario).values(draw)["ccos.cost"])
        assert (drawn[one.mode == 0] == 0).all()
        moved = drawn[one.mode != 0] / one.mode[one.mode != 0]
        assert moved == pytest.approx(np.full(len(moved), moved[0]))
        assert moved[0] != 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["design.kind=sobol", "design.draws=100"], "power of 2"),
        (["design.kind=grid", "design.draws=10", "uncertainties=all"], "combinations"),
        (["design.draws=100000", "seeds=1000"], "must be at most 1000000"),
    ],
)
def test_designs_that_nobody_could_run_are_refused(words, said):
    scenario = study("results", *words)
    with pytest.raises(ScenarioError, match=said):
        design_of(scenario)


def test_the_monte_carlo_error_of_a_summary_counts_the_luck_that_all_draws_share():
    from sim.analysis.uncertainty.decomposition import decompose
    from sim.runs.summary import estimates

    rng = np.random.default_rng(1)
    draw, seed = (part.ravel() for part in np.indices((20, 3)))
    for shared in (0.0, 5.0):  # without and with luck that hits all draws alike
        values = rng.normal(size=(20, 3, 1, 2)) + shared * rng.normal(size=(1, 3, 1, 2))
        found = estimates(values)
        for measure in range(2):
            whole = decompose(values[:, :, 0, measure].ravel(), draw, seed)
            assert found.mcse[0, measure] == pytest.approx(whole.error())
    values[4, 1, 0, 0] = np.nan  # a run that failed: the seeds are no longer crossed with all draws
    of_draws = np.nanmean(values[:, :, 0, 0], axis=1).std(ddof=1) / np.sqrt(20)
    assert estimates(values).mcse[0, 0] == pytest.approx(of_draws)
