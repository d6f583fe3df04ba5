"""Comparisons: the same people for every arm, results by arm and seed whatever ends first, differences within seeds."""

import threading
import time

import numpy as np
import pytest

from sim.measures.intervals import paired_interval
from sim.measures.side_by_side import read_table
from sim.runs.comparison import compare, simulate
from sim.runs.crews import Stopped
from sim.runs.plan import comparison_of
from sim.runs.summary import SUMMARY_COLUMNS
from sim.runs.work import outcome_of
from sim.scenario.arms import ONLY_ARM
from sim.study.shards import Shards
from tests.support.synthetic_runs import EFFECTS, FakePopulation, FakeScenario, FakeSystem, synthetic_run

MONTHS = 3
ARMS = list(EFFECTS)


def starts(scenario, seed):
    """A start that can be told from another: a list that a run may spoil."""
    return [seed]


@pytest.fixture(scope="module")
def comparison():
    return compare(FakeScenario(months=MONTHS), build=FakeSystem, populations=starts)


def test_every_arm_and_seed_is_there_in_order(comparison):
    assert list(comparison.results) == [(arm, seed) for arm in ARMS for seed in (0, 1, 2)]
    assert all(result.arm == arm and result.seed == seed for (arm, seed), result in comparison.results.items())
    assert comparison.baseline == "fee_for_service"


def test_threads_and_finishing_order_change_nothing(comparison):
    class Slow(FakeSystem):
        def run(self, progress=None):
            time.sleep(0.05 * (self.scenario.name == "fee_for_service"))
            return super().run(progress)

    for threads in (1, 5):
        other = compare(FakeScenario(months=MONTHS, threads=threads), build=Slow, populations=starts)
        assert {k: r.digest for k, r in other.results.items()} == {k: r.digest for k, r in comparison.results.items()}
        assert other.summary().equals(comparison.summary())


def test_summary_has_each_arm_and_each_difference(comparison):
    summary = comparison.summary()
    assert tuple(summary.columns) == SUMMARY_COLUMNS
    assert not summary.duplicated(["arm", "contrast", "measure", "stratum", "level"]).any()
    assert set(summary["stratum"]) == {"all", "area", "race", "rurality", "language", "age_band", "disability"}
    own, paired = summary[summary["contrast"] == ""], summary[summary["contrast"] == "fee_for_service"]
    assert set(own["arm"]) == set(ARMS)
    assert set(paired["arm"]) == set(ARMS[1:])
    for column in ("estimate", "low", "high", "mcse"):
        assert summary[column].notna().all(), f"a row without {column}"
    assert (summary["replicates"] == 3).all()
    assert ((summary["low"] <= summary["estimate"]) & (summary["estimate"] <= summary["high"])).all()


def test_a_difference_is_paired_by_seed(comparison):
    arm, baseline = (
        np.array([comparison.results[name, seed].value("ed_visits_per_1000_mm") for seed in (0, 1, 2)])
        for name in ("global_budget", "fee_for_service")
    )
    expected = paired_interval(arm, baseline)
    row = comparison.summary().query(
        "arm == 'global_budget' and contrast != '' and measure == 'ed_visits_per_1000_mm' and stratum == 'all'"
    )
    assert row["estimate"].item() == pytest.approx(float(expected.estimate))
    assert row["mcse"].item() == pytest.approx(float(expected.mcse))


def test_the_margin_has_no_row_where_nobody_pays_capitation(comparison):
    rows = comparison.summary().query("measure == 'cco_margin_share' and stratum == 'all'")
    assert set(rows["arm"]) == {"global_budget", "global_budget_upstream"}
    assert set(rows["contrast"]) == {""}


def test_the_table_says_percent_and_what_is_needed(comparison):
    table = comparison.table()
    base = table[table["arm"] == "fee_for_service"].set_index("measure")["value"]
    row = table[(table["arm"] == "global_budget") & (table["measure"] == "pmpm_medical")].iloc[0]
    assert row["percent"] == pytest.approx(100 * row["difference"] / base["pmpm_medical"])
    assert row["replicates_needed"] >= 0
    by_race = comparison.table(["ed_visits_per_1000_mm"], "race", "black")
    assert len(by_race) == len(ARMS)
    again = read_table(comparison.summary(), "fee_for_service", ["pmpm_medical"])
    assert again.iloc[2].equals(table[table["measure"] == "pmpm_medical"].iloc[2])


def test_the_frame_holds_every_run(comparison):
    frame = comparison.frame()
    assert not frame.duplicated(["arm", "seed", "month", "stratum", "level", "measure"]).any()
    assert frame.groupby(["arm", "seed"], observed=True).ngroups == len(comparison.results)
    assert all(frame[column].dtype == "category" for column in ("arm", "measure", "level", "stratum"))


def test_one_start_for_each_seed_and_a_copy_for_each_arm():
    made, given = [], []

    class Spoiling(FakeSystem):
        def run(self, progress=None):
            given.append(list(self.population))
            self.population.append("spoilt")
            return super().run(progress)

    def make(scenario, seed):
        made.append(seed)
        return [seed]

    compare(FakeScenario(months=1), build=Spoiling, populations=make)
    assert sorted(made) == [0, 1, 2]
    assert sorted(given) == sorted([[seed] for seed in (0, 1, 2)] * len(ARMS))


def test_an_arm_with_other_people_gets_its_own_start():
    class Other(FakeScenario):
        def arm(self, name):
            arm = super().arm(name)
            return arm.model_copy({"population": FakePopulation("others")}) if name == "global_budget" else arm

    made = []
    compare(Other(months=1), build=FakeSystem, populations=lambda scenario, seed: made.append(scenario.population.name))
    assert sorted(made) == ["others"] * 3 + ["synthetic"] * 3


def test_fixed_organizations_replay_the_baseline_of_their_seed():
    seen = {}

    class Watched(FakeSystem):
        def run(self, progress=None):
            seen[self.scenario.name, self.seed] = self.replayed
            return super().run(progress)

    for threads in (1, 4):
        scenario = FakeScenario(months=1, organizations="fixed", threads=threads)
        compare(scenario, build=Watched, populations=starts)
        for (arm, seed), replayed in seen.items():
            baseline = arm == "fee_for_service"
            assert replayed == (None if baseline else f"decisions of fee_for_service, seed {seed}")


def test_live_organizations_replay_nothing():
    class Watched(FakeSystem):
        def run(self, progress=None):
            assert self.replayed is None
            return super().run(progress)

    compare(FakeScenario(months=1), build=Watched, populations=starts)


@pytest.mark.parametrize("organizations", ["live", "fixed"])
def test_a_stored_run_is_not_run_again_but_a_baseline_that_others_replay_is(tmp_path, organizations):
    known, missing = ("fee_for_service", "global_budget"), {"fee_for_service_upstream", "global_budget_upstream"}
    scenario = FakeScenario(months=1, organizations=organizations)
    plan, shards = comparison_of(scenario), Shards(tmp_path)
    shards.add([outcome_of(r.id, synthetic_run(r.arm, r.seed, 1), 0.1, plan.keep) for r in plan.runs if r.arm in known])
    FakeSystem.made.clear()
    found = compare(scenario, build=FakeSystem, populations=starts, store=Kept(shards))
    again = {"fee_for_service"} if organizations == "fixed" else set()
    assert sorted(FakeSystem.made) == sorted((arm, seed) for arm in missing | again for seed in (0, 1, 2))
    assert found.results["global_budget", 2].digest == synthetic_run("global_budget", 2, 1).digest


class Kept:
    """As much of a study as a comparison writes to."""

    is_done = False

    def __init__(self, shards):
        self.shards = lambda: shards

    def log(self, line):
        pass

    def write(self, name, data):
        pass


def test_equal_arms_are_run_once_and_each_has_its_name():
    class Twins(FakeScenario):
        def run_digest(self):
            return "the same"

    FakeSystem.made.clear()
    found = compare(Twins(months=1, seed_list=(4,)), build=FakeSystem, populations=starts)
    assert FakeSystem.made == [("fee_for_service", 4)]
    assert {arm: run.arm for (arm, _), run in found.results.items()} == {arm: arm for arm in ARMS}


def test_every_system_is_closed_though_a_run_fails():
    class Failing(FakeSystem):
        def run(self, progress=None):
            raise RuntimeError("the reserve is gone")

    for alone in (compare, simulate):
        FakeSystem.made.clear()
        FakeSystem.closed.clear()
        with pytest.raises(RuntimeError, match="the reserve is gone"):
            alone(
                FakeScenario(months=2, threads=1),
                build=Failing,
                **({"populations": starts} if alone is compare else {}),
            )
        assert FakeSystem.closed == FakeSystem.made != []


def test_a_failing_run_stops_the_others_and_is_reported():
    class Failing(FakeSystem):
        def run(self, progress=None):
            if self.scenario.name == "global_budget":
                raise RuntimeError("the reserve is gone")
            return super().run(progress)

    for organizations in ("live", "fixed"):
        with pytest.raises(RuntimeError, match="the reserve is gone"):
            compare(FakeScenario(months=40, organizations=organizations), build=Failing, populations=starts)


def test_a_failing_baseline_does_not_leave_replaying_arms_waiting():
    class Failing(FakeSystem):
        def run(self, progress=None):
            raise RuntimeError("no month was lived")

    ended = threading.Event()

    def attempt():
        with pytest.raises(RuntimeError, match="no month was lived"):
            compare(FakeScenario(organizations="fixed", threads=3), build=Failing, populations=starts)
        ended.set()

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert ended.is_set()


def test_progress_hears_of_every_month():
    heard = []
    compare(
        FakeScenario(months=2, seed_list=(4,)),
        build=FakeSystem,
        populations=starts,
        progress=lambda *done: heard.append(done),
    )
    assert sorted(heard) == sorted((arm, 4, month) for arm in ARMS for month in (1, 2))


def test_an_interrupt_in_a_run_ends_the_comparison():
    class Interrupted(FakeSystem):
        def run(self, progress=None):
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, Stopped)):
        compare(FakeScenario(), build=Interrupted, populations=starts)


def test_without_arms_there_is_one():
    single = compare(FakeScenario(arms={}, months=1), build=FakeSystem, populations=starts)
    assert single.arms == (ONLY_ARM,)
    assert set(single.summary()["contrast"]) == {""}


def test_simulate_is_one_run():
    result = simulate(FakeScenario(arms={}, months=2), 5, build=FakeSystem)
    assert result.seed == 5
    assert result.digest == simulate(FakeScenario(arms={}, months=2), 5, build=FakeSystem, threads=7).digest
