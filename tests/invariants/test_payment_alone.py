"""Does the form of payment alone change any member? Only money may move: nobody answers to the contract."""

import numpy as np
import pytest

from sim.paths import conf_folder
from sim.scenario.overrides import options
from sim.schema import COUNTS
from tests.support.worlds import SMALL, changed, changed_counts
from tests.support.worlds import lived as lived_by

SIZE = ("population=classroom", "population.sample=0.0004", "population.minimum_per_cco=20", *SMALL[1:])
"""Some 700 members: what is equal to the bit is equal whatever their number."""
BUDGET = "payment=global_budget"
NOBODY_GOVERNS = "governance=none"
FORMS = {
    "all services": (),
    "hospital only": ("payment.scope=[emergency,inpatient,outpatient]",),
    "from month 3": ("payment.start=3",),
    "with a withhold": ("payment.contracts=[global_budget,withhold]", "parameters.payment.withhold_share=0.05"),
    "a tight cap": ("parameters.payment.growth_cap=0.0",),
}
PAST_DECEMBER = "months=13"
MAY_MOVE_NOTHING = ("shared_savings", "shared_risk")  # in a world so small that nothing comes due in a year
OREGON_SCOPE = (
    "{primary: 0, specialist: 0, behavioral: 0, pharmacy: 0, emergency: 0, inpatient: 0, outpatient: 0, ancillary: 0, "
    "dental: 24}"
)
MONEY = {"spend_year"}
MONEY_COUNTED = {name for name in COUNTS if name.endswith("_cents")}


def lived(*overrides, **choices):
    return lived_by(*overrides, size=SIZE, **choices)


@pytest.fixture(scope="module")
def claims():
    """Everything paid claim by claim."""
    return lived()


def paid_as_budget(model):
    accounts = model.result().accounts
    return model.result().flows[:, :, accounts.index("state"), accounts.index("cco")].sum()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_with_fixed_organizations_only_the_payer_changes(claims, form):
    budget = lived(BUDGET, *form, "organizations=fixed", decisions=claims.decisions)
    assert changed(claims, budget) == {}
    assert changed_counts(claims, budget) == set()
    assert (budget.result().spending == claims.result().spending).all()
    assert paid_as_budget(budget) > 0 == paid_as_budget(claims)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_with_passive_providers_only_prices_change(claims, form):
    """Live organizations: the growth cap reaches the prices of claims, and nothing else that a member feels."""
    budget = lived(BUDGET, NOBODY_GOVERNS, *form)
    assert set(changed(claims, budget)) <= MONEY
    assert changed_counts(claims, budget) <= MONEY_COUNTED


@pytest.fixture(scope="module")
def claims_past_december():
    """The same, past a December and the end of a contract year."""
    return lived(PAST_DECEMBER)


@pytest.mark.parametrize("option", options(conf_folder(), "payment"))
def test_every_form_of_payment_moves_money_only(claims_past_december, option):
    """All shipped forms, with every behavioral response off: the same care for every member, to the bit."""
    usual = claims_past_december
    form = lived(PAST_DECEMBER, f"payment={option}", "organizations=fixed", decisions=usual.decisions)
    assert changed(usual, form) == {}
    assert changed_counts(usual, form) == set()
    assert (form.result().spending == usual.result().spending).all()
    assert (form.result().quality == usual.result().quality).all()
    moved = not np.array_equal(form.result().flows, usual.result().flows)
    expected = option != "fee_for_service"
    assert moved == expected or option in MAY_MOVE_NOTHING, f"no money moved under {option}: see MAY_MOVE_NOTHING"


NOTHING_AT_STAKE = (
    "providers=effort",
    "governance=none",
    *(
        f"parameters.{name}=0"
        for name in (
            "providers.pass_through",
            "providers.share_at_risk",
            "providers.cap_into_prices",
            "payment.primary_capitation_share",
            "payment.withhold_share",
            "payment.performance_bonus",
            "payment.sharing_savings",
            "payment.sharing_losses",
            "payment.hospital_fixed_share",
        )
    ),
)


@pytest.fixture(scope="module")
def nothing_at_stake():
    return lived(*NOTHING_AT_STAKE)


@pytest.mark.parametrize("option", ["primary_care_capitation", "shared_risk", "hospital_global_budget", "oregon_2012"])
def test_without_capitation_risk_and_bonus_all_forms_draw_the_same(nothing_at_stake, option):
    """payment.md, analytic check 4: kappa = rho = w = 0, with providers who would answer to anything else."""
    usual = nothing_at_stake
    form = lived(*NOTHING_AT_STAKE, f"payment={option}")
    assert changed(usual, form) == {}
    assert changed_counts(usual, form) == set()


ONE_BY_ONE = {
    "a budget": ("payment.contracts=[global_budget]", f"payment.scope={OREGON_SCOPE}"),
    "a soft cap": ("parameters.payment.cap_give=0.5",),
    "a cap that comes down": ("parameters.payment.cap_phase=2",),
    "a withhold": ("payment.contracts=[global_budget,withhold]", "parameters.payment.withhold_share=0.03"),
    "a quality pool": ("payment.contracts=[global_budget,withhold,quality_pool]", "payment.metrics=oregon_2013"),
    "duties with dates": ("payment.contracts=[global_budget,withhold,quality_pool,contract_duties]",),
    "the growth test": ("payment.contracts=[global_budget,withhold,quality_pool,contract_duties,growth_test]",),
}


def test_the_rules_of_a_cco_one_by_one_end_at_the_packaged_cco(claims_past_december):
    """From fee-for-service to Oregon's CCOs, with live boards; the order in which rules are switched on is nothing."""
    packaged = lived(PAST_DECEMBER, "payment=oregon_2012").result().digest
    overrides, digests = ["payment=fee_for_service"], [claims_past_december.result().digest]
    for rule in ONE_BY_ONE.values():
        overrides += rule
        digests.append(lived(PAST_DECEMBER, *overrides).result().digest)
    assert digests[-1] == packaged
    assert digests[1] != digests[0]
    same = 2  # a soft cap before there is a loss, and a growth test that the state passes
    assert len(set(digests)) >= len(digests) - same


def test_planted_providers_who_answer_are_found(claims):
    """The reduced form is what a payment that changes use looks like."""
    at_once = ("parameters.reduced_form.trend_lag=0", "parameters.providers.response_inertia=0.5")
    answered = lived(BUDGET, "providers=savings_trend", "parameters.reduced_form.trend_slope=0.0025", *at_once)
    assert not set(changed(claims, answered)) <= MONEY
    assert not changed_counts(claims, answered) <= MONEY_COUNTED
