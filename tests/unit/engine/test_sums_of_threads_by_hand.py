"""How the sums of threads become those of all, by hand."""

from threading import current_thread

import numpy as np
import pytest

from sim.engine.blocks import Blocks
from sim.engine.sums import move_all

pytestmark = pytest.mark.quick


def test_sums_of_a_thread_are_added_to_those_of_all_and_are_zero_after():
    """Numbers of a line that add to 0 are there all the same; cents may be below 0."""
    total = (np.array([[1, 2], [3, 4], [5, 6]]), np.array([7, 8]))
    mine = (np.array([[0, 0], [5, -5], [0, 20]]), np.array([1, 0]))
    move_all(total, mine)
    assert [array.tolist() for array in total] == [[[1, 2], [8, -1], [5, 26]], [8, 8]]
    assert not any(array.any() for array in mine)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_month_that_was_broken_off_leaves_nothing_in_the_next(threads):
    breaks = [True]

    def kernel(first, last, room_and_sums):
        room_and_sums[0][:] += last - first
        if breaks[0]:
            raise RuntimeError("broken off")

    def sums():
        arrays = (np.zeros(1, np.int64),)
        return arrays, arrays

    blocks = Blocks(threads, lambda: (), sums, chunk=2)
    try:
        with pytest.raises(RuntimeError, match="broken off"):
            blocks.run(20, kernel)
        breaks[0] = False
        assert [blocks.run(20, kernel)[0].tolist() for _ in range(3)] == [[20]] * 3
    finally:
        blocks.close()


@pytest.mark.parametrize(("threads", "begun"), [(1, 0), (2, 1)])
def test_work_aside_is_done_by_another_thread_if_there_is_one(threads, begun):
    done = []
    blocks = Blocks(threads, lambda: (), lambda: ((), ()))
    blocks.aside(lambda: done.append(current_thread()))
    blocks.close()
    assert len(done) == begun
    assert current_thread() not in done
