"""A comparison in memory by hand: three arms whose baseline stands second, and what each of its tables is made of."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from sim.runs import comparison, plan, summary
from sim.runs.comparison import Comparison, compare
from sim.runs.work import MEASURE_NAMES
from sim.scenario import ScenarioError
from tests.support.synthetic_runs import FakeScenario

pytestmark = pytest.mark.quick

ROWS = (("all", "all"), ("race", "white"))
ONE, TWO = "pmpm_total", "ed_visits_per_1000_mm"
AMOUNT = 0.125
LUCK = {("new", 3): 10.0, ("new", 8): 14.0, ("base", 3): 7.0, ("base", 8): 9.0, ("same", 3): 7.0, ("same", 8): 9.0}
T = 12.7062047  # Student's t of 95%, one degree of freedom


def a_table(one, two=np.nan):
    """The state has these two measures, a race ten times the first; all else is not known."""
    table = np.full((len(ROWS), len(MEASURE_NAMES)), np.nan)
    table[:, MEASURE_NAMES.index(ONE)] = one, 10 * one
    table[0, MEASURE_NAMES.index(TWO)] = two
    return table


@dataclass(frozen=True)
class Result:
    """As much of a finished run as a comparison reads: each table of it has numbers of its own."""

    value: float
    two: float = np.nan
    arm: str = ""
    seconds: dict = field(default_factory=dict)
    digest: str = "digest"
    member_months: int = 12
    months: int = 14
    rows: tuple = ROWS

    def totals(self):
        return a_table(self.value, self.two)

    def last_year(self):
        return a_table(3 * self.value, 3 * self.two)[:1]

    def of_group(self, group):
        return a_table(5 * self.value + len(group))[:1]

    def by_year(self):
        return np.stack([a_table(self.value)[1:], a_table(2 * self.value)[1:]])

    def amounts(self):
        return np.full((2, 3), AMOUNT)

    def courses(self):
        return None


def of_arms(*arms, **settings):
    """The second measure is not known of the baseline's second seed."""
    two = {("new", 3): 5.0, ("new", 8): 6.0, ("base", 3): 2.0}
    runs = {(arm, seed): Result(LUCK[arm, seed], two.get((arm, seed), np.nan)) for arm in arms for seed in (3, 8)}
    return Comparison(arms, "base", (3, 8), runs, **settings)


def estimates(table, measure=ONE):
    here = table[(table["measure"] == measure) & (table["stratum"] == "all")]
    return {(row.arm, row.contrast): row.estimate for row in here.itertuples()}


def test_each_table_is_of_its_own_numbers_and_differences_are_from_the_baseline():
    """New 10 and 14, base 7 and 9: 12, 8 and a difference of 4; in the last year three times, of a group five and 1."""
    both = of_arms("new", "base")
    assert estimates(both.summary()) == {("new", ""): 12, ("base", ""): 8, ("new", "base"): 4}
    assert estimates(both.last_year()) == {("new", ""): 36, ("base", ""): 24, ("new", "base"): 12}
    assert estimates(both.of_group({"race": ["white"]})) == {("new", ""): 61, ("base", ""): 41, ("new", "base"): 20}
    assert both.values("new")[:, 1, MEASURE_NAMES.index(ONE)].tolist() == [100, 140]
    sums = both.contrasts({"half": {"new": 0.5, "base": -0.5}})
    assert sums[(sums["measure"] == ONE) & (sums["stratum"] == "all")]["estimate"].tolist() == [2]


def test_outcomes_named_before_are_primary_in_each_table_of_the_state():
    for settings, role in (({"primary": (ONE,)}, "primary"), ({"primary": (TWO,)}, "exploratory")):
        both = of_arms("new", "base", **settings)
        for table in (both.summary(), both.last_year()):
            assert set(table[(table["measure"] == ONE) & (table["stratum"] == "all")]["role"]) == {role}
            assert set(table[table["stratum"] == "race"]["role"]) <= {"exploratory"}


def test_a_row_to_read_has_the_interval_of_the_mean_beside_that_of_the_difference():
    """Errors of the means are 2 and 1, of the difference of 3 and 5 it is 1. Half of 8 is 50 percent."""
    table = of_arms("new", "base").table([ONE]).set_index("arm")
    columns = ["value", "value_low", "value_high", "difference", "low", "high", "mcse", "percent", "replicates"]
    half = (12, 12 - 2 * T, 12 + 2 * T, 4, 4 - T, 4 + T, 1, 50, 2)
    assert table.loc["new", columns].tolist() == pytest.approx(half)
    assert table.loc["base", columns[:3]].tolist() == pytest.approx((8, 8 - T, 8 + T))


def test_a_difference_is_of_the_seeds_of_which_both_are_known():
    """Of 5 and 6 against 2 and nothing: a mean of 5.5 over two seeds, a difference of 3 over one."""
    row = of_arms("new", "base").table(TWO).iloc[0]
    assert (row["value"], row["difference"], row["replicates"]) == (5.5, 3, 1)


def test_the_table_is_of_the_group_that_is_asked_for():
    table = of_arms("new", "base").table([ONE], "race", "white")
    assert table[["arm", "value"]].to_numpy().tolist() == [["new", 120], ["base", 80]]
    assert table["difference"].iloc[0] == 40
    with pytest.raises(KeyError, match="black"):
        of_arms("new", "base").table([ONE], "race", "black")


def test_what_is_of_few_people_is_looked_for_in_the_run_its_years_and_its_last_year(monkeypatch):
    """Of 14 months: the run, a year of 12 and one of 2; and of the last year 12, which hides the race and more."""
    asked = []

    def hidden(rows, measures, tables):
        asked.append([months for _, months in tables])
        gone = np.zeros((len(rows), len(measures)), bool)
        gone[:, MEASURE_NAMES.index(TWO)] = len(rows) == 1
        gone[1:, MEASURE_NAMES.index(ONE)] = True
        return gone

    monkeypatch.setattr(summary, "hidden_cells", hidden)
    guarded = of_arms("new", "base", guarded=True)
    found = guarded.summary()
    assert asked == [[14, 12, 2] * 2 * 2]
    assert set(found["measure"]) == {ONE, TWO}
    assert set(found["stratum"]) == {"all"}
    found = guarded.last_year()
    assert asked[1:] == [asked[0], [12] * 2 * 2]
    assert estimates(found) == {("new", ""): 36, ("base", ""): 24, ("new", "base"): 12}
    assert estimates(found, TWO) == {}
    assert estimates(replace(guarded, guarded=False).last_year(), TWO)["new", ""] == 16.5
    with pytest.raises(ScenarioError, match="a group of 1 to 10 people could be worked out"):
        guarded.of_group({"race": ["white"]})


class System:
    """A run whose result is by arm and seed."""

    def __init__(self, scenario, seed, *, population=None, decisions=None):
        self.result, self.decisions = Result(LUCK[scenario.name, seed]), None
        assert population == [seed]

    def run(self, progress=None):
        return self.result

    def close(self):
        pass


class World(FakeScenario):
    """The arm `same` is what the baseline is, so that its runs are those of the baseline."""

    def run_digest(self):
        return {"same": "base"}.get(self.name, self.name)


@pytest.mark.parametrize("own", [False, True])
def test_a_comparison_has_the_baseline_the_outcomes_and_the_people_of_its_scenario(own, monkeypatch):
    monkeypatch.setattr(plan, "has_own_margins", lambda cell: own and cell.name == "same")
    world = World(arms={"new": [], "base": [], "same": []}, baseline="base", seed_list=(3, 8), outcomes=(TWO,))
    found = compare(world, build=System, populations=lambda scenario, seed: [seed])
    assert (found.arms, found.baseline, found.seeds) == (("new", "base", "same"), "base", (3, 8))
    assert (found.primary, found.guarded) == ((TWO,), own)
    assert {place: (run.arm, run.value) for place, run in found.results.items()} == {
        (arm, seed): (arm, value) for (arm, seed), value in LUCK.items()
    }


def test_a_run_alone_has_the_seed_and_the_threads_that_are_asked_for_and_is_closed():
    made = []

    class Noted(System):
        def __init__(self, scenario, seed):
            super().__init__(scenario, seed, population=[seed])
            made.append((seed, scenario.threads))

        def close(self):
            made.append("closed")

    world = FakeScenario(name="new", seed_list=(8, 3), threads=2)
    assert comparison.simulate(world, 3, threads=5, build=Noted).value == 10
    assert comparison.simulate(world, build=Noted).value == 14
    assert made == [(3, 5), "closed", (8, 2), "closed"]
