"""Who may have a package, by hand: one member for each criterion."""

import numpy as np
import pytest

from sim import schema
from sim.upstream.eligibility import criteria_of, in_last_12_months, months_lived, shortlist
from sim.upstream.ending import ends, lose_home

pytestmark = pytest.mark.quick

FOOD, HOUSING, HOMELESS = 1 << schema.FOOD, 1 << schema.HOUSING, 1 << schema.HOMELESSNESS


def rows(*members):
    """Enrolled adults of 30 with nothing, changed as told."""
    table = np.zeros(len(members), schema.MEMBER)
    table["status"], table["age_months"], table["key"] = schema.ENROLLED, 360, np.arange(1, len(members) + 1)
    for row, changes in zip(table, members, strict=True):
        for name, value in changes.items():
            row[name] = value
    return table


def says(package, table, month=12, **changes):
    """Whether each row may have the package, as the fourth of a portfolio."""
    criteria = criteria_of([package] * 4, **changes)
    return np.isin(np.arange(table.size), shortlist(table, criteria, month).who_may_have(3)).tolist()


def test_groceries_go_to_known_food_needs(packages):
    asked = {"known_needs": FOOD, "needs": FOOD}
    table = rows(
        asked,
        {**asked, "known_needs": HOUSING},
        {**asked, "known_needs": 0},
        {**asked, "package": 1 << 3},
        {**asked, "package": 1 << 2},
        {**asked, "ever_package": 1 << 3},
        {**asked, "status": schema.OFF_COVER},
    )
    assert says(packages["groceries"], table) == [True, False, False, False, True, True, False]


def test_navigation_asks_for_a_need_and_two_emergency_visits_once(packages):
    asked = {"known_needs": HOUSING | FOOD}
    table = rows(
        {**asked, "ed_year": 2},
        {**asked, "ed_year": 1},
        {**asked, "ed_year": 2, "ever_package": 1 << 3},
        {**asked, "ed_year": 0, "ed_last_year": 9},
    )
    # Before January is lived, the year so far is the year that ended: the year before it does not count.
    assert says(packages["navigation"], table, month=12) == [True, False, False, False]


def test_health_workers_go_to_adults_with_a_stay_and_two_conditions(packages):
    asked = {"stays_year": 1, "diagnosed": 0b101}
    table = rows(asked, {**asked, "age_months": 215}, {**asked, "diagnosed": 0b100}, {**asked, "stays_year": 0})
    assert says(packages["chw"], table) == [True, False, False, False]


def test_homes_go_to_adults_who_are_homeless_for_long_or_again_and_again(packages):
    table = rows(
        {"needs": HOMELESS, "homeless_type": 2},
        {"needs": HOMELESS, "homeless_type": 1},
        {"needs": HOMELESS, "homeless_type": 0},
        {"needs": FOOD, "homeless_type": 2},
        {"needs": HOMELESS, "homeless_type": 2, "age_months": 100},
    )
    assert says(packages["supportive_housing"], table) == [True, True, False, False, False]


def test_rent_is_paid_for_those_who_have_a_home(packages):
    asked = {"known_needs": HOUSING}
    table = rows({**asked, "needs": HOUSING}, {**asked, "needs": HOUSING | HOMELESS})
    assert says(packages["rent_support"], table) == [True, False]


def test_meals_follow_a_stay_in_hospital(packages):
    failure = 1 << schema.HEART_FAILURE
    table = rows({"diagnosed": failure, "discharge_day": 30}, {"diagnosed": failure}, {"discharge_day": 3})
    assert says(packages["meals"], table) == [True, False, False]


def test_a_home_is_kept_without_cover_and_lost_in_part_to_the_street(packages):
    package = packages["supportive_housing"]
    table = rows(*[{"status": schema.OFF_COVER}] * 2000, {"status": schema.VACANT})
    every = np.arange(len(table))
    gone = ends(package, np.zeros(len(table), int), table, every, seed=1, month=0)
    assert gone[-1]
    assert gone[:-1].mean() == pytest.approx(0.0125, abs=0.01)
    lose_home(package, table, every, seed=1, month=0)
    assert (table["needs"][:-1] == HOMELESS).mean() == pytest.approx(0.5, abs=0.05)
    assert table["needs"][-1] == 0


def test_the_other_criteria_of_the_vocabulary(packages):
    criteria = packages["chw"].eligible.model_copy(
        update={"min_stays_last_12m": None, "min_conditions": None, "pregnant": True, "conditions": ("asthma",)}
    )
    package = packages["chw"].model_copy(update={"eligible": criteria})
    asthma = 1 << schema.ASTHMA
    table = rows(
        {"pregnant": 3, "diagnosed": asthma},
        {"postpartum": 2, "diagnosed": asthma},
        {"diagnosed": asthma},
        {"pregnant": 3},
    )
    assert says(package, table) == [True, True, False, False]


def test_a_cco_asks_only_its_own_members(packages):
    asked = {"stays_year": 1, "diagnosed": 0b101}
    table = rows({**asked, "in_cco": 1}, asked)
    assert says(packages["chw"], table) == [True, True]
    assert says(packages["chw"], table, cco_members_only=True) == [True, False]


def test_twelve_months_back():
    assert in_last_12_months(1, 6, months_lived(3)) == 1 + 6 * 9 / 12
    assert in_last_12_months(1, 6, months_lived(12)) == 1
    assert [months_lived(month) for month in (0, 1, 11, 12, -1)] == [12, 1, 11, 12, 11]


def test_a_place_ends_when_the_need_is_gone(packages):
    table = rows({"needs": FOOD}, {"needs": HOUSING}, {"needs": 0})
    gone = ends(packages["groceries"], np.zeros(3, int), table, np.arange(3), seed=1, month=0)
    assert gone.tolist() == [False, True, True]


def test_the_shortlist_knows_who_is_served_and_who_was_screened(packages):
    table = rows({"package": 4, "since_screened": 7}, {"since_screened": 0}, {"since_screened": 7})
    found = shortlist(table, criteria_of([packages["chw"]]), 0)
    assert found.served().tolist() == [0]
    assert found.screened_now().tolist() == [1]
    table["status"] = schema.VACANT
    assert shortlist(table, criteria_of([packages["chw"]]), 0).screened_now().size == 0
