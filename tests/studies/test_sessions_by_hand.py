"""Sessions and summaries by hand: what is retried, what stays failed, and from which arm a difference is taken."""

import numpy as np
import pytest

import sim.runs.study as sessions
from sim.runs.plan import plan_of
from sim.runs.study import open_sweep, run_sweep
from sim.runs.work import Failure
from sim.study import load_study
from tests.support.stub_runs import MEASURES, Inline, outcome, quick, study

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def inline(monkeypatch):
    """Runs in this process."""
    monkeypatch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))


def lived(scenario, work=quick):
    folder = open_sweep(scenario)
    return folder, run_sweep(folder, scenario, work=work)


def stumbling(times):
    """Work that fails a run of arm b so many times before it succeeds."""
    failed = {}

    def work(task):
        answers = []
        for run_id, arm in task.runs:
            failed[run_id] = failed.get(run_id, 0) + 1
            stumbles = arm == "b" and task.draw == 1 and failed[run_id] <= times
            answers.append(Failure(run_id, "no memory", again=True) if stumbles else outcome(run_id))
        return answers

    return work


def test_a_run_that_succeeded_when_it_was_tried_again_is_not_failed(tmp_path):
    folder, progress = lived(study(tmp_path), stumbling(1))
    assert (progress.planned, progress.done, progress.failed) == (20, 20, 0)
    assert load_study(folder.path).is_done


def test_a_run_that_fails_every_time_is_failed_and_the_others_are_done(tmp_path):
    folder, progress = lived(study(tmp_path), stumbling(100))
    assert (progress.planned, progress.done, progress.failed) == (20, 18, 2)
    assert load_study(folder.path).status == "failed"


@pytest.mark.parametrize(("baseline", "other"), [("a", "b"), ("b", "a")])
def test_differences_are_taken_from_the_baseline_wherever_it_is_listed(tmp_path, baseline, other):
    scenario = study(tmp_path, f"baseline={baseline}", draws=20)  # fewer have no range
    folder, _ = lived(scenario)
    plan, table = plan_of(scenario), load_study(folder.path).summary()
    assert set(table["contrast"]) == {"", baseline}
    of_run = {(run.arm, run.draw, run.seed): outcome(run.id).totals[0] for run in plan.runs}
    for place, measure in enumerate(MEASURES):
        here = table[(table["measure"] == measure) & (table["stratum"] == "all")].set_index(["arm", "contrast"])
        own = {arm: np.mean([v[place] for (a, _, _), v in of_run.items() if a == arm]) for arm in ("a", "b")}
        for arm, mean in own.items():
            assert here.loc[(arm, ""), "estimate"] == pytest.approx(mean)
        assert here.loc[(other, baseline), "estimate"] == pytest.approx(own[other] - own[baseline])
        by_draw = [
            np.mean([of_run[other, draw, seed][place] - of_run[baseline, draw, seed][place] for seed in (0, 1)])
            for draw in range(20)
        ]
        assert here.loc[(other, baseline), "low"] == pytest.approx(np.percentile(by_draw, 2.5))


def test_one_draw_gives_the_paired_interval_over_seeds(tmp_path):
    scenario = study(tmp_path, "baseline=b", draws=1, seeds=3)
    folder, _ = lived(scenario)
    plan, table = plan_of(scenario), load_study(folder.path).summary()
    pair = [[outcome(plan.run(arm, 0, seed).id).totals[0, 0] for seed in range(3)] for arm in ("a", "b")]
    gaps = np.subtract(*pair)
    row = table[(table["arm"] == "a") & (table["contrast"] == "b") & (table["stratum"] == "all")].iloc[0]
    error = gaps.std(ddof=1) / np.sqrt(3)
    assert row["estimate"] == pytest.approx(gaps.mean())
    assert row["mcse"] == pytest.approx(error)
    assert row["high"] == pytest.approx(gaps.mean() + 4.302653 * error)  # Student's t, two degrees of freedom


def test_tables_of_a_study_hold_arms_then_differences_then_sums_of_arms(tmp_path):
    """Seven draws with two seeds; the runs of draw 1 failed in arm b, so that it has no difference."""
    words = ("baseline=b", "contrasts.gain=a - b", "outcomes=[pmpm_total]")
    scenario = study(tmp_path, *words, draws=7)
    folder, _ = lived(scenario, stumbling(100))
    plan, table = plan_of(scenario), load_study(folder.path).table("summary", finished=False)
    run = {(one.arm, one.draw, one.seed): outcome(one.id).totals for one in plan.runs}
    state = table[(table["measure"] == MEASURES[0]) & (table["stratum"] == "all")]
    assert list(zip(state["arm"], state["contrast"], strict=True)) == [("a", ""), ("b", ""), ("a", "b")]
    assert set(table["role"][(table["measure"] == MEASURES[0]) & (table["stratum"] == "all")]) == {"primary"}
    assert set(table["role"][(table["measure"] != MEASURES[0]) | (table["stratum"] != "all")]) == {"exploratory"}
    sums = load_study(folder.path).table("contrasts", finished=False)
    assert list(sums.columns) == [
        *("contrast", "sum", "measure", "stratum", "level", "estimate", "low", "high", "mcse", "replicates"),
        *("unit", "role", "point"),
    ]
    assert set(sums["contrast"]) == {"gain"}
    assert set(sums["sum"]) == {"a - b"}
    kept = [[0, 1] if draw != 1 else [] for draw in range(7)]  # both seeds of draw 1 failed in arm b
    for measure, name in enumerate(MEASURES):
        of_draw = [
            np.mean([run["a", draw, seed][0, measure] - run["b", draw, seed][0, measure] for seed in seeds])
            for draw, seeds in enumerate(kept)
            if seeds
        ]
        for found in (sums, table[table["contrast"] == "b"]):
            here = found[(found["measure"] == name) & (found["stratum"] == "all")].iloc[0]
            assert here["estimate"] == pytest.approx(np.mean(of_draw))
            assert here["replicates"] == len(of_draw)
            assert here["mcse"] == pytest.approx(np.std(of_draw, ddof=1) / np.sqrt(len(of_draw)))
