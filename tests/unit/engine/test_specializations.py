"""A rule is compiled once for all whole numbers with which others call it: more would make the first start longer."""

import numpy as np
import pytest
from numba import types

from sim.engine.compile import JIT, compiled


@compiled
def shifted(number, by):
    return number << by


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_whole_numbers_share_one_specialization_and_other_types_do_not():
    for constant in (3, 5):
        shifted.get_call_template((types.int64, types.literal(constant)), {})
    for small in (types.int16, types.uint8, types.uint32):
        shifted.get_call_template((small, small), {})
    assert shifted.signatures == [(types.int64, types.int64)]
    shifted.get_call_template((types.uint64, types.int64), {})  # half of its numbers are none of int64
    assert len(shifted.signatures) == 2
    assert shifted(2, 3) == 16


@compiled
def as_others_call_it(column, by):
    return shifted(column[0], by)


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_a_small_number_is_the_same_in_64_bits():
    for kind, number in ((np.int16, -300), (np.uint8, 255), (np.uint32, 2**32 - 1)):
        assert as_others_call_it(np.array([number], kind), 4) == number << 4
