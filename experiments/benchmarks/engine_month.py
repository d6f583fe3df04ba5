"""The benchmark month in the engine's shape: rows, one record of tables, blocks of draws; draw, decide, list, happen.

It has no part in any result. It says how fast the engine's shape is on work that other tools were timed on.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from experiments.benchmarks.month_tables import (
    CONDITIONS,
    LARGEST_CHANCE,
    NEEDS,
    POISSON,
    SERVICES,
    Outcome,
    Work,
    the_start,
    the_work,
)
from sim.engine.compile import compiled, compiled_with_arrays
from sim.engine.draws import child_keys, fill_block, philox

BLOCK = 256
CHUNK = 16_384  # never depends on the number of threads
N_SERVICES = len(SERVICES)
SLICES = 4096  # of the distribution of severity: each claim takes the mean of one
SLICE_SHIFT = np.uint64(20)  # 32-bit word -> slice
HALF_WORD = np.uint64(32)
MASK = np.uint64(0xFFFFFFFF)
# The decisions of a month, in order; the block of draws has a multiple of four rows.
CONDITION_DRAW = NEEDS
USE_DRAW = CONDITION_DRAW + CONDITIONS
DEATH_DRAW = USE_DRAW + N_SERVICES
EXIT_DRAW = DEATH_DRAW + 1
DECISIONS = EXIT_DRAW + 1
ROWS = DECISIONS + -DECISIONS % 4
CLAIM_QUAD = 64

ENROLLED, AWAY, DEAD = range(3)
AGE_CUTS = 4

MEMBER = np.dtype(
    [
        ("key", "u8"),
        ("age", "i2"),
        ("cco", "i1"),
        ("status", "i1"),
        ("needs", "i1"),
        ("present", "i1"),
        ("controlled", "i1"),
    ],
    align=True,
)
TABLES = np.dtype(
    [
        ("age_cuts", "i4", (AGE_CUTS,)),
        ("need_flip", "f8", (80, 2, NEEDS)),
        ("condition_flip", "f8", (80, 3, CONDITIONS)),
        ("use_base", "f8", (80, N_SERVICES)),
        ("use_present", "f8", (64, N_SERVICES)),
        ("use_uncontrolled", "f8", (64, N_SERVICES)),
        ("use_cap", "f8", (N_SERVICES,)),
        ("poisson", "i4", (N_SERVICES,)),
        ("death", "f8", (5, 64)),
        ("disenroll", "f8", (5,)),
        ("reenroll", "f8"),
        ("cents", "f8", (N_SERVICES, SLICES)),
        ("provider_start", "i8", (N_SERVICES,)),
        ("provider_count", "i8", (N_SERVICES,)),
    ],
    align=True,
)
TALLY = np.dtype(
    [
        ("member_months", "i8"),
        ("visits", "i8", (N_SERVICES,)),
        ("cents", "i8", (16, N_SERVICES)),
        ("provider", "i8", (200,)),
    ]
)


@compiled
def age_band(age, p):
    cuts = p.age_cuts
    return (age >= cuts[0]) + (age >= cuts[1]) + (age >= cuts[2]) + (age >= cuts[3])


@compiled
def change_needs(m, band, u, j, p):
    flip, row, needs = p.need_flip, (m.cco & 15) * 5 + band, m.needs
    moves = 0
    for k in range(NEEDS):
        moves |= (u[k, j] < flip[row, needs >> k & 1, k]) << k
    m.needs = needs ^ moves
    return m.needs & 15


@compiled
def change_conditions(m, row, u, j, p):
    flip, present, controlled = p.condition_flip, m.present, m.controlled
    moves = 0
    for k in range(CONDITIONS):
        state = (present >> k & 1) + (controlled >> k & 1)
        moves |= (u[CONDITION_DRAW + k, j] < flip[row, state, k]) << k
    m.controlled = controlled ^ (moves & present)
    m.present = present | moves


@compiled
def use_rate(m, row, s, p):
    has = m.present & 63
    rate = p.use_base[row, s] * p.use_present[has, s] * p.use_uncontrolled[has & ~m.controlled, s]
    return min(rate, p.use_cap[s])


@compiled
def services_asked(m, row, u, j, p):
    """Bit per service that the member may use: the rate is an upper bound of the chance of any visit."""
    asked = 0
    for s in range(N_SERVICES):
        asked |= (u[USE_DRAW + s, j] < use_rate(m, row, s, p)) << s
    return asked


@compiled
def exit_cover(m, band, u, j, p):
    if u[DEATH_DRAW, j] < p.death[band, m.present & 63]:
        m.status = DEAD
    elif u[EXIT_DRAW, j] < p.disenroll[band]:
        m.status = AWAY


@compiled
def member_month(m, u, j, p):
    """What one member decides in one month; returns the services asked, or -1 for who is not enrolled."""
    if m.status != ENROLLED:
        m.age += m.status == AWAY
        if m.status == AWAY and u[0, j] < p.reenroll:
            m.status = ENROLLED
        return -1
    m.age += 1
    band = age_band(m.age, p)
    row = band * 16 + change_needs(m, band, u, j, p)
    change_conditions(m, row, u, j, p)
    asked = services_asked(m, row, u, j, p)
    exit_cover(m, band, u, j, p)
    return asked


@compiled
def decide(members, start, n, u, p, asked, t):
    enrolled = 0
    for j in range(n):
        services = member_month(members[start + j], u, j, p)
        enrolled += services >= 0
        asked[j] = max(services, 0)
    t.member_months += enrolled


@compiled
def list_hits(asked, n, hits):
    """Write every (member, service) down and keep those asked: no branch to guess wrong."""
    listed = 0
    for j in range(n):
        services = asked[j]
        for s in range(N_SERVICES):
            hits[listed] = j * 8 + s
            listed += services >> s & 1
    return listed


@compiled
def visits(u, rate, poisson):
    """Number of visits from the upper tail; `exp` only where r - r^2/2 <= 1 - exp(-r) <= r leaves a doubt."""
    half = 0.5 * rate * rate
    if not poisson or half <= u < rate - half:
        return 1
    term = math.exp(-rate)
    tail = 1.0 - term
    count = 0
    while u < tail and term > 0.0:
        count += 1
        term *= rate / count
        tail -= term
    return count


@compiled
def happen(members, start, u, hits, listed, p, t, month, seed):
    k0, k1 = seed & MASK, seed >> HALF_WORD
    for i in range(listed):
        j, s = hits[i] >> 3, hits[i] & 7
        m = members[start + j]
        row = age_band(m.age, p) * 16 + (m.needs & 15)
        count = visits(u[USE_DRAW + s, j], use_rate(m, row, s, p), p.poisson[s])
        if count == 0:
            continue
        words = philox(m.key & MASK, m.key >> HALF_WORD, np.uint64(month), np.uint64(CLAIM_QUAD + s), k0, k1)
        cents = np.int64(count * p.cents[s, np.int64(words[0] >> SLICE_SHIFT)] + 0.5)
        provider = p.provider_start[s] + np.int64(words[1] * np.uint64(p.provider_count[s]) >> HALF_WORD)
        t.visits[s] += count
        t.cents[m.cco & 15, s] += cents
        t.provider[provider] += cents


@compiled_with_arrays
def live_chunk(members, tables, tally, month, seed):
    """One month of the members of a chunk, block by block, added to the chunk's own tally."""
    p, t = tables[0], tally[0]
    u = np.empty((ROWS, BLOCK + 8))  # a row of 4,096 bytes would alias in the first-level cache
    quads = np.arange(ROWS // 4)
    keys = np.empty(BLOCK, np.uint64)
    asked = np.empty(BLOCK, np.int64)
    hits = np.empty(BLOCK * N_SERVICES + 1, np.int64)
    for start in range(0, len(members), BLOCK):
        n = min(BLOCK, len(members) - start)
        for j in range(n):
            keys[j] = members[start + j].key
        fill_block(u, quads, keys, n, month, seed)
        decide(members, start, n, u, p, asked, t)
        listed = list_hits(asked, n, hits)
        happen(members, start, u, hits, listed, p, t, month, seed)


def severity_cents(work: Work) -> NDArray[np.float64]:
    """Mean cents of a claim in each of SLICES equally likely slices of its log-normal distribution."""
    from scipy.special import ndtr, ndtri

    edges = ndtri(np.linspace(0.0, 1.0, SLICES + 1))
    share = np.diff(ndtr(edges[None, :] - work.sigma[:, None]), axis=1)
    return np.asarray(work.price_cents[:, None] * share * SLICES)


def record_of(work: Work) -> NDArray[np.void]:
    """The tables of the work as one record."""
    tables = np.zeros(1, TABLES)
    row = tables[0]
    row["age_cuts"] = work.age_cuts
    row["need_flip"] = work.need_flip.reshape(80, 2, NEEDS)
    row["condition_flip"] = work.condition_flip.reshape(80, 3, CONDITIONS)
    row["use_base"] = work.use_base.reshape(80, N_SERVICES)
    row["use_present"] = work.use_present
    row["use_uncontrolled"] = work.use_uncontrolled
    row["use_cap"] = np.where(POISSON, np.inf, LARGEST_CHANCE)
    row["poisson"] = POISSON
    row["death"] = work.death[:, None] * work.death_present
    row["disenroll"] = work.disenroll
    row["reenroll"] = work.reenroll
    row["cents"] = severity_cents(work)
    row["provider_start"] = work.provider_start
    row["provider_count"] = work.provider_count
    return tables


class EngineBenchmark:
    """The benchmark month in the engine's shape: `step()` simulates one month on `threads` threads."""

    def __init__(self, members: int, seed: int = 0, *, months: int = 120) -> None:
        self.work = the_work()
        self.seed = np.uint64(seed)
        self.tables = record_of(self.work)
        self.month = 0
        self.count = members
        self.rng = np.random.default_rng(seed)  # births only
        room = int(members * (1 + 2 * self.work.birth * months)) + 1000
        self.members = np.zeros(room, MEMBER)
        self.tally = np.zeros(-(-room // CHUNK), TALLY)
        start, rows = the_start(members, seed), self.members[:members]
        rows["key"] = child_keys(np.arange(1, members + 1, dtype=np.uint64), 1)
        rows["age"], rows["cco"] = start.age_months, start.cco
        rows["needs"], rows["present"], rows["controlled"] = start.needs, start.present, start.controlled

    def step(self, pool: ThreadPoolExecutor | None = None) -> int:
        """Simulate one month, chunks in a pool if one is given; return its member-months."""
        before = int(self.tally["member_months"].sum())
        chunks = range(0, self.count, CHUNK)
        if pool is None:
            for start in chunks:
                self.run_chunk(start)
        else:
            list(pool.map(self.run_chunk, chunks))
        self.give_birth()
        self.month += 1
        return int(self.tally["member_months"].sum()) - before

    def run_chunk(self, start: int) -> None:
        chunk = start // CHUNK
        rows = self.members[start : min(start + CHUNK, self.count)]
        live_chunk(rows, self.tables, self.tally[chunk : chunk + 1], self.month, self.seed)

    def give_birth(self) -> None:
        alive = np.count_nonzero(self.members["status"][: self.count] != DEAD)
        births = min(int(self.rng.poisson(alive * self.work.birth)), len(self.members) - self.count)
        rows = self.members[self.count : self.count + births]
        numbers = np.arange(self.count, self.count + births, dtype=np.uint64) + np.uint64(1)
        rows["key"] = child_keys(numbers, 1)
        rows["cco"] = self.rng.integers(self.work.ccos, size=births)
        self.count += births

    @property
    def outcome(self) -> Outcome:
        """What happened so far: the chunks' tallies, added in integers."""
        t = self.tally
        return Outcome(
            int(t["member_months"].sum()), t["visits"].sum(axis=0), t["cents"].sum(axis=0), t["provider"].sum(axis=0)
        )
