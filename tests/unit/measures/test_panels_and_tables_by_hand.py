"""Months of followed members, tables of packages and of quality, shares of a whole: by hand, no two numbers alike."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.measures.digest import digest
from sim.measures.equity import gap, relative_index, slope_index
from sim.measures.person_panel import GONE, Panel
from sim.measures.quality import Quality
from sim.measures.small_cells import hidden_cells, hidden_groups, small
from sim.measures.strata import IN_LEVEL, LEVELS, N_RACES, STEPS, in_group
from sim.measures.tables import SHOWN, quality_table, reach_frame, supply_frame
from sim.measures.terms import Count, Flow, Sums, Teams, total
from sim.schema import COUNT_INDEX, COUNTS, ENROLLED, MEMBER, METRICS, N_LEVELS, N_STRATA, OFF_COVER, RACES, VACANT

pytestmark = pytest.mark.quick

ON, OFF = ENROLLED, OFF_COVER


def a_look(*people):
    """Rows of members: key, status, emergency visits of the year so far, packages, needs."""
    rows = np.zeros(len(people), MEMBER)
    for row, (key, status, visits, package, needs) in zip(rows, people, strict=True):
        row["key"], row["status"], row["ed_year"], row["package"], row["needs"] = key, status, visits, package, needs
    return rows


def a_panel():
    """Members 50, 20 and 80 from month 10 on: 20 is off cover in month 11; 80 comes then, and is gone in month 13."""
    panel = Panel()
    panel.record(a_look((50, ON, 3, 0, 1), (20, ON, 1, 0, 2), (0, VACANT, 9, 3, 0)), 10)
    panel.record(a_look((80, ON, 2, 0, 6), (50, ON, 5, 2, 3), (20, OFF, 1, 0, 2)), 11)
    panel.record(a_look((20, ON, 0, 1, 2), (80, ON, 1, 3, 4), (50, ON, 1, 0, 3)), 12)
    panel.record(a_look((50, ON, 2, 0, 0), (80, VACANT, 7, 3, 4), (20, ON, 4, 0, 2), (10, ON, 5, 0, 0)), 13)
    return panel


def test_a_month_is_what_a_year_grew_by_of_the_same_member_on_cover_and_a_january_is_all_of_it():
    found = a_panel().diary(np.array([80, 50, 20], np.uint64))
    nan = np.nan
    np.testing.assert_array_equal(found.use["ed_visits"], [[nan, nan, 1, nan], [nan, 2, 1, 1], [nan, nan, 0, 4]])
    assert found.months.tolist() == [10, 11, 12, 13]
    assert found.served.tolist() == [[0, 0, 3, 0], [0, 2, 0, 0], [0, 0, 1, 0]]
    assert found.needs.tolist() == [[GONE, 6, 4, GONE], [1, 3, 3, 0], [2, 2, 2, 2]]


def test_who_was_ever_served_by_a_package_and_who_was_there_first():
    panel = a_panel()
    assert panel.ever_served(0).tolist() == [20, 80]
    assert panel.ever_served(1).tolist() == [50, 80]
    assert sorted(panel.until(13).everybody().tolist()) == [20, 50]
    assert panel.first_month == 10


def test_a_panel_is_continued_apart_from_the_one_that_it_came_from():
    """All but one are gone in the last month of the continued panel, which begins in no January."""
    panel = a_panel()
    fork = panel.until(12)
    fork.record(a_look((50, ON, 8, 0, 0)), 12)
    assert fork.diary(np.array([50], np.uint64)).use["ed_visits"][0, 1:].tolist() == [2, 8]
    assert panel.diary(np.array([50], np.uint64)).use["ed_visits"][0, 1:].tolist() == [2, 1, 1]


def test_gaps_are_of_the_extremes_and_lines_go_through_the_mean_of_people():
    """Ranks of a quarter and three quarters of the people are .125 and .625: a line from .125 to .725."""
    assert gap(np.array([0.3, 0.1, 0.5, 0.2])) == pytest.approx(0.4)
    rates, people = np.array([0.2, 0.5]), np.array([1.0, 3.0])
    assert slope_index(rates, people) == pytest.approx(0.6)
    assert relative_index(rates, people) == pytest.approx(0.725 / 0.125)


def test_quality_adds_up_the_levels_of_one_stratum_and_years_of_their_months():
    counts = np.zeros((2, N_LEVELS, len(METRICS), 3), np.int64)
    counts[:, :, 1] = [[[5, 3, 2]], [[7, 4, 1]]]
    quality = Quality(2)
    quality.add(-1, counts)
    quality.add(11, counts)
    quality.add(12, 3 * counts)
    assert quality.denominators(-1)[:, 1].tolist() == [5 * N_RACES, 7 * N_RACES]
    assert quality.rates(0)[:, 1] == pytest.approx([2 / 5, 1 / 7])
    assert quality.denominators(1)[:, 1].tolist() == [15 * N_RACES, 21 * N_RACES]
    assert not quality.denominators(2).any()


def test_a_group_is_of_the_levels_named_and_of_every_level_of_a_stratum_that_is_not():
    rural, old = in_group({"rurality": ["rural"]}), in_group({"age_band": ["65+", "0-4"]})
    assert rural.tolist() == IN_LEVEL[LEVELS.index(("rurality", "rural"))].astype(bool).tolist()
    ages = sum(IN_LEVEL[LEVELS.index(("age_band", level))] for level in ("65+", "0-4"))
    assert old.tolist() == (ages > 0).tolist()
    assert in_group({"rurality": ["rural"], "age_band": ["65+", "0-4"]}).tolist() == (rural & old).tolist()
    assert in_group({}).sum() == N_STRATA


def test_a_sum_of_which_a_term_is_unknown_is_unknown():
    """By race no ledger is kept, and what teams cost is known where it is."""
    counts = np.zeros((2, len(COUNTS)))
    counts[:, COUNT_INDEX["deaths"]] = [3, 5]
    by_race = Sums(counts, 12, teams=np.array([7.0, 9.0]))
    assert total((Count("deaths"), Flow("state", "cco")), by_race) is None
    assert total((Count("deaths"), Teams()), by_race) is None
    by_area = Sums(counts, 12, paid=np.zeros((2, 1)), teams=np.array([7.0, 9.0]))
    assert total((Count("deaths"), Count("deaths"), Teams(-1)), by_area).tolist() == [-1, 1]
    assert Teams().of(Sums(counts, 12, paid=np.zeros((2, 1)))).tolist() == [0, 0]


def test_a_digest_is_of_names_shapes_and_whole_numbers_of_any_size():
    one = digest({"flows": np.array([1, 2])})
    assert digest({"flows": np.array([1, 2], np.int16)}) == one
    assert len({one, digest({"paid": np.array([1, 2])}), digest({"flows": np.array([[1, 2]])})}) == 3
    assert digest({"flows": np.array([1 + 2**32, 2])}) != one
    with pytest.raises(TypeError, match="flows"):
        digest({"flows": np.array([1.0])})


def test_a_package_is_limited_area_by_area():
    """40 people wait where there is no money, 90 where there is no slot; 80 and 45 for the other package."""
    places = {name: np.full((1, 2, 2), 5) for name in (*SHOWN, "cents")}
    places["queue"] = np.array([[[10, 20], [10, 5]]])
    places["no_money"] = np.array([[[1, 1], [0, 0]]])
    places["cents"] = np.array([[[100, 300], [200, 500]]])
    result = SimpleNamespace(places=places, weights=np.array([4.0, 9.0]), months=1)
    frame = supply_frame(result, ("cash", "homes"), (False, True))
    assert frame["bound_by"].tolist() == ["places", "budget"]
    assert frame["usd"].tolist() == [4 + 18, 12 + 45]
    assert frame["queue"].tolist() == [130, 125]


def test_what_a_package_reaches_costs_by_those_served_and_is_a_share_of_the_step_before():
    """2,100 cents for four person-months, of which three are of the first race, one of the second, all urban."""
    reached = {f"reached.{step}": np.zeros((2, 1, len(LEVELS)), np.int64) for step in STEPS}
    urban, first, second = (
        LEVELS.index(one) for one in (("rurality", "urban"), ("race", RACES[0]), ("race", RACES[1]))
    )
    for step, people in (("eligible", 10), ("asked", 5), ("accepted", 2), ("started", 1), ("served", 3)):
        reached[f"reached.{step}"][:, 0, first] = [1000 * (people - 1), 1000]
    reached["reached.served"][1, 0, [second, urban]] = 1000, 4000
    cents = np.array([[[100], [60]], [[200], [40]]])
    result = SimpleNamespace(places=reached | {"cents": cents}, weights=np.array([4.0, 9.0]))
    frame = reach_frame(result, ("cash",)).set_index(["level", "step"])
    mine = frame.loc[RACES[0]]
    assert mine.loc[["eligible", "asked", "accepted", "served"], "person_months"].tolist() == [10, 5, 2, 3]
    assert mine.loc[["asked", "accepted"], "share_of_step_before"].tolist() == [0.5, 0.4]
    assert mine.loc[["eligible", "served"], "share_of_step_before"].isna().all()
    assert mine["usd"].dropna().to_dict() == {"served": 21 * 3 / 4}
    assert frame.loc[(RACES[1], "served"), "usd"] == 21 / 4
    assert frame.loc[("urban", "served"), "usd"] == 21


def test_quality_of_two_seeds_is_pooled_and_a_level_is_of_all_areas():
    """10 people of whom 4 are recorded, and 30 with 6: 20 people, a quarter. A second area has twice as many."""
    race = LEVELS.index(("race", RACES[0]))

    def run(people, given, recorded):
        counts = np.zeros((1, 2, N_LEVELS, len(METRICS), 3))
        counts[0, :, race, METRICS.index("sealants")] = np.outer([1, 2], [people, given, recorded])
        return SimpleNamespace(arm="budget", areas=("North", "South"), weighted_quality=lambda: counts)

    frame = quality_table([run(10, 5, 4), run(30, 9, 6)]).set_index(["stratum", "level"])
    assert frame["people"].to_dict() == {
        ("all", "all"): 60, ("area", "North"): 20, ("area", "South"): 40, ("race", RACES[0]): 60,
    }  # fmt: skip
    assert frame["recorded"].tolist() == pytest.approx([0.25] * 4)
    assert frame["given"].tolist() == pytest.approx([0.35] * 4)


PARTS = [("all", "all"), ("race", "a"), ("race", "b"), ("race", "c")]


def test_what_is_hidden_anyway_is_not_worked_out_from_the_rest():
    """Nobody is few; the second group is hidden for another reason, and so is the next smallest, the third."""
    assert small(np.array([0.0, 1, 10, 11])).tolist() == [False, True, True, False]
    before = np.array([False, False, True, False])
    found = hidden_groups(PARTS, np.array([[1000.0, 500, 300, 200]]), before)
    assert found.tolist() == [False, False, True, True]
    assert before.tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("stays", "members_later", "hidden"),
    [
        ((2.0, 2, 2, 2), 600, ([0, 0, 0, 0], [0, 0, 0, 0])),  # 14.4 stays of 600 members in a year
        ((2.2, 2, 4, 0.5), 600, ([0, 0, 0, 0], [0, 1, 0, 1])),  # 3.6, and what would give it away
        ((2.0, 2, 2, 2), 7, ([0, 0, 1, 1], [0, 0, 1, 1])),  # few members in another run
    ],
)
def test_events_of_a_year_and_members_of_any_run_are_few(stays, members_later, hidden):
    names = ["members", "inpatient_stays_per_1000_mm"]
    runs = [
        (np.column_stack([[1800 + one, 601, 600, one + 599], stays]).astype(float), 12)
        for one in (0, members_later - 599)
    ]
    found = hidden_cells(PARTS, names, runs)
    assert found[:, 0].tolist() == [bool(one) for one in hidden[0]]
    assert found[:, 1].tolist() == [bool(one) for one in hidden[1]]


THREE = [("race", name) for name in RACES[:3]]


def test_who_is_there_in_one_run_alone_is_hidden_with_others_until_every_run_has_eleven():
    """5 people are few. With the next, who are 0 and 20, they are 5 in the first run: the third is hidden as well."""
    assert hidden_groups(THREE, np.array([[5.0, 0, 100], [5, 20, 100]])).tolist() == [True, True, True]
    assert hidden_groups(THREE, np.array([[5.0, 8, 100], [5, 20, 100]])).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        ({"cohort_deaths_per_1000": 3000 / 7}, True),  # three of seven, per 1,000
        ({"needs_any_share": 0.3, "needs_met_share": 0.0311}, True),  # 9.33 of the 300 who have a need
        ({"needs_any_share": 0.9, "needs_met_share": 0.0311}, False),  # 27.99 of 900
    ],
)
def test_what_gives_a_few_away(values, hidden):
    table = np.array([[1000.0, *values.values()]])
    gone = hidden_cells([("all", "all")], ("members", *values), [(table, 12)])
    assert gone[0, -1] == hidden


def test_a_share_of_what_is_not_shown_is_shown_of_the_state_alone():
    table = np.array([[2000.0, 0.0311], [1000, 0.0311], [1000, 0.0311]])
    gone = hidden_cells([("all", "all"), *THREE[:2]], ("members", "readmission_30d"), [(table, 12)])
    assert gone[:, 1].tolist() == [False, True, True]
