"""What a program seems to save: by hand, and in a world where it does nothing."""

import numpy as np
import pytest

from experiments.verbs.contrast import one_seed
from experiments.verbs.contrast import run as contrast_verb
from sim import schema
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.contrast import Cohort, Figures, aligned, figures, first_month_served, mean_figures
from sim.measures.person_panel import Diary, Panel
from sim.scenario import Scenario, ScenarioError


def members(months, *, key=(5, 3), ed=(0, 0), status=(1, 1), package=(0, 0)):
    rows = np.zeros(2, schema.MEMBER)
    rows["key"], rows["status"], rows["package"], rows["ed_year"] = key, status, package, ed
    return rows


def test_a_month_is_the_difference_of_two_looks_and_a_year_begins_anew():
    panel = Panel()
    for month, ed in ((10, (1, 0)), (11, (4, 0)), (12, (2, 1)), (13, (2, 5))):
        panel.record(members(month, ed=ed), month)
    use = panel.diary(np.array([3, 5, 9], np.uint64)).use["ed_visits"]
    assert np.isnan(use[:, 0]).all()
    assert use[0, 1:].tolist() == [0, 1, 4]
    assert use[1, 1:].tolist() == [3, 2, 0]
    assert np.isnan(use[2]).all()  # nobody has this key


def test_months_off_cover_are_not_followed():
    panel = Panel()
    panel.record(members(0), 1)
    panel.record(members(1, ed=(1, 1), status=(schema.OFF_COVER, 1)), 2)
    use = panel.diary(np.array([3, 5], np.uint64)).use["ed_visits"]
    assert use[0, 1] == 1
    assert np.isnan(use[1, 1])


def test_members_are_followed_from_their_own_start():
    use = np.arange(60.0).reshape(1, 60)
    served = (np.arange(60) >= 20).astype(int).reshape(1, 60) << 2
    diary = Diary(np.array([1], np.uint64), np.arange(60), {"stays": use}, served, np.zeros((1, 60), np.int64))
    assert first_month_served(diary, 2).tolist() == [20]
    cohort = aligned(diary, np.array([20]))
    assert cohort.mean("stays", -MONTHS_PER_YEAR, 0) == np.arange(8, 20).mean()
    assert cohort.mean("stays", 0, MONTHS_PER_YEAR) == np.arange(20, 32).mean()


def test_figures_by_hand():
    got = figures(served=(10, 4), twins=(10, 5), others=(2, 3), like=(9, 4))
    assert (got.before_after, got.everybody_else, got.like_members, got.paired) == (-6, -7, -1, -1)


def test_a_program_without_effect_seems_to_work_and_does_exactly_nothing():
    """The published fall of 25 to 50 points in readmission, out of who is chosen alone."""
    words = ["population=classroom", "upstream=sham", "upstream.start=12", "months=26", "organizations=fixed"]
    found = one_seed(Scenario.compose(words), 0).figures
    stay = found["Any stay in half a year, share"]
    assert stay.before == pytest.approx(1.0, abs=0.1)
    assert -0.60 < stay.before_after < -0.25
    assert found["Stays*"].before_after < 0
    assert all(figures.paired == 0.0 for figures in found.values())


def test_a_program_with_an_effect_is_seen_by_the_pairs():
    words = ["population=classroom", "upstream=chw", "upstream.start=12", "months=26", "organizations=fixed"]
    many = ["parameters.upstream.places_scale=20", "parameters.packages.chw.effects.inpatient=0.6"]
    found = one_seed(Scenario.compose([*words, *many, "parameters.packages.chw.reach.engaged=0.8"]), 0).figures
    assert found["Stays*"].paired < 0


@pytest.mark.parametrize("words", [["upstream=portfolio"], ["upstream.start=3"], ["upstream=none"]])
def test_a_contrast_is_of_one_package_that_starts_after_a_year(words):
    with pytest.raises(ScenarioError):
        contrast_verb(words)


def test_people_are_those_seen_before_and_after():
    use = np.full((4, 3 * MONTHS_PER_YEAR), np.nan)
    use[0] = 1.0  # seen throughout
    use[1, :MONTHS_PER_YEAR] = 1.0  # gone when service began
    use[2, MONTHS_PER_YEAR:] = 1.0  # came with it
    assert Cohort({"stays": use}).people() == 1


@pytest.mark.quick
def test_the_share_with_any_stay_is_of_members_who_are_seen_all_the_time():
    """One of two who are seen for six months has a stay; a third has one, and is seen for a month."""
    use = np.full((3, 3 * MONTHS_PER_YEAR), np.nan)
    use[:2, MONTHS_PER_YEAR : MONTHS_PER_YEAR + 6] = 0.0
    use[0, MONTHS_PER_YEAR + 3] = use[2, MONTHS_PER_YEAR] = 2.0
    assert Cohort({"stays": use}).share_with_any("stays", 0, 6) == 0.5


def test_a_seed_without_a_value_does_not_take_the_mean_away():
    one, none = Figures(1, 2, 3, 4, 5, 6), Figures(3, 4, 5, 6, np.nan, 8)
    assert mean_figures([{"x": one}, {"x": none}])["x"] == Figures(2, 3, 4, 5, 5, 7)
    assert np.isnan(mean_figures([{"x": none}])["x"].like_members)
