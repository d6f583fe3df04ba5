"""One member's month, in order; and the pass of a chunk of members through it.

The pass takes members in blocks. For each block it lists the members who are there, fills their draws, applies the
rules to each member, then prices and counts what happened. No rule reads another member, so chunks may run on any
number of threads; sums are whole numbers, so their order does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Ints
from sim.engine.compile import compiled, compiled_in_place, compiled_loop, compiled_sharing
from sim.engine.draws import draws_in, fill_block, room_for_draws
from sim.member.access import ask_for_visits, keep_or_find_clinic
from sim.member.away import live_elsewhere
from sim.member.care import receive_care
from sim.member.communication import suffer_silos
from sim.member.decisions import (
    CONCEPTION,
    CONDITION,
    LOWEST_CONDITION,
    NEED,
    QUADS,
    QUADS_OF_AWAY,
    ROWS,
    SMALL_NEEDS,
    SMALL_NEEDS_IF_PRONE,
)
from sim.member.demand import expect_use
from sim.member.discrimination import meet_unfair_care
from sim.member.enrollment import end_of_month, enroll, update_pregnancy
from sim.member.frequent_users import change_frequent_use
from sim.member.groups import rate_category, stratum
from sim.member.health import change_health
from sim.member.needs import live_with_needs
from sim.member.offer import offer_visits
from sim.member.quality import keep_record
from sim.member.served import lift, put_back, words
from sim.member.smoking import change_smoking
from sim.member.spending import spend
from sim.member.tally import count_life, count_moves, count_needs_off_cover, count_register, count_visits
from sim.member.wellbeing import feel
from sim.schema import (
    AWAY,
    CONDITIONS,
    COUNTS,
    ENROLLED,
    MEMBER,
    METRICS,
    MONTH,
    N_LEVELS,
    N_STRATA,
    NEEDS,
    OUTCOMES,
    PAYERS,
    RATE_CATEGORIES,
    SERVICES,
    VACANT,
)


@dataclass(frozen=True)
class MonthResult:
    """What happened in one month, in whole numbers of sampled members and their cents.

    Shapes: cells (areas, strata, counts); money (areas, open card or CCO, rate categories, services, payers);
    rate_months (areas, open card or CCO, rate categories); sought (areas, services): visits that members ask for and
    practices offer, or induce; served (areas, services); clinic_sought, clinic_served (clinics,); registers (areas,
    conditions, present / diagnosed / controlled); quality (areas, levels of strata, measures, in denominator / given /
    recorded); needs_off_cover (areas, needs): people off cover or away with each need at the end of the month.
    """

    cells: Ints
    money: Cents
    rate_months: Ints
    sought: Ints
    served: Ints
    clinic_sought: Ints
    clinic_served: Ints
    registers: Ints
    quality: Ints
    needs_off_cover: Ints

    @cached_property
    def counts(self) -> Ints:
        """Counts of all members, (areas, counts)."""
        return np.asarray(self.cells.sum(axis=1))

    def arrays(self) -> dict[str, Ints]:
        """Return the arrays by name."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


def total(results: Sequence[MonthResult]) -> MonthResult:
    """Return the sums of several passes over different members."""
    if len(results) == 1:
        return results[0]
    return MonthResult(*(np.sum([getattr(one, part.name) for one in results], axis=0) for part in fields(MonthResult)))


BLOCK = 256  # members whom a thread copies and simulates at a time: they stay in its cache
MONTHS_IN_ROOM = 5  # where the working arrays of ``make_room`` hold the records of the month
PADDING = 8  # so that rows of the draw block do not alias in the cache
LEAST = 1e-12  # a chance of 0 counts as this much
REGISTERS = 3  # present, diagnosed, controlled
GAVE_BIRTH, IS_VACANT = 1, 2  # notes of a row at the end of a month

Notes: TypeAlias = NDArray[np.int8]
Tables: TypeAlias = tuple[Ints, NDArray[np.uint32], Ints, Notes]


@compiled_in_place
def live(m, t, here, clinic, u, j, seed, p):
    """One member, one month: the rules in the order in which things happen."""
    enroll(m, t, u, j, p)
    if m.status == VACANT:
        return
    update_pregnancy(m, t, u[CONCEPTION, j], p)
    live_with_needs(m, here, u, j, p)
    change_health(m, here, u, j, p)
    change_frequent_use(m, u, j, p)
    expect_use(m, t, here, p)
    ask_for_visits(m, t, u, j, p)
    offer_visits(m, t, here, clinic, u, j, seed, p)
    keep_or_find_clinic(m, t, here, clinic, u, j, p)
    receive_care(m, t, here, u, j, seed, p)
    change_smoking(m, t, u, j, p)
    meet_unfair_care(m, t, here, u, j, p)
    feel(m, t, here, u, j, p)


@compiled_in_place
def settle(m, t, here, clinic, u, j, seed, p, money, row, quality):
    """What the member's month costs, and what it says of quality, at the sums of the member's group and area."""
    spend(m, t, here, u, j, p, money, row)
    m.spend_year += t.cents[0]
    suffer_silos(m, t, here, seed, p)
    keep_record(m, t, clinic, here, seed, p, quality)


@compiled_loop("void(i8[:,::1], i8)")
def clear(words, n):
    """Clear the records of ``n`` months before the next members use them."""
    for j in range(n):
        for word in range(words.shape[1]):
            words[j, word] = 0


@compiled_loop("void(f8[:,::1], f8[::1], f8[::1], i8, i8)")
def find_lowest(u, lowest, chances, first, n):
    """The smallest of each member's draws ``first ..``, each over its chance: for most members nothing can begin."""
    for j in range(n):
        lowest[j] = np.inf
    for d in range(len(chances)):
        row = u[first + d]
        per_chance = 1.0 / max(chances[d], LEAST)
        for j in range(n):
            lowest[j] = min(lowest[j], row[j] * per_chance)


@compiled_loop("void(f8[:,::1], f8[::1], f8[::1], f8, i8, i8)")
def find_small(u, small, chances, ratio, first, n):
    """A bit for each of a member's draws ``first ..`` that is below its chance times ``ratio``, as a whole number."""
    for j in range(n):
        small[j] = 0.0
    bit = 1.0
    for d in range(len(chances)):
        row = u[first + d]
        chance = chances[d] * ratio
        for j in range(n):
            small[j] += bit if row[j] < chance else 0.0
        bit *= 2.0


@compiled_sharing
def live_rows(tables, first, last, areas, clinics, params, seed, room):
    """Simulate the month of the members in stored rows ``first .. last-1``; add what happened to the sums.

    ``tables`` is what ``tables_of`` gives; ``room`` is what ``make_workspace`` gives, and the sums.
    """
    stored, served, of_packages, notes = tables
    members, copies = room[0], room[1]
    for row in range(first, last, BLOCK):
        n = min(BLOCK, last - row)
        lift(stored, served, of_packages, row, n, copies)
        live_chunk(members, 0, n, areas, clinics, params, seed, room[2:])
        put_back(stored, served, of_packages, row, n, copies)
        note(members, n, notes, row)


@compiled_sharing
def live_chunk(members, first, last, areas, clinics, params, seed, scratch):
    """Simulate the month of members ``first .. last-1``; add what happened to the sums.

    ``scratch`` holds the working arrays and integer sums of one thread. The sums are fields of one record, so that a
    row of them is taken without counting references.
    """
    p = params[0]
    room, block, (quads, quads_of_away), keys, rows, months, month_words, totals, _, _ = scratch
    u = draws_in(room)
    cells, needs_off_cover = totals[0].cells, totals[0].needs_off_cover
    raised = 0.0
    for area in range(len(areas)):
        raised = max(raised, areas[area].need_onset_highest)
    ahead = first
    while ahead < last:
        n, n_away, ahead = list_rows(members, ahead, last, rows, keys, areas, clinics)
        from_behind = BLOCK - n_away
        fill_block(block, quads_of_away, keys[from_behind:], n_away, p.month, seed)
        clear(month_words, n_away)
        for j in range(n_away):
            m = members[rows[from_behind + j]]
            live_elsewhere(m, months[j], areas[m.area], clinics[m.clinic], u, j, p)
            count_month_elsewhere(m, months[j], month_words, j, cells[m.area, stratum(m)], needs_off_cover[m.area], p)
        fill_block(block, quads, keys, n, p.month, seed)
        find_lowest(block, block[LOWEST_CONDITION], p.health_highest_onset[:], CONDITION, n)
        find_small(block, block[SMALL_NEEDS], p.need_highest_onset[0], raised, NEED, n)
        find_small(block, block[SMALL_NEEDS_IF_PRONE], p.need_highest_onset[1], raised, NEED, n)
        clear(month_words, n)
        for j in range(n):
            m = members[rows[j]]
            live(m, months[j], areas[m.area], clinics[m.clinic], u, j, seed, p)
        settle_block(members, n, areas, clinics, p, seed, scratch)


@compiled_sharing
def settle_block(members, n, areas, clinics, p, seed, scratch):
    """Price and count what the month brought to the ``n`` members of a block."""
    room, _, _, _, rows, months, month_words, totals, clinic_sought, clinic_served = scratch
    u = draws_in(room)
    total = totals[0]
    cells, money, rate_months, registers = total.cells, total.money, total.rate_months, total.registers
    sought, served, quality, needs_off_cover = total.sought, total.served, total.quality, total.needs_off_cover
    for j in range(n):
        m = members[rows[j]]
        t = months[j]
        row = cells[m.area, stratum(m)]
        count_moves(m, t, row)
        if m.status == VACANT:
            continue
        here = areas[m.area]
        category = rate_category(m)
        paid = money[m.area, m.in_cco, category]
        settle(m, t, here, clinics[m.clinic], u, j, seed, p, paid, row, quality[m.area])
        if m.status == ENROLLED:
            rate_months[m.area, m.in_cco, category] += 1
            count_register(m, registers[m.area], p)
        else:
            count_needs_off_cover(m, needs_off_cover[m.area], p)
        count_life(m, t, month_words, j, row)
        count_visits(m, t, sought, served, clinic_sought, clinic_served)
        end_of_month(m, p)


@compiled
def list_rows(members, ahead, last, rows, keys, areas, clinics):
    """List a block of rows: of people who are here from the front, of those who are away from behind.

    Return how many there are of each, and where to go on. Each row is looked at once, as it comes into the cache. Where
    contracts hold for a part of the clinics, each pass takes those whom its rows of areas are for.
    """
    n = 0
    behind = BLOCK
    while n < behind and ahead < last:
        m = members[ahead]
        if m.status != VACANT and clinics[m.clinic].apart == areas[m.area].apart:
            if m.status == AWAY:
                behind -= 1
                place = behind
            else:
                place = n
                n += 1
            rows[place] = ahead
            keys[place] = m.key
        ahead += 1
    return n, BLOCK - behind, ahead


@compiled
def count_month_elsewhere(m, t, month_words, j, row, needs_off_cover, p):
    """A death, a birth, or a month of life of someone who is away."""
    count_moves(m, t, row)
    if m.status != VACANT:
        count_needs_off_cover(m, needs_off_cover, p)
        count_life(m, t, month_words, j, row)


@compiled
def note(members, n, notes, first):
    """Note of ``n`` members, who stand in rows ``first ..`` of the table, what next month's arrivals need to know."""
    for j in range(n):
        m = members[j]
        if m.status == VACANT:
            notes[first + j] = IS_VACANT
        elif m.postpartum == 1:
            notes[first + j] = GAVE_BIRTH
        else:
            notes[first + j] = 0


def tables_of(members: NDArray[Any], served: NDArray[Any]) -> Tables:
    """Return the table of members, that of those ever served (``served.py``), and room for a note of each row."""
    return words(members), np.asarray(members)["served"], words(served), np.zeros(len(members), np.int8)


def notes_of(members: NDArray[Any]) -> Notes:
    """Return the note of each row where no pass has written it: at the start, and after a restore."""
    notes = np.zeros(len(members), np.int8)
    note(members, len(members), notes, 0)
    return notes


def mothers_and_vacant_rows(members: NDArray[Any], notes: Notes | None) -> tuple[Ints, Ints]:
    """Rows, in ascending order, of women who gave birth last month, on cover or off, and of vacant rows.

    A noted row that somebody was put into since the month is left out.
    """
    noted = notes_of(members) if notes is None else notes
    mothers, vacant = np.flatnonzero(noted == GAVE_BIRTH), np.flatnonzero(noted == IS_VACANT)
    return mothers, vacant[members["status"][vacant] == VACANT]


def make_scratch(areas: int, clinics: int) -> tuple[tuple[Any, ...], tuple[Ints, ...]]:
    """What ``live_chunk`` takes of working arrays and sums of 0; and the sums, in the order of ``MonthResult``."""
    taken, sums = make_sums(areas, clinics)
    return (*make_room(), *taken), sums


def make_workspace() -> tuple[Any, ...]:
    """Room for copies of whole members, in two views of the same memory, and the working arrays of one thread."""
    members = np.zeros(BLOCK, dtype=MEMBER)
    return (members.view(np.recarray), words(members), *make_room())


def make_room() -> tuple[Any, ...]:
    """Working arrays of one thread for ``live_chunk``."""
    room = room_for_draws(ROWS, BLOCK + PADDING)
    keys = np.zeros(BLOCK, dtype=np.uint64)
    rows = np.zeros(BLOCK, dtype=np.int64)
    months = np.zeros(BLOCK, dtype=MONTH)
    month_words = months.view(np.int64).reshape(BLOCK, -1)  # the same memory: cleared and added up without names
    return (room, room["block"][0], (QUADS, QUADS_OF_AWAY), keys, rows, months.view(np.recarray), month_words)


def make_sums(areas: int, clinics: int) -> tuple[tuple[Any, ...], tuple[Ints, ...]]:
    """Sums of 0: what ``live_chunk`` takes of them, and all of them as arrays, in the order of ``MonthResult``."""
    totals = np.empty(1, dtype=totals_of(areas)).view(np.recarray)
    words(totals)[:] = 0  # unlike np.zeros this lets other threads run meanwhile
    clinic_sought, clinic_served = (np.zeros(clinics, dtype=np.int64) for _ in range(2))
    by_area = {name: totals[name][0] for name in totals.dtype.names}
    at_the_end = [by_area.pop(name) for name in ("registers", "quality", "needs_off_cover")]
    return (totals, clinic_sought, clinic_served), (*by_area.values(), clinic_sought, clinic_served, *at_the_end)


def totals_of(areas: int) -> np.dtype:
    """Integer sums of a month (see ``MonthResult``)."""
    shapes = {
        "cells": (areas, N_STRATA, len(COUNTS)),
        "money": (areas, 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)),
        "rate_months": (areas, 2, len(RATE_CATEGORIES)),
        "sought": (areas, len(SERVICES)),
        "served": (areas, len(SERVICES)),
        "registers": (areas, len(CONDITIONS), REGISTERS),
        "quality": (areas, N_LEVELS, len(METRICS), len(OUTCOMES)),
        "needs_off_cover": (areas, len(NEEDS)),
    }
    return np.dtype([(name, "i8", shape) for name, shape in shapes.items()])
