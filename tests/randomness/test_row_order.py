"""Does it matter in which row a member stands? Shuffled tables give the same result, key by key."""

import numpy as np
import pytest

import sim.model
from sim.member.month import live_rows
from tests.support.fingerprint import fingerprint
from tests.support.worlds import EVERYTHING, UNTOUCHED, beginning, system

KEY = 0  # the word of a stored row that holds it
POLICIES = {
    "none": (),
    "everything": EVERYTHING,
    "cco pays": (*EVERYTHING, "upstream.funding=cco"),
    "untouched": (*EVERYTHING, *UNTOUCHED),
}


def shuffled(start, number):
    mine = start.copy()
    order = np.random.Generator(np.random.Philox(key=[0, number])).permutation(len(mine.population.members))
    mine.population.members[:] = mine.population.members[order]
    return mine


def run(policy, start):
    return fingerprint(system(*policy, start=start))


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_shuffled_rows_change_nobody(policy):
    usual = run(policy, beginning())
    for number in range(2):
        assert run(policy, shuffled(beginning(), number)) == usual


def test_more_vacant_rows_change_nobody():
    """Where the table ends is no matter either: newcomers find their rows anywhere."""
    start = beginning().copy()
    rows = start.population.members
    longer = np.concatenate([np.zeros(3000, rows.dtype), rows])
    object.__setattr__(start.population, "members", longer)
    assert run(EVERYTHING, start) == run(EVERYTHING, beginning())


def test_planted_draws_keyed_by_row_are_found(monkeypatch):
    def by_row(tables, first, last, areas, clinics, params, seed, room):
        keys = tables[0][first:last, KEY].copy()
        tables[0][first:last, KEY] = np.arange(first, last) + 1
        live_rows(tables, first, last, areas, clinics, params, seed, room)
        tables[0][first:last, KEY] = keys

    monkeypatch.setattr(sim.model, "live_rows", by_row)
    assert run((), shuffled(beginning(), 0)) != run((), beginning())


def test_planted_first_come_first_served_is_found(monkeypatch):
    """Places for whoever stands first in the table."""
    import sim.agents.programs.slots as places

    def in_order_of_the_table(areas, lottery, keys, limits, *ranked):
        return first_in_each_area(areas, np.arange(len(areas)) / len(areas), np.arange(len(keys)), limits, *ranked)

    first_in_each_area = places.first_in_each_area
    monkeypatch.setattr(places, "first_in_each_area", in_order_of_the_table)
    few = (*EVERYTHING, "parameters.upstream.places_scale=0.3")
    assert run(few, shuffled(beginning(), 0)) != run(few, beginning())
