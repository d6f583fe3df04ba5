"""A rule reads the number of its own area, condition, service, need or package: each place of a table has its own."""

import numpy as np
import pytest

from sim.member import communication, complications, control, demand, needs, spending
from sim.schema import (
    AWAY,
    BEHAVIORAL,
    CONDITIONS,
    DENTAL,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    FRACTION_GRID,
    HEART_DISEASE,
    HEART_FAILURE,
    HOMELESSNESS,
    HOUSING,
    INPATIENT,
    ISOLATION,
    KIDNEY_DISEASE,
    LOG_GRID,
    MEDICAID,
    MEDICARE,
    OFF_COVER,
    OPIOID_USE,
    ORAL_DISEASE,
    PHARMACY,
    PRIMARY,
    SERIOUS_MENTAL_ILLNESS,
    SERVICES,
    SPECIALIST,
    SUBSTANCE_USE,
    THIRD_PARTY,
    UTILITIES,
)
from tests.support.by_hand import a_month, an_area, numbers, rules_of, someone

pytestmark = pytest.mark.quick

N, FULL, HALF = len(SERVICES), FRACTION_GRID, FRACTION_GRID // 2
LOGS = rules_of(demand, exponential=lambda log, table: log)  # use stays in logs
CONTROL, NEEDS = rules_of(control), rules_of(needs)
TALK, WORN, MONEY = rules_of(communication), rules_of(complications), rules_of(spending)
NOTHING = (
    *("care_loading", "care_loading_slow", "care_loading_seeking", "events_log_visits", "season_emergency"),
    *("care_log_base", "access_log_off_cover", "access_log_unattached", "access_log_entry_boost"),
    *("access_log_language", "access_log_rural_specialist", "equity_log_distrust", "equity_log_day_off"),
    *("wellbeing_trust_engagement", "care_comorbidity"),
)


def own(field, step):
    """A table in which each place has its own number: ``step``, twice, three times, ..."""
    shape = getattr(numbers(), field).shape
    return step * np.arange(1, 1 + np.prod(shape, dtype=int)).reshape(shape)


def test_log_use_is_a_sum_of_the_members_own_numbers():
    """A man of 50 in area 1, in April, one deviation sicker for life and two for now, who seeks care by three."""
    tables = {
        "care_log_base": own("care_log_base", 0.1),
        "events_log_visits": own("events_log_visits", 0.01),
        "care_loading": own("care_loading", 0.2),
        "care_loading_slow": own("care_loading_slow", 0.3),
        "care_loading_seeking": own("care_loading_seeking", 0.7),
        "care_seeking_age_ratio": own("care_seeking_age_ratio", 0.5),
        "season_emergency": own("season_emergency", 0.011),
    }
    p = numbers(**dict.fromkeys(NOTHING, 0.0) | tables, month_of_year=3)
    who = someone(
        age_months=600, sex=1, area=1, permanent=LOG_GRID, slow=2 * LOG_GRID, care_seeking=3 * LOG_GRID, ed_frailty=128
    )
    volume, t = own_volume(), a_month()
    LOGS.expect_use(who, t, an_area(log_volume=volume), p)
    for s in range(N):
        expected = tables["care_log_base"][3, 1, s] + tables["events_log_visits"][1, s]
        expected += 0.2 * (s + 1) + 2 * 0.3 * (s + 1) + 2.0 * 3 * 0.7 * (s + 1)  # the fourth age band seeks twice over
        expected += volume[s] if s > DENTAL else 0  # visits that are offered: offer.py
        expected += 0.5 + 4 * 0.011 if s == EMERGENCY else 0
        assert t.rate[s] == pytest.approx(expected)


def own_volume():
    return 0.05 * np.arange(1, 1 + N)


def test_each_service_has_its_own_bound_of_what_packages_cut():
    """Cuts of .3 and .2 in every service: .3 in full, of the other as much as the service's bound allows."""
    cut = np.zeros_like(numbers().package_log_effect)
    cut[0], cut[1] = -0.3, -0.2
    bounds, t = -0.02 * np.arange(1, 1 + N), a_month()
    p = numbers(package_log_effect=cut, package_stacking=bounds)
    LOGS.add_packages(someone(ever_package=0b11, package_exposure=FULL), t, p)
    assert t.rate == pytest.approx(-0.3 + bounds)


def test_first_year_on_cover_lifts_each_service_by_its_own_part():
    p = numbers(access_log_entry_boost=own("access_log_entry_boost", 0.1))
    t = a_month()
    LOGS.catch_up(someone(months_off=3), t, p)
    assert t.rate == pytest.approx(0.25 * 0.1 * np.arange(1, 1 + N))


@pytest.mark.parametrize(("age", "lifted"), [(11, 0.0), (12, 0.4), (13, 0.4)])
def test_a_child_of_a_year_has_put_something_off(age, lifted):
    p = numbers(**dict.fromkeys(NOTHING, 0.0) | {"access_log_entry_boost": 0.4})
    t = a_month()
    LOGS.add_access(someone(age_months=age, months_covered=5), t, an_area(), p)
    assert t.rate[SPECIALIST] == pytest.approx(lifted)


def of_second_area(value):
    table = np.zeros_like(numbers().events_fills_missed)
    table[1] = value
    return table


def test_fills_are_missed_in_the_area_of_an_event():
    """In area 1 a quarter: there .01 with drugs and .03 without make .015, elsewhere .01."""
    p = numbers(
        health_control_loss=0.02, loss_if_filled=(1.5, 0.5), events_fills_missed=of_second_area(0.25),
        health_control_mental_loading=0,
    )  # fmt: skip
    for area, chance, part in ((0, 0.01, 0.6), (1, 0.015, 0.6 * 0.75)):
        who = someone(area=area)
        assert CONTROL.loss_probability(who, DEPRESSION, 1 << PHARMACY, an_area(), p) == pytest.approx(chance)
        assert TALK.part_filled(who, a_month(diverted=0.4), p) == pytest.approx(part)


@pytest.mark.parametrize(("diverted", "errors"), [(0.95, 20), (1.0, 20), (0.8, 10)])
def test_no_more_fills_are_errors_than_there_were(diverted, errors):
    """A tenth of what was needed: of a twentieth, or of none, that was had all are errors, of a fifth a half."""
    talk = rules_of(communication, draw_quad=lambda *_: (0.0, 0.99, 0.5, 0.99))
    counts = np.zeros(N, dtype=int)
    counts[[PRIMARY, SPECIALIST, PHARMACY]] = 1, 1, 20
    t = a_month(served=counts, diverted=diverted)
    p = numbers(quality_error=0.1, quality_error_ratio=0.6, events_fills_missed=0)
    talk.suffer_silos(someone(), t, an_area(), np.uint64(3), p)
    assert t.medication_errors == errors


@pytest.mark.parametrize("condition", range(len(CONDITIONS)))
def test_who_is_known_to_need_behavioral_care_has_it_at_the_clinic(condition):
    t, behavioral = a_month(), (DEPRESSION, SERIOUS_MENTAL_ILLNESS, SUBSTANCE_USE)
    p = numbers(quality_log_behavioral_integration=0.2)
    TALK.join_care(someone(diagnosed=1 << condition), t, an_area(behavioral_integration=0.5), p)
    assert t.rate == pytest.approx(np.full(N, 0.1 if condition in behavioral else 0.0))
    t = a_month()
    TALK.join_care(someone(present=1 << condition), t, an_area(behavioral_integration=0.5), p)
    assert not t.rate.any()


# --- conditions


def test_poor_control_wears_each_condition_down_by_its_own_speed():
    """An eighth a month of diabetes and a quarter of kidney disease, of the 4,096 of the grid; control heals by it."""
    speed = np.zeros(len(CONDITIONS))
    speed[DIABETES], speed[KIDNEY_DISEASE] = 0.125, 0.25
    p, who = numbers(treatment_complication_half_life=speed), someone()
    for c in (DIABETES, KIDNEY_DISEASE):
        WORN.wear_down(who, c, p)
    assert [int(who.poor_control[c]) for c in (DIABETES, KIDNEY_DISEASE)] == [512, 1024]
    who.diagnosed = who.controlled = 1 << KIDNEY_DISEASE
    for c in (DIABETES, KIDNEY_DISEASE):
        WORN.wear_down(who, c, p)
    assert [int(who.poor_control[c]) for c in (DIABETES, KIDNEY_DISEASE)] == [512 + 448, 1024 - 256]


@pytest.mark.parametrize(
    ("present", "log"),
    [
        ([], 0.0),
        ([DIABETES], 0.6 * (0.5 - 0.2)),
        ([KIDNEY_DISEASE], 0.9 * (0.25 - 0.4)),
        ([DIABETES, KIDNEY_DISEASE, DEPRESSION], 0.6 * (0.5 - 0.2) + 0.9 * (0.25 - 0.4)),  # depression is not deadly
    ],
)
def test_deaths_of_poor_control_are_of_the_conditions_that_a_member_has(present, log):
    places = np.arange(len(CONDITIONS))
    of = {DIABETES: (0.6, 0.2, HALF), KIDNEY_DISEASE: (0.9, 0.4, FULL // 4), DEPRESSION: (5.0, 0.1, FULL)}
    death, usual, worn = (np.array([of.get(c, (0, 0, 0))[k] for c in places]) for k in range(3))
    p = numbers(
        treatment_log_death=death,
        treatment_usual_poor_control=usual,
        deadly_conditions=1 << DIABETES | 1 << KIDNEY_DISEASE,
    )
    who = someone(present=sum(1 << c for c in present), poor_control=worn)
    assert WORN.log_deaths_from_poor_control(who, p) == pytest.approx(log)


def test_which_clinicians_treat_a_condition():
    heart = {HEART_DISEASE, HEART_FAILURE, KIDNEY_DISEASE}
    mind = {DEPRESSION, SUBSTANCE_USE, OPIOID_USE}
    for c in range(len(CONDITIONS)):
        treats = {s for s in range(N) if control.TREATED_BY[c] >> s & 1}
        if c in heart:
            assert treats == {PRIMARY, SPECIALIST}
        elif c in mind:
            assert treats == {PRIMARY, BEHAVIORAL}
        else:
            assert treats == {SERIOUS_MENTAL_ILLNESS: {BEHAVIORAL}, ORAL_DISEASE: {DENTAL}}.get(c, {PRIMARY})


def test_control_comes_and_goes_by_the_numbers_of_the_condition():
    """Kidney disease. Half of its loops are closed; mental frailty is 1."""
    c = KIDNEY_DISEASE
    p = numbers(
        health_control_gain=own("health_control_gain", 0.01), quality_loop_control=own("quality_loop_control", 0.1),
        gain_if_seen=1, quality_controls=0, quality_control=0,
        health_control_loss=own("health_control_loss", 0.002), loss_if_filled=1, events_fills_missed=0,
        health_control_mental_loading=own("health_control_mental_loading", 0.05),
    )  # fmt: skip
    gain = rules_of(control, understood=lambda *_: 1.0).gain_probability
    found = gain(someone(), c, 0, an_area(closed_loops=0.5), p)
    assert found == pytest.approx(0.01 * (c + 1) * np.exp(0.5 * 0.1 * (c + 1)), rel=1e-3)
    found = CONTROL.loss_probability(someone(mental=LOG_GRID, permanent=3 * LOG_GRID), c, 0, an_area(), p)
    assert found == pytest.approx(0.002 * (c + 1) * np.exp(0.05 * (c + 1)), rel=1e-3)


# --- needs and packages


def test_a_need_begins_by_the_numbers_of_its_member_month_and_area():
    """Utilities in May, of a child of 10 of the third race in the second kind of place."""
    p = numbers(
        need_onset=own("need_onset", 0.0001), need_season=own("need_season", 0.1),
        needs_age_ratio=own("needs_age_ratio", 0.2), month_of_year=4,
    )  # fmt: skip
    volume = 0.3 * np.arange(1, 8)
    who = someone(race=2, rurality=1, age_months=120, prone=1 << UTILITIES)
    expected = own("need_onset", 0.0001)[2, 1, 1, UTILITIES] * own("need_season", 0.1)[4, UTILITIES]
    expected *= own("needs_age_ratio", 0.2)[1, UTILITIES] * volume[UTILITIES]
    assert NEEDS.onset_probability(who, UTILITIES, an_area(need_onset=volume), p) == pytest.approx(expected)


@pytest.mark.parametrize(("age", "chance"), [(215, 0.0), (216, 0.1), (217, 0.1)])
def test_isolation_begins_from_the_month_of_its_age_on(age, chance):
    p = numbers(need_onset=0.1, need_season=1, needs_age_ratio=1, needs_isolation_age=216)
    assert NEEDS.onset_probability(someone(age_months=age), ISOLATION, an_area(), p) == pytest.approx(chance)


def two_packages(*values):
    table = np.zeros(someone().package_exposure.shape)
    table[: len(values)] = values
    return table


def test_two_packages_change_a_chance_each_by_its_own_effect():
    """Of need 2: .4 built up by half, .9 by a quarter; other needs have other ratios."""
    ratio = np.ones_like(numbers().package_onset_ratio)
    ratio[0, :3], ratio[1, :3] = (0.1, 0.2, 0.4), (0.3, 0.7, 0.9)
    who = someone(package_exposure=two_packages(HALF, FULL // 4))
    expected = 0.1 * (1 - 0.6 * 0.5) * (1 - 0.1 * 0.25)
    assert NEEDS.with_packages(who, 2, 0.1, ratio, numbers()) == pytest.approx(expected)


def test_two_packages_meet_what_either_meets():
    p = numbers(package_meets=two_packages(1 << HOMELESSNESS, 1 << UTILITIES).astype(int))
    found = [NEEDS.met_by_packages(someone(package=package), p) for package in (1, 2, 3)]
    assert found == [1 << HOMELESSNESS, 1 << UTILITIES, 1 << HOMELESSNESS | 1 << UTILITIES]


def test_each_package_builds_up_wears_off_and_fades_at_its_own_pace():
    """One rises from 1,000 to 4,000 by a half, one wears off from 3,000 to 2,000 by a quarter, one fades by a tenth."""
    height = np.zeros_like(numbers().package_height)
    height[0], height[1], height[2] = 4000, 2000, 100
    p = numbers(
        package_height=height, package_lag=two_packages(0.5, 0.25, 0.9), package_fade=two_packages(0.7, 0.6, 0.1)
    )
    who = someone(package=0b011, ever_package=0b111, package_exposure=two_packages(1000, 3000, 2000).astype(int))
    NEEDS.be_served(who, p)
    assert who.package_exposure[:3].tolist() == [2500, 2750, 1800]
    assert who.package_months[:3].tolist() == [1, 1, 0]
    who = someone(package=0b010, ever_package=0b010, package_exposure=two_packages(0, 1000, 0).astype(int))
    NEEDS.be_served(who, p)
    assert who.package_exposure[:3].tolist() == [0, 1250, 0]  # the second rises by a quarter


def test_relief_is_as_strong_as_what_a_package_has_built_up():
    relief = np.zeros_like(numbers().package_relief)
    relief[0, UTILITIES], relief[1, UTILITIES] = 0.5, 0.8
    who = someone(package=0b11, package_exposure=two_packages(HALF, FULL // 4))
    found = NEEDS.relieved(who, UTILITIES, 0.9, numbers(package_relief=relief))
    assert found == pytest.approx(0.9 * (1 - 0.25) * (1 - 0.2))


def test_a_trace_of_a_need_is_none():
    """Half of 400 is lost: what is left, 200, is a trace where a trace is 200, and none where it is 199."""
    for trace, left in ((199, 200), (200, 0)):
        who = someone(felt_needs=1, exposure=(np.arange(7) == 0) * 400)
        NEEDS.build_up(who, numbers(needs_decay=0.5, needs_trace=trace))
        assert (int(who.exposure[0]), int(who.felt_needs)) == (left, int(left > 0))


def test_what_was_known_of_a_need_ends_with_it():
    who = someone(needs=0b011, known_needs=0b111)
    NEEDS.live_with_needs(who, an_area(), np.full((1000, 1), 0.5), 0, numbers(needs_exit=0, needs_exit_prone=0))
    assert who.known_needs == 0b011


def rows_of(*members):
    return np.concatenate([np.atleast_1d(np.asarray(one)) for one in members]).view(np.recarray)


def test_who_may_lose_a_home_is_with_or_without_cover_and_has_one():
    """A chance of a tenth, of four tenths in unstable housing; who is away or has no home is not counted."""
    onset = np.full_like(numbers().need_onset, 0.1)
    onset[:, :, 1] = 0.4
    p = numbers(need_onset=onset, needs_homeless_health_loading=0, needs_homeless_mental_loading=0)
    members = rows_of(
        someone(area=1, needs=1 << HOUSING),
        someone(area=1, status=OFF_COVER, prone=1 << HOUSING),
        someone(area=0, status=AWAY),
        someone(area=0, needs=1 << HOMELESSNESS),
    )
    found = np.zeros(2, dtype=int)
    NEEDS.expect_homelessness(members, np.atleast_1d(np.array(p)).view(np.recarray), 1000, found)
    assert found.tolist() == [0, 400 + 100]


# --- money


def test_each_payer_pays_its_part_of_each_service_one_after_the_other():
    """10,000 cents of care in hospital: Medicare .6, another payer a quarter of the rest, Medicaid 3,000 x .9 x 1.1."""
    medicare, fee, price = 0.1 * np.arange(N), 0.15 * np.arange(1, 1 + N), 0.2 * np.arange(N)
    medicare[INPATIENT], price[INPATIENT] = 0.6, 1.1
    fees = np.stack([fee + 5, fee])
    fees[1, INPATIENT] = 0.9
    p = numbers(spending_medicare_share=medicare, spending_third_party_share=0.25)
    who, t = someone(dual=1, third_party=1, in_cco=1), a_month()
    money, row = np.zeros((N, 4), dtype=int), np.zeros(2000, dtype=int)
    MONEY.split(who, t, INPATIENT, 10_000, an_area(fee=fees, cco_price=price), p, money, row)
    expected = {MEDICARE: 6000, THIRD_PARTY: 1000, MEDICAID: 2970}
    assert {payer: int(t.cents[payer]) for payer in expected} == expected
    assert {payer: int(money[INPATIENT, payer]) for payer in expected} == expected
    assert money.sum() == row.sum() == row[spending.SERVICE_CENTS + INPATIENT] == 9970
