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
    monkeypatch.setattr(at, "tables_of", lambda members, rows: ("notes",))
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
        _blocks=SimpleNamespace(run=lambda *_: (next(numbers),), aside=lambda work: None),
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


class Bare(HealthSystem):
    """A health system without agents, that has no more than a case gives it."""

    agents = ()  # type: ignore[assignment]


def test_what_the_start_has_set_in_the_rules_stays_when_new_terms_hold(monkeypatch):
    """Rates that are expected and ranks of means are of members at the start; all else is as the new phase says."""
    system = object.__new__(Bare)
    before = {"expected_rate": "of the start", "means_place": "of the start", "month": "old"}
    now = {"expected_rate": 0, "means_place": 0, "month": "new"}
    system.__dict__.update(params=before)
    system._packages = tuple
    system._prepare = lambda packages: dict(now)
    system._found_organizations = lambda packages: None
    system._found(SimpleNamespace(registry="registry"))
    assert system.params == {"expected_rate": "of the start", "means_place": "of the start", "month": "new"}


def test_rules_are_made_for_the_seed_and_for_how_cover_is_renewed_in_the_phase(monkeypatch):
    heard = []
    monkeypatch.setattr(at, "compile_packages", lambda packages, registry, seed=0: heard.append(seed) or "compiled")
    monkeypatch.setattr(at, "prepare", lambda *given: given)
    first, other = at.RENEWAL_RULES[:2]
    system = bare(
        registry="registry", seed=17, whole=SimpleNamespace(folder="conf", population=SimpleNamespace(renewal=first)),
        scenario=SimpleNamespace(population=SimpleNamespace(renewal=other)),
    )  # fmt: skip
    assert system._prepare(("a", "b")) == ("registry", "conf", "compiled", 2, 1)
    assert heard == [17]


def test_other_arms_begin_from_a_snapshot_with_slots_of_their_own(monkeypatch):
    monkeypatch.setattr(at, "replace", lambda people, **parts: parts)
    slots, other = (SimpleNamespace(snapshot=lambda name=name: name) for name in ("slots", "other"))
    system = bare(
        _in_month=False, slots=slots, population=None, members=np.zeros(1), clinics=np.zeros(1), _last="last", month=5,
        _origin=("here", 3),
    )  # fmt: skip
    system._organizations = lambda: {"slots": slots, "funds": other}
    start = system._as_start()
    assert start.organizations == {"funds": "other"}
    assert (start.month, start.seed, start.origin) == (5, 3, "here")


def test_a_saved_run_goes_on_under_the_rules_of_its_last_month():
    """Saved before month 6, in which the timeline changes something: that is for month 6 to do."""
    founded, restored = [], {}
    system = bare(
        whole=SimpleNamespace(in_force=lambda month: f"of {month}"), scenario=SimpleNamespace(months=9),
        areas=np.zeros(1), actions=np.zeros(1), clinics=np.zeros(1), _ends=SimpleNamespace(alive=True),
        served=SimpleNamespace(restore=lambda kept: None), recorder=SimpleNamespace(restore=lambda kept: None),
        ledger=SimpleNamespace(flows=np.ones(1), purposes=np.ones(1), posted=np.ones(1)),
    )  # fmt: skip
    system._found = founded.append
    names = ("agency", "judged")
    organizations = {n: SimpleNamespace(restore=lambda kept, n=n: restored.update({n: sorted(kept)})) for n in names}
    system._organizations = lambda: organizations
    arrays = {name: np.zeros(1) for name in ("members", "areas", "actions", "clinics")}
    arrays |= {"month": np.array(6), "ledger": np.array([4]), "decisions/areas": [], "decisions/clinics": []}
    system.restore(arrays | {"agency/rates": np.zeros(1), "quality/years": np.zeros(1)})
    assert founded == ["of 5"]
    assert restored == {"agency": ["rates"], "judged": ["years"]}
    assert system.ledger.balances.tolist() == [4]
    assert [of_month.any() for of_month in (system.ledger.flows, system.ledger.purposes, system.ledger.posted)] == [
        False
    ] * 3


def test_decisions_to_replay_are_those_without_policy_from_the_same_start(monkeypatch):
    class KnownError(Exception):
        """Enough is known."""

    heard = []

    def without_policy(scenario, seed, population=None):
        heard.append((seed, population))
        raise KnownError

    for name in ("check_is_scenario", "_check_begins_here"):
        monkeypatch.setattr(at, name, lambda *_: None)
    monkeypatch.setattr(at, "is_policy_free", lambda scenario: False)
    monkeypatch.setattr(at, "decisions_without_policy", without_policy)
    start = object.__new__(at.Start)
    with pytest.raises(KnownError):
        HealthSystem(SimpleNamespace(seed_of=lambda seed: 17, organizations="fixed"), 17, population=start)
    assert heard == [(17, start)]
