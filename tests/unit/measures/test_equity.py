"""Indices of inequality, worked by hand."""

import numpy as np
import pytest

from sim.measures.equity import (
    concentration_curve,
    concentration_index,
    gap,
    ranks,
    relative_gap,
    relative_index,
    slope_index,
)

pytestmark = pytest.mark.quick

TWO, HALVES = np.array([10.0, 30.0]), np.array([50.0, 50.0])


def test_gaps():
    assert gap(TWO) == 20
    assert relative_gap(TWO) == 3
    assert relative_gap(np.array([0.0, 1.0])) == np.inf


def test_ranks_are_middles():
    assert ranks(np.array([20.0, 30.0, 50.0])).tolist() == pytest.approx([0.1, 0.35, 0.75])


def test_two_halves():
    """Ranks 1/4 and 3/4, rates 10 and 30: slope 40, from 0 at the bottom to 40 at the top."""
    assert slope_index(TWO, HALVES) == pytest.approx(40)
    assert np.isnan(relative_index(TWO, HALVES))
    assert relative_index(np.array([20.0, 30.0]), HALVES) == pytest.approx(35 / 15)
    # the curve goes through (.5, .25): area below it .375, twice the area to the diagonal .25
    assert concentration_index(TWO, HALVES) == pytest.approx(0.25)


def test_three_groups_by_hand():
    """People 1:1:2, rates 8, 4, 2: ranks 1/8, 3/8, 3/4; mean rank 1/2, mean rate 4; slope -2.125 / 0.0677."""
    rates, people = np.array([8.0, 4.0, 2.0]), np.array([1.0, 1.0, 2.0])
    covariance = 0.25 * (-0.375 * 4) + 0.25 * (-0.125 * 0) + 0.5 * (0.25 * -2)
    variance = 0.25 * 0.375**2 + 0.25 * 0.125**2 + 0.5 * 0.25**2
    assert slope_index(rates, people) == pytest.approx(covariance / variance)
    assert concentration_index(rates, people) == pytest.approx(2 * covariance / 4)
    x, y = concentration_curve(rates, people)
    assert x.tolist() == [0, 0.25, 0.5, 1]
    assert y.tolist() == [0, 0.5, 0.75, 1]


def test_the_same_for_all_is_no_inequality():
    rates, people = np.full(3, 7.0), np.array([3.0, 1.0, 9.0])
    assert slope_index(rates, people) == pytest.approx(0)
    assert relative_index(rates, people) == pytest.approx(1)
    assert concentration_index(rates, people) == pytest.approx(0)


def test_joining_two_equal_groups_changes_nothing():
    apart = concentration_index(np.array([5.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    assert apart == pytest.approx(concentration_index(np.array([5.0, 2.0]), np.array([1.0, 5.0])))


def test_what_nobody_has_is_not_unequal_but_unknown():
    """Rates of 0, or of groups without people, have no concentration; a line that ends below 0 has no ratio."""
    nothing, people = np.zeros(3), np.array([1.0, 2.0, 3.0])
    assert np.isnan(concentration_index(nothing, people))
    assert np.isnan(concentration_index(np.array([0.0, 5.0]), np.array([3.0, 0.0])))
    assert slope_index(nothing, people) == 0
    assert gap(nothing) == 0
    assert relative_gap(nothing) == np.inf
    assert np.isnan(relative_index(np.array([30.0, 10.0]), HALVES))  # 40 at the bottom, 0 at the top
    assert slope_index(np.array([3.0]), np.array([9.0])) == 0  # one group has no slope
