"""Dividing a budget: by hand, and never more than there is."""

import numpy as np
import pytest

from sim import schema
from sim.agents.cco.board import Board
from sim.agents.cco.governance import PRIORITIES
from sim.agents.programs import budget_shares
from sim.scenario import Scenario, ScenarioError
from sim.upstream.portfolio import (
    Worth,
    best_first,
    divided,
    effective_months,
    month_at_full_effect,
    priority,
    return_per_dollar,
)
from tests.support.stand_in_places import AREAS, PORTFOLIO
from tests.support.stand_in_system import REGISTRY

NOTHING = np.zeros(len(schema.NEEDS))
PRICES = np.zeros(len(schema.SERVICES))
PRICES[schema.EMERGENCY], PRICES[schema.INPATIENT] = 100.0, 10_000.0
USE = np.zeros(len(schema.SERVICES))
USE[schema.EMERGENCY], USE[schema.INPATIENT] = 0.5, 0.1
PAYER = Worth(PRICES, keep=1.0, discount=1.0, relief=NOTHING)


@pytest.mark.quick
def test_a_budget_is_divided_in_whole_cents():
    budget = np.array([100, 0, 7])
    parts = divided(budget, np.array([[1.0, 2.0], [1.0, 1.0], [0.0, 0.0]]))
    assert parts.tolist() == [[33, 66], [0, 0], [0, 0]]


@pytest.mark.quick
def test_a_months_value_by_hand(packages):
    """CHW: .5 visits at 100 dollars less 5 percent, .1 stays at 10,000 less 20 percent: 2.5 + 200."""
    assert month_at_full_effect(packages["chw"], USE, PAYER) == pytest.approx(202.5)


@pytest.mark.quick
def test_months_of_effect_by_hand():
    assert effective_months(3, 0.5, PAYER, 3) == 3
    assert effective_months(2, 0.5, PAYER, 4) == 1 + 1 + 0.5 + 0.25
    half = Worth(PRICES, keep=0.5, discount=1.0, relief=NOTHING)
    assert effective_months(3, 0.5, half, 3) == 1 + 0.5 + 0.25


@pytest.mark.quick
def test_a_longer_horizon_never_returns_less_and_leaving_members_take_it_away(packages):
    chw, fade = packages["chw"], 0.1
    short, long = (return_per_dollar(chw, USE, fade, PAYER, horizon) for horizon in (12, 60))
    leaving = Worth(PRICES, keep=0.9, discount=1.0, relief=NOTHING)
    assert 0 < return_per_dollar(chw, USE, fade, leaving, 60) < short < long
    months = sum(0.9 ** max(0, m - 5) for m in range(12))
    assert short == pytest.approx(202.5 * months / (6 * 286.67))


@pytest.mark.quick
def test_others_gains_count_for_the_social_objective_alone(packages):
    relief = NOTHING.copy()
    relief[schema.FOOD] = 300.0
    food = packages["groceries"]
    extra = month_at_full_effect(food, USE, Worth(PRICES, 1.0, 1.0, relief)) - month_at_full_effect(food, USE, PAYER)
    assert extra == pytest.approx(0.5 * 300)


@pytest.mark.quick
def test_the_best_come_first_and_a_council_ranks_by_need(packages):
    assert best_first(np.array([0.1, 0.9, 0.1])) == [1, 0, 2]
    weights = np.arange(7.0)
    assert priority(packages["rent_support"], weights) == weights[schema.HOUSING]
    assert priority(packages["chw"], weights) == weights.mean()


@pytest.mark.quick
@pytest.mark.parametrize(("name", "keep"), [("one_year", 0.98), ("five_years", 0.98), ("social", 1.0)])
def test_payers_lose_members_and_with_them_the_gains_and_society_does_not(system, monkeypatch, name, keep):
    """A payer keeps 98 of 100 members a month; relief of the member and others counts for society alone."""
    seen = []
    monkeypatch.setattr(budget_shares, "return_per_dollar", lambda *given: seen.append(given[3]) or 1.0)
    model = system(500, ("chw",), {"upstream.payer_retention": 0.98}, allocation=name)
    model.slots.allocation.order(model.members, [np.arange(500)], 13)
    assert [one.keep for one in seen] == [keep]
    assert seen[0].relief.any() == (name == "social")


@pytest.mark.parametrize("name", ["order", "shares", "needs", "community", "one_year", "five_years", "social"])
def test_budgets_are_never_overspent_however_they_are_divided(system, name):
    model = system(20_000, allocation=name)
    budget = np.full(AREAS, 100_000, np.int64)
    spent = np.zeros(AREAS, np.int64)
    for month in range(12):
        model.decide(budget)
        spent += model.slots.costs_cents()
        assert (spent + model.slots.reserve.sum(axis=1) <= (month + 1) * budget).all()
        model.live()
    assert spent.sum() > 0


def test_who_divides_changes_what_is_bought(system):
    bought = set()
    for name in ("order", "needs", "community"):
        model = system(20_000, PORTFOLIO[1:], allocation=name)
        model.decide(np.full(AREAS, 200_000, np.int64))
        bought.add(tuple(model.slots.counts["started"].sum(axis=0)))
    assert len(bought) == 3


@pytest.mark.quick
@pytest.mark.parametrize("shares", ["[1]", "[-1,1,1,1,1]", "[0,0,0,0,0]"])
def test_shares_are_one_for_each_package(shares):
    with pytest.raises(ScenarioError, match="shares"):
        Scenario.compose(["upstream=portfolio", "upstream.allocation=shares", f"upstream.shares={shares}"])


def test_what_the_council_of_an_area_puts_first_weighs_more_there_and_only_there(system):
    model = system(20_000, allocation="community")
    allocation = model.slots.allocation
    assert (allocation.emphasis((), AREAS) == 1).all()
    scenario = Scenario.compose()
    councils = [Board(REGISTRY, scenario) for _ in range(AREAS)]
    councils[3].priorities = np.array([name == "housing" for name in PRIORITIES])
    found = allocation.emphasis(councils, AREAS)
    raised = {PORTFOLIO[k] for k in np.flatnonzero(found[3] > 1)}
    assert raised == {"screening", "navigation", "rent_support", "supportive_housing"} & raised >= {"rent_support"}
    assert "groceries" not in raised
    assert (np.delete(found, 3, axis=0) == 1).all()
    assert found.max() == float(model.registry.get("upstream.council_emphasis"))
