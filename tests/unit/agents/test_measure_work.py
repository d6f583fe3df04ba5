"""Work on measures: where a dollar wins most, what it gains, and what CCOs learn of the pool."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.cco.board import Board
from sim.agents.cco.measure_work import KIND, MeasureWork, Odds, felt
from sim.axes import MEANS
from sim.paths import conf_folder
from sim.payment.metric_sets import read_metric_set
from sim.schema import EMERGENCY_VISITS, ENROLLED, MEDICAL_HOME, MEMBER, METRICS
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

OREGON = read_metric_set(conf_folder(), "oregon_2013")
POOL = ("global_budget", "withhold", "quality_pool")
UNKNOWN = np.full(len(METRICS), np.nan)


def row(**values):
    return np.array([values.get(metric, np.nan) for metric in METRICS])


def odds(before, people=10_000.0, so_far=UNKNOWN, part=0.0, year=0, expected=OREGON, **money):
    people = np.full(len(METRICS), people)
    doubt = np.where(np.arange(len(METRICS)) == EMERGENCY_VISITS, 0.002, 0.02)
    return Odds(
        expected, year, before, people, so_far=so_far, events=UNKNOWN, part=part, doubt=doubt, avoidable=0.2, **money
    )


def planned(budget, before, people=10_000.0, **options):
    work = MeasureWork(REGISTRY)
    seen = odds(before, people, **options)
    work.plan(budget, np.full(len(METRICS), people), seen, pool=2_000_000.0 * seen.counted.sum())
    return work


def care_of(work):
    return felt([work], 0.0).care[0]


def test_a_forecast_from_the_year_so_far_by_hand():
    """Half the year is over and 20 percent are recorded; of the rest 1 - .75 ** .5 will follow."""
    found = odds(row(adolescent_well_care=0.25), so_far=row(adolescent_well_care=0.2), part=0.5)
    k = METRICS.index("adolescent_well_care")
    assert found.forecast[k] == pytest.approx(1 - 0.8 * 0.75**0.5)
    assert found.target[k] == pytest.approx(0.25 + 0.1 * (0.576 - 0.25))
    behind = odds(row(adolescent_well_care=0.25), so_far=row(adolescent_well_care=0.05), part=0.5)
    assert behind.won(k, 0.0) < found.won(k, 0.0) < found.won(k, 0.3)


def test_lower_is_better_where_it_is():
    found = odds(row(hba1c_poor_control=0.45))
    k = METRICS.index("hba1c_poor_control")
    assert found.won(k, 0.3) > found.won(k, 0.0)


def test_money_goes_where_a_dollar_wins_most():
    """A measure that is met anyway and one out of reach get nothing; the one that is near gets the means."""
    before = row(depression_screening=0.9, adolescent_well_care=0.30, developmental_screening=0.001)
    work = planned(2_000_000.0, before)
    strength = dict(zip(METRICS, work.work.sum(axis=0), strict=True))
    assert strength["adolescent_well_care"] > 0
    assert strength["depression_screening"] == 0
    assert planned(0.0, before).work.sum() == 0
    small = planned(20_000.0, before)
    assert small.work.sum() < work.work.sum()
    assert small.used == pytest.approx(1)
    assert work.used < 1  # the rest would win less than it costs


def test_medical_homes_also_win_the_gate_of_the_full_payment_by_hand():
    """One measure of two is met for sure, homes 1.45 sd short of their own target (.51): 7.3 percent; the gate is worth
    .1 of the pool if three quarters are met, so .1 (.5 (1 + .073) / .75) = .0715. This board does not see steps."""
    before = row(depression_screening=0.9, medical_home=0.48)
    seen, k = odds(before), METRICS.index("medical_home")
    assert seen.chance(k, 0.0, seen.gate) == pytest.approx(0, abs=1e-6)
    assert seen.gate_prize == pytest.approx(0.0715, rel=1e-3)
    own = seen.chance(k, 1.2, seen.target[k]) - seen.chance(k, 0.0, seen.target[k])
    assert seen.won(k, 1.2) - seen.won(k, 0.0) == pytest.approx(0.5 * own + 0.0715, rel=1e-3)
    ungated = replace(OREGON, medical_home=0.0)
    dear = 10_000_000.0
    homes = MEANS.index("medical_homes")
    bought = [planned(dear, before, people=100_000.0, expected=e).work[homes, k] for e in (ungated, OREGON)]
    assert bought[0] < bought[1]


def test_what_is_bought_costs_what_the_means_cost_by_hand():
    work = planned(9_000.0, row(adolescent_well_care=0.30), people=1_000.0)
    means, metric = (int(found[0]) for found in np.nonzero(work.work))
    assert METRICS[metric] == "adolescent_well_care"
    assert (work.cost * work.work * 1_000).sum() == pytest.approx(9_000.0)
    assert work.gain[means, metric] > 0


def test_effects_are_felt_after_their_lag_and_a_second_means_adds_a_third_by_hand():
    work, k = MeasureWork(REGISTRY), METRICS.index("adolescent_well_care")
    work.work[MEANS.index("outreach"), k] = work.work[MEANS.index("clinic_staff"), k] = 1.0
    work.pass_month()
    assert work.in_effect[MEANS.index("outreach"), k] == pytest.approx(0.5)
    assert work.in_effect[MEANS.index("clinic_staff"), k] == pytest.approx(1 - 2 ** (-1 / 9))
    for _ in range(200):
        work.pass_month()
    assert_allclose(care_of(work)[k], 0.5 + 0.33 * 0.25, rtol=1e-6)
    assert not np.delete(care_of(work), k).any()
    work.work[:] = 0
    for _ in range(400):
        work.pass_month()
    assert_allclose(care_of(work), 0, atol=1e-9)  # not below where it began


def test_coding_moves_records_alone_and_everything_else_care_alone():
    for means in MEANS:
        work = MeasureWork(REGISTRY)
        work.in_effect[MEANS.index(means)] = 1.0
        assert felt([work], 0.0).records.any() == (means == "coding")
        assert care_of(work).any() == (means not in ("coding", "medical_homes"))
        assert (work.homes > 0) == (means == "medical_homes")


def test_the_year_so_far_is_counted_from_members_by_hand():
    members = np.zeros(6, dtype=MEMBER)
    members["status"], members["in_cco"] = ENROLLED, 1
    members["age_months"] = 15 * 12
    members["recorded"][:2] = 1 << METRICS.index("adolescent_well_care")
    members["area"][4] = 1
    members["in_cco"][5] = 0
    found = MeasureWork(REGISTRY).seen_so_far(members, 0)
    assert found[METRICS.index("adolescent_well_care")] == 0.5
    assert np.isnan(found[METRICS.index("well_child")])


EAGER = {"ccos__reconsider": 1.0, "ccos__opening_reserve": 0.3, "ccos__choice_spread": 0.0, "ccos__metric_weight": 2.0}


def test_without_work_nothing_is_gained_and_a_pool_pays_nothing():
    """Rates as last year, under every benchmark: no target is reached without work."""
    model = StandIn(contracts=POOL, levers=(), **EAGER)
    model.quality.level = np.full_like(model.quality.level, 0.02)
    model.quality.level[
        :, [METRICS.index(name) for name in ("hba1c_poor_control", "emergency_visits", "readmission")]
    ] = 0.9
    model.month_by_month(36)
    assert not model.agency.quality.earned.any()
    assert not model.areas["deliver"].any()
    assert not model.areas["record"].any()
    assert (model.areas["avoidable"] == 1).all()


def test_given_and_recorded_rise_only_where_work_is_done():
    model = StandIn(contracts=POOL, levers=("measure_work",), **EAGER)
    model.quality.level = np.full_like(model.quality.level, 0.2)
    model.quality.denominators = lambda year: np.full_like(model.quality.level, 20)
    model.month_by_month(36)
    for cco in model.ccos:
        worked = cco.measures.in_effect.sum(axis=0) > 0
        touched = (model.areas["deliver"][cco.area] > 0) | (model.areas["record"][cco.area] > 0)
        assert worked.any()
        assert not (touched & ~worked).any()
        assert not worked[~OREGON.counted(1)].any()


def test_a_board_learns_what_the_pool_pays():
    board = Board(REGISTRY, StandIn().scenario)
    k, acts = ACTION_INDEX["measure_work"], np.zeros(len(ACTION_INDEX))
    acts[k] = 1.0
    before = board.pool[k]
    for _ in range(20):
        board.learn_pool(acts, 0.9)
        board.learn_pool(0 * acts, 0.1)
    assert board.pool[k] == pytest.approx(0.8, abs=0.1)
    assert board.pool[k] > before
    assert board.pool_anyway == pytest.approx(0.1, abs=0.1)


def test_every_kind_is_a_measure():
    assert set(KIND) <= set(METRICS)


def test_clinics_that_are_helped_become_medical_homes():
    model = StandIn(contracts=POOL, levers=("measure_work",), **EAGER).month_by_month(13)
    before = np.array(model.clinics["tier"])
    model.ccos[0].measures.in_effect[MEANS.index("medical_homes"), METRICS.index("medical_home")] = 1.0
    model.one_month()
    here = np.asarray(model.clinics["area"]) == 0
    assert (model.clinics["tier"][here] == 3).all()
    assert np.array_equal(model.clinics["tier"][~here], before[~here])


def test_the_state_makes_homes_from_month_0_whoever_pays_for_care():
    """Clinics draw a number between 0 and 1: those below the share are helped, from the same month on."""
    model = StandIn(contracts=(), practices__state_homes=0.5).month_by_month(12)
    assert not model.providers.homes.since.any()
    model.month_by_month(3)
    helped = model.providers.recognition < 0.5
    assert 0 < helped.sum() < len(helped)
    assert model.providers.homes.since.tolist() == (3 * helped).tolist()


OUTREACH, STAFF, HOMES, ACCESS = (MEANS.index(one) for one in ("outreach", "clinic_staff", "medical_homes", "access"))
POOL_USD = 1_000_000.0


def test_work_on_emergency_visits_lowers_the_avoidable_fifth_of_them_by_hand():
    """Half of the avoidable fifth goes: .05 becomes .045; a member who cost 300 a year costs 30 less."""
    seen = odds(row(emergency_visits=0.05), emergency_usd=300.0)
    sd = float(np.sqrt(0.05 * 0.95 / 10_000 + 0.002**2))
    assert seen.target[EMERGENCY_VISITS] == pytest.approx(0.05 - 0.0015)
    assert seen.chance(EMERGENCY_VISITS, 0.0, 0.05) == pytest.approx(0.5)
    assert seen.chance(EMERGENCY_VISITS, np.log(2), 0.045 + sd) == pytest.approx(0.8413, abs=1e-4)
    assert seen.saved(EMERGENCY_VISITS, np.log(2)) == pytest.approx(30.0)
    assert seen.saved(MEDICAL_HOME, np.log(2)) == 0
    assert odds(row(emergency_visits=0.05)).saved(EMERGENCY_VISITS, 1.0) == 0  # outside the budget


def on_emergency_visits(usd, rate=0.3, budget=1e9):
    """Work for 1,000 people who counted in twelve months, at a rate that is out of reach unless another is given."""
    work = MeasureWork(REGISTRY)
    counted = row(emergency_visits=12_000.0)
    work.plan(budget, np.nan_to_num(counted), odds(row(emergency_visits=rate), counted, emergency_usd=usd), POOL_USD)
    return work


def test_what_avoided_visits_save_pays_for_work_on_them_by_hand():
    """A step of outreach costs .25 x 2 and saves .2 (1 - exp(-.0125)) = .00248 of what visits cost: 201 or more."""
    assert not on_emergency_visits(200.0).work.any()
    bought = on_emergency_visits(203.0)
    assert bought.work[OUTREACH, EMERGENCY_VISITS] > 0
    assert bought.work.sum() == bought.work[OUTREACH, EMERGENCY_VISITS]
    short = on_emergency_visits(300.0, budget=500.0)
    assert short.work[OUTREACH, EMERGENCY_VISITS] == pytest.approx(0.25)  # 1,000 people, 2 each
    assert short.used == pytest.approx(1)


def test_the_pool_pays_for_work_on_emergency_visits_where_the_target_is_near():
    assert on_emergency_visits(0.0, rate=0.0530).work[OUTREACH, EMERGENCY_VISITS] > 0
    assert not on_emergency_visits(0.0).work.any()


def test_work_on_emergency_visits_is_no_care_and_no_record():
    work = MeasureWork(REGISTRY)
    work.in_effect[:, EMERGENCY_VISITS] = 1.0
    assert not care_of(work).any()
    assert not felt([work], 0.0).records.any()
    assert felt([work], 0.0).avoided == pytest.approx(0.15 + 0.33 * (0.05 + 0.1))
    work.in_effect[:] = 0
    work.in_effect[MEANS.index("coding"), EMERGENCY_VISITS] = 1.0
    assert felt([work], 0.0).avoided == 0


def test_clinics_that_are_open_in_the_evening_are_not_opened_again_by_hand():
    """Evening hours take .15 off, outreach .05, of which a third counts beside them; half-open clinics half of .15."""
    work = MeasureWork(REGISTRY)
    work.in_effect[ACCESS, EMERGENCY_VISITS] = 0.5
    assert felt([work], 0.2).avoided == pytest.approx(0.075)
    assert felt([work], 1.0).avoided == pytest.approx(0.15)
    work.in_effect[OUTREACH, EMERGENCY_VISITS] = 1.0
    assert felt([work], 1.0).avoided == pytest.approx(0.15 + 0.33 * 0.05)
    assert work.in_effect[ACCESS, EMERGENCY_VISITS] == 0.5


PAID_FOR_EMERGENCIES = {"contracts": POOL, "levers": ("measure_work",), **EAGER}


def a_near_target(paid):
    """A pool that pays for emergency visits or not; the rate is a little above its target, which it never reaches."""
    model = StandIn(**PAID_FOR_EMERGENCIES)
    model.quality.level = np.full_like(model.quality.level, 0.2)
    model.quality.level[:, EMERGENCY_VISITS] = 0.053
    model.quality.denominators = lambda year: np.full_like(model.quality.level, 12_000)
    if not paid:
        unpaid_for(model)
    return model


def unpaid_for(model):
    first = np.where(np.arange(len(METRICS)) == EMERGENCY_VISITS, 10**6, OREGON.first)
    model.scenario.metric_set = replace(OREGON, first=first)


def test_paying_for_emergency_visits_avoids_some_and_dropping_the_measure_lets_that_fade():
    paid, unpaid = (a_near_target(one).month_by_month(30) for one in (True, False))
    assert (paid.areas["avoidable"] < 1).all()
    assert (unpaid.areas["avoidable"] == 1).all()
    unpaid_for(paid)
    paid.month_by_month(3)  # until the next review
    before = -np.log(paid.areas["avoidable"])
    paid.month_by_month(24)
    after = -np.log(paid.areas["avoidable"])
    assert (after > 0).all()
    assert (after < 0.6 * before).all()


def test_homes_that_are_a_duty_are_bought_before_all_else_by_hand():
    """1,000 people count three times each; all homes cost 24 each: a quarter is 6,000, of 3,000 there is an eighth."""
    seen, counted = odds(row(adolescent_well_care=0.30)), row(medical_home=3_000.0, adolescent_well_care=1_000.0)
    for budget, homes, rest in ((9_000.0, 0.25, 3_000.0), (3_000.0, 0.125, 0.0)):
        work = MeasureWork(REGISTRY)
        work.plan(budget, np.nan_to_num(counted), seen, 2_000_000.0 * seen.counted.sum(), homes=0.25)
        assert work.work[HOMES, MEDICAL_HOME] == pytest.approx(homes)
        assert (work.cost * work.work * 1_000)[:, METRICS.index("adolescent_well_care")].sum() == pytest.approx(rest)
        assert work.used == pytest.approx(1)
    alone = MeasureWork(REGISTRY)
    alone.plan(9_000.0, np.nan_to_num(counted), None, 0.0, homes=0.25)  # no pool: the duty stays
    assert alone.work.sum() == pytest.approx(0.25)
    assert alone.used == pytest.approx(6 / 9)


@pytest.mark.parametrize(("age", "due"), [(11.9, False), (12.0, True), (21.9, True), (22.0, False)])
def test_a_measure_is_due_from_its_youngest_year_to_the_end_of_its_oldest(age, due):
    """Well care of adolescents is for 12 to 21."""
    members = np.zeros(1, dtype=MEMBER)
    members["status"], members["in_cco"], members["age_months"] = ENROLLED, 1, round(12 * age)
    found = MeasureWork(REGISTRY).seen_so_far(members, 0)[METRICS.index("adolescent_well_care")]
    assert np.isnan(found) != due
