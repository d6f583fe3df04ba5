"""What a set of actions is worth to a board, by hand: every weight, part and action has a number of its own."""

import numpy as np
import pytest

from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.cco.objective import Horizon, Outlook, Weights, reach, worth

pytestmark = pytest.mark.quick

AT_RISK, PASSED, BONUS, CARE = (
    ACTION_INDEX[name] for name in ("at_risk", "pass_through", "quality_bonus", "care_management")
)


def of(**values):
    found = np.zeros(len(ACTION_INDEX))
    for name, value in values.items():
        found[ACTION_INDEX[name]] = value
    return found


STRENGTH = of(at_risk=0.5, pass_through=0.8, quality_bonus=0.6, care_management=0.7)
MOST = np.ones(len(ACTION_INDEX)) - of(at_risk=0.1, pass_through=0.25, quality_bonus=0.5, care_management=0.3)


def part(lag, months, *, stays):
    """Of an effect within the horizon: .9 a month is the discount, .95 of members stay, .7 of a rate each year."""
    kept = [0.95**h * 0.7 ** (1 if h >= 12 else 0) if stays else 1 for h in range(1, months + 1)]
    felt = [0.9**h * (1 - 0.5 ** (h / lag) if lag else 1) for h in range(1, months + 1)]
    return sum(k * f for k, f in zip(kept, felt, strict=True)) / sum(0.9**h for h in range(1, months + 1))


@pytest.mark.parametrize("metric", [1.3, 0.4])
def test_what_actions_are_worth_in_all(metric):
    """A contract on total cost reaches .5 x .8 of .75 passed on, .3, and the CCO keeps .4 of what it saves; of 400
    dollars it saves .05, care management .7 x .02. Of a pool of 9 dollars .2 is won anyway, .3 x .1 by the contract and
    .7 x .5 by care; .3 of it is passed on."""
    months = 13
    outlook = Outlook(
        saving=of(at_risk=0.05, care_management=0.02), lag=of(at_risk=4, care_management=0),
        qalys=of(at_risk=0.003, care_management=0.001), pool=of(at_risk=0.1, care_management=0.5),
        cost=of(at_risk=1.5, care_management=2.5, quality_bonus=0.25), hospital=of(at_risk=0.6, care_management=0.35),
        priority=of(at_risk=0.9, care_management=0.4), medical=400.0, pool_pmpm=9.0, pool_anyway=0.2, most=MOST,
    )  # fmt: skip
    weights = Weights(margin=0.7, health_value=5000.0, metric=metric, hospital=0.45, community=2.0)
    horizon = Horizon(months=months, discount=0.9, churn=0.05, rebase=0.3)
    saved, managed = 0.3 * 0.05 * 400, 0.7 * 0.02 * 400
    margin = 0.4 * saved * part(4, months, stays=True) + managed * part(0, months, stays=True)
    margin -= 0.5 * 1.5 + 0.7 * 2.5 + 0.6 * 0.25
    health = 0.3 * 0.003 * part(4, months, stays=False) + 0.7 * 0.001
    pool = (metric - min(metric, 0.7) * 0.3) * (0.2 + 0.3 * 0.1 + 0.7 * 0.5) * 9
    hospitals = 0.6 * saved * part(4, months, stays=False) + 0.35 * managed
    priorities = 0.5 * 0.9 + 0.7 * 0.4
    expected = 0.7 * margin + 5000 * health + pool - 0.45 * hospitals + 2 * priorities
    assert worth(STRENGTH, outlook, weights, horizon) == pytest.approx(expected)


def test_a_contract_reaches_as_far_as_it_is_passed_through_and_all_else_by_itself():
    found = reach(STRENGTH, MOST)
    assert found[[AT_RISK, PASSED, BONUS, CARE]] == pytest.approx([0.5 * 0.8 * 0.75, 0.8, 0.6, 0.7])
    assert STRENGTH[AT_RISK] == 0.5  # what was decided is not touched
