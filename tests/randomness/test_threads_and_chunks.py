"""Is the answer the same on any number of threads, in chunks of any size?"""

from itertools import count

import numpy as np
import pytest

import sim.model
from sim.engine.blocks import CHUNK
from sim.engine.sums import move_all
from sim.member.month import live_rows, mothers_and_vacant_rows
from sim.schema import AWAY, VACANT
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
HALF = ("payment=care_coordination_fee", "payment.clinics=drawn", "parameters.payment.clinic_share=0.5")
"""Contracts with half of the clinics: members go through the month in two passes."""


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


@pytest.mark.parametrize(("policy", "threads"), [((), 1), (HALF, 1), (HALF, 3)], ids=["one", "half", "half on three"])
def test_what_a_month_notes_of_its_rows_is_what_the_table_says(people, monkeypatch, policy, threads):
    """Two passes where contracts are with some clinics; the table grows; a run goes back to an earlier month."""
    found = []

    def compared(members, notes):
        rows = [part.tolist() for part in mothers_and_vacant_rows(members, notes)]
        assert rows == [part.tolist() for part in mothers_and_vacant_rows(members, None)]
        found.append((notes is not None, len(members), len(rows[0]) > 0))
        return mothers_and_vacant_rows(members, notes)

    monkeypatch.setattr(sim.model, "mothers_and_vacant_rows", compared)
    monkeypatch.setattr(sim.model, "GROWTH_OF_TABLE", 1)
    model = system(*policy, f"threads={threads}", "months=8", start=people, size=LARGE)
    model._blocks.chunk = 997
    model.step()
    saved = model.save()
    model.members["status"][model.members["status"] == VACANT] = AWAY  # no row is vacant: the table has to grow
    for _ in range(3):
        model.step()
    model.restore(saved)
    for _ in range(2):
        model.step()
    model.close()
    assert len(model.areas_met()) == 1 + bool(policy)
    assert [is_noted for is_noted, *_ in found] == [False, True, True, True, False, True]
    assert found[3][1] > found[0][1]
    assert all(are_born for *_, are_born in found)


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
    threads = count()

    def forgetful(total, mine):
        if next(threads) % 2:
            mine[0][:] = 0
        move_all(total, mine)

    monkeypatch.setattr("sim.engine.blocks.move_all", forgetful)
    assert run(people, 2, 997) != usual


def test_planted_a_part_of_the_members_that_no_program_sees_is_found(people, usual, monkeypatch):
    by_parts = sim.model.Blocks.by_parts

    def blind(self, table, work):
        return by_parts(self, table[:-CHUNK] if table.dtype.names else table, work)

    monkeypatch.setattr(sim.model.Blocks, "by_parts", blind)
    assert run(people, 2, 997) != usual
