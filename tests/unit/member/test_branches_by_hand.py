"""Branches of a member's month by hand, by age band, area, need or kind: both sides of each, no number twice."""

import numpy as np
import pytest

from sim.member import (
    emergency,
    enrollment,
    frequent_users,
    health,
    mortality,
    offer,
    practice,
    smoking,
    spending,
    tally,
    wellbeing,
)
from sim.member.decisions import COVER, CRISIS, FREQUENT_SPELL, SEVERITY, SMOKING
from sim.schema import (
    BEHAVIORAL,
    BEHAVIORAL_CAUSE,
    CAUSES,
    DENTAL,
    DENTAL_CAUSE,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    ENROLLED,
    FEMALE,
    FRACTION_GRID,
    LOG_GRID,
    OFF_COVER,
    ORAL_DISEASE,
    PARENT,
    SERIOUS_MENTAL_ILLNESS,
    SUBSTANCE_USE,
    THIRD_PARTY,
    TREATABLE,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

SEED = np.uint64(3)
COVERED, SPELL = rules_of(enrollment), rules_of(frequent_users)


def means(**instead):
    """Rules of the emergency department of which each Poisson mean is noted, and nobody comes."""
    seen = []
    return seen, rules_of(emergency, poisson=lambda mean, *_: seen.append(mean) or 0, draw=lambda *_: 0.5, **instead)


def test_a_frequent_user_is_sent_more_often_too():
    """A tenth of a visit by health and two of the class; half as many again are sent."""
    seen, department = means()
    rate = np.where(np.arange(9) == EMERGENCY, 0.1, 0.0)
    p = numbers(care_frequent_visits=2.0)
    department.come_to_emergency(someone(frequent=1), a_month(rate=rate), an_area(sent=0.5), drawing(), 0, SEED, p)
    assert seen == pytest.approx([2.1, 1.05])


@pytest.mark.parametrize(("age", "treatable"), [(120, 0.3), (480, 0.4), (900, 0.6)])
def test_a_lack_of_coordination_adds_a_part_of_the_treatable_visits_of_the_age(age, treatable):
    """Of two visits; six tenths of treatable ones could be avoided, and half of those come on top."""
    mix = np.zeros((5, len(CAUSES)))
    mix[:, TREATABLE] = 0.2, 0.3, 0.4, 0.5, 0.6
    seen, department = means()
    p = numbers(care_emergency_mix=mix, avoidable_of_treatable=0.6)
    department.avoid(someone(age_months=age), a_month(), an_area(avoidable=1.5), 2.0, 0.5, SEED, p)
    assert seen == pytest.approx([2.0 * treatable * 0.6 * 0.5])
    t = a_month()
    department.divide(someone(age_months=age), t, 100, 0.0, 0.5, p)
    assert t.causes[TREATABLE] == pytest.approx(100 * treatable, abs=1)


def test_stays_begin_in_the_emergency_department_by_age():
    share = [0.0, 0.25, 0.5, 0.75, 1.0]
    for age, visits in ((20, 0), (120, 2), (480, 4), (600, 6), (900, 8)):
        t = a_month(index_stays=8)
        rules_of(emergency).stays_through_emergency(
            someone(age_months=age), t, SEED, numbers(care_stays_through_emergency=share)
        )
        assert t.emergency_admitted == visits


def test_conditions_that_lower_visits_take_none_away_from_a_cause():
    """Depression and oral disease under control lower visits; diabetes trebles them."""
    table = np.zeros_like(numbers().care_excess)
    table[DIABETES], table[DEPRESSION], table[ORAL_DISEASE] = 2.0, -0.4, -0.3
    rules = rules_of(emergency, worsened=lambda *_: 1.0)
    who = someone(present=1 << DIABETES | 1 << DEPRESSION | 1 << ORAL_DISEASE)
    assert rules.added_by_conditions(who, numbers(care_excess=table)) == pytest.approx((3, 1, 1))


def test_visits_that_are_lost_come_as_often_as_those_of_their_kind():
    chances = np.array([0.5, 0.0, 0.25, 0.75, 0, 0, 0, 0, 0])
    t = a_month(unmet=[4, 4, 4, 4])
    rules_of(emergency).lost_visits(someone(), t, drawing(), 0, SEED, numbers(access_leak_to_emergency=chances))
    assert [t.causes[cause] for cause in (TREATABLE, BEHAVIORAL_CAUSE, DENTAL_CAUSE)] == [2, 1, 3]
    assert (BEHAVIORAL, DENTAL) == (2, 3)


@pytest.mark.parametrize(("who", "left"), [({"present": 1 << ORAL_DISEASE}, 6), ({"diagnosed": 1 << ORAL_DISEASE}, 8)])
def test_integrated_oral_care_avoids_visits_of_those_who_have_oral_disease(who, left):
    """Half strength of a ratio of .5 leaves three quarters of eight; known or not."""
    t = a_month(causes=8 * (np.arange(len(CAUSES)) == DENTAL_CAUSE))
    p = numbers(quality_oral_integration_emergency_ratio=0.5)
    rules_of(emergency).avoid_dental(someone(**who), t, an_area(oral_integration=0.5), SEED, p)
    assert t.causes[DENTAL_CAUSE] == left


# --- cover


@pytest.mark.parametrize(("area", "v", "status"), [(0, 0.0, 1), (1, 0.19, 0), (1, 0.21, 1)])
def test_an_event_takes_cover_from_a_kind_of_members_in_an_area(area, v, status):
    """Four tenths of parents, half of that in the second area; nobody leaves otherwise."""
    leavers, where = np.full(numbers().events_leavers.shape, 0.9), np.zeros(numbers().events_leavers_in.shape)
    leavers[PARENT], where[1] = 0.4, 0.5
    p = numbers(
        enrollment_off_renewal_exit=0, enrollment_renewal_loss=0, events_leavers=leavers, events_leavers_in=where
    )
    who = someone(eligibility=PARENT, area=area)
    COVERED.enroll(who, a_month(), drawing({COVER: v}), 0, p)
    assert who.status == (ENROLLED if status else OFF_COVER)


@pytest.mark.parametrize(("age", "v", "pregnant"), [(167, 0.0, 0), (168, 0.29, 1), (168, 0.31, 0), (300, 0.29, 0)])
def test_conception_is_by_age_from_the_month_of_the_youngest_mother_on(age, v, pregnant):
    p = numbers(enrollment_youngest_mother=168, enrollment_conception=[0.9, 0.3, 0.1, 0.8, 0.7])
    who = someone(sex=FEMALE, age_months=age)
    COVERED.update_pregnancy(who, a_month(), v, p)
    assert who.pregnant == pregnant


def test_the_lasting_core_of_frequent_users_never_ends():
    for kind, left in ((1, 0), (2, 2)):
        who = someone(frequent=kind)
        SPELL.change_frequent_use(who, drawing({FREQUENT_SPELL: 0.1}), 0, numbers(care_frequent_exit=0.2))
        assert who.frequent == left


@pytest.mark.parametrize(("condition", "at_risk"), [(SUBSTANCE_USE, 1), (SERIOUS_MENTAL_ILLNESS, 1), (DEPRESSION, 0)])
def test_who_has_a_spell_of_frequent_use_more_often(condition, at_risk):
    """Twice as often: a draw between a tenth and two tenths."""
    who = someone(present=1 << condition)
    p = numbers(care_frequent_entry=0.1, care_frequent_ratio=2.0)
    SPELL.change_frequent_use(who, drawing({FREQUENT_SPELL: 0.15}), 0, p)
    assert who.frequent == at_risk


# --- health and death


def test_health_for_life_alone_makes_frail():
    """One deviation for life at a loading of .5; two for now change nothing."""
    seen = []
    rules = rules_of(
        health, begin=lambda m, frail, *_: seen.append(frail), drift=lambda *_: None, crisis=lambda *_: None,
        highest_onset_ratio=lambda *_: 9.0,
    )  # fmt: skip
    rules.change_health(
        someone(permanent=LOG_GRID, slow=2 * LOG_GRID), an_area(), drawing(), 0, numbers(health_onset_loading=0.5)
    )
    assert seen == pytest.approx([np.exp(0.5)], rel=1e-3)


def test_no_onset_is_raised_by_more_than_the_bound_of_who_has_felt_needs_or_none():
    p = numbers(health_highest_frail=3.0, health_highest_mental=5.0, exposed_onset=[1.5, 2.0])
    rules = rules_of(health)
    assert [rules.highest_onset_ratio(someone(felt_needs=felt), p) for felt in (0, 0b10)] == [22.5, 30.0]


def test_slow_health_of_high_need_has_its_own_pace_and_shock():
    """One deviation: half of it is left, or a quarter and a shock of a half."""
    rules = rules_of(health, normal=lambda *_: 1.0)
    for high, slow in ((0, 128), (1, 64 + 128)):
        who = someone(slow=LOG_GRID, high_need=high)
        rules.drift(who, drawing(), 0, numbers(health_persistence=[0.5, 0.25], health_shock=[0, 0.5]))
        assert who.slow == slow


def test_a_crisis_comes_by_health_for_life_and_for_now():
    """Twice a half in logs: .02 is .0544."""
    p = numbers(health_crisis_entry=0.02, health_crisis_loading=0.5, health_highest_crisis=1e3)
    for v, begins in ((0.053, 1), (0.056, 0)):
        who = someone(permanent=LOG_GRID, slow=LOG_GRID)
        rules_of(health).crisis(who, drawing({CRISIS: v}), 0, p)
        assert who.crisis == begins


def test_work_for_a_measure_finds_conditions_at_visits_as_far_as_it_goes():
    rules = rules_of(health, work_for=lambda *_: 0.5)
    p = numbers(health_diagnosis_at_visit=0.1, quality_finds=0, quality_find=0.8)
    assert rules.diagnosis_probability(someone(), DEPRESSION, an_area(), p) == pytest.approx(
        0.1 * np.exp(0.4), rel=1e-3
    )


def test_a_condition_begins_without_a_past():
    rules = rules_of(health, exposed=lambda *_: 1.0)
    who = someone(poor_control=FRACTION_GRID)
    p = numbers(health_onset=0.1, health_onset_mental_loading=0)
    rules.begin(who, 1.0, 1.0, np.full((1000, 1), 0.05), 0, p)
    assert not who.poor_control.any()


@pytest.mark.parametrize(("age", "ratio"), [(215, 1.0), (216, 2.0)])
def test_smoking_counts_from_the_month_of_eighteen_years(age, ratio):
    p = numbers(treatment_mean_need_onset=4.0, treatment_smoking_onset_ratio=2.0)
    twice = {"smoking_ratio": lambda *_: 2.0}
    assert rules_of(health, **twice).exposed(someone(age_months=age), DIABETES, p) == pytest.approx(ratio / 4)
    table = 1e-4 * np.arange(1, 1 + numbers().life_table.size).reshape(numbers().life_table.shape)
    for sex in (0, 1):
        who = someone(age_months=age, sex=sex)
        found = rules_of(mortality, **twice).death_probability(who, numbers(life_table=table, mortality_ratio=1))
        assert found == pytest.approx(table[age // 12, sex] * ratio)


# --- what practices offer


def of_visits(*values):
    """Numbers of the four scheduled services; of others nothing."""
    return np.array([*values, *[0] * 5])


def test_each_service_is_brought_about_withheld_and_lost_by_its_own_numbers():
    """Fees move care by 1 to 4, half to the better off, where the member stands at .4; a clinic decides for its own.

    A tenth, a fifth and three tenths of three services are refused, of which a quarter was needed; three tenths of all
    are kept from the member; four fifths of dental care can be afforded.
    """
    brought, offered = [], []
    rules = rules_of(
        offer,
        refused=lambda m, here, s: 0.1 * s,
        affordable=lambda *_: 0.8,
        induce=lambda m, t, s, change, withheld, *_: brought.extend([change, withheld]),
        offer=lambda m, t, s, clinic, withheld, lost, *_: offered.extend([withheld, lost]),
    )
    four = np.arange(1, 5)
    here = an_area(favor=0.5, withheld=of_visits(0.9, 0.2, 0.4, 0.5), lost=of_visits(0.9, 0.21, 0.22, 0.23))
    here.induced[:4] = 0.1 * four
    here.by_fees[:4] = four
    clinic = a_clinic(induced=0.05, withheld=0.1, lost=0.02)
    p = numbers(means_place=0.4, authorization_needed=0.25)
    rules.offer_visits(someone(), a_month(diverted=0.3, asked=1), here, clinic, drawing(), 0, SEED, p)
    withheld = [1 - 0.9 * 0.7, 1 - 0.8 * 0.7 * 0.975, 1 - 0.6 * 0.7 * 0.95, 1 - 0.5 * 0.8 * 0.7 * 0.925]
    assert brought[::2] == pytest.approx([0.1 + 0.2 + 0.05, 0.6 - 0.075, 0.9 - 0.15, 1.2 - 0.225])
    assert brought[1::2] == offered[::2] == pytest.approx(withheld)
    assert offered[1::2] == pytest.approx([0.02, 0.21, 0.22, 0.23])


def test_usual_visits_that_need_did_not_ask_for_are_a_part_of_each_service():
    """Of 100 visits of the third service three tenths; a tenth less is brought about, and a quarter of it withheld."""
    t = a_month(asked=100)
    p = numbers(access_induced_share=of_visits(0.1, 0.2, 0.3, 0.4))
    rules_of(offer, draw=lambda *_: 0.5).induce(someone(), t, 2, -0.1, 0.25, 0.5, SEED, p)
    assert (t.induced[:4].tolist(), t.asked[:4].tolist()) == ([0, 0, 15, 0], [100, 100, 70, 100])


def test_waits_take_a_part_of_what_is_not_withheld():
    t = a_month(asked=of_visits(0, 100, 0, 0))
    rules_of(offer, draw=lambda *_: 0.5).offer(someone(), t, 1, a_clinic(), 0.4, 0.5, 0.5, SEED, numbers())
    assert (t.withheld[1], t.unmet[1], t.served[1]) == (40, 40 + 30, 30)


def test_clinicians_expect_the_cost_of_the_age():
    p = numbers(expected_by_age=[100.0, 200, 300, 400, 500])
    found = [rules_of(practice).expected_cost(someone(age_months=age), p) for age in (20, 120, 480, 600, 900)]
    assert found == [100, 200, 300, 400, 500]


def test_rates_are_compared_to_what_members_on_cover_are_expected_to_cost():
    """Of two women of 40 one has lost cover."""
    members = np.concatenate([np.atleast_1d(np.asarray(someone(status=status))) for status in (ENROLLED, OFF_COVER)])
    cents, people = np.zeros((2, 8), dtype=int)
    rules_of(practice).add_expected(members.view(np.recarray), numbers(expected_by_age=300.0), cents, people)
    assert (cents.sum(), people.sum()) == (30_000, 1)


# --- what is spent, counted and felt


def test_each_service_has_its_own_luck_and_prices():
    """Two visits to specialists and three of outpatient care, at 50: number x price x luck x index, in cents."""
    seen, nine = [], np.arange(1, 10)
    rules = rules_of(spending, severity=lambda v, *_: v, split=lambda m, t, s, cents, *_: seen.append((s, cents)))
    prices = np.outer(np.arange(1, 6), 10.0 * nine)
    u = drawing({SEVERITY + s: 0.125 * (s + 1) for s in range(9)})
    t = a_month(served=2 * (np.arange(9) == 1) + 3 * (np.arange(9) == 7))
    here = an_area(price_index=0.5 * nine)
    rules.spend(someone(age_months=600), t, here, u, 0, numbers(spending_price_by_age=prices), None, None)
    specialist, outpatient = 100 * 2 * 80 * 0.25 * 1.0, 100 * 3 * 320 * 1.0 * 4.0
    assert seen == [(1, specialist), (7, outpatient)]
    assert t.listed_cents == specialist + outpatient


def test_what_is_induced_or_paid_by_others_alone_is_counted():
    row = np.zeros(5000, dtype=int)
    cents = np.zeros(4, dtype=int)
    cents[THIRD_PARTY] = 700
    rules_of(tally).count_care(a_month(induced=[0, 0, 3, 0], cents=cents), row)
    assert row[tally.INDUCED + 2] == 3
    assert row[tally.THIRD_PARTY_CENTS] == 700
    assert row.sum() == 703


@pytest.mark.parametrize(("age", "smokes"), [(215, 1), (216, 0), (217, 0)])
def test_an_adult_may_quit_from_the_month_of_eighteen_years(age, smokes):
    who = someone(age_months=age, smokes=1)
    p = numbers(treatment_quit=0.02, treatment_quit_support=1.0)
    rules_of(smoking).change_smoking(who, a_month(), drawing({SMOKING: 0.01}), 0, p)
    assert who.smokes == smokes


def test_a_refusal_of_what_was_needed_is_a_loss_and_a_need_hurts_as_far_as_it_is_felt():
    life = rules_of(wellbeing)
    p = numbers(
        wellbeing_satisfied=0.8, wellbeing_satisfied_after_loss=0.3, needs_utility_loss=0.1, needs_attenuation=0.5
    )
    for refused, chance in ((0, 0.8), (1, 0.3)):
        assert life.satisfaction(someone(), a_month(refused_needed=refused), an_area(), p) == pytest.approx(chance)
    who = someone(felt_needs=0b11, exposure=FRACTION_GRID // 4 * np.array([1, 2, 0, 0, 0, 0, 0]))
    assert life.need_loss(who, p) == pytest.approx(0.1 * 0.25 + 0.05 * 0.5)
