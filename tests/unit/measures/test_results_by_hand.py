"""A run of fourteen months in two areas, by hand: years, groups and places of its result, and who shares its arrays."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.measures import MEASURES, Recorder
from sim.measures.amounts import AMOUNT_NAMES
from sim.measures.intervals import mean_interval, paired_interval, ratio_interval
from sim.measures.measures import FOUR
from sim.measures.participation import COST, FIRST, LISTED, PANELS, lists_of
from sim.measures.participation import MONTHS as LIST_MONTHS
from sim.measures.quality import Quality
from sim.measures.randomized import People, difference, findings, wald
from sim.measures.strata import STEPS, in_group
from sim.measures.tables import reach_frame
from sim.schema import (
    CONDITIONS,
    COUNT_INDEX,
    COUNTS,
    METRICS,
    N_LEVELS,
    N_STRATA,
    OUTCOMES,
    PAYERS,
    RATE_CATEGORIES,
    SERVICES,
    STRATA,
)

pytestmark = pytest.mark.quick

MONTHS, AREAS, WEIGHTS = 14, ("North", "South"), np.array([2.0, 5.0])
COLUMN = {one.name: place for place, one in enumerate(MEASURES)}
WELL = METRICS.index("well_child")
FIRST_CELL = in_group({stratum: levels[:1] for stratum, levels in STRATA.items()}).nonzero()[0][0]
LAST_CELL = in_group({stratum: levels[-1:] for stratum, levels in STRATA.items()}).nonzero()[0][0]
WHITE = {"race": STRATA["race"][:1]}


def a_month(month):
    """North has 10 members of the first cell and a visit each; South 20 of the last, and as many as months are past.

    Well-child visits are judged of South alone: 8 children, of whom 2 have one in the first year and 6 in the second.
    """
    cells = np.zeros((2, N_STRATA, len(COUNTS)), np.int64)
    cells[0, FIRST_CELL, [COUNT_INDEX["member_months"], COUNT_INDEX["emergency_visits"]]] = 10, 10
    cells[1, LAST_CELL, [COUNT_INDEX["member_months"], COUNT_INDEX["emergency_visits"]]] = 20, month
    cells[1, LAST_CELL, COUNT_INDEX["qaly_millionths"]] = 1_500_000
    quality = np.zeros((2, N_LEVELS, len(METRICS), len(OUTCOMES)), np.int64)
    if month in (11, 13):
        quality[1, 0, WELL] = 8, 2 if month == 11 else 6, 2 if month == 11 else 6
    money = np.zeros((2, 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)), np.int64)
    money[:, 0, 0], money[:, 1, -1] = 3, 4
    registers = np.full((2, len(CONDITIONS), 3), month)
    return SimpleNamespace(cells=cells, counts=cells.sum(axis=1), money=money, registers=registers, quality=quality)


def a_recorder():
    return Recorder(MONTHS, AREAS, WEIGHTS, ("state", "hospital"), purposes=("claims",), seed=3, arm="a",
                    scenario_digest="abc")  # fmt: skip


def go_on(recorder, months, claims=1):
    for month in months:
        flows = np.zeros((2, 2, 2), np.int64)
        flows[:, 0, 1] = 100 * claims
        team = np.array([3_000_000, 1_000_000])  # millionths of a dollar for a member
        places = {"served": np.full((2, 1), month), "practices.team_cost_pmpm": team}
        recorder.record(month, a_month(month), flows, places, np.full((2, 1), claims))
    return recorder


@pytest.fixture(scope="module")
def result():
    return go_on(a_recorder(), range(MONTHS)).result()


def test_a_year_that_is_cut_short_has_its_own_months(result):
    """Members are 10 x 2 + 20 x 5 = 120 in each month: 120 years of cover in the first year, 20 in the second."""
    covered, visits = AMOUNT_NAMES.index("member_years"), COLUMN["ed_visits_per_1000_mm"]
    assert result.amounts()[:, covered] == pytest.approx([120, 20])
    assert [result.of_year(year)[COLUMN["members"]] for year in (0, 1)] == pytest.approx([120, 120])
    assert result.of_year(1)[visits] == pytest.approx(1000 * (2 * 10 * 2 + (12 + 13) * 5) / 240)
    last_level = result.by_year()[:, -1, COLUMN["members"]]
    assert last_level == pytest.approx([100, 100])
    years = replace(result, draw=4).years()
    assert years.loc[years["amount"] == "member_years", ["year", "draw", "seed"]].to_numpy().tolist() == [
        [0, 4, 3], [1, 4, 3]
    ]  # fmt: skip
    frame = replace(result, draw=4).frame()
    assert set(frame["draw"]) == {4}
    by_stratum = frame[(frame["stratum"] == "race") & (frame["measure"] == "members") & (frame["value"] > 0)]
    assert sorted(by_stratum["month"].unique()) == [0, 12]


def test_a_single_month_or_year_is_that_of_all(result):
    for month in (0, 13):
        assert np.array_equal(result.of_month(month), result.monthly()[month, 0], equal_nan=True)
    assert not np.array_equal(result.of_month(0), result.of_month(13), equal_nan=True)
    for year in (0, 1):
        assert np.array_equal(result.levels_in(year), result.by_year()[year], equal_nan=True)
    assert not np.array_equal(result.levels_in(0), result.levels_in(1), equal_nan=True)


def test_each_month_is_one_month_of_the_state_and_of_each_area(result):
    monthly = result.monthly()
    assert monthly[:, :, COLUMN["members"]].tolist() == [[120, 20, 100]] * MONTHS
    assert monthly[7, :, COLUMN["ed_visits_per_1000_mm"]] == pytest.approx([1000 * 55 / 120, 1000, 1000 * 7 / 20])
    assert result.courses() == pytest.approx(monthly[:, 0, [COLUMN[name] for name in FOUR]], nan_ok=True)
    teams = monthly[7, :, COLUMN["pmpm_teams"]]
    assert teams == pytest.approx([(3 * 20 + 1 * 100) / 120, 3, 1])
    assert monthly[7, :, COLUMN["qalys_a_year"]] == pytest.approx([90, 0, 90])  # 1.5 a month for 5 people each
    assert result.courses()[7, FOUR.index("qalys_a_year")] == pytest.approx(90)
    assert (result.spending == 7).all()  # of both sides of the ledger and all rate categories


def test_groups_are_of_the_whole_run_and_weighted_by_their_areas(result):
    """Of the first cell 20 people of North, of the last 100 of South; of the visits those of the group alone."""
    last = {stratum: levels[-1:] for stratum, levels in STRATA.items()}
    south = result.of_group(last | {"area": ["South"]})[0]
    assert south[COLUMN["members"]] == pytest.approx(100)
    assert south[COLUMN["ed_visits_per_1000_mm"]] == pytest.approx(1000 * sum(range(MONTHS)) / (20 * MONTHS))
    assert result.of_group(last | {"area": ["North"]})[0, COLUMN["members"]] == 0
    everybody = result.of_group({"rurality": STRATA["rurality"]})[0]
    assert everybody[COLUMN["members"]] == pytest.approx(120)
    assert everybody[COLUMN["ed_visits_per_1000_mm"]] == result.value("ed_visits_per_1000_mm")
    assert result.value("members", "disability", STRATA["disability"][-1]) == pytest.approx(100)


def test_quality_is_of_all_years_together_and_of_each_alone(result):
    place, race = COLUMN["quality_well_child"], STRATA["race"][0]
    assert result.value("quality_well_child") == pytest.approx(8 / 16)
    assert result.value("quality_well_child", "race", race) == pytest.approx(8 / 16)
    assert [result.of_year(year)[place] for year in (0, 1)] == [0.25, 0.75]
    assert np.isnan(result.last_year()[0, place])
    assert np.isnan(result.monthly()[:, 0, place]).all()
    assert result._judged()[:, WELL, 0].tolist() == [80, 0, 80]


def test_a_table_that_is_changed_by_its_reader_changes_no_result(result):
    before = result.value("members")
    result.totals()[:] = -1
    assert result.value("members") == before


@pytest.mark.parametrize("change", [{"draw": 1}, {"arm": "b"}, {"seed": 4}, {"digest": "x"}, {"scenario_digest": "y"}])
def test_results_are_the_same_run_where_all_that_names_it_is_alike(result, change):
    assert replace(result) == result
    assert hash(replace(result)) == hash(result)
    assert replace(result, **change) != result


@pytest.mark.parametrize(
    "name", ["counts", "yearly", "cells", "flows", "paid", "spending", "registers", "quality", "places.served"]
)
def test_every_array_is_in_the_digest(result, name):
    whole, _, of_places = name.partition(".")
    array = result.places[of_places] if of_places else getattr(result, name)
    other = array.copy()
    other.flat[-1] += 1
    changed = replace(result, places={**result.places, of_places: other}) if of_places else None
    assert (changed or replace(result, **{whole: other})).recompute_digest() != result.digest


def test_two_runs_that_go_on_from_one_state_share_nothing():
    """The first pays 100 cents a month to the end, the second 700 from month 5 on; the saved state stays as it was."""
    saved = go_on(a_recorder(), range(5)).state()
    kept = {name: array.copy() for name, array in saved.items()}
    first, second = a_recorder(), a_recorder()
    for recorder, claims in ((first, 1), (second, 7)):
        recorder.restore(saved)
        go_on(recorder, range(5, MONTHS), claims)
    assert all(np.array_equal(saved[name], kept[name]) for name in kept)
    assert first.digest() == go_on(a_recorder(), range(MONTHS)).digest() != second.digest()
    assert first.result().flows.sum() == 2 * 100 * MONTHS
    assert second.result().flows.sum() == 2 * 100 * (5 + 7 * 9)
    assert second.result().paid[:, 0, 0].tolist() == [1] * 5 + [7] * 9
    assert first.result().places["served"][:, 0, 0].tolist() == list(range(MONTHS))


def test_cells_of_a_month_count_before_and_after_they_are_added_to_the_year():
    """Thirty members a month; after three months the result has 90, and so has what is saved of the open year."""

    def months_of_cover(cells):
        return cells[..., COUNT_INDEX["member_months"]].sum()

    recorder = go_on(a_recorder(), range(3))
    assert months_of_cover(recorder.result().cells) == 90
    assert months_of_cover(go_on(a_recorder(), range(3)).state()["year_cells"]) == 90
    recorder.catch_up()
    recorder.catch_up()
    saved = {name: array.copy() for name, array in recorder.state().items()}
    assert months_of_cover(go_on(recorder, range(3, 5)).result().cells) == 150
    go_on(recorder, [5]).restore(saved)  # the sixth month was not added when the run goes back
    assert months_of_cover(recorder.result().cells) == 90


def test_the_digest_of_what_is_recorded_knows_places_and_the_year_that_goes_on():
    month, flows = a_month(0), np.zeros((2, 2, 2), np.int64)
    more = SimpleNamespace(**{**vars(month), "cells": month.cells + 1})
    kinds = ((month, {"served": np.ones((2, 1))}), (month, {"served": np.full((2, 1), 2)}), (more, {}), (month, {}))
    digests = []
    for lived, places in kinds:
        recorder = a_recorder()
        recorder.record(0, lived, flows, places)
        digests.append(recorder.digest())
    assert len(set(digests)) == len(kinds)


def test_a_result_half_way_has_the_places_of_its_months():
    half = go_on(a_recorder(), range(13)).result()
    assert half.places["served"].shape == (13, 2, 1)
    assert (half.arm, half.months, len(half.quality)) == ("a", 13, 2)
    assert half.cells[0, FIRST_CELL, COUNT_INDEX["member_months"]] == 130
    assert half.amounts()[:, AMOUNT_NAMES.index("member_years")] == pytest.approx([120, 10])


def test_a_trial_whose_program_serves_some_controls_as_well():
    """Two of four in treatment and one of three controls: what they had is their effect over 2/4 - 1/3 = 1/6."""
    people = People(
        treatment=np.array([1, 1, 1, 1, 0, 0, 0], bool),
        served=np.array([1, 1, 0, 0, 1, 0, 0], bool),
        after=np.array([2.0, 4.0, 5.0, 9.0, 7.0, 6.0, 11.0]),
        before=np.array([3.0, 5.0, 7.0, 8.0, 1.0, 2.0, 6.0]),
        without=np.array([2.5, 6.0, 5.0, 9.0, 9.0, 6.0, 11.0]),
    )
    effect = (5 - 8) / (1 / 6)  # -18 for each who was served
    rest = np.array([20.0, 22, 5, 9]), np.array([25.0, 6, 11])
    error = np.sqrt(rest[0].var(ddof=1) / 4 + rest[1].var(ddof=1) / 3) * 6
    assert wald(people) == pytest.approx((effect, error))
    spread = np.sqrt((9 + 1 + 0 + 16) / 3 / 4 + (1 + 4 + 9) / 2 / 3)
    assert difference(people.after, people.treatment) == pytest.approx((-3, spread))
    found = findings(people, np.array([0.0]))
    assert (found.control, found.on_controls) == pytest.approx((8, -2 / 3))
    assert (found.true_offered, found.true_treated) == pytest.approx((-2.5 / 4, -2.5 / 2))


def test_ratios_are_typical_ones_and_intervals_as_wide_as_is_asked():
    """Ratios of 2 and 4: typical is the root of 8. With two replicates t is 12.706 for 95% and 6.314 for 90%."""
    arm, base = np.array([[2.0, 3.0], [8.0, 0.0]]), np.array([[1.0, 1.0], [2.0, 1.0]])
    half = np.log(2) / 2
    for confidence, t in ((0.95, 12.7062), (0.9, 6.3138)):
        found = ratio_interval(arm, base, confidence)
        assert found.estimate[0] == pytest.approx(np.sqrt(8))
        assert (found.low[0], found.high[0]) == pytest.approx(
            (np.sqrt(8) * np.exp(-t * half), np.sqrt(8) * np.exp(t * half)), rel=1e-3
        )
        assert np.isnan(found.estimate[1])  # a value of 0 has no ratio, whatever the others
        assert paired_interval(arm, base, confidence).high[0] == pytest.approx(3.5 + t * 2.5, rel=1e-4)
        assert mean_interval(arm, confidence).low[0] == pytest.approx(5 - t * 3, rel=1e-4)


def test_a_saved_state_has_all_years_of_quality():
    counts = np.ones((1, N_LEVELS, len(METRICS), len(OUTCOMES)), np.int64)
    quality, again = Quality(1), Quality(1)
    for month, times in ((-13, 2), (-1, 3), (0, 5), (12, 7)):
        quality.add(month, times * counts)
    again.restore(quality.snapshot())
    assert [int(again.counts(year)[0, 0, 0, 0]) for year in (-2, -1, 0, 1)] == [2, 3, 5, 7]


def test_the_first_list_is_known_from_the_start_of_the_contract_on():
    listed, panels = np.array([[0, 0], [1, 0], [1, 0]]), np.tile([2, 0], (3, 1))
    places = {LISTED: listed, FIRST: listed, COST: listed + 1, LIST_MONTHS: listed + 2, PANELS: panels}
    found = lists_of(SimpleNamespace(places=places, weights=np.array([2.0, 9.0])))
    assert found.first.tolist() == [[True, False]] * 3
    assert found.start == 1


def test_what_a_group_of_a_package_costs_is_of_that_package():
    reached = {f"reached.{step}": np.full((1, 2, N_LEVELS), 1000) for step in STEPS}
    result = SimpleNamespace(places=reached | {"cents": np.array([[[600, 9000]]])}, weights=np.array([1.0]))
    frame = reach_frame(result, ("cash", "homes"))
    served = frame[frame["step"] == "served"].groupby("package", sort=False)["usd"].first()
    races = len(STRATA["race"])
    assert served.to_dict() == pytest.approx({"cash": 6 / races, "homes": 90 / races})
