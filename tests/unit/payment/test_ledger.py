"""The books balance to the cent, and anything that is not money is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.payment.ledger import (
    ACCOUNT_INDEX,
    ACCOUNTS,
    EVERY_AREA,
    PAYEE_OF_SERVICE,
    PAYEES,
    PROVIDERS,
    PURPOSES,
    Ledger,
    LedgerError,
)
from sim.schema import SERVICES

pytestmark = pytest.mark.quick

AREAS = 3
transfers = st.lists(
    st.tuples(
        st.integers(0, AREAS - 1),
        st.permutations(ACCOUNTS).map(lambda names: names[:2]),
        st.integers(0, 10**13),
        st.sampled_from(PURPOSES),
    ),
    max_size=40,
)


@given(transfers)
def test_every_area_sums_to_zero_and_the_books_agree(moves):
    ledger = Ledger(AREAS)
    for area, (payer, payee), cents, purpose in moves:
        ledger.transfer(area, payer, payee, cents, purpose)
    assert not ledger.balance().any()
    net = ledger.net()
    flows = ledger.close_month()
    assert flows.sum() == sum(cents for _, _, cents, _ in moves)
    assert not net.sum(axis=1).any()
    assert np.array_equal(ledger.balances, net)


@given(transfers)
def test_accounts_hold_what_a_plain_tally_says(moves):
    ledger, tally = Ledger(AREAS), {}
    for area, (payer, payee), cents, purpose in moves:
        ledger.transfer(area, payer, payee, cents, purpose)
        tally[area, payer] = tally.get((area, payer), 0) - cents
        tally[area, payee] = tally.get((area, payee), 0) + cents
    ledger.close_month()
    for (area, account), cents in tally.items():
        assert ledger.balances[area, ACCOUNT_INDEX[account]] == cents


def test_one_transfer_by_hand():
    ledger = Ledger(AREAS)
    ledger.transfer(1, "state", "hospital", 250, "claims")
    ledger.transfer(1, "federal", "state", 100, "federal_match")
    assert ledger.flows[1, ACCOUNT_INDEX["state"], ACCOUNT_INDEX["hospital"]] == 250
    assert ledger.flows[1, ACCOUNT_INDEX["hospital"], ACCOUNT_INDEX["state"]] == 0
    assert ledger.net()[1, ACCOUNT_INDEX["state"]] == -150
    assert ledger.purposes[1, PURPOSES.index("federal_match")] == 100
    assert not ledger.flows[[0, 2]].any()


def test_all_areas_at_once():
    ledger = Ledger(AREAS)
    ledger.transfer(EVERY_AREA, "state", "cco", np.array([1, 2, 3]), "capitation")
    assert ledger.flows[:, ACCOUNT_INDEX["state"], ACCOUNT_INDEX["cco"]].tolist() == [1, 2, 3]


@pytest.mark.parametrize("cents", [7, np.int64(7), np.int32(7), np.uint8(7), np.array(7)])
def test_whole_numbers_of_any_kind_are_money(cents):
    ledger = Ledger(AREAS)
    ledger.transfer(np.int16(2), "state", "cco", cents, "capitation")
    assert ledger.close_month().sum() == 7


@pytest.mark.parametrize("cents", [1.0, np.float64(2), True, "3", np.array([1.5, 1, 1]), -1, np.array([1, -1, 0])])
def test_what_is_not_whole_cents_is_refused(cents):
    ledger = Ledger(AREAS)
    with pytest.raises(LedgerError):
        ledger.transfer(EVERY_AREA, "state", "cco", cents, "capitation")
    assert not ledger.close_month().any()


@pytest.mark.parametrize(
    ("payer", "payee", "purpose"),
    [("state", "state", "claims"), ("bank", "state", "claims"), ("state", "cco", "bribe")],
)
def test_unknown_accounts_and_purposes_are_refused(payer, payee, purpose):
    with pytest.raises(LedgerError):
        Ledger(AREAS).transfer(0, payer, payee, 1, purpose)


@pytest.mark.parametrize("book", ["flows", "posted", "purposes"])
def test_a_cent_slipped_into_one_book_is_found(book):
    ledger = Ledger(AREAS)
    ledger.transfer(0, "state", "cco", 5, "capitation")
    getattr(ledger, book)[0].flat[0] += 1
    if book == "flows":  # on the diagonal a cent would cancel out of the nets, but not of the purposes
        ledger.flows[0, 0, 0] -= 1
        ledger.flows[0, 0, 1] += 1
    with pytest.raises(LedgerError):
        ledger.close_month()


def test_closing_clears_the_month_and_keeps_the_balances():
    ledger = Ledger(AREAS)
    for _ in range(2):
        ledger.transfer(0, "state", "cco", 5, "capitation")
        flows = ledger.close_month()
    assert flows.sum() == 5
    assert not ledger.flows.any()
    assert not ledger.purposes.any()
    assert ledger.balances[0, ACCOUNT_INDEX["cco"]] == 10


def test_each_service_is_billed_by_one_kind_of_provider():
    assert set(PAYEE_OF_SERVICE) == set(SERVICES)
    assert set(PAYEE_OF_SERVICE.values()) == set(PROVIDERS)
    assert PAYEES.sum(axis=1).tolist() == [1] * len(SERVICES)
