"""What practices and boards did is in the study's folder, as the runs kept it."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.output.behavior import COLUMNS, behavior, of_members, of_volume
from sim.runs.comparison import compare
from sim.scenario import Scenario

SIZE = ("population=classroom", "population.sample=0.0005", "warm_up=2", "months=4", "seeds=2", "threads=1")
ARMS = "arms={claims: [payment=fee_for_service], budget: [payment=global_budget, providers=effort]}"


@pytest.fixture(scope="module")
def study():
    return compare(Scenario.compose([*SIZE, "baseline=claims", ARMS]))


def test_every_decision_has_a_row_for_each_month(study):
    table = behavior(study)
    assert tuple(table.columns) == COLUMNS
    assert set(table["arm"]) == {"budget"}
    assert {"practices.coding", "practices.team_share", "levers.pass_through"} <= set(table["what"])
    assert (table.groupby("what").size() == 4).all()
    assert (table["replicates"] == 2).all()


def test_a_lever_is_the_mean_over_members_and_seeds(study):
    runs = [study.results["budget", seed] for seed in study.seeds]
    people = [run.counts[-1, :, 0] * run.weights for run in runs]
    last = [run.places["levers.pass_through"][-1].ravel() for run in runs]
    by_hand = [np.average(levers, weights=n) for levers, n in zip(last, people, strict=True)]
    assert of_members(runs[0], "levers.pass_through")[-1] == pytest.approx(by_hand[0] / 1e6)
    row = behavior(study).query("what == 'levers.pass_through' and month == 3").iloc[0]
    assert row["estimate"] == pytest.approx(np.mean(by_hand) / 1e6)
    assert row["low"] <= row["estimate"] <= row["high"]


def test_a_price_is_that_of_all_volume_not_a_mean_of_areas():
    """By hand: budgets of 100 each; 50 and 200 was their volume at old prices, so that 200 was paid for 250."""
    places = {"payment.hospital_price": np.array([[2_000_000, 500_000]])}
    run = SimpleNamespace(
        places=places, months=1, weights=np.ones(2), purposes=("hospital_budget",), paid=np.array([[[100], [100]]])
    )
    assert of_volume(run, "payment.hospital_price") == pytest.approx([0.8])


def test_where_nobody_decides_there_is_nothing_to_say():
    alone = compare(Scenario.compose([*SIZE]))
    assert behavior(alone).empty
