"""Use, quality of life and spending by hand: what each part of a member's state adds, and who pays for it."""

import numpy as np
import pytest

from sim.measures.strata import LEVELS
from sim.member import communication, demand, groups, practice, spending, tally, wellbeing
from sim.member.decisions import SATISFIED
from sim.schema import (
    AGED,
    ASTHMA,
    BEHAVIORAL,
    CHILD,
    CONDITIONS,
    COPD,
    COUNT_INDEX,
    COUNTED_BY_RULES,
    COUNTS,
    DENTAL,
    DEPRESSION,
    DIABETES,
    DISABLED,
    EMERGENCY,
    EXPANSION,
    FOOD,
    FRACTION_GRID,
    HARMED,
    HEART_FAILURE,
    HOUSING,
    HYPERTENSION,
    INPATIENT,
    ISOLATION,
    LOG_GRID,
    NEEDS,
    OFF_COVER,
    ORAL_DISEASE,
    PARENT,
    PHARMACY,
    PRIMARY,
    RATE_CATEGORIES,
    SAFETY,
    SERIOUS_MENTAL_ILLNESS,
    SERVICES,
    SPECIALIST,
    UTILITIES,
)
from tests.support.by_hand import a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

DEMAND, LIFE, GROUPS = rules_of(demand), rules_of(wellbeing), rules_of(groups)
PRACTICE, TALK, TALLY = rules_of(practice), rules_of(communication), rules_of(tally)
FULL, HALF = FRACTION_GRID, FRACTION_GRID // 2
N = len(SERVICES)


def bits(*places):
    return sum(1 << place for place in places)


def effects(**by_service):
    """A row of log effects: 0 but for these services."""
    return np.array([by_service.get(name, 0.0) for name in SERVICES])


def added(rule, who, p, *more):
    t = a_month()
    rule(who, t, *more, p)
    return t.rate


@pytest.mark.parametrize(
    ("present", "diagnosed", "controlled", "expected"),
    [
        ([DIABETES], [], [], 0.1),
        ([DIABETES], [DIABETES], [], 0.2),
        ([DIABETES], [DIABETES], [DIABETES], 0.3),
        ([DIABETES, HYPERTENSION], [DIABETES], [], (0.2 + 0.1) * 1.25),  # two conditions: a quarter more
        ([DEPRESSION], [], [], 0.1),
        ([SERIOUS_MENTAL_ILLNESS, DEPRESSION], [DEPRESSION], [], 0.1),  # depression beside it is in it already
    ],
)
def test_what_conditions_add(present, diagnosed, controlled, expected):
    table = np.zeros_like(numbers().care_excess)
    table[:, :, PRIMARY] = [0.1, 0.2, 0.3]
    p = numbers(care_excess=table, care_comorbidity=0.25)
    who = someone(present=bits(*present), diagnosed=bits(*diagnosed), controlled=bits(*controlled))
    rate = np.full(N, 2.0)
    DEMAND.add_up_conditions(who, rate, np.zeros(N), p)
    assert rate[PRIMARY] == pytest.approx(2.0 * (1 + expected))
    assert rate[DENTAL] == 2.0


@pytest.mark.parametrize(("poor", "stays"), [(0, 1.0), (HALF, 1.2), (FULL, 1.4)])
def test_years_of_poor_control_add_stays_and_no_visits(poor, stays):
    worse = np.zeros_like(numbers().complication_excess)
    worse[DIABETES, INPATIENT] = 0.4
    rate = np.ones(N)
    who = someone(present=bits(DIABETES), poor_control=poor)
    DEMAND.add_up_conditions(who, rate, np.zeros(N), numbers(care_excess=0, complication_excess=worse))
    assert rate[[INPATIENT, PRIMARY]].tolist() == pytest.approx([stays, 1.0])


def test_what_needs_add_the_strongest_in_full_and_the_next_by_half():
    order = [SAFETY, FOOD, *(n for n in range(7) if n not in (SAFETY, FOOD))]
    ranks = [sum(1 << i for i, n in enumerate(order) if mask >> n & 1) for mask in range(128)]
    causal = np.zeros((7, N))
    causal[SAFETY], causal[FOOD] = effects(emergency=0.4), effects(emergency=0.2)
    p = numbers(needs_log_causal=causal, need_order=order, need_ranks=ranks, needs_attenuation=0.5)
    built = np.zeros(7, dtype=int)
    built[SAFETY], built[FOOD] = FULL, FULL
    both = added(DEMAND.add_needs, someone(felt_needs=bits(SAFETY, FOOD), exposure=built), p)
    assert both[EMERGENCY] == pytest.approx(0.4 + 0.5 * 0.2)
    built[SAFETY] = HALF  # felt by half, it leaves three quarters of the next
    both = added(DEMAND.add_needs, someone(felt_needs=bits(SAFETY, FOOD), exposure=built), p)
    assert both[EMERGENCY] == pytest.approx(0.5 * 0.4 + 0.75 * 0.2)


@pytest.mark.parametrize(
    ("effect", "cap", "expected"),
    [
        ([-0.3, -0.2, 0.0], -0.5, -0.5),
        ([-0.3, -0.2, -0.1], -0.05, -0.35),  # the strongest cut in full, the others no further than the cap
        ([-0.3, 0.2, 0.0], -0.05, -0.1),
    ],
)
def test_what_packages_add(effect, cap, expected):
    table = np.zeros_like(numbers().package_log_effect)
    table[:3, EMERGENCY] = effect
    p = numbers(package_log_effect=table, package_stacking=cap)
    who = someone(ever_package=0b111, package_exposure=FULL)
    assert added(DEMAND.add_packages, who, p)[EMERGENCY] == pytest.approx(expected)


def test_case_finding_adds_visits_of_the_packages_that_serve_the_member_and_of_no_other():
    table = np.zeros_like(numbers().package_enrollment)
    table[:3, PRIMARY] = [0.4, 0.2, 0.1]
    p = numbers(package_enrollment=table)
    assert added(DEMAND.add_enrollment, someone(package=0b001), p)[PRIMARY] == pytest.approx(0.4)
    assert added(DEMAND.add_enrollment, someone(package=0b110), p)[PRIMARY] == pytest.approx(0.3)
    assert added(DEMAND.add_enrollment, someone(package=0b001, package_exposure=HALF), p)[PRIMARY] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("who", "interpreters", "primary", "specialist", "emergency"),
    [
        ({}, 0.0, 0, 0, 0),
        ({"status": OFF_COVER}, 0.0, -0.5, -0.5, -0.5),
        ({"months_covered": 11}, 0.0, 0.25, 0.25, 0.25),
        ({"months_covered": 11, "months_off": 6}, 0.0, 0.125, 0.125, 0.125),  # half a year of demand was pent up
        ({"months_covered": 11, "months_off": 30}, 0.0, 0.25, 0.25, 0.25),
        ({"months_covered": 12}, 0.0, 0, 0, 0),
        ({"months_covered": 2, "months_off": 3}, 0.0, 0.0625, 0.0625, 0.0625),  # a quarter of a year was put off
        ({"months_covered": 2, "months_off": 30}, 0.0, 0.25, 0.25, 0.25),
        ({"months_covered": 5, "age_months": 11}, 0.0, 0, 0, 0),  # a newborn has put nothing off
        ({"attached": 0}, 0.0, -0.1, -0.1, -0.1),
        ({"language": 1}, 0.0, -0.2, -0.2, 0),
        ({"language": 1}, 0.75, -0.05, -0.05, 0),
        ({"wary": HALF}, 0.0, -0.3, -0.3, 0),
        ({"eligibility": EXPANSION, "prone": 1 << FOOD}, 0.0, -0.15, -0.15, 0),
        ({"rurality": 1}, 0.0, 0, -0.4, 0),
    ],
)
def test_what_access_adds(who, interpreters, primary, specialist, emergency):
    p = numbers(
        access_log_off_cover=-0.5,
        access_log_entry_boost=0.25,
        access_log_unattached=-0.1,
        equity_log_distrust=-0.6,
        equity_log_day_off=-0.15,
        access_log_language=-0.2,
        access_log_rural_specialist=-0.4,
        wellbeing_trust_engagement=0.1,
    )
    t = a_month()
    DEMAND.add_access(someone(trust=HALF, **who), t, an_area(interpreters=interpreters), p)
    assert t.rate[[PRIMARY, SPECIALIST, EMERGENCY]].tolist() == pytest.approx([primary, specialist, emergency])


def test_trust_moves_primary_care_up_and_down():
    p = numbers(wellbeing_trust_engagement=0.1)
    for trust, log in ((0, -0.1), (HALF, 0.0), (FULL, 0.1)):
        t = a_month()
        DEMAND.add_access(someone(trust=trust), t, an_area(), p)
        assert t.rate[PRIMARY] == pytest.approx(log)


# --- quality of life

LOSSES = {
    "wellbeing_condition_utility_loss": (np.arange(12) == DIABETES) * 0.1
    + (np.arange(12) == DEPRESSION) * 0.06
    + (np.arange(12) == HYPERTENSION) * 0.04
    + (np.arange(12) == ORAL_DISEASE) * 0.02,
    "wellbeing_uncontrolled_utility_ratio": 1.5,
    "wellbeing_other_conditions_share": 0.5,
}


@pytest.mark.parametrize(
    ("conditions", "controlled", "loss"),
    [
        ([DIABETES], [DIABETES], 0.1),
        ([DIABETES], [], 0.15),
        ([DIABETES, DEPRESSION], [DIABETES, DEPRESSION], 0.16),
        ([DIABETES, DEPRESSION, HYPERTENSION], [DIABETES, DEPRESSION, HYPERTENSION], 0.16 + 0.02),
        ([DIABETES, DEPRESSION, HYPERTENSION], [DIABETES, DEPRESSION], 0.16 + 0.03),
        ([DEPRESSION, HYPERTENSION, ORAL_DISEASE], [DEPRESSION, HYPERTENSION, ORAL_DISEASE], 0.1 + 0.01),
    ],
)
def test_the_two_worst_conditions_count_in_full_and_the_others_by_half(conditions, controlled, loss):
    who = someone(present=bits(*conditions), controlled=bits(*controlled))
    assert LIFE.condition_loss(who, numbers(**LOSSES)) == pytest.approx(loss)


def test_needs_take_from_quality_of_life_each_further_one_less():
    p = numbers(needs_utility_loss=0.1, needs_attenuation=0.5)
    who = someone(felt_needs=0b111, exposure=FULL)
    assert LIFE.need_loss(who, p) == pytest.approx(0.1 + 0.05 + 0.025)


def test_utility_by_hand():
    p = numbers(
        **LOSSES,
        wellbeing_base_utility=0.95,
        wellbeing_age_utility_loss=[0, 0, 0.05, 0.1, 0.2],
        wellbeing_permanent_utility_loss=0.04,
        wellbeing_crisis_utility_loss=0.3,
        needs_utility_loss=0.1,
        wellbeing_lowest_utility=0.2,
    )
    who = someone(permanent=128)  # half a standard deviation sicker
    assert LIFE.utility(who, p) == pytest.approx(0.95 - 0.05 - 0.02)
    who.present = bits(DIABETES)
    assert LIFE.utility(who, p) == pytest.approx(0.88 - 0.15)
    who.crisis = 1
    assert LIFE.utility(who, p) == pytest.approx(0.73 - 0.3)
    who.felt_needs, who.exposure = 0b1, FULL
    assert LIFE.utility(who, p) == pytest.approx(0.43 - 0.1)
    who.age_months = 900
    assert LIFE.utility(who, p) == 0.2  # the floor: .18 would be less


def test_experience_and_trust():
    p = numbers(
        wellbeing_satisfied=0.8,
        wellbeing_satisfied_unattached=0.6,
        wellbeing_satisfied_after_loss=0.3,
        wellbeing_satisfied_language_ratio=0.5,
        wellbeing_trust_speed=0.25,
    )
    lost = a_month(unmet=np.arange(DENTAL + 1) == DENTAL)
    for who, t, interpreters, chance in (
        ({}, a_month(), 0, 0.8),
        ({"attached": 0}, a_month(), 0, 0.6),
        ({}, lost, 0, 0.3),
        ({"language": 1}, a_month(), 0, 0.4),
        ({"language": 1}, a_month(), 0.5, 0.6),
    ):
        assert LIFE.satisfaction(someone(**who), t, an_area(interpreters=interpreters), p) == pytest.approx(chance)
    for v, trust in ((0.79, HALF + HALF // 4), (0.81, HALF - HALF // 4)):
        who = someone(trust=HALF)
        LIFE.feel(who, a_month(), an_area(), drawing({SATISFIED: v}), 0, p)
        assert who.trust == trust


# --- money


def shares_paid(cents, fee=1.0, cco_price=1.0, **who):
    """Cents by payer of one amount: Medicare pays 40%, a third party 25% of the rest, 60% go unpaid without cover."""
    p = numbers(spending_medicare_share=0.4, spending_third_party_share=0.25, spending_uninsured_share=0.6)
    t, money = a_month(), np.zeros((N, 4), dtype=np.int64)
    here, row = an_area(fee=fee, cco_price=cco_price), np.zeros(len(COUNTS), dtype=np.int64)
    rules_of(spending).split(someone(**who), t, PRIMARY, cents, here, p, money, row)
    assert money[PRIMARY].tolist() == t.cents.tolist()
    assert row[COUNT_INDEX["primary_cents"]] == row.sum() == t.cents.sum()
    return t.cents.tolist()


def test_who_pays_a_claim():
    assert shares_paid(1001) == [1001, 0, 0, 0]
    assert shares_paid(1001, dual=1) == [601, 400, 0, 0]
    assert shares_paid(1001, third_party=1) == [751, 0, 250, 0]
    assert shares_paid(1001, dual=1, third_party=1) == [451, 400, 150, 0]
    assert shares_paid(1001, status=OFF_COVER, dual=1) == [0, 0, 0, 600]


def test_fees_and_prices_of_ccos_change_what_medicaid_pays_alone():
    assert shares_paid(1000, fee=0.9, dual=1) == [540, 400, 0, 0]
    assert shares_paid(1000, cco_price=0.8) == [1000, 0, 0, 0]  # the price of a CCO is not that of the open card
    assert shares_paid(1000, cco_price=0.8, in_cco=1) == [800, 0, 0, 0]


def test_a_birth_has_a_price_of_its_own():
    """Two stays, one of them a birth, at 100 and 700 USD, twice as costly here as in month 0; severity is 1."""
    money = rules_of(spending)
    p = numbers(spending_price_by_age=100, spending_delivery_price=700, severity_sigma=0, severity_log_level=0)
    for delivered, served, dollars in ((0, 2, 400), (1, 2, 1600), (1, 1, 1400)):
        t = a_month(delivered=delivered, served=served * (np.arange(N) == INPATIENT))
        row = np.zeros(len(COUNTS), dtype=np.int64)
        money.spend(someone(), t, an_area(price_index=2), drawing(), 0, p, np.zeros((N, 4), dtype=np.int64), row)
        assert (t.cents[0], t.listed_cents) == (100 * dollars, 100 * dollars)
        assert row[COUNT_INDEX["inpatient_cents"]] == row.sum() == 100 * dollars


# --- practices and communication


def test_who_costs_more_than_the_rate_gets_less_where_practices_divert():
    p = numbers(expected_by_age=1, expected_excess=0.5, expected_rate=1)
    assert PRACTICE.unprofitable(someone(), p) == pytest.approx(0, abs=1e-4)
    sick = someone(present=bits(DIABETES), diagnosed=bits(DIABETES))
    assert PRACTICE.unprofitable(sick, p) == pytest.approx(0.5, abs=1e-3)
    assert PRACTICE.unprofitable(someone(present=bits(DIABETES)), p) == pytest.approx(0, abs=1e-4)  # nobody knows
    assert PRACTICE.diverted(sick, an_area(diversion=0.4), p) == pytest.approx(0.2, abs=1e-3)
    assert PRACTICE.diverted(someone(), an_area(diversion=0.4), p) == pytest.approx(0, abs=1e-4)
    sick.status = OFF_COVER
    assert PRACTICE.diverted(sick, an_area(diversion=0.4), p) == 0


def test_care_of_several_clinicians():
    for served, several in (((2, 0, 0), False), ((1, 1, 0), True), ((1, 0, 1), True), ((0, 0, 0), False)):
        t = a_month()
        t.served[[PRIMARY, SPECIALIST, EMERGENCY]] = served
        t.served[PHARMACY] = 3
        assert TALK.several(t) == several


def test_who_is_at_high_risk():
    p = numbers(quality_high_risk_stays=2, quality_high_risk_visits=4)
    for who, high in (
        ({"stays_year": 1, "stays_last_year": 1}, True),
        ({"stays_year": 1}, False),
        ({"ed_year": 1, "ed_last_year": 3}, True),
        ({"ed_year": 3, "stays_year": 1}, False),
    ):
        assert TALK.high_risk(someone(**who), p) == high


def test_integrated_care_reaches_those_who_need_it():
    p = numbers(
        quality_log_behavioral_integration=-0.1,
        quality_log_oral_dental=0.3,
        quality_log_care_management=-0.4,
        quality_high_risk_stays=1,
    )
    here = an_area(behavioral_integration=0.5, oral_integration=0.5, care_management=0.5)
    log = {name: added(TALK.join_care, someone(**who), p, here) for name, who in (
        ("nobody", {}),
        ("sad", {"diagnosed": bits(DEPRESSION), "present": bits(DEPRESSION)}),
        ("unknown", {"present": bits(DEPRESSION)}),
        ("teeth", {"present": bits(ORAL_DISEASE)}),
        ("often", {"stays_year": 1, "in_cco": 1}),
        ("often on the open card", {"stays_year": 1}),
    )}  # fmt: skip
    assert not any(log[name].any() for name in ("nobody", "unknown", "often on the open card"))
    assert log["sad"][BEHAVIORAL] == pytest.approx(-0.05)
    assert log["teeth"][[EMERGENCY, DENTAL]].tolist() == pytest.approx([0, 0.15])
    assert log["often"][INPATIENT] == pytest.approx(-0.2)


# --- groups and counts


@pytest.mark.parametrize(
    ("who", "category"),
    [
        ({"eligibility": CHILD, "age_months": 71}, "child_0_5"),
        ({"eligibility": CHILD, "age_months": 72}, "child_6_18"),
        ({"eligibility": PARENT}, "parent"),
        ({"eligibility": EXPANSION, "age_months": 539}, "expansion_19_44"),
        ({"eligibility": EXPANSION, "age_months": 540}, "expansion_45_64"),
        ({"eligibility": DISABLED}, "disabled"),
        ({"eligibility": DISABLED, "dual": 1}, "dual"),
        ({"eligibility": AGED}, "aged"),
    ],
)
def test_rate_categories(who, category):
    assert RATE_CATEGORIES[GROUPS.rate_category(someone(**who))] == category


def test_age_bands_begin_on_birthdays():
    ages = (0, 59, 60, 215, 216, 539, 540, 779, 780)
    assert [GROUPS.age_band(age) for age in ages] == [0, 0, 1, 1, 2, 2, 3, 3, 4]


def test_people_who_come_and_go_are_counted_once():
    def moves(who, **t):
        row = np.zeros(len(COUNTS), dtype=int)
        TALLY.count_moves(who, a_month(**t), row)
        return {name: int(row[place]) for name, place in COUNT_INDEX.items() if row[place]}

    assert moves(someone(), newcomer=1) == {"entries": 1}
    assert moves(someone(), newcomer=2) == {"births": 1}
    assert moves(someone(), left=1) == {"exits": 1}
    assert moves(someone(), died=1, covered=1) == {"deaths": 1}
    assert moves(someone(), died=1, left=1) == {"exits": 1, "deaths_off_cover": 1}
    who = someone(cohort=1)
    assert moves(who) == {"cohort_members": 1}
    assert moves(who, died=1, covered=1) == {"deaths": 1, "cohort_deaths": 1}


def counted(who, t, month=1):
    """What the tally counts of a member's month, by name; the words of the month hold what rules count themselves."""
    row, words = np.zeros(len(COUNTS), dtype=int), np.zeros((2, 500), dtype=int)
    words[month] = 7
    TALLY.count_life(who, t, words, month, row)
    of_rules = {count.name for count in COUNTED_BY_RULES}
    assert {int(row[COUNT_INDEX[name]]) for name in of_rules} <= {0, 7}
    return {name: int(row[place]) for name, place in COUNT_INDEX.items() if row[place] and name not in of_rules}


def test_a_month_on_cover_is_counted():
    served = [1, 2, 3, 4, 5, 6, 1, 8, 9]
    t = a_month(served=served, delivered=1, qaly_millionths=70, listed_cents=90, cents=[10, 20, 30, 0])
    t.asked[:4], t.induced[:4] = [5, 0, 6, 0], [0, 0, 1, 0]
    t.withheld[:4], t.unmet[:4] = [2, 9, 0, 0], [1, 9, 2, 0]  # nobody asked for the second: no loss of it counts
    t.causes = [1, 2, 0, 0, 3, 0]
    who = someone(cohort=2, attached=1, needs=1 << FOOD | 1 << HOUSING, known_needs=1 << FOOD, package=0b100)
    assert counted(who, t) == {
        "member_months": 1, "attached_months": 1, "any_need_months": 1, "food_need_months": 1, "housing_need_months": 1,
        "known_need_months": 1, "served_months": 1, "deliveries": 1,
        "medicaid_cents": 10, "medicare_cents": 20, "third_party_cents": 30,
        "cohort_months": 1, "cohort_qaly_millionths": 70, "cohort_cents": 60,
        "primary_asked": 5, "behavioral_asked": 6, "behavioral_induced": 1, "primary_withheld": 2,
        "primary_unmet": 1, "behavioral_unmet": 2,
        "emergency_injury": 1, "emergency_treatable": 2, "emergency_dental": 3,
        **{f"{name}_visits": visits for name, visits in zip(SERVICES, served, strict=True)},
    }  # fmt: skip


def test_a_month_off_cover_is_counted_apart():
    t = a_month(served=[1] * 9, qaly_millionths=70, listed_cents=90, cents=[0, 0, 0, 40])
    cohort = {"cohort_months": 1, "cohort_qaly_millionths": 70, "cohort_cents": 90}
    off = {
        "off_cover_months": 1, "qaly_millionths_off_cover": 70, "uncompensated_cents": 40, "listed_cents_off_cover": 90,
    }  # fmt: skip
    assert counted(someone(status=OFF_COVER, needs=1 << FOOD), t) == off
    assert counted(someone(status=OFF_COVER, cohort=2), t) == off | cohort
    who = someone(attached=0)
    assert counted(who, a_month(causes=[1] * 6)) == {"member_months": 1}  # no visit, no cause


def test_visits_that_are_sought_are_offered_or_induced_and_not_replaced():
    t = a_month(primary_replaced=1, served=[2, 0, 4, 0, 9, 9, 9, 9, 9])
    t.asked[:4], t.withheld[:4], t.induced[:4] = [7, 0, 5, 0], [2, 0, 0, 0], [3, 1, 0, 0]
    sought, served = np.zeros((3, 4)), np.zeros((3, 4))
    of_clinics = np.zeros((2, 6))
    TALLY.count_visits(someone(area=2, clinic=4), t, sought, served, *of_clinics)
    assert sought.tolist() == [[0] * 4, [0] * 4, [7, 1, 5, 0]]
    assert served.tolist() == [[0] * 4, [0] * 4, [2, 0, 4, 0]]
    assert of_clinics.tolist() == [[0, 0, 0, 0, 7, 0], [0, 0, 0, 0, 2, 0]]


def test_a_register_holds_who_has_a_condition_who_knows_and_who_controls_it():
    register = np.zeros((len(CONDITIONS), 3), dtype=int)
    both = 1 << DIABETES | 1 << DEPRESSION
    TALLY.count_register(someone(present=both, diagnosed=both, controlled=1 << DIABETES), register, numbers())
    TALLY.count_register(someone(present=1 << DEPRESSION), register, numbers())
    assert register[DIABETES].tolist() == [1, 1, 1]
    assert register[DEPRESSION].tolist() == [2, 1, 0]
    assert register.sum() == 6


def test_quality_is_counted_at_the_members_level_of_each_stratum():
    sums = np.zeros((len(LEVELS), 3, 3), dtype=int)
    who = someone(race=4, rurality=2, language=1, age_months=45 * 12, eligibility=DISABLED)
    TALLY.count_quality(who, 1, 12, 5, 3, sums)
    there = {LEVELS[level] for level in np.flatnonzero(sums.sum(axis=(1, 2)))}
    assert there == {
        ("race", "hispanic"), ("rurality", "frontier"), ("language", "spanish"), ("age_band", "45-64"),
        ("disability", "yes"),
    }  # fmt: skip
    assert all(sums[LEVELS.index(level)].tolist() == [[0] * 3, [12, 5, 3], [0] * 3] for level in there)


ZERO = (
    "care_log_base",
    "events_log_visits",
    "care_loading",
    "care_loading_slow",
    "care_loading_seeking",
    "access_log_entry_boost",
    "wellbeing_trust_engagement",
    "season_emergency",
    "quality_log_behavioral_integration",
)


def asked(who, area=None, **changes):
    """Log of expected use by service, where nothing adds to it but what is named."""
    t = a_month()
    DEMAND.expect_use(who, t, area or an_area(), numbers(**(dict.fromkeys(ZERO, 0) | changes)))
    return np.log(t.rate)


def near(expected):
    return pytest.approx(expected, abs=1e-4)  # exponentials are looked up


def of_row(name, row, value):
    """A table of zeros, one row of which has this value."""
    table = np.zeros_like(numbers()[name])
    table[row] = value
    return {name: table}


def test_nothing_is_added_where_nothing_is_named():
    assert asked(someone()).tolist() == [0.0] * N


def test_an_event_moves_the_visits_of_its_area_and_of_no_other():
    half = of_row("events_log_visits", (2, PRIMARY), -0.7)
    assert asked(someone(area=2), **half) == near(effects(primary=-0.7))
    assert asked(someone(area=1), **half).tolist() == asked(someone(area=3), **half).tolist() == [0.0] * N


def test_use_begins_at_that_of_the_members_age_and_sex():
    base = of_row("care_log_base", (3, 1, SPECIALIST), -1.5)
    age = {"age_months": next(age for age in range(0, 1200, 12) if GROUPS.age_band(age) == 3)}
    assert asked(someone(sex=1, **age), **base) == near(effects(specialist=-1.5))
    assert asked(someone(sex=0, **age), **base).tolist() == [0.0] * N


@pytest.mark.parametrize(
    ("field", "loading", "steps", "expected"),
    [
        ("permanent", "care_loading", 2 * LOG_GRID, 2 * 0.3),
        ("slow", "care_loading_slow", -LOG_GRID, -0.3),
        ("care_seeking", "care_loading_seeking", LOG_GRID // 2, 0.5 * 0.3),
    ],
)
def test_luck_is_loaded_on_each_service_by_its_own_weight(field, loading, steps, expected):
    weights = {loading: effects(dental=0.3), "care_seeking_age_ratio": 1}
    assert asked(someone(**{field: steps}), **weights) == near(effects(dental=expected))


@pytest.mark.parametrize(("years", "part"), [(3, 1.5), (10, 1.2), (40, 1.0), (50, 0.8), (70, 0.5)])
def test_care_seeking_matters_by_age(years, part):
    tables = {"care_loading_seeking": effects(primary=0.4), "care_seeking_age_ratio": [1.5, 1.2, 1.0, 0.8, 0.5]}
    who = someone(care_seeking=-2 * LOG_GRID, age_months=12 * years)
    assert asked(who, **tables) == near(effects(primary=-0.8 * part))


def test_volume_of_providers_moves_what_needs_no_appointment():
    """An appointment is sought by the member; what providers make of it follows later."""
    log_volume = np.full(N, 0.2)
    moved = asked(someone(), an_area(log_volume=log_volume))
    assert moved[: DENTAL + 1].tolist() == [0.0] * (DENTAL + 1)
    assert moved[DENTAL + 1 :] == near(0.2)


def test_emergency_visits_have_a_frailty_and_a_season_of_their_own():
    season = np.zeros(12)
    season[4] = 0.4
    frail = someone(ed_frailty=3 * LOG_GRID // 2)
    assert asked(frail, season_emergency=season, month_of_year=4) == near(effects(emergency=1.9))
    assert asked(frail, season_emergency=season, month_of_year=5) == near(effects(emergency=1.5))


def test_a_crisis_and_the_class_of_high_need_add_their_own():
    tables = {"care_log_crisis": effects(inpatient=0.5), "care_log_high_need": effects(emergency=0.7)}
    assert asked(someone(crisis=1), **tables) == near(effects(inpatient=0.5))
    assert asked(someone(high_need=1), **tables) == near(effects(emergency=0.7))


def test_an_error_of_last_month_adds_stays_and_multiplies_none():
    p = {"treatment_error_stay": 0.25} | of_row("care_log_base", (..., INPATIENT), np.log(2.0))
    assert np.exp(asked(someone(due=HARMED), **p))[INPATIENT] == near(2.25)
    assert np.exp(asked(someone(), **p))[INPATIENT] == near(2.0)


@pytest.mark.parametrize(
    ("here", "who", "expected"),
    [
        ({"behavioral_integration": 0.5}, {"diagnosed": bits(DEPRESSION)}, {"emergency": -0.1}),
        ({"behavioral_integration": 0.5}, {"diagnosed": bits(DIABETES)}, {}),
        ({"oral_integration": 0.25}, {"present": bits(ORAL_DISEASE)}, {"dental": 0.15}),
        ({"oral_integration": 0.25}, {}, {}),
        ({"care_management": 0.5}, {"in_cco": 1, "stays_year": 1, "stays_last_year": 1}, {"inpatient": -0.15}),
        ({"care_management": 0.5}, {"in_cco": 0, "stays_year": 1, "stays_last_year": 1}, {}),
        ({"care_management": 0.5}, {"in_cco": 1, "stays_year": 1}, {}),
        ({"care_management": 0.5}, {"in_cco": 1, "stays_year": 2, "status": OFF_COVER}, {}),
        ({"care_management": 0.5}, {"in_cco": 1, "ed_year": 2, "ed_last_year": 3}, {"inpatient": -0.15}),
    ],
)
def test_programs_of_ccos_reach_those_who_need_them_by_their_strength(here, who, expected):
    p = numbers(
        quality_log_behavioral_integration=effects(emergency=-0.2),
        quality_log_oral_dental=0.6,
        quality_log_care_management=-0.3,
        quality_high_risk_stays=2,
        quality_high_risk_visits=5,
    )
    t = a_month()
    DEMAND.join_care(someone(**who), t, an_area(**here), p)
    assert t.rate == pytest.approx(effects(**expected))


@pytest.mark.parametrize(
    ("who", "scheduled", "far"),
    [
        ({"wary": HALF}, -0.1, 0),
        ({"language": 1}, -0.4 * 0.75, 0),
        ({"prone": bits(FOOD), "eligibility": PARENT}, -0.5 * 0.6, 0),
        ({"prone": bits(FOOD), "eligibility": EXPANSION}, -0.5 * 0.6, 0),
        ({"prone": bits(FOOD), "eligibility": AGED}, 0, 0),
        ({"prone": 0, "eligibility": PARENT}, 0, 0),
        ({"prone": bits(ISOLATION, SAFETY), "eligibility": PARENT}, 0, 0),  # no sign of a low income
        ({"rurality": 1}, 0, -0.8 * 0.9),
        ({"wary": FULL, "rurality": 2}, -0.2, -0.8 * 0.9),
        ({"wary": FULL, "ever_package": 1, "package": 0b001, "package_exposure": HALF}, -0.2 * 0.85, 0),
        ({"wary": FULL, "ever_package": 1, "package": 0b011, "package_exposure": HALF}, -0.2 * 0.85 * 0.75, 0),
        ({"wary": FULL, "ever_package": 1, "package": 0, "package_exposure": HALF}, -0.2, 0),
    ],
)
def test_what_stands_between_members_and_care(who, scheduled, far):
    """Interpreters for a quarter, evening hours for .4, outreach for a tenth; two packages accompany .3 and .5."""
    accompanied = np.zeros_like(numbers().package_accompanied)
    accompanied[:2] = 0.3, 0.5
    p = numbers(
        equity_log_distrust=-0.2,
        access_log_language=-0.4,
        equity_log_day_off=-0.5,
        equity_evening_hours=0.4,
        access_log_rural_specialist=-0.8,
        equity_outreach=0.1,
        package_accompanied=accompanied,
    )
    rate = np.zeros(N)
    DEMAND.face_barriers(someone(**who), rate, an_area(interpreters=0.25), p)
    expected = np.where(np.arange(N) < EMERGENCY, scheduled, 0.0)
    expected[[SPECIALIST, BEHAVIORAL]] += far
    assert rate == pytest.approx(expected)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({"present": bits(HEART_FAILURE)}, 0.3),
        ({"present": bits(COPD)}, 0.2),
        ({"present": bits(HEART_FAILURE, COPD)}, 0.5),
        ({"present": bits(ASTHMA), "age_months": 215}, 0.4),
        ({"present": bits(ASTHMA), "age_months": 216}, 0.0),
        ({"present": (1 << 12) - 1 & ~bits(HEART_FAILURE, COPD, ASTHMA)}, 0.0),  # all others
    ],
)
def test_seasons_are_of_the_lung_and_the_heart(who, expected):
    """In the fifth month of the year; in the next one there is none."""
    month = np.arange(12) == 4
    p = {"season_heart_failure": 0.3 * month, "season_respiratory": 0.2 * month, "season_child_asthma": 0.4 * month}
    assert DEMAND.season_of(someone(**who), numbers(**p, month_of_year=4)) == pytest.approx(expected)
    assert DEMAND.season_of(someone(**who), numbers(**p, month_of_year=5)) == 0
    t = a_month()
    DEMAND.add_seasons(someone(**who), t, numbers(**p, month_of_year=4))
    assert t.rate == pytest.approx(effects(emergency=expected, inpatient=expected))


def test_needs_off_cover_are_counted_one_by_one():
    """Food three times, a home twice, heat once; a need that is felt and over is none."""
    found = np.zeros(len(NEEDS), dtype=np.int64)
    for needs in (1 << FOOD | 1 << HOUSING, 1 << FOOD, 1 << FOOD | 1 << HOUSING | 1 << UTILITIES, 0):
        TALLY.count_needs_off_cover(someone(needs=needs, felt_needs=1 << ISOLATION), found, numbers())
    assert (found[FOOD], found[HOUSING], found[UTILITIES], found.sum()) == (3, 2, 1, 6)
