"""What a month leaves in records and counts, by hand: visits of one kind, second chances, who dies, who is new."""

import numpy as np
import pytest

from sim.engine.numbers import normal_table
from sim.member import (
    access,
    authorization,
    away,
    comorbidity,
    control,
    demand,
    enrollment,
    month,
    mortality,
    practice,
    psychiatric_beds,
    quality,
    tally,
)
from sim.member.decisions import CONCEPTION, COVER, DEATH, THROUGH_EMERGENCY
from sim.member.prepare import spending_tables
from sim.member.quality_tables import quality_tables
from sim.schema import (
    AGE_BANDS,
    AGED,
    BEHAVIORAL_CAUSE,
    BLOOD_PRESSURE_CONTROL,
    CHILDHOOD_IMMUNIZATION,
    CONFLICTING,
    COUNT_INDEX,
    COUNTS,
    DEPRESSION,
    DEPRESSION_FOLLOW_UP,
    DEPRESSION_SCREENING,
    DIABETES,
    DISABLED,
    EMERGENCY,
    ENROLLED,
    EXPANSION,
    FEMALE,
    FOOD,
    FRACTION_GRID,
    HARMED,
    HBA1C_POOR_CONTROL,
    HBA1C_TESTING,
    HOMELESSNESS,
    HYPERTENSION,
    INPATIENT,
    LONGEST,
    METRICS,
    NEEDS_SCREENING,
    OFF_COVER,
    PHARMACY,
    PRIMARY,
    RATE_DISABLED,
    SCHEDULED,
    SERVICES,
    SIXTY_FIVE_YEARS,
    VACANT,
    WELL_CHILD,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

N, SEED = len(SERVICES), np.uint64(1)
SAD, SUGAR, PRESSURE = 1 << DEPRESSION, 1 << DIABETES, 1 << HYPERTENSION


def of_services(**numbers_of):
    return np.array([numbers_of.get(name, 0) for name in SERVICES])


# --- quality


def sure(recorded=True, **instead):
    """Rules of quality under which all care is given, and recorded if asked for; and what they count."""
    counts = []
    rules = rules_of(
        quality,
        **({
            "draw": lambda *_: 0.5, "draw_quad": lambda *_: (0.5, 0.5, 0.5, 0.5), "chance": lambda *_: 1.0,
            "chance_recorded": lambda *_: float(recorded),
            "count_quality": lambda m, metric, people, given, recorded, sums: counts.append((metric, people, given)),
        } | instead),
    )  # fmt: skip
    return rules, counts


@pytest.mark.parametrize("service", ["primary", "specialist"])
def test_a_visit_to_a_specialist_is_an_occasion_for_what_any_clinician_does(service):
    """Blood pressure is recorded and HbA1c tested."""
    rules, _ = sure()
    who = someone(diagnosed=PRESSURE | SUGAR, since_screened=5)
    p = numbers(quality_at_primary=0, quality_at_dental=0, month_of_year=4)
    rules.keep_record(who, a_month(served=of_services(**{service: 1})), a_clinic(), an_area(), SEED, p, None)
    assert who.recorded == 1 << BLOOD_PRESSURE_CONTROL | 1 << HBA1C_TESTING


@pytest.mark.parametrize(("known", "counted", "given"), [(0, [DEPRESSION_FOLLOW_UP], 1), (SAD, [], 0)])
def test_a_screen_finds_who_does_not_know_and_is_followed_up(known, counted, given):
    """Who is diagnosed is not screened: there is nothing to find."""
    rules, counts = sure()
    who = someone(present=SAD, diagnosed=known, since_screened=5)
    p = numbers(quality_at_primary=1 << DEPRESSION_SCREENING, quality_at_dental=0)
    rules.use_occasions(who, a_month(served=of_services(primary=1)), True, an_area(), SEED, p, None)
    assert [metric for metric, _, _ in counts] == counted
    assert who.given >> DEPRESSION_SCREENING & 1 == given


def test_a_screening_that_was_not_recorded_has_no_second_chance_in_the_year():
    p = numbers(quality_at_primary=0, quality_at_dental=0)
    for before, after in ((1, 0), (0, 1)):
        who = someone(since_screened=0, given=before << NEEDS_SCREENING)
        sure()[0].use_occasions(who, a_month(served=of_services(primary=1)), True, an_area(), SEED, p, None)
        assert who.recorded >> NEEDS_SCREENING & 1 == after


def test_whose_blood_pressure_and_blood_sugar_a_year_is_judged_by():
    """Blood pressure of who knows and came, blood sugar of who knows."""
    both = {"diagnosed": PRESSURE | SUGAR, "primary_year": 2}
    for who, measures in (
        (both, {BLOOD_PRESSURE_CONTROL, HBA1C_POOR_CONTROL, HBA1C_TESTING}),
        (both | {"primary_year": 0}, {HBA1C_POOR_CONTROL, HBA1C_TESTING}),
        (both | {"diagnosed": PRESSURE}, {BLOOD_PRESSURE_CONTROL}),
    ):
        rules, counts = sure()
        judged = sum(1 << one for one in (BLOOD_PRESSURE_CONTROL, HBA1C_POOR_CONTROL, HBA1C_TESTING))
        rules.judge_year(someone(**who), a_clinic(), numbers(quality_judged=judged), None)
        assert {metric for metric, _, _ in counts} == measures


# --- counts


def test_who_comes_back_and_dies_in_a_month_was_there():
    """All who came and went are counted: without the return there would be a death of nobody."""
    row = np.zeros(len(COUNTS), int)
    rules_of(tally).count_moves(someone(), a_month(entered=1, died=1, covered=1), row)
    rules_of(tally).count_moves(someone(), a_month(left=1, died=1, covered=0), row)
    counted = {name: row[COUNT_INDEX[name]] for name in ("returns", "deaths", "exits", "deaths_off_cover")}
    assert counted == dict.fromkeys(counted, 1)


def test_a_clinic_is_sought_for_what_it_is_to_give():
    """Of 9 asked for 2 are withheld and 3 met by telephone; 1 is brought about."""
    t = a_month(asked=9, withheld=2, induced=1, primary_replaced=3, served=of_services(primary=4))
    sought, served, of_clinics, given = np.zeros((2, 4), int), np.zeros((2, 4), int), np.zeros(3, int), np.zeros(3, int)
    rules_of(tally).count_visits(someone(area=1, clinic=2), t, sought, served, of_clinics, given)
    assert (of_clinics.tolist(), given.tolist()) == ([0, 0, 5], [0, 0, 4])
    assert sought.tolist() == [[0] * 4, [5, 8, 8, 8]]


# --- cover, birth and death


def test_who_dies_on_cover_was_covered():
    rules = rules_of(enrollment, dies=lambda *_: True)
    for status, covered in ((1, 1), (OFF_COVER, 0)):
        who, t = someone(status=status), a_month()
        rules.enroll(who, t, drawing({COVER: 0.9}), 0, numbers(enrollment_return_early=0))
        assert (who.status, t.died, t.covered) == (VACANT, 1, covered)


@pytest.mark.parametrize(("age", "newcomer"), [(0, 2), (1, 1), (2, 1)])
def test_a_newborn_is_a_birth_and_a_child_of_a_month_comes_from_elsewhere(age, newcomer):
    t = a_month()
    rules_of(enrollment, dies=lambda *_: False).enroll(
        someone(age_months=age, months_covered=0), t, drawing({COVER: 0.9, DEATH: 0.9}), 0, numbers()
    )
    assert t.newcomer == newcomer


def test_a_woman_may_conceive_in_the_year_after_a_birth():
    who = someone(sex=FEMALE, postpartum=4)
    rules_of(enrollment).update_pregnancy(who, a_month(), 0.01, numbers(enrollment_conception=0.02))
    assert (who.pregnant, who.postpartum) == (1, 5)


# --- use


def expected(who, **values):
    """Expected use of a member of whose service one is expected, doubled by conditions; .25 stays of an error."""
    rules = rules_of(
        demand,
        add_up_conditions=lambda m, rate, excess, p: rate.__imul__(2.0),
        diverted=lambda *_: 0.25,
        add_access=lambda *_: None,
        join_care=lambda *_: None,
    )
    p = numbers(
        care_log_base=0, events_log_visits=0, care_loading=0, care_loading_slow=0, care_loading_seeking=0,
        season_emergency=0, treatment_error_stay=0.25, package_enrollment=0.5, package_log_effect=0, package_stacking=0,
        n_packages=1, **values,
    )  # fmt: skip
    t = a_month()
    rules.expect_use(someone(**who), t, an_area(), p)
    assert t.diverted == 0.25
    return t.rate


def test_errors_and_case_finding_add_to_use_and_conditions_multiply_it():
    """Conditions double one; an error adds .25 stays and a new package .5 of each; a quarter of drugs is diverted."""
    plain = np.full(N, 2.0)
    plain[PHARMACY] = 1.5
    assert expected({}) == pytest.approx(plain, rel=1e-4)
    harmed = plain.copy()
    harmed[INPATIENT] = 2.25
    assert expected({"due": HARMED}) == pytest.approx(harmed, rel=1e-4)
    found = np.full(N, 2.5)
    found[PHARMACY] = 0.75 * 2.5
    assert expected({"package": 1, "ever_package": 1}) == pytest.approx(found, rel=1e-4)


def test_years_of_poor_control_multiply_what_a_condition_adds_to_stays():
    """Half as much again, times 1.4 after poor control: 1.1 more. Visits to clinicians know no poor control."""
    excess = np.full_like(numbers().care_excess, 0.5)
    rules = rules_of(comorbidity, worsened=lambda *_: 1.4)
    found = [
        rules.excess_of(someone(present=SUGAR), DIABETES, s, numbers(care_excess=excess))
        for s in (INPATIENT, EMERGENCY, PRIMARY)
    ]
    assert found == pytest.approx([1.1, 1.1, 0.5])


# --- control, practices and hospitals


def test_needs_that_are_felt_keep_from_control_and_a_conflict_alone_undoes_it():
    p = numbers(
        health_control_gain=0.1, gain_if_seen=1, quality_controls=-1, health_control_loss=0.02, loss_if_filled=1,
        events_fills_missed=0, treatment_conflict_loss_ratio=3, health_control_mental_loading=0,
        practices_proactive_loss_ratio=1,
    )  # fmt: skip
    rules = rules_of(control, together=lambda m, effect, p: np.log(0.5), understood=lambda *_: 1.0)
    gained = [rules.gain_probability(someone(felt_needs=felt), DEPRESSION, 0, an_area(), p) for felt in (0, 1 << FOOD)]
    assert gained == pytest.approx([0.1, 0.05], rel=1e-4)
    lost = [rules.loss_probability(someone(due=due), DEPRESSION, 0, an_area(), p) for due in (0, HARMED, CONFLICTING)]
    assert lost == pytest.approx([0.02, 0.02, 0.06])


def test_a_package_lowers_loss_of_control_of_each_condition_by_its_own_ratio():
    ratios = np.ones_like(numbers().package_control_loss)
    ratios[0, DEPRESSION], ratios[0, 0] = 0.5, 0.9
    p = numbers(
        health_control_loss=0.02, loss_if_filled=1, events_fills_missed=0, health_control_mental_loading=0,
        package_control_loss=ratios, n_packages=1,
    )  # fmt: skip
    who = someone(ever_package=1)
    who.package_exposure[0] = FRACTION_GRID
    assert rules_of(control).loss_probability(who, DEPRESSION, 0, an_area(), p) == pytest.approx(0.01)


def test_clinicians_compare_cost_to_the_rate_of_the_members_own_category():
    rates = np.full(numbers().expected_rate.shape, 100.0)
    rates[RATE_DISABLED] = 400.0
    p = numbers(expected_rate=rates)
    rules = rules_of(practice, expected_cost=lambda *_: 500.0)
    found = [rules.unprofitable(someone(eligibility=kind), p) for kind in (DISABLED, 0)]
    assert found == pytest.approx([0.25, 1.0])


def test_fees_bring_volume_of_each_service_by_its_own_fee():
    rate, fees = np.zeros(N), 0.1 * np.arange(N)
    rules_of(practice).favor(someone(), rate, an_area(favor=0.5, by_fees=fees), numbers(means_place=0.4))
    unscheduled = np.arange(N) >= len(SCHEDULED)
    assert rate == pytest.approx(0.2 * fees * unscheduled)


def test_who_finds_no_bed_adds_visits_to_those_of_the_month():
    rules = rules_of(psychiatric_beds, draw=lambda *_: 0.9, psychiatric_part=lambda *_: 0.5)
    t = a_month()
    t.causes[BEHAVIORAL_CAUSE] = 3
    assert rules.finds_no_bed(someone(), t, an_area(no_bed=0.8), SEED, numbers(practices_no_bed_visits=1.5))
    assert t.causes[BEHAVIORAL_CAUSE] == 3 + 2  # 1.5, and .75 by the draw: .3 of .4


@pytest.mark.parametrize(("age", "refused"), [(120, True), (480, False)])
def test_stays_that_are_planned_are_so_by_age(age, refused):
    """Of children's stays a half, of adults' a fifth is planned; .6 of stays would be refused: a draw of .3."""
    through = np.array([0.5, 0.5, 0.8, 0.8, 0.8])
    rules = rules_of(authorization, draw=lambda seed, key, month, n: 0.3 if n == THROUGH_EMERGENCY else 0.9)
    p, t = numbers(care_stays_through_emergency=through, authorization_needed=0), a_month()
    here = an_area(refused=np.full(N, 0.6))
    assert rules.is_stay_refused(someone(in_cco=1, age_months=age), t, here, SEED, p) is refused


# --- the order of the rules


def test_the_rules_of_a_month_follow_one_another():
    """Who dies has no child; an illness of today counts for a spell of frequent use; visits that practices make of what
    is asked for come before the question whether somebody asked, and satisfaction after the care.
    """
    order = []
    names = (
        "enroll", "update_pregnancy", "live_with_needs", "change_health", "change_frequent_use", "expect_use",
        "ask_for_visits", "offer_visits", "keep_or_find_clinic", "receive_care", "change_smoking", "feel",
    )  # fmt: skip
    told = {name: (lambda *_, name=name: order.append(name)) for name in names}
    rules = rules_of(month, **told, meet_unfair_care=lambda *_: None)
    rules.live(someone(), a_month(), an_area(), a_clinic(), drawing({CONCEPTION: 0.9}), 0, SEED, numbers())
    assert order == list(names)
    order.clear()

    def die(m, *_):
        m.status = VACANT
        order.append("enroll")

    rules_of(month, **(told | {"enroll": die})).live(
        someone(), a_month(), an_area(), a_clinic(), drawing(), 0, SEED, numbers()
    )
    assert order == ["enroll"]


def test_a_members_cost_of_the_year_is_what_medicaid_paid():
    """700 and 50 cents; what others paid is no cost of the plan."""
    rules = rules_of(
        month, suffer_silos=lambda *_: None, keep_record=lambda *_: None,
        spend=lambda m, t, *_: t.cents.__setitem__(slice(None), [50, 7, 3, 2]),
    )  # fmt: skip
    who = someone(spend_year=700)
    rules.settle(who, a_month(), an_area(), a_clinic(), drawing(), 0, SEED, numbers(), None, None, None)
    assert who.spend_year == 750


# --- clocks and chances at their ends


def test_a_span_without_cover_begins_to_count_at_once_and_one_on_cover_ends_at_the_highest_count():
    rules, p = rules_of(enrollment), numbers(enrollment_forget_after=36)
    for before, after in (
        ({"status": OFF_COVER, "months_off": 0}, (0, 1)),
        ({"months_covered": LONGEST}, (LONGEST, 0)),
    ):
        who = someone(**({"months_covered": 0} | before))
        rules.end_of_month(who, p)
        assert (who.months_covered, who.months_off) == after


@pytest.mark.parametrize(("kind", "status"), [(DISABLED, ENROLLED), (EXPANSION, OFF_COVER)])
def test_who_is_disabled_keeps_cover_at_65(kind, status):
    """Half of the others lose it in the month of their birthday, all of whom are aged from then on."""
    who = someone(age_months=SIXTY_FIVE_YEARS - 1, eligibility=kind)
    p = numbers(enrollment_age_65_exit=0.5, enrollment_off_renewal_exit=0, enrollment_renewal_loss=0, renewal_rule=0)
    rules_of(enrollment, dies=lambda *_: False).enroll(who, a_month(), drawing({COVER: 0.4}), 0, p)
    assert (who.status, who.eligibility, who.dual) == (status, AGED, 1)


def test_who_dies_of_poor_control_need_not_know_and_a_package_that_houses_alone_leaves_a_past_without_a_home():
    """Poor control doubles the chance of .01. Having had no home doubles it again, and housing takes a quarter away."""
    rules = rules_of(
        mortality, log_deaths_from_poor_control=lambda *_: np.log(2.0), smoking_ratio=lambda *_: 1.0,
        met_by_packages=lambda m, p: {1: 1 << HOMELESSNESS, 2: 1 << FOOD}[int(m.package)],
    )  # fmt: skip
    p = numbers(
        life_table=0.01, mortality_ratio=1, deadly_conditions=SUGAR, needs_homeless_death_ratio=2,
        needs_housed_death_ratio=0.75,
    )  # fmt: skip
    for who, chance in (({"present": SUGAR}, 0.02), ({"package": 1}, 0.015), ({"package": 2}, 0.01), ({}, 0.01)):
        assert rules.death_probability(someone(**who), p) == pytest.approx(chance, rel=1e-4)


@pytest.mark.parametrize(("well", "other", "asked"), [(0.2, 0.9, 1), (0.9, 0.2, 0)])
def test_well_child_visits_have_a_draw_of_their_own(well, other, asked):
    u = drawing({access.WELL_VISITS: well, access.ASK: other})
    t = a_month()
    rules_of(access).ask_for_visits(someone(age_months=20), t, u, 0, numbers(care_well_child_visits=0.5))
    assert t.asked[PRIMARY] == asked


def test_an_old_person_who_is_away_costs_what_an_old_person_costs():
    price = np.zeros_like(numbers().spending_price_by_age)
    price[:, PRIMARY] = 10, 20, 30, 40, 50
    p = numbers(spending_price_by_age=price, access_leak_to_emergency=0)
    for age, dollars in ((20, 10), (900, 50)):
        t = a_month(rate=of_services(primary=1.0))
        who = someone(age_months=age)
        rules = rules_of(away, well_visits=lambda *_: 0.0)
        assert rules.expected_care(who, t, an_area(price_index=1.0), a_clinic(), p) == 100 * dollars


def test_what_adds_to_use_is_added_whatever_else_is_added():
    """A crisis .1, high need .2; a package of the past .3; without cover .4, and without a clinic .5; programs .05."""
    rules = rules_of(
        demand,
        add_packages=lambda m, t, p: t.rate.__iadd__(0.3),
        join_care=lambda m, t, here, p: t.rate.__iadd__(0.05),
        face_barriers=lambda *_: 0.0,
    )
    p = numbers(
        care_log_base=0, events_log_visits=0, care_loading=0, care_loading_slow=0, care_loading_seeking=0,
        season_emergency=0, care_log_crisis=0.1, care_log_high_need=0.2, access_log_off_cover=0.4,
        access_log_unattached=0.5, wellbeing_trust_engagement=0,
    )  # fmt: skip
    everything = {"crisis": 1, "high_need": 1, "ever_package": 1, "status": OFF_COVER, "attached": 0}
    for who, log in ((everything, 1.55), ({"ever_package": 1}, 0.35), ({}, 0.05)):
        t = a_month()
        rules.expect_use(someone(**who), t, an_area(), p)
        assert np.log(t.rate) == pytest.approx(np.full(N, log), abs=1e-4)


def test_use_and_ratios_are_never_below_nothing_and_clinicians_expect_what_conditions_add_together():
    """Two known conditions add 1.5 each, times 1.2 for a second: 4.6 times 100 dollars. A third is not known."""
    joined, scaled = rules_of(comorbidity).joined, rules_of(practice).scaled
    p = numbers(care_comorbidity=0.2, expected_by_age=100.0, expected_excess=1.5)
    assert (joined(-1.5, 1, p), joined(-0.5, 1, p)) == pytest.approx((0, 0.5))
    assert (scaled(-1.0, 0.75), scaled(0.2, 0.5), scaled(3.0, 0.5)) == pytest.approx((0, 0.6, 2))
    who = someone(present=SAD | SUGAR | PRESSURE, diagnosed=SAD | SUGAR)
    assert rules_of(practice).expected_cost(who, p) == pytest.approx(460)


def test_ages_of_measures_are_years_with_the_last_included():
    """Well-child care at 3 to 6, open a year before; children are immunized until month 30; a chance of .8 is log 4."""
    n = len(METRICS)
    youngest, oldest, ones = np.full(n, 50), np.full(n, 40), np.ones(len(SERVICES))
    youngest[WELL_CHILD], oldest[WELL_CHILD] = 3, 6
    found = quality_tables(
        {
            "quality_youngest": youngest, "quality_oldest": oldest, "care_immunize_until": np.array(30.0),
            "quality_given": np.full(n, 0.8), "quality_recorded": np.full(n, 0.5),
            "quality_behavioral_integration_ratio": ones, "quality_care_management_ratio": np.array(1.0),
            "quality_oral_integration_dental_ratio": np.array(1.0),
        }
    )  # fmt: skip

    def years(table, metric):
        return np.flatnonzero(found[table] >> metric & 1).tolist()

    assert years("quality_judged", WELL_CHILD) == [3, 4, 5, 6]
    assert years("quality_at_primary", WELL_CHILD) == [2, 3, 4, 5, 6]
    assert years("quality_at_primary", CHILDHOOD_IMMUNIZATION) == [0, 1, 2]
    assert found["quality_log_odds_given"] == pytest.approx(np.full(n, np.log(4)))
    assert found["quality_log_odds_recorded"] == pytest.approx(np.zeros(n))


def test_amounts_have_a_mean_of_1_whatever_their_spread():
    """The mean over the 2,048 equal slices that are drawn; a spread of 1.5, and half of it in the old."""
    bands = len(AGE_BANDS)
    found = spending_tables(
        {
            "spending_severity_age_ratio": np.array([1, 1, 1, 1, 0.5]), "spending_severity": np.full(N, 1.5),
            "spending_price_level": np.array(1.0), "spending_delivery_price": np.array(1.0), "levels_price": np.ones(N),
            "levels_price_age_ratio": np.ones((bands, N)),
        }
    )  # fmt: skip
    assert found["severity_sigma"][:, 0] == pytest.approx([1.5] * 4 + [0.75])
    amounts = np.exp(found["severity_log_level"][..., None] + found["severity_sigma"][..., None] * normal_table())
    assert amounts.mean(axis=-1) == pytest.approx(np.ones((bands, N)), rel=1e-9)
