"""Months off cover, silos and months of needs by hand: prices, losses and shares that are all different from 1."""

import numpy as np
import pytest

from sim.member import (
    access,
    away,
    barriers,
    communication,
    control,
    dental_benefit,
    discrimination,
    frequent_users,
    groups,
    mortality,
    needs,
    offer,
    opioid_treatment,
    quality,
    smoking,
)
from sim.member.decisions import CONCEPTION, DEATH, FREQUENT_SPELL, SMOKING, UNFAIR
from sim.member.enrollment import OLDEST
from sim.schema import (
    AGED,
    ANCILLARY,
    AWAY,
    BEHAVIORAL,
    BORN_OFF_COVER,
    CONFLICTING,
    DENTAL,
    DIABETES,
    DISABLED,
    DUE_AFTER_EMERGENCY,
    EMERGENCY,
    ENROLLED,
    HARMED,
    HOMELESSNESS,
    HOUSING,
    HYPERTENSION,
    INPATIENT,
    MEMBER,
    METRICS,
    OFF_COVER,
    OPIOID_USE,
    OUTPATIENT,
    PARENT,
    PHARMACY,
    PRIMARY,
    SERVICES,
    SPECIALIST,
    STRATUM_SHAPE,
    VACANT,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

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
    ("age", "older", "newcomer"), [(0, 1, BORN_OFF_COVER), (1, 2, 0), (500, 501, 0), (OLDEST, OLDEST, 0)]
)
def test_who_is_away_grows_older_and_lives_or_dies(age, older, newcomer):
    """The chance of death is met at the new age; a twelfth of a utility of .6 is .05 years of a month that is lived."""
    told = []
    rules = rules_of(
        away,
        dies=lambda m, u, p: told.append(("dies", m.age_months, u)) or u < 0.2,
        turn_19_or_65=lambda m: told.append(("turns", m.age_months)),
        update_pregnancy=lambda m, t, u, p: told.append(("conceives", u)),
        expect_use=lambda m, t, here, p: told.append("uses"),
        expected_care=lambda *_: 4321,
        utility=lambda m, p: 0.6,
    )
    for draw, dead in ((0.1, True), (0.3, False)):
        told.clear()
        who, t = someone(age_months=age, status=OFF_COVER), a_month()
        rules.live_elsewhere(who, t, an_area(), a_clinic(), drawing({DEATH: draw, CONCEPTION: 0.7}), 0, numbers())
        assert (who.age_months, t.newcomer, t.died) == (older, newcomer, dead)
        assert told[:2] == [("turns", older), ("dies", older, draw)]
        if dead:
            assert (who.status, t.qaly_millionths, t.listed_cents, len(told)) == (VACANT, 0, 0, 2)
        else:
            assert (who.status, t.qaly_millionths, t.listed_cents) == (OFF_COVER, 50_000, 4321)
            assert told[2:] == [("conceives", 0.7), "uses"]


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
    assert expected({"pregnant": 3}, rate={"emergency": 0.3}) == round(100 * (0.9 * 200 + 0.34 * 1000))
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


def test_diabetes_needs_talk():
    """Without a common language control comes six tenths as often; interpreters make up a quarter of the rest."""
    understood, p = rules_of(barriers).understood, numbers(equity_language_control_ratio=0.6)
    here = an_area(interpreters=0.25)
    assert understood(someone(language=1), DIABETES, here, p) == pytest.approx(0.7)
    assert understood(someone(language=0), DIABETES, here, p) == 1
    assert understood(someone(language=1), HYPERTENSION, here, p) == 1


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


@pytest.mark.parametrize(("missed", "diverted"), [(0.75, 0.0), (0.0, 0.75), (0.5, 0.5)])
def test_a_regimen_of_which_three_quarters_are_missing_is_as_dangerous_as_a_whole_one(missed, diverted):
    """Twenty fills that were had stand for 80 that were needed, of which a tenth are errors."""
    talk = rules_of(communication, draw_quad=lambda *_: (0.0, 0.99, 0.5, 0.99))
    p = numbers(quality_error=0.1, quality_error_ratio=0.6, events_fills_missed=missed)
    counts = np.zeros(N, dtype=int)
    counts[[PRIMARY, SPECIALIST, PHARMACY]] = 1, 1, 20
    who, t = someone(), a_month(served=counts, diverted=diverted)
    talk.suffer_silos(who, t, an_area(), np.uint64(3), p)
    assert t.medication_errors == 8


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


def test_homelessness_is_expected_of_those_who_have_a_home_and_are_here():
    """Chances .02, and .1 in unstable housing; nobody who is away or homeless already counts."""
    onset = np.zeros_like(numbers().need_onset)
    onset[..., 0, HOMELESSNESS], onset[..., 1, HOMELESSNESS] = 0.02, 0.1
    p = np.array([numbers(need_onset=onset, needs_homeless_health_loading=0, needs_homeless_mental_loading=0)])
    onsets = np.zeros(2, dtype=np.int64)
    members = people(needs=[0, 1 << HOUSING, 0, 1 << HOMELESSNESS, 1 << HOUSING])
    rules_of(needs).expect_homelessness(members, p.view(np.recarray), 1000, onsets)
    assert onsets.tolist() == [120, 100]


@pytest.mark.parametrize(
    ("who", "affordable", "covered"),
    [
        ({"age_months": 251}, 1.0, 1.0),  # a month before the 21st birthday
        ({"age_months": 252}, 0.3 + 0.7 * 0.4, 0.3 / 0.58),
        ({"age_months": 252, "status": OFF_COVER}, 1.0, 0.3),
    ],
)
def test_the_dental_benefit_of_adults_begins_at_21(who, affordable, covered):
    """The benefit is .3; four of ten others pay by themselves."""
    benefit, here, p = rules_of(dental_benefit), an_area(dental_benefit=0.3), numbers(access_pays_dental=0.4)
    assert benefit.affordable(someone(**who), here, p) == pytest.approx(affordable)
    assert benefit.covered(someone(**who), here, p) == pytest.approx(covered)


def wary_after(served, v, wary=0, race=2, concordance=0.0):
    """Three of ten visits are felt as unfair by the third group, half of these with nobody like oneself to go to."""
    unfair, table = rules_of(discrimination), np.arange(7) == 2
    p = numbers(
        equity_discrimination=0.3 * table,
        equity_concordance=0.5,
        equity_concordance_reach=0.4,
        equity_wary_half_life=0.1,
        equity_wary_step=0.25,
    )
    who, t = someone(wary=wary, race=race), a_month(served=served)
    unfair.meet_unfair_care(who, t, an_area(concordance=concordance), drawing({UNFAIR: v}), 0, p)
    return int(who.wary)


@pytest.mark.parametrize("service", [PRIMARY, SPECIALIST, BEHAVIORAL, EMERGENCY])
def test_a_visit_that_is_felt_as_unfair_makes_wary(service):
    one = (np.arange(N) == service).astype(int)
    assert wary_after(one, 0.149) == 1024  # a quarter of the way to 4096
    assert wary_after(one, 0.151) == 0
    assert wary_after(one, 0.149, race=1) == 0
    # a CCO has recruited half of the clinicians whom it could, with whom four of ten unfair visits would be fair
    assert wary_after(one, 0.119, concordance=0.5) == 1024
    assert wary_after(one, 0.121, concordance=0.5) == 0
    assert wary_after(one, 0.149, wary=2000) == 2000 - 200 + int((4096 - 1800) * 0.25)


def test_wariness_fades_to_nothing_and_other_care_adds_none():
    other = np.isin(np.arange(N), [DENTAL, PHARMACY, INPATIENT, OUTPATIENT, ANCILLARY]).astype(int)
    assert wary_after(other, 0.0, wary=2000) == 1800
    assert wary_after(0 * other, 0.0, wary=1) == 0


def spell(v, frequent=0, **who):
    rules = rules_of(frequent_users)
    p = numbers(care_frequent_exit=0.1, care_frequent_entry=0.02, care_frequent_ratio=3)
    one = someone(frequent=frequent, **({"age_months": 480} | who))
    rules.change_frequent_use(one, drawing({FREQUENT_SPELL: v}), 0, p)
    return int(one.frequent)


@pytest.mark.parametrize(
    ("who", "chance"),
    [
        ({}, 0.02),
        ({"needs": 1 << HOMELESSNESS}, 0.06),
        ({"present": frequent_users.AT_RISK}, 0.06),
        ({"age_months": 481}, 0),
        ({"age_months": 204}, 0),
        ({"age_months": 216}, 0.02),
    ],
)
def test_a_spell_of_frequent_use_begins_on_a_birthday_of_an_adult(who, chance):
    for v in (0.019, 0.021, 0.059, 0.061):
        assert spell(v, **who) == (frequent_users.SPELL if v < chance else 0)


def test_a_spell_of_frequent_use_ends_in_any_month():
    on = frequent_users.SPELL
    assert [spell(v, on, age_months=485) for v in (0.09, 0.11)] == [0, on]


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ({"race": 2, "rurality": 1, "language": 1, "age_months": 300, "eligibility": PARENT}, (2, 1, 1, 2, 0)),
        ({"race": 0, "rurality": 2, "language": 0, "age_months": 50, "eligibility": DISABLED}, (0, 2, 0, 0, 1)),
        ({"race": 6, "rurality": 0, "language": 2, "age_months": 800, "eligibility": AGED}, (6, 0, 2, 4, 0)),
    ],
)
def test_everybody_has_one_stratum(who, place):
    assert rules_of(groups).stratum(someone(**who)) == np.ravel_multi_index(place, STRATUM_SHAPE)


def test_treatment_of_opioid_use_begins_where_a_slot_is_open_and_its_clock_restarts():
    rules, known = rules_of(opioid_treatment), 1 << OPIOID_USE
    assert rules.begin_opioid_treatment(0.2, an_area(opioid_open=0.25)) == pytest.approx(0.05)
    for treated, before, months in ((known, 1, 8), (0, 0, 8), (known, 0, 0), (0, 1, 0)):
        who = someone(controlled=treated, opioid_months=7)
        rules.count_opioid_months(who, before)
        assert who.opioid_months == months
    p = numbers(treatment_opioid_early_months=6, treatment_opioid_early_exit=0.2, treatment_opioid_late_exit=0.05)
    exits = [rules.leave_opioid_treatment(someone(opioid_months=n), p) for n in (0, 5, 6, 30)]
    assert exits == pytest.approx([0.2, 0.2, 0.05, 0.05])


@pytest.mark.parametrize(
    ("who", "ratio"),
    [
        ({"controlled": 1 << OPIOID_USE, "opioid_months": 0}, 0.4),
        ({"opioid_months": 1}, 3.0),
        ({"opioid_months": 2}, 1.0),
        ({"opioid_months": 40}, 1.0),
    ],
)
def test_deaths_of_opioid_use_are_most_just_after_treatment(who, ratio):
    p = numbers(
        treatment_opioid_death_in=0.4,
        treatment_opioid_death_left=3.0,
        treatment_opioid_left_months=2,
        enrollment_opioid_death=0.001,
        treatment_opioid_mean_death=0.8,
    )
    assert rules_of(opioid_treatment).opioid_death(someone(**who), p) == pytest.approx(0.001 * ratio / 0.8)


def test_what_was_seen_within_the_window_counts():
    """A window of three months: this one and the two before."""
    p = numbers(treatment_seen_window=3)
    for months, counts in ((0, True), (2, True), (3, False), (30, False)):
        far = {"since_primary": 99, "since_care": 99}
        assert rules_of(control).recent_care(someone(**(far | {"since_primary": months})), p) == counts << PRIMARY
        dentist = someone(**far)
        dentist.since_care[DENTAL - SPECIALIST] = months
        assert rules_of(control).recent_care(dentist, p) == counts << DENTAL


def test_smoking_stops_and_starts_and_its_risk_fades():
    rules = rules_of(smoking)
    p = numbers(
        treatment_quit=0.02,
        treatment_quit_support=1.5,
        treatment_quit_advice_ratio=2,
        treatment_smoking_start=0.05,
        treatment_smoking_risk_half_life=0.25,
    )

    def after(v, advised=0, **who):
        one = someone(**({"smoking_risk": 4096} | who))
        rules.change_smoking(one, a_month(preventive_visits=advised), drawing({SMOKING: v}), 0, p)
        return int(one.smokes), int(one.smoking_risk)

    assert after(0.029, smokes=1) == (0, 3072)
    assert after(0.031, smokes=1) == (1, 4096)
    assert after(0.059, advised=1, smokes=1) == (0, 3072)
    assert after(0.061, advised=1, smokes=1) == (1, 4096)
    assert after(0.049, age_months=480) == (1, 4096)
    assert after(0.051, age_months=480) == (0, 3072)
    assert after(0.001, age_months=481) == (0, 3072)
    assert after(0.001, age_months=204, smoking_risk=0) == (0, 0)
    assert after(0.5, smoking_risk=1) == (0, 0)


@pytest.mark.parametrize(
    ("who", "ratio"),
    [
        ({}, 1.0),
        ({"needs": 1 << HOMELESSNESS}, 3.0),
        ({"package": 1}, 3.0 * 0.8),  # who has a home from a package would be homeless
        ({"package": 2}, 1.0),
        ({"status": OFF_COVER}, 1.5),
        ({"needs": 1 << HOMELESSNESS, "status": OFF_COVER}, 4.5),
        ({"smoking_risk": 4096}, 2.0),
        ({"smoking_risk": 2048, "age_months": 200}, 1.25),  # smoking counts for adults alone
    ],
)
def test_the_chance_to_die_is_a_product(who, ratio):
    """The mean risk of adults is a quarter: without smoking it is 1 / 1.25 of theirs."""
    meets = np.zeros_like(numbers().package_meets)
    meets[0] = 1 << HOMELESSNESS
    p = numbers(
        life_table=0.01,
        mortality_ratio=1,
        package_meets=meets,
        needs_homeless_death_ratio=3.0,
        needs_housed_death_ratio=0.8,
        enrollment_off_cover_death_ratio=1.5,
        treatment_smoking_death_ratio=2.0,
        treatment_smoking_mean_risk=0.25,
    )
    chance = rules_of(mortality).death_probability(someone(**who), p)
    assert chance == pytest.approx(0.01 * ratio / 1.25)


def test_the_draw_of_death_is_below_the_chance_and_not_below_the_highest_alone():
    p = numbers(life_table=0.01, mortality_ratio=1, highest_death=0.05, treatment_smoking_death_ratio=1)
    assert [bool(rules_of(mortality).dies(someone(), v, p)) for v in (0.009, 0.011, 0.049, 0.051)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("shared", "served", "tests"),
    [(0.0, TWO, 8.0), (0.5, TWO, 8 * (1 - 0.25 * 0.3)), (1.0, TWO, 8 * (1 - 0.25 * 0.6)), (1.0, {PRIMARY: 2}, 8.0)],
)
def test_tests_are_fewer_where_several_clinicians_share_records(shared, served, tests):
    """A quarter is repeated, of which shared records leave .4."""
    counts = np.zeros(N, dtype=int)
    counts[list(served)] = list(served.values())
    t = a_month(rate=of_services(ancillary=8.0), served=counts)
    p = numbers(quality_duplicate_share=0.25, quality_duplicate_ratio=0.4)
    assert rules_of(communication).tests_needed(t, an_area(shared_records=shared), p) == pytest.approx(tests)


@pytest.mark.parametrize(
    ("asked", "change", "withheld", "v", "induced", "left"),
    [
        (10, 0.0, 0.0, 0.0, 2, 8),  # a fifth of what is usual was induced
        (10, -0.1, 0.0, 0.0, 1, 8),  # half of it goes
        (10, -0.5, 0.0, 0.9, 0, 8),  # and never more than all
        (10, 0.0, 0.5, 0.0, 1, 8),  # withheld like all others
        (10, 0.1, 0.0, 0.0, 3, 8),  # and a tenth of 10 more
        (0, 0.1, 0.5, 0.0, 0, 0),
    ],
)
def test_visits_that_practices_bring_about(asked, change, withheld, v, induced, left):
    rules = rules_of(offer, draw=lambda *_: 0.5, poisson=lambda rate, *_: int(rate))
    t = a_month(rate=of_services(specialist=10.0), asked=of_services(specialist=asked).astype(int))
    rules.induce(someone(), t, SPECIALIST, change, withheld, v, np.uint64(3), numbers(access_induced_share=0.2))
    assert (t.induced[SPECIALIST], t.asked[SPECIALIST]) == (induced, left)


def test_whether_care_is_recorded_is_drawn_for_each_measure_by_itself():
    lanes = []
    rules = rules_of(quality, draw=lambda *drawn: lanes.append(drawn[-1]) or 0.5)
    for metric in range(len(METRICS)):
        rules.is_recorded(someone(), metric, an_area(), np.uint64(3), numbers())
    assert len(set(lanes)) == len(METRICS)
