"""Does the form of payment alone change any member? Only money may move: nobody answers to the contract."""

import pytest

from tests.invariants.worlds import changed, changed_counts, lived

BUDGET = "payment=global_budget"
NOBODY_GOVERNS = "governance=none"
FORMS = {
    "all services": (),
    "hospital only": ("payment.scope=[emergency,inpatient,outpatient]",),
    "from month 3": ("payment.start=3",),
    "with a withhold": ("payment.contracts=[global_budget,withhold]", "parameters.payment.withhold_share=0.05"),
    "a tight cap": ("parameters.payment.growth_cap=0.0",),
}
MONEY = {"spend_year"}
MONEY_COUNTED = {"cohort_cents", "medicaid_cents", "medicare_cents", "third_party_cents", "uncompensated_cents"}


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


def test_planted_providers_who_answer_are_found(claims):
    """The reduced form is what a payment that changes use looks like."""
    at_once = ("parameters.reduced_form.trend_lag=0", "parameters.providers.response_inertia=0.5")
    answered = lived(BUDGET, "providers=savings_trend", "parameters.reduced_form.trend_slope=0.0025", *at_once)
    assert not set(changed(claims, answered)) <= MONEY
    assert not changed_counts(claims, answered) <= MONEY_COUNTED
