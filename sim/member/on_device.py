"""The month of members on a graphics processor: a thread for each member, with the same rules and the same integers.

The kernel calls the rules of this folder as they stand. A thread has the draws and the month of its member in column or
row ``j`` of arrays on the device, and counts into sums of its own, which it then adds to those of all by atomic
additions of whole numbers: their order changes nothing. A multiplication and an addition are not contracted into one
operation, which would round once instead of twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import config, cuda, types
from numba.extending import overload
from numpy.typing import NDArray

from sim.engine import draws
from sim.engine.arrays import Ints
from sim.engine.interpreted import source_of
from sim.member import month
from sim.member.away import live_elsewhere
from sim.member.decisions import (
    CONDITION,
    LOWEST_CONDITION,
    NEED,
    QUADS,
    QUADS_OF_AWAY,
    ROWS,
    SMALL_NEEDS,
    SMALL_NEEDS_IF_PRONE,
)
from sim.member.enrollment import end_of_month
from sim.member.groups import rate_category, stratum
from sim.member.month import REGISTERS, count_month_elsewhere, live, make_sums, settle
from sim.member.tally import count_life, count_moves, count_needs_off_cover, count_register, visits_sought
from sim.schema import (
    AWAY,
    CONDITIONS,
    COUNTS,
    ENROLLED,
    METRICS,
    MONTH,
    N_LEVELS,
    NEEDS,
    OUTCOMES,
    PAYERS,
    PRIMARY,
    SCHEDULED,
    SERVICES,
    VACANT,
)

N_COUNTS, N_SERVICES, N_PAYERS, N_CONDITIONS = len(COUNTS), len(SERVICES), len(PAYERS), len(CONDITIONS)
N_METRICS, N_OUTCOMES, N_SCHEDULED, N_NEEDS = len(METRICS), len(OUTCOMES), len(SCHEDULED), len(NEEDS)
AT_ONCE = 2**17  # members of one launch: their draws and months take 200 MB of the device
BLOCK = 128  # threads


@overload(min, target="cuda")
def smaller(a, b):
    """Numba has ``min`` for the processor alone."""
    if isinstance(a, types.Number) and isinstance(b, types.Number):
        return lambda a, b: b if b < a else a
    return None


@overload(max, target="cuda")
def larger(a, b):
    """Numba has ``max`` for the processor alone."""
    if isinstance(a, types.Number) and isinstance(b, types.Number):
        return lambda a, b: b if b > a else a
    return None


# Loops over the members of a block, which the processor vectorizes: here for one member.
fill_block, find_lowest, find_small = (
    cuda.jit(device=True)(source_of(loop)) for loop in (draws.fill_block, month.find_lowest, month.find_small)
)


@cuda.jit(device=True)
def count_here(m, t, here, clinic, u, j, words, seed, p, row, sums):
    """Count the month of a member who is here: into sums of the member's own, then into those of all."""
    _, money, rate_months, sought, served, clinic_sought, clinic_served, registers, quality, needs_off_cover = sums
    paid = cuda.local.array((N_SERVICES, N_PAYERS), np.int64)
    register = cuda.local.array((N_CONDITIONS, REGISTERS), np.int64)
    judged = cuda.local.array((N_LEVELS, N_METRICS, N_OUTCOMES), np.int32)
    paid[:] = 0
    register[:] = 0
    judged[:] = 0
    category = rate_category(m)
    settle(m, t, here, clinic, u, j, seed, p, paid, row, judged)
    add_table(money[m.area, m.in_cco, category], paid)
    for level in range(N_LEVELS):
        add_table(quality[m.area, level], judged[level])
    if m.status == ENROLLED:
        cuda.atomic.add(rate_months, (m.area, m.in_cco, category), 1)
        count_register(m, register, p)
        add_table(registers[m.area], register)
    else:
        needs = cuda.local.array(N_NEEDS, np.int64)
        needs[:] = 0
        count_needs_off_cover(m, needs, p)
        add_line(needs_off_cover[m.area], needs)
    count_life(m, t, words, j, row)
    for s in range(N_SCHEDULED):
        cuda.atomic.add(sought, (m.area, s), visits_sought(t, s))
        cuda.atomic.add(served, (m.area, s), t.served[s])
    cuda.atomic.add(clinic_sought, m.clinic, visits_sought(t, PRIMARY))
    cuda.atomic.add(clinic_served, m.clinic, t.served[PRIMARY])
    end_of_month(m, p)


@cuda.jit(device=True)
def add_table(total, own):
    """Add a table of one member to that of all, unless it is zero."""
    for place in range(own.shape[0]):
        add_line(total[place], own[place])


@cuda.jit(device=True)
def add_line(total, own):
    """Add a line of one member to that of all, unless it is zero."""
    for place in range(own.shape[0]):
        if own[place] != 0:
            cuda.atomic.add(total, place, own[place])


@cuda.jit
def live_one(members, keys, areas, clinics, params, seed, highest, quads, quads_of_away, u, months, words, sums):
    """One member, one month: what ``live_chunk`` does for a block of them."""
    j = cuda.grid(1)
    if j >= members.size:
        return
    m = members[j]
    here = areas[m.area]
    if m.status == VACANT or clinics[m.clinic].apart != here.apart:
        return
    p = params[0]
    t = months[j]
    cells, needs_off_cover = sums[0], sums[-1]
    row = cuda.local.array(N_COUNTS, np.int64)
    row[:] = 0
    own = u[:, j : j + 1]
    if m.status == AWAY:
        fill_block(own, quads_of_away, keys[j : j + 1], 1, p.month, seed)
        live_elsewhere(m, t, here, clinics[m.clinic], u, j, p)
        place = stratum(m)
        needs = cuda.local.array(N_NEEDS, np.int64)
        needs[:] = 0
        count_month_elsewhere(m, t, words, j, row, needs, p)
        add_line(needs_off_cover[m.area], needs)
    else:
        fill_block(own, quads, keys[j : j + 1], 1, p.month, seed)
        find_lowest(own, own[LOWEST_CONDITION], p.health_highest_onset, CONDITION, 1)
        find_small(own, own[SMALL_NEEDS], p.need_highest_onset[0], highest, NEED, 1)
        find_small(own, own[SMALL_NEEDS_IF_PRONE], p.need_highest_onset[1], highest, NEED, 1)
        live(m, t, here, clinics[m.clinic], u, j, seed, p)
        place = stratum(m)
        count_moves(m, t, row)
        if m.status != VACANT:
            count_here(m, t, here, clinics[m.clinic], u, j, words, seed, p, row, sums)
    add_line(cells[m.area, place], row)


def live_all(
    members: NDArray[Any], areas: NDArray[Any], clinics: NDArray[Any], params: NDArray[Any], seed: np.uint64
) -> tuple[Ints, ...]:
    """Simulate the month of all members, in place; return the sums in the order of ``MonthResult``."""
    _, sums = make_sums(len(areas), len(clinics))
    there = tuple(cuda.to_device(np.ascontiguousarray(array)) for array in sums)
    fixed = [cuda.to_device(np.asarray(array)) for array in (areas, clinics, params)]
    quads = [cuda.to_device(array) for array in (QUADS, QUADS_OF_AWAY)]
    highest = float(areas["need_onset_highest"].max(initial=0.0))
    for first in range(0, len(members), AT_ONCE):
        rows = np.asarray(members)[first : first + AT_ONCE]
        months = np.zeros(len(rows), dtype=MONTH)
        here, keys = cuda.to_device(rows), cuda.to_device(np.ascontiguousarray(rows["key"]))
        of_month = cuda.to_device(months)
        words = of_month.view(np.int64).reshape(len(rows), -1)
        u = cuda.device_array((ROWS, len(rows)))
        with whole_operations():
            live_one[-(-len(rows) // BLOCK), BLOCK](
                here, keys, *fixed, seed, highest, *quads, u, of_month, words, there
            )
        rows[:] = here.copy_to_host()
    return tuple(array.copy_to_host() for array in there)


@contextmanager
def whole_operations() -> Iterator[None]:
    """Compile, which happens at the first call, without contracting a multiplication and an addition into one."""
    if config.ENABLE_CUDASIM:
        yield
        return
    from numba.cuda.cudadrv import nvvm

    before = nvvm.compile_ir
    nvvm.compile_ir = lambda code, **options: before(code, **options, fma=False)
    try:
        yield
    finally:
        nvvm.compile_ir = before
