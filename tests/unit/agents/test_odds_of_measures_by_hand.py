"""What a CCO expects of measures of each kind, and what it buys, by hand: each has its own rate, people and doubt."""

from dataclasses import replace
from math import erf, exp, log, sqrt

import numpy as np
import pytest

from sim.agents.cco.measure_work import ACCESS, CODING, HOMES, MeasureWork, Odds, felt
from sim.axes import MEANS
from sim.paths import conf_folder
from sim.payment.metric_sets import read_metric_set
from sim.schema import (
    ADOLESCENT_WELL_CARE,
    DIABETES,
    EMERGENCY_VISITS,
    ENROLLED,
    HBA1C_POOR_CONTROL,
    HBA1C_TESTING,
    MEDICAL_HOME,
    MEMBER,
    METRICS,
    TIERS,
)
from tests.support.stand_in_system import REGISTRY

pytestmark = pytest.mark.quick

VISIT, CONTROL, HOME = ADOLESCENT_WELL_CARE, HBA1C_POOR_CONTROL, MEDICAL_HOME
FOLLOW_UP = METRICS.index("follow_up_after_stay")
OREGON = read_metric_set(conf_folder(), "oregon_2013")


def of(usual=0.0, **values):
    found = np.full(len(METRICS), usual)
    for name, value in values.items():
        found[METRICS.index(name)] = value
    return found


def expected(**changes):
    """Targets halfway to the benchmarks; four measures count, of which poor control is better low."""
    named = dict.fromkeys(("adolescent_well_care", "follow_up_after_stay", "hba1c_poor_control", "medical_home"), 1)
    plain = {
        "benchmark": of(adolescent_well_care=0.6, follow_up_after_stay=0.8, hba1c_poor_control=0.3, medical_home=0.7),
        "ratchet": 0 * OREGON.ratchet, "medical_home": 0.65, "steps": ((0.8, 1.0), (0.5, 0.4)),
        "gap": 0.5, "floor": 0 * OREGON.floor,
    }  # fmt: skip
    counts = of(**named) > 0
    years = {"first": np.where(counts, 0, 99), "last": np.full(len(METRICS), 9)}
    return replace(OREGON, **plain | years | changes)


BEFORE = of(
    np.nan, adolescent_well_care=0.5, follow_up_after_stay=0.4, hba1c_poor_control=0.35, medical_home=0.62,
    emergency_visits=0.05, prenatal_care=0.45,
)  # fmt: skip
PEOPLE = of(1.0, adolescent_well_care=400, follow_up_after_stay=50, hba1c_poor_control=90, medical_home=900)
DOUBT = of(0.5, adolescent_well_care=0.03, follow_up_after_stay=0.05, hba1c_poor_control=0.02, medical_home=0.04)


SO_FAR = of(np.nan, adolescent_well_care=0.2, follow_up_after_stay=0.9, prenatal_care=0.1)


def odds(sees=0.0, **changes):
    return Odds(
        expected(**changes), 0, BEFORE, PEOPLE, so_far=SO_FAR,
        events=of(np.nan, adolescent_well_care=0.99, follow_up_after_stay=0.7), part=0.25, doubt=DOUBT,
        avoidable=0.2, emergency_usd=300.0, sees_steps=sees,
    )  # fmt: skip


FORECAST = {VISIT: 1 - 0.8 * 0.5**0.75, FOLLOW_UP: 0.7, CONTROL: 0.35, HOME: 0.62}
TARGET = {VISIT: 0.55, FOLLOW_UP: 0.6, CONTROL: 0.325, HOME: 0.66}


def chance(metric, gain=0.0, target=None):
    forecast, sign = FORECAST[metric], -1 if metric == CONTROL else 1
    sd = sqrt(forecast * (1 - forecast) / PEOPLE[metric] + DOUBT[metric] ** 2)
    rate = 1 / (1 + exp(-(log(forecast / (1 - forecast)) + sign * gain)))
    return (1 + erf(sign * (rate - (TARGET[metric] if target is None else target)) / sd / sqrt(2))) / 2


def test_a_forecast_is_of_its_kind_and_its_luck_of_its_people():
    """Three quarters of the year are left for visits; follow-up is as so far; control and homes as last year."""
    found = odds()
    for metric, rate in FORECAST.items():
        assert found.forecast[metric] == pytest.approx(rate)
        assert found.target[metric] == pytest.approx(TARGET[metric])
        for gain in (0.0, 0.4):
            assert found.chance(metric, gain, TARGET[metric]) == pytest.approx(chance(metric, gain))
    assert found.forecast[METRICS.index("prenatal_care")] == 0.45  # of births, not once a year; none yet
    assert np.flatnonzero(found.counted).tolist() == sorted(FORECAST)


def test_the_pool_is_won_by_measures_alike_and_the_gate_by_homes():
    """A quarter for each; the gate is .6 of the pool, as near as the expected share of four measures is to .8."""
    found = odds()
    near = sum(chance(metric) for metric in FORECAST) / 4 / 0.8
    assert near < 1
    assert found.gate_prize == pytest.approx(0.6 * near)
    assert found.won(VISIT, 0.4) == pytest.approx(chance(VISIT, 0.4) / 4)
    assert found.won(HOME, 0.4) == pytest.approx(chance(HOME, 0.4) / 4 + 0.6 * near * chance(HOME, 0.4, 0.65))
    assert odds(steps=((0.01, 1.0), (0.005, 0.4))).gate_prize == pytest.approx(0.6)  # no nearer than there


def test_avoided_emergency_visits_save_the_avoidable_part_of_their_cost():
    assert odds().saved(EMERGENCY_VISITS, 0.3) == pytest.approx(300 * 0.2 * (1 - exp(-0.3)))
    assert odds().saved(VISIT, 0.3) == 0


def test_work_costs_by_people_and_a_tier_and_a_month_count_once():
    """Homes that are a duty: a tenth of 3 dollars for each of 50 people, who count once for each point of a tier."""
    work = MeasureWork(REGISTRY)
    work.cost[...] = 3.0
    counted = of(medical_home=50 * (len(TIERS) - 1))
    work.work[CODING, VISIT] = 0.9  # of last quarter
    work.plan(60.0, counted, None, 0.0, homes=0.1)
    assert work.work[HOMES, HOME] == pytest.approx(0.1)
    assert work.work.sum() == pytest.approx(0.1)
    assert work.used == pytest.approx(0.1 * 3 * 50 / 60)
    work.plan(60.0, counted, None, 0.0, homes=0.9)
    assert work.work[HOMES, HOME] == pytest.approx(60 / 150)
    assert work.used == 1


def test_a_step_is_worth_what_it_adds_to_what_is_bought_already():
    """Coding has .5 and access .3 of their gains of .4 and .6; a step is .25, and a second means counts for a third."""
    work = MeasureWork(REGISTRY)
    work.step, work.second = 0.25, 1 / 3
    work.gain[...] = 0
    for metric in (VISIT, EMERGENCY_VISITS):
        work.gain[[CODING, ACCESS], metric] = 0.4, 0.6
        work.work[[CODING, ACCESS], metric] = 0.5, 0.3
    found, before = odds(), 0.2 + 0.18 / 3
    after = 0.3 + 0.18 / 3
    won = 1000 * (chance(VISIT, after) - chance(VISIT, before)) / 4
    people = of(adolescent_well_care=70, emergency_visits=30)
    assert work._worth(CODING, VISIT, found, 1000.0, people) == pytest.approx(won)
    saved = 30 * 300 * 0.2 * (exp(-before) - exp(-after))
    assert work._worth(CODING, EMERGENCY_VISITS, found, 0.0, people) == pytest.approx(saved)


def test_emergency_visits_have_a_doubt_and_a_cost_of_their_own():
    work = MeasureWork(REGISTRY.override({"measure_work.doubt": 0.07, "measure_work.emergency_doubt": 0.003}))
    assert work.doubt.tolist() == of(0.07, emergency_visits=0.003).tolist()


def test_means_without_a_lag_are_felt_at_once_and_others_by_their_half_life():
    work = MeasureWork(REGISTRY.override({"measure_work.lag": dict.fromkeys(MEANS, 0) | {"access": 3}}))
    work.work[CODING, VISIT], work.work[ACCESS, VISIT] = 0.4, 0.8
    for _ in range(3):
        work.pass_month()
    assert work.in_effect[CODING, VISIT] == 0.4
    assert work.in_effect[ACCESS, VISIT] == pytest.approx(0.4)


def test_records_follow_coding_that_is_felt_and_evening_hours_count_once():
    work = MeasureWork(REGISTRY)
    work.gain[CODING, VISIT], work.gain[ACCESS, EMERGENCY_VISITS] = 0.4, 0.6
    work.work[CODING, VISIT], work.in_effect[CODING, VISIT] = 1.0, 0.5
    work.in_effect[ACCESS, EMERGENCY_VISITS] = 0.3
    idle = MeasureWork(REGISTRY)
    idle.gain = work.gain
    assert felt([idle, work], 0.5).records[:, VISIT] == pytest.approx([0, 0.2])
    assert felt([work, idle], 0.5).avoided == pytest.approx([0.3, 0.3])  # half of the clinics are open without a CCO
    assert felt([work, idle], 0.1).avoided == pytest.approx([0.18, 0.06])


def test_tests_of_blood_sugar_are_due_for_diagnosed_members_of_the_cco_alone():
    rows = np.zeros(5, MEMBER)
    rows["status"], rows["in_cco"], rows["age_months"] = ENROLLED, 1, 40 * 12
    rows["diagnosed"][:4] = 1 << DIABETES
    rows["recorded"][[0, 3, 4]] = 1 << HBA1C_TESTING
    rows["in_cco"][3] = 0
    assert MeasureWork(REGISTRY).seen_so_far(rows, 0)[HBA1C_TESTING] == pytest.approx(1 / 3)


def test_work_goes_on_from_a_snapshot_with_all_that_it_had():
    kept, again = MeasureWork(REGISTRY), MeasureWork(REGISTRY)
    names = ("work", "in_effect", "used", "aimed_at", "gap", "group_share")
    for place, name in enumerate(names, start=1):
        setattr(kept, name, getattr(kept, name) + place)
    again.restore(kept.snapshot())
    for name in names:
        assert np.array_equal(getattr(again, name), getattr(kept, name)), name


def test_a_means_is_bought_in_steps_up_to_all_of_it_where_somebody_counts():
    """Coding for visits of 100 people at 3 dollars: .4, .4 and the .2 that is left, 300 of 10,000 dollars."""
    work = MeasureWork(REGISTRY)
    work.step, work.cost[...], work.gain[...] = 0.4, 3.0, 0.0
    work.gain[CODING, [VISIT, FOLLOW_UP]] = 0.2
    work.plan(10_000.0, of(adolescent_well_care=100), odds(), 1e9)
    assert work.work[CODING, VISIT] == pytest.approx(1)
    assert work.work.sum() == pytest.approx(1)
    assert work.used == pytest.approx(300 / 10_000)
