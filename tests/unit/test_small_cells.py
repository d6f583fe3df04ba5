"""Numbers of 1 to 10 people are neither shown nor to be worked out where the margins are a user's own."""

from contextlib import nullcontext
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from experiments.output import table_study
from experiments.output.table_study import refuse_few
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.small_cells import FEWEST, _counts_others, hidden_cells, hidden_groups, is_of_few
from sim.paths import conf_folder
from sim.population.margins import MARGINS, are_own
from sim.runs.comparison import Comparison
from sim.scenario import Scenario, ScenarioError
from sim.schema import COUNT_INDEX
from tests.support.synthetic_runs import synthetic_run

ROWS = [("all", "all"), *(("rurality", name) for name in ("urban", "rural", "frontier")), ("race", "a"), ("race", "b")]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("people", "gone"),
    [
        ((1000, 500, 400, 100, 600, 400), ()),
        ((1000, 595, 400, 5, 600, 400), ("rural", "frontier")),  # one alone would follow from the sum
        ((1000, 600, 400, 0, 600, 400), ()),  # nobody is no small number
        ((1000, 993, 3, 4, 600, 400), ("urban", "rural", "frontier")),  # 7 together follow from the sum
        ((1000, 500, 400, 100, 995, 5), ("a", "b")),
    ],
)
def test_groups_that_are_hidden(people, gone):
    found = hidden_groups(ROWS, np.array([people], float))
    assert {level for (_, level), hidden in zip(ROWS, found, strict=True) if hidden} == set(gone)


@pytest.mark.quick
def test_what_is_small_in_one_run_is_hidden_in_all():
    people = np.array([(1000, 595, 400, 5, 600, 400), (1000, 380, 400, 220, 600, 400)], float)
    assert hidden_groups(ROWS, people).tolist() == [False, False, True, True, False, False]


@pytest.fixture(scope="module")
def guarded():
    """A comparison of a few hundred people, each of whom stands for one."""
    arms, few = ("fee_for_service", "global_budget"), {}
    for arm, seed in product(arms, (0, 1)):
        run = synthetic_run(arm, seed, 14, members=600)
        few[arm, seed] = replace(run, weights=np.ones(len(run.areas)))
    return Comparison(arms, arms[0], (0, 1), few, guarded=True)


def test_no_table_shows_a_small_number_or_lets_it_be_worked_out(guarded):
    """Whoever holds every table subtracts groups from the state, measure by measure."""
    open_tables = replace(guarded, guarded=False).totals()
    totals, yearly = guarded.totals(), guarded.frame()
    members = BY_NAME["members"].name
    seen, known = (
        set(table.query("measure == 'members' and stratum != 'area'")["level"]) for table in (totals, open_tables)
    )
    assert {"nhpi", "aian"} <= known - seen
    assert {"white", "urban", "rural"} <= seen
    for place, run in guarded.results.items():
        here = totals[(totals["arm"] == place[0]) & (totals["seed"] == place[1])]
        of_year = yearly[(yearly["arm"] == place[0]) & (yearly["seed"] == place[1]) & (yearly["month"] == 12)]
        for table, months in ((here, run.months), (of_year, 2)):
            heads = table[table["measure"] == members].set_index(["stratum", "level"])["value"]
            assert not ((heads > 0) & (heads < FEWEST)).any()
            events = table[table["measure"] == "inpatient_stays_per_1000_mm"].set_index(["stratum", "level"])["value"]
            counts = (events * heads.reindex(events.index) * months / 1000).dropna()
            assert not ((counts > 0.5) & (counts < FEWEST - 0.5)).any()
            for stratum in ("race", "rurality", "language", "age_band", "disability"):
                for shown, whole in (
                    (heads, run.counts[-months:, :, 0].sum() / months),
                    (counts, run.counts[-months:, :, COUNT_INDEX["inpatient_visits"]].sum()),
                ):
                    levels = shown[shown.index.get_level_values(0) == stratum]
                    rest = whole - levels.sum()
                    assert not levels.size or not 0.5 < rest < FEWEST - 0.5, (place, stratum, rest)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("value", "share", "gone"),
    [
        (3 / 7, True, True),
        (1 - 2 / 350, True, True),  # 2 of 350 are the others
        (6 / 606, False, True),  # deaths of those of month 0, 9.9 per 1,000
        (10 / 4321, True, True),
        (131 / 977, True, False),
        (0.0, True, False),  # nobody, of whom nothing follows
        (1.0, True, False),
        (float("nan"), True, False),
    ],
)
def test_a_ratio_that_is_one_of_few_gives_the_few_away(value, share, gone):
    assert is_of_few(np.array([value]), share).tolist() == [gone]


def test_ratios_of_what_no_table_shows_are_hidden_where_they_are_of_few(guarded):
    """For the state, over the run and by month: 0.4286 of discharges, or of those with a need, is 3 of 7."""
    open_tables = replace(guarded, guarded=False)
    others = {one.name for one in MEASURES if _counts_others(one)}
    for table, before in ((guarded.totals(), open_tables.totals()), (guarded.frame(), open_tables.frame())):
        state = table[(table["stratum"] == "all") & table["measure"].isin(others)]
        was = before[(before["stratum"] == "all") & before["measure"].isin(others)]
        scale = was["measure"].map(lambda name: BY_NAME[name].scale).to_numpy(float)
        ratio = was["value"].to_numpy() / scale
        few = is_of_few(ratio, has_others=False) & (ratio < 1)
        assert few.any()
        assert not set(was.loc[few, "measure"]) & set(state["measure"])


def test_members_served_in_a_month_do_not_follow_from_the_share_of_need_that_is_met(guarded):
    """``needs_met_share`` times ``needs_any_share`` times members is how many were served."""
    names = ["members", "needs_any_share", "needs_met_share"]
    rows, measures = [("all", "all")], names
    table = np.array([[600.0, 0.4317, 3.0029 / (600 * 0.4317)]])  # weights differ: no plain fraction
    assert hidden_cells(rows, measures, [(table, 1)])[0].tolist() == [False, False, True]
    many = np.array([[6000.0, 0.4317, 0.1234567]])
    assert not hidden_cells(rows, measures, [(many, 1)]).any()


@pytest.mark.quick
@pytest.mark.parametrize(
    ("share", "gone"),
    [(0.02, True), (0.98, True), (0.92, False), (0.0, False), (1.0, False)],  # 3 of 150, all but 3, all but 12
)
def test_a_share_of_members_is_hidden_where_those_who_have_it_or_the_others_are_few(share, gone):
    table = np.array([[150.0, share]])
    assert hidden_cells([("all", "all")], ["members", "needs_any_share"], [(table, 1)]).tolist() == [[False, gone]]


def test_deaths_of_a_year_are_left_out(guarded):
    assert "deaths" not in set(guarded.years()["amount"])
    assert "first_members" in set(guarded.years()["amount"])
    assert "deaths" in set(replace(guarded, guarded=False).years()["amount"])


def test_areas_have_no_months_and_groups_cannot_be_combined(guarded):
    frame = guarded.frame()
    assert not (frame["stratum"] == "area").any()
    with pytest.raises(ScenarioError, match="groups that overlap"):
        guarded.of_group({"rurality": ["rural"]})


def test_the_summary_hides_what_the_totals_hide(guarded):
    totals, summary = guarded.totals(), guarded.summary()
    shown = set(map(tuple, totals[["stratum", "level", "measure"]].drop_duplicates().to_numpy()))
    said = set(map(tuple, summary[["stratum", "level", "measure"]].drop_duplicates().to_numpy()))
    assert said <= shown
    assert {measure for _, _, measure in said} & {"pmpm_medical", "ed_visits_per_1000_mm"}


@pytest.mark.quick
def test_margins_that_ship_are_known_by_what_is_in_them(tmp_path):
    changed = [one.name for one in sorted((conf_folder() / MARGINS).glob("*.csv")) if are_own(one)]
    assert not changed, "conf's margins have changed: put their new SHA-256 into sim/population/margins.py"
    file = conf_folder() / MARGINS / "oregon.csv"
    edited = tmp_path / "oregon.csv"
    edited.write_bytes(file.read_bytes().replace(b"0.35,", b"0.34,"))
    assert are_own(edited)
    edited.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert not are_own(edited)


@pytest.mark.parametrize(
    ("own", "people", "refused"), [(True, 4, True), (True, 0, False), (True, 11, False), (False, 4, False)]
)
def test_a_table_of_one_to_ten_people_of_a_users_own_file_is_refused(own, people, refused, monkeypatch):
    monkeypatch.setattr(table_study, "has_own_margins", lambda scenario: own)
    scenario = Scenario(population={"name": "classroom"})
    with pytest.raises(ScenarioError, match="fewer than 11 people were served") if refused else nullcontext():
        refuse_few(scenario, {"many": 500, "served": people}, "served")
