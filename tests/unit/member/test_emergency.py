"""Emergency visits by cause: each cause answers to its own driver and to no other, and stays bring their visits.

Worlds are paired: the same members with the same luck. Each sign is shown to fail with the bug that it should find.
"""

import numpy as np
import pytest

from sim.schema import (
    BEHAVIORAL,
    CAUSES,
    DENTAL,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    INPATIENT,
    OFF_COVER,
    ORAL_DISEASE,
    PRIMARY,
)
from tests.support.still_life import _system, counted, many, member, parameters

ADULTS = many(300, member(40))


def world(*visits, conditions=False):
    """Members who come to the emergency department every fifth month, and need these visits every other month."""
    p = parameters()
    p["access_leak_to_emergency"] = _system().params["access_leak_to_emergency"] * 5
    p["care_log_base"][..., EMERGENCY] = np.log(0.2)
    p["wellbeing_trust_engagement"] = 0
    for service in visits:
        p["care_log_base"][..., service] = np.log(0.5)
    if conditions:
        p["care_excess"] = _system().params["care_excess"]
    return p


def moved(usual, changed):
    """Causes whose visits rose (+) or fell (-)."""
    both = {cause: (usual[f"emergency_{cause}"], changed[f"emergency_{cause}"]) for cause in CAUSES}
    return {cause: "+" if after > before else "-" for cause, (before, after) in both.items() if after != before}


def test_every_visit_has_one_cause():
    seen = counted(ADULTS, world(PRIMARY, BEHAVIORAL, DENTAL), lost=0.3, clinic={"lost": 0.3})
    assert sum(seen[f"emergency_{cause}"] for cause in CAUSES) == seen["emergency_visits"] > 300


def test_an_ended_dental_benefit_raises_dental_emergency_visits_of_adults_and_no_others():
    p = world(DENTAL)
    usual, ended = counted(ADULTS, p), counted(ADULTS, p, dental_benefit=0.0)
    assert moved(usual, ended) == {"dental": "+"}
    assert ended["dental_unmet"] > usual["dental_unmet"]
    assert ended["dental_asked"] == usual["dental_asked"]
    children = many(300, member(12, eligibility=0))
    assert counted(children, p, dental_benefit=0.0) == counted(children, p)


def test_that_would_be_seen_if_unmet_dental_need_never_came_to_the_emergency_department():
    p = world(DENTAL)
    p["access_leak_to_emergency"][..., DENTAL] = 0
    assert moved(counted(ADULTS, p), counted(ADULTS, p, dental_benefit=0.0)) == {}


def test_medicaid_does_not_pay_for_dental_visits_that_it_does_not_cover():
    p = world(DENTAL)
    p["care_log_base"][..., EMERGENCY] = -16
    p["access_leak_to_emergency"] = 0
    usual, half, none = (counted(ADULTS, p, dental_benefit=part, fee=1.0) for part in (1.0, 0.5, 0.0))
    assert none["dental_visits"] > 0
    assert none["medicaid_cents"] == 0 < half["medicaid_cents"] < usual["medicaid_cents"]
    assert half["medicaid_cents"] / usual["medicaid_cents"] == pytest.approx(0.5, abs=0.08)


DRIVERS = {
    "lost primary care": ({"clinic": {"lost": 0.3}}, {"treatable": "+"}),
    "lost behavioral care": ({"lost": np.eye(9)[BEHAVIORAL] * 0.3}, {"behavioral": "+"}),
    "lost dental care": ({"lost": np.eye(9)[DENTAL] * 0.3}, {"dental": "+"}),
    "practices that send members": ({"sent": 0.2}, {"treatable": "+"}),
    "coordination": ({"avoidable": 0.5}, {"treatable": "-"}),
    "no coordination": ({"avoidable": 1.5}, {"treatable": "+"}),
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_moves_its_own_cause_alone(driver):
    area, expected = DRIVERS[driver]
    p = world(PRIMARY, BEHAVIORAL, DENTAL)
    assert moved(counted(ADULTS, p), counted(ADULTS, p, **area)) == expected


@pytest.mark.parametrize(
    ("condition", "cause"), [(DIABETES, "sensitive"), (DEPRESSION, "behavioral"), (ORAL_DISEASE, "dental")]
)
def test_what_a_condition_adds_is_mostly_of_its_own_cause_and_less_once_controlled(condition, cause):
    p = world(conditions=True)
    p["care_excess"][0, condition, :, EMERGENCY] = 1.5, 1.5, 0.2
    ill, well = (
        counted(
            many(600, member(40, present=1 << condition, diagnosed=1 << condition, controlled=held << condition)), p
        )
        for held in (0, 1)
    )
    none = counted(many(600, member(40)), p)
    seen = [one[f"emergency_{cause}"] for one in (none, well, ill)]
    assert seen == sorted(seen)
    rise = ill["emergency_visits"] - none["emergency_visits"]
    own = p["care_emergency_own_cause"][0, CAUSES.index(cause)]
    assert seen[2] - seen[0] == pytest.approx(own * rise, rel=0.4)


def test_that_would_be_seen_if_conditions_brought_visits_of_any_cause():
    p = world(conditions=True)
    p["care_emergency_own_cause"] = 0
    p["care_excess"][0, DIABETES, :, EMERGENCY] = 1.5
    none, ill = (counted(many(600, member(40, present=bit)), p) for bit in (0, 1 << DIABETES))
    rise = ill["emergency_visits"] - none["emergency_visits"]
    assert ill["emergency_sensitive"] - none["emergency_sensitive"] < 0.2 * rise


def test_a_stay_avoided_is_a_visit_avoided():
    p = world()
    p["care_log_base"][..., EMERGENCY], p["care_log_base"][..., INPATIENT] = -16, np.log(0.2)
    p["care_stays_through_emergency"] = 0.6
    usual, fewer = (counted(ADULTS, p, turned_away=away) for away in (0.0, 0.5))
    for one in (usual, fewer):
        assert one["emergency_admitted"] == one["emergency_visits"]
        assert one["emergency_admitted"] / one["index_stays"] == pytest.approx(0.6, abs=0.05)
    assert fewer["emergency_visits"] < 0.7 * usual["emergency_visits"]
    p["care_stays_through_emergency"] = 0  # the bug: stays come from nowhere
    assert counted(ADULTS, p)["emergency_visits"] == 0


def test_integrated_oral_care_avoids_dental_visits_of_members_with_oral_disease_alone():
    """Of 600 members' dental emergency visits, 40 percent less: half of the action, with a ratio of .2."""
    p = world(DENTAL)
    p["quality_oral_integration_emergency_ratio"], p["quality_log_oral_dental"] = 0.2, 0.0
    p["access_leak_to_emergency"][..., DENTAL] = 0.5
    ill, healthy = (many(600, member(40, present=bit)) for bit in (1 << ORAL_DISEASE, 0))
    usual, joined = (counted(ill, p, months=12, lost=0.3, oral_integration=part) for part in (0.0, 0.5))
    assert moved(usual, joined) == {"dental": "-"}
    assert joined["emergency_dental"] / usual["emergency_dental"] == pytest.approx(0.6, abs=0.05)
    assert joined["dental_visits"] == usual["dental_visits"]
    usual, joined = (counted(healthy, p, months=12, lost=0.3, oral_integration=part) for part in (0.0, 0.5))
    assert joined == usual


def test_pregnancy_brings_visits_of_pregnancy():
    p = world()
    p["care_pregnancy_emergency_visits"] = 0.3
    usual, pregnant = (counted(many(300, member(30, pregnant=month)), p, months=6) for month in (0, 1))
    assert moved(usual, pregnant) == {"pregnancy": "+"}


def test_people_off_cover_pay_for_their_own_teeth_whatever_the_benefit():
    p = world(DENTAL)
    off = many(100, member(40, status=OFF_COVER, months_off=1))
    assert counted(off, p, dental_benefit=0.0) == counted(off, p)
