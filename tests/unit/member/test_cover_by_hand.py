"""Cover, birth and death by hand: each clock month by month, each chance from its own numbers, each draw its own."""

import numpy as np
import pytest

from sim.member import enrollment, mortality
from sim.member.decisions import COVER, DEATH
from sim.member.enrollment import RENEWAL_RULES
from sim.schema import (
    AGED,
    AWAY,
    CHILD,
    DISABLED,
    ENROLLED,
    EXPANSION,
    HOMELESSNESS,
    MALE,
    OFF_COVER,
    OPIOID_USE,
    PARENT,
    POSTPARTUM_CARE,
    PRENATAL_CARE,
    VACANT,
)
from tests.support.by_hand import a_month, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

RULES = rules_of(enrollment)
ANNUAL, CONTINUOUS, EMERGENCY = range(len(RENEWAL_RULES))
COVER_NUMBERS = {
    "month_of_year": 5,
    "enrollment_off_renewal_exit": 0.01,
    "enrollment_renewal_loss": 0.2,
    "enrollment_exit_ratio": [1, 2, 3, 0.5, 0.25],
    "enrollment_homeless_exit_ratio": 1.5,
    "enrollment_age_19_exit": 0.3,
    "enrollment_age_65_exit": 0.4,
    "enrollment_return_early": 0.12,
    "enrollment_return_middle": 0.06,
    "enrollment_return_late": 0.03,
    "enrollment_return_early_until": 3,
    "enrollment_return_middle_until": 6,
    "enrollment_return_ratio": [2, 1, 1, 1, 0.5],
}


def of_cover(rule=ANNUAL, **more):
    return numbers(renewal_rule=rule, **(COVER_NUMBERS | more))


@pytest.mark.parametrize(
    ("rule", "years", "renewals"),
    [(ANNUAL, 30, [12, 24, 36, 48]), (ANNUAL, 3, [12, 24, 36, 48]), (CONTINUOUS, 30, [24, 48]), (CONTINUOUS, 3, [])],
)
def test_the_months_of_a_span_in_which_cover_is_up_for_renewal(rule, years, renewals):
    p = of_cover(rule)
    seen = [n for n in range(49) if RULES.is_renewal(someone(age_months=12 * years, months_covered=n), p)]
    assert seen == renewals


def test_continuous_cover_of_a_child_is_renewed_from_the_sixth_birthday_on():
    p = of_cover(CONTINUOUS)
    assert not RULES.is_renewal(someone(age_months=71, months_covered=24), p)
    assert RULES.is_renewal(someone(age_months=72, months_covered=24), p)


@pytest.mark.parametrize(
    ("who", "rule", "chance"),
    [
        ({"months_covered": 7, "eligibility": PARENT}, ANNUAL, 0.01 * 2),
        ({"months_covered": 24, "eligibility": PARENT}, ANNUAL, 0.21 * 2),
        ({"months_covered": 24, "eligibility": EXPANSION}, ANNUAL, 0.21 * 3),
        ({"months_covered": 7, "eligibility": PARENT, "needs": 1 << HOMELESSNESS}, ANNUAL, 0.01 * 2 * 1.5),
        ({"months_covered": 7, "eligibility": PARENT}, CONTINUOUS, 0),
        ({"months_covered": 12, "eligibility": PARENT}, CONTINUOUS, 0),
        ({"months_covered": 24, "eligibility": PARENT}, CONTINUOUS, 0.21 * 2),
        ({"months_covered": 24, "eligibility": PARENT}, EMERGENCY, 0),
        ({"age_months": 228, "eligibility": CHILD}, ANNUAL, 0.3),
        ({"age_months": 780, "eligibility": PARENT}, ANNUAL, 0.4),
        ({"age_months": 780, "eligibility": DISABLED, "months_covered": 7}, ANNUAL, 0.01 * 0.5),
    ],
)
def test_the_chance_to_lose_cover(who, rule, chance):
    assert RULES.exit_probability(someone(**who), of_cover(rule)) == pytest.approx(chance)


def test_the_chance_to_come_back_falls_with_the_time_off_cover():
    p = of_cover()
    back = [RULES.return_probability(someone(months_off=n, eligibility=PARENT), p) for n in range(9)]
    assert back == pytest.approx([0.12] * 4 + [0.06] * 3 + [0.03] * 2)
    assert RULES.return_probability(someone(months_off=9, eligibility=CHILD), p) == pytest.approx(0.06)


NO_TREATMENT = {  # what treatment and smoking do to deaths: test_treatment.py
    "treatment_log_death": 0,
    "treatment_smoking_death_ratio": 1,
    "treatment_opioid_death_left": 1,
    "treatment_opioid_mean_death": 1,
}


def enrolled_for_a_month(who, u, **more):
    t = a_month()
    p = of_cover(life_table=0.001, mortality_ratio=1, needs_homeless_death_ratio=1, **(NO_TREATMENT | more))
    RULES.enroll(who, t, u, 0, p)
    return t


def test_cover_is_lost_by_its_own_draw_and_the_clocks_begin_again():
    who = someone(months_covered=7, eligibility=PARENT)
    t = enrolled_for_a_month(who, drawing({COVER: 0.019}))
    assert (who.status, who.months_covered, who.months_off, t.left, t.covered) == (OFF_COVER, 0, 0, 1, 0)
    who = someone(months_covered=7, eligibility=PARENT)
    t = enrolled_for_a_month(who, drawing({COVER: 0.021}))
    assert (who.status, who.months_covered, t.left, t.covered) == (ENROLLED, 7, 0, 1)


@pytest.mark.parametrize(
    ("age", "covered", "status", "after", "newcomer"),
    [
        (0, 0, ENROLLED, 1, 2),  # born last month
        (480, 0, ENROLLED, 481, 1),
        (480, 1, ENROLLED, 481, 0),
        (480, 0, OFF_COVER, 481, 0),
        (1427, 9, ENROLLED, 1428, 0),
        (1428, 9, ENROLLED, 1428, 0),  # the last year of the life table goes on
    ],
)
def test_everybody_is_a_month_older_and_who_is_new_is_counted(age, covered, status, after, newcomer):
    who = someone(age_months=age, months_covered=covered, status=status, eligibility=AGED)
    t = enrolled_for_a_month(who, drawing())
    assert (who.age_months, t.newcomer) == (after, newcomer)


def test_cover_comes_back_by_the_same_draw():
    who = someone(status=OFF_COVER, months_off=5, months_covered=0, eligibility=PARENT)
    t = enrolled_for_a_month(who, drawing({COVER: 0.059}))
    assert (who.status, who.months_covered, t.entered, t.covered) == (ENROLLED, 0, 1, 1)
    assert who.months_off == 5  # how long the gap was: pent-up demand asks for it


def test_who_loses_cover_does_not_come_back_in_the_same_month_and_may_die_by_another_draw():
    who = someone(months_covered=7, eligibility=PARENT)
    t = enrolled_for_a_month(who, drawing({COVER: 0.0, DEATH: 0.0}))
    assert (t.left, t.entered, t.died, who.status) == (1, 0, 1, VACANT)
    who = someone(months_covered=7, eligibility=PARENT)
    t = enrolled_for_a_month(who, drawing({DEATH: 0.0009}))
    assert (t.left, t.died, who.status) == (0, 1, VACANT)


@pytest.mark.parametrize(
    ("who", "chance"),
    [
        ({}, 0.001),
        ({"present": 0b1}, 0.001 * 3),
        ({"needs": 1 << HOMELESSNESS}, 0.001 * 4),
        ({"present": 1 << OPIOID_USE}, 0.001 + 0.002),
        ({"status": OFF_COVER}, 0.001 * 5),
        ({"status": OFF_COVER, "present": 1 << OPIOID_USE, "needs": 1 << HOMELESSNESS}, (0.001 * 4 + 0.002) * 5),
    ],
)
def test_the_chance_to_die(who, chance):
    ratio = np.ones_like(numbers().mortality_ratio)
    ratio[1] = 3
    p = numbers(
        **NO_TREATMENT,
        life_table=0.001,
        mortality_ratio=ratio,
        needs_homeless_death_ratio=4,
        enrollment_opioid_death=0.002,
        enrollment_off_cover_death_ratio=5,
    )
    assert rules_of(mortality).death_probability(someone(**who), p) == pytest.approx(chance)


def test_a_home_from_a_package_takes_away_a_part_of_what_homelessness_does():
    """Four times the deaths without a home; half as many in one that a package pays for."""
    housed = rules_of(mortality, met_by_packages=lambda m, p: m.package << HOMELESSNESS)
    p = numbers(
        **NO_TREATMENT,
        life_table=0.001,
        mortality_ratio=1,
        needs_homeless_death_ratio=4,
        needs_housed_death_ratio=0.5,
    )
    chances = [
        housed.death_probability(someone(**who), p) for who in ({"needs": 1 << HOMELESSNESS}, {"package": 1}, {})
    ]
    assert chances == pytest.approx([0.004, 0.002, 0.001])


def pregnancies(who, months, conceives=()):
    seen = []
    p = numbers(enrollment_conception=0.5, enrollment_youngest_mother=180)
    for month in range(months):
        t = a_month()
        RULES.update_pregnancy(who, t, 0.49 if month in conceives else 0.51, p)
        seen.append((int(who.pregnant), int(who.postpartum), int(t.delivered)))
    return seen


def test_a_pregnancy_lasts_nine_months_and_the_time_after_a_birth_twelve():
    who = someone(given=1 << PRENATAL_CARE | 1, recorded=1 << POSTPARTUM_CARE | 1)
    nine = [(n, 0, 0) for n in range(1, 10)]
    assert pregnancies(who, 23, conceives=[0]) == [
        *nine,
        (0, 1, 1),
        *((0, n, 0) for n in range(2, 13)),
        *[(0, 0, 0)] * 2,
    ]
    assert (who.given, who.recorded) == (1, 1)  # care of an earlier pregnancy is not care of this one


def test_men_and_girls_do_not_conceive():
    assert not any(map(any, pregnancies(someone(sex=MALE), 2, conceives=[0, 1])))
    assert not any(map(any, pregnancies(someone(age_months=179), 2, conceives=[0, 1])))


def test_in_january_the_year_becomes_last_year():
    who = someone(ed_year=3, ed_last_year=9, stays_year=2, spend_year=77, primary_year=4, given=0b11, recorded=0b110)
    who.behavioral_year, who.dental_year = 5, 6
    RULES.start_of_year(who, numbers(month_of_year=1))
    assert (who.ed_year, who.ed_last_year, who.behavioral_year, who.recorded) == (3, 9, 5, 0b110)
    RULES.start_of_year(who, numbers(month_of_year=0, quality_kept=0b10))
    assert (who.ed_year, who.ed_last_year, who.stays_year, who.stays_last_year) == (0, 3, 0, 2)
    assert (who.spend_year, who.primary_year, who.behavioral_year, who.dental_year) == (0, 0, 0, 0)
    assert (who.given, who.recorded) == (0b10, 0b10)


def test_eligibility_follows_birthdays():
    for before, age, after, dual in (
        (CHILD, 227, CHILD, 0),
        (CHILD, 228, EXPANSION, 0),
        (PARENT, 779, PARENT, 0),
        (DISABLED, 780, AGED, 1),
    ):
        who = someone(eligibility=before, age_months=age)
        RULES.turn_19_or_65(who)
        assert (who.eligibility, who.dual) == (after, dual)


def test_spans_grow_and_who_is_long_off_cover_is_away():
    p = numbers(enrollment_forget_after=5)
    who = someone(months_covered=7)
    RULES.end_of_month(who, p)
    assert (who.months_covered, who.months_off) == (8, 0)
    away = someone(status=OFF_COVER, months_off=3, months_covered=0)
    RULES.end_of_month(away, p)
    assert (away.months_off, away.status) == (4, OFF_COVER)
    RULES.end_of_month(away, p)
    assert away.status == AWAY
