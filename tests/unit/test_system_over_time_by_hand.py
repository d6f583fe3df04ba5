"""Where a run begins, what it goes on with and what it keeps of a month of two kinds of clinics, by hand."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from sim import model as at
from sim.agents.cco.actions import ACTION_INDEX, ACTIONS, as_table, no_actions
from sim.model import HealthSystem

pytestmark = pytest.mark.quick


def bare(**given):
    """A health system that has no more than a case gives it."""
    system = object.__new__(HealthSystem)
    system.__dict__.update(given)
    return system


@pytest.mark.parametrize(("month", "restored"), [(0, ["agency", "judged"]), (5, ["agency", "cco0", "judged"])])
def test_organizations_go_on_from_a_start_under_the_rules_of_the_month_before(month, restored, monkeypatch):
    """What clinics under contract are judged by begins as everybody's; a CCO that never had a budget begins anew."""
    monkeypatch.setattr(at, "Blocks", lambda *_: SimpleNamespace(close=lambda wait: None))
    told = {}

    def organization(name):
        return SimpleNamespace(restore=lambda kept: told.update({name: kept}))

    named = {name: organization(name) for name in ("agency", "cco0", "judged", "new")}
    founded = []
    scenario = SimpleNamespace(months=9, threads=1)
    system = bare(
        whole=SimpleNamespace(in_force=lambda month: ("in force", month)),
        ccos=[named["cco0"]],
        providers=SimpleNamespace(answers={}),
        scenario=scenario,
        areas=[0],
        clinics=[0],
    )
    system._take_over = lambda people: None
    system._found = founded.append
    system._organizations = lambda: named
    system._recorder = lambda: "recorder"
    kept = {"agency": "of the agency", "cco0": "of the CCO", "quality": "of all clinics"}
    start = SimpleNamespace(origin="here", seed=3, month=month, last="last", organizations=kept)
    start.copy = lambda: SimpleNamespace(population="people")
    system._settle_in(start)
    assert founded == [("in force", month - 1)]
    assert sorted(told) == restored
    assert told["judged"] == "of all clinics"
    assert told["agency"] == "of the agency"
    assert (system.month, system._last, system._party, system.running) == (month, "last", "last", True)


def test_new_terms_hold_whether_they_are_higher_or_lower(monkeypatch):
    """The part passed through falls from .5 to .25, the share at risk rises; what is declared as before stays moved."""
    before, now = np.full(len(ACTIONS), 0.5), np.full(len(ACTIONS), 0.5)
    now[[ACTION_INDEX["pass_through"], ACTION_INDEX["at_risk"]]] = 0.25, 0.75
    monkeypatch.setattr(at, "opening_actions", lambda registry: {"old": before, "new": now}[registry])
    nothing = SimpleNamespace(end_contracts=lambda contracts: None, end_budget=lambda contracts: None)
    scenario = SimpleNamespace(payment=SimpleNamespace(contracts=()))
    nothing.budget_runs, nothing.months_run = np.array([True]), np.array([6])
    actions = no_actions(1)
    as_table(actions)[:] = 0.4
    system = bare(
        month=8, scenario="before", registry="old", agency=nothing, ccos=[nothing], actions=actions,
        whole=SimpleNamespace(in_force=lambda month: scenario),
    )  # fmt: skip
    system._organizations = dict
    system._found = lambda scenario: system.__dict__.update(scenario=scenario, registry="new")
    system._follow_timeline()
    table = as_table(actions)[0]
    assert (table[ACTION_INDEX["pass_through"]], table[ACTION_INDEX["at_risk"]]) == (0.25, 0.75)
    assert np.delete(table, [ACTION_INDEX["pass_through"], ACTION_INDEX["at_risk"]]).tolist() == [0.4] * (
        len(ACTIONS) - 2
    )


class Month(SimpleNamespace):
    """A month that can be kept as arrays."""

    def arrays(self):
        return {"number": np.array(self.number)}


def test_a_month_is_that_of_all_and_the_partys_that_of_clinics_under_contract(monkeypatch):
    """The first pass is of areas under contract, the second of clinics outside: 3 and 4 make 7."""
    monkeypatch.setattr(at, "tables_of", lambda members, rows: ())
    monkeypatch.setattr(at, "MonthResult", lambda number: Month(number=number, quality=("of", number)))
    monkeypatch.setattr(at, "total", lambda passes: Month(number=sum(one.number for one in passes), quality="of all"))
    added = []

    def judge(name):
        return SimpleNamespace(add=lambda month, counts: added.append((name, month, counts)))

    numbers = iter((3, 4))
    system = bare(
        month=14, seed=5, members=np.zeros(2), served=SimpleNamespace(rows=None), quality=judge("all"),
        judged=judge("party"), params={"month": np.zeros(1, np.int64), "month_of_year": np.zeros(1, np.int64)},
        scenario=SimpleNamespace(compute=SimpleNamespace(device="cpu")),
        _blocks=SimpleNamespace(run=lambda *_: (next(numbers),)),
    )  # fmt: skip
    system._let_in = lambda: None
    system.areas_met = lambda: ("under", "outside")
    system._simulate_members()
    assert (system._last.number, system._party.number) == (7, 3)
    assert added == [("all", 14, "of all"), ("party", 14, ("of", 3))]
    assert (system.params["month"][0], system.params["month_of_year"][0]) == (14, 2)


@pytest.mark.parametrize("apart", [True, False])
def test_what_the_partys_month_was_is_saved_where_it_is_not_that_of_all(apart):
    last, party = Month(number=7), Month(number=3)
    empty = SimpleNamespace(snapshot=dict, state=dict)
    system = bare(
        members=np.zeros(1), areas=np.zeros(1), actions=np.zeros(1), clinics=np.zeros(1), month=4, _in_month=False,
        ledger=SimpleNamespace(balances=np.zeros(1)), decisions=SimpleNamespace(areas=[], clinics=[]),
        recorder=empty, served=empty, _last=last, _party=party if apart else last,
    )  # fmt: skip
    system._organizations = dict
    with nullcontext(system.save()) as arrays:
        assert arrays["last/number"] == 7
        assert arrays.get("party/number") == (3 if apart else None)
