"""Providers answer to contracts: what each contract changes for members, and that each answer can be left out."""

from dataclasses import replace

import numpy as np
import pytest

from sim.agents.state.incentives import Stakes
from sim.scenario.choices import ANSWERS
from sim.schema import COUNT_INDEX, EMERGENCY
from tests.support.worlds import TINY, changed, changed_counts, lived

RESPONSES = ("effort", "reduced_form", "savings_trend")
BUDGET = ("payment=global_budget", "governance=none", "months=8")
WITHOUT_ALL = f"providers.without=[{','.join(ANSWERS)}]"
QUICK = "parameters.providers.response_inertia=0.5"


def put_at_stake(monkeypatch, **shares):
    """Every area's contracts put this at stake, from month 0; shares are of all members."""
    of_month = Stakes.of_month

    def fixed(self, month_view):
        usual = of_month(self, month_view)
        if self.model.month < 0:
            return usual
        chosen = {name: np.zeros_like(getattr(usual, name)) + share for name, share in shares.items()}
        return replace(usual, members=np.ones(len(usual.members)), **chosen)

    monkeypatch.setattr(Stakes, "of_month", fixed)


def visits(model, service, last=4):
    counts = model.result().counts[-last:]
    return counts[..., COUNT_INDEX[f"{service}_visits"]].sum()


@pytest.fixture(scope="module")
def usual():
    return lived()


@pytest.mark.parametrize("response", RESPONSES)
def test_under_the_baselines_fees_nobody_changes_to_the_bit(usual, response):
    answering = lived(f"providers={response}")
    assert changed(usual, answering) == {}
    assert changed_counts(usual, answering) == set()


@pytest.mark.parametrize("response", ["effort", "reduced_form"])
def test_with_every_answer_left_out_nobody_changes_to_the_bit(response, monkeypatch):
    put_at_stake(monkeypatch, capitated=0.6, at_risk=0.2, bonus=0.05, hospital_budget=0.5, coded=0.3, fee=0.8)
    passive = lived(*BUDGET)
    assert changed(passive, lived(*BUDGET, f"providers={response}", WITHOUT_ALL)) == {}
    assert changed(passive, lived(*BUDGET, f"providers={response}"))


@pytest.mark.parametrize("response", ["effort", "reduced_form"])
def test_more_per_member_means_fewer_visits(response, monkeypatch):
    seen = []
    for kappa in (0.0, 0.5, 1.0):
        put_at_stake(monkeypatch, capitated=kappa)
        seen.append(visits(lived(*BUDGET, QUICK, f"providers={response}"), "primary"))
    assert seen[0] > seen[1] >= seen[2]


def test_the_emergency_department_fills_where_it_is_outside_the_budget_and_not_where_its_cost_is_shared(monkeypatch):
    def emergency(**shares):
        put_at_stake(monkeypatch, **shares)
        return visits(
            lived(*BUDGET, QUICK, "providers=reduced_form", "providers.without=[transformation]"), "emergency"
        )

    inside = np.ones(9, dtype=bool)
    inside[EMERGENCY] = False
    none, outside = emergency(capitated=0.0), emergency(capitated=1.0, inside=inside, at_risk=0.3)
    shared = emergency(capitated=1.0, inside=np.ones(9, dtype=bool), at_risk=0.3)
    assert outside > 1.1 * none
    assert abs(shared / none - 1) < 0.03


def test_nothing_passed_on_changes_nobody(monkeypatch):
    """A board that keeps the savings, and prices as they are: phi = 0, and no cap is passed on."""
    put_at_stake(monkeypatch, at_risk=0.0)
    as_paid = (*BUDGET, "parameters.providers.cap_into_prices=0")
    assert changed(lived(*as_paid), lived(*as_paid, "providers=effort")) == {}
    put_at_stake(monkeypatch, at_risk=0.2)
    assert changed(lived(*BUDGET), lived(*BUDGET, "providers=effort"))


def test_members_who_cost_more_than_they_bring_get_less(monkeypatch):
    """Capitation that is blind to health: those with known conditions lose visits, those without do not."""
    put_at_stake(monkeypatch, capitated=1.0)
    alone = ("providers=reduced_form", "parameters.practices.diversion=0.5", "months=12")
    usual = lived(*BUDGET, *alone, WITHOUT_ALL)
    selected = lived(*BUDGET, *alone, "providers.only=[selection]")
    sick = {name: np.asarray(m.members)["diagnosed"] > 0 for name, m in {"usual": usual, "selected": selected}.items()}
    years = {"usual": usual, "selected": selected}
    mean = {
        (name, ill): np.asarray(m.members)["primary_year"][
            (sick[name] == ill) & (np.asarray(m.members)["status"] == 1)
        ].mean()
        for name, m in years.items()
        for ill in (True, False)
    }
    lost = {ill: 1 - mean["selected", ill] / mean["usual", ill] for ill in (True, False)}
    assert lost[True] > 0.05
    assert lost[True] > lost[False] + 0.03


LEAVE = tuple(
    f"parameters.practices.turnover{what}"
    for what in ("=0.2", "_slope=5", "_most=2.4", "_visits_lost=1", "_clinic_lost=1")
)
"""Clinicians who leave as soon as the declared ranges allow."""


def after_a_fee(fee, monkeypatch, *without):
    """Workload and waits in the last half year, and members with a usual clinic, once visits have paid so much."""
    put_at_stake(monkeypatch, fee=fee)
    off = ("providers.only=[inducement,turnover]", f"providers.without=[{','.join(without)}]")
    model = lived(*BUDGET, *LEAVE, "providers=reduced_form", *off, "months=18")
    shown = model.result().places
    last = {name: shown[f"practices.{name}"][-6:].mean() for name in ("workload", "wait_days")}
    return last | {"attached": int(np.asarray(model.members)["attached"].sum())}


def test_more_work_drives_clinicians_away_so_that_members_wait_and_lose_their_clinic_and_less_work_keeps_them(
    monkeypatch,
):
    """The same fees, with clinicians who leave for their workload and with clinicians who do not."""
    stay = {fee: after_a_fee(fee, monkeypatch, "turnover") for fee in (2.0, 0.5)}
    leave = {fee: after_a_fee(fee, monkeypatch) for fee in (2.0, 0.5)}
    assert stay[2.0]["workload"] > stay[0.5]["workload"]
    assert stay[2.0]["attached"] == stay[0.5]["attached"], "no tie depends on workload once it is switched off"
    for name, sign in (("workload", 1), ("wait_days", 1), ("attached", -1)):
        assert sign * (leave[2.0][name] - stay[2.0][name]) > 0, name
        assert sign * (leave[0.5][name] - stay[0.5][name]) < 0, name


@pytest.mark.parametrize("response", ["effort", "reduced_form"])
def test_what_practices_did_is_recorded_by_area(response):
    result = lived("payment=global_budget", f"providers={response}", size=TINY).result()
    names = [name for name in result.places if name.startswith("practices.")]
    shown = ("intake", "wait_days", "workload", "turnover", "clinicians", "team_share")
    assert {f"practices.{name}" for name in shown} <= set(names)
    assert ("practices.effort_volume" in names) == (response == "effort")
    assert all(result.places[name].shape == (result.months, len(result.areas)) for name in names)


def test_passive_providers_record_nothing():
    assert not [name for name in lived(size=TINY).result().places if name.startswith("practices.")]
