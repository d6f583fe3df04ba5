"""A rule is compiled once for all whole numbers with which others call it: more would make the first start longer."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import types
from numba.core import event

from sim.engine.compile import JIT, compiled


@compiled
def shifted(number, by):
    return number << by


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_whole_numbers_share_one_specialization_and_other_types_do_not():
    def result_of(*kinds):
        return shifted.get_call_template(kinds, {})[0].cases

    with event.install_recorder("numba:compile") as compilations:
        for constant in (3, 5):
            result_of(types.int64, types.literal(constant))
        for small in (types.int16, types.uint8, types.uint32):
            result_of(small, small)
    starts = [one for _, one in compilations.buffer if one.is_start]
    assert [one.data["args"] for one in starts] == [(types.int64, types.int64)]
    assert len(result_of(types.uint64, types.int64)) == 2  # half of its numbers are none of int64
    assert shifted(2, 3) == 16


@compiled
def as_others_call_it(column, by):
    return shifted(column[0], by)


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_a_small_number_is_the_same_in_64_bits():
    for kind, number in ((np.int16, -300), (np.uint8, 255), (np.uint32, 2**32 - 1)):
        assert as_others_call_it(np.array([number], kind), 4) == number << 4


RULES = """
from sim.engine.compile import compiled

@compiled
def within(x):
    return 2 * x

@compiled
def outer(x):
    return within(x) + 1

@compiled
def other(x):
    return within(x) + 2
"""


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_python_may_call_what_was_compiled_for_rules(tmp_path, monkeypatch):
    """Whichever is called first, and in the process that compiled it as in the next, which reads it."""
    (tmp_path / "rules_of_two.py").write_text(RULES)
    monkeypatch.setenv("CCOSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.pathsep.join(sys.path)}")

    def said(*calls):
        words = f"from rules_of_two import *; print([{', '.join(calls)}])"
        return subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True).stdout.strip()

    def kept():
        files = (tmp_path / "cache").rglob("*rules_of_two*.nbc")
        return sorted(("for_rules" in path.parts, path.name.split("-")[0].split(".")[1]) for path in files)

    assert said("outer(3)") == "[7]"
    assert kept() == [(False, "outer"), (True, "within")]
    assert said("other(3)", "outer(3)", "within(3)") == "[8, 7, 6]"  # other: with what is on disk
    assert kept() == [(False, "other"), (False, "outer"), (False, "within"), (True, "within")]
    assert said("within(3)", "outer(3)", "within(3.5)") == "[6, 7, 7.0]"
