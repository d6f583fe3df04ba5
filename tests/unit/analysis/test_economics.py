"""Economics by hand: discounting, perspectives, frontier, distribution, returns."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.analysis.economics.budget import PAYERS, returns
from sim.analysis.economics.discounting import factors, present_value
from sim.analysis.economics.equity import (
    atkinson_equivalent,
    atkinson_weights,
    weighted_net_benefit,
)
from sim.analysis.economics.frontier import EXTENDEDLY, FRONTIER, STRONGLY, frontier
from sim.analysis.economics.net_benefit import probability_best
from sim.analysis.economics.perspectives import BY_NAME, PERSPECTIVES, QALYS
from sim.analysis.economics.plane import cloud, ellipse
from sim.analysis.economics.samples import Years, samples
from sim.analysis.economics.terms import Terms
from sim.measures.amounts import AMOUNT_NAMES

pytestmark = pytest.mark.quick

PLAIN = Terms(discount_costs=0.0, discount_outcomes=0.0, general_inflation=0.0)


def test_the_published_example_of_six_strategies():
    names = list("ABCDEF")
    costs = np.array([55000.0, 35000, 25000, 10000, 12000, 5000])
    effects = np.array([5.0, 4, 3, 2, 1.5, 1])
    found = {one.name: one for one in frontier(names, costs, effects)}
    on = [one for one in frontier(names, costs, effects) if one.status == FRONTIER]
    assert [one.name for one in on] == ["F", "D", "B", "A"]
    assert [one.icer for one in on[1:]] == [5000, 12500, 20000]
    assert math.isnan(on[0].icer)
    assert found["C"].status == EXTENDEDLY
    assert found["E"].status == STRONGLY


def test_the_frontier_does_not_depend_on_the_order(seed):
    rng = np.random.default_rng(seed)
    for _ in range(50):
        costs, effects = rng.integers(0, 20, size=(2, 7)).astype(float)
        names = [f"{c}/{e}" for c, e in zip(costs, effects, strict=True)]
        shuffled = rng.permutation(7)
        first = {(one.name, one.status) for one in frontier(names, costs, effects) if one.status == FRONTIER}
        again = frontier([names[i] for i in shuffled], costs[shuffled], effects[shuffled])
        assert {(one.name, one.status) for one in again if one.status == FRONTIER} == first


def test_the_frontier_holds_the_best_at_every_willingness_to_pay(seed):
    rng = np.random.default_rng([seed, 1])
    costs, effects = rng.normal(size=(2, 12)) * [[1000.0], [1.0]]
    kept = {int(one.name) for one in frontier([str(i) for i in range(12)], costs, effects) if one.status == FRONTIER}
    best = {int((w * effects - costs).argmax()) for w in np.linspace(0, 50_000, 20_000)}
    assert best <= kept
    ratios = [one.icer for one in frontier([str(i) for i in range(12)], costs, effects) if one.status == FRONTIER][1:]
    assert ratios == sorted(ratios)
    assert all(ratio > 0 for ratio in ratios)


def test_equal_strategies_share_a_sample_by_hand():
    """The first two are equal in the first sample: half of it each; the second sample is the first one's alone."""
    assert probability_best(np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0]])).tolist() == [0.75, 0.25, 0.0]


def test_of_two_equal_strategies_one_stays():
    found = frontier(["a", "b"], np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    assert sorted(one.status for one in found) == [FRONTIER, STRONGLY]


def test_discounting_by_hand():
    assert factors(3, 0.03) == pytest.approx([1, 1 / 1.03, 1 / 1.0609])
    assert present_value(np.array([100.0, 103.0]), 0.03) == pytest.approx(200.0)
    # nominal dollars that grow by inflation and by the discount rate are worth the same each year
    assert present_value(100 * (1.02 * 1.03) ** np.arange(4), 0.03, 0.02) == pytest.approx(400.0)
    assert present_value(np.ones((2, 5)), 0.0).tolist() == [5.0, 5.0]


def years_frame(values):
    """From {arm: {amount: [by year]}} for two seeds; the second seed has everything 10 more."""
    rows = [
        (arm, seed, 0, year, amount, value + 10 * seed)
        for arm, amounts in values.items()
        for amount in AMOUNT_NAMES
        for seed in (0, 1)
        for year, value in enumerate(amounts.get(amount, [0.0, 0.0]))
    ]
    return pd.DataFrame(rows, columns=["arm", "seed", "draw", "year", "amount", "value"])


def test_perspectives_by_hand():
    amounts = {
        "state": [100.0, 0], "federal": [200.0, 0], "medicare": [30.0, 0], "third_party": [4.0, 0],
        "outside": [11.0, 0], "other_insurance": [17.0, 0], "care_used": [250.0, 0], "care_off_cover": [19.0, 0],
        "administration": [20.0, 0], "programs": [12.0, 0], "care_programs": [3.0, 0], "teams": [2.0, 0],
        "other_sectors": [13.0, 0], "qalys": [1.0, 2.0], "qalys_off_cover": [0.5, 0.0],
    }  # fmt: skip
    years = Years(years_frame({"usual": amounts}), "usual")
    cost = {p.name: samples(years, p, PLAIN).costs[0, 0] for p in PERSPECTIVES}
    payers = {"state": 100, "federal": 200, "medicaid": 300, "payers": 362}
    assert cost == {"resources": 306, "societal": 319} | payers
    assert samples(years, BY_NAME["state"], PLAIN).effects[0, 0] == 3.5


def test_a_grant_from_outside_does_not_make_programs_free():
    """On the frontier they cost what they use up, whoever pays; to the state they cost nothing."""
    with_grant = {"programs": [12.0, 0], "outside": [12.0, 0], "qalys": [1.0, 0]}
    years = Years(years_frame({"usual": {}, "grant": with_grant}), "usual")
    added = {name: samples(years, BY_NAME[name], PLAIN).costs[0] @ [-1, 1] for name in ("resources", "state", "payers")}
    assert added == {"resources": 12, "state": 0, "payers": 12}


def test_every_perspective_names_amounts_that_exist():
    named = {name for one in PERSPECTIVES for name, _ in one.amounts} | {name for name, _ in QALYS} | set(PAYERS)
    assert named <= set(AMOUNT_NAMES)


def test_the_baseline_comes_first_and_luck_is_no_parameter():
    frame = years_frame({"b": {"state": [1.0, 1.0]}, "usual": {"state": [2.0, 2.0]}})
    years = Years(frame, "usual")
    found = samples(years, BY_NAME["state"], PLAIN)
    assert found.arms == ("usual", "b")
    assert found.costs.tolist() == [[4, 2], [24, 22]]
    assert not found.of_parameters


def test_dollars_lose_by_inflation_and_life_does_not():
    """Without discounting a year's QALY is one; 104 dollars of the second year are 100 of the first at 4%."""
    frame = years_frame({"usual": {"state": [100.0, 104.0], QALYS[0][0]: [1.0, 1.0]}})
    years = Years(frame[frame["seed"] == 0], "usual")
    found = samples(years, BY_NAME["state"], replace(PLAIN, general_inflation=0.04))
    assert found.costs.tolist() == [[pytest.approx(200)]]
    assert found.effects.tolist() == [[pytest.approx(2)]]


def test_draws_are_means_of_their_seeds():
    frame = years_frame({"usual": {"state": [2.0, 2.0]}})
    two = pd.concat([frame, frame.assign(draw=1, value=frame["value"] * 3)])
    found = samples(Years(two, "usual"), BY_NAME["state"], PLAIN)
    assert found.of_parameters
    assert found.costs.ravel().tolist() == [14, 42]


def test_a_run_that_an_arm_lacks_is_left_out():
    frame = years_frame({"usual": {}, "b": {}})
    years = Years(frame[~((frame["arm"] == "b") & (frame["seed"] == 1))], "usual")
    assert years.runs == [(0, 0)]


CHANGE = {payer: np.zeros(2) for payer in PAYERS} | {
    "state": np.array([40.0, 60.0]),
    "federal": np.array([-150.0, -150.0]),
    "cco_kept": np.array([20.0, 20.0]),
    "providers": np.array([-30.0, -30.0]),
    "held": np.array([5.0, 5.0]),
    "programs": np.array([50.0, 70.0]),
}


def test_returns_add_up():
    found = {one.payer: one for one in returns(CHANGE)}
    assert found["federal"].saving == (150, 150, 150)
    assert found["federal"].per_program_dollar.mean == 2.5
    assert found["all, net of programs"].saving.mean == -50 + 150 + 20 - 30 + 5
    assert found["all, gross of programs"].saving.mean == -50 + 150 + 20 - 30 + 5 + 60
    nothing = returns(CHANGE | {"programs": np.zeros(2)})[0]
    assert math.isnan(nothing.per_program_dollar.mean)


def test_the_interval_of_a_return_by_hand():
    """State: saves -40 and -60 for 50 and 70, t(1) is 12.706; ratio -50 / 60, residuals 1.67 / 60 and -1.67 / 60."""
    state = next(one for one in returns(CHANGE) if one.payer == "state")
    assert state.saving == pytest.approx((-50, -50 - 12.706 * 10, -50 + 12.706 * 10), rel=1e-4)
    half = 12.706 * (40 - 50 * 50 / 60) / 60
    assert state.per_program_dollar == pytest.approx((-50 / 60, -50 / 60 + half, -50 / 60 - half), rel=1e-3)
    alone = returns({name: values[:1] for name, values in CHANGE.items()})
    assert math.isnan(alone[0].saving.low)


def test_intervals_of_returns_hold_the_truth_as_often_as_they_say():
    luck, held = np.random.default_rng(3), 0
    for _ in range(1000):
        spent = luck.normal(100, 10, 10)
        saved = 0.6 * spent + luck.normal(0, 30, 10)
        found = returns({name: np.zeros(10) for name in CHANGE} | {"state": -saved, "programs": spent})[0]
        held += found.per_program_dollar.low <= 0.6 <= found.per_program_dollar.high
    assert 930 <= held <= 970


def test_atkinson_by_hand():
    health, people = np.array([0.5, 1.0]), np.array([100.0, 100.0])
    assert atkinson_equivalent(health, people, 0) == pytest.approx(0.75)
    assert atkinson_equivalent(health, people, 1) == pytest.approx(math.sqrt(0.5))
    assert atkinson_equivalent(health, people, 2) == pytest.approx(2 / 3)  # the harmonic mean
    assert atkinson_equivalent(3 * health, people, 2) == pytest.approx(2)  # relative: scale goes through
    assert atkinson_equivalent(health, people, 1 + 1e-9) == pytest.approx(math.sqrt(0.5), rel=1e-6)
    with pytest.raises(ValueError, match="above zero"):
        atkinson_equivalent(np.array([0.0, 1.0]), people, 2)


def test_weights_favor_the_worse_off_and_average_one():
    health, people = np.array([0.6, 0.8]), np.array([30.0, 70.0])
    weights = atkinson_weights(health, people, 2.0)
    assert weights[0] / weights[1] == pytest.approx((0.8 / 0.6) ** 2)
    assert people @ weights / people.sum() == pytest.approx(1)
    assert atkinson_weights(health, people, 0.0).tolist() == [1, 1]
    before = atkinson_equivalent(health, people, 2.0)
    first, second = (atkinson_equivalent(health + 1e-7 * one, people, 2.0) - before for one in np.eye(2))
    assert first / second == pytest.approx(weights[0] * 30 / (weights[1] * 70), rel=1e-4)  # they are its derivatives
    assert weighted_net_benefit(np.array([1.0, 1.0]), np.ones(2), 500.0, 1000.0) == 1500


def test_the_ellipse_holds_what_it_says(seed):
    rng = np.random.default_rng([seed, 2])
    effects = rng.normal(5, 2, size=20_000)
    costs = 1e6 * (0.7 * effects + rng.normal(size=20_000))
    points = ellipse(effects, costs)
    scaled = np.stack([effects, costs / 1e6])
    root = np.linalg.inv(np.cov(scaled))
    distance = np.einsum("is,ij,js->s", scaled - scaled.mean(1)[:, None], root, scaled - scaled.mean(1)[:, None])
    edge = (points / [1, 1e6]) - scaled.mean(1)
    radius = np.einsum("pi,ij,pj->p", edge, root, edge)
    assert radius == pytest.approx(5.9915, rel=1e-3)
    assert (distance < radius.mean()).mean() == pytest.approx(0.95, abs=0.006)


def test_quadrants_add_to_one(seed):
    effects, costs = np.random.default_rng([seed, 3]).normal(size=(2, 50))
    assert sum(cloud(effects, costs).quadrants.values()) == pytest.approx(1)
    assert len(cloud(effects[:2], costs[:2]).ellipse) == 0


def test_the_ellipse_lies_around_the_mean_and_begins_on_its_longer_axis():
    """Costs of 4, 5, 6 by effects of 1, 3, 5: all on one line, so the ellipse is a line through (3, 5)."""
    points = ellipse(np.array([1.0, 3.0, 5.0]), np.array([4.0, 5.0, 6.0]), 0.95)
    reach = np.sqrt(-2 * np.log(0.05))  # of a chi-squared with two degrees of freedom
    assert points.mean(axis=0)[0] == pytest.approx(3, abs=0.05)
    assert points[:, 0].max() == pytest.approx(3 + 2 * reach, rel=1e-3)
    assert points[:, 0].min() == pytest.approx(3 - 2 * reach, rel=1e-3)
    assert points[:, 1].max() == pytest.approx(5 + reach, rel=1e-3)
    assert (points[:, 1] - 5) * 2 == pytest.approx(points[:, 0] - 3, abs=1e-6)
