"""Gaps in care come from exposure and access, and each channel has a lever that closes it."""

import numpy as np
import pytest

from sim.axes import parameters_of
from sim.member import discrimination
from sim.member.barriers import clinic_found, face_barriers, understood
from sim.member.decisions import UNFAIR
from sim.member.discrimination import meet_unfair_care
from sim.paths import conf_folder
from sim.schema import (
    BEHAVIORAL,
    BLACK,
    DENTAL,
    DIABETES,
    EMERGENCY,
    EXPANSION,
    FOOD,
    FRACTION_GRID,
    HYPERTENSION,
    MONTH,
    PHARMACY,
    PRIMARY,
    SERVICES,
    SPECIALIST,
    WHITE,
)
from sim.start import quiet_areas
from tests.support.by_hand import a_month, an_area, drawing, numbers, rules_of, someone
from tests.support.still_life import counted, draws_of, many, member, parameters

REGISTRY = parameters_of(conf_folder())


@pytest.fixture
def p():
    return parameters("primary")


def asked(p, interpreters=0.0, **fields):
    """Log of the barriers to each service."""
    m = np.array(member(40, **fields)).view(np.recarray)[0]
    area = quiet_areas(1)[0]
    area.interpreters = interpreters
    rate = np.zeros(len(SERVICES))
    face_barriers(m, rate, area, p[0])
    return rate


BARRIERS = {
    "distrust": ({"wary": FRACTION_GRID}, PRIMARY),
    "language": ({"language": 1}, PRIMARY),
    "day off": ({"prone": 1 << FOOD, "eligibility": EXPANSION}, PRIMARY),
    "distance": ({"rurality": 1}, SPECIALIST),
}


@pytest.mark.parametrize("barrier", BARRIERS)
def test_each_barrier_lowers_scheduled_care_and_not_emergency_visits(p, barrier):
    fields, service = BARRIERS[barrier]
    rate = asked(p, **fields)
    assert rate[service] < 0
    assert rate[EMERGENCY] == 0
    assert not asked(p, eligibility=EXPANSION).any()


@pytest.mark.parametrize("barrier", [one for one in BARRIERS if one != "distance"])
def test_a_barrier_to_primary_care_brings_members_to_the_emergency_department(barrier):
    """The same members with the same luck, who need primary care every other month and nothing else."""
    fields, _ = BARRIERS[barrier]
    p = parameters("primary")
    p["access_leak_to_emergency"] = 1.0
    p["equity_log_distrust"] = p["access_log_language"] = p["equity_log_day_off"] = np.log(0.5)
    p["care_log_base"][..., PRIMARY] = np.log(0.5)
    who = many(300, member(40, **{"eligibility": EXPANSION} | fields))
    facing = counted(who, p)
    p["equity_log_distrust"] = p["access_log_language"] = p["equity_log_day_off"] = 0.0
    free = counted(who, p)
    assert facing["primary_asked"] < free["primary_asked"]
    assert facing["emergency_treatable"] > free["emergency_treatable"] == 0
    assert facing["emergency_visits"] == facing["emergency_treatable"]
    missing = free["primary_asked"] - facing["primary_asked"]
    assert facing["emergency_treatable"] == pytest.approx(missing, rel=0.15)


@pytest.mark.parametrize(
    ("barrier", "lever"),
    [("language", "interpreters"), ("day off", "equity_evening_hours"), ("distance", "equity_outreach")],
)
def test_each_barrier_goes_with_its_lever(p, barrier, lever):
    fields, _ = BARRIERS[barrier]
    if lever == "interpreters":
        assert not asked(p, interpreters=1.0, **fields).any()
    else:
        p[lever] = 1.0
        assert not asked(p, **fields).any()


def test_a_community_health_worker_takes_barriers_away(p):
    p["n_packages"] = 1
    p["package_accompanied"][0, 0] = 0.5
    served = {"package": 1, "ever_package": 1, "package_exposure": FRACTION_GRID}
    for barrier in ("distrust", "language", "day off"):
        fields, service = BARRIERS[barrier]
        assert asked(p, **fields, **served)[service] == pytest.approx(0.5 * asked(p, **fields)[service])


def wariness(p, race, months=120, people=60):
    """Mean wariness of people who see a clinician every month."""
    here = quiet_areas(1)[0]
    rows = np.concatenate([member(40, key=key, race=race) for key in range(1, people + 1)]).view(np.recarray)
    t = np.zeros(1, MONTH).view(np.recarray)[0]
    t.served[PRIMARY] = 1
    for month in range(months):
        u = draws_of(rows, month, UNFAIR)
        for j, m in enumerate(rows):
            meet_unfair_care(m, t, here, u, j, p[0])
    return float(rows["wary"].mean() / FRACTION_GRID)


def test_unfair_care_makes_wary_and_fair_care_does_not(p):
    assert wariness(p, WHITE, people=5) == 0
    unfair = wariness(p, BLACK)
    assert 0.25 < unfair < 0.55
    p["equity_concordance"] = 0.5
    assert 0 < wariness(p, BLACK) < 0.8 * unfair
    p["equity_concordance"] = 1.0
    assert wariness(p, BLACK) == 0, "wariness that no policy moved would be the planted bug: a constant by race"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("service", "met"), [(PRIMARY, 1), (SPECIALIST, 1), (BEHAVIORAL, 1), (EMERGENCY, 1), (DENTAL, 0), (PHARMACY, 0)]
)
def test_a_visit_to_a_clinician_may_be_felt_as_unfair(service, met):
    """On an early draw wariness moves a quarter of the way to 1."""
    rules = rules_of(discrimination)
    who = someone(race=BLACK)
    p = numbers(equity_discrimination=0.1, equity_concordance=0, equity_concordance_reach=0.5, equity_wary_step=0.25)
    t = a_month()
    t.served[service] = 1
    rules.meet_unfair_care(who, t, an_area(concordance=0), drawing(default=0.0), 0, p)
    assert who.wary == met * FRACTION_GRID // 4


def test_language_hinders_finding_a_clinic_and_controlling_diabetes_and_interpreters_help(p):
    other = np.array(member(40, language=1)).view(np.recarray)[0]
    area = quiet_areas(1)[0]
    assert clinic_found(other, area, p[0]) == REGISTRY.get("equity.language_clinic_ratio")
    assert understood(other, DIABETES, area, p[0]) == REGISTRY.get("equity.language_control_ratio")
    assert understood(other, HYPERTENSION, area, p[0]) == 1.0
    area.interpreters = 1.0
    assert clinic_found(other, area, p[0]) == understood(other, DIABETES, area, p[0]) == 1.0
