"""Practices hire and shrink slowly: a shock crowds and recovers, and a fee rise does not make everybody wait longer.

Each sign is shown to fail with the bug that it should find.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.capacity import RATIONED
from sim.agents.providers.responses.hiring import Hiring
from sim.schema import BEHAVIORAL, PHARMACY, PRIMARY
from tests.support.provider_views import lived, market, nothing
from tests.unit.agents.test_capacity import STAFFING, practice

pytestmark = pytest.mark.quick

NOBODY_HIRES = replace(STAFFING, fills=0.0, fills_behavioral=0.0)


def waits(months, growth, staffing=STAFFING, log_pay=0.0):
    """Mean days of wait, month by month, of practices with 2,000 visits sought, or so many times more."""
    capacity = practice(asks=2000.0)
    capacity.staffing, capacity.fills = staffing, np.full(len(capacity.area), staffing.fills)
    asks, seen = np.full(len(capacity.area), 2000.0 * growth), []
    for month in range(months):
        found = capacity.solve(month)
        capacity.observe(asks, asks * (1 - found.lost), log_pay)
        seen.append(found.days.mean())
    return np.array(seen)


def wrong_after_shock(days):
    """What a shock to enrollment of a fifth should have done to waits and has not."""
    usual = days[0]
    signs = {
        "crowds": days.max() > 1.4 * usual,
        "within a year": days[:12].max() == days.max(),
        "recovers": days[-1] < usual + 0.25 * (days.max() - usual),
        "slowly": days.max() > usual + 2 and days[12] > usual + 0.3 * (days.max() - usual),
    }
    return [what for what, holds in signs.items() if not holds]


def test_a_shock_to_enrollment_crowds_and_then_recovers():
    assert wrong_after_shock(waits(60, 1.2)) == []


def test_that_would_be_seen_if_capacity_never_grew():
    assert "recovers" in wrong_after_shock(waits(60, 1.2, NOBODY_HIRES))


def test_that_would_be_seen_if_posts_were_filled_at_once():
    assert "slowly" in wrong_after_shock(waits(60, 1.2, replace(STAFFING, fills=1.0)))


def test_where_nothing_changes_capacity_stays():
    days = waits(48, 1.0)
    assert_allclose(days, days[0], rtol=0.03)


def test_behavioral_posts_are_filled_more_slowly():
    capacity = practice()
    behavioral = capacity.by_area(capacity.fills)[:, RATIONED.index(BEHAVIORAL)]
    assert (behavioral == 0.052).all()
    assert (np.delete(capacity.by_area(capacity.fills), RATIONED.index(BEHAVIORAL), axis=1) == 0.088).all()
    assert (capacity.fills[: capacity.clinics] == 0.088).all()


def test_fewer_visits_sought_shrink_a_practice():
    capacity = practice(asks=2000.0)
    before = capacity.capacity.copy()
    for month in range(120):
        found = capacity.solve(month)
        capacity.observe(np.full(len(before), 1600.0), 1600 * (1 - found.lost))
    assert_allclose(capacity.capacity, before * 0.8**0.9, rtol=0.01)


def test_a_fee_rise_opens_doors_without_making_everybody_wait_longer():
    """A fee a quarter higher induces 2.3 percent more visits (.1 ln 1.25) and opens 8 percent more posts."""
    induced, pay = 1.25**0.1, 0.35 * np.log(1.25)
    usual = waits(60, 1.0)
    assert waits(60, induced, log_pay=pay)[-1] < usual[-1]
    assert waits(60, induced, NOBODY_HIRES)[-1] > usual[-1], "as it was: more visits, and the same capacity"


def test_posts_follow_what_a_visit_earns():
    raised = lived(Hiring(market()), 1, fee=1.25).log_posts
    assert_allclose(raised[:, PRIMARY], 0.35 * np.log(1.25))
    assert not raised[:, PHARMACY].any()
    assert nothing(lived(Hiring(market()), 4))
    capitated = lived(Hiring(market()), 1, fee=0.8, capitated=1.0).log_posts
    assert not capitated[:, PRIMARY].any(), "a practice paid per member earns as before"
    assert (capitated[:, PRIMARY + 1] < 0).all()
