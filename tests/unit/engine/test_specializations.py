"""A rule is compiled once for all constants with which others call it: each time more makes the first start longer."""

import pytest
from numba import types

from sim.engine.compile import JIT, compiled


@compiled
def shifted(number, by):
    return number << by


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_constants_share_one_specialization_and_types_do_not():
    for constant in (3, 5):
        shifted.get_call_template((types.int64, types.literal(constant)), {})
    assert len(shifted.signatures) == 1
    shifted.get_call_template((types.int16, types.int64), {})
    assert len(shifted.signatures) == 2
    assert shifted(2, 3) == 16
