"""Tables grow in the room behind them: what was there stays, what is new is zero, and nobody else sees it."""

import numpy as np
import pytest

from sim.engine.rows import ROOM, copied, grown, roomy

ROW = np.dtype([("key", "u8"), ("age", "i2")], align=True)


@pytest.fixture
def table():
    rows = roomy(5, ROW)
    rows["key"] = np.arange(5)
    return rows


@pytest.mark.parametrize("more", [0, 1, 5, 6, 50])  # within the room, to its end, and beyond
def test_growth_keeps_what_was_there(table, more):
    assert len(table) * ROOM == 10
    longer = grown(table, more)
    assert longer["key"].tolist() == [0, 1, 2, 3, 4, *[0] * more]
    assert np.shares_memory(longer, table) == (more <= 5)


def test_it_grows_again_in_the_same_room(table):
    once = grown(table, 2)
    once["key"][5:] = 9
    twice = grown(once, 3)
    assert twice["key"].tolist() == [0, 1, 2, 3, 4, 9, 9, 0, 0, 0]
    assert np.shares_memory(twice, table)


def test_a_copy_shares_nothing_and_has_room(table):
    copy = copied(table)
    copy["key"] = 7
    assert table["key"].tolist() == [0, 1, 2, 3, 4]
    assert np.shares_memory(grown(copy, 5), copy)


def test_a_part_of_a_table_does_not_grow_into_the_rest(table):
    part = table[2:4]
    longer = grown(part, 1)
    assert longer["key"].tolist() == [2, 3, 0]
    assert not np.shares_memory(longer, table)


def test_rows_of_elsewhere_are_copied():
    alone = np.ones(3, dtype=ROW)
    longer = grown(alone, 2)
    assert longer["key"].tolist() == [1, 1, 1, 0, 0]
    assert not np.shares_memory(longer, alone)
