"""Where two rules of a member's month meet: languages, pregnancy, a stay that is refused, a smoker who starts again."""

import numpy as np
import pytest

from sim.member import access, away, barriers, care, control, served, smoking
from sim.member.decisions import ADMISSION, ADMISSION_DAY, SMOKING
from sim.schema import (
    BEHAVIORAL,
    DEPRESSION,
    DEPRESSION_FOLLOW_UP,
    DIABETES,
    EMERGENCY,
    HYPERTENSION,
    INPATIENT,
    SERVICES,
    SPECIALIST,
    SUBSTANCE_USE,
    TREATMENT_ENGAGEMENT,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

N, SEED = len(SERVICES), 7
BARRIERS, ACCESS = rules_of(barriers), rules_of(access)


@pytest.mark.parametrize(("language", "found"), [(0, (0.0, 1.0, 1.0)), (1, (-0.1, 0.8, 0.9)), (2, (-0.1, 0.8, 0.9))])
def test_every_language_but_english_stands_between_members_and_care(language, found):
    """Interpreters for three in four: a quarter of what a language takes from asks, clinics and control is left."""
    p = numbers(
        access_log_language=-0.4, equity_language_clinic_ratio=0.2, equity_language_control_ratio=0.6,
        equity_log_distrust=0, equity_log_day_off=0,
    )  # fmt: skip
    who, here, rate = someone(language=language), an_area(interpreters=0.75), np.zeros(N)
    asks = BARRIERS.face_barriers(who, rate, here, p)
    assert (asks, BARRIERS.clinic_found(who, here, p), BARRIERS.understood(who, DIABETES, here, p)) == pytest.approx(
        found
    )
    assert BARRIERS.understood(who, HYPERTENSION, here, p) == 1


def test_distance_keeps_nobody_from_primary_care():
    """What barriers take from primary care is told apart: half of it turns up in the emergency department."""
    p = numbers(access_log_rural_specialist=-0.8, equity_outreach=0.25, equity_log_distrust=-0.2)
    rate = np.zeros(N)
    kept = BARRIERS.face_barriers(someone(rurality=1, wary=4096), rate, an_area(), p)
    assert kept == pytest.approx(-0.2)
    assert rate[: EMERGENCY + 1] == pytest.approx([-0.2, -0.8, -0.8, -0.2, -0.2, 0.0])


@pytest.mark.parametrize(("who", "rate"), [({"pregnant": 4}, 1.2), ({"postpartum": 2}, 0.9), ({}, 0.5)])
def test_visits_of_a_pregnancy_are_part_of_the_rate_on_which_practices_build(who, rate):
    """.7 before and .4 after a birth beside .5 of a specialist: induced visits are a part of all of them."""
    p = numbers(care_prenatal_visits=0.7, care_postpartum_visits=0.4, quality_postpartum_until=2)
    t = a_month(rate=np.full(N, 0.5))
    ACCESS.ask_for_visits(someone(**who), t, drawing(), 0, p)
    assert t.rate[SPECIALIST] == pytest.approx(rate)
    assert t.rate[BEHAVIORAL] == pytest.approx(0.5)


@pytest.mark.parametrize(("needed", "counted"), [(0.0, (1, 0)), (1.0, (1, 1))])
def test_a_stay_that_is_refused_may_have_been_needed(needed, counted):
    p = numbers(
        care_admission_cap=0.5, care_stays_through_emergency=0, care_readmission_adult=0, authorization_needed=needed
    )
    t = a_month(rate=np.where(np.arange(N) == INPATIENT, 0.2, 0.0))
    u = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5})
    rules_of(care).stay_in_hospital(someone(in_cco=1), t, an_area(refused=np.ones(N)), u, 0, SEED, p)
    assert t.served[INPATIENT] == 0
    assert (t.refused_services, t.refused_needed) == counted


@pytest.mark.parametrize(("service", "dollars"), [("specialist", 0.8 * 200), ("behavioral", 0.8 * 150 + 0.06 * 1000)])
def test_lost_visits_of_who_is_away_leak_by_their_own_service(service, dollars):
    """A fifth of one visit is lost; three in ten lost behavioral visits turn up as emergency visits."""
    price = np.zeros(N)
    price[[SPECIALIST, BEHAVIORAL, EMERGENCY]] = 200, 150, 1000
    leak = np.zeros_like(numbers().access_leak_to_emergency)
    leak[BEHAVIORAL] = 0.3
    leak[0] = 0.9
    p = numbers(spending_price_by_age=price, access_leak_to_emergency=leak)
    t = a_month(rate=[float(name == service) for name in SERVICES])
    here = an_area(lost=np.full(N, 0.2))
    cents = rules_of(away).expected_care(someone(), t, here, a_clinic(), p)
    assert cents == round(100 * dollars)


def test_who_starts_to_smoke_again_has_the_full_risk_at_once():
    p = numbers(treatment_smoking_start=0.05, treatment_smoking_risk_half_life=0.25)
    who = someone(smoking_risk=900, age_months=480)
    rules_of(smoking).change_smoking(who, a_month(), drawing({SMOKING: 0.04}), 0, p)
    assert (who.smokes, who.smoking_risk) == (1, 4096)


@pytest.mark.parametrize(
    ("condition", "metric"),
    [(DEPRESSION, DEPRESSION_FOLLOW_UP), (SUBSTANCE_USE, TREATMENT_ENGAGEMENT)],
)
def test_which_work_controls_a_mental_illness(condition, metric):
    """Work on the measure that goes with the condition, and on no other, brings it under control more often."""
    p = numbers(quality_control=0.5, health_control_gain=0.1, gain_if_seen=1, quality_loop_control=0)
    gain = rules_of(control).gain_probability
    for worked in range(len(an_area().deliver)):
        here = an_area(deliver=np.arange(len(an_area().deliver)) == worked)
        chance = 0.1 * np.exp(0.5 * (worked == metric))
        assert gain(someone(), condition, 0, here, p) == pytest.approx(chance, rel=1e-3)


def test_a_snapshot_is_not_written_to_after_it_was_restored():
    """The same months are gone on from twice: rows of the table are its own each time."""
    table = served.Served()
    table.rows["package_months"][1, 0] = 6
    kept = {"rows": np.array(table.rows), "free": np.array(table.free)}
    for _ in range(2):
        table.restore(kept)
        assert table.rows["package_months"][1, 0] == 6
        table.rows["package_months"][1, 0] += 1
