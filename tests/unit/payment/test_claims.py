"""Who pays a claim, what the federal government adds, what administration and prices come to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim.payment.administration import administration_cost
from sim.payment.fee_for_service import sort_claims
from sim.payment.ledger import PROVIDERS
from sim.payment.payer import federal_part
from sim.payment.prices import price_index
from sim.payment.shrinkage import full_size
from sim.schema import (
    DENTAL,
    EMERGENCY,
    INPATIENT,
    MEDICAID,
    MEDICARE,
    PAYERS,
    PRIMARY,
    RATE_CATEGORIES,
    SERVICES,
    UNCOMPENSATED,
)

pytestmark = pytest.mark.quick

SHAPE = (2, 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS))
HOSPITAL = PROVIDERS.index("hospital")


def scope(*services):
    inside = np.zeros(len(SERVICES), dtype=bool)
    inside[list(services)] = True
    return inside


def test_claims_of_five_members_by_hand():
    money = np.zeros(SHAPE, dtype=np.int64)
    money[0, 1, 2, PRIMARY, MEDICAID] = 100  # in the CCO, in scope
    money[0, 1, 2, DENTAL, MEDICAID] = 200  # in the CCO, out of scope
    money[0, 0, 2, PRIMARY, MEDICAID] = 400  # open card
    money[0, 1, 6, INPATIENT, MEDICARE] = 800  # Medicare pays first
    money[1, 0, 0, EMERGENCY, UNCOMPENSATED] = 1600  # off cover
    claims = sort_claims(money, scope(PRIMARY, INPATIENT))
    assert claims.budget[0, 2, PRIMARY] == claims.budget.sum() == 100
    assert claims.state[0, 2].tolist() == [400, 0, 0, 200, 0, 0, 0, 0, 0]
    assert claims.others[0, MEDICARE, HOSPITAL] == 800
    assert claims.others[1, UNCOMPENSATED, HOSPITAL] == 1600
    assert not claims.others[:, MEDICAID].any()


def test_emergency_inpatient_outpatient_and_ancillary_go_to_the_hospital():
    money = np.zeros(SHAPE, dtype=np.int64)
    money[1, 0, 3, :, MEDICAID] = 2 ** np.arange(len(SERVICES))
    by_provider = sort_claims(money, scope()).state_by_provider
    assert by_provider[1].tolist() == [1, 2, 4, 8, 16, 32 + 64 + 128 + 256]
    assert not by_provider[0].any()


@given(st.integers(0, 2**32 - 1), st.lists(st.booleans(), min_size=len(SERVICES), max_size=len(SERVICES)))
def test_every_cent_is_paid_once(seed, inside):
    money = np.random.default_rng(seed).integers(0, 10**9, SHAPE)
    claims = sort_claims(money, np.array(inside))
    parts = claims.budget_by_provider.sum(1) + claims.state_by_provider.sum(1) + claims.others.sum((1, 2))
    assert np.array_equal(parts, money.sum(axis=(1, 2, 3, 4)))
    assert not claims.budget[..., ~np.array(inside)].any()


def test_federal_part_by_hand():
    spending = np.array([[1000, 1001]])
    assert federal_part(spending, np.array([0.673, 0.9])).tolist() == [1574]  # 673 + 900.9


@given(st.lists(st.integers(0, 10**10), min_size=2, max_size=2))
def test_the_federal_part_never_exceeds_the_whole(spending):
    part = federal_part(np.array([spending]), np.array([0.673, 0.9]))[0]
    assert 0 <= part <= sum(spending)


def test_administration_by_hand():
    assert administration_cost(np.array([1000, 1009]), 0.1).tolist() == [100, 101]


def test_prices_double_when_growth_says_so():
    assert price_index(0, 0.026, 0.027) == 1
    assert_allclose(price_index(12, 0.026, 0.027), 1.026 * 1.027)
    assert_allclose(price_index(-12, 0.026, 0.027), 1 / (1.026 * 1.027))
    assert_allclose(price_index(6, 1.0, 0.0) ** 2, 2)


def test_shrinkage_gives_the_spread_of_the_full_population():
    rng = np.random.default_rng(5)
    weight, n = 16.0, 4000
    sampled = rng.normal(0, 1, (n, 25)).mean(axis=1)
    full = rng.normal(0, 1, (n, 400)).mean(axis=1)
    shrunk = full_size(sampled, 0.0, np.full(n, weight))
    assert abs(shrunk.std() / full.std() - 1) < 0.06  # five standard errors of a ratio of two such spreads


def test_nothing_is_shrunk_at_full_size():
    assert full_size(np.array([3.0]), 1.0, np.array([1.0])).tolist() == [3.0]
