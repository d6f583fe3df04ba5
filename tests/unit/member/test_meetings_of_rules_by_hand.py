"""Where two rules of a member's month meet: languages, pregnancy, a stay that is refused, a smoker who starts again."""

import numpy as np
import pytest

from sim.member import (
    access,
    away,
    barriers,
    care,
    control,
    demand,
    emergency,
    enrollment,
    health,
    needs,
    quality,
    served,
    smoking,
    spending,
    tally,
)
from sim.member.decisions import (
    ADMISSION,
    ADMISSION_DAY,
    CONDITION,
    COVER,
    HOMELESS_TYPE,
    LOWEST_CONDITION,
    NEED,
    READMISSION,
    READMISSION_DELAY,
    SMALL_NEEDS,
    SMALL_NEEDS_IF_PRONE,
    SMOKING,
)
from sim.schema import (
    AGED,
    BEHAVIORAL,
    CHILD,
    COUNT_INDEX,
    DEPRESSION,
    DEPRESSION_FOLLOW_UP,
    DIABETES,
    DUE_AFTER_STAY,
    EMERGENCY,
    ENROLLED,
    EXPANSION,
    FOLLOW_UP_AFTER_STAY,
    FOOD,
    HOMELESSNESS,
    HYPERTENSION,
    INPATIENT,
    METRICS,
    N_LEVELS,
    OFF_COVER,
    OPIOID_USE,
    OUTCOMES,
    PARENT,
    PAYERS,
    PHARMACY,
    POSTPARTUM_CARE,
    PRENATAL_CARE,
    PRIMARY,
    SEALANTS,
    SERVICES,
    SPECIALIST,
    SUBSTANCE_USE,
    TRANSPORT,
    TREATABLE,
    TREATMENT_ENGAGEMENT,
    TREATMENT_INITIATION,
    WELL_CHILD,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

N, SEED = len(SERVICES), 7
BARRIERS, ACCESS, ENROLLED_BY = rules_of(barriers), rules_of(access), rules_of(enrollment)


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


@pytest.mark.parametrize(("replaced", "since"), [(1, 0), (0, 8)])
def test_a_call_in_the_place_of_a_visit_keeps_a_member_in_sight(replaced, since):
    """No visit took place; seven months had passed since the last one, five since a screening."""
    who, t = someone(since_primary=7, since_screened=5), a_month(primary_replaced=replaced)
    rules_of(care).visit_primary_care(who, t, an_area(screening=1), drawing(default=0.0), 0, numbers())
    assert (who.since_primary, who.since_screened, t.preventive_visits) == (since, 6, 0)


def test_a_readmission_in_the_same_month_is_a_stay_of_the_year():
    """A discharge on day 3 leads back a week later: two stays of the year, and of those the second is the last."""
    p = numbers(care_readmission_adult=0.2, care_admission_cap=0.5)
    who, t = someone(readmit_next=3, stays_year=1), a_month()
    u = drawing({READMISSION: 0.1, READMISSION_DELAY: 6.5 / 30})
    rules_of(care).stay_in_hospital(who, t, an_area(), u, 0, SEED, p)
    assert (t.served[INPATIENT], t.readmissions, who.stays_year, who.discharge_day) == (2, 2, 3, 10)


@pytest.mark.parametrize(("month_of_year", "visits"), [(0, (0, 4)), (6, (4, 9))])
def test_a_member_goes_into_january_with_nothing_of_the_year(month_of_year, visits):
    who = someone(ed_year=4, ed_last_year=9)
    p = numbers(month_of_year=month_of_year, life_table=0, highest_death=0)
    ENROLLED_BY.enroll(who, a_month(), drawing(), 0, p)
    assert (who.ed_year, who.ed_last_year) == visits


@pytest.mark.parametrize("rule", [0, 1, 2])
def test_an_event_takes_cover_whatever_the_rule_of_renewal(rule):
    """Nobody is up for renewal; an event takes a tenth of members of the area at a draw of .09 all the same."""
    takes, there = np.zeros_like(numbers().events_leavers), np.zeros_like(numbers().events_leavers_in)
    takes[EXPANSION], there[1] = 0.2, 0.5
    p = numbers(
        renewal_rule=rule, enrollment_off_renewal_exit=0, enrollment_renewal_loss=0, events_leavers=takes,
        events_leavers_in=there,
    )  # fmt: skip
    who = someone(area=1, eligibility=EXPANSION)
    ENROLLED_BY.enroll(who, a_month(), drawing({COVER: 0.09}), 0, p)
    assert who.status == OFF_COVER


def test_one_need_may_end_while_another_begins():
    """Hunger ends on a large draw in the month in which a lack of transport begins on a small one."""
    p = numbers(needs_exit=0.1, needs_exit_prone=0.1)
    who = someone(needs=1 << FOOD, known_needs=1 << FOOD)
    draws = {NEED + FOOD: 0.95, NEED + TRANSPORT: 1e-9, SMALL_NEEDS: float(1 << TRANSPORT)}
    usual = {SMALL_NEEDS_IF_PRONE: 0.0}
    rules_of(needs).live_with_needs(who, an_area(), drawing(usual | draws, 0.5), 0, p)
    assert who.needs == 1 << TRANSPORT
    assert who.known_needs == 0


@pytest.mark.parametrize(("in_cco", "members"), [(1, 1), (0, 0)])
def test_births_are_judged_of_members_of_ccos(in_cco, members):
    sums = record(someone(in_cco=in_cco, given=1 << PRENATAL_CARE), a_month(delivered=1))
    assert sums[:, PRENATAL_CARE, 0].max() == members
    assert sums[:, PRENATAL_CARE, 1].max() == members


def test_a_discharge_is_followed_up_in_the_month_after_and_the_one_before_this_month():
    """Who was discharged last month and is again this month: one follow-up is judged now, one is due next month."""
    who, t = someone(in_cco=1, due=DUE_AFTER_STAY), a_month(index_stays=1)
    sums = record(who, t)
    assert sums[:, FOLLOW_UP_AFTER_STAY, 0].max() == 1
    assert who.due == DUE_AFTER_STAY
    first = someone(in_cco=1)
    assert record(first, a_month(index_stays=1))[:, FOLLOW_UP_AFTER_STAY, 0].max() == 0
    assert first.due == DUE_AFTER_STAY


@pytest.mark.parametrize(("open_slots", "chance"), [(0.3, 0.03), (1.0, 0.1)])
def test_work_on_a_measure_opens_no_slot_of_opioid_treatment(open_slots, chance):
    """A tenth is ready; where slots are open to three in ten of them, .03 begin, whatever is done for engagement."""
    p = numbers(health_control_gain=0.1, gain_if_seen=1, quality_control=1.0)
    here = an_area(opioid_open=open_slots, deliver=2.0, closed_loops=1.0)
    gain = rules_of(control).gain_probability(someone(), OPIOID_USE, 0, here, p)
    assert gain == pytest.approx(chance)


@pytest.mark.parametrize(("controlled", "v", "months"), [(1, 0.5, 5), (0, 0.5, 5), (1, 0.001, 0), (0, 0.999, 0)])
def test_months_count_in_and_out_of_opioid_treatment(controlled, v, months):
    """Four months in or out so far: a fifth, or none where treatment ends (small draws) or begins (large ones)."""
    opioid = 1 << OPIOID_USE
    p = numbers(
        health_control_gain=0.1, gain_if_seen=1, health_remission=0, treatment_opioid_early_exit=0.1,
        treatment_opioid_late_exit=0.1,
    )  # fmt: skip
    who = someone(present=opioid, diagnosed=opioid, controlled=opioid * controlled, opioid_months=4)
    draws = {LOWEST_CONDITION: 1e9, CONDITION + OPIOID_USE: v}
    rules_of(health).change_health(who, an_area(), drawing(draws, 0.5), 0, p)
    assert who.opioid_months == months


@pytest.mark.parametrize(
    ("age", "kind", "after"),
    [(227, CHILD, (EXPANSION, 0)), (226, CHILD, (CHILD, 0)), (779, PARENT, (AGED, 1)), (778, PARENT, (PARENT, 0))],
)
def test_a_member_on_cover_turns_19_and_65(age, kind, after):
    """In the month of the birthday a child is an expansion adult, and an adult is aged and has Medicare."""
    p = numbers(renewal_rule=2, life_table=0, highest_death=0, events_leavers=0)
    who = someone(age_months=age, eligibility=kind)
    ENROLLED_BY.enroll(who, a_month(), drawing(), 0, p)
    assert (who.eligibility, who.dual) == after


def test_what_was_known_of_a_need_ends_with_it_though_it_is_still_felt():
    p = numbers(needs_exit=0.1, needs_exit_prone=0.1, needs_decay=0.25)
    who = someone(needs=1 << FOOD, known_needs=1 << FOOD, felt_needs=1 << FOOD)
    who.exposure[FOOD] = 4000
    usual = {SMALL_NEEDS: 0.0, SMALL_NEEDS_IF_PRONE: 0.0}
    rules_of(needs).live_with_needs(who, an_area(), drawing(usual | {NEED + FOOD: 0.95}, 0.5), 0, p)
    assert (who.needs, who.known_needs, who.felt_needs, who.exposure[FOOD]) == (0, 0, 1 << FOOD, 3000)


@pytest.mark.parametrize(("v", "kind"), [(0.3, 0), (0.7, 1), (0.95, 2)])
def test_each_spell_without_a_home_is_of_a_kind_of_its_own(v, kind):
    """Six in ten are transitional and three episodic, whatever the spell before was."""
    p = numbers(needs_homeless_type_share=[0.6, 0.3, 0.1])
    for before in range(3):
        who = someone(homeless_type=before)
        draws = {NEED + HOMELESSNESS: 1e-12, HOMELESS_TYPE: v}
        rules_of(needs).begin(who, 1 << HOMELESSNESS, an_area(), drawing(draws), 0, p)
        assert (who.needs, who.homeless_type) == (1 << HOMELESSNESS, kind)


@pytest.mark.parametrize(("postpartum", "judged"), [(1, 0), (2, 0), (3, 1), (4, 0)])
def test_care_after_a_birth_is_judged_when_its_two_months_are_over(postpartum, judged):
    sums = record(someone(in_cco=1, postpartum=postpartum), a_month(), quality_postpartum_until=2)
    assert sums[:, POSTPARTUM_CARE, 0].max() == judged


def test_care_that_was_given_once_is_not_tried_again():
    """A child who had its visit of the year: the next visit of the year does not write it down after all."""
    rules = rules_of(quality, attempt=lambda *_: 2, open_measures=lambda *_: 1 << WELL_CHILD | 1 << SEALANTS)
    who, t = someone(given=1 << WELL_CHILD), a_month()
    t.served[PRIMARY] = 1
    rules.use_occasions(who, t, 1, an_area(), SEED, numbers(), np.zeros((N_LEVELS, len(METRICS), len(OUTCOMES)), int))
    assert (who.recorded >> WELL_CHILD & 1, who.recorded >> SEALANTS & 1) == (0, 1)


@pytest.mark.parametrize(("begun", "lasting"), [(0, (0, 0)), (1, (1, 1)), (2, (1, 1))])
def test_treatment_that_is_not_on_record_may_go_on(begun, lasting):
    """It goes on, on record, wherever it has begun."""
    rules = rules_of(quality, attempt=lambda m, metric, *_: begun if metric == TREATMENT_INITIATION else 2)
    sums = np.zeros((N_LEVELS, len(METRICS), len(OUTCOMES)), int)
    rules.find_substance_use(someone(), 1, an_area(), SEED, numbers(), sums)
    assert tuple(sums[:, TREATMENT_ENGAGEMENT, 1:].max(axis=0)) == lasting
    assert sums[:, TREATMENT_ENGAGEMENT, 0].max() == 1


def test_visits_that_are_withheld_turn_up_as_emergency_visits_too():
    """Of ten visits six are withheld and four lost to waiting: a half of all of them turns up."""
    t = a_month()
    t.unmet[PRIMARY], t.withheld[PRIMARY] = 10, 6
    rules_of(emergency).lost_visits(someone(), t, drawing(default=0.0), 0, SEED, numbers(access_leak_to_emergency=0.5))
    assert t.causes[TREATABLE] == 5


@pytest.mark.parametrize(("in_cco", "paid"), [(0, 800), (1, 250)])
def test_a_claim_is_paid_at_the_fee_of_the_members_own_payer(in_cco, paid):
    """Open card pays .8 of today's price; for CCO members the fee is a half, of which their CCO pays a half."""
    fee = np.array([np.full(N, 0.8), np.full(N, 0.5)])
    money, cells, t = np.zeros((N, len(PAYERS)), int), np.zeros(len(COUNT_INDEX), int), a_month()
    here = an_area(fee=fee, cco_price=0.5)
    rules_of(spending).split(someone(in_cco=in_cco), t, SPECIALIST, 1000, here, numbers(), money, cells)
    assert money[SPECIALIST].tolist() == [paid, 0, 0, 0]


@pytest.mark.parametrize(("covered", "cohort", "died"), [(1, 2, 1), (0, 2, 1), (1, 0, 0), (0, 0, 0)])
def test_deaths_of_the_cohort_count_on_cover_and_off(covered, cohort, died):
    cells = np.zeros(len(COUNT_INDEX), int)
    rules_of(tally).count_moves(someone(cohort=cohort), a_month(died=1, covered=covered), cells)
    assert cells[COUNT_INDEX["cohort_deaths"]] == died
    assert cells[COUNT_INDEX["deaths"]] == covered
    assert cells[COUNT_INDEX["deaths_off_cover"]] == 1 - covered


def test_who_loses_cover_begins_a_new_gap():
    p = numbers(renewal_rule=0, enrollment_off_renewal_exit=1, enrollment_exit_ratio=1, life_table=0, highest_death=0)
    who = someone(months_off=9, months_covered=31)
    ENROLLED_BY.enroll(who, a_month(), drawing({COVER: 0.5}), 0, p)
    assert (who.status, who.months_off, who.months_covered) == (OFF_COVER, 0, 0)


@pytest.mark.parametrize(("status", "log"), [(OFF_COVER, -1.0), (ENROLLED, 0.4)])
def test_nobody_catches_up_before_cover_is_back(status, log):
    p = numbers(access_log_off_cover=-1, access_log_entry_boost=0.4)
    t = a_month()
    rules_of(demand).add_access(someone(status=status, months_covered=0, months_off=12), t, an_area(), p)
    assert t.rate[SPECIALIST] == pytest.approx(log)


@pytest.mark.parametrize("service", range(SPECIALIST, PHARMACY + 1))
def test_each_kind_of_care_is_recent_by_its_own_clock(service):
    who = someone(since_primary=100, since_care=12)
    who.since_care[service - SPECIALIST] = 2
    assert rules_of(control).recent_care(who, numbers(treatment_seen_window=3)) == 1 << service


def record(who, t, **given):
    sums = np.zeros((N_LEVELS, len(METRICS), len(OUTCOMES)), int)
    rules_of(quality).keep_record(who, t, a_clinic(), an_area(), SEED, numbers(month_of_year=4, **given), sums)
    return sums
