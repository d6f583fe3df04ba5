"""Associations by hand: a few people with something and a few without."""

import numpy as np
import pytest

from sim import schema
from sim.measures.associations import Asked, asked, association, has_need, how_common

pytestmark = pytest.mark.quick


def some_people(n: int) -> np.ndarray:
    rows = np.zeros(n, schema.MEMBER)
    rows["status"], rows["age_months"] = schema.ENROLLED, 400
    return rows


def of_food(rows: np.ndarray, outcome: str, adjusted: str = "", weights=None) -> float:
    who = asked(rows, weights)
    return association(who, has_need(who.rows["needs"], "food"), outcome, adjusted)


def test_by_hand():
    rows = some_people(5)
    rows["age_months"][4] = 100  # a child is not asked
    rows["needs"] = (1, 1, 0, 0, 1)
    rows["ed_year"] = (3, 1, 1, 1, 50)
    rows["spend_year"] = (300, 100, 100, 100, 9999)
    rows["diagnosed"] = 1
    rows["controlled"] = (0, 1, 0, 1, 0)
    assert of_food(rows, "ed_visits") == 2
    assert of_food(rows, "medicaid_cost") == 2
    assert of_food(rows, "uncontrolled_diabetes") == 1
    assert of_food(rows, "any_ed") == 100
    assert of_food(rows, "share") == 50


def test_only_those_known_to_be_ill_can_be_out_of_control():
    rows = some_people(8)
    rows["needs"] = (1, 1, 1, 1, 0, 0, 0, 0)
    rows["diagnosed"] = (1, 1, 1, 0, 1, 1, 1, 0)
    rows["controlled"] = (0, 0, 1, 0, 0, 1, 1, 0)
    assert of_food(rows, "uncontrolled_diabetes") == (2 / 1) / (1 / 2)


def test_what_makes_both_is_taken_out_by_comparing_like_with_like():
    """Of the ill half have the need and half use the department, of the well a tenth: crude odds 6.1, by illness 1."""
    rows = some_people(400)
    ill = np.arange(400) < 200
    need, visit = (np.zeros(400, bool) for _ in range(2))
    need[:100], visit[:200:2] = True, True
    need[200:220], visit[200:400:10] = True, True
    rows["needs"], rows["ed_year"], rows["diagnosed"] = need, visit, np.where(ill, 1, 0)
    crude = (52 / 68) / (68 / 212)
    assert of_food(rows, "any_ed_odds") == pytest.approx(crude)
    assert of_food(rows, "any_ed_odds", "people") == pytest.approx(crude)  # all of one age, sex and race
    assert of_food(rows, "any_ed_odds", "illness") == pytest.approx(1)
    assert of_food(rows, "ed_visits", "illness") == pytest.approx(1)
    rows["sex"] = ill
    assert of_food(rows, "any_ed_odds", "people") == pytest.approx(1)


def test_the_costliest_tenth_by_hand():
    rows = some_people(20)
    rows["needs"] = np.arange(20) % 2
    rows["spend_year"] = np.arange(20)  # 18 and 19 cost most: one with the need, one without
    assert of_food(rows, "top_tenth_odds") == 1
    rows["needs"] = np.arange(20) >= 16
    assert of_food(rows, "top_tenth_odds") != of_food(rows, "top_tenth_odds")  # none of the others: no odds


def test_who_is_asked():
    rows = some_people(4)
    rows["age_months"] = (100, 400, 400, 900)
    rows["sex"] = (schema.FEMALE, schema.FEMALE, schema.MALE, schema.FEMALE)
    rows["months_covered"] = (50, 35, 36, 50)
    rows["key"] = (1, 2, 3, 4)
    found = {among: asked(rows, among=among).rows["key"].tolist() for among in ("adults", "everybody")}
    assert found == {"adults": [2, 3, 4], "everybody": [1, 2, 3, 4]}
    assert asked(rows, among="women_18_64").rows["key"].tolist() == [2]
    assert asked(rows, among="three_years").rows["key"].tolist() == [3, 4]
    rows["status"] = schema.OFF_COVER
    assert not len(asked(rows).rows)


def test_two_needs_are_of_the_five_that_screenings_ask_for():
    bits = np.array([0b11, 0b1, 0b100001, 0b1000001, 0b11000], np.int16)
    assert has_need(bits, "two_needs").tolist() == [True, False, False, False, True]


def test_weights_and_how_common_by_hand():
    rows = some_people(4)
    rows["race"] = (schema.AIAN, schema.AIAN, schema.WHITE, schema.WHITE)
    rows["needs"] = (1, 0, 3, 0)
    rows["area"] = (0, 1, 0, 1)
    weights = np.array([3.0, 1.0])
    found = how_common(rows, weights)
    assert found["any"] == 75
    assert found["two"] == pytest.approx(100 * 3 / 8)
    assert found["aian_odds"] == 1
    rows["ed_year"] = (2, 1, 0, 1)
    assert of_food(rows, "ed_visits", weights=weights) == pytest.approx(1 / 1)
    assert of_food(rows, "any_ed", weights=weights) == 50


def test_nobody_to_compare_with_is_no_figure():
    rows = some_people(2)
    rows["needs"], rows["ed_year"] = 1, 1
    assert np.isnan(of_food(rows, "ed_visits"))
    assert np.isnan(association(Asked(rows[:0], np.zeros(0)), np.zeros(0, bool), "any_ed"))


def test_people_are_compared_with_those_of_their_age_sex_and_race():
    """Each pair with and without the need differs by 2 in its own stratum; the strata differ by tenfold."""
    for name, levels in (("age_months", (300, 700)), ("sex", (0, 1)), ("race", (2, 5))):
        rows = some_people(6)
        rows["needs"] = (1, 0, 0, 1, 1, 0)
        rows[name] = np.repeat(levels, 3)
        rows["ed_year"] = (2, 1, 1, 20, 20, 10)
        assert of_food(rows, "ed_visits", "people") == pytest.approx(2)
        assert of_food(rows, "ed_visits") == pytest.approx((42 / 3) / (12 / 3))


def test_the_number_of_illnesses_is_no_other_race():
    """Race 2 with one diagnosis and race 3 with none are two strata, tenfold apart."""
    rows = some_people(6)
    rows["needs"] = (1, 0, 0, 1, 1, 0)
    rows["race"], rows["diagnosed"] = np.repeat((2, 3), 3), np.repeat((1, 0), 3)
    rows["ed_year"] = (2, 1, 1, 20, 20, 10)
    assert of_food(rows, "ed_visits", "illness") == pytest.approx(2)
