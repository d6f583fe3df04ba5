"""Windows of an evaluation and associations of needs by hand, with areas that stand for unequal numbers of people."""

import numpy as np
import pytest

from sim import schema
from sim.measures.associations import WOMEN, asked, association, how_common, whom
from sim.measures.contrast import Cohort, contrast

pytestmark = pytest.mark.quick


def cohort(stays, cents):
    """One member from twelve months before service to two years after: stays by month, and cents of three years."""
    use = np.zeros((1, 36))
    use[0, [12 + month for month in stays]] = 1
    return Cohort({"stays": use, "ed_visits": 2 * use, "medicaid_cents": np.repeat([cents], 12, axis=1)})


@pytest.mark.parametrize(
    ("stays", "before", "after"), [((-7, 6), 0, 0), ((-6, 5), 1, 1), ((-1,), 1, 0), ((0,), 0, 1), ((-12, 23), 0, 0)]
)
def test_any_stay_is_of_the_six_months_before_and_the_six_from_the_start(stays, before, after):
    one = cohort(stays, [100.0, 100.0, 100.0])
    found = contrast(one, one, one, one)["Any stay in half a year, share"]
    assert (found.before, found.after) == (before, after)


def test_the_second_year_is_the_second_and_money_is_in_dollars():
    served, twins = cohort((-3, 4, 20), [900.0, 500.0, 700.0]), cohort((-3, 4, 8), [900.0, 650.0, 760.0])
    found = contrast(served, twins, cohort((), [100.0, 120.0, 150.0]), cohort((), [80.0, 60.0, 90.0]))
    first, second = found["Claims, USD PMPM"], found["Claims, second year"]
    assert (first.before, first.after, first.paired) == pytest.approx((9, 5, -1.5))
    assert (second.before, second.after, second.paired) == pytest.approx((9, 7, -0.6))
    assert (second.everybody_else, second.like_members) == pytest.approx((-2.5, -2.1))
    assert found["Stays*"].after == pytest.approx(1000 / 12)
    assert found["Stays*"].paired == pytest.approx(-1000 / 12)
    assert found["Emergency visits*"].before == pytest.approx(2000 / 12)


def people(n, **columns):
    rows = np.zeros(n, schema.MEMBER)
    rows["status"], rows["age_months"] = schema.ENROLLED, 400
    for name, values in columns.items():
        rows[name] = values
    return rows


@pytest.mark.parametrize("order", [1, -1])
def test_the_costliest_tenth_is_of_people_and_not_of_members(order):
    """Two members stand for 46 people each, eight for one: the costliest tenth is what is above the second cheapest.

    In whatever order members stand in the table.
    """
    rows = people(10, spend_year=range(10, 110, 10), needs=[1, 0, 1, 1, 1, 0, 0, 0, 0, 0], area=[1, 1, *(8 * [0])])
    rows = rows[::order].copy()
    odds = association(asked(rows, np.array([1.0, 46.0])), rows["needs"] == 1, "top_tenth_odds")
    assert odds == pytest.approx((3 / 46) / (5 / 46))


def test_odds_of_needs_by_race_are_against_white_members():
    """Black 2 of 3, White 1 of 4; all six others have needs, and count for nothing here."""
    races = 3 * [schema.BLACK] + 4 * [schema.WHITE] + 6 * [schema.ASIAN]
    rows = people(13, race=races, needs=[1, 1, 0, 1, 0, 0, 0, *(6 * [3])])
    found = how_common(rows)
    assert found["black_odds"] == pytest.approx((2 / 1) / (1 / 3))
    assert (found["any"], found["two"]) == pytest.approx((100 * 9 / 13, 100 * 6 / 13))


def test_women_are_from_eighteen_to_sixty_four():
    ages = [215, 216, 779, 780, 400]
    rows = people(5, age_months=ages, sex=[*(4 * [schema.FEMALE]), schema.MALE])
    assert whom(rows, WOMEN).tolist() == [False, True, True, False, False]


def test_an_adjusted_ratio_weighs_strata_by_the_people_in_them():
    """Members stand for 1 or 3 people. First stratum: 12 visits of 3 with the need, 2 + 18 of 4 others; then 10 and 5.

    Somebody who turned 45 this month is in the stratum of those who are 45.
    """
    rows = people(5, race=[0, 0, 0, 1, 1], age_months=[540, 545, 545, 500, 500], area=[1, 0, 1, 0, 0],
                  ed_year=[4, 2, 6, 10, 5], needs=[1, 0, 0, 1, 0])  # fmt: skip
    who = asked(rows, np.array([1.0, 3.0]))
    ratio = (12 * 4 / 7 + 10 * 1 / 2) / (20 * 3 / 7 + 5 * 1 / 2)
    assert association(who, rows["needs"] == 1, "ed_visits", "people") == pytest.approx(ratio)


def test_odds_of_needs_count_the_people_whom_members_stand_for():
    """Black: 1 of 4 people has a need; White: 3 of 4. The member who comes first in the table is neither."""
    rows = people(5, race=[schema.ASIAN, *(2 * [schema.BLACK]), *(2 * [schema.WHITE])], area=[1, 0, 1, 1, 0],
                  needs=[3, 1, 0, 1, 0])  # fmt: skip
    found = how_common(rows, np.array([1.0, 3.0]))
    assert found["black_odds"] == pytest.approx((1 / 3) / (3 / 1))
    assert (found["any"], found["two"]) == pytest.approx((100 * 7 / 11, 100 * 3 / 11))
