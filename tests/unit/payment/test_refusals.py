"""How much a CCO refuses, what it denies afterwards, and what asking costs clinicians, by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.payment.authorization import Authorization, unpaid
from sim.schema import ANCILLARY, INPATIENT, PRIMARY, SERVICES, SPECIALIST
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

TERMS = {
    "authorization.requested": 0.0,
    "authorization.requested.inpatient": 0.4,
    "authorization.requested.ancillary": 0.1,
    "authorization.denied": 0.25,
    "authorization.appealed": 0.5,
    "authorization.restored": 0.4,
}


def terms(**more):
    return Authorization(REGISTRY.override(TERMS | more))


def test_one_in_four_requests_is_denied_and_a_fifth_of_those_restored():
    """.4 x .25 x (1 - .5 x .4) = .08 of stays and .02 of tests at full strength; a quarter of it at a quarter."""
    refused = terms().refused(np.array([1.0, 0.25, 0.0]))
    assert_allclose(refused[:, INPATIENT], [0.08, 0.02, 0.0])
    assert_allclose(refused[:, ANCILLARY], [0.02, 0.005, 0.0])
    assert not refused[:, PRIMARY].any()


def test_requests_come_first_and_payment_is_denied_for_the_rest():
    refused = np.zeros((2, len(SERVICES)))
    refused[:, INPATIENT], refused[:, ANCILLARY] = 0.08, 0.02
    left = unpaid(np.array([0.05, 0.0]), refused)
    assert_allclose(left[0, [PRIMARY, ANCILLARY, INPATIENT]], [0.05, 0.03, 0.0])
    assert not left[1].any()


def test_asking_costs_clinicians_by_the_requests_that_they_make():
    """100 stays of 50 USD and 300 tests of 10 USD: 40 and 30 requests of 2 USD are 140 of 7,000 USD of visits."""
    own = terms()
    own.cost, own.price = 200.0, np.full(len(SERVICES), 1000.0)
    own.price[INPATIENT] = 5000.0
    mix = np.zeros((1, len(SERVICES)))
    mix[0, INPATIENT], mix[0, ANCILLARY] = 500_000, 300_000
    mix[0, PRIMARY], mix[0, SPECIALIST] = 400_000, 300_000
    assert_allclose(own.hassle(np.array([1.0]), mix), [0.02])
    assert_allclose(own.hassle(np.array([0.5]), mix), [0.01])
    assert own.hassle(np.array([1.0]), 0 * mix) == [0]  # nothing was spent yet


def test_a_board_that_manages_refuses_care_and_denies_the_rest_of_payment():
    model = StandIn(**{name.replace(".", "__"): value for name, value in TERMS.items()}).month_by_month(13)
    model.actions["utilization_management"] = 0.05
    model.agency.set_rates()
    assert_allclose(model.areas["refused"][:, INPATIENT], 0.08)
    assert_allclose(model.areas["fee"][:, 1, INPATIENT], 1.0)  # more than was to be denied is not given
    assert_allclose(model.areas["fee"][:, 1, ANCILLARY], (0.826 - 0.03) / 0.826)
    assert_allclose(model.areas["fee"][:, 1, PRIMARY], (0.826 - 0.05) / 0.826)
    assert (model.areas["fee"][:, 0] == 1).all()


def test_a_service_outside_the_budget_is_not_refused():
    outside = {name: 0 for name in SERVICES if name != "inpatient"}
    changes = {name.replace(".", "__"): value for name, value in TERMS.items()}
    model = StandIn(scope=outside, **changes).month_by_month(13)
    model.actions["utilization_management"] = 0.05
    model.agency.set_rates()
    assert not model.areas["refused"][:, INPATIENT].any()
    assert_allclose(model.areas["refused"][:, ANCILLARY], 0.02)


def test_asking_is_felt_by_clinicians_and_changes_no_price():
    free, dear = (
        StandIn(authorization__request_cost=cost, authorization__requested__pharmacy=0.5).month_by_month(13)
        for cost in (0.0, 15.0)
    )
    for model in (free, dear):
        model.actions["utilization_management"] = 0.05
        model.agency.set_rates()
    assert np.array_equal(free.areas["fee"], dear.areas["fee"])
    felt = [model.agency.incentives().fee for model in (free, dear)]
    assert (felt[1][:, [PRIMARY, SPECIALIST]] < felt[0][:, [PRIMARY, SPECIALIST]]).all()
    assert_allclose(
        np.delete(felt[1], [PRIMARY, SPECIALIST], axis=1), np.delete(felt[0], [PRIMARY, SPECIALIST], axis=1)
    )


def test_without_requests_payment_alone_is_denied_as_before():
    model = StandIn(authorization__requested=0.0).month_by_month(13)
    model.actions["utilization_management"] = 0.05
    model.agency.set_rates()
    assert not model.areas["refused"].any()
    assert_allclose(model.areas["fee"][:, 1], (0.826 - 0.05) / 0.826)
