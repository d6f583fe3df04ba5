"""Estimators of a trial by hand: six people, three in treatment, two of them served."""

import numpy as np
import pytest

from sim.measures.person_panel import Diary
from sim.measures.randomized import Estimate, People, around, difference, findings, served_in, wald

TREATMENT = np.array([True, True, True, False, False, False])
SERVED = np.array([True, True, False, False, False, False])
AFTER = np.array([2.0, 4.0, 6.0, 6.0, 8.0, 10.0])
BEFORE = np.array([5.0, 6.0, 7.0, 5.0, 6.0, 7.0])
WITHOUT = np.array([5.0, 7.0, 6.0, 5.5, 8.0, 10.0])
PEOPLE = People(TREATMENT, SERVED, AFTER, BEFORE, WITHOUT)


def test_findings_by_hand():
    found = findings(PEOPLE, others=np.array([0.5, -0.1, np.nan]))
    assert found.control == 8
    assert found.offered == pytest.approx((4 - 8, np.sqrt(4 / 3 + 4 / 3)))  # both variances are 4
    # changes: -3 -2 -1 and 1 2 3, means -2 and 2, variances 1 and 1
    assert found.changes == pytest.approx((-4, np.sqrt(1 / 3 + 1 / 3)))
    # two of three were served: -4 / (2/3) = -6; y + 6 d: 8 10 6 (variance 4) and 6 8 10 (variance 4)
    assert found.treated == pytest.approx((-6, np.sqrt(4 / 3 + 4 / 3) * 3 / 2))
    assert found.true_offered == pytest.approx((-3 - 3 + 0) / 3)
    assert found.true_treated == pytest.approx(-3)
    assert found.on_controls == pytest.approx(0.5 / 3)
    assert found.on_others == pytest.approx(0.2)


@pytest.mark.quick
def test_the_treated_are_those_of_the_treatment_group():
    """A control whom the program served anyway (effect 0.5) is none of them."""
    served_anyway = SERVED | (np.arange(6) == 3)
    assert findings(PEOPLE._replace(served=served_anyway), others=np.zeros(1)).true_treated == pytest.approx(-3)


def test_who_is_not_known_is_left_out_and_too_few_give_no_estimate():
    values = np.where(np.arange(6) == 2, np.nan, AFTER)
    assert difference(values, TREATMENT).value == 3 - 8
    assert np.isnan(difference(values, np.arange(6) == 0).value)
    assert np.isnan(wald(PEOPLE._replace(served=np.zeros(6, dtype=bool))).value)


@pytest.mark.parametrize(("truth", "holds"), [(3.9, True), (4.0, False), (0.1, True), (0.0, False)])
def test_an_interval_holds_what_is_within_two_standard_errors(truth, holds):
    assert Estimate(2.0, 1.0).holds(truth) is holds


def test_outcomes_are_mean_months_after_and_in_the_year_before_each_start():
    months = np.arange(16)
    use = np.stack([months * 1.0, np.where(months == 13, np.nan, 2.0 * months)])
    served = np.zeros((2, 16), dtype=np.int64)
    served[0, 12], served[1, 15] = 0b10, 0b10
    diary = Diary(np.array([1, 2], dtype=np.uint64), months, {"stays": use}, served, served)
    after, before = around(diary, np.array([12, 13]), "stays", follow=2)
    assert after.tolist() == [12.5, 28.0]  # months 12 and 13; month 14 alone, as 13 is not known
    assert before.tolist() == [5.5, 13.0]  # months 0 to 11; twice the mean of 1 to 12
    assert served_in(diary, np.array([12, 13]), 1, follow=2).tolist() == [True, False]
    assert not served_in(diary, np.array([12, 13]), 0, follow=2).any()


def test_the_error_of_the_effect_on_the_served_is_that_of_what_is_left_without_it():
    """10 and 14 (served), 6 and 9 without the program: the effect is 4.5 of all, so 9 of those served, a half."""
    people = PEOPLE._replace(
        after=np.array([10.0, 14.0, 6.0, 9.0]),
        served=np.array([False, True, False, False]),
        treatment=np.array([True, True, False, False]),
    )
    effect = 4.5 / 0.5  # half of them were served
    # less the effect: 10 and 5, of variance 12.5; 6 and 9, of variance 4.5
    assert wald(people) == pytest.approx((effect, np.sqrt(12.5 / 2 + 4.5 / 2) / 0.5))
