"""From logs of volume to induced, withheld and replaced visits: together they are what the response says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.offer import cut, induced_and_withheld
from sim.schema import PRIMARY
from tests.support.stand_in_system import StandIn

pytestmark = pytest.mark.quick
USUAL = 0.08


@pytest.mark.parametrize("log_volume", [-0.3, -0.1, -0.02, 0.0, 0.1])
def test_visits_change_by_the_volume_whatever_they_are_made_of(log_volume):
    induced, withheld = induced_and_withheld(np.array([log_volume]), np.zeros(1), USUAL)
    visits = (1 - USUAL) * (1 - withheld) + USUAL + induced
    assert_allclose(visits, np.exp(log_volume))
    assert (withheld > 0).all() == (log_volume < np.log(1 - USUAL)), "induced visits go first"


def test_what_is_withheld_is_withheld_from_all_alike():
    induced, withheld = induced_and_withheld(np.zeros(2), np.log([0.9, 1.0]), USUAL)
    assert_allclose(induced, 0)
    assert_allclose(withheld, [0.1, 0.0])


def test_a_cut_is_divided_and_a_rise_is_not():
    rest, alike = cut(np.array([-0.2, 0.2]), 0.25)
    assert_allclose(alike, [-0.05, 0])
    assert_allclose(rest, [-0.15, 0.2])


def test_what_practices_decide_reaches_clinics_and_areas():
    model = StandIn(contracts=(), response="none")
    decided = model.providers.decided
    decided.log_clinic_withheld[:], decided.log_clinic_replaced[:] = np.log(0.9), np.log(0.95)
    decided.log_volume[:, PRIMARY + 1] = np.log(1.2)
    model.providers._write_answers(model.areas, decided)
    model.providers._write_clinics()
    assert_allclose(model.clinics["withheld"], 0.1)
    assert_allclose(model.clinics["replaced"], 0.05)
    assert_allclose(model.areas["induced"][:, PRIMARY + 1], 0.2)
    assert not model.areas["withheld"].any()
