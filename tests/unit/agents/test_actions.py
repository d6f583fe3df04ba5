"""Each action of a CCO does what its row in ``sim.cco_actions`` says, and no row names what does not exist."""

from dataclasses import replace

import numpy as np
import pytest

from sim.agents.cco.actions import ACTION_INDEX, ACTIONS, PAYMENTS, check, require
from sim.cco_actions import Payment
from sim.engine.yaml_files import read_yaml
from sim.member.prepare import names_in_rules
from sim.paths import conf_folder
from sim.schema import AREA
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

CONTRACTS = ("global_budget", "withhold", "quality_pool", "risk_adjustment")
SPENT_ON_OTHERS = ("upstream", "measure_work")  # neither rules nor incentives read it: slots, or means, are bought
ARE_COLUMNS = [name for name, action in ACTIONS.items() if action.members_meet]


@pytest.fixture(scope="module")
def governed():
    """Three CCOs under every contract that an action is a term of, in their second year."""
    return StandIn(contracts=CONTRACTS).month_by_month(26)


def at_stake(model, name, value):
    before = np.array(model.actions)
    for other in ACTIONS:
        model.actions[other] = 0.5  # a share of a share is felt only where the other is not 0
    model.actions[name] = value
    incentives = model.agency.incentives()
    model.actions[:] = before
    return vars(incentives)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_enters_the_incentives_that_it_declares_and_no_others(governed, name):
    low, high = (at_stake(governed, name, value) for value in (0.25, 0.75))
    changed = {field for field in low if not np.array_equal(low[field], high[field])}
    assert changed == set(ACTIONS[name].incentives), f"say in the row of {name!r} which incentives it enters"


@pytest.mark.parametrize("name", ARE_COLUMNS)
def test_a_rule_reads_the_column_of_each_action_that_members_meet(name):
    assert name in AREA.names
    assert name in names_in_rules(), f"no rule in sim/member reads here.{name}: members do not meet it"


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_reaches_somebody(name):
    action = ACTIONS[name]
    assert action.members_meet or action.incentives or name in SPENT_ON_OTHERS, f"{name!r} changes nothing"


@pytest.mark.parametrize("name", ACTIONS)
def test_what_costs_money_is_paid_to_somebody_and_nothing_else_is(name):
    cost = REGISTRY.get("ccos.cost")[ACTION_INDEX[name]]
    assert (cost > 0) == (name in PAYMENTS), f"say in the row of {name!r} whom a CCO pays, or set ccos.cost to 0"


@pytest.mark.parametrize("name", ACTIONS)
def test_some_board_may_move_each_action(name):
    boards = sorted((conf_folder() / "governance").glob("*.yaml"))
    assert any(name in read_yaml(file)["levers"] for file in boards), f"add {name!r} to levers in conf/governance"


CARE = ACTIONS["care_management"]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (replace(CARE, paid=Payment("primry", "care_management")), "no account 'primry' (nearest: primary)"),
        (replace(CARE, paid=Payment("primary", "care")), "no purpose 'care'"),
        (replace(CARE, incentives=("bonuses",)), "no incentive 'bonuses' (nearest: bonus)"),
        (replace(CARE, name="deliver", members_meet=""), "a column of areas has this name"),
    ],
)
def test_a_row_that_names_what_does_not_exist_is_refused(action, said):
    with pytest.raises(ValueError, match="CCO action") as refused:
        check(action)
    assert said in str(refused.value)


def test_a_priority_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no local priority 'houses' \\(nearest: housing\\)"):
        require(CARE, "local priority", ["houses"], ["housing"])
