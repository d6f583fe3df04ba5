"""The table of sample sizes: seeds that no two samples share, and a smallest sample that follows from its rows."""

import numpy as np
import pytest

from experiments.methods.pairing import NAMED
from experiments.methods.sample_size import LARGEST, SAMPLES, jobs, rows_of, simulate, smallest


def values(shift):
    """Means of 100 with little luck; ``shift`` by sample, in percent."""
    luck = np.random.Generator(np.random.Philox(key=[0, 4]))
    return {("off", sample): 100 + shift.get(sample, 0) + 0.1 * luck.normal(size=(8, len(NAMED))) for sample in SAMPLES}


def test_each_sample_lives_as_many_members_with_seeds_of_its_own():
    off = [(sample, seed) for world, sample, seed in jobs(1_400_000) if world == "off"]
    assert len({seed for _, seed in off}) == len(off)
    assert {sample: sum(one == sample for one, _ in off) for sample in SAMPLES} == {
        0.01: 100, 0.02: 50, 0.05: 20, 0.1: 10
    }  # fmt: skip


def test_rows_say_how_far_a_sample_is_from_the_largest():
    rows = rows_of(values({0.01: 3}))
    assert len(rows) == len(SAMPLES) * len(NAMED)
    near = [row for row in rows if row.sample == 0.01]
    assert all(row.difference_percent == pytest.approx(3, abs=0.3) for row in near)
    assert all(0 < row.half_percent < 0.3 for row in near)
    assert all(row.difference_percent == row.half_percent == 0 for row in rows if row.sample == LARGEST)


@pytest.mark.parametrize(("shift", "expected"), [({}, 0.01), ({0.01: 3}, 0.02), ({0.02: -3}, 0.05)])
def test_the_smallest_sample_is_the_one_from_which_on_all_are_near(shift, expected):
    assert smallest(rows_of(values(shift)), "off") == expected


def test_a_run_of_it_is_a_run_of_the_model():
    found = simulate(("off", 0.001, 0))
    assert found.shape == (len(NAMED),)
    assert np.isfinite(found).all()
