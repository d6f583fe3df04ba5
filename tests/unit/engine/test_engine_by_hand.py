"""Parts of the engine by hand: threads that share the rows of a table, snapshots, designs, keys and draws."""

from statistics import NormalDist

import numpy as np
import pytest

from sim.engine import designs
from sim.engine.blocks import Blocks
from sim.engine.draws import child_keys, lognormals, normals, uniforms
from sim.engine.snapshot import Remembering, part_of

pytestmark = pytest.mark.quick


# --- rows in pieces


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rows", [0, 1, 4, 5, 8, 13, 41])
def test_every_row_is_counted_once_whatever_the_number_of_threads(threads, rows):
    """Row i adds 10^(i mod 3) to place i mod 7 of a table of seven places, and 1 to a count of one."""

    def sums():
        arrays = (np.zeros(7, np.int64), np.zeros(1, np.int64))
        return arrays, arrays

    def kernel(first, last, room_and_sums):
        room, places, count = room_and_sums
        assert room == "room"
        for i in range(first, last):
            places[i % 7] += 10 ** (i % 3)
            count[0] += 1

    blocks = Blocks(threads, lambda: ("room",), sums, chunk=4)
    meanwhile = []
    try:
        for _ in range(2):  # sums are new in each run
            places, count = blocks.run(rows, kernel, lambda: meanwhile.append(1))
            assert places.tolist() == [sum(10 ** (i % 3) for i in range(place, rows, 7)) for place in range(7)]
            assert count.tolist() == [rows]
        assert meanwhile == [1, 1]
    finally:
        blocks.close()


@pytest.mark.parametrize(("threads", "parts"), [(1, 1), (2, 8), (3, 11)])
def test_parts_of_a_table_are_in_the_order_of_its_rows_and_no_row_is_in_two(threads, parts):
    blocks = Blocks(threads, lambda: (), lambda: ((), ()), chunk=3)
    try:
        found = blocks.by_parts(np.arange(41), lambda part: part.tolist())
    finally:
        blocks.close()
    assert [row for part in found for row in part] == list(range(41))
    assert len(found) <= parts


# --- snapshots


class Part(Remembering):
    REMEMBERED = ("debt",)

    def __init__(self, debt):
        self.debt = np.array(debt)


class Whole(Remembering):
    """A part whose name begins like an attribute, two kinds of a table by name, a number, and what a run has not."""

    REMEMBERED = ("fund", "funds", "of", "months", "absent")

    def __init__(self, start):
        self.fund, self.funds = Part([start]), np.array([start + 0.5, start + 1])
        self.of = {"budget": np.array([start + 2]), "budgets": start + 3.0}
        self.months, self.absent = start + 4, None


def told(whole):
    return [whole.fund.debt.tolist(), whole.funds.tolist(), whole.of["budget"].tolist(), whole.of["budgets"],
            whole.months, whole.absent]  # fmt: skip


def test_a_snapshot_stays_as_it_was_whatever_becomes_of_the_saved_and_of_the_restored():
    system, expected = Whole(10), told(Whole(10))
    kept = system.snapshot()
    system.fund.debt[0] = system.funds[1] = system.of["budget"][0] = -1
    system.of["budgets"] = system.months = -1
    for _ in range(2):
        other = Whole(70)
        other.restore(kept)
        assert told(other) == expected
        assert type(other.months) is int
        other.fund.debt[0] = other.funds[0] = other.of["budget"][0] = -2


def test_a_part_is_told_from_one_whose_name_begins_alike():
    kept = {"fund.debt": 1, "funds": 2, "fund.of.debt": 3, "refund.debt": 4}
    assert part_of(kept, "fund") == {"debt": 1, "of.debt": 3}
    assert part_of({"a/b": 1, "ab/c": 2}, "a", "/") == {"b": 1}


# --- designs


@pytest.mark.parametrize(("kind", "rows"), [(designs.SALTELLI, 8 * 5), (designs.MORRIS, 8 * 4)])
def test_a_design_has_its_rows_and_its_own_luck(kind, rows):
    """Of three factors with eight base samples or trajectories; the same seed gives the same, another another."""
    first, again, other = (designs.design(kind, 3, 8, seed) for seed in (5, 5, 6))
    assert first.shape == (rows, 3) == (designs.rows(kind, 3, 8), 3)
    assert first.tolist() == again.tolist() != other.tolist()
    assert ((first >= 0) & (first <= 1)).all()


def test_points_at_the_ends_of_a_grid_count_half_of_those_inside_and_one_value_counts_as_it_is():
    """Of 0, 1/2, 1 in one range and the middle alone of another: a quarter, a half, a quarter."""
    places = np.array([[0.0, 0.5], [0.5, 0.5], [1.0, 0.5]])
    assert designs.point_weights(designs.GRID, places).tolist() == [0.25, 0.5, 0.25]
    low_alone = np.array([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [0.5, 0.0]])
    assert designs.point_weights(designs.GRID, low_alone) == pytest.approx([1 / 6, 1 / 3, 1 / 6, 1 / 3])
    assert designs.point_weights(designs.MORRIS, places) == pytest.approx([1 / 3] * 3)


# --- keys and draws


def test_siblings_have_keys_of_their_own():
    mothers = np.array([5, 6, 2**40 + 5], np.uint64)
    keys = [child_keys(mothers, salt).tolist() for salt in (1, 2, 1)]
    assert keys[0] == keys[2]
    assert len({*keys[0], *keys[1], *mothers.tolist()}) == 9
    assert 0 not in keys[0]


def test_draws_of_seeds_that_differ_in_their_high_half_are_others():
    keys = np.arange(1, 5, dtype=np.uint64)
    assert uniforms(3, keys, 2, 9).tolist() != uniforms(3 + 2**32, keys, 2, 9).tolist()
    assert uniforms(3, keys, -1, 9).tolist() != uniforms(3, keys, 1, 9).tolist()


def test_what_is_drawn_once_for_a_run_is_no_draw_of_its_months():
    keys = np.arange(1, 9, dtype=np.uint64)
    drawn = normals(3, keys, 9)
    for month in range(3):
        assert not set(drawn.tolist()) & {NormalDist().inv_cdf(u) for u in uniforms(3, keys, month, 9).tolist()}


def test_lognormal_numbers_have_mean_1_whatever_their_spread():
    """Of 4,000 keys, with a spread of .8: without its correction the mean would be 1.38."""
    keys = np.arange(1, 4001, dtype=np.uint64)
    assert lognormals(3, keys, 9, 0.8).mean() == pytest.approx(1.0, abs=0.06)
    assert np.log(lognormals(3, keys, 9, 0.8)).std() == pytest.approx(0.8, abs=0.04)
    assert (lognormals(3, keys, 9, 0.0) == 1.0).all()
