"""Does a scenario compose as it should: order, arms, seeds, names, parameters, digests?"""

import subprocess
import sys

import pytest
from pydantic import BaseModel, ValidationError

from sim.scenario import Scenario, ScenarioError
from sim.scenario.choices import PaymentChoice
from sim.scenario.faults import messages_of


def faults(*overrides, **choices):
    with pytest.raises(ScenarioError) as caught:
        Scenario(**choices) if choices else Scenario.compose(overrides)
    return caught.value.messages


def test_the_default_is_fee_for_service_in_oregon():
    scenario = Scenario.compose()
    assert (scenario.population.name, scenario.payment.contracts, scenario.upstream.packages) == (
        "oregon",
        (),
        (),
    )
    assert scenario.seed_list == tuple(range(scenario.seeds))
    assert scenario.arms == {}
    assert scenario.baseline is None


def test_keywords_say_the_same_as_overrides():
    composed = Scenario.compose(
        [
            "payment=global_budget",
            "population=classroom",
            "population.sample=0.01",
            "months=24",
            "seeds=[3,5]",
            "parameters.needs.food_onset=0.02",
        ]
    )
    assert composed == Scenario(
        payment="global_budget",
        population={"name": "classroom", "sample": 0.01},
        months=24,
        seeds=[3, 5],
        parameters={"needs": {"food_onset": 0.02}},
    )
    assert composed.registry.get("needs.food_onset") == 0.02


def test_a_scenario_cannot_be_changed():
    scenario = Scenario.compose()
    with pytest.raises(ValueError, match="frozen"):
        scenario.months = 3


def test_a_global_budget_needs_a_month_of_experience():
    (message,) = faults("payment=global_budget", "warm_up=0", "capacity=unlimited")
    assert message.startswith("payment.contracts=global_budget: needs warm_up or payment.start of at least 1 month")
    assert Scenario.compose(["payment=global_budget", "warm_up=1"]).warm_up == 1
    assert Scenario.compose(["payment=global_budget", "warm_up=0", "payment.start=1", "capacity=unlimited"])


def test_limited_capacity_needs_a_warm_up():
    (message,) = faults("warm_up=0")
    assert message.startswith("warm_up=0: must be at least 1 with capacity=limited")
    assert Scenario.compose(["warm_up=0", "capacity=unlimited"]).warm_up == 0


def test_an_arm_needs_its_experience_too():
    claims, budget = "arms.claims=[payment=fee_for_service]", "arms.budget=[payment=global_budget]"
    (message,) = faults(claims, budget, "warm_up=0", "capacity=unlimited")
    assert message.startswith("arm budget: payment.contracts=global_budget: needs warm_up")


@pytest.mark.parametrize(("given", "seeds"), [("3", (0, 1, 2)), ("[7]", (7,)), ("[5,2]", (5, 2))])
def test_seeds(given, seeds):
    assert Scenario.compose([f"seeds={given}"]).seed_list == seeds


def test_an_option_may_be_chosen_and_then_changed():
    scenario = Scenario.compose(["payment.start=6", "payment=global_budget"])
    assert (scenario.payment.name, scenario.payment.contracts, scenario.payment.start) == (
        "global_budget",
        ("global_budget",),
        6,
    )


def test_an_experiment_is_overruled_by_the_command_line():
    usual = Scenario.compose(["experiment=payment_by_upstream"])
    shorter = Scenario.compose(["experiment=payment_by_upstream", "months=12", "seeds=2"])
    assert (shorter.months, shorter.seeds) == (12, 2)
    assert usual.months != 12
    assert set(shorter.arms) == set(usual.arms)
    assert {shorter.arm(name).months for name in shorter.arms} == {12}


def test_arms_are_scenarios_without_arms():
    scenario = Scenario.compose(
        [
            "arms.claims=[payment=fee_for_service]",
            "arms.budget=[payment=global_budget, parameters.needs.food_onset=0.02]",
        ]
    )
    assert scenario.baseline == "claims"
    budget = scenario.arm("budget")
    assert (budget.payment.contracts, budget.arms, budget.baseline) == (("global_budget",), {}, None)
    assert budget.registry.get("needs.food_onset") == 0.02
    assert scenario.registry.get("needs.food_onset") != 0.02
    assert budget.population == scenario.population


def test_there_is_no_other_arm():
    scenario = Scenario.compose(["arms.budget=[payment=global_budget]"])
    with pytest.raises(ScenarioError, match=r"no such arm \(nearest: budget\)"):
        scenario.arm("budgt")


def test_arms_can_be_taken_away():
    scenario = Scenario.compose(["experiment=payment_by_upstream", "arms={}"])
    assert (scenario.arms, scenario.baseline) == ({}, None)


def test_an_arm_and_the_command_line_may_not_set_the_same_key():
    (message,) = faults("arms.budget=[payment=global_budget]", "payment=fee_for_service")
    assert "arm budget: payment: set outside the arms (payment=fee_for_service)" in message
    assert "by this arm (payment=global_budget)" in message


def test_arms_share_people_months_and_luck():
    for key in ("population=classroom", "population.sample=0.5", "months=3", "seeds=2", "study=x", "warm_up=0"):
        assert "cannot differ between the arms" in faults(f"arms.a=['{key}']")[0]
    assert Scenario.compose(["arms.a=[population.renewal=continuous_2023]"]).arm("a").population.renewal != "annual"


def test_every_fault_comes_at_once():
    found = faults("paymnt=x", "months=-1", "population.sample=0", "parameters.needs.fod_onset=1", "seeds=[]", "a")
    assert len(found) == 6
    assert any("nearest: payment" in message for message in found)
    assert any("nearest: needs.food_onset" in message for message in found)


def test_a_fault_of_the_whole_is_not_repeated_for_each_arm():
    assert len(faults("experiment=payment_by_upstream", "months=-1")) == 1


def test_the_bare_end_of_a_key_leads_to_the_whole():
    found = "sample=0.1: no such key (nearest: population.sample), see `ccosim describe scenario`"
    assert faults("sample=0.1") == [found]


@pytest.mark.parametrize("table", ["needs.exit", "needs.causal"])
def test_cells_of_tables_can_be_set(table):
    registry = Scenario.compose().registry
    if table not in registry:
        pytest.skip(f"{table} is not declared")
    parameter = registry[table]
    path, place = next(parameter.cells())
    middle = float((parameter.low.flat[place] + parameter.high.flat[place]) / 2)
    changed = Scenario.compose([f"parameters.{path}={middle}"]).registry[table]
    assert changed.value.flat[place] == middle
    assert changed.value.ravel()[1:].tolist() == parameter.value.ravel()[1:].tolist()


SAME = (
    ["threads=1"],
    ["study=other"],
    ["results_root=/tmp/elsewhere"],
    ["title=x"],
    ["compute=local"],
    ["seeds=[0,1,2]"],
)
OTHER = (
    ["months=7"],
    ["seeds=4"],
    ["seeds=[0,1,3]"],
    ["payment=global_budget"],
    ["parameters.needs.food_onset=0.021"],
    ["population.sample=0.051"],
    ["warm_up=23"],
    ["arms.a=[payment=global_budget]"],
)


@pytest.mark.parametrize("overrides", SAME, ids=str)
def test_what_does_not_change_a_result_does_not_change_the_digest(overrides):
    base = [] if overrides[0].startswith("seeds") else ["seeds=3"]
    assert Scenario.compose([*base, *overrides]).digest() == Scenario.compose(["seeds=3"]).digest()


def test_digests_tell_scenarios_apart():
    asked = [["seeds=3"], *([*other] if "seeds" in other[0] else ["seeds=3", *other] for other in OTHER)]
    digests = {Scenario.compose(overrides).digest() for overrides in asked}
    assert len(digests) == len(OTHER) + 1


def test_a_run_is_named_by_its_seed_and_not_by_how_many_there_are():
    few, many = Scenario.compose(["seeds=3"]), Scenario.compose(["seeds=5", "study=x"])
    assert few.run_id(2) == many.run_id(2)
    assert few.run_id(1) != few.run_id(2)
    armed = Scenario.compose(["arms.a=[payment=global_budget]", "seeds=3"])
    assert armed.arm("a").run_id(0) == Scenario.compose(["payment=global_budget"]).run_id(0)


def test_the_digest_does_not_depend_on_the_hash_seed():
    code = "from sim.scenario import Scenario; print(Scenario.compose(['experiment=payment_by_upstream']).digest())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(digests) == 1


def test_the_study_is_named_after_the_experiment_and_the_digest():
    scenario = Scenario.compose(["experiment=payment_by_upstream"])
    assert scenario.study_name == f"payment_by_upstream-{scenario.digest()[:8]}"
    assert Scenario.compose(["study=mine"]).study_name == "mine"


def test_importing_scenario_imports_nothing_heavy():
    heavy = ("hydra", "omegaconf", "mesa", "numba", "pandas")
    code = f"import sys, sim.scenario; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_described_can_be_written_as_json():
    import json

    described = Scenario.compose(["experiment=payment_by_upstream"]).described()
    assert json.loads(json.dumps(described)) == described


class Holder(BaseModel):
    payment: PaymentChoice


def test_a_key_that_a_file_lacks_names_the_file():
    with pytest.raises(ValidationError) as fault:
        Holder.model_validate({"payment": {"name": "mine"}})
    assert "payment.start: is missing in payment/mine.yaml" in messages_of(fault.value, Holder, lambda _: "")
