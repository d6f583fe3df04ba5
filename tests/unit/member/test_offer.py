"""Need, ask, supply and service are four things: what withholding, replacing and inducing visits do to members.

Worlds are paired: the same members with the same luck. Each sign is shown to fail with the bug that it should find.
"""

import numpy as np
import pytest

from sim.schema import BEHAVIORAL, CAUSES, DENTAL, PRIMARY, SERVICES
from tests.support.still_life import counted, many, member, parameters

PEOPLE = many(300, member(40))


def world(**fields):
    """Members of 40 who need a primary care visit every other month; three of ten unmet ones go to emergency."""
    p = parameters()
    p["care_log_base"][..., PRIMARY] = np.log(0.5)
    p["access_leak_to_emergency"] = 0
    p["access_leak_to_emergency"][..., PRIMARY] = 0.3
    p["wellbeing_trust_engagement"] = 0  # else trust, which falls with unmet need, takes some asks away in time
    for name, value in fields.items():
        p[name] = value
    return p


def lived(p=None, **clinic):
    return counted(PEOPLE, world() if p is None else p, clinic={"lost": 0.1} | clinic)


def wrong_signs(usual, changed):
    """What withholding visits should have done to members and has not."""
    signs = {
        "need stays": changed["primary_asked"] == usual["primary_asked"],
        "unmet need rises": changed["primary_unmet"] > 1.5 * usual["primary_unmet"],
        "fewer find care easy to get": changed["satisfied_months"] < usual["satisfied_months"],
        "visits move to the emergency department": changed["emergency_treatable"] > usual["emergency_treatable"],
        "other causes stay": all(
            changed[f"emergency_{c}"] == usual[f"emergency_{c}"] for c in CAUSES if c != "treatable"
        ),
    }
    return [what for what, holds in signs.items() if not holds]


def test_withholding_raises_unmet_need_lowers_satisfaction_and_moves_visits_to_emergency_care():
    assert wrong_signs(lived(), lived(withheld=0.2)) == []


def test_that_would_be_seen_if_volume_multiplied_what_members_ask_for():
    """As it was before: fewer asks, so less unmet need and more satisfaction."""
    fewer = world()
    fewer["care_log_base"][..., PRIMARY] += np.log(0.8)
    wrong = wrong_signs(lived(), lived(fewer))
    assert {"need stays", "unmet need rises", "fewer find care easy to get"} <= set(wrong)


def test_that_would_be_seen_if_withheld_visits_never_became_emergency_visits():
    no_leak = world()
    no_leak["access_leak_to_emergency"] = 0
    assert wrong_signs(lived(no_leak), lived(no_leak, withheld=0.2)) == ["visits move to the emergency department"]


def test_what_is_withheld_is_counted_and_the_rest_is_rationed():
    """A fifth of asks, to whole visits; a tenth of the others is lost."""
    seen = lived(withheld=0.2)
    assert seen["primary_withheld"] / seen["primary_asked"] == pytest.approx(0.2, abs=0.02)
    lost = seen["primary_unmet"] - seen["primary_withheld"]
    assert lost / (seen["primary_asked"] - seen["primary_withheld"]) == pytest.approx(0.1, abs=0.02)
    assert seen["primary_visits"] == seen["primary_asked"] - seen["primary_unmet"]


def harmed(usual, changed):
    """Whom replacing visits has harmed."""
    no_worse = {
        "unmet need": changed["primary_unmet"] <= usual["primary_unmet"],
        "satisfaction": changed["satisfied_months"] >= usual["satisfied_months"],
        "emergency visits": changed["emergency_visits"] <= usual["emergency_visits"],
        "need": changed["primary_asked"] == usual["primary_asked"],
    }
    return [what for what, holds in no_worse.items() if not holds]


def test_replacing_visits_by_other_contacts_harms_nobody():
    usual, replaced = lived(), lived(replaced=0.2)
    assert replaced["primary_replaced"] / usual["primary_asked"] == pytest.approx(0.2, abs=0.02)
    assert replaced["primary_visits"] < 0.85 * usual["primary_visits"]
    assert harmed(usual, replaced) == []


def test_that_would_be_seen_if_a_replaced_visit_counted_as_withheld():
    assert harmed(lived(), lived(withheld=0.2)) == ["unmet need", "satisfaction", "emergency visits"]


def test_induced_visits_meet_no_need_and_leave_none_unmet():
    usual, more = lived(lost=0.0), lived(lost=0.0, induced=0.3)
    assert more["primary_induced"] / usual["primary_asked"] == pytest.approx(0.3, abs=0.03)
    assert more["primary_visits"] == usual["primary_visits"] + more["primary_induced"]
    assert more["primary_asked"] == usual["primary_asked"]
    assert more["primary_unmet"] == usual["primary_unmet"] == 0
    crowded = lived(lost=0.5, induced=0.3)
    assert crowded["primary_unmet"] == lived(lost=0.5)["primary_unmet"], (
        "an induced visit that is lost is no unmet need"
    )


def test_less_inducement_takes_only_what_need_did_not_ask_for():
    p = world(access_induced_share=0.25)
    usual, less = lived(p, lost=0.0), lived(p, lost=0.0, induced=-0.2)
    assert usual["primary_induced"] / (usual["primary_asked"] + usual["primary_induced"]) == pytest.approx(
        0.25, abs=0.03
    )
    assert less["primary_induced"] / usual["primary_induced"] == pytest.approx(0.2, abs=0.05)
    assert less["primary_asked"] == usual["primary_asked"]
    assert less["primary_unmet"] == 0


@pytest.mark.parametrize("service", [PRIMARY, BEHAVIORAL, DENTAL])
def test_every_needed_visit_is_served_replaced_withheld_or_lost(service):
    name, p = SERVICES[service], world(access_induced_share=0.1)
    p["care_log_base"][..., service] = np.log(0.5)
    area = {"withheld": 0.1, "lost": 0.2}
    seen = counted(PEOPLE, p, clinic=area | {"replaced": 0.1}, **area)
    kept = seen[f"{name}_asked"] - seen[f"{name}_unmet"] - seen["primary_replaced"] * (service == PRIMARY)
    assert kept <= seen[f"{name}_visits"] <= kept + seen[f"{name}_induced"]
    assert seen[f"{name}_induced"] > 0
    assert seen[f"{name}_withheld"] < seen[f"{name}_unmet"]
