"""A rule is compiled once for all constants with which others call it: each time more makes the first start longer."""

import numpy as np
import pytest

from sim.engine.compile import JIT, compiled


@compiled
def shifted(number, by):
    return number << by


@compiled
def shifted_twice(number):
    return shifted(number, 3) + shifted(number, 5)


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_constants_share_one_specialization_and_types_do_not():
    assert shifted_twice(np.int64(2)) == 2 * 8 + 2 * 32
    assert len(shifted.signatures) == 1
    assert shifted_twice(np.int16(2)) == 2 * 8 + 2 * 32
    assert len(shifted.signatures) == 2
