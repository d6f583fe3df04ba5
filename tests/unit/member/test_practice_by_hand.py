"""How practices work on a member by hand: expected cost, who is unprofitable, and what that and proactive care do."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.member import practice
from sim.schema import CONDITIONS, DIABETES, HYPERTENSION, OFF_COVER, SCHEDULED, SERVICES
from tests.support.by_hand import numbers, rules_of, someone

pytestmark = pytest.mark.quick

PRACTICE = rules_of(practice)
BOTH = 1 << DIABETES | 1 << HYPERTENSION


def costing(rate, **more):
    """Known diabetes doubles an expected cost of 200 USD, known hypertension adds a half; the rate is given."""
    excess = np.zeros(len(CONDITIONS))
    excess[[DIABETES, HYPERTENSION]] = 1.0, 0.5
    known = {"expected_by_age": 200, "expected_excess": excess, "expected_rate": rate, "care_comorbidity": 0}
    return numbers(**known, **more)


@pytest.mark.parametrize(
    ("present", "diagnosed", "cost"),
    [(0, 0, 200), (BOTH, 0, 200), (BOTH, 1 << DIABETES, 400), (BOTH, BOTH, 500), (1 << DIABETES, BOTH, 400)],
)
def test_a_clinician_expects_the_cost_of_conditions_that_are_there_and_known(present, diagnosed, cost):
    assert PRACTICE.expected_cost(someone(present=present, diagnosed=diagnosed), costing(200)) == pytest.approx(cost)


@pytest.mark.parametrize(("rate", "beyond"), [(500, 0), (400, 0), (320, 0.25), (200, 1), (100, 1)])
def test_a_member_is_unprofitable_from_the_rate_to_twice_the_rate(rate, beyond):
    who = someone(present=1 << DIABETES, diagnosed=1 << DIABETES)
    assert PRACTICE.unprofitable(who, costing(rate)) == pytest.approx(beyond)


def test_what_an_unprofitable_member_on_cover_goes_without():
    """A quarter beyond the rate, at a diversion of .4: a tenth of care."""
    who = {"present": 1 << DIABETES, "diagnosed": 1 << DIABETES}
    p = costing(320, practices_intake_loss=2, practices_diversion_control=0.5, practices_proactive_control_ratio=1.5)
    here = SimpleNamespace(diversion=0.4, proactive=0.4)
    assert PRACTICE.diverted(someone(**who), here, p) == pytest.approx(0.1)
    assert PRACTICE.diverted(someone(**who, status=OFF_COVER), here, p) == 0
    assert PRACTICE.welcome(someone(**who), here, p) == pytest.approx(1 - 2 * 0.1)
    assert PRACTICE.welcome(someone(), here, p) == 1
    assert PRACTICE.control_gained(someone(**who), here, p) == pytest.approx((1 + 0.5 * 0.4) * (1 - 0.5 * 0.1))
    assert PRACTICE.control_gained(someone(**who, status=OFF_COVER), here, p) == pytest.approx(1 + 0.5 * 0.4)


@pytest.mark.parametrize(("draw", "kept"), [(0.059, True), (0.061, False)])
def test_proactive_care_keeps_out_what_the_ratio_leaves_of_the_stays_it_reaches(draw, kept):
    """Half of stays could be kept out, .4 of members are reached, and .7 of their stays remain: .5 x .4 x .3 = .06."""
    p = numbers(practices_sensitive_stays_ratio=0.7)
    assert PRACTICE.kept_out(0.5, SimpleNamespace(proactive=0.4), draw, p) == kept


def test_volume_that_fees_bring_goes_to_the_better_off():
    p = numbers(means_place=np.linspace(1, -1, len(numbers().means_place)))
    here = SimpleNamespace(favor=0.5, by_fees=np.full(len(SERVICES), 0.2))
    for prone, place in ((0, 1), (len(p.means_place) - 1, -1)):
        rate = np.zeros(len(SERVICES))
        PRACTICE.favor(someone(prone=prone), rate, here, p)
        assert rate[len(SCHEDULED) :] == pytest.approx(0.2 * 0.5 * place)
        assert not rate[: len(SCHEDULED)].any()
