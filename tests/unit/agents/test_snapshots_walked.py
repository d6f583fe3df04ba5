"""Does an organization that was restored hold all that the one that was saved holds? Every attribute is compared.

Both simulate one more month after that, so that what is only worked out anew each month is the same again; what a
snapshot forgets differs then and for ever.
"""

import numpy as np
import pytest

from sim.engine.snapshot import Remembering
from sim.payment.form import FORMS
from tests.support.stand_in_system import StandIn
from tests.support.walked import differences, walked

pytestmark = pytest.mark.quick

ALL = tuple(name for name in FORMS if name not in ("shared_savings", "pay_for_performance"))
POOR = {"ccos__administration": 0.2, "ccos__reserve_minimum": 0, "ccos__opening_reserve": 0.0}
WORLDS = {
    "all forms, effort, boards": {
        "contracts": ALL,
        "response": "effort",
        "levers": ("care_management", "upstream", "pass_through"),
        "funding": "cco",
        "ccos__for_profit": 1.0,
        "practices__visit_cost": 1.0,
    },
    "losses": {"contracts": ("global_budget", "withhold"), **POOR},
    "savings trend": {"response": "savings_trend", "reduced_form__trend_lag": 0},
    "estimated answers, shared risk": {"contracts": ("shared_risk",), "response": "reduced_form"},
}
MONTHS = 12 + 27
IN_A_QUARTER = MONTHS + 1  # nobody decides in the month that follows: what was decided goes on


def organizations(model):
    return {
        "agency": model.agency,
        "providers": model.providers,
        "funds": model.funds,
        "ledger": model.ledger,
        "areas": [model.areas, model.clinics, model.actions],
        **{f"cco {cco.area}": cco for cco in model.ccos},
    }


def aged(choices, months=MONTHS):
    model = StandIn(**choices)
    model.providers.set_capacity(model.asks, model.clinic_asks)
    return model.month_by_month(months)


def restored(model, choices):
    """A fresh system that goes on from the snapshots of an aged one."""
    again = StandIn(**choices)
    for name, part in organizations(again).items():
        if isinstance(part, Remembering):
            part.restore(organizations(model)[name].snapshot())
    again.month, again.last = model.month, model.last
    for name in ("areas", "clinics", "actions"):
        getattr(again, name)[...] = getattr(model, name)
    again.ledger.balances[...] = model.ledger.balances
    return again


@pytest.mark.parametrize("months", [MONTHS, IN_A_QUARTER])
@pytest.mark.parametrize("choices", WORLDS.values(), ids=WORLDS)
def test_a_restored_organization_holds_all_that_the_saved_one_held(choices, months):
    model = aged(choices, months)
    again = restored(model, choices)
    for one in (model, again):
        one.one_month()
    assert differences(organizations(model), organizations(again)) == []


def test_the_aged_world_has_something_to_forget():
    """Most of what a snapshot names has moved from where a fresh system begins; else nothing is tried here."""
    choices = WORLDS["all forms, effort, boards"]
    moved = set(differences(organizations(aged(choices)), organizations(StandIn(**choices))))
    for name in ("standing", "year_revenue", "settled_margin", "board.in_effect", "board.spread", "squeeze", "held"):
        assert any(path.endswith(f".{name}") for path in moved), name
    poor = WORLDS["losses"]
    moved = set(differences(organizations(aged(poor)), organizations(StandIn(**poor))))
    assert any(path.endswith(".years_below") for path in moved)


def test_the_walk_finds_one_changed_number():
    one, other = StandIn(), StandIn()
    assert differences(organizations(one), organizations(other)) == []
    other.ccos[1].board.base_luck += 1e-9
    assert len(differences(organizations(one), organizations(other))) == 1
    assert sum(1 for _ in walked(organizations(one))) > 100
    assert not np.isnan(one.agency.rates.table).any()
