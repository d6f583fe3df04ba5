"""Effort: the closed form by hand, the directions, and the neutral point to the bit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.responses.allocation import allocate, shadow_price
from sim.agents.providers.responses.effort import MOTIVATION, SWITCHES, Effort
from sim.engine.draws import lognormals
from sim.schema import (
    ACTIVITIES,
    CODING,
    COORDINATION,
    EMERGENCY,
    METRICS,
    OUTPATIENT,
    PRIMARY,
    PROACTIVE,
    QUALITY,
    RESTRAINT,
    SPECIALIST,
    VOLUME,
)
from tests.support.provider_views import AREAS, AT_RISK, lived, market, nothing, seen

ONES = np.ones(3)


def effort(off=(), **changes):
    return Effort(market(**changes), frozenset(off))


def gap(answer, activity):
    return answer.gaps["primary"][:, activity]


def test_where_effort_is_not_scarce_each_activity_gets_what_it_is_worth():
    given = allocate(np.array([[0.1, 0.3, -0.2]]), ease=np.array([1.0, 2.0, 1.0]), capacity=1.0)
    assert given.tolist() == [[0.1, 0.6, 0.0]]
    assert shadow_price(np.array([[0.1, 0.3, -0.2]]), np.array([1.0, 2.0, 1.0]), 1.0) == 0


def test_scarce_effort_by_hand():
    """Worth .6, .5, .2 and capacity .7: the third is given up, (.6 - l) + (.5 - l) = .7 at l = .2."""
    worth = np.array([[0.6, 0.5, 0.2]])
    assert_allclose(shadow_price(worth, ONES, 0.7), 0.2, atol=1e-12)
    assert_allclose(allocate(worth, ONES, 0.7), [[0.4, 0.3, 0.0]], atol=1e-12)


def test_effort_stays_within_one_and_within_capacity():
    worth = np.random.default_rng(1).normal(0.3, 0.5, (200, 6))
    given = allocate(worth, np.full(6, 3.0), 1.2)
    assert (given >= 0).all()
    assert (given <= 1).all()
    assert (given.sum(axis=1) <= 1.2 + 1e-12).all()
    richer = allocate(worth, np.full(6, 3.0), 2.0)
    assert (richer >= given - 1e-12).all()


def test_scipy_finds_the_same_optimum():
    from scipy.optimize import minimize

    worth, ease = np.array([0.5, 0.3, 0.25, 0.05]), np.array([1.0, 2.0, 0.5, 3.0])
    found = minimize(
        lambda e: np.sum(e**2 / (2 * ease)) - worth @ e,
        np.full(4, 0.1),
        bounds=[(0, 1)] * 4,
        constraints={"type": "ineq", "fun": lambda e: 0.6 - e.sum()},
        options={"ftol": 1e-12},
    )
    assert_allclose(allocate(worth[None], ease, 0.6)[0], found.x, atol=1e-5)


@pytest.mark.parametrize("members", [0.0, 0.7])
def test_at_the_baselines_incentives_nothing_changes_to_the_bit(members):
    answer = effort()
    assert nothing(lived(answer, 8, members=members))
    assert not any(gaps.any() for gaps in answer.gaps.values())


def test_nothing_at_risk_leaves_only_what_the_other_incentives_do():
    """phi = 0: a board that keeps the savings changes nobody."""
    assert nothing(lived(effort(), 8, at_risk=0.0))
    assert not nothing(lived(effort(), 8, **AT_RISK))


def test_total_cost_at_risk_brings_restraint_and_coordination_and_less_volume():
    answer = effort(effort__capacity=3.0)
    decided = lived(answer, 12, **AT_RISK)
    assert (gap(answer, RESTRAINT) > 0).all()
    assert (gap(answer, COORDINATION) > 0).all()
    assert (gap(answer, VOLUME) < 0).all()
    assert (decided.log_volume[:, [SPECIALIST, OUTPATIENT]] < 0).all()
    assert (decided.log_avoidable < 0).all()
    assert (decided.closed_loops > 0).all()
    assert (decided.log_clinic_volume < 0).all()


def test_what_is_outside_the_budget_is_not_restrained():
    inside = np.zeros((AREAS, 9), dtype=bool)
    inside[:, PRIMARY] = True
    answer = effort(effort__capacity=3.0)
    lived(answer, 12, inside=inside, **AT_RISK)
    assert_allclose(gap(answer, RESTRAINT), 0, atol=1e-15)


def test_capitation_takes_volume_away_and_makes_proactive_care_worth_while():
    answers = {kappa: effort(effort__capacity=3.0) for kappa in (0.3, 0.6, 1.0)}
    decided = {kappa: lived(answer, 40, capitated=kappa) for kappa, answer in answers.items()}
    volumes = [d.log_clinic_volume.mean() for d in decided.values()]
    assert 0 > volumes[0] >= volumes[1] >= volumes[2]
    for d in decided.values():  # half of what volume loses is withheld from all alike; team contacts replace visits
        assert_allclose(d.log_clinic_withheld, d.log_clinic_volume)
        assert (d.log_clinic_replaced < 0).all()
    assert (gap(answers[1.0], PROACTIVE) > gap(answers[0.3], PROACTIVE)).all()
    assert not decided[1.0].log_volume[:, EMERGENCY].any()


def test_full_capitation_by_hand():
    """A visit more earns nothing and costs .73: volume stops; before, e0 = 5 x .25 x (1 - .73)."""
    answer = effort(effort__capacity=3.0, effort__spread=0.0, effort__peers=0.0)
    lived(answer, 200, capitated=1.0)
    assert_allclose(answer.usual[0][:, VOLUME], 5 * 0.25 * 0.27)
    assert_allclose(gap(answer, VOLUME), -5 * 0.25 * 0.27)
    assert_allclose(gap(answer, PROACTIVE), 5 * 0.07 * 1.0)  # .07 visits replaced, each worth kappa more


def only(*measures):
    return np.tile(np.isin(METRICS, measures), (AREAS, 1))


def test_practices_go_a_quarter_of_the_way_each_quarter():
    answer = effort(effort__peers=0.0, effort__spread=0.0)
    seen_gaps = []
    for _ in range(3):
        answer.decide(seen(capitated=0.5))
        seen_gaps.append(gap(answer, VOLUME)[0])
    aim = seen_gaps[0] / 0.25
    assert_allclose(seen_gaps, aim * (1 - 0.75 ** np.arange(1, 4)))


def test_peers_draw_practices_of_an_area_together():
    apart, together = effort(effort__peers=0.0), effort(effort__peers=0.5)
    for answer in (apart, together):
        lived(answer, 12, **AT_RISK)
    assert np.ptp(gap(together, RESTRAINT)[:2]) <= np.ptp(gap(apart, RESTRAINT)[:2])
    means = [answer._means(seen())[:, RESTRAINT] for answer in (apart, together)]
    assert_allclose(*means)


def test_a_bonus_crowds_out_what_is_not_paid_for_where_effort_is_scarce():
    tight, wide = effort(effort__capacity=0.9), effort(effort__capacity=3.0)
    for answer in (tight, wide):
        lived(answer, 12, bonus=0.1, measured=only("sealants"))
    assert (gap(tight, QUALITY) > 0).all()
    assert gap(tight, PROACTIVE).mean() < 0
    assert not gap(wide, PROACTIVE).any()


def test_a_bonus_counts_against_the_clinics_own_revenue_by_hand():
    """Primary care is 12 percent of all care here: a pool of 1 percent of all is 8.3 percent of its own."""
    answer = effort(effort__capacity=3.0, effort__spread=0.0, effort__peers=0.0)
    lived(answer, 200, bonus=0.01, measured=only("sealants"))
    assert_allclose(gap(answer, QUALITY), 5 * 0.01 / 0.12 * 0.9)
    assert_allclose(gap(answer, CODING), 5 * 0.01 / 0.12 * 0.1)


def test_money_for_a_measure_goes_to_what_moves_it_by_hand():
    """Of three measures coordination moves readmissions and half of emergency visits, proactive care the other half;
    of the third a tenth is coding."""
    answer = effort(effort__capacity=3.0, effort__spread=0.0, effort__peers=0.0)
    lived(answer, 200, bonus=0.01, measured=only("sealants", "readmission", "emergency_visits"))
    for activity, part in ((QUALITY, 0.9), (CODING, 0.1), (COORDINATION, 1.5), (PROACTIVE, 0.5)):
        assert_allclose(gap(answer, activity), 5 * 0.01 / 0.12 * part / 3)
    assert not gap(answer, RESTRAINT).any()


def gained(answer, quarters, measured, **incentives):
    """Log odds of care and of records of each measure, after so many quarters."""
    decided = lived(answer, quarters, measured=measured, **incentives)
    return decided.deliver[0], decided.record[0]


def test_measures_that_are_not_paid_for_slip():
    care, _ = gained(effort(effort__capacity=0.9), 12, only("sealants"), bonus=0.1)
    paid = only("sealants")[0]
    assert (care[paid] > 0).all()
    assert (care[~paid] < 0).all()


@pytest.mark.parametrize("metric", ["sealants", "hba1c_testing", "postpartum_care", "blood_pressure_control"])
@pytest.mark.parametrize("capacity", [0.9, 3.0])
def test_paying_for_a_measure_raises_it_on_top_of_what_proactive_care_brings(metric, capacity):
    """Ruling 29, paired: the same practices at risk, with and without money for one measure."""
    k, others = METRICS.index(metric), {"capitated": 0.6, **AT_RISK, "bonus": 0.05}
    with_pay, without = (
        gained(effort(effort__capacity=capacity), 12, only(*names), **others)
        for names in ((metric, "depression_screening"), ("depression_screening",))
    )
    assert with_pay[0][k] > without[0][k]
    assert (without[0][k] > 0) == (capacity > 1)  # where effort is scarce, pay for screening takes attention away
    assert with_pay[1][k] >= without[1][k] == 0


def test_the_old_rule_would_have_lowered_a_paid_measure():
    """The planted bug: work for pay in place of what proactive care brings, not on top of it."""
    answer = effort(effort__capacity=3.0)
    care, _ = gained(answer, 12, only("sealants"), capitated=1.0, bonus=0.002)
    k = METRICS.index("sealants")
    proactive = answer.terms.proactive * answer._means(seen())[0, PROACTIVE]
    replaced = np.where(only("sealants")[0], answer.gains.care[0], proactive)
    assert care[k] > proactive > replaced[k] > 0


def test_work_goes_to_the_measures_that_it_moves_by_hand():
    """Two measures are paid for; quality moves .9 of one and nothing of the other: all of it goes to the one."""
    answer = effort(effort__capacity=3.0, effort__spread=0.0, effort__peers=0.0)
    care, records = gained(answer, 200, only("sealants", "readmission"), bonus=0.01)
    k, other = METRICS.index("sealants"), METRICS.index("readmission")
    quality, coding = 5 * 0.01 / 0.12 * 0.9 / 2, 5 * 0.01 / 0.12 * 0.1 / 2
    assert_allclose((care[k], records[k]), (2 * quality, 2 * coding))
    assert care[other] == records[other] == 0


def test_records_rise_more_than_care_where_a_measure_is_mostly_written_down():
    answer = effort(effort__capacity=3.0)
    care, records = gained(answer, 12, only("depression_screening", "hba1c_testing"), bonus=0.02)
    screen, test = METRICS.index("depression_screening"), METRICS.index("hba1c_testing")
    assert records[screen] / care[screen] > 10 * records[test] / care[test] > 0


def test_a_dropped_measure_fades_at_the_fitted_rate_and_not_below_where_it_began():
    answer = effort(effort__capacity=3.0)
    kept = effort(effort__capacity=3.0)
    k, both = METRICS.index("sealants"), ("sealants", "hba1c_testing")
    peak, written = (rows[k] for rows in gained(answer, 12, only(*both), bonus=0.02))
    lived(kept, 12, measured=only(*both), bonus=0.02)
    for quarters in range(1, 9):
        care, records = (rows[k] for rows in gained(answer, 1, only("hba1c_testing"), bonus=0.02))
        assert_allclose(care, peak / 2 + peak / 2 * 0.99 ** (3 * quarters))  # half of it is a habit
        assert_allclose(records, written * 0.8 ** (3 * quarters))
        assert gained(kept, 1, only(*both), bonus=0.02)[0][k] > care > 0
    assert gained(answer, 400, only(), bonus=0.0)[0][k] >= peak / 2 > 0


def test_coding_answers_to_risk_adjustment():
    answer = effort(effort__capacity=3.0)
    decided = lived(answer, 12, coded=1.0)
    assert (gap(answer, CODING) > 0).all()
    assert ((decided.record > 0) == (answer.moves[CODING] > 0)).all()
    assert not decided.deliver.any()


def test_a_lower_fee_means_fewer_visits_and_a_higher_one_more():
    less, more = (lived(effort(), 8, fee=fee).log_clinic_volume for fee in (0.9, 1.1))
    assert (less < 0).all()
    assert (more > 0).all()


def test_what_is_switched_off_crowds_nothing_out():
    answer, alone = (effort(off=off, effort__capacity=0.9) for off in (("quality", "coding", "coordination"), ()))
    lived(answer, 12, bonus=0.1, measured=only("sealants"))
    lived(alone, 12, bonus=0.1, measured=only("sealants"))
    assert not any(gap.any() for gap in answer.gaps.values())
    assert gap(alone, RESTRAINT).mean() < 0


@pytest.mark.parametrize("name", SWITCHES)
def test_each_activity_can_be_switched_off_by_name(name):
    answer = effort(off=(name,), effort__capacity=0.9)
    lived(answer, 8, bonus=0.1, capitated=0.5, coded=1.0, **AT_RISK)
    assert not gap(answer, SWITCHES[name]).any()
    assert any(gap(answer, k).any() for k in range(len(ACTIVITIES)) if k != SWITCHES[name])


def test_with_every_activity_off_nothing_is_left():
    answer = effort(off=tuple(SWITCHES))
    assert nothing(lived(answer, 8, bonus=0.1, capitated=0.5, **AT_RISK))


def test_what_is_saved_is_enough_to_go_on():
    whole, stopped = effort(), effort()
    for answer in (whole, stopped):
        lived(answer, 3, **AT_RISK)
    again = effort()
    again.restore(stopped.snapshot())
    for answer in (whole, again):
        lived(answer, 3, capitated=0.4)
    assert all(np.array_equal(gaps, again.gaps[kind]) for kind, gaps in whole.gaps.items())


def test_motivation_has_mean_one_and_belongs_to_the_practice():
    keys = np.arange(4000, dtype=np.uint64)
    drawn = lognormals(1, keys, MOTIVATION, 0.5)
    assert abs(drawn.mean() - 1) < 5 * 0.533 / np.sqrt(4000)
    assert abs(np.log(drawn).std() - 0.5) < 0.03
    assert np.array_equal(lognormals(1, keys[::-1], MOTIVATION, 0.5), drawn[::-1])


def test_effort_of_a_clinic_is_the_usual_and_what_contracts_add():
    answer = effort()
    usual = answer.of_clinics.copy()
    answer.gaps["primary"] = answer.gaps["primary"] + np.arange(answer.gaps["primary"].shape[1]) / 8
    assert answer.of_clinics - usual == pytest.approx(
        np.tile(np.arange(usual.shape[1]) / 8, (len(answer.gaps["primary"]), 1))
    )
