"""Contracts compose in a scenario, and what cannot work is said once, before any work."""

import pytest

from sim.payment.form import FORMS
from sim.scenario import Scenario, ScenarioError

pytestmark = pytest.mark.quick


def said(*overrides):
    with pytest.raises(ScenarioError) as caught:
        Scenario.compose(overrides)
    return caught.value.messages


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (("payment.contracts=[quality_pool]", "payment.metrics=oregon_2013"), ("quality_pool needs withhold",)),
        (("payment=global_budget_quality_pool", "payment.contracts=[global_budget,quality_pool]"), ("needs withhold",)),
        (("payment.contracts=[withhold]",), ("withhold needs global_budget",)),
        (("payment=global_budget", "payment.scope=[]"), ("payment.scope=[]", "global_budget", "at least one service")),
        (("payment=shared_risk", "payment.contracts=[shared_risk,shared_savings]"), ("contradict", "choose one")),
        (("payment=global_budget_quality_pool", "payment.metrics=null"), ("needs a metric set", "conf/metrics")),
        (("payment=global_budget_quality_pool", "payment.metrics=oregon"), ("no such file", "oregon_2013")),
        (("payment.contracts=[global_budgt]",), ("payment.contracts", "nearest: global_budget")),
        (("payment.contracts=[global_budget,global_budget]",), ("twice",)),
        (("payment.starts={Yamhil Community Care: 6}",), ("payment.starts", "nearest: Yamhill Community Care")),
        (("payment.starts={Yamhill Community Care: -1}",), ("payment.starts",)),
        (("payment.scope={primary: -2}",), ("payment.scope",)),
        (("payment.scope={primry: 2}",), ("nearest: primary",)),
        (("payment=hospital_global_budget", "warm_up=0", "capacity=unlimited"), ("hospital_global_budget", "warm_up")),
        (
            ("payment.scope={inpatients: 2013-01, dentl: 3}",),
            ("nearest: inpatient", "nearest: dental", "'2013-01' is not a month of the run", "no date"),
        ),
        (("payment.starts={Yamhil Community Care: 2013-01-01}",), ("nearest: Yamhill", "'2013-01-01' is not a month")),
        (
            ("payment.start={Yamhill Community Care: 3}",),
            ("payment.start=", "payment.starts={Yamhill Community Care: 6}"),
        ),
        (
            ("payment.contracts=[fee_for_service,reinsurence]",),
            ("leave 'fee_for_service' out, claims are what is paid", "nearest: reinsurance"),
        ),
        (("payment.growth_cap=0.03",), ("payment.growth_cap=0.03", "a parameter: parameters.payment.growth_cap=")),
        (("growth_cap=0.03",), ("parameters.payment.growth_cap=",)),
        (("care.needs.exit=0.03",), ("parameters.needs.exit=",)),
        (("needs.exit.food=0.03",), ("parameters.needs.exit.food=",)),
    ],
)
def test_what_cannot_work_is_said_once(overrides, parts):
    messages = said(*overrides)
    assert len(messages) == 1
    assert all(part in messages[0] for part in parts), messages


def test_faults_of_a_payment_come_at_once():
    found = said(
        "payment.contracts=[withhold,quality_pool]",
        "payment.start=-1",
        "payment.scope=[foo]",
        "payment.starts={nowhere: 2}",
        "payment.growth_cap=1",
        "months=0",
    )
    parts = ("start=-1", "'foo'", "'nowhere'", "growth_cap", "months=0", "needs global_budget", "needs a metric set")
    assert [sum(part in message for message in found) for part in parts] == [1] * len(parts)
    assert len(found) == len(parts)


def test_what_depends_on_a_fault_is_not_judged():
    (message,) = said("payment=global_budget_quality_pool", "payment.contracts=[withhold,quality_pool,foo]")
    assert "'foo'" in message
    (message,) = said("payment=global_budget", "payment.scope=[foo]")
    assert "'foo'" in message
    (message,) = said("payment=global_budget", "payment.start=x", "warm_up=0", "capacity=unlimited")
    assert message.startswith("payment.start='x'")


def test_a_scope_is_asked_for_only_where_a_contract_covers_services():
    plain = Scenario.compose(["payment=fee_for_service"]).described()
    plain["payment"] = {"name": "mine", "contracts": ["pay_for_performance"], "start": 0, "metrics": "oregon_2013"}
    scenario = Scenario.resolved(plain)
    assert (scenario.payment.scope, scenario.notes) == ({}, ())
    plain["payment"]["contracts"] = ["shared_savings"]
    with pytest.raises(ScenarioError, match=r"payment.scope=\[\]: shared_savings needs at least one service"):
        Scenario.resolved(plain)


def test_a_scope_without_a_contract_that_covers_services_is_said():
    for name in ("care_coordination_fee", "fee_for_service", "hospital_global_budget"):
        (note,) = Scenario.compose([f"payment={name}", "payment.scope=[dental]"]).notes
        assert note.startswith("payment.scope: nothing in payment.contracts covers services")
    assert Scenario.compose(["payment=shared_risk", "payment.scope=[dental]"]).notes == ()


def test_a_scope_is_a_list_or_a_calendar():
    both = Scenario.compose(["payment.scope=[primary, dental]"]).payment.scope
    assert both == {"primary": 0, "dental": 0}
    assert Scenario.compose(["payment.scope={primary: 0, dental: 36}"]).payment.scope["dental"] == 36


def test_areas_may_begin_later():
    scenario = Scenario.compose(["payment=oregon_2012", "payment.starts={Yamhill Community Care: 3}"])
    assert scenario.payment.starts == {"Yamhill Community Care": 3}
    assert Scenario(payment={"name": "oregon_2012", "starts": {"Yamhill Community Care": 3}}) == scenario


def test_what_does_nothing_is_allowed_and_said():
    late = Scenario.compose(["payment=global_budget", "payment.start=24", "months=12"])
    assert "after the last month" in late.notes[0]
    assert Scenario.compose(["payment=oregon_2012", "months=12"]).notes == (
        "payment.scope: dental would enter after the last month",
    )
    assert Scenario.compose(["payment=global_budget"]).notes == ()
    arms = ["arms.a=[payment=fee_for_service]", "arms.b=[payment=global_budget, payment.start=99]", "months=12"]
    assert [note[:6] for note in Scenario.compose(arms).notes] == ["arm b:"]


def test_every_contract_says_what_it_is_and_needs_only_others_that_there_are():
    for name, form in FORMS.items():
        assert form.meaning
        assert {*form.needs, *form.excludes} <= set(FORMS) - {name}


def test_a_metric_set_belongs_to_the_digest_of_a_scenario():
    first, second = (
        Scenario.compose(["payment=global_budget_quality_pool", f"payment.metrics={name}"])
        for name in ("oregon_2013", "oregon_2020")
    )
    assert first.digest() != second.digest()
    assert first.metric_set is not second.metric_set


@pytest.mark.parametrize("name", ["shared_savings", "shared_risk"])
def test_who_shares_with_whom_under_a_budget_is_said(name):
    (note,) = Scenario.compose(["payment=global_budget", f"payment.contracts=[global_budget,{name}]"]).notes
    assert "between a CCO and its providers" in note
    assert ("bear no loss" in note) == (name == "shared_savings")
    assert Scenario.compose([f"payment={name}"]).notes == ()
