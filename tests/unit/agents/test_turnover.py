"""Clinicians who leave beyond the usual: capacity, members' ties to clinics, and where the feedback ends, by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.response import Decided
from sim.agents.providers.responses.turnover import Turnover
from sim.agents.providers.workload import Workload
from tests.support.provider_views import AREAS, CLINICS, market, nothing, seen
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

WORKLOAD = Workload(usual=0.08, slope=2.0, most=1.6)
NUMBERS = {
    "practices__turnover": 0.12,
    "practices__turnover_slope": 2.0,
    "practices__turnover_most": 2.0,
    "practices__turnover_visits_lost": 0.25,
    "practices__turnover_clinic_lost": 0.4,
    "providers__posts_filled": 0.1,
}
DOUBLED = 0.86 * (1 + np.log(2) / 2)
"""Utilization at which twice as many leave: 1 in 100 each month beyond the usual."""


def answer(**changes):
    return Turnover(market(**{**NUMBERS, **changes}))


def decided(turnover, view):
    """Decide once; return what members meet then."""
    turnover.decide(view)
    found = Decided(AREAS, CLINICS)
    turnover.add(found, view)
    return found


@pytest.mark.parametrize(
    ("workload", "leave"),
    [
        (1.0, 0.08),
        (1.1, 0.08 * np.exp(0.2)),
        (0.9, 0.08 * np.exp(-0.2)),
        (1.3, 0.128),  # e^.6 is more than 1.6
        (9.0, 0.128),
        (0.0, 0.05),  # 1 / 1.6 of the usual is the least
    ],
)
def test_more_leave_where_more_is_booked_within_a_factor_of_the_usual(workload, leave):
    assert WORKLOAD.turnover(np.array([workload])) == pytest.approx([leave])


def test_workload_is_against_the_clinics_own_usual():
    view = replace(seen(), utilization=np.array([0.9, 0.6, 0.5, 0.7]), usual_utilization=np.array([0.6, 0.9, 0.5, 0.0]))
    assert WORKLOAD.workload(view) == pytest.approx([1.5, 2 / 3, 1, 1])  # the last one is not known yet


def test_what_is_shown_is_the_mean_of_clinics_by_size():
    """Clinics of 1/4 and 3/4 of an area at workloads of 1.1 and 1, and of 1/2 each at .9 and 1."""
    view = replace(seen(), utilization=0.86 * np.array([1.1, 1.0, 0.9, 1.0]))
    shown = WORKLOAD.record(view)
    assert shown["workload"] == pytest.approx([1.025, 0.95])
    assert shown["turnover"] == pytest.approx([0.08 * (0.25 * np.exp(0.2) + 0.75), 0.08 * (0.5 * np.exp(-0.2) + 0.5)])


def test_nobody_leaves_beyond_the_usual_in_the_baseline_world_or_at_the_usual_workload():
    for view in (seen(utilization=0.97, months_under=0.0), seen(utilization=0.86)):
        turnover = answer()
        for _ in range(5):
            assert nothing(decided(turnover, view))
        assert (turnover.now == 1).all()


def test_three_months_by_hand():
    """1 in 100 leaves each month beyond the usual, a tenth of what is missing is hired: .99, .9811, .973179."""
    found = decided(turnover := answer(), seen(utilization=DOUBLED))
    assert_allclose(turnover.now, 0.973179, rtol=1e-9)
    assert_allclose(np.exp(found.log_capacity), 1 - 0.25 * 0.026821, rtol=1e-9)
    assert_allclose(found.leavers, 0.4 * 0.01, rtol=1e-9)
    assert_allclose(turnover.record(seen())["clinicians"], 0.973179, rtol=1e-9)


def test_it_tends_to_excess_times_the_time_that_a_post_is_open_and_recovers_once_workload_is_usual():
    """Leavers of .01 a month, posts open for 10 months: 1 / 1.1 of the clinicians are there."""
    turnover = answer()
    for _ in range(80):
        turnover.decide(seen(utilization=DOUBLED))
    assert_allclose(turnover.now, 1 / 1.1, rtol=1e-9)
    found = decided(turnover, seen(utilization=0.86))
    assert_allclose(turnover.now, 1 - (1 - 1 / 1.1) * 0.9**3, rtol=1e-9)
    assert not found.leavers.any()
    turnover.decide(seen(utilization=DOUBLED, months_under=0.0))  # the contract has ended
    assert_allclose(turnover.now, 1 - (1 - 1 / 1.1) * 0.9**6, rtol=1e-9)


def test_a_lighter_workload_keeps_clinicians_and_members():
    """Half as many leave at the least: .005 a month stay who would have left, 1 / .95 in the end."""
    turnover = answer()
    for _ in range(80):
        found = decided(turnover, seen(utilization=0.5))
    assert_allclose(turnover.now, 1 / 0.95, rtol=1e-9)
    assert_allclose(np.exp(found.log_capacity), 1 + 0.25 * (1 / 0.95 - 1), rtol=1e-9)
    assert_allclose(found.leavers, -0.4 * 0.005, rtol=1e-9)


@pytest.mark.parametrize(
    "off",
    [
        {"practices__turnover_slope": 0.0},
        {"practices__turnover_most": 1.0},
        {"practices__turnover_visits_lost": 0.0, "practices__turnover_clinic_lost": 0.0},
    ],
)
def test_with_a_zero_nothing_depends_on_workload(off):
    turnover = answer(**off)
    for _ in range(5):
        assert nothing(decided(turnover, seen(utilization=0.97)))


def test_clinics_without_the_contract_keep_capacity_and_members():
    found = decided(answer(), seen(utilization=DOUBLED))
    found.hold_for(np.array([True, False, True, False]))
    assert (found.log_capacity != 0).tolist() == (found.leavers != 0).tolist() == [True, False, True, False]


def settled(load, quarters=400, **changes):
    """Clinicians who are there once workload, at so many times the usual visits, has answered to vacant posts."""
    turnover, there = answer(**changes), np.ones(CLINICS)
    for _ in range(quarters):
        there = np.exp(decided(turnover, seen(utilization=0.86 * load / there)).log_capacity)
    return turnover.now[0], there[0]


def test_fewer_clinicians_mean_more_work_for_the_others_and_this_ends_where_it_should():
    """A tenth more visits; all visits of a vacant post are lost, and no visit is lost to waiting, so that only turnover
    answers. Solved by hand: there = 1 / (1 + .1 (e^(2 (1.1 / there - 1)) - 1)), which is .97025; without the feedback
    it is 1 / (1 + .1 (e^.2 - 1)) = .97834.
    """
    there, capacity = settled(1.1, practices__turnover_visits_lost=1.0)
    assert there == pytest.approx(capacity) == pytest.approx(0.97025, abs=1e-5)
    assert there == pytest.approx(1 / (1 + 0.1 * np.expm1(2 * (1.1 / there - 1))))


def test_the_feedback_cannot_run_away_anywhere_in_the_declared_ranges():
    """Whatever the workload, at least 1 / (1 + usual (most - 1) / 12 / f) of the clinicians are there."""
    names = [f"practices.turnover{what}" for what in ("", "_slope", "_most", "_visits_lost")]
    ranges = [(REGISTRY[name].low.item(), REGISTRY[name].high.item()) for name in (*names, "providers.posts_filled")]
    for usual, slope, most, lost, fills in product(*ranges):
        changes = dict(zip((name.replace(".", "__") for name in names), (usual, slope, most, lost), strict=True))
        there, _ = settled(3.0, quarters=100, providers__posts_filled=fills, **changes)
        least = 1 / (1 + usual * (most - 1) / 12 / fills)
        assert least - 1e-9 <= there <= 1
        assert least > 0.6


def test_members_meet_it_at_their_clinic():
    model = StandIn(contracts=("global_budget",), response="effort")
    model.providers.decided.leavers[:] = np.arange(len(model.clinics)) / 100
    model.providers._write_clinics()
    assert np.asarray(model.clinics["leavers"]) == pytest.approx(np.arange(len(model.clinics)) / 100)
