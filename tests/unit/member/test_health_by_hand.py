"""Conditions, needs and packages by hand: each branch of what begins, lasts, is found, comes under control and ends."""

import numpy as np
import pytest

from sim.member import health, needs
from sim.member.decisions import CONDITION, CRISIS, HOMELESS_TYPE, NEED, SMALL_NEEDS
from sim.schema import (
    DEPRESSION,
    DIABETES,
    FOOD,
    FRACTION_GRID,
    HEART_DISEASE,
    HEART_FAILURE,
    HOMELESSNESS,
    HOUSING,
    ISOLATION,
    OFF_COVER,
    PHARMACY,
    SAFETY,
)
from tests.support.by_hand import LATE, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

HEALTH, NEEDS = rules_of(health), rules_of(needs)
SUGAR, SAD, HEART, FAILURE = (1 << c for c in (DIABETES, DEPRESSION, HEART_DISEASE, HEART_FAILURE))
FULL, HALF = FRACTION_GRID, FRACTION_GRID // 2
CONTROL = {
    "health_control_loss": 0.02,
    "health_control_mental_loading": 0,
    "health_unattached_control_ratio": 3,
    "needs_food_control_ratio": 1.5,
    "health_control_gain": 0.05,
    "health_remission": 0.01,
    "health_diagnosis_at_visit": 0.3,
    "health_diagnosis_elsewhere": 0.1,
    "quality_finds": -1,
    "quality_controls": -1,
    "gain_if_seen": 1,
    "loss_if_filled": (1, 1),
    "events_fills_missed": 0,
    "treatment_conflict_loss_ratio": 1,
}
PLAIN_ONSET = {"treatment_mean_need_onset": 1, "treatment_smoking_onset_ratio": 1}


@pytest.mark.parametrize(
    ("who", "condition", "chance"),
    [
        ({}, DEPRESSION, 0.02),
        ({"attached": 0}, DEPRESSION, 0.06),  # without a clinic, or without cover, or both
        ({"status": OFF_COVER}, DEPRESSION, 0.06),
        ({"attached": 0, "status": OFF_COVER}, DEPRESSION, 0.06),
        ({"exposure": FULL}, DIABETES, 0.03),  # hunger, and of diabetes alone
        ({"exposure": HALF}, DIABETES, 0.025),
        ({"exposure": FULL}, DEPRESSION, 0.02),
    ],
)
def test_the_chance_that_control_is_lost(who, condition, chance):
    assert HEALTH.loss_probability(someone(**who), condition, 0, an_area(), numbers(**CONTROL)) == pytest.approx(chance)


def test_control_is_lost_more_often_where_a_part_of_fills_is_gone():
    """With drugs .01 a month, without .03: a quarter of those who fill go without."""
    drugs = 1 << PHARMACY
    for missed, recent, chance in ((0, drugs, 0.01), (0.25, drugs, 0.015), (0.25, 0, 0.03)):
        p = numbers(**CONTROL | {"loss_if_filled": (1.5, 0.5), "events_fills_missed": missed})
        assert HEALTH.loss_probability(someone(), DEPRESSION, recent, an_area(), p) == pytest.approx(chance)


def test_control_is_lost_more_often_without_proactive_care_and_less_often_with_a_package():
    p = numbers(**CONTROL, practices_proactive_loss_ratio=0.5, package_control_loss=0.8)
    assert HEALTH.loss_probability(someone(), DEPRESSION, 0, an_area(proactive=1.0), p) == pytest.approx(0.01)
    served = someone(ever_package=1, package_exposure=np.arange(16) == 0)
    served.package_exposure[0] = HALF
    assert HEALTH.loss_probability(served, DEPRESSION, 0, an_area(), p) == pytest.approx(0.02 * 0.9)


ABSENT, UNKNOWN, KNOWN, WELL = (0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)


@pytest.mark.parametrize(
    ("before", "v", "after"),
    [
        (UNKNOWN, 0.009, ABSENT),
        (WELL, 0.009, ABSENT),
        (UNKNOWN, 0.011, UNKNOWN),
        (UNKNOWN, 1 - 0.29, KNOWN),
        (UNKNOWN, 1 - 0.31, UNKNOWN),
        (WELL, 0.01 + 0.019, KNOWN),
        (WELL, 0.01 + 0.021, WELL),
        (WELL, LATE, WELL),
        (KNOWN, 1 - 0.049, WELL),
        (KNOWN, 1 - 0.051, KNOWN),
        (KNOWN, 0.011, KNOWN),
    ],
)
def test_a_condition_from_one_month_to_the_next(before, v, after):
    who = someone(**dict(zip(("present", "diagnosed", "controlled"), (SAD * bit for bit in before), strict=True)))
    HEALTH.go_on(who, DEPRESSION, 0, an_area(), v, numbers(**CONTROL))
    assert (who.present, who.diagnosed, who.controlled) == tuple(SAD * bit for bit in after)


def test_a_condition_is_found_more_often_in_the_month_after_a_visit():
    p = numbers(**CONTROL)
    seen = [HEALTH.diagnosis_probability(someone(since_primary=n), DEPRESSION, an_area(), p) for n in range(3)]
    assert seen == pytest.approx([0.3, 0.1, 0.1])


def test_heart_failure_brings_heart_disease_which_lasts_as_long():
    onset = np.zeros((5, 12))
    onset[2, HEART_FAILURE] = 0.2
    who = someone()
    p = numbers(**CONTROL, **PLAIN_ONSET, health_onset=onset, health_onset_mental_loading=0)
    HEALTH.begin(who, 1.0, 1.0, drawing({CONDITION + HEART_FAILURE: 0.19}), 0, p)
    assert who.present == FAILURE | HEART
    HEALTH.go_on(who, HEART_DISEASE, 0, an_area(), 0.0, p)
    assert who.present == FAILURE | HEART
    HEALTH.go_on(who, HEART_FAILURE, 0, an_area(), 0.0, p)
    HEALTH.go_on(who, HEART_DISEASE, 0, an_area(), 0.0, p)
    assert who.present == 0


def test_a_condition_begins_by_its_own_draw_and_more_often_in_the_frail():
    p = numbers(**PLAIN_ONSET, health_onset=0.1, health_onset_mental_loading=0)
    for frail, v, has in ((1.0, 0.09, SAD), (1.0, 0.11, 0), (1.5, 0.14, SAD), (1.5, 0.16, 0)):
        who = someone()
        HEALTH.begin(who, frail, frail, drawing({CONDITION + DEPRESSION: v}), 0, p)
        assert who.present == has


def test_a_crisis_comes_and_goes():
    p = numbers(health_crisis_entry=0.02, health_crisis_exit=0.4, health_crisis_loading=0)
    for before, v, after in ((0, 0.019, 1), (0, 0.021, 0), (1, 0.39, 0), (1, 0.41, 1)):
        who = someone(crisis=before)
        HEALTH.crisis(who, drawing({CRISIS: v}), 0, p)
        assert who.crisis == after


def test_slow_health_returns_to_its_mean():
    """Persistence .5 and no shock: half of it is left each month."""
    who = someone(slow=256)
    for left in (128, 64, 32):
        HEALTH.drift(who, drawing(), 0, numbers(health_persistence=0.5, health_shock=0))
        assert who.slow == left


# --- needs


def exposed(values):
    """The built-up effect of each of some needs."""
    found = np.zeros(7, dtype=int)
    for need, value in values.items():
        found[need] = value
    return found


def test_the_effect_of_a_need_builds_up_and_decays():
    """A quarter of what is missing is gained each month: 1024, 1792, 2368; half of it is lost: 1184, 592, ..., 0."""
    who, p = someone(needs=1 << SAFETY), numbers(needs_build_up=0.25, needs_decay=0.5, needs_trace=100)
    seen = []
    for month in range(8):
        if month == 3:
            who.needs = 0
        NEEDS.build_up(who, p)
        seen.append(int(who.exposure[SAFETY]))
    assert seen == [1024, 1792, 2368, 1184, 592, 296, 148, 0]
    assert who.felt_needs == 0


ONSET = {
    "need_onset": 0.1,
    "need_season": 1,
    "needs_age_ratio": 1,
    "needs_homeless_health_loading": 0,
    "needs_homeless_mental_loading": 0,
    "needs_exit": 0.2,
    "needs_exit_prone": 0.05,
    "needs_homeless_exit": [0.5, 0.25, 0.1],
    "needs_homeless_type_share": [0.6, 0.3, 0.1],
    "needs_isolation_age": 216,
}


def of_prone(chance):
    """Onset: 0.1, of people who are prone to it (for homelessness: in unstable housing) as given."""
    table = np.full_like(numbers().need_onset, 0.1)
    table[:, :, 1] = chance
    return numbers(**(ONSET | {"need_onset": table}))


def test_the_chance_that_a_need_begins():
    p = of_prone(0.4)
    chance = NEEDS.onset_probability
    assert chance(someone(), FOOD, an_area(), p) == pytest.approx(0.1)
    assert chance(someone(prone=1 << FOOD), FOOD, an_area(), p) == pytest.approx(0.4)
    assert chance(someone(prone=1 << HOMELESSNESS), HOMELESSNESS, an_area(), p) == pytest.approx(0.1)
    assert chance(someone(needs=1 << HOUSING), HOMELESSNESS, an_area(), p) == pytest.approx(0.4)
    assert chance(someone(), FOOD, an_area(need_onset=1.5), p) == pytest.approx(0.15)
    assert chance(someone(age_months=215), ISOLATION, an_area(), p) == 0
    half = someone(ever_package=1)
    half.package_exposure[0] = HALF
    p.package_onset_ratio[:] = 0.6
    assert chance(half, FOOD, an_area(), p) == pytest.approx(0.1 * 0.8)


def test_the_chance_that_a_need_ends():
    p = numbers(**ONSET)
    assert NEEDS.exit_probability(someone(), FOOD, p) == pytest.approx(0.2)
    assert NEEDS.exit_probability(someone(prone=1 << FOOD), FOOD, p) == pytest.approx(0.05)
    ends = [NEEDS.exit_probability(someone(homeless_type=kind), HOMELESSNESS, p) for kind in range(3)]
    assert ends == pytest.approx([0.5, 0.25, 0.1])
    assert [NEEDS.type_of_spell(v, p) for v in (0.59, 0.61, 0.89, 0.91)] == [0, 1, 1, 2]


def test_a_need_begins_on_a_small_draw_of_its_own_and_ends_on_a_large_one():
    p = numbers(**ONSET)
    who = someone()
    NEEDS.begin(who, 1 << HOMELESSNESS, an_area(), drawing({NEED + HOMELESSNESS: 0.09, HOMELESS_TYPE: 0.95}), 0, p)
    assert (who.needs, who.homeless_type) == (1 << HOMELESSNESS, 2)
    for v, left in ((1 - 0.19, 0), (1 - 0.21, 1 << FOOD), (0.0, 1 << FOOD)):
        who = someone(needs=1 << FOOD)
        NEEDS.end(who, 1 << FOOD, drawing({NEED + FOOD: v}), 0, p)
        assert who.needs == left


def test_no_need_begins_while_a_package_meets_it():
    p = numbers(**ONSET, package_meets=(np.arange(16) == 0) << HOMELESSNESS)
    who = someone(package=1, ever_package=1, needs=1 << HOMELESSNESS)
    NEEDS.live_with_needs(who, an_area(), drawing({NEED + HOMELESSNESS: 0.0, SMALL_NEEDS: 1 << HOMELESSNESS}), 0, p)
    assert not who.needs >> HOMELESSNESS & 1
    assert NEEDS.met_by_packages(someone(package=0b10), p) == 0


def test_a_package_builds_up_by_its_lag_and_fades_to_nothing():
    """Half of what is missing of its height each month; a tenth of it is lost, at least one step."""
    p = numbers(package_lag=0.5, package_fade=0.1, package_height=FULL)
    who, built, faded = someone(package=1, ever_package=1), [], []
    for _ in range(3):
        NEEDS.be_served(who, p)
        built.append(int(who.package_exposure[0]))
    assert built == [2048, 3072, 3584]
    assert who.package_months[0] == 3
    assert not who.package_exposure[1:].any()
    who.package = 0
    for _ in range(3):
        NEEDS.be_served(who, p)
        faded.append(int(who.package_exposure[0]))
    assert faded == [3584 - 359, 3225 - 323, 2902 - 291]
    assert who.package_months[0] == 3


def test_only_packages_that_serve_now_relieve_a_need():
    relief = np.zeros_like(numbers().package_relief)
    relief[0, FOOD], relief[1, FOOD] = 0.5, 0.8
    p = numbers(package_relief=relief)
    for package, left in ((0, 1.0), (1, 0.5), (0b10, 0.2), (0b11, 0.1)):
        who = someone(package=package, ever_package=0b11, exposure=exposed({FOOD: FULL}), package_exposure=FULL)
        assert NEEDS.felt(who, FOOD, p) == pytest.approx(left)
