"""Capitation, cap, rebasing, credibility, withhold: worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.payment.capitation_rates import (
    allowed_growth,
    cap_of_year,
    first_rate,
    rebased_rate,
    source_year,
    squeezed,
    within_cap,
)
from sim.payment.credibility import expected_pmpm
from sim.payment.forms.global_budget import capitation_due
from sim.payment.forms.withhold import hold

pytestmark = pytest.mark.quick


def test_capitation_is_rounded_once_per_cell():
    rates = np.array([[42770.4, 100.25]])
    due = capitation_due(rates, np.array([[3, 2]]))
    assert due.tolist() == [[128311, 200]]  # 128,311.2 and 200.5 (to even); rounding the rate first would give 128,310
    assert due.dtype == np.int64


def test_relative_risk_multiplies_before_rounding():
    assert capitation_due(np.array([[1000.0]]), np.array([[7]]), relative_risk=1.1).tolist() == [[7700]]


def test_no_members_no_capitation():
    assert capitation_due(np.array([[42770.0]]), np.array([[0]])).tolist() == [[0]]


@given(st.floats(0, 0.12), st.floats(0, 0.2))
def test_a_hard_cap_is_the_smaller_of_trend_and_cap(trend, cap):
    assert allowed_growth(trend, cap, margin=-0.2) == min(trend, cap)


def test_a_soft_cap_gives_way_under_loss_only():
    growth = allowed_growth(0.054, 0.034, give=0.5, margin=np.array([0.02, 0.0, -0.04]))
    assert_allclose(growth, [0.034, 0.034, 0.054])
    # what a loss of 6 percent adds comes on top of the cap, whatever the trend is
    assert_allclose(allowed_growth(0.054, 0.034, give=1.0, margin=np.array([-0.06])), [0.094])


@pytest.mark.parametrize(
    ("trend", "phase", "expected"),
    [
        (0.054, 2, [0.054, 0.044, 0.034, 0.034]),  # as Oregon's waiver wrote it
        (0.054, 0, [0.034, 0.034, 0.034, 0.034]),
        (0.054, 4, [0.054, 0.049, 0.044, 0.039]),
        (0.02, 2, [0.034, 0.034, 0.034, 0.034]),  # a cap above the trend has nowhere to come down from
    ],
)
def test_the_cap_comes_down_from_the_trend(trend, phase, expected):
    assert_allclose([cap_of_year(trend, 0.034, year, phase) for year in range(4)], expected)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_cap_squeezes_as_much_as_the_rate_falls_behind_the_trend(share):
    """Cost follows the trend: the squeeze is the log of the rate over an uncapped rate."""
    cap, trend, load = np.array([0.034]), 0.054, 0.11
    cost = [np.array([[40000.0 * (1 + trend) ** year]]) for year in range(-1, 6)]  # cost[0] is of the base year
    rate, squeeze = first_rate(cost[0], cap, load), squeezed(np.zeros(1), cap, trend, 0.0)
    for year in range(1, 6):
        rate = rebased_rate(rate, cost[year - 1], cap, trend=trend, share=share, lag=2, load=load)
        squeeze = squeezed(squeeze, cap, trend, share)
        free = cost[year + 1] / (1 - load)
        assert_allclose(squeeze, np.log(rate / free)[0], atol=1e-12)
    assert_allclose(squeeze, {0.0: 6 * np.log(1.034 / 1.054), 1.0: 0.0}.get(share, squeeze), atol=1e-12)


def test_a_rate_that_rises_above_the_trend_squeezes_nobody():
    """A soft cap gave way to a loss: prices go back to the trend and no further."""
    after = squeezed(np.array([-0.05, -0.05]), np.array([0.07, 0.2]), 0.054, 0.0)
    assert_allclose(after, [-0.05 + np.log(1.07 / 1.054), 0.0])


def test_a_capped_rate_after_n_years_in_closed_form():
    rate, allowed = np.array([[400.0]]), np.array([allowed_growth(0.054, 0.034)])
    for _ in range(5):
        rate = rebased_rate(rate, rate, allowed, trend=0.054, share=0, lag=2, load=0.11)
    assert_allclose(rate, 400 * 1.034**5)


def test_first_rate_by_hand():
    rate = first_rate(np.array([[38100.0]]), np.array([0.034]), load=0.11)
    assert_allclose(rate, 38100 * 1.034 / 0.89)


def test_rebasing_by_hand():
    rate = rebased_rate(
        np.array([[40000.0]]), np.array([[30000.0]]), np.array([0.034]), trend=0.054, share=0.5, lag=2, load=0.11
    )
    assert_allclose(rate, 0.5 * 40000 * 1.034 + 0.5 * 30000 * 1.054**2 / 0.89)


def test_rebasing_stays_inside_the_cap_for_the_area_as_a_whole_by_hand():
    """Two categories of 10 and 30 months: the whole asks for 10 percent, 3.4 are allowed; the mix of rates is kept."""
    last = np.array([[[100.0], [200.0]], [[100.0], [200.0]]])
    asked, months = last * [[[1.3], [1.05]], [[0.9], [1.0]]], np.array([[10, 30], [10, 30]])
    allowed = np.array([0.034, 0.034])
    held = within_cap(asked, last, allowed, months, 0.0)
    assert_allclose((held[0, :, 0] @ months[0]), 7000 * 1.034)
    assert_allclose(held[0] / asked[0], 7000 * 1.034 / (1300 + 6300))
    assert np.array_equal(held[1], asked[1])  # experience below the cap: the saving goes back, the cap binds nothing
    assert np.array_equal(within_cap(asked, last, allowed, months, 1.0), asked)
    halfway = within_cap(asked, last, allowed, months, 0.5)
    assert_allclose(halfway[0], (held[0] + asked[0]) / 2)


def test_full_rebasing_hands_a_saving_back_to_the_state():
    rate = {}
    for cost in (38000.0, 34200.0):  # a tenth saved
        rate[cost] = rebased_rate(
            np.array([[45000.0]]), np.array([[cost]]), np.array([0.0]), trend=0, share=1, lag=2, load=0.1
        )
    assert_allclose(rate[34200.0] / rate[38000.0], 0.9)


@pytest.mark.parametrize(
    ("year", "lag", "source"), [(0, 2, -1), (1, 2, -1), (2, 2, 0), (5, 2, 3), (3, 1, 2), (1, 4, -1)]
)
def test_experience_is_as_old_as_the_lag_and_never_older_than_the_base_year(year, lag, source):
    assert source_year(year, lag) == source


def test_full_credibility_is_own_cost_when_mix_is_equal():
    cents, months = np.array([[1000, 4000], [3000, 6000]]), np.array([[10, 20], [10, 20]])
    expected = expected_pmpm(cents, months, np.ones(2), credible_months=0)
    assert_allclose((expected * months).sum(axis=1), cents.sum(axis=1))


def test_no_credibility_is_the_statewide_cost():
    cents, months = np.array([[1000, 4000], [3000, 6000]]), np.array([[10, 20], [10, 20]])
    expected = expected_pmpm(cents, months, np.ones(2), credible_months=1e15)
    assert_allclose(expected, [[200, 250], [200, 250]], rtol=1e-9)


def test_half_credibility_by_hand():
    cents, months = np.array([[1000], [3000]]), np.array([[10], [10]])
    expected = expected_pmpm(cents, months, np.ones(2), credible_months=10)
    assert_allclose(expected, [[150], [250]])  # half way from 100 and 300 to 200


def test_weights_stand_for_people():
    cents, months = np.array([[1000], [3000]]), np.array([[10], [10]])
    expected = expected_pmpm(cents, months, np.array([3.0, 1.0]), credible_months=1e15)
    assert_allclose(expected, [[150], [150]], rtol=1e-9)


def test_a_sample_is_as_credible_as_the_people_for_whom_it_stands():
    """100 and 300 cents around 200: 10 member-months of each area, 20 people each, are as credible as k = 200."""
    cents, months = np.array([[1000], [3000]]), np.array([[10], [10]])
    expected = expected_pmpm(cents, months, np.array([20.0, 20.0]), credible_months=200)
    assert_allclose(expected, [[150], [250]])


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 500), st.floats(1, 30)), min_size=2, max_size=6))
def test_credibility_keeps_the_states_total(rows):
    cents = np.array([[c, c // 2] for c, _, _ in rows])
    months = np.array([[m, m + 1] for _, m, _ in rows])
    weights = np.array([w for _, _, w in rows])
    expected = expected_pmpm(cents, months, weights, credible_months=100)
    assert_allclose(weights @ (expected * months).sum(axis=1), weights @ cents.sum(axis=1), rtol=1e-9)


def test_cost_by_service_has_the_mix_of_the_state_by_hand():
    """Two services: members of the first category cost the state 50 and 150 a month, of the second 0 and 40.

    One area costs half of that, the other half more; at half credibility .75 and 1.25.
    """
    cents = np.array([[[400, 600], [0, 200]], [[600, 2400], [0, 600]]])
    expected = expected_pmpm(cents, np.full((2, 2), 10), np.ones(2), credible_months=20)
    assert_allclose(expected, [[[37.5, 112.5], [0, 30]], [[62.5, 187.5], [0, 50]]])


def test_an_empty_category_has_no_cost_and_no_fault():
    expected = expected_pmpm(np.array([[0, 500]]), np.array([[0, 5]]), np.ones(1), 100)
    assert_allclose(expected, [[0, 100]])


def test_withhold_by_hand():
    assert hold(np.array([[10001, 50]]), 0.02).tolist() == [[200, 1]]
