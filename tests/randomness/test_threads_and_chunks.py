"""Is the answer the same on any number of threads, in chunks of any size?"""

from itertools import count

import numpy as np
import pytest

import sim.model
from sim.engine.blocks import CHUNK
from sim.member.month import live_rows
from tests.support.fingerprint import fingerprint
from tests.support.worlds import EVERYTHING, beginning, system

LARGE = (
    "population=oregon",
    "population.sample=0.0143",
    "population.minimum_per_cco=0",
    "warm_up=2",
    "months=3",
    "seeds=1",
)
"""20,000 members: four chunks."""
ALL = 10**9


@pytest.fixture(scope="module")
def people():
    return beginning(0, "threads=1", size=LARGE)


def run(people, threads, chunk=CHUNK):
    model = system(*EVERYTHING, f"threads={threads}", start=people, size=LARGE)
    assert len(model.members) > 3 * CHUNK
    model._blocks.chunk = chunk
    return fingerprint(model)


@pytest.fixture(scope="module")
def usual(people):
    return run(people, 1)


@pytest.mark.parametrize(("threads", "chunk"), [(1, 997), (1, ALL), (2, CHUNK), (2, 997), (4, 4096), (8, 997)])
def test_threads_and_chunks_change_nothing(people, usual, threads, chunk):
    assert run(people, threads, chunk) == usual


def test_a_warm_up_on_two_threads_is_the_same(people):
    again = beginning(0, "threads=2", size=LARGE)
    assert np.array_equal(again.population.members, people.population.members)


def test_planted_a_stream_for_each_chunk_is_found(people, usual, monkeypatch):
    def by_chunk(tables, first, last, areas, clinics, params, seed, room):
        live_rows(tables, first, last, areas, clinics, params, seed + np.uint64(first), room)

    monkeypatch.setattr(sim.model, "live_rows", by_chunk)
    assert run(people, 2, CHUNK) != run(people, 2, 997)


def test_planted_a_stream_for_each_thread_is_found(people, monkeypatch):
    """A thread's own generator: who takes which chunk decides what is drawn."""
    streams, numbers = {}, count()

    def by_thread(tables, first, last, areas, clinics, params, seed, room):
        stream = streams.setdefault(id(room[0]), next(numbers))
        live_rows(tables, first, last, areas, clinics, params, seed + np.uint64(stream), room)

    monkeypatch.setattr(sim.model, "live_rows", by_thread)
    assert run(people, 1, 997) != run(people, 4, 997)


def test_planted_sums_that_belong_to_no_thread_are_found(people, usual, monkeypatch):
    """The sums of a thread are left out once a month."""
    spread = sim.model.Blocks._spread

    def forgetful(self, chunks, kernel, meanwhile):
        cells, *_ = (sums := spread(self, chunks, kernel, meanwhile))[-1]
        cells[:] = 0
        return sums

    monkeypatch.setattr(sim.model.Blocks, "_spread", forgetful)
    assert run(people, 2, 997) != usual


def test_planted_a_part_of_the_members_that_no_program_sees_is_found(people, usual, monkeypatch):
    by_parts = sim.model.Blocks.by_parts

    def blind(self, table, work):
        return by_parts(self, table[:-CHUNK] if table.dtype.names else table, work)

    monkeypatch.setattr(sim.model.Blocks, "by_parts", blind)
    assert run(people, 2, 997) != usual
