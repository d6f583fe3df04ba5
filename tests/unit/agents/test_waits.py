"""The waits solve their equation, move the right way, and never promise more than there is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.agents.providers.waits import WaitCurve, solve_waits, work_off

CURVE = WaitCurve(wait=7, at=0.85, cap=90, patience=60, highest=0.98)
asks = st.integers(0, 40_000).map(lambda n: n / 4)
capacities = st.integers(4, 40_000).map(lambda n: n / 4)
backlogs = st.integers(0, 240).map(lambda n: n / 4)


def solve(asked, capacity, backlog=0.0):
    waits = solve_waits(np.array([asked]), np.array([capacity]), np.array([backlog]), CURVE)
    return waits.utilization[0], waits.days[0], waits.lost[0]


def test_the_curve_passes_through_the_declared_point():
    assert_allclose(CURVE.days(np.array([0.0, 0.85, 0.98])), [0, 7, 7 * 49 * 0.15 / 0.85])


def test_the_share_that_a_wait_loses_by_hand():
    """Patience is 60 days: half of visits are lost to 60 ln 2 days, 63.2% to 60, nearly all to a year."""
    assert_allclose(CURVE.lost(np.array([0, 60 * np.log(2), 60, 365])), [0, 0.5, 0.632121, 0.997719], atol=1e-6)


def test_the_longest_wait_is_the_cap():
    slow = WaitCurve(wait=21, at=0.85, cap=90, patience=60, highest=0.98)
    assert slow.days(np.array([0.98]))[0] == 90


@given(asks, capacities, backlogs)
def test_below_the_highest_utilization_the_equation_is_solved(asked, capacity, backlog):
    utilization, days, lost = solve(asked, capacity, backlog)
    assert utilization <= CURVE.highest + 1e-12
    if utilization < CURVE.highest - 1e-6 and days < CURVE.cap:
        assert_allclose(days, CURVE.days(np.array([utilization]))[0] + backlog, atol=1e-3)
        assert_allclose(lost, 1 - np.exp(-days / 60), atol=1e-5)
        assert_allclose(utilization, asked * np.exp(-days / 60) / capacity, atol=1e-5)


@given(asks, capacities)
def test_damped_iteration_finds_the_same(asked, capacity):
    utilization, _, _ = solve(asked, capacity)
    step = (1 - CURVE.highest) ** 2  # small enough for the steepest part of the curve
    u = CURVE.highest / 2
    for _ in range(4000):
        wait = min(7 * u / (1 - u) * 0.15 / 0.85, 90)
        u = min(u + 10 * step * (asked * np.exp(-wait / 60) / capacity - u), CURVE.highest)
    assert_allclose(utilization, max(u, 0), atol=1e-3)


@given(asks, capacities, backlogs)
def test_served_never_exceeds_capacity(asked, capacity, backlog):
    _, days, lost = solve(asked, capacity, backlog)
    assert asked * (1 - lost) <= capacity * (CURVE.highest + 1e-9)
    assert 0 <= lost <= 1
    assert 0 <= days <= CURVE.cap


@given(asks, capacities, st.floats(1.01, 3), backlogs)
def test_more_capacity_never_lengthens_a_wait(asked, capacity, more, backlog):
    _, days, lost = solve(asked, capacity, backlog)
    _, less_days, less_lost = solve(asked, capacity * more, backlog)
    assert less_days <= days + 1e-6
    assert less_lost <= lost + 1e-9


@given(asks, capacities, st.floats(1.01, 3), backlogs)
def test_more_asks_never_shorten_a_wait(asked, capacity, more, backlog):
    assert solve(asked * more, capacity, backlog)[1] >= solve(asked, capacity, backlog)[1] - 1e-6


@given(st.floats(0.6, 0.99))
def test_the_utilization_that_serves_a_share_serves_it(share):
    utilization = CURVE.utilization_that_serves(share)
    served = np.exp(-CURVE.days(np.array([utilization]))[0] / CURVE.patience)
    assert_allclose(served, share) if utilization < CURVE.highest else None


def test_ten_times_too_many_asks_are_turned_away():
    utilization, days, lost = solve(1000.0, 100.0)
    assert_allclose([utilization, days, lost], [0.98, 90, 1 - 0.098])


@given(st.lists(st.tuples(asks, capacities), min_size=1, max_size=30))
def test_backlog_is_conserved(months):
    backlog, booked_in_all, given_in_all = np.zeros(1), 0.0, 0.0
    for booked, capacity in months:
        done, backlog = work_off(np.array([booked]), backlog, np.array([capacity]))
        assert done[0] <= capacity
        assert backlog[0] >= 0
        booked_in_all, given_in_all = booked_in_all + booked, given_in_all + done[0]
    assert_allclose(booked_in_all, given_in_all + backlog[0], rtol=1e-9, atol=1e-9)
