"""Visits, stays and readmissions by hand: what each draw decides, and which month a readmission belongs to."""

import numpy as np
import pytest

from sim.member import access, care, dental_benefit, emergency, offer
from sim.member.decisions import (
    ADMISSION,
    ADMISSION_DAY,
    AMBULATORY_SENSITIVE,
    ANCILLARY_SERVICES,
    ASK,
    ATTACH,
    EMERGENCY_VISITS,
    LEAK,
    LEAK_OF,
    LOST,
    PREVENTIVE,
    READMISSION,
    READMISSION_DELAY,
    SCREEN_NEEDS,
    WELL_VISITS,
)
from sim.schema import (
    ANCILLARY,
    BEHAVIORAL,
    BEHAVIORAL_CAUSE,
    CAUSES,
    DENTAL,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    FRACTION_GRID,
    HEART_FAILURE,
    HYPERTENSION,
    INJURY,
    INPATIENT,
    OFF_COVER,
    ORAL_DISEASE,
    OUTPATIENT,
    PHARMACY,
    PRIMARY,
    SENSITIVE,
    SPECIALIST,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

CARE, ACCESS, OFFER = rules_of(care), rules_of(access), rules_of(offer, draw=lambda *_: 0.0)
DEPARTMENT = rules_of(emergency)
BENEFIT = rules_of(dental_benefit)
SEED = np.uint64(3)


def day(n):
    return (n - 0.5) / 30


def stays(who, rate=0.0, **at):
    """Let a member pass a month in which the hospital may admit (0.2) and readmit (0.3), on days that are drawn."""
    lanes = {"admit": ADMISSION, "day": ADMISSION_DAY, "again": READMISSION, "delay": READMISSION_DELAY}
    t = a_month(rate=np.where(np.arange(9) == INPATIENT, rate, 0.0))
    p = numbers(care_admission_cap=0.5, care_readmission_adult=0.3, care_readmission_heart_failure_ratio=1)
    CARE.stay_in_hospital(who, t, an_area(), drawing({lanes[name]: value for name, value in at.items()}), 0, SEED, p)
    return (
        int(t.served[INPATIENT]),
        int(t.index_stays),
        int(t.readmissions),
        int(who.discharge_day),
        int(who.readmit_next),
    )


@pytest.mark.parametrize(
    ("who", "rate", "at", "expected"),
    [
        ({}, 0.2, {"admit": 0.21}, (0, 0, 0, 0, 0)),
        ({}, 0.2, {"admit": 0.19, "day": day(9)}, (1, 1, 0, 9, 0)),
        ({}, 5.0, {"admit": 0.51}, (0, 0, 0, 0, 0)),  # the chance is capped at a half
        # a readmission due from last month: one stay, one readmission, and it is not due again
        ({"readmit_next": 5, "discharge_day": 28}, 0, {}, (1, 1, 1, 5, 0)),
        # a discharge on day 9 and a delay of 6 days (the sixth of thirty): day 15 of the same month
        ({}, 0.2, {"admit": 0.1, "day": day(9), "again": 0.29, "delay": day(6)}, (2, 2, 1, 15, 0)),
        ({}, 0.2, {"admit": 0.1, "day": day(9), "again": 0.31, "delay": day(6)}, (1, 1, 0, 9, 0)),
        # day 28 and six days: day 4 of the next month, which is when it counts
        ({}, 0.2, {"admit": 0.1, "day": day(28), "again": 0.29, "delay": day(6)}, (1, 1, 0, 28, 4)),
        # day 24 and six days: the last day of this month
        ({}, 0.2, {"admit": 0.1, "day": day(24), "again": 0.29, "delay": day(6)}, (2, 2, 1, 30, 0)),
        # an ordinary admission within 30 days of last month's discharge is a readmission, a later one is not
        ({"discharge_day": 20}, 0.2, {"admit": 0.1, "day": day(20)}, (1, 1, 1, 20, 0)),
        ({"discharge_day": 20}, 0.2, {"admit": 0.1, "day": day(21)}, (1, 1, 0, 21, 0)),
        # after the readmission that was due, a second stay in the month is one too
        ({"readmit_next": 5, "discharge_day": 28}, 0.2, {"admit": 0.1, "day": day(12)}, (2, 2, 2, 12, 0)),
        # a stay on the day of that discharge, or before it, is none; who left last is the one who may come back
        ({"readmit_next": 12, "discharge_day": 28}, 0.2, {"admit": 0.1, "day": day(12)}, (2, 2, 1, 12, 0)),
        ({"readmit_next": 25, "discharge_day": 28}, 0.2, {"admit": 0.1, "day": day(12)}, (2, 2, 1, 25, 0)),
    ],
)
def test_stays_of_a_month(who, rate, at, expected):
    assert stays(someone(**who), rate, **at) == expected


def test_a_readmission_that_falls_into_the_next_month_is_counted_once():
    who = someone()
    first = stays(who, 0.2, admit=0.1, day=day(28), again=0.0, delay=day(6))
    second = stays(who, 0.0)
    third = stays(who, 0.0)
    assert [month[0] for month in (first, second, third)] == [1, 1, 0]
    assert [month[2] for month in (first, second, third)] == [0, 1, 0]


def test_providers_who_follow_up_keep_away_stays_after_a_discharge_and_no_others():
    """Half as many: a draw of .15 is below .2, and not below .1."""
    p = numbers(care_admission_cap=0.5, quality_loop_readmission_ratio=0.5)
    for discharged, admitted in ((0, 1), (20, 0), (8, 1)):  # on day 9: within 30 days of day 20 of last month
        t = a_month(rate=np.where(np.arange(9) == INPATIENT, 0.2, 0.0))
        draws = drawing({ADMISSION: 0.15, ADMISSION_DAY: day(9)})
        CARE.stay_in_hospital(someone(discharge_day=discharged), t, an_area(closed_loops=1.0), draws, 0, SEED, p)
        assert t.served[INPATIENT] == admitted


def test_drugs_outpatient_care_and_tests_may_need_approval():
    asked = []
    rules = rules_of(care, ask_approval=lambda m, t, here, service, *_: asked.append(service))
    rules.receive_care(someone(), a_month(), an_area(), drawing(), 0, SEED, numbers())
    assert sorted(asked) == sorted([PHARMACY, OUTPATIENT, ANCILLARY])


def test_the_chance_of_a_readmission():
    p = numbers(
        care_readmission_crisis=0.5,
        care_readmission_child=0.05,
        care_readmission_adult=0.1,
        care_readmission_heart_failure_ratio=1.5,
    )
    for who, chance in (
        ({}, 0.1),
        ({"age_months": 215}, 0.05),
        ({"present": 1 << HEART_FAILURE}, 0.15),
        ({"crisis": 1, "age_months": 215}, 0.5),
    ):
        assert CARE.readmission_probability(someone(**who), p) == pytest.approx(chance)


def test_a_birth_is_a_stay_of_its_own_and_starts_no_readmission():
    who, t = someone(), a_month(delivered=1)
    CARE.stay_in_hospital(who, t, an_area(), drawing({READMISSION: 0.0}), 0, SEED, numbers(delivery_days=2))
    assert (t.served[INPATIENT], t.inpatient_days, t.index_stays, t.readmissions) == (1, 2, 0, 0)
    assert (who.stays_year, who.discharge_day) == (1, 0)
    # an ordinary stay of 6 days and a birth of 2, in one month of a year that had a stay already
    who, t = someone(stays_year=1), a_month(delivered=1, rate=np.full(9, 0.2))
    p = numbers(delivery_days=2, length_of_stay=6, care_admission_cap=0.5, care_readmission_adult=0.3)
    CARE.stay_in_hospital(who, t, an_area(), drawing({ADMISSION: 0.1, ADMISSION_DAY: day(9)}), 0, SEED, p)
    assert (t.served[INPATIENT], t.inpatient_days, t.index_stays, t.readmissions) == (2, 8, 1, 0)
    assert (who.stays_year, who.discharge_day) == (3, 9)


def test_stays_that_prevention_could_avoid():
    p = numbers(
        care_ambulatory_sensitive_share=0.1,
        care_ambulatory_sensitive_uncontrolled=2,
        care_ambulatory_sensitive_other=0.5,
    )
    tension = 1 << HYPERTENSION
    assert CARE.sensitive_share(someone(present=tension), p) == pytest.approx(0.2)
    assert CARE.sensitive_share(someone(present=tension, controlled=tension), p) == pytest.approx(0.05)
    for v, counted in ((0.19, 1), (0.21, 0)):
        t = a_month()
        CARE.admit(someone(present=tension), t, 9, an_area(), drawing({AMBULATORY_SENSITIVE: v}), 0, SEED, p)
        assert t.ambulatory_sensitive_stays == counted


@pytest.mark.parametrize(("drawn", "days"), [(0.49, 4), (0.51, 3)])
def test_days_beyond_the_first_are_saved_and_never_the_first(drawn, days):
    """A stay of 6 days, of whose other 5 half are saved: 2.5, so 2 or 3."""
    rules, p = rules_of(care, draw=lambda *_: drawn), numbers(length_of_stay=6)
    assert rules.days_of_stay(someone(), an_area(shortened=0.5), 0.5, SEED, p) == days
    assert rules.days_of_stay(someone(), an_area(shortened=1.0), 0.5, SEED, p) == 1
    assert rules.days_of_stay(someone(), an_area(), 0.5, SEED, p) == 6


def emergencies(who, unmet=0, **at):
    lanes = {"visits": EMERGENCY_VISITS, "leak": LEAK}
    rate = np.zeros(9)
    rate[EMERGENCY] = 0.1
    t = a_month(rate=rate, unmet=[unmet, 0, 0, 0])
    p = numbers(care_frequent_visits=2.0, access_leak_to_emergency=0.5)
    draws = drawing({lanes[name]: value for name, value in at.items()})
    DEPARTMENT.come_to_emergency(who, t, an_area(), draws, 0, SEED, p)
    DEPARTMENT.stays_through_emergency(who, t, SEED, p)
    assert who.ed_year == t.served[EMERGENCY] == sum(t.causes)
    return int(t.served[EMERGENCY])


def test_emergency_visits():
    """exp(-0.1) = .905: a draw of .09 means one visit, .11 none; at 2.1 the chance of any is 1 - exp(-2.1) = .878."""
    assert emergencies(someone(), visits=0.09) == 1
    assert emergencies(someone(), visits=0.11) == 0
    assert emergencies(someone(frequent=1), visits=0.87) == 1
    assert emergencies(someone(frequent=1, age_months=215), visits=0.87) == 0  # the class is one of adults
    assert emergencies(someone(), unmet=2, leak=0.5) == 1  # half of the two that were needed and not had


def test_clocks_of_primary_care_and_of_screening():
    who, here = someone(since_primary=4, since_screened=6, needs=0b11), an_area(screening=0.5)
    CARE.visit_primary_care(who, a_month(), here, drawing({SCREEN_NEEDS: 0.1}), 0, numbers())
    assert (who.since_primary, who.since_screened, who.known_needs) == (5, 7, 0)  # without a visit nobody asks
    CARE.visit_primary_care(who, a_month(served=1), here, drawing({SCREEN_NEEDS: 0.51}), 0, numbers())
    assert (who.since_primary, who.since_screened, who.known_needs) == (0, 8, 0)
    CARE.visit_primary_care(who, a_month(served=1), here, drawing({SCREEN_NEEDS: 0.49}), 0, numbers())
    assert (who.since_primary, who.since_screened, who.known_needs) == (0, 0, 0b11)


def test_preventive_visits():
    p = numbers(
        care_preventive_share=0.3, care_infant_well_visits=0.5, care_well_child_visits=0.1, care_well_child_until=84
    )
    ages = {480: 0.3, 6: 0.5 / 0.75, 11: 0.5 / 0.75, 12: 0.1 / 0.35, 24: 0.1 / 0.35, 83: 0.1 / 0.35, 84: 0.3}
    for age, share in ages.items():
        who, rate = someone(age_months=age), np.full(9, 0.25)
        assert CARE.preventive_share(who, a_month(rate=rate), p) == pytest.approx(share)
        t = a_month(rate=rate, served=1)
        CARE.visit_primary_care(who, t, an_area(), drawing({PREVENTIVE: share + 0.01}), 0, p)
        assert t.preventive_visits == 0


def test_unmet_needs_come_to_the_emergency_department_for_their_own_cause():
    """Half of two unmet visits of each kind, whatever the draw; none for specialist care, whose chance is 0."""
    chances = np.array([0.5, 0.0, 0.5, 0.5, 0, 0, 0, 0, 0])
    p = numbers(access_leak_to_emergency=chances)
    for service, cause in ((PRIMARY, "treatable"), (SPECIALIST, None), (BEHAVIORAL, "behavioral"), (DENTAL, "dental")):
        t = a_month(unmet=2 * (np.arange(4) == service))
        DEPARTMENT.lost_visits(someone(), t, drawing(), 0, SEED, p)
        assert dict(zip(CAUSES, t.causes.tolist(), strict=True)) == {name: int(name == cause) for name in CAUSES}


def test_each_kind_of_unmet_visit_has_a_draw_of_its_own():
    """One unmet visit of each, of which half come: the draw for behavioral care is late, the one for dental early."""
    for late, cause in ((BEHAVIORAL, "behavioral"), (DENTAL, "dental")):
        drawn = {LEAK_OF + service: 0.9 if service == late else 0.1 for service in (BEHAVIORAL, DENTAL)}
        rules = rules_of(emergency, draw=lambda *which, drawn=drawn: drawn[which[-1]])
        t = a_month(unmet=np.isin(np.arange(4), (BEHAVIORAL, DENTAL)))
        rules.lost_visits(someone(), t, drawing(), 0, SEED, numbers(access_leak_to_emergency=0.5))
        assert [name for name, visits in zip(CAUSES, t.causes, strict=True) if visits] == [cause]


def test_what_coordination_avoids_is_gone_from_the_visits_that_could_be_avoided():
    """60 of 100 could be avoided and half of these are: of the 70 that are left, 30 could be."""
    rules = rules_of(emergency, draw=lambda *_: 0.5)
    t = a_month(causes=100 * (np.array(CAUSES) == "treatable"))
    rules.avoid(someone(), t, an_area(avoidable=0.5), 0.0, 0.5, SEED, numbers(avoidable_of_treatable=0.6))
    assert (sum(t.causes), t.avoidable_ed_visits) == (70, 30)


def test_the_causes_of_visits_that_conditions_add():
    """Diabetes trebles visits: of 300, 200 are added; half of these are of its own cause, the rest are mixed."""
    table = np.zeros_like(numbers().care_excess)
    table[DIABETES, :, EMERGENCY] = 2
    divide = rules_of(emergency, worsened=lambda *_: 1.0).divide
    p = numbers(care_excess=table, care_emergency_own_cause=0.5, care_emergency_mix=[0.6, 0.4, 0, 0, 0, 0])
    for who, causes in ((someone(), [180, 120, 0, 0, 0, 0]), (someone(present=1 << DIABETES), [120, 80, 100, 0, 0, 0])):
        t = a_month()
        divide(who, t, 300, 0.0, 0.5, p)
        assert t.causes.tolist() == pytest.approx(causes, abs=1)
        assert t.causes.sum() == 300


def test_visits_that_take_the_place_of_primary_care_are_treatable_there():
    """Of 300 a third came instead of primary care; of the other 200 a half has its own cause, the rest is 60 to 40."""
    table = np.zeros_like(numbers().care_excess)
    table[DIABETES, :, EMERGENCY] = 1e9
    divide = rules_of(emergency, worsened=lambda *_: 1.0).divide
    p = numbers(care_excess=table, care_emergency_own_cause=0.5, care_emergency_mix=[0.6, 0.4, 0, 0, 0, 0])
    t = a_month()
    divide(someone(present=1 << DIABETES), t, 300, 1 / 3, 0.5, p)
    assert t.causes.tolist() == pytest.approx([60, 140, 100, 0, 0, 0], abs=1)


def test_primary_care_that_nobody_asked_for_is_lost_like_other_primary_care():
    """Barriers halve requests: .3 are left, .3 are missing, and a tenth of these come to the emergency department."""
    t, p = a_month(friction=np.log(0.5)), numbers(access_leak_to_emergency=0.1)
    t.rate[PRIMARY] = 0.3
    assert DEPARTMENT.instead_of_asking(t, p) == pytest.approx(0.03, rel=1e-4)


def test_each_kind_of_condition_adds_visits_of_its_own_cause_and_all_others_are_divided_as_usual():
    """Visits are trebled: by 1 of the body, .6 of the mind, .4 of the teeth; .5, .25 and .75 of these are their own."""
    table = np.zeros_like(numbers().care_excess)
    for condition, more in ((DIABETES, 1.0), (DEPRESSION, 0.6), (ORAL_DISEASE, 0.4)):
        table[condition, :, EMERGENCY] = more
    own = np.zeros(len(CAUSES))
    own[[emergency.SENSITIVE, emergency.BEHAVIORAL_CAUSE, emergency.DENTAL_CAUSE]] = 0.5, 0.25, 0.75
    p = numbers(care_excess=table, care_emergency_own_cause=own, care_emergency_mix=[0.6, 0.4, 0, 0, 0, 0])
    who = someone(present=1 << DIABETES | 1 << DEPRESSION | 1 << ORAL_DISEASE)
    t = a_month()
    rules_of(emergency, worsened=lambda *_: 1.0).divide(who, t, 6000, 0.0, 0.5, p)
    expected = np.zeros(len(CAUSES))
    expected[[emergency.SENSITIVE, emergency.BEHAVIORAL_CAUSE, emergency.DENTAL_CAUSE]] = 1000, 300, 600
    expected[:2] += 0.6 * 4100, 0.4 * 4100
    assert t.causes.tolist() == pytest.approx(expected.tolist(), abs=1)


def test_stays_bring_the_visits_with_which_they_begin():
    p = numbers(care_stays_through_emergency=1.0, care_emergency_own_cause=0)
    for stays, sensitive, causes in ((0, 0, [0, 0, 0]), (3, 1, [2, 0, 1])):
        t = a_month(index_stays=stays, ambulatory_sensitive_stays=sensitive)
        DEPARTMENT.stays_through_emergency(someone(), t, SEED, p)
        assert (t.emergency_admitted, t.served[EMERGENCY], t.causes[:3].tolist()) == (stays, stays, causes)


def test_a_stay_through_the_emergency_department_has_one_cause():
    """Of four stays two are sensitive; of the other two a half belongs to mental illness, which doubles visits."""
    department = rules_of(emergency, added_by_conditions=lambda m, p: (1.0, 2.0, 1.0))
    t = a_month(index_stays=4, ambulatory_sensitive_stays=2)
    p = numbers(care_stays_through_emergency=1.0, care_emergency_own_cause=1.0)
    department.stays_through_emergency(someone(), t, SEED, p)
    found = {cause: t.causes[cause] for cause in range(len(CAUSES)) if t.causes[cause]}
    assert found == {SENSITIVE: 2, BEHAVIORAL_CAUSE: 1, INJURY: 1}
    assert t.served[EMERGENCY] == 4


def test_who_goes_without_dental_care_if_the_benefit_ends():
    p = numbers(access_pays_dental=0.4)
    for who, benefit, pays, covers in (
        ({}, 1.0, 1.0, 1.0),
        ({}, 0.0, 0.4, 0.0),
        ({}, 0.5, 0.7, 0.5 / 0.7),
        ({"age_months": 251}, 0.0, 1.0, 1.0),
    ):
        here = an_area(dental_benefit=benefit)
        assert BENEFIT.affordable(someone(**who), here, p) == pytest.approx(pays)
        assert BENEFIT.covered(someone(**who), here, p) == pytest.approx(covers)
    assert BENEFIT.affordable(someone(status=OFF_COVER), an_area(dental_benefit=0), p) == 1  # they never had it


def test_a_needed_visit_that_is_withheld_is_unmet_and_one_that_is_replaced_is_met():
    """Four needed visits, all of them withheld, or all replaced; nobody waits."""
    for decided, unmet, replaced in (({"withheld": 1.0}, 4, 0), ({"replaced": 1.0}, 0, 4), ({}, 0, 0)):
        t = a_month(asked=4 * (np.arange(9) == PRIMARY))
        here, clinic = an_area(), a_clinic(**decided)
        OFFER.offer_visits(someone(), t, here, clinic, drawing(), 0, SEED, numbers(access_induced_share=0))
        assert (t.unmet[PRIMARY], t.primary_replaced, t.served[PRIMARY]) == (unmet, replaced, 4 - unmet - replaced)


@pytest.mark.parametrize(("withheld", "unmet"), [(0.5, 1), (1.0, 2)])
def test_visits_are_withheld_of_those_that_nothing_replaces(withheld, unmet):
    """Of four needed visits two are replaced; a half or all of the other two are withheld."""
    t = a_month(asked=4 * (np.arange(9) == PRIMARY))
    clinic, p = a_clinic(replaced=0.5, withheld=withheld), numbers(access_induced_share=0)
    OFFER.offer_visits(someone(), t, an_area(), clinic, drawing(), 0, SEED, p)
    assert (t.primary_replaced, t.withheld[PRIMARY], t.served[PRIMARY]) == (2, unmet, 2 - unmet)


def asked(who, service, rate=0.0):
    """Ask at draws of .5: of a Poisson count with mean 3 that is 3, with mean 0 none."""
    t = a_month(rate=np.where(np.arange(9) == service, rate, 0.0))
    p = numbers(
        care_prenatal_visits=3,
        care_postpartum_visits=3,
        quality_postpartum_until=2,
        care_infant_well_visits=3,
        care_well_child_visits=3,
        care_well_child_until=84,
        access_induced_share=0,
    )
    ACCESS.ask_for_visits(who, t, drawing({ASK + service: 0.5, WELL_VISITS: 0.5}), 0, p)
    return int(t.asked[service])


def test_visits_that_are_asked_for():
    assert asked(someone(), SPECIALIST) == 0
    assert asked(someone(), SPECIALIST, rate=3) == 3
    assert asked(someone(pregnant=1), SPECIALIST) == 3
    assert [asked(someone(postpartum=n), SPECIALIST) for n in range(4)] == [0, 3, 3, 0]
    assert [asked(someone(age_months=age), PRIMARY) for age in (3, 12, 83, 84)] == [3, 3, 3, 0]


def test_primary_care_is_lost_to_the_wait_of_the_clinic_and_other_care_to_that_of_the_area():
    for service, of_area, of_clinic, given in (
        (PRIMARY, 0.0, 0.0, 3),
        (PRIMARY, 1 / 3, 0.0, 3),
        (PRIMARY, 0.0, 1 / 3, 2),
        (SPECIALIST, 1 / 3, 0.0, 2),
        (SPECIALIST, 0.0, 1 / 3, 3),
    ):
        t = a_month(asked=3 * (np.arange(9) == service))
        p = numbers(access_induced_share=0)
        u = drawing({LOST + service: 0.0})
        OFFER.offer_visits(someone(), t, an_area(lost=of_area), a_clinic(lost=of_clinic), u, 0, SEED, p)
        assert (t.served[service], t.unmet[service]) == (given, 3 - given)


@pytest.mark.parametrize(
    ("attached", "visits", "v", "after"),
    [(1, 0, 0.09, 0), (1, 0, 0.11, 1), (0, 1, 0.19, 1), (0, 1, 0.21, 0), (0, 0, 0.0, 0)],
)
def test_a_usual_clinic_is_lost_and_found(attached, visits, v, after):
    who, t = someone(attached=attached), a_month(asked=visits)
    p = numbers(access_detach=0.1, access_attach=0.4, access_log_experience=0)
    ACCESS.keep_or_find_clinic(who, t, an_area(), a_clinic(intake=0.5), drawing({ATTACH: v}), 0, p)
    assert who.attached == after


@pytest.mark.parametrize(
    ("who", "behind", "leavers", "chance"),
    [
        ({"trust": 0.75}, 0.0, 0, 0.1),  # the usual experience
        ({"trust": 0.25}, 0.0, 0, 0.2),  # half of the way from best to worst: the root of 4
        ({"trust": 1.0}, 0.0, 0, 0.1 / 4**0.25),
        ({"trust": 0.75}, np.log(1.5), 0, 0.15),  # members who look at published rates, and rates that are behind
        ({"trust": 0.25}, 0.0, 0.01, 0.21),  # one in a hundred because clinicians leave, beyond the usual
        ({"trust": 0.25}, 0.0, -0.01, 0.19),  # fewer clinicians leave
        ({"trust": 0.75}, 0.0, -0.2, 0.0),
        ({"trust": 0.0, "status": OFF_COVER}, 1.0, 0.1, 0.03),
    ],
)
def test_who_had_bad_experience_is_likelier_to_leave_the_usual_clinic(who, behind, leavers, chance):
    p = numbers(
        access_detach=0.1, access_detach_off_cover=0.03, access_log_experience=np.log(4), access_usual_experience=0.75
    )
    member = someone(**who | {"trust": round(who["trust"] * FRACTION_GRID)})
    here, clinic = an_area(rated_behind=behind), a_clinic(leavers=leavers)
    assert ACCESS.chance_to_leave(member, here, clinic, p) == pytest.approx(chance, rel=1e-4)


def test_the_class_of_very_frequent_emergency_users_is_one_of_adults():
    p = numbers(care_frequent_visits=2.0)
    for who, visits in (({}, 0.1), ({"frequent": 1}, 2.1), ({"frequent": 1, "age_months": 215}, 0.1)):
        assert DEPARTMENT.expected_visits(someone(**who), 0.1, p) == pytest.approx(visits)


def test_visits_of_the_month_count_for_the_year_and_restart_their_clocks():
    """Two fills, three outpatient visits, four tests; two visits to primary care, three behavioral, one dental."""
    nothing = dict.fromkeys(("come_to_emergency", "stay_in_hospital", "stays_through_emergency", "visit_primary_care"))
    rules = rules_of(
        care,
        **{name: lambda *_: None for name in nothing},
        tests_needed=lambda *_: 9.0,
        poisson=lambda rate, u, table: int(rate) if u > 0.5 else 4,
    )
    who = someone(primary_year=10, behavioral_year=20, dental_year=30, since_care=[5, 6, 11, 12])
    t = a_month(
        served=of_kinds({PRIMARY: 2, BEHAVIORAL: 3, DENTAL: 1}), rate=of_kinds({PHARMACY: 2.0, OUTPATIENT: 3.0})
    )
    rules.receive_care(who, t, an_area(), drawing({ANCILLARY_SERVICES: 0.1}), 0, SEED, numbers())
    assert (t.served[PHARMACY], t.served[OUTPATIENT], t.served[ANCILLARY]) == (2, 3, 4)
    assert (who.primary_year, who.behavioral_year, who.dental_year) == (12, 23, 31)
    since = {service: int(who.since_care[service - SPECIALIST]) for service in range(SPECIALIST, PHARMACY + 1)}
    assert since == {SPECIALIST: 6, BEHAVIORAL: 0, DENTAL: 0, PHARMACY: 0}
    rules.receive_care(who, a_month(), an_area(), drawing({ANCILLARY_SERVICES: 0.1}), 0, SEED, numbers())
    assert list(who.since_care) == [7, 1, 1, 1]
    who.since_care = 12
    rules.receive_care(who, a_month(), an_area(), drawing({ANCILLARY_SERVICES: 0.1}), 0, SEED, numbers())
    assert list(who.since_care) == [12] * 4  # what is longer ago is as long ago


def of_kinds(values):
    return [values.get(service, 0) for service in range(9)]
