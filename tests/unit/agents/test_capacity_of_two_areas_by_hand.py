"""Asks and bookings of two unlike areas, reduced to full size, by hand: a member stands for 4 people, or for 25."""

import numpy as np
import pytest

from sim.agents.providers.capacity import RATIONED, Capacity, CapacityTerms
from sim.agents.providers.staffing import Staffing
from sim.agents.providers.waits import WaitCurve, Waits
from sim.schema import BEHAVIORAL, DENTAL, SERVICES, SPECIALIST

pytestmark = pytest.mark.quick

CURVE = WaitCurve(wait=7, at=0.85, cap=90, patience=60, highest=0.98)
TERMS = CapacityTerms(served_share=0.88, memory=0.25, days_in_month=30)
STAFFING = Staffing(demand=1.0, fills=0.5, fills_behavioral=0.125, leaves=0.0)
USUAL = np.array([10.0, 30, 20, 8, 6, 5, 7, 9, 4])  # three clinics, then each service by area
EXPECTED = np.array([20.0, 30, 50, 16, 3, 5, 7, 9, 4])
SHRUNK = np.array([16.25, 33.75, 50, 16, 3, 5, 7, 9, 4])
"""The first area is asked 50 of 40, 1.25; its clinics twice and once the usual: half of that difference is luck."""


def practices():
    own = Capacity(np.array([0, 0, 1]), np.array([4.0, 25.0]), CURVE, TERMS, STAFFING, seed=3)
    own.set_from(USUAL)
    own.expected = EXPECTED.copy()
    return own


def test_luck_of_a_clinic_is_reduced_around_its_area_and_an_area_stays_what_it_is():
    assert practices()._shrunk_asks() == pytest.approx(SHRUNK)


def test_waits_follow_asks_of_full_size_and_days_of_backlog_at_todays_capacity(monkeypatch):
    seen = []
    monkeypatch.setattr("sim.agents.providers.capacity.solve_waits", lambda *words: seen.append(words))
    own = practices()
    own.capacity, own.backlog = np.full(9, 40.0), np.arange(9.0)
    own.solve(2, 0.5)
    ((asks, whole, days, curve),) = seen
    assert asks == pytest.approx(SHRUNK)
    assert whole.tolist() == [20] * 9
    assert days == pytest.approx(np.arange(9) / 20 * 30)
    assert curve is CURVE


def test_bookings_beyond_what_was_foreseen_are_in_part_luck_and_posts_follow_asks_of_full_size():
    """A fifth gives up. Clinics foresee 13 and 40 visits; 17 and 65 are booked: 2 of 4 more, and 5 of 25. With a visit
    carried over, 16 are due where 12 can be given."""
    own = practices()
    lost = np.full(9, 0.2)
    own.waits = Waits(lost, lost, lost)
    booked = 0.8 * SHRUNK
    booked[[0, 2]] = 17, 65
    own.backlog[0], own.whole = 1.0, np.array([12.0, 99, 44, 99, 99, 99, 99, 99, 99])
    own.capacity = np.zeros(9)
    pay = np.log(np.linspace(1, 1.8, 9))
    given = own.observe(EXPECTED + 4 * (USUAL - EXPECTED), booked, pay)
    assert given[:3] == pytest.approx([12, 27, 44])
    assert own.backlog[:3] == pytest.approx([4, 0, 1])
    assert own.expected == pytest.approx(USUAL)  # a quarter of the way to four times the distance
    fills = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.125, 0.125, 0.5, 0.5])
    assert own.capacity == pytest.approx(fills * own._start() * np.exp(pay))


def test_posts_grow_with_asks_of_full_size():
    own = practices()
    own.whole, own.capacity = np.full(9, 99.0), np.zeros(9)
    own.observe(EXPECTED, EXPECTED)
    fills = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.125, 0.125, 0.5, 0.5])
    assert own.capacity == pytest.approx(fills * own._start() * SHRUNK / USUAL)


def test_every_practice_draws_by_a_key_of_its_own_and_can_see_somebody():
    own = practices()
    assert len(set(own.keys.tolist())) == 9
    own.set_from(np.zeros(9))
    assert own.baseline.tolist() == [1] * 9
    assert own._start()[0] > 0


def test_rows_of_services_are_of_their_area():
    asked = np.zeros((2, len(SERVICES)))
    asked[:, SPECIALIST], asked[:, BEHAVIORAL], asked[:, DENTAL] = [8, 6], [5, 7], [9, 4]
    own = practices()
    assert own.stack(asked, np.array([10, 30, 20])).tolist() == USUAL.tolist()
    assert own.by_area(USUAL).tolist() == asked[:, RATIONED].tolist()


def test_practices_go_on_from_a_snapshot_with_all_that_they_had():
    kept, again = practices(), practices()
    kept.baseline, kept.capacity, kept.expected, kept.backlog = (place + np.arange(9.0) for place in range(1, 5))
    again.restore(kept.snapshot())
    for place, name in enumerate(("baseline", "capacity", "expected", "backlog"), start=1):
        assert getattr(again, name).tolist() == (place + np.arange(9.0)).tolist()


def test_no_practice_is_fuller_than_the_fullest():
    """Where a thousandth is served the curve would ask for .997."""
    assert CURVE.utilization_that_serves(0.001) == 0.98
