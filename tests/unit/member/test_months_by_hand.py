"""Months off cover, silos and months of needs by hand: prices, losses and shares that are all different from 1."""

import numpy as np
import pytest

from sim.member import access, away, communication, needs
from sim.schema import (
    ANCILLARY,
    AWAY,
    BEHAVIORAL,
    CONFLICTING,
    DENTAL,
    DUE_AFTER_EMERGENCY,
    EMERGENCY,
    ENROLLED,
    FOOD,
    HARMED,
    HOMELESSNESS,
    HOUSING,
    INPATIENT,
    MEMBER,
    NEEDS,
    OFF_COVER,
    OUTPATIENT,
    PHARMACY,
    PRIMARY,
    SERVICES,
    SPECIALIST,
)
from tests.support.by_hand import a_clinic, a_month, an_area, numbers, rules_of, someone

pytestmark = pytest.mark.quick

ELSEWHERE, ACCESS = rules_of(away), rules_of(access)
N = len(SERVICES)


def of_services(**by_service):
    return np.array([by_service.get(name, 0.0) for name in SERVICES])


PRICES = {
    "primary": 100.0,
    "specialist": 200.0,
    "behavioral": 150.0,
    "dental": 80.0,
    "pharmacy": 50.0,
    "emergency": 1000.0,
    "inpatient": 10_000.0,
    "outpatient": 300.0,
    "ancillary": 20.0,
}


def expected(who=None, here=None, clinic=None, delivered=0, rate=None, **changes):
    plain = {
        "spending_price_by_age": of_services(**PRICES),
        "spending_delivery_price": 8000.0,
        "care_admission_cap": 0.5,
        "care_readmission_adult": 0.2,
        "care_readmission_heart_failure_ratio": 1,
        "care_stays_through_emergency": 0.6,
        "access_leak_to_emergency": 0.25,
        "care_pregnancy_emergency_visits": 0.04,
        "care_prenatal_visits": 0.9,
        "care_frequent_visits": 0.7,
        "care_infant_well_visits": 0.5,
        "care_well_child_visits": 0.3,
        "care_well_child_until": 36,
    }
    t = a_month(rate=of_services(**(rate or {})), delivered=delivered)
    area = an_area(**({"price_index": np.full(N, 1.0), "lost": np.zeros(N)} | (here or {})))
    return ELSEWHERE.expected_care(
        someone(**(who or {})), t, area, a_clinic(**(clinic or {})), numbers(**(plain | changes))
    )


@pytest.mark.parametrize(
    ("rate", "dollars"),
    [
        ({"pharmacy": 2.0}, 100),
        ({"outpatient": 0.5, "ancillary": 3.0}, 150 + 60),
        ({"emergency": 0.3}, 300),
        # .1 stays and a fifth more come back; six of ten come through the emergency department
        ({"inpatient": 0.1}, 0.12 * 10_000 + 0.6 * 0.12 * 1000),
        ({"inpatient": 0.9}, 0.6 * 10_000 + 0.6 * 0.6 * 1000),  # capped at a half
        ({"primary": 1.5, "specialist": 0.5}, 150 + 100),
    ],
)
def test_what_a_month_off_cover_costs_at_list_prices(rate, dollars):
    assert expected(rate=rate) == round(100 * dollars)


def test_visits_that_are_lost_are_not_paid_and_a_part_comes_to_the_emergency_department():
    """A tenth of primary visits is lost at the clinic, a fifth of the others in the area; a quarter of them leaks."""
    lost = of_services(primary=0.9, specialist=0.2, behavioral=0.2, dental=0.2)
    cents = expected(here={"lost": lost}, clinic={"lost": 0.1}, rate={"primary": 2.0, "dental": 1.0})
    assert cents == round(100 * (2 * 0.9 * 100 + 0.8 * 80 + 0.25 * (0.2 + 0.2) * 1000))


def test_pregnancy_birth_and_frequent_use_cost_their_own():
    assert expected({"pregnant": 3}) == round(100 * (0.9 * 200 + 0.04 * 1000))
    assert expected(delivered=1) == 800_000
    assert expected({"frequent": 1}) == 70_000
    assert expected({"frequent": 1, "age_months": 120, "months_covered": 30}) == 0
    assert expected({"age_months": 6}) == 5_000
    assert expected({"age_months": 30}) == 3_000
    assert expected({"age_months": 36}) == 0


def test_prices_of_the_year_are_those_of_each_service():
    index = 1.0 + 0.1 * np.arange(N)
    cents = expected(here={"price_index": index}, delivered=1, rate={"pharmacy": 2.0, "emergency": 0.5})
    dollars = 8000 * index[INPATIENT] + 100 * index[PHARMACY] + 500 * index[EMERGENCY]
    assert cents == round(100 * dollars)


def test_the_chance_of_a_clinic_is_a_product_of_four():
    """Half of those who ask are taken; the clinic is .8 open; diversion and language each leave a part."""
    p = numbers(access_attach=0.5, equity_language_clinic_ratio=0.6)
    chance = ACCESS.chance_of_a_clinic
    assert chance(someone(), an_area(), a_clinic(intake=0.8), p) == pytest.approx(0.4)
    foreign = someone(language=1)
    assert chance(foreign, an_area(interpreters=0.25), a_clinic(intake=0.8), p) == pytest.approx(0.4 * (1 - 0.4 * 0.75))
    unwelcome = rules_of(access, welcome=lambda *_: 0.7)
    assert unwelcome.chance_of_a_clinic(foreign, an_area(interpreters=0.25), a_clinic(intake=0.8), p) == pytest.approx(
        0.4 * 0.7 * (1 - 0.4 * 0.75)
    )


def silos(served, shared=0.0, repeated=0.0, conflict=0.99, error=0.0, due=0):
    """A quarter of tests is repeated; conflicts .2 a month, errors .1 a fill; shared records leave .4, .5 and .6."""
    talk = rules_of(communication, draw_quad=lambda *_: (repeated, conflict, error, 0.99))
    p = numbers(
        quality_duplicate_share=0.25,
        quality_duplicate_ratio=0.4,
        quality_conflict=0.2,
        quality_conflict_ratio=0.5,
        quality_error=0.1,
        quality_error_ratio=0.6,
    )
    counts = np.zeros(N, dtype=int)
    for service, n in served.items():
        counts[service] = n
    who, t = someone(due=due), a_month(served=counts)
    talk.suffer_silos(who, t, an_area(shared_records=shared), np.uint64(3), p)
    return t.duplicate_tests, t.conflicting_treatments, t.medication_errors, who.due


TWO = {PRIMARY: 1, SPECIALIST: 1}


@pytest.mark.parametrize(
    ("served", "draws", "found"),
    [
        (TWO | {ANCILLARY: 4}, {"repeated": 0.01}, (1, 0, 0, 0)),  # a quarter of four
        (TWO | {ANCILLARY: 4}, {"repeated": 0.01, "shared": 1.0}, (0, 0, 0, 0)),
        ({PRIMARY: 2, ANCILLARY: 4}, {"repeated": 0.9}, (0, 0, 0, 0)),  # one kind of clinician
        (TWO | {PHARMACY: 1}, {"conflict": 0.19}, (0, 1, 0, CONFLICTING)),
        (TWO | {PHARMACY: 1}, {"conflict": 0.2}, (0, 0, 0, 0)),
        (TWO | {PHARMACY: 1}, {"conflict": 0.09, "shared": 1.0}, (0, 1, 0, CONFLICTING)),
        (TWO | {PHARMACY: 1}, {"conflict": 0.11, "shared": 1.0}, (0, 0, 0, 0)),
        (TWO | {PHARMACY: 10}, {}, (0, 0, 1, HARMED)),
        (TWO | {PHARMACY: 1}, {"error": 0.91}, (0, 0, 1, HARMED)),
        (TWO | {PHARMACY: 1}, {"error": 0.91, "shared": 1.0}, (0, 0, 0, 0)),
        (TWO | {PHARMACY: 1}, {"error": 0.95, "shared": 1.0}, (0, 0, 1, HARMED)),
        (TWO, {"repeated": 0.9, "conflict": 0.0, "error": 0.9}, (0, 0, 0, 0)),  # neither tests nor drugs
        ({PHARMACY: 10}, {"conflict": 0.0}, (0, 0, 0, 0)),
        ({EMERGENCY: 1, INPATIENT: 1, PHARMACY: 1}, {"conflict": 0.0}, (0, 1, 0, CONFLICTING)),
        ({BEHAVIORAL: 1, PRIMARY: 1, PHARMACY: 1}, {"conflict": 0.0}, (0, 1, 0, CONFLICTING)),
        ({DENTAL: 1, PRIMARY: 1, PHARMACY: 1, OUTPATIENT: 2}, {"conflict": 0.0}, (0, 0, 0, 0)),
    ],
)
def test_silos_matter_where_several_clinicians_treat_a_member(served, draws, found):
    assert silos(served, **draws) == found


def test_an_error_and_a_conflict_are_due_for_one_month():
    assert silos({}, due=HARMED | CONFLICTING | DUE_AFTER_EMERGENCY)[3] == DUE_AFTER_EMERGENCY


def test_a_visit_is_followed_up_where_it_is_due():
    talk, p = rules_of(communication), numbers(quality_loop_emergency_ratio=0.8)
    due, not_due, here = someone(due=DUE_AFTER_EMERGENCY), someone(due=HARMED), an_area(closed_loops=0.5)
    assert talk.after_emergency(due, here, p) == pytest.approx(0.9)
    assert talk.after_emergency(not_due, here, p) == 1.0


def people(**fields):
    members = np.zeros(5, MEMBER).view(np.recarray)
    members["status"] = [ENROLLED, OFF_COVER, AWAY, OFF_COVER, ENROLLED]
    members["area"] = [0, 0, 1, 1, 1]
    for name, values in fields.items():
        members[name] = values
    return members


def test_needs_off_cover_are_of_those_off_cover_and_away_by_area():
    found = np.zeros((2, len(NEEDS)), dtype=np.int64)
    two = 1 << FOOD | 1 << HOUSING
    rules_of(needs).count_needs_off_cover(people(needs=[two, two, 1 << FOOD, 1 << FOOD, two]), found)
    assert found[:, FOOD].tolist() == [1, 2]
    assert found[:, HOUSING].tolist() == [1, 0]
    assert found.sum() == 4


def test_homelessness_is_expected_of_those_who_have_a_home_and_are_here():
    """Chances .02, and .1 in unstable housing; nobody who is away or homeless already counts."""
    onset = np.zeros_like(numbers().need_onset)
    onset[..., 0, HOMELESSNESS], onset[..., 1, HOMELESSNESS] = 0.02, 0.1
    p = np.array([numbers(need_onset=onset, needs_homeless_health_loading=0, needs_homeless_mental_loading=0)])
    onsets = np.zeros(2, dtype=np.int64)
    members = people(needs=[0, 1 << HOUSING, 0, 1 << HOMELESSNESS, 1 << HOUSING])
    rules_of(needs).expect_homelessness(members, p.view(np.recarray), 1000, onsets)
    assert onsets.tolist() == [120, 100]
