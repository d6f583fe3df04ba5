"""The order of a member's month, and what one rule leaves to the next, by hand."""

import numpy as np
import pytest

from sim.member import care, communication, emergency, health, needs, offer, quality, spending, wellbeing
from sim.member.decisions import (
    ADMISSION,
    ADMISSION_DAY,
    CONDITION,
    HOMELESS_TYPE,
    INDUCED,
    LOST,
    LOWEST_CONDITION,
    NEED,
    SLOW_HEALTH,
    SMALL_NEEDS,
    SMALL_NEEDS_IF_PRONE,
)
from sim.schema import (
    ANCILLARY,
    BEHAVIORAL,
    COUNTS,
    DENTAL,
    DENTAL_CAUSE,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    ENROLLED,
    FOOD,
    FRACTION_GRID,
    HEART_DISEASE,
    HEART_FAILURE,
    HOMELESSNESS,
    HOUSING,
    INPATIENT,
    LOG_GRID,
    METRICS,
    N_LEVELS,
    OFF_COVER,
    ORAL_DISEASE,
    OUTCOMES,
    OUTPATIENT,
    PAYERS,
    PHARMACY,
    PREGNANCY_CAUSE,
    SCHEDULED,
    SERIOUS_MENTAL_ILLNESS,
    SERVICES,
    SPECIALIST,
    TREATABLE,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

N, SEED = len(SERVICES), np.uint64(3)
SAD = 1 << DEPRESSION
SUGAR = 1 << DIABETES
HEALTH, CARE = rules_of(health), rules_of(care)
PLAIN_ONSET = {
    "treatment_mean_need_onset": 1, "treatment_smoking_onset_ratio": 1, "health_onset_mental_loading": 0,
    "health_onset_loading": 0, "health_highest_frail": 1, "health_highest_mental": 1, "exposed_onset": 1,
    "health_crisis_entry": 0,
}  # fmt: skip


def of_services(**numbers_of):
    return np.array([numbers_of.get(name, 0) for name in SERVICES])


# --- conditions


def test_what_begins_this_month_neither_ends_nor_is_found_in_it():
    """A draw of .01 begins depression (chance .05), and would end it too (chance .02): it lasts, as it was not there.

    A draw of .995 would find what was there at the visit of last month.
    """
    onset = np.zeros((5, 12))
    onset[2, DEPRESSION] = 0.05
    p = numbers(**PLAIN_ONSET, health_onset=onset, health_remission=0.02, treatment_complication_half_life=0.5)
    who = someone()
    HEALTH.change_health(who, an_area(), drawing({CONDITION + DEPRESSION: 0.01, LOWEST_CONDITION: 0.2}), 0, p)
    assert (who.present, who.poor_control[DEPRESSION]) == (SAD, 0)  # nor has it worn anybody down yet


def test_heart_failure_leaves_the_past_of_the_heart_disease_before_it():
    onset = np.zeros((5, 12))
    onset[2, HEART_FAILURE] = 0.2
    who = someone(present=1 << HEART_DISEASE)
    who.poor_control[HEART_DISEASE], who.poor_control[HEART_FAILURE] = 2000, 700
    p = numbers(**PLAIN_ONSET, health_onset=onset)
    HEALTH.begin(who, 1.0, 1.0, drawing({CONDITION + HEART_FAILURE: 0.19}), 0, p)
    assert [who.poor_control[c] for c in (HEART_DISEASE, HEART_FAILURE)] == [2000, 0]


def test_a_need_that_ended_still_brings_illness_while_its_effect_lasts():
    """A felt need doubles onset, whether it is still there; a need of today that is not felt yet adds nothing."""
    rules = rules_of(health, together=lambda m, effect, p: np.log(2.0))
    p = numbers(**PLAIN_ONSET)
    found = [rules.exposed(someone(needs=n, felt_needs=felt), DEPRESSION, p) for n, felt in ((0, 2), (2, 0), (0, 0))]
    assert found == pytest.approx([2, 1, 1], rel=1e-4)


@pytest.mark.parametrize(("v", "controlled"), [(0.86, SAD), (0.84, 0)])
def test_proactive_care_brings_a_known_condition_under_control_more_often(v, controlled):
    """Half of proactive care of a ratio of 2: half as often again, .15 for .1."""
    rules = rules_of(health, gain_probability=lambda *_: 0.1)
    who = someone(present=SAD, diagnosed=SAD)
    p = numbers(practices_proactive_control_ratio=2.0, health_remission=0)
    rules.go_on(who, DEPRESSION, 0, an_area(proactive=0.5), v, p)
    assert who.controlled == controlled


def test_proactive_teams_find_conditions_of_those_who_do_not_come():
    """Half of proactive care of a ratio of 3 doubles .1; who came last month is found as before."""
    p = numbers(
        practices_proactive_diagnosis_ratio=3.0, health_diagnosis_elsewhere=0.1, health_diagnosis_at_visit=0.3,
        quality_finds=-1,
    )  # fmt: skip
    found = [
        HEALTH.diagnosis_probability(someone(since_primary=n), DEPRESSION, an_area(proactive=0.5), p) for n in (1, 0)
    ]
    assert found == pytest.approx([0.2, 0.3])


@pytest.mark.parametrize(("before", "shock", "after"), [(3, 0.0, 2), (-3, 0.0, -1), (0, 9.0, 2047), (0, -9.0, -2047)])
def test_slow_health_is_rounded_to_the_nearest_step_and_held_within_the_table(before, shock, after):
    """Half of 3 steps is 1.5; nine deviations are beyond the eight of the table, on either side."""
    rules = rules_of(health, normal=lambda *_: shock)
    who = someone(slow=before)
    rules.drift(who, drawing({SLOW_HEALTH: 0.5}), 0, numbers(health_persistence=[0.5, 0.5], health_shock=[1.0, 1.0]))
    assert who.slow == after


# --- tests and errors


def test_repeated_tests_are_a_part_of_those_that_are_left():
    """A quarter of tests was repeated, half-shared records leave .7 of these: .175 beside .75, 7 of 37."""
    rules = rules_of(communication, draw_quad=lambda *_: (0.5, 0.99, 0.5, 0.99))
    p = numbers(
        quality_duplicate_share=0.25, quality_duplicate_ratio=0.4, quality_error=0.1, quality_error_ratio=0.6,
        quality_conflict=0, quality_conflict_ratio=0.2, events_fills_missed=0,
    )  # fmt: skip
    t = a_month(served=of_services(primary=1, specialist=1, ancillary=37, pharmacy=100))
    rules.suffer_silos(someone(), t, an_area(shared_records=0.5), SEED, p)
    assert (t.duplicate_tests, t.medication_errors) == (7, 8)  # a tenth of fills, of which .8 are left


# --- the order of a month of care


def a_stay(**values):
    """A member who is admitted for sure, all of whose stays begin in the emergency department; two tests are due."""
    p = numbers(
        care_admission_cap=0.9, care_stays_through_emergency=1.0, care_readmission_adult=0, care_frequent_visits=0,
        care_ambulatory_sensitive_share=0, quality_duplicate_share=0.5, quality_duplicate_ratio=0.0, **values,
    )  # fmt: skip
    t = a_month(rate=of_services(inpatient=0.9, ancillary=0.7))
    return p, t


def test_a_stay_of_this_month_begins_in_the_emergency_department_of_this_month():
    p, t = a_stay()
    who, u = someone(), drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5})
    CARE.receive_care(who, t, an_area(), u, 0, SEED, p)
    assert (t.served[INPATIENT], t.served[EMERGENCY], t.causes.sum(), t.emergency_admitted) == (1, 1, 1, 1)
    assert who.ed_year == 1


@pytest.mark.parametrize(("shared", "tests"), [(1.0, 0), (0.0, 1)])
def test_a_stay_of_this_month_is_one_of_several_kinds_of_care(shared, tests):
    """.7 tests are expected and come with a chance of .503; with shared records half as many, .295: a draw of .4."""
    p, t = a_stay()
    u = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5, care.ANCILLARY_SERVICES: 0.4})
    CARE.receive_care(someone(), t, an_area(shared_records=shared), u, 0, SEED, p)
    assert t.served[ANCILLARY] == tests


# --- emergency visits instead of primary care


def test_visits_instead_of_primary_care_are_a_share_of_all_that_come():
    """.3 come of health and .1 instead of primary care: a quarter of the visits. A followed-up visit halves both."""
    told = []
    rules = rules_of(
        emergency,
        instead_of_asking=lambda *_: 0.1,
        after_emergency=lambda *_: 0.5,
        divide=lambda m, t, visits, instead, v, p: told.append((visits, instead)),
        poisson=lambda rate, u, table: round(1000 * rate),
        draw=lambda *_: 0.5,
    )
    t = a_month(rate=of_services(emergency=0.3), friction=-0.2)
    rules.come_to_emergency(someone(), t, an_area(avoidable=1.0), drawing(), 0, SEED, numbers())
    ((visits, instead),) = told
    assert (visits, instead) == (200, pytest.approx(0.25))


# --- programs, practices and teams


def test_a_package_goes_on_after_its_first_year():
    """The height of month 20 is 4,000, that of month 12 is 1,000: the effect rises by half of what is missing."""
    height = np.zeros_like(numbers().package_height)
    height[0, 12], height[0, 20] = 1000, 4000
    months, exposure = np.zeros((2, height.shape[0]), dtype=int)
    months[0], exposure[0] = 19, 1000
    who = someone(package=1, ever_package=1)
    who.package_months[: len(months)], who.package_exposure[: len(exposure)] = months, exposure
    rules_of(needs).be_served(who, numbers(package_height=height, package_lag=0.5))
    assert (who.package_months[0], who.package_exposure[0]) == (20, 2500)


def test_practices_bring_about_visits_of_members_who_asked_for_none():
    """.8 usual visits and a quarter more: .2 of them, with a chance of .181; nobody who asks for none gets fewer."""
    for change, v, visits in ((0.25, 0.17, 1), (0.25, 0.19, 0), (0.0, 0.0, 0), (-0.25, 0.0, 0)):
        rules = rules_of(offer, draw=lambda *_, v=v: v)
        t = a_month(rate=of_services(specialist=0.8))
        here = an_area(induced=of_services(specialist=change), withheld=np.zeros(N), lost=np.zeros(N))
        p = numbers(authorization_needed=0)
        rules.offer_visits(someone(), t, here, a_clinic(), drawing({INDUCED: 0, LOST: 0}), 0, SEED, p)
        assert (t.induced[SPECIALIST], t.served[SPECIALIST]) == (visits, visits)


@pytest.mark.parametrize(("proactive", "given"), [(0.5, 1), (0.0, 0)])
def test_a_team_calls_in_a_member_in_a_month_without_any_visit(proactive, given):
    rules = rules_of(quality, draw=lambda *_: 0.1, draw_quad=lambda *_: (0.0, 0.0, 0.0, 0.0))
    p = numbers(quality_recall=0.4, quality_at_primary=1, quality_log_odds_given=16, month_of_year=4)
    who = someone(since_screened=5)
    rules.keep_record(
        who,
        a_month(),
        a_clinic(),
        an_area(proactive=proactive),
        SEED,
        p,
        np.zeros((N_LEVELS, len(METRICS), len(OUTCOMES))),
    )
    assert who.given == given


def test_a_condition_begins_by_age_and_by_its_own_share_of_mental_frailty():
    """A child of ten: .2 and .1; one deviation of frailty adds a half to log onset of depression, .25 to the other."""
    onset, loading = np.zeros((5, 12)), np.zeros(12)
    onset[1, DEPRESSION], onset[2], onset[1, HEART_FAILURE] = 0.2, 0.9, 0.1
    loading[DEPRESSION], loading[HEART_FAILURE] = 0.5, 0.25
    p = numbers(**(PLAIN_ONSET | {"health_onset": onset, "health_onset_mental_loading": loading}))
    for condition, v, begins in (
        (DEPRESSION, 0.32, 1), (DEPRESSION, 0.34, 0), (HEART_FAILURE, 0.12, 1), (HEART_FAILURE, 0.13, 0)
    ):  # fmt: skip
        who = someone(age_months=120, mental=LOG_GRID)
        HEALTH.begin(who, 1.0, 9.0, drawing({CONDITION + condition: v}), 0, p)
        assert who.present >> condition & 1 == begins


# --- what keeps a stay away, and what does not


@pytest.mark.parametrize(
    ("fills", "outpatient", "served"), [(0.2, 0.9, (1, 0)), (0.9, 0.2, (0, 1)), (0.2, 0.2, (1, 1)), (0.9, 0.9, (0, 0))]
)
def test_drugs_and_outpatient_care_have_a_draw_each(fills, outpatient, served):
    """A rate of .5 brings something with a chance of .39."""
    t = a_month(rate=of_services(pharmacy=0.5, outpatient=0.5))
    u = drawing({care.FILLS: fills, care.OUTPATIENT_VISITS: outpatient})
    CARE.receive_care(someone(), t, an_area(), u, 0, SEED, numbers())
    assert (t.served[PHARMACY], t.served[OUTPATIENT]) == served


@pytest.mark.parametrize(("v", "stays"), [(0.23, 1), (0.26, 0), (0.49, 0)])
def test_providers_who_follow_up_keep_away_a_part_of_the_stays_that_would_come(v, stays):
    """1.6 are expected, and no more than .5 come; soon after a discharge half of these are kept away, .25."""
    p = numbers(care_admission_cap=0.5, care_readmission_adult=0, quality_loop_readmission_ratio=0.5)
    t, u = a_month(rate=of_services(inpatient=1.6)), drawing({ADMISSION: v, ADMISSION_DAY: 0.1})
    CARE.stay_in_hospital(someone(discharge_day=20), t, an_area(closed_loops=1.0), u, 0, SEED, p)
    assert t.served[INPATIENT] == stays


@pytest.mark.parametrize(("loops", "v", "back"), [(0.5, 0.29, 1), (0.5, 0.31, 0), (0.0, 0.31, 1), (0.0, 0.41, 0)])
def test_providers_who_follow_up_keep_away_readmissions(loops, v, back):
    """.4 come back without a follow-up; a full one leaves half of them, a half of one three quarters, .3."""
    p = numbers(care_readmission_adult=0.4, care_readmission_heart_failure_ratio=1, quality_loop_readmission_ratio=0.5)
    who, t = someone(discharge_day=3), a_month(served=of_services(inpatient=1))
    u = drawing({care.READMISSION: v, care.READMISSION_DELAY: 0.1})
    CARE.come_back(who, t, an_area(closed_loops=loops), u, 0, SEED, p)
    assert (t.readmissions, t.served[INPATIENT], who.discharge_day) == (back, 1 + back, 3 + 4 * back)
    assert t.ambulatory_sensitive_stays == 0  # that of the first stay is counted by itself


@pytest.mark.parametrize(("severity", "readmit", "stays"), [(0.05, 0, 0), (0.95, 0, 1), (0.05, 9, 1)])
def test_a_hospital_turns_away_the_least_costly_and_nobody_who_has_to_come_back(severity, readmit, stays):
    """A tenth of stays, those with the lowest draw of cost; a readmission of last month's discharge takes place."""
    p = numbers(care_admission_cap=0.5, care_readmission_adult=0, care_ambulatory_sensitive_share=0)
    t = a_month(rate=of_services(inpatient=0.2))
    u = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5, care.SEVERITY + INPATIENT: severity})
    CARE.stay_in_hospital(someone(readmit_next=readmit), t, an_area(turned_away=0.1), u, 0, SEED, p)
    assert (t.served[INPATIENT], t.readmissions) == (stays, int(readmit > 0))


def test_who_finds_no_psychiatric_bed_comes_to_the_emergency_department_once():
    """Two visits instead of the stay, and a half more, rounded by the draw.

    The bed is an unmet need: it is no lost visit, all of which would turn up in the department too.
    """
    rules = rules_of(care, draw=lambda *_: 0.5, psychiatric_part=lambda *_: 1.0)
    p, t = a_stay(practices_no_bed_visits=2.0, access_leak_to_emergency=1.0)
    u = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5})
    rules.receive_care(someone(), t, an_area(no_bed=1.0), u, 0, SEED, p)
    assert (t.served[INPATIENT], t.unmet[BEHAVIORAL], t.served[EMERGENCY]) == (0, 1, 2)


@pytest.mark.parametrize(
    ("before", "v", "after", "poor"), [(SAD, 0.01, 0, 2048), (0, 0.99, SAD, 0), (SAD, 0.5, SAD, 0), (0, 0.5, 0, 2048)]
)
def test_a_month_wears_down_by_the_control_that_it_ends_with(before, v, after, poor):
    rules = rules_of(health, gain_probability=lambda *_: 0.05, loss_probability=lambda *_: 0.05)
    who = someone(present=SAD, diagnosed=SAD, controlled=before)
    p = numbers(health_remission=0, treatment_complication_half_life=0.5)
    rules.go_on(who, DEPRESSION, 0, an_area(), v, p)
    assert (who.controlled, who.poor_control[DEPRESSION]) == (after, poor)


def test_what_is_refused_needs_no_bed():
    """The stay would find none, and is refused before: it is counted once, as refused."""
    rules = rules_of(care, draw=lambda *_: 0.5, psychiatric_part=lambda *_: 1.0)
    p = numbers(
        care_admission_cap=0.9, care_stays_through_emergency=0.2, authorization_needed=0, practices_no_bed_visits=2
    )
    t, u = a_month(rate=of_services(inpatient=0.9)), drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5})
    rules.stay_in_hospital(someone(in_cco=1), t, an_area(no_bed=1.0, refused=np.full(N, 0.7)), u, 0, SEED, p)
    assert (t.served[INPATIENT], t.refused_services, t.unmet[BEHAVIORAL], t.causes.sum()) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("who", "share"),
    [
        ({}, 0.1),
        ({"present": SAD}, 0.1),
        ({"present": SUGAR}, 0.3),
        ({"present": SUGAR | SAD, "controlled": SUGAR}, 0.1),
    ],
)
def test_a_chronic_disease_out_of_control_alone_makes_stays_that_care_could_avoid(who, share):
    """A fifth of stays, half as often or half as often again."""
    p = numbers(
        care_ambulatory_sensitive_share=0.2,
        care_ambulatory_sensitive_other=0.5,
        care_ambulatory_sensitive_uncontrolled=1.5,
    )
    assert CARE.sensitive_share(someone(**who), p) == pytest.approx(share)


@pytest.mark.parametrize(
    ("who", "chance"),
    [
        ({"age_months": 216}, 0.2), ({"age_months": 215}, 0.05), ({"present": 1 << HEART_FAILURE}, 0.3),
        ({"present": 1 << HEART_FAILURE, "crisis": 1}, 0.4),
    ],
)  # fmt: skip
def test_a_crisis_sets_the_chance_of_a_readmission_whatever_the_heart(who, chance):
    p = numbers(
        care_readmission_adult=0.2, care_readmission_child=0.05, care_readmission_crisis=0.4,
        care_readmission_heart_failure_ratio=1.5,
    )  # fmt: skip
    assert CARE.readmission_probability(someone(**who), p) == pytest.approx(chance)


def test_a_screening_says_what_is_needed_now_and_forgets_the_rest():
    who = someone(needs=0b011, known_needs=0b110, since_screened=7)
    t, u = a_month(served=of_services(primary=1)), drawing({care.SCREEN_NEEDS: 0.2})
    CARE.visit_primary_care(who, t, an_area(screening=0.3), u, 0, numbers())
    assert (who.known_needs, who.since_screened) == (0b011, 0)


def coming(draws, *, who=None, here=None, rate=0.0, **values):
    """Causes of a month's visits; each draw by its decision, .99 for all others."""
    rules = rules_of(
        emergency,
        draw=lambda seed, key, month, decision: draws.get(decision, 0.99),
        divide=lambda m, t, visits, instead, v, p: t.causes.__setitem__(PREGNANCY_CAUSE, visits),
    )
    t = a_month(rate=of_services(emergency=rate))
    p = numbers(
        care_emergency_mix=0.4, avoidable_of_treatable=0.5, care_pregnancy_emergency_visits=0.3,
        care_frequent_visits=0, **values,
    )  # fmt: skip
    u = drawing({emergency.EMERGENCY_VISITS: draws.get(emergency.EMERGENCY_VISITS, 0.99)})
    rules.come_to_emergency(someone(**(who or {})), t, an_area(**({"avoidable": 1.0} | (here or {}))), u, 0, SEED, p)
    return t.causes.tolist()


@pytest.mark.parametrize(
    ("draws", "told", "treatable", "pregnancy"),
    [
        ({emergency.SENT: 0.2}, {"here": {"sent": 0.5}}, 1, 0),  # .4 of .8 are sent beside them, by a draw of their own
        ({emergency.CAUSE: 0.0, emergency.AVOIDED: 0.0}, {"here": {"sent": 0.5}}, 0, 0),
        ({emergency.SENT: 0.2, emergency.AVOIDED: 0.6}, {"here": {"sent": 0.5, "avoidable": 0.0}}, 0, 0),  # and avoided
        ({emergency.SENT: 0.2, emergency.AVOIDED: 0.4}, {"here": {"sent": 0.5, "avoidable": 0.0}}, 1, 0),
        ({emergency.AVOIDED: 0.05}, {"here": {"avoidable": 1.5}}, 1, 0),  # .08 more, though nobody came
        ({emergency.AVOIDED: 0.08}, {"here": {"avoidable": 1.5}}, 0, 0),
        ({emergency.EMERGENCY_OF_PREGNANCY: 0.2, emergency.EMERGENCY_VISITS: 0.5}, {"who": {"pregnant": 2}}, 0, 2),
        ({emergency.EMERGENCY_VISITS: 0.5}, {"who": {"pregnant": 2}}, 0, 1),
        ({emergency.EMERGENCY_OF_PREGNANCY: 0.2}, {"who": {"postpartum": 2}}, 0, 0),
    ],
)
def test_visits_that_practices_the_lack_of_coordination_and_pregnancy_add(draws, told, treatable, pregnancy):
    found = coming(draws, rate=0.8, **told)
    assert (found[TREATABLE], found[PREGNANCY_CAUSE]) == (treatable, pregnancy)


def test_integrated_oral_care_avoids_dental_visits_that_were_lost_elsewhere_too():
    """One dental visit is lost and comes to the department; a ratio of .25 avoids it by a draw of .3."""
    draws = {emergency.DENTAL_AVOIDED: 0.3, emergency.LEAK_OF + DENTAL: 0.5}
    rules = rules_of(emergency, draw=lambda seed, key, month, decision: draws.get(decision, 0.99))
    p = numbers(access_leak_to_emergency=1.0, quality_oral_integration_emergency_ratio=0.25, care_frequent_visits=0)
    for present, left in ((1 << ORAL_DISEASE, 0), (0, 1)):
        t = a_month(unmet=of_services(dental=1)[: len(SCHEDULED)])
        here = an_area(oral_integration=1.0, avoidable=1.0)
        rules.come_to_emergency(someone(present=present), t, here, drawing(), 0, SEED, p)
        assert t.causes[DENTAL_CAUSE] == left


def test_a_depression_beside_serious_mental_illness_adds_no_visits_of_its_own():
    excess = np.zeros_like(numbers().care_excess)
    excess[[DEPRESSION, SERIOUS_MENTAL_ILLNESS], :, EMERGENCY] = [[0.5], [0.8]]
    rules = rules_of(emergency, worsened=lambda *_: 1.0)
    for present, mind in ((SAD, 1.5), (SAD | 1 << SERIOUS_MENTAL_ILLNESS, 1.8)):
        assert rules.added_by_conditions(someone(present=present), numbers(care_excess=excess)) == (1, mind, 1)


def test_stays_through_the_department_are_visits_of_the_year_and_no_more_than_those_that_began_there():
    """Three stays, all of them sensitive, of which two began there; one visit was counted before."""
    rules = rules_of(emergency, draw=lambda *_: 0.5, psychiatric_part=lambda *_: 1.0)
    who, t = someone(ed_year=4), a_month(index_stays=3, ambulatory_sensitive_stays=3)
    t.causes[TREATABLE] = 1
    rules.stays_through_emergency(who, t, SEED, numbers(care_stays_through_emergency=0.6))
    assert t.causes.tolist() == [0, 1, 2, 0, 0, 0]
    assert (t.emergency_admitted, t.served[EMERGENCY], who.ed_year) == (2, 3, 7)


# --- needs


def needing(who, draws, **values):
    """A month of needs; begin with .1 each, end with .3; two small draws are listed as month.py lists them."""
    plain = {
        "need_onset": 0.1, "need_season": 1, "needs_age_ratio": 1, "needs_exit": 0.3, "needs_exit_prone": 0.3,
        "needs_homeless_exit": 0.3, "needs_homeless_health_loading": 1.0, "needs_homeless_mental_loading": 0.0,
        "needs_build_up": 0.25, "needs_decay": 0.5, "needs_trace": 5, "needs_homeless_type_share": [0.5, 0.3, 0.2],
    }  # fmt: skip
    u = drawing({NEED + n: v for n, v in draws.items()} | {HOMELESS_TYPE: 0.1})
    small = sum(1 << n for n, v in draws.items() if v < 0.1)
    u[SMALL_NEEDS] = u[SMALL_NEEDS_IF_PRONE] = small
    rules_of(needs).live_with_needs(who, an_area(need_onset=np.ones(7)), u, 0, numbers(**(plain | values)))
    return who


def test_a_spell_without_a_home_stays_of_its_type():
    """A small draw begins no second spell on top of the first, which is chronic."""
    who = needing(someone(needs=1 << HOMELESSNESS, homeless_type=2), {HOMELESSNESS: 0.01})
    assert (who.needs, who.homeless_type) == (1 << HOMELESSNESS, 2)
    who = needing(someone(homeless_type=2), {HOMELESSNESS: 0.01})
    assert (who.needs, who.homeless_type) == (1 << HOMELESSNESS, 0)


def test_a_need_lasts_at_least_the_month_in_which_it_begins():
    """All needs end for sure: that of housing, which was there, and not the one that begins."""
    who = needing(someone(needs=1 << HOUSING), {FOOD: 0.01, HOUSING: 0.5}, needs_exit=1.0)
    assert who.needs == 1 << FOOD


def test_a_package_changes_the_chances_of_beginning_and_ending_each_by_its_own_ratio():
    """A package half built up: ratios of .5 and 3 make .1 to .075 and .3 to .6."""
    ratios = np.ones_like(numbers().package_onset_ratio)
    who = someone(ever_package=1)
    who.package_exposure[0] = FRACTION_GRID // 2
    onset, leaving = ratios.copy(), ratios.copy()
    onset[0, FOOD], leaving[0, FOOD] = 0.5, 3.0
    p = numbers(
        package_onset_ratio=onset, package_exit_ratio=leaving, need_onset=0.1, need_season=1, needs_age_ratio=1,
        needs_exit=0.3, n_packages=1,
    )  # fmt: skip
    rules, here = rules_of(needs), an_area(need_onset=np.ones(7))
    assert rules.onset_probability(who, FOOD, here, p) == pytest.approx(0.075)
    assert rules.exit_probability(who, FOOD, p) == pytest.approx(0.6)


def test_the_frailest_lose_a_home_on_draws_beyond_the_bound_of_all_others():
    """Three deviations of bad health make e cubed of .01, .2: a draw of .15 counts, though not listed as small."""
    for health_for_life, needs_then in ((3 * LOG_GRID, 1 << HOMELESSNESS), (0, 0)):
        who = needing(someone(permanent=health_for_life), {HOMELESSNESS: 0.15}, need_onset=0.01)
        assert who.needs == needs_then


# --- quality of life, trust and prices


def test_quality_of_life_is_that_of_health_for_life_at_most_1_and_rounded():
    """Two deviations better than the mean add .08 to .97, and no life is better than full health; luck adds none."""
    rules = rules_of(wellbeing)
    p = numbers(wellbeing_base_utility=0.97, wellbeing_age_utility_loss=0, wellbeing_permanent_utility_loss=0.04)
    for health_for_life, now, value in ((-2 * LOG_GRID, 0, 1), (2 * LOG_GRID, 0, 0.89), (0, 3 * LOG_GRID, 0.97)):
        assert rules.utility(someone(permanent=health_for_life, slow=now), p) == pytest.approx(value)
    t = a_month()
    rules_of(wellbeing, utility=lambda *_: 0.7).feel(someone(), t, an_area(), drawing(), 0, p)
    assert t.qaly_millionths == 58333
    rules_of(wellbeing, utility=lambda *_: 0.8).feel(someone(), t, an_area(), drawing(), 0, p)
    assert t.qaly_millionths == 66667  # 66,666.67


@pytest.mark.parametrize(
    ("status", "before", "v", "after"),
    [(ENROLLED, 1001, 0.9, 901), (ENROLLED, 1003, 0.9, 903), (ENROLLED, 1001, 0.1, 1311), (OFF_COVER, 1001, 0.9, 1001)],
)
def test_trust_moves_a_tenth_of_the_way_to_the_nearest_step_and_only_on_cover(status, before, v, after):
    """900.9, 902.7 and 1,310.5."""
    rules = rules_of(wellbeing, satisfaction=lambda *_: 0.5, utility=lambda *_: 0.8)
    who = someone(status=status, trust=before)
    rules.feel(who, a_month(), an_area(), drawing({wellbeing.SATISFIED: v}), 0, numbers(wellbeing_trust_speed=0.1))
    assert who.trust == after


def test_a_loss_leaves_nobody_happier_and_every_language_but_english_matters():
    """Without a clinic .2 are satisfied: a loss, after which .3 would be, cannot help. What is withheld is a loss."""
    p = numbers(
        wellbeing_satisfied=0.8, wellbeing_satisfied_unattached=0.2, wellbeing_satisfied_after_loss=0.3,
        wellbeing_satisfied_language_ratio=0.5,
    )  # fmt: skip
    withheld = of_services(behavioral=1)[: len(SCHEDULED)]
    for who, t, chance in (
        ({"attached": 0}, a_month(unmet=withheld), 0.2),
        ({}, a_month(unmet=withheld, withheld=withheld), 0.3),
        ({"language": 2}, a_month(), 0.4),
    ):
        assert rules_of(wellbeing).satisfaction(someone(**who), t, an_area(), p) == pytest.approx(chance)


def test_a_birth_has_its_price_once_and_a_dental_benefit_pays_for_teeth_alone():
    """A visit of 100 dollars and a birth of 7,000, not of 500. Half of dental care is covered, all of which is had."""
    p = numbers(
        spending_price_by_age=of_services(primary=100.0, dental=80.0, inpatient=500.0), spending_delivery_price=7000.0,
        severity_sigma=0, severity_log_level=0, access_pays_dental=1.0,
    )  # fmt: skip
    t, money = (
        a_month(served=of_services(primary=1, dental=1, inpatient=1), delivered=1),
        np.zeros((N, len(PAYERS)), int),
    )
    here = an_area(price_index=1.0, fee=1.0, dental_benefit=0.5)
    rules_of(spending).spend(someone(), t, here, drawing(), 0, p, money, np.zeros(len(COUNTS), int))
    assert money[:, 0].tolist() == (100 * of_services(primary=100, dental=40, inpatient=7000)).tolist()
    assert t.listed_cents == 718_000
