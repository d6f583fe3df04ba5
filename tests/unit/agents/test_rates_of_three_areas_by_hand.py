"""Capitation rates of unlike areas, by hand: one renews its rates, one begins later, one is paid no capitation."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.state.rates import RULES, Rates, RateTerms
from sim.payment.contract_calendar import NEVER
from sim.schema import (
    CONDITIONS,
    COUNT_INDEX,
    COUNTS,
    DENTAL,
    INPATIENT,
    PRIMARY,
    RATE_CATEGORIES,
    SERVICES,
)

pytestmark = pytest.mark.quick

SHAPE = (3, len(RATE_CATEGORIES), len(SERVICES))
STARTS, BUDGET = np.array([0, 6, 0]), np.array([True, True, False])


def enters():
    """Primary care from the start, dental care from month 12, stays from month 20."""
    found = np.full((3, len(SERVICES)), NEVER)
    found[:, PRIMARY], found[:, DENTAL], found[:, INPATIENT] = STARTS, 12, 20
    return found


def rates(cost, past_cap):
    """``cost``: cents of primary care in the year before the start, of the first two rate categories of area 0."""
    own = Rates.__new__(Rates)
    own.terms = RateTerms(
        trend=0.1, cap=0.04, phase=2.0, give=0.5, exit_give=0.8, rebasing=0.25, past_cap=past_cap, lag=3, load=0.2,
        credible_months=77.0,
    )  # fmt: skip
    own.calendar = SimpleNamespace(
        enters=enters(), starts=STARTS, scope=enters()[0] < NEVER, forms=(), budget=lambda month: BUDGET,
        year_begins=lambda month: (month - STARTS) % 12 == 0,
        inside=lambda month: (enters() <= month) & BUDGET[:, None],
    )  # fmt: skip
    expected = {-12: np.zeros(SHAPE), 0: np.zeros(SHAPE), 1: np.full(SHAPE, 9e9), -24: np.full(SHAPE, 8e9)}
    expected[-12][:, :, DENTAL] = 6666.0  # was not inside then
    expected[-12][0, :2, PRIMARY] = cost
    expected[0][:, :2, PRIMARY] = 7777.0
    expected[0][:, :2, DENTAL] = [40, 80], [16, 24], [56, 72]
    months = {-12: np.zeros(SHAPE[:2]), 0: np.full(SHAPE[:2], 50)}
    months[-12][:, :2] = [30, 10], [4, 5], [6, 7]

    def of_year(first, scope, weights, credible):
        assert (scope.sum(), weights.tolist(), credible) == (3, [4, 9, 25], 77)
        return expected[first]

    own.experience = SimpleNamespace(expected=of_year, year=lambda first: SimpleNamespace(months=months[first]))
    ccos = [(-0.02, False), (-0.05, True), (-0.5, True)]
    own.model = SimpleNamespace(
        weights=np.array([4.0, 9.0, 25.0]), month=12,
        ccos=[SimpleNamespace(settled_margin=lost, last_margin=9 * lost, threatens_exit=out) for lost, out in ccos],
    )  # fmt: skip
    own.table = np.zeros(SHAPE)
    own.table[:, :2, PRIMARY] = [1000, 2000], [500, 600], [700, 800]
    own.squeeze, own.rule = np.log([0.9, 0.8, 0.7]), np.array([2, 5, 3])
    own.risk, own.base_score = np.ones(3), np.full(3, np.nan)
    return own


@pytest.mark.parametrize(
    ("cost", "past_cap", "rule"),
    [([600, 900], 0.0, "experience"), ([1200, 1600], 0.0, "loss"), ([1200, 1600], 0.4, "past_cap")],
)
def test_one_area_renews_a_rate_another_takes_a_service_in_and_a_third_has_none(cost, past_cap, rule):
    """In the second year the cap is .07, and half of a loss of .02 comes on top: .08. In the first it is the trend, .1,
    and .8 of .05 for who threatens to leave: .14. A quarter of a rate is the cost of two years
    ago, the oldest that is known, at a load of .2.
    """
    own = rates(cost, past_cap)
    own.set(12)
    asked = 0.75 * 1.08 * np.array([1000, 2000]) + 0.25 * np.array(cost) * 1.1**2 / 0.8
    most, wanted = 1.08 * (30 * 1000 + 10 * 2000), 30 * asked[0] + 10 * asked[1]
    held = 1.0 if rule == "experience" else 1 - (1 - past_cap) * (1 - most / wanted)
    assert (wanted > most) == (rule != "experience")
    table = np.zeros(SHAPE)
    table[0, :2, PRIMARY] = asked * held
    table[1:, :2, PRIMARY] = [500, 600], [700, 800]
    table[0, :2, DENTAL] = 1.08 * 40 / 0.8, 1.08 * 80 / 0.8
    table[1, :2, DENTAL] = 1.14 * 16 / 0.8, 1.14 * 24 / 0.8
    assert own.table == pytest.approx(table)
    assert [RULES[code] for code in own.rule] == [rule, "past_cap", "experience"]
    rebased = 0.25 * past_cap
    assert np.exp(own.squeeze) == pytest.approx([(1 - rebased) * 0.9 * 1.08 / 1.1 + rebased, 0.8, 0.7])


def test_a_cap_without_a_loss_says_that_it_bound_and_a_month_without_a_new_year_changes_nothing():
    own = rates([1200, 1600], 0.0)
    own.model.ccos[0].settled_margin = 0.02
    own.set(12)
    assert RULES[own.rule[0]] == "cap"
    assert np.exp(own.squeeze[0]) == pytest.approx(0.9 * 1.07 / 1.1)
    before = own.table.copy()
    own.set(13)
    assert (own.table == before).all()
    own.rule[:] = 0
    own.set(0)
    assert RULES[own.rule[0]] == "trend"  # the cap comes down from it


def test_the_first_rate_follows_experience_and_is_squeezed_by_all_of_the_cap():
    own = rates([1200, 1600], 1.0)
    own.terms = RateTerms(
        trend=0.1, cap=0.04, phase=0.0, give=0.0, exit_give=0.0, rebasing=0.25, past_cap=1.0, lag=2, load=0.2,
        credible_months=77.0,
    )  # fmt: skip
    own.set(0)
    assert own.table[0, :2, PRIMARY] == pytest.approx([1.04 * 1200 / 0.8, 1.04 * 1600 / 0.8])
    assert np.exp(own.squeeze[0]) == pytest.approx(0.9 * 1.04 / 1.1)


@pytest.mark.parametrize(("give", "exit_give", "threatened"), [(0.5, 0.8, 0.8), (0.9, 0.8, 0.9)])
def test_who_threatens_to_leave_is_given_the_larger_part_of_its_loss(give, exit_give, threatened):
    own = rates([1, 1], 0.0)
    own.terms = replace(own.terms, give=give, exit_give=exit_give)
    assert own._allowed(0.07) == pytest.approx([0.07 + give * 0.02, 0.07 + threatened * 0.05, 0.07 + threatened * 0.5])


def test_capitation_is_recorded_per_member_of_what_ccos_pay_for_now():
    """Area 0: 1,000 and 2,000 cents, of 3 and 1 months, times 1.2; what is not inside yet, or no longer, is not due."""
    own = rates([1, 1], 0.0)
    own.table[:, :2, INPATIENT] = 5000
    own.risk = np.array([1.2, 0.5, 1.0])
    months = np.zeros((3, 2, len(RATE_CATEGORIES)), int)
    months[:, 0] = 99
    months[:, 1, :2] = [3, 1], [1, 3], [2, 2]
    own.model.last = SimpleNamespace(rate_months=months)
    found = own.record()
    assert found["payment.capitation"].tolist() == [1250 * 12_000, 575 * 5_000, 0]
    assert found["payment.rate_rule"].tolist() == [2, 5, 3]


def test_risk_moves_capitation_by_what_changed_since_the_start_within_the_states_total():
    """Scores of 1 + (20 x .5 + 10) / 40, times 1.2 by coding: 1.8 of 2 at the start; 2 in an area that begins now.

    At half strength: .95 of 4,000 and 1 of 1,000, and the total stays 5,000. An area without a budget is at 1.
    """
    own = rates([1, 1], 0.0)
    own.risk, own.base_score, own.risk_strength = np.full(3, 1.7), np.array([2.0, np.nan, np.nan]), 0.5
    own.risk_weights = np.zeros(len(CONDITIONS))
    own.risk_weights[:2] = 0.5, 1.0
    registers = np.full((3, len(CONDITIONS), 3), 7)
    registers[:, :2, 1] = [20, 10], [10, 0], [4, 4]
    counts = np.zeros((3, len(COUNTS)), int)
    counts[:, COUNT_INDEX["member_months"]] = 40, 20, 8
    months = np.zeros((3, 2, len(RATE_CATEGORIES)), int)
    months[:, 0], months[:, 1, 0] = 33, [10, 20, 50]
    own.model.last = SimpleNamespace(registers=registers, counts=counts, rate_months=months)
    own.model.providers = SimpleNamespace(coding=np.log([1.2, 1.6, 3.0]))
    own.model.weights = np.array([4.0, 1.0, 25.0])
    own.table[:] = 0
    own.table[:, 0, PRIMARY], own.table[:, 0, DENTAL], own.table[:, 0, INPATIENT] = [60, 20, 70], [40, 30, 5], 800
    own._adjust(BUDGET)
    assert own.risk == pytest.approx([0.95 * 5000 / 4800, 5000 / 4800, 1.0])
    assert own.base_score[:2] == pytest.approx([2.0, 2.0])
    assert np.isnan(own.base_score[2])


def test_rates_go_on_from_a_snapshot_with_all_that_they_had():
    kept, again = rates([1, 1], 0.0), rates([1, 1], 0.0)
    kept.risk, kept.base_score, kept.rule = np.array([1.1, 1.2, 1.3]), np.array([2.1, 2.2, 2.3]), np.array([1, 4, 2])
    kept.table, kept.squeeze = kept.table + 5, np.array([-0.1, -0.2, -0.3])
    again.restore(kept.snapshot())
    for name in ("table", "squeeze", "risk", "base_score", "rule"):
        assert getattr(again, name) == pytest.approx(getattr(kept, name)), name
