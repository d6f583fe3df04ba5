"""Figures of trials on people made by hand: does each comparison count what it says?"""

import numpy as np
import pytest

from sim.measures.person_panel import GONE, Diary
from sim.measures.trial import AFTER, BEFORE, LIKE, OFFERED, SERVED, SHAM, TWINS, Group, Trial, around
from sim.measures.trial_figures import FIGURES, FOLLOWED, OF_TRENDS, groups_of, interrupted, people

WINDOW = BEFORE + AFTER
MONTHS = np.arange(-BEFORE, AFTER)
NAMES = ("ed_visits", "stays", "claims", "spending", "held", "alive", "needs")


def months(people=4, **values):
    """Return people who have 0 of everything, but for what is given by month or by member and month."""
    usual = {name: np.zeros((people, WINDOW)) for name in NAMES} | {"alive": np.ones((people, WINDOW))}
    return usual | {name: np.broadcast_to(value, (people, WINDOW)).astype(float) for name, value in values.items()}


def trial(lived, twins, like=None, like_twins=None):
    groups = {SERVED: Group(lived, twins), OFFERED: Group(lived, twins)}
    return Trial(groups | ({LIKE: Group(like, like_twins or like)} if like else {}))


def rising(jump, slope, *, before=100.0):
    return before + np.where(MONTHS >= 0, jump + slope * MONTHS, 0.0)


def test_a_line_is_found_as_it_was_drawn():
    one, other = np.tile(rising(400, -50), (3, 1)), np.tile(100 + 2.0 * MONTHS, (5, 1))
    trend = interrupted(one, other)
    assert (trend.jump, trend.slope) == pytest.approx((400, -50))  # a trend of the others that never bends is none
    assert trend.break_even() == pytest.approx(8)
    assert trend.mean_effect(0, FOLLOWED) == pytest.approx(400 - 50 * (FOLLOWED - 1) / 2)


@pytest.mark.parametrize(("jump", "slope", "month"), [(-1, 5, 0), (10, 0, FOLLOWED), (10, 1, FOLLOWED), (10, -0.1, 24)])
def test_spending_breaks_even_at_once_or_not_within_sight(jump, slope, month):
    one = np.tile(rising(jump, slope), (3, 1))
    assert interrupted(one, np.full((3, WINDOW), 100.0)).break_even() == pytest.approx(month)


def test_months_with_few_members_weigh_little():
    one = np.tile(rising(10, 0), (100, 1))
    one[1:, BEFORE + 20 :] = np.nan  # one member is left, and falls ill
    one[0, BEFORE + 20 :] = 1000
    assert interrupted(one, np.full((3, WINDOW), 100.0)).jump == pytest.approx(10, abs=15)
    assert interrupted(one[:1], np.full((3, WINDOW), 100.0)).jump < -50  # as it would if months weighed alike


def test_nothing_is_found_where_nobody_was_seen_before():
    one = np.tile(rising(10, 0), (3, 1))
    one[:, :BEFORE] = np.nan
    assert np.isnan(interrupted(one, np.zeros((3, WINDOW))).jump)
    assert np.isnan(interrupted(one, np.zeros((3, WINDOW))).break_even())


@pytest.mark.parametrize("figure", sorted(OF_TRENDS - {"break_even"}))
def test_what_is_seen_is_the_truth_and_what_is_seen_of_a_sham(figure):
    """The served were picked at their worst: a comparison sees the fall of what was at its worst too."""
    luck = np.where(MONTHS == -1, 300.0, 0.0)
    alone = {"spending": 100 + luck, "ed_visits": (100 + luck) / 1000}
    helped = {
        name: value + rising(20, -2, before=0) * (1 if name == "spending" else 1e-3) for name, value in alone.items()
    }
    one = trial(months(**helped), months(**alone), months(spending=100.0, ed_visits=0.1))
    seen, true, sham = (FIGURES[figure](one, against) for against in (LIKE, TWINS, SHAM))
    assert seen == pytest.approx(true + sham)
    assert sham < -1
    first = {"rise": 20, "emergency": -3, "emergency_second_year": -15}
    assert true == pytest.approx(first[figure])


def test_percent_and_ratio_are_of_those_followed_for_so_long_and_of_months_known_in_both_worlds():
    lived, twins = months(ed_visits=3.0, claims=9.0), months(ed_visits=4.0, claims=10.0)
    lived["ed_visits"][0], lived["alive"][0, BEFORE + 20 :] = 100, np.nan  # the run ends before two years are over
    lived["ed_visits"][1, BEFORE + 5] = np.nan  # off cover
    twins["ed_visits"][1, BEFORE + 5] = 1000
    one = trial(lived, twins)
    assert FIGURES["offered_emergency_24"](one, TWINS) == pytest.approx(0.75)
    assert FIGURES["offered_claims"](one, TWINS) == pytest.approx(-10)
    assert FIGURES["emergency_9"](one, TWINS) > 0  # nine months of the one who is not followed for longer


def test_shares_with_any():
    lived, twins = months(people=10), months(people=10)
    lived["ed_visits"][:2, BEFORE + 11], twins["ed_visits"][:4, BEFORE] = 1, 1
    lived["ed_visits"][9, BEFORE + 12], twins["ed_visits"][9, BEFORE - 1] = 1, 1  # a month too late, a month too early
    assert FIGURES["any_emergency"](trial(lived, twins), TWINS) == pytest.approx(-50)
    lived["stays"][:3, BEFORE - 6], lived["stays"][:1, BEFORE + 5], twins["stays"][:2, BEFORE] = 1, 1, 1
    lived["stays"][5, BEFORE - 7], lived["stays"][6, BEFORE + 6] = 1, 1  # more than half a year before, and after
    one = trial(lived, twins)
    assert FIGURES["any_stay"](one, TWINS) == pytest.approx(-10)
    assert FIGURES["any_stay"](one, "before") == pytest.approx(-20)


def test_needs_are_resolved_when_one_of_the_start_is_gone():
    lived, twins = months(people=5, needs=0b11), months(people=5, needs=0b11)
    lived["needs"][0, BEFORE + 12] = 0b10
    lived["needs"][1, BEFORE + 12] = 0b111  # another need resolves nothing
    lived["needs"][2, BEFORE + 12] = GONE  # the dead are not asked
    lived["needs"][3, BEFORE - 1] = 0  # nor who had none
    lived["needs"][3, BEFORE + 12] = 0
    assert FIGURES["offered_resolved"](trial(lived, twins), TWINS) == pytest.approx(100 / 3)


def test_deaths_and_homes_kept():
    lived, twins = months(people=10, held=np.where(MONTHS >= 0, 1, 0)), months(people=10)
    twins["alive"][:1, BEFORE + 30 :] = 0
    lived["alive"][:3, BEFORE + 30 :] = 0
    lived["held"][:3, BEFORE + 30 :] = 0  # the dead have not lost their home
    lived["held"][9, BEFORE + 12 :] = 0
    one = trial(lived, twins)
    assert FIGURES["offered_deaths_30"](one, TWINS) == pytest.approx(20)
    assert FIGURES["kept_12"](one, TWINS) == pytest.approx(90)
    assert FIGURES["kept_36"](one, TWINS) == pytest.approx(100 * 6 / 7)


def test_the_change_of_a_year_is_that_of_the_served_less_that_of_the_compared():
    lived, twins = (months(stays=np.where(MONTHS >= 0, x, 2.0)) for x in (1.0, 1.5))
    one = trial(lived, twins, months(stays=np.where(MONTHS >= 0, 5.0, 4.0)))
    assert FIGURES["stays_of_a_year"](one, TWINS) == pytest.approx(-6000)
    assert FIGURES["stays_of_a_year"](one, LIKE) == pytest.approx(-24000)
    assert FIGURES["stays_of_a_year"](one, SHAM) == pytest.approx(-18000)


def test_months_are_placed_around_each_members_own_start_and_programs_are_paid():
    use = {name: np.tile(np.arange(40.0), (2, 1)) for name in ("ed_visits", "stays", "medicaid_cents")}
    served = np.zeros((2, 40), np.int64)
    served[0, 20:23], served[1, 30:] = 0b01, 0b11
    needs = np.zeros((2, 40), np.int64)
    needs[0, 35:] = GONE
    found = around(
        Diary(np.arange(2, dtype=np.uint64), np.arange(40), use, served, needs), np.array([20, 30]), (700, 0), (300, 50)
    )
    assert found["ed_visits"][0, BEFORE] == 20
    assert found["ed_visits"][1, BEFORE - 1] == 29
    assert np.isnan(found["ed_visits"][1, BEFORE + 10 :]).all()
    extra = found["spending"] - found["claims"]
    assert extra[0, BEFORE - 1 : BEFORE + 4].tolist() == pytest.approx([0, 10, 3, 3, 0])
    assert extra[1, BEFORE : BEFORE + 2].tolist() == pytest.approx([10.5, 3.5])
    assert found["alive"][0, BEFORE + 14 : BEFORE + 20].tolist() == [1, 0, 0, 0, 0, 0]
    assert np.nansum(found["held"][0]) == 3


def test_each_figure_asks_for_the_groups_that_it_needs():
    assert groups_of("offered_claims", TWINS) == {OFFERED}
    assert groups_of("rise", LIKE) == groups_of("rise", SHAM) == {SERVED, LIKE}
    assert groups_of("kept_12", TWINS) == {SERVED}
    for figure in FIGURES:
        one = trial(months(needs=1.0), months(needs=1.0), months())
        assert people(one, figure) == 4
        FIGURES[figure](one, TWINS)
