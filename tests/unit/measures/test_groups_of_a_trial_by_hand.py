"""A trial whose offered are not its served, whose groups differ in both worlds, of whom few are followed: by hand."""

import numpy as np
import pytest

from sim.measures.person_panel import Diary
from sim.measures.trial import AFTER, BEFORE, LIKE, OFFERED, SERVED, SHAM, TWINS, Group, Trial, around, program
from sim.measures.trial_figures import FIGURES, Trend, interrupted, people, share_with_any

pytestmark = pytest.mark.quick

MONTHS = np.arange(-BEFORE, AFTER)
UNKNOWN = float("nan")


def a_world(members, before, after, later=0.0):
    """Claims, visits and the living: a number a month in the year before, in the first year and after it."""
    use = np.tile(np.where(MONTHS < 0, before, np.where(MONTHS < 12, after, later)), (members, 1)).astype(float)
    return {"claims": use, "ed_visits": use.copy(), "alive": np.ones(use.shape)}


def a_trial():
    return Trial(
        {
            SERVED: Group(a_world(2, 2, 1, 100), a_world(2, 2, 5, 50)),
            OFFERED: Group(a_world(7, 2, 3), a_world(7, 2, 4)),
            LIKE: Group(a_world(3, 4, 4.5, 70), a_world(3, 4, 6, 90)),
        }
    )


@pytest.mark.parametrize(
    ("against", "change"), [(TWINS, (1 - 2) - (5 - 2)), (LIKE, (1 - 2) - (4.5 - 4)), (SHAM, (5 - 2) - (6 - 4))]
)
def test_the_change_of_a_year_is_of_the_year_and_of_the_groups_that_are_compared(against, change):
    assert FIGURES["claims_of_a_year"](a_trial(), against) == pytest.approx(12 * change)


def test_figures_of_the_offered_are_of_the_offered():
    assert FIGURES["offered_claims"](a_trial(), TWINS) == pytest.approx(-25)
    assert FIGURES["emergency_9"](a_trial(), TWINS) == pytest.approx(-80)
    assert (people(a_trial(), "offered_claims"), people(a_trial(), "emergency_9")) == (7, 2)


def test_a_month_unknown_in_one_world_counts_in_neither():
    one = a_trial()
    one.groups[SERVED].twins["ed_visits"][0, BEFORE + 2] = UNKNOWN
    assert FIGURES["emergency_9"](one, TWINS) == pytest.approx(-80)


def test_a_program_that_begins_again_is_paid_for_again():
    """The second of two packages: 7 dollars at each start, half a dollar a month."""
    found = program(np.array([[0, 2, 2, 0, 3]]), (100, 700), (20, 50))
    assert found.tolist() == [[0, 750, 50, 0, 750 + 120]]


def test_an_effect_is_a_mean_over_the_members_of_its_own_months():
    """10 less a month: -2 in month 12 for three members, -10 in month 20 for one; nobody is seen in the first year."""
    members = np.zeros(24)
    members[[12, 20]] = 3, 1
    assert Trend(10.0, -1.0, members).mean_effect(12, 24) == pytest.approx(-4)


def test_a_line_weighs_each_month_by_its_members():
    """Gaps of 0, 3 and 0 in three months, of four members, one and one: 6/21 at the start. One month is no line."""
    one, other = np.zeros((4, BEFORE + AFTER)), np.zeros((2, BEFORE + AFTER))
    one[:, BEFORE + 3 :], one[1:, BEFORE + 1 :], one[0, BEFORE + 1] = UNKNOWN, UNKNOWN, 3
    assert interrupted(one, other).jump == pytest.approx(6 / 21)
    one[:, BEFORE + 1 :] = UNKNOWN
    assert np.isnan(interrupted(one, other).jump)


def test_a_share_is_of_those_seen_in_all_months():
    use = np.zeros((3, BEFORE + AFTER))
    use[0, BEFORE], use[0, BEFORE + 2], use[1, BEFORE + 1] = 1, UNKNOWN, 1
    assert share_with_any(use, 0, 3) == 0.5


def test_a_ratio_is_of_the_offered_and_of_those_followed_to_the_last_of_the_months():
    """Offered: 3 a month and 4 in the first year, nothing later. Of one the run ends after two years, of one before."""
    one = a_trial()
    one.groups[OFFERED].treated["ed_visits"][0, BEFORE : BEFORE + 12] = 31
    one.groups[OFFERED].treated["alive"][0, BEFORE + 24 :] = UNKNOWN
    one.groups[OFFERED].treated["ed_visits"][1] = 999
    one.groups[OFFERED].treated["alive"][1, BEFORE + 23 :] = UNKNOWN
    assert FIGURES["offered_emergency_24"](one, TWINS) == pytest.approx((31 + 5 * 3) / (6 * 4))


def test_stays_of_eighteen_months_are_of_eighteen_months():
    """Three stays a month against four in the first year, and then six against four for half a year."""
    lived, twins = a_world(2, 2, 3, 6), a_world(2, 2, 4, 4)
    for world in (lived, twins):
        world["stays"] = world["ed_visits"]
    one = Trial({OFFERED: Group(lived, twins)})
    found = [FIGURES[name](one, TWINS) for name in ("offered_stays_3", "offered_stays", "offered_stays_18")]
    assert found == pytest.approx([-25, -25, 100 * ((12 * 3 + 6 * 6) / (18 * 4) - 1)])


def test_a_sham_has_no_month_in_which_spending_is_back():
    one = a_trial()
    for group in one.groups.values():
        for world in (group.treated, group.twins):
            world["spending"] = world["claims"]
    assert np.isnan(FIGURES["break_even"](one, SHAM))
    assert np.isfinite(FIGURES["break_even"](one, LIKE))


def test_months_before_the_run_are_not_known():
    """Whoever begins in month 5 has five months before it, of which the first had 7 visits."""
    use = {name: np.arange(7.0, 47.0)[None] for name in ("ed_visits", "stays", "medicaid_cents")}
    nothing = np.zeros((1, 40), np.int64)
    found = around(Diary(np.ones(1, np.uint64), np.arange(40), use, nothing, nothing), np.array([5]), (), ())
    assert np.isnan(found["ed_visits"][0, : BEFORE - 5]).all()
    assert found["ed_visits"][0, BEFORE - 5 : BEFORE + 1].tolist() == [7, 8, 9, 10, 11, 12]
    assert np.isfinite(found["alive"][0, BEFORE - 5 : BEFORE + 35]).all()
    assert np.isnan(found["alive"][0, BEFORE + 35 :]).all()
