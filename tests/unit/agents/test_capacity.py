"""Capacity serves the declared share at the start, stays what it is, and is rounded without bias."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.capacity import RATIONED, Capacity, CapacityTerms
from sim.agents.providers.staffing import Staffing
from sim.agents.providers.waits import WaitCurve
from tests.support.stand_in_system import StandIn

pytestmark = pytest.mark.quick

CURVE = WaitCurve(wait=7, at=0.85, cap=90, patience=60, highest=0.98)
STAFFING = Staffing(demand=0.9, fills=0.088, fills_behavioral=0.052, leaves=0.03)
TERMS = CapacityTerms(served_share=0.88, memory=0.25, days_in_month=30)


def practice(weight=20.0, asks=200.0, clinics=40):
    capacity = Capacity(np.arange(clinics) % 2, np.full(2, weight), CURVE, TERMS, STAFFING, seed=3)
    capacity.set_from(np.full(clinics + 2 * len(RATIONED), asks))
    return capacity


def test_nobody_waits_before_capacity_is_known():
    capacity = Capacity(np.zeros(4, dtype=np.int16), np.ones(2), CURVE, TERMS, STAFFING, seed=3)
    assert not capacity.known
    assert not capacity.waits.lost.any()


def test_the_declared_share_is_served_at_the_start():
    capacity = practice(asks=2000.0)
    assert_allclose(1 - capacity.solve(0).lost, 0.88, atol=0.002)


def test_rounding_has_no_bias_and_depends_on_the_month_only():
    capacity = practice()
    kept = capacity.capacity.copy()
    whole = [capacity.solve(month).lost.copy() is not None and capacity.whole.copy() for month in range(200)]
    assert all((w == np.floor(w)).all() and (np.abs(w - kept) < 1).all() for w in whole)
    assert_allclose(np.mean(whole), kept.mean(), atol=0.03)
    capacity.solve(5)
    assert np.array_equal(capacity.whole, whole[5])
    assert np.array_equal(capacity.capacity, kept)


def test_more_asks_mean_longer_waits_after_a_lag():
    capacity = practice()
    before = capacity.solve(0).days.mean()
    capacity.observe(np.full(len(capacity.area), 260.0), np.full(len(capacity.area), 176.0))
    assert_allclose(capacity.expected, 215)
    assert capacity.solve(1).days.mean() > before


def test_a_clinics_luck_is_shrunk_and_its_areas_is_not():
    capacity = practice(weight=16.0)
    asks = np.full(len(capacity.area), 200.0)
    asks[0] += 80
    capacity.observe(asks, asks)
    seen = capacity._shrunk_asks()
    mean = 200 * (1 + 0.25 * 0.4 / 20)
    assert_allclose(seen[0], mean + (220 - mean) / 4)
    assert_allclose(seen[capacity.clinics :], 200)


def test_overbooking_is_carried_over_and_lengthens_waits():
    capacity = practice(weight=1.0)
    fresh = capacity.solve(0).days.copy()
    given = capacity.observe(np.full(len(capacity.area), 200.0), capacity.whole + 50)
    assert np.array_equal(given, capacity.whole)
    assert_allclose(capacity.backlog, 50)
    assert (capacity.solve(1).days > fresh + 3).all()


def test_a_backlog_is_worked_off_by_what_is_open():
    """25 visits wait and nobody asks for more: of 100 a month they take 7.5 days, of the half that is open 15."""
    capacity = practice()
    capacity.capacity[:], capacity.backlog[:], capacity.expected[:] = 100, 25, 0
    assert_allclose(capacity.solve(0).days, 7.5)
    assert_allclose(capacity.solve(0, 0.5).days, 15)


def test_rows_are_clinics_then_areas_by_service():
    capacity = practice()
    asked = np.arange(18).reshape(2, 9)
    rows = capacity.stack(asked, np.zeros(40))
    assert np.array_equal(capacity.by_area(rows), asked[:, RATIONED])
    assert capacity.area[40:].tolist() == [0, 1, 0, 1, 0, 1]


def test_decisions_reach_members_through_areas_and_clinics():
    model = StandIn(contracts=())
    model.providers.set_capacity(model.asks, model.clinic_asks)
    model.one_month()
    assert_allclose(model.areas["lost"][:, RATIONED], 0.12, atol=0.03)
    assert not np.delete(model.areas["lost"], RATIONED, axis=1).any()
    assert_allclose(model.clinics["lost"], 0.12, atol=0.03)
    first = next(iter(model.providers))
    assert first.kind == "primary"
    assert first.wait_days == model.clinics["wait_days"][0] > 0
    assert first.capacity == model.clinics["capacity"][0]


def test_unlimited_capacity_means_no_waits():
    model = StandIn(contracts=(), capacity="unlimited")
    model.providers.set_capacity(model.asks, model.clinic_asks)
    model.month_by_month(3)
    assert not model.areas["lost"].any()
    assert not model.clinics["lost"].any()
