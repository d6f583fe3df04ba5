"""Quality by hand: chances that are neither 0 nor 1, and draws just below and just above them."""

import math

import numpy as np
import pytest

from sim.member import quality
from sim.member.decisions import QUALITY, QUALITY_LANES, RECALL
from sim.member.quality import GIVEN, MISSED, RECORDED
from sim.schema import (
    BEHAVIORAL,
    BLOOD_PRESSURE_CONTROL,
    DEPRESSION,
    DEPRESSION_FOLLOW_UP,
    DEPRESSION_SCREENING,
    DIABETES,
    DUE_AFTER_EMERGENCY,
    DUE_AFTER_STAY,
    EMERGENCY_VISITS,
    FOLLOW_UP_AFTER_STAY,
    HBA1C_POOR_CONTROL,
    HBA1C_TESTING,
    HYPERTENSION,
    LANGUAGE_ACCESS,
    MEDICAL_HOME,
    METRICS,
    OFF_COVER,
    POSTPARTUM_CARE,
    PRENATAL_CARE,
    PRIMARY,
    READMISSIONS,
    SERVICES,
    SUBSTANCE_USE,
    SUBSTANCE_USE_KNOWN,
    TREATMENT_ENGAGEMENT,
    TREATMENT_INITIATION,
)
from tests.support.by_hand import a_clinic, a_month, an_area, numbers, rules_of, someone

pytestmark = pytest.mark.quick

SEED = np.uint64(1)
WELL_CHILD = METRICS.index("well_child")
AFTER_STAY, AFTER_EMERGENCY = FOLLOW_UP_AFTER_STAY, FOLLOW_UP_AFTER_STAY + 1


def logistic(odds):
    return 1 / (1 + math.exp(-odds))


def of_metrics(empty=0.0, **values):
    found = np.full(len(METRICS), empty)
    for name, value in values.items():
        found[METRICS.index(name)] = value
    return found


def of_services(**served):
    return np.array([served.get(name, 0) for name in SERVICES])


def with_chances(given, recorded, draws=None, more=0.0):
    """Rules whose every occasion brings care with chance ``given`` (and ``more``), recorded with ``recorded``; the
    counts; draws by decision, else early.
    """
    counts, asked, drawn = [], [], draws or {}

    def quad(seed, key, month, decision):
        return tuple(drawn.get(decision + lane, 0.0) for lane in range(4))

    def chance(m, metric, extra, here, p):
        asked.append((metric, extra))
        return given + more * extra

    rules = rules_of(
        quality,
        draw=lambda seed, key, month, decision: drawn.get(decision, 0.0),
        draw_quad=quad,
        chance=chance,
        chance_recorded=lambda metric, here, p: recorded,
        count_quality=lambda m, metric, people, given, recorded, sums: counts.append((metric, people, given, recorded)),
    )
    return rules, counts, asked


def lane(metric, place=0):
    return QUALITY + QUALITY_LANES * metric + place


@pytest.mark.parametrize(
    ("who", "odds"),
    [
        ({"attached": 0}, -0.4 + 0.3 + 0.2),
        ({"attached": 1}, -0.4 + 0.3 + 0.2 + 0.5),
        ({"attached": 0, "language": 2}, -0.4 + 0.3 + 0.2 - 0.6 * 0.75),
        ({"attached": 0, "rurality": 1}, -0.4 + 0.3 + 0.2 - 0.1),
        ({"attached": 1, "rurality": 2, "language": 1}, -0.4 + 0.3 + 0.2 + 0.5 - 0.6 * 0.75 - 0.1),
    ],
)
def test_the_chance_that_care_is_given_adds_log_odds(who, odds):
    p = numbers(
        quality_log_odds_given=of_metrics(0.9, well_child=-0.4),
        quality_attached=0.5,
        quality_language=-0.6,
        quality_rural=-0.1,
    )
    here = an_area(deliver=of_metrics(2.0, well_child=0.3), interpreters=0.25, aimed_at=np.full(len(METRICS), -1))
    found = rules_of(quality).chance(someone(**who), WELL_CHILD, 0.2, here, p)
    assert found == pytest.approx(logistic(odds), rel=2e-4)


def test_what_is_given_is_recorded_with_a_chance_of_its_own():
    p = numbers(quality_log_odds_recorded=of_metrics(0.1, well_child=0.7))
    found = rules_of(quality).chance_recorded(WELL_CHILD, an_area(record=of_metrics(3.0, well_child=0.2)), p)
    assert found == pytest.approx(logistic(0.9), rel=2e-4)


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [(0.61, 0.0, MISSED), (0.59, 0.31, GIVEN), (0.59, 0.29, RECORDED), (0.6, 0.0, MISSED)],
)
def test_an_occasion_is_missed_given_or_recorded(first, second, outcome):
    rules, _, asked = with_chances(0.5, 0.3, {lane(WELL_CHILD): first, lane(WELL_CHILD, 1): second}, more=0.5)
    assert rules.attempt(someone(), WELL_CHILD, 0.2, an_area(), SEED, numbers()) == outcome
    assert asked == [(WELL_CHILD, 0.2)]
    who = someone(given=1, recorded=1)
    rules.note(who, WELL_CHILD, outcome)
    assert (who.given, who.recorded) == (1 | (outcome >= GIVEN) << WELL_CHILD, 1 | (outcome == RECORDED) << WELL_CHILD)
    assert rules.outcome_of(who, WELL_CHILD) == outcome


@pytest.mark.parametrize(
    ("attached", "proactive", "draw", "called"),
    [(1, 0.5, 0.19, True), (1, 0.5, 0.21, False), (0, 0.5, 0.0, False), (1, 0.0, 0.0, False)],
)
def test_a_team_calls_in_a_part_of_those_with_a_clinic_who_did_not_come(attached, proactive, draw, called):
    rules, _, _ = with_chances(1.0, 1.0, {RECALL: draw})
    who, p = (
        someone(attached=attached, since_screened=5),
        numbers(quality_recall=0.4, quality_at_primary=1 << WELL_CHILD, quality_at_dental=0),
    )
    rules.use_occasions(who, a_month(), True, an_area(proactive=proactive), SEED, p, None)
    assert who.given == called << WELL_CHILD


@pytest.mark.parametrize(
    ("who", "prenatal", "postpartum"),
    [
        ({"pregnant": 3, "months_covered": 30}, 1, 0),
        ({"pregnant": 4, "months_covered": 30}, 0, 0),
        ({"pregnant": 7, "months_covered": 1}, 1, 0),
        ({"pregnant": 7, "months_covered": 2}, 0, 0),
        ({"pregnant": 0, "months_covered": 1}, 0, 0),
        ({"postpartum": 2}, 0, 1),
        ({"postpartum": 3}, 0, 0),
        ({"postpartum": 0}, 0, 0),
    ],
)
def test_care_early_in_a_pregnancy_or_soon_after_cover_and_after_a_birth(who, prenatal, postpartum):
    rules, _, _ = with_chances(1.0, 1.0)
    seen = someone(**who)
    rules.see_clinician(seen, an_area(), SEED, numbers(quality_prenatal_until=3, quality_postpartum_until=2))
    assert (seen.given >> PRENATAL_CARE & 1, seen.given >> POSTPARTUM_CARE & 1) == (prenatal, postpartum)


@pytest.mark.parametrize(
    ("draw", "recorded", "outcome"), [(0.41, 0.2, (1, 1, 1)), (0.41, 0.4, (1, 1, 0)), (0.39, 0.2, (1, 0, 0))]
)
def test_who_speaks_another_language_is_alone_without_a_clinician_and_an_interpreter(draw, recorded, outcome):
    """Half find a clinician of their language; of the other half a fifth have an interpreter: two fifths are alone."""
    rules, counts, _ = with_chances(0.5, 0.3, {lane(LANGUAGE_ACCESS): draw, lane(LANGUAGE_ACCESS, 1): recorded})
    rules.be_understood(someone(language=1), an_area(interpreters=0.2), SEED, numbers(), None)
    assert counts == [(LANGUAGE_ACCESS, *outcome)]


@pytest.mark.parametrize(
    ("due", "seen", "draw", "outcomes"),
    [
        (DUE_AFTER_STAY, "", 0.69, {AFTER_STAY: (1, 1, 1)}),
        (DUE_AFTER_STAY, "", 0.71, {AFTER_STAY: (1, 0, 0)}),
        (DUE_AFTER_EMERGENCY, "", 0.71, {AFTER_EMERGENCY: (1, 0, 0)}),
        (DUE_AFTER_EMERGENCY, "behavioral", 0.71, {AFTER_EMERGENCY: (1, 1, 1)}),
        (DUE_AFTER_STAY, "specialist", 0.71, {AFTER_STAY: (1, 1, 1)}),
        (DUE_AFTER_STAY, "dental", 0.71, {AFTER_STAY: (1, 0, 0)}),
        (DUE_AFTER_STAY | DUE_AFTER_EMERGENCY, "", 0.69, {AFTER_STAY: (1, 1, 1), AFTER_EMERGENCY: (1, 1, 1)}),
    ],
)
def test_a_discharge_or_emergency_visit_is_followed_up_by_a_visit_or_by_closed_loops(due, seen, draw, outcomes):
    """Half are reached, and closed loops, of which half are there, add .4: seven in ten."""
    draws = {lane(AFTER_STAY): draw, lane(AFTER_EMERGENCY): draw}
    rules, counts, _ = with_chances(0.5, 0.3, draws, more=1.0)
    who, t = someone(due=due | SUBSTANCE_USE_KNOWN), a_month(served=of_services(**({seen: 1} if seen else {})))
    rules.follow_up(who, t, True, an_area(closed_loops=0.5), SEED, numbers(quality_loop=0.4), None)
    assert {metric: tuple(rest) for metric, *rest in counts} == outcomes
    assert who.due == SUBSTANCE_USE_KNOWN
    again = someone(due=due)
    rules.follow_up(again, t, False, an_area(closed_loops=0.5), SEED, numbers(quality_loop=0.4), None)
    assert (len(counts), again.due) == (len(outcomes), 0)


@pytest.mark.parametrize(("draw", "recorded"), [(0.29, 0), (0.31, 2)])
def test_readmissions_called_observation_are_not_on_record(draw, recorded):
    rules, counts, _ = with_chances(1.0, 1.0, {lane(READMISSIONS): draw})
    who = someone(diagnosed=1 << SUBSTANCE_USE)
    t = a_month(index_stays=3, readmissions=2, served=of_services(emergency=1))
    rules.leave_hospital(who, t, True, an_area(observation=0.3), SEED, numbers(), None)
    assert counts == [(READMISSIONS, 3, 2, recorded)]
    assert who.due == DUE_AFTER_STAY | DUE_AFTER_EMERGENCY
    other = someone(diagnosed=1 << DIABETES)
    rules.leave_hospital(other, a_month(served=of_services(emergency=1)), True, an_area(), SEED, numbers(), None)
    assert (other.due, len(counts)) == (0, 1)


@pytest.mark.parametrize(
    ("first", "second", "outcomes"),
    [(0.69, 0.49, [(1, 1, 1), (1, 1, 1)]), (0.69, 0.51, [(1, 1, 1), (1, 0, 0)]), (0.71, 0.0, [(1, 0, 0), (1, 0, 0)])],
)
def test_treatment_of_substance_use_begins_by_closed_loops_and_goes_on_without(first, second, outcomes):
    draws = {lane(TREATMENT_INITIATION): first, lane(TREATMENT_ENGAGEMENT): second}
    rules, counts, asked = with_chances(0.5, 0.9, draws, more=1.0)
    who = someone(diagnosed=1 << SUBSTANCE_USE)
    rules.find_substance_use(who, True, an_area(closed_loops=0.5), SEED, numbers(quality_loop=0.4), None)
    assert counts == [(TREATMENT_INITIATION, *outcomes[0]), (TREATMENT_ENGAGEMENT, *outcomes[1])]
    assert asked[0] == (TREATMENT_INITIATION, pytest.approx(0.2))
    assert who.due == SUBSTANCE_USE_KNOWN
    rules.find_substance_use(who, True, an_area(), SEED, numbers(), None)  # it is no longer known: nothing counts
    assert (who.due, len(counts)) == (0, 2)


@pytest.mark.parametrize(
    ("metric", "who", "tier", "counted"),
    [
        (EMERGENCY_VISITS, {"ed_year": 5}, 0, (12, 5, 5)),
        (MEDICAL_HOME, {"attached": 1}, 2, (3, 2, 2)),
        (MEDICAL_HOME, {"attached": 0}, 2, (3, 0, 0)),
        (BLOOD_PRESSURE_CONTROL, {"controlled": 1 << HYPERTENSION}, 0, (1, 1, 0)),
        (
            BLOOD_PRESSURE_CONTROL,
            {"controlled": 1 << HYPERTENSION, "recorded": 1 << BLOOD_PRESSURE_CONTROL},
            0,
            (1, 1, 1),
        ),
        (BLOOD_PRESSURE_CONTROL, {"controlled": 1 << DIABETES, "recorded": 1 << BLOOD_PRESSURE_CONTROL}, 0, (1, 0, 0)),
        (HBA1C_POOR_CONTROL, {"controlled": 1 << DIABETES}, 0, (1, 0, 1)),  # no test on record counts as poor
        (HBA1C_POOR_CONTROL, {"controlled": 1 << DIABETES, "recorded": 1 << HBA1C_TESTING}, 0, (1, 0, 0)),
        (HBA1C_POOR_CONTROL, {"recorded": 1 << HBA1C_TESTING}, 0, (1, 1, 1)),
        (WELL_CHILD, {"given": 1 << WELL_CHILD}, 0, (1, 1, 0)),
        (WELL_CHILD, {"given": 1 << WELL_CHILD, "recorded": 1 << WELL_CHILD}, 0, (1, 1, 1)),
        (WELL_CHILD, {}, 0, (1, 0, 0)),
    ],
)
def test_what_counts_in_december(metric, who, tier, counted):
    rules, counts, _ = with_chances(1.0, 1.0)
    rules.judge(someone(**who), metric, a_clinic(tier=tier), None)
    assert counts == [(metric, *counted)]


@pytest.mark.parametrize(
    ("who", "month", "judged"),
    [
        ({"in_cco": 1, "months_covered": 11}, 11, True),
        ({"in_cco": 1, "months_covered": 10}, 11, False),
        ({"in_cco": 1, "months_covered": 11}, 10, False),
        ({"in_cco": 0, "months_covered": 11}, 11, False),
        ({"in_cco": 1, "months_covered": 11, "status": OFF_COVER}, 11, False),
    ],
)
def test_members_of_a_cco_who_were_covered_long_enough_are_judged_in_december(who, month, judged):
    told = []
    rules = rules_of(quality, judge_year=lambda *_: told.append("judged"))
    p = numbers(month_of_year=month, quality_continuous_months=11, quality_postpartum_until=2)
    rules.keep_record(someone(**who), a_month(), a_clinic(), an_area(), SEED, p, None)
    assert told == ["judged"] * judged


def test_a_positive_screen_is_followed_up_by_closed_loops():
    rules, counts, asked = with_chances(0.5, 0.9, {lane(DEPRESSION_FOLLOW_UP): 0.69}, more=1.0)
    here, p = an_area(closed_loops=0.5), numbers(quality_loop=0.4)
    rules.answer_screen(someone(), True, here, SEED, p, None)
    rules.answer_screen(someone(), False, here, SEED, p, None)
    assert counts == [(DEPRESSION_FOLLOW_UP, 1, 1, 1)]
    assert asked == [(DEPRESSION_FOLLOW_UP, pytest.approx(0.2))] * 2


@pytest.mark.parametrize(
    ("served", "who", "found"),
    [
        ({"primary": 1}, {}, 0b01),
        ({"dental": 1}, {}, 0b10),
        ({"primary": 1, "dental": 1}, {}, 0b11),
        ({"specialist": 1}, {"diagnosed": 1 << DIABETES}, 1 << HBA1C_TESTING),
        ({"primary": 1}, {"diagnosed": 1 << DIABETES}, 0b01 | 1 << HBA1C_TESTING),
        ({"dental": 1}, {"diagnosed": 1 << DIABETES}, 0b10),
        ({"primary": 1}, {"age_months": 479}, 0),
    ],
)
def test_a_visit_is_an_occasion_for_the_measures_of_its_kind_and_age(served, who, found):
    table = np.zeros(numbers().quality_at_primary.shape, dtype=np.int64)
    table[40] = 1
    p = numbers(quality_at_primary=table, quality_at_dental=2 * table)
    t = a_month(served=of_services(**served))
    assert rules_of(quality).open_measures(someone(**who), t, t.served[PRIMARY] > 0, p) == found


@pytest.mark.parametrize(("screened", "judged"), [(1, True), (0, False)])
def test_whose_depression_is_known_is_judged_by_screening_only_if_screened_in_the_year(screened, judged):
    told = []
    rules = rules_of(quality, judge=lambda m, metric, *_: told.append(metric))
    p = numbers(quality_judged=np.full(120, 1 << DEPRESSION_SCREENING))
    who = someone(diagnosed=1 << DEPRESSION, given=screened << DEPRESSION_SCREENING)
    rules.judge_year(who, a_clinic(), p, None)
    assert (DEPRESSION_SCREENING in told) == judged


def test_a_behavioral_visit_alone_asks_for_an_interpreter():
    told = []
    rules = rules_of(quality, be_understood=lambda *_: told.append("asked"))
    t = a_month(served=1 * (np.arange(len(SERVICES)) == BEHAVIORAL))
    rules.keep_record(someone(language=1, in_cco=1), t, a_clinic(), an_area(), SEED, numbers(), None)
    assert told == ["asked"]
