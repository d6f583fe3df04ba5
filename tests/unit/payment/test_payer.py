"""Who pays, who is paid back, and the federal part of it, by hand: two areas, eight rate categories."""

import numpy as np
import pytest

from sim.payment.form import FORMS, Form, register
from sim.payment.ledger import ACCOUNT_INDEX, PURPOSE_INDEX, PURPOSES, Ledger, add_purposes
from sim.payment.payer import Payer
from sim.schema import RATE_CATEGORIES
from tests.support.stand_in_system import AREAS, StandIn

pytestmark = pytest.mark.quick

BACK = "paid back"
CATEGORIES = len(RATE_CATEGORIES)
HALF = np.full(CATEGORIES, 0.5)


@pytest.fixture
def purpose():
    add_purposes((BACK,))
    yield BACK
    del PURPOSE_INDEX[BACK]
    PURPOSES.remove(BACK)


def between(payer, one, other):
    return payer.ledger.flows[:, ACCOUNT_INDEX[one], ACCOUNT_INDEX[other]].tolist()


def test_the_state_is_matched_for_what_it_pays_and_a_cco_is_not(purpose):
    payer = Payer(Ledger(2), 2)
    payer.pay("primary", np.full((2, CATEGORIES), 10), np.array([True, False]), purpose)
    assert between(payer, "cco", "primary") == [10 * CATEGORIES, 0]
    assert between(payer, "state", "primary") == [0, 10 * CATEGORIES]
    payer.claim_match(HALF)
    assert between(payer, "federal", "state") == [0, 5 * CATEGORIES]


@pytest.mark.parametrize("who", ["cco", "hospital"])
def test_who_pays_the_state_back_pays_the_federal_part_too(purpose, who):
    payer, mix = Payer(Ledger(2), 2), np.ones((2, CATEGORIES))
    named = {} if who == "cco" else {"payer": who}
    payer.refund(np.array([80, 0]), purpose, mix, **named)
    assert between(payer, who, "state") == [80, 0]
    payer.claim_match(HALF)
    assert between(payer, "state", "federal") == [40, 0]


def test_what_hospitals_pay_a_cco_back_lowers_its_cost_of_care(purpose):
    def pay_back(month):
        month.payer.transfer("hospital", "cco", 700 * month.runs, purpose)

    def cost(*forms):
        return StandIn(contracts=("global_budget", *forms)).month_by_month(18).agency.settlement.medical

    register(Form("pays_back", "a test", monthly=(pay_back,)))
    try:
        assert (cost() - cost("pays_back")).tolist() == [6 * 700] * AREAS  # the six months of its first contract year
    finally:
        del FORMS["pays_back"]
