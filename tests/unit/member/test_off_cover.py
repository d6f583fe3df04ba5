"""Off cover is not off the map: people use less, lose their clinic, and come back to catch up."""

import numpy as np
import pytest

from sim.schema import AWAY, EMERGENCY, FOOD, HOUSING, OFF_COVER, PRIMARY
from tests.support.still_life import _lived, _system, counted, many, member, needs_off_cover, parameters

YEAR = 12


def world():
    p = parameters()
    p["care_log_base"][..., PRIMARY], p["care_log_base"][..., EMERGENCY] = np.log(0.5), np.log(0.2)
    p["wellbeing_trust_engagement"] = 0  # trust moves with what members on cover experience
    return p


def visits(rows, p, clinic=None, months=YEAR):
    """Primary care and emergency visits of a year, member by member."""
    members, _ = _lived(many(500, rows), p, months, clinic or {}, {})
    return members["primary_year"].sum(), members["ed_year"].sum()


def uses_less(p):
    on, off = visits(member(40), p), visits(member(40, status=OFF_COVER, months_off=1), p)
    return [after / before for before, after in zip(on, off, strict=True)]


def test_people_off_cover_use_less_by_the_ratios_of_the_oregon_experiment():
    """Over 18 months, the first 12 of them with pent-up demand: .67 of office and .71 of emergency visits."""
    boost = {PRIMARY: 1.25, EMERGENCY: 1.10}
    primary, emergency = uses_less(world())
    assert primary / ((12 * boost[PRIMARY] + 6) / 18) == pytest.approx(0.67, abs=0.04)
    assert emergency / ((12 * boost[EMERGENCY] + 6) / 18) == pytest.approx(0.71, abs=0.05)


def test_that_would_be_seen_if_cover_made_no_difference():
    p = world()
    p["access_log_off_cover"] = 0
    assert uses_less(p) == [1.0, 1.0]


def test_who_was_long_without_cover_catches_up_and_who_was_not_does_not():
    """In the first months of a span: in full after a year without, in part after three months, not after a year on."""
    p, months = world(), 6
    long, short, never = (
        visits(member(40, months_covered=covered, months_off=off), p, months=months)[0]
        for covered, off in ((1, 12), (1, 3), (30, 0))
    )
    assert long > short > never
    assert long / never == pytest.approx(1.25, abs=0.05)
    assert short / never == pytest.approx(1.25**0.25, abs=0.04)


def test_the_length_of_the_gap_is_remembered_on_return_and_begins_anew_when_cover_ends():
    p = world()
    p["enrollment_return_early"] = p["enrollment_return_middle"] = 1.0
    back, _ = _lived(member(40, status=OFF_COVER, months_off=5), p, 1, {}, {})
    assert (back["status"][0], back["months_off"][0]) == (1, 5)
    p["renewal_rule"], p["enrollment_off_renewal_exit"], p["enrollment_exit_ratio"] = 0, 1.0, 1.0
    p["enrollment_return_early"] = 0.0
    gone, _ = _lived(back, p, 1, {}, {})
    assert (gone["status"][0], gone["months_off"][0]) == (OFF_COVER, 1)


def test_people_off_cover_lose_their_clinic_and_control_of_their_conditions():
    p = world()
    p["access_detach_off_cover"], p["access_detach"] = 0.05, 0.0
    p["health_control_loss"] = _system().params["health_control_loss"]
    ill = {"present": 1, "diagnosed": 1, "controlled": 1}
    on, off = (
        _lived(many(500, member(40, **ill, **state)), p, 24, {}, {})[0]
        for state in ({}, {"status": OFF_COVER, "months_off": 1})
    )
    assert on["attached"].all()
    assert 0.2 < off["attached"].mean() < 0.4
    assert off["controlled"].mean() < on["controlled"].mean()
    p["health_unattached_control_ratio"] = 1.0  # the bug: nobody is sicker for it
    off, _ = _lived(many(500, member(40, status=OFF_COVER, months_off=1, **ill)), p, 24, {}, {})
    assert off["controlled"].mean() == on["controlled"].mean()


def test_care_off_cover_is_uncompensated():
    seen = counted(many(200, member(40, status=OFF_COVER, months_off=1)), world())
    assert seen["off_cover_months"] == 200 * YEAR
    assert seen["uncompensated_cents"] > 0 == seen["medicaid_cents"]


def test_needs_off_cover_are_of_those_off_cover_and_away_at_the_end_of_the_month():
    """Food three times: off cover twice, of whom one goes away this month, and away; a home once; none on cover."""
    p, food, home = world(), 1 << FOOD, 1 << HOUSING
    p["needs_exit_prone"], p["needs_exit"], p["enrollment_forget_after"] = 0, 0, 13
    rows = np.concatenate(
        [
            member(40, key=1, status=OFF_COVER, months_off=1, needs=food | home),
            member(40, key=2, status=OFF_COVER, months_off=12, needs=food),
            member(40, key=3, status=AWAY, needs=food),
            member(40, key=4, needs=food | home),
        ]
    )
    found = needs_off_cover(rows, p)
    assert (found[FOOD], found[HOUSING], sum(found)) == (3, 1, 4)
