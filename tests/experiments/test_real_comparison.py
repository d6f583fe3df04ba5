"""The model itself in a comparison: shared starts, threads and replayed decisions change nothing."""

import pytest

from sim.engine.compile import JIT, is_warm
from sim.runs.comparison import compare, simulate
from sim.scenario import Scenario

SMALL = ["population=classroom", "months=4", "warm_up=4", "seeds=[3,5]"]
ARMS = [
    "arms.claims=[payment=fee_for_service]",
    "arms.budget=[payment=global_budget,providers=savings_trend,upstream=portfolio]",
]


@pytest.fixture(scope="module")
def scenario():
    return Scenario.compose([*SMALL, *ARMS])


@pytest.fixture(scope="module")
def comparison(scenario):
    return compare(scenario)


def test_an_arm_is_what_it_would_be_alone(scenario, comparison):
    for arm in ("claims", "budget"):
        assert comparison.results[arm, 5].digest == simulate(scenario.arm(arm), 5).digest


def test_what_was_compiled_is_found_again(comparison):
    assert comparison.results
    assert is_warm() or not JIT  # else every run would say that it compiles


def test_threads_change_nothing(comparison):
    other = compare(Scenario.compose([*SMALL, *ARMS, "threads=1"]))
    assert {job: run.digest for job, run in other.results.items()} == {
        job: run.digest for job, run in comparison.results.items()
    }


def test_a_policy_without_effect_differs_by_nothing():
    same = compare(Scenario.compose([*SMALL, "arms.a=[payment=fee_for_service]", "arms.b=[payment=fee_for_service]"]))
    paired = same.summary().query("contrast == 'a'")
    assert len(paired)
    assert (paired["estimate"] == 0).all()
    twice = paired[paired["replicates"] > 1]  # of a few members of a small area, one seed may have no discharge
    assert (twice[["low", "high", "mcse"]] == 0).all(axis=None)


def test_with_fixed_organizations_the_baseline_is_replayed(scenario):
    fixed = compare(Scenario.compose([*SMALL, *ARMS, "organizations=fixed", "capacity=unlimited"]))
    alone = simulate(Scenario.compose([*SMALL, "organizations=fixed", "capacity=unlimited"]), 3)
    assert fixed.results["claims", 3].digest == alone.digest


def test_money_of_cells_and_ledger_agree(comparison):
    for run in comparison.results.values():
        flows = run.flows.sum(axis=(0, 1))
        at = run.accounts.index
        for payer in ("medicare", "third_party"):
            by_member = run.value(f"pmpm_{payer}")
            counted = (run.spending[..., ("medicaid", "medicare", "third_party").index(payer)]).sum()
            assert flows[at(payer)].sum() == counted
            assert by_member >= 0
