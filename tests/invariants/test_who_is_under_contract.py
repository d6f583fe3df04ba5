"""Contracts with a part of the clinics, in some areas, for some kinds of members: who notices, and what is paid."""

import numpy as np
import pytest

from sim.scenario import Scenario
from sim.scenario.faults import ScenarioError
from sim.schema import ENROLLED
from tests.support.worlds import SMALL, by_key, changed, system
from tests.support.worlds import lived as lived_by

SIZE = ("population=classroom", "population.sample=0.0004", "population.minimum_per_cco=20", *SMALL[1:])
HOMES = ("payment=care_coordination_fee", "months=3")
HALF = ("payment.clinics=drawn", "parameters.payment.clinic_share=0.5")
FEES = (
    *("payment.contracts=[fee_schedule]", "parameters.payment.fee_ratio.primary=1.6", "providers=reduced_form"),
    *("capacity=unlimited", "months=7"),
)
CAPITATED = ("payment=primary_care_capitation", "months=3")


def lived(*overrides, **choices):
    return lived_by(*overrides, size=SIZE, **choices)


def paid(model, purpose):
    """Cents paid for a purpose, by month and area."""
    result = model.result()
    return result.paid[..., result.purposes.index(purpose)]


@pytest.fixture(scope="module")
def usual():
    return lived("providers=reduced_form", "capacity=unlimited", "months=7")


@pytest.fixture(scope="module")
def fee_for_all():
    return lived(*FEES)


@pytest.fixture(scope="module")
def fee_for_half():
    return lived(*FEES, *HALF)


def at_clinics(model, members, apart):
    return np.isin(members["clinic"], np.flatnonzero(model.clinics["apart"] == apart))


def same(one, other, apart):
    """Members of the clinics that are in, or outside, a contract: how many, and how many of them differ."""
    a, b = by_key(one), by_key(other)
    both = np.intersect1d(a["key"], b["key"])
    a, b = (table[np.isin(table["key"], both)] for table in (a, b))
    chosen = at_clinics(one, a, apart)
    return chosen.sum(), (a[chosen] != b[chosen]).sum()


def test_members_of_clinics_outside_live_as_without_the_contract(usual, fee_for_half):
    people, differ = same(fee_for_half, usual, apart=1)
    assert people > 100
    assert differ == 0


def test_members_of_clinics_under_it_live_as_where_it_holds_for_all(fee_for_half, fee_for_all, usual):
    people, differ = same(fee_for_half, fee_for_all, apart=0)
    assert people > 100
    assert differ == 0
    assert same(fee_for_half, usual, apart=0)[1] > 0


def test_no_clinic_is_the_world_without_the_contract_and_every_clinic_the_plain_contract(usual, fee_for_all):
    none = lived(*FEES, HALF[0], "parameters.payment.clinic_share=0")
    every = lived(*FEES, HALF[0], "parameters.payment.clinic_share=1")
    assert none.result().digest == usual.result().digest
    assert every.result().digest == fee_for_all.result().digest


def test_the_fee_is_paid_for_members_of_clinics_under_the_contract_alone():
    model, everybody = lived(*HOMES, *HALF), lived(*HOMES)
    assert changed(model, everybody) == {}  # nobody answers to it
    members = np.asarray(model.members)
    here = (members["status"] == ENROLLED) & (members["in_cco"] == 1)
    homes = at_clinics(model, members, 0)
    by_hand = []
    for area in range(len(model.weights)):
        of_area = here & homes & (members["area"] == area)
        by_hand.append(of_area.sum() * (members["attached"][of_area].mean() if of_area.any() else 0))
    fee = 100 * model.registry.get("payment.coordination_fee")
    assert paid(model, "coordination_fee")[-1] == pytest.approx(fee * np.array(by_hand), rel=0.06, abs=fee)
    assert 0.2 < paid(model, "coordination_fee").sum() / paid(everybody, "coordination_fee").sum() < 0.8
    assert (model.ledger.balances.sum(axis=1) == 0).all()


def test_kinds_of_members_add_up_to_all():
    kinds = ("disabled", "child_0_5,child_6_18", "parent,expansion_19_44,expansion_45_64,dual,aged")
    alone = [lived(*CAPITATED, f"payment.members=[{kind}]") for kind in kinds]
    parts = [paid(model, "primary_capitation").sum() for model in alone]
    assert min(parts) > 0
    assert all((model.ledger.balances.sum(axis=1) == 0).all() for model in alone)
    fee = [paid(lived(*HOMES, f"payment.members=[{kind}]"), "coordination_fee") for kind in kinds]
    assert (np.sum(fee, axis=0) == paid(lived(*HOMES), "coordination_fee")).all()


def test_what_is_not_billed_is_of_clinics_under_the_contract():
    model = lived(*CAPITATED, *HALF)
    party = model.agency.parties.seen()
    share = model.registry.get("payment.primary_capitation_share")
    prepaid = model.providers.claims.prepaid.sum()
    primary = party.money[:, 1, :, 0, 0].sum()
    assert 0 < prepaid == pytest.approx(share * primary, rel=0.01)
    assert primary < 0.8 * model.last.money[:, 1, :, 0, 0].sum()


def test_only_named_areas_have_the_contract_and_others_follow_when_named():
    areas = ("Health Share of Oregon", "Jackson Care Connect")
    later = f"at.2.payment.areas=[{areas[0]},{areas[1]}]"
    model = lived(*HOMES, f"payment.areas=[{areas[0]}]", later)
    here = [list(model.area_names).index(name) for name in areas]
    fee = paid(model, "coordination_fee")
    assert (fee[:, here] > 0).tolist() == [[True, False], [True, False], [True, True]]
    assert fee.sum() == fee[:, here].sum()


def test_clinics_join_as_the_share_grows_and_none_leaves():
    model = lived(*HOMES, HALF[0], "parameters.payment.clinic_share=0.3", "at.1.parameters.payment.clinic_share=0.7")
    first, *_, last = (month["apart"] for month in model.decisions.clinics)
    assert (last <= first).all()
    assert last.sum() < first.sum()


def test_the_largest_clinics_are_those_with_most_visits():
    largest, smallest = (
        lived(*HOMES, f"payment.clinics={order}", HALF[1]).clinics for order in ("largest", "smallest")
    )
    model = lived(*HOMES, "payment.clinics=largest", HALF[1])
    sizes = model.providers.clinic_sizes
    for area in range(len(model.weights)):
        here = largest["area"] == area
        under, outside = sizes[here & (largest["apart"] == 0)], sizes[here & (largest["apart"] == 1)]
        assert not len(under) or not len(outside) or under.min() >= outside.max()
    assert (largest["apart"] != smallest["apart"]).any()


def test_a_stopped_run_goes_on_with_the_same_clinics():
    judged = ("payment=care_coordination_fee", "payment.contracts=[care_coordination_fee, pay_for_performance]")
    choices = (*judged, "payment.metrics=oregon_2013", "months=3", *HALF)
    stopped, again = system(*choices, size=SIZE), system(*choices, size=SIZE)
    stopped.step()
    again.restore(stopped.save())
    for month in range(2):
        stopped.step()
        again.step()
        assert (stopped.party.money == again.party.money).all(), month
    assert stopped.result().digest == again.result().digest
    drawn, resumed, everybody = (np.nan_to_num(one.rates(0)) for one in (stopped.judged, again.judged, again.quality))
    assert (drawn == resumed).all()
    assert (drawn != everybody).any()


MESSAGES = {
    ("payment=global_budget", HALF[0]): "global_budget cannot be with a part of the clinics; these can: ",
    ("payment=hospital_global_budget", "payment.members=[parent]"): "cannot be for some kinds of members alone",
    (
        "payment=care_coordination_fee",
        "payment.members=[parents]",
    ): "'parents' is not a kind of members (nearest: parent)",
    ("payment=care_coordination_fee", "payment.areas=[Yamhill]"): "'Yamhill' is not a CCO area",
    ("payment=care_coordination_fee", "payment.clinics=largest", "warm_up=0"): "needs a warm_up of at least 1 month",
    (
        *("payment=care_coordination_fee", "payment.areas=[Advanced Health, AllCare CCO]"),
        "at.12.payment.areas=[Advanced Health]",
    ): "contracts that go on cannot end in single areas (AllCare CCO)",
}


@pytest.mark.parametrize(("overrides", "message"), MESSAGES.items(), ids=[str(i) for i in range(len(MESSAGES))])
def test_what_is_not_possible_is_refused_with_one_message(overrides, message):
    with pytest.raises(ScenarioError) as refused:
        Scenario.compose(list(overrides))
    assert message in str(refused.value)
