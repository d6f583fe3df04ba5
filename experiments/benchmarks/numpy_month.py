"""The benchmark month in plain NumPy, a struct of arrays: the yardstick that the engine is timed against.

Written as a careful NumPy user would: bit masks, small tables, and heavy arithmetic only where something happened.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.benchmarks.month_tables import (
    CONDITIONS,
    LARGEST_CHANCE,
    NEEDS,
    POISSON,
    Outcome,
    Work,
    the_start,
    the_work,
)

MOST_VISITS = 30  # in a month; no member comes near, but a draw of exactly 1 would never end
DRAW = np.float32  # half the memory traffic of float64


@dataclass
class People:
    """One array per column; rows below `count` are used, dead rows stay and are skipped."""

    age_months: NDArray[np.int16]
    cco: NDArray[np.int8]
    needs: NDArray[np.int8]
    present: NDArray[np.int8]
    controlled: NDArray[np.int8]
    enrolled: NDArray[np.bool_]
    alive: NDArray[np.bool_]


def people_at_start(members: int, seed: int) -> People:
    start = the_start(members, seed)
    enrolled = np.ones(members, dtype=np.bool_)
    return People(start.age_months, start.cco, start.needs, start.present, start.controlled, enrolled, enrolled.copy())


def numpy_month(people: People, work: Work, outcome: Outcome, rng: np.random.Generator) -> None:
    """Simulate one month: needs, conditions, use, cost, exit, return and birth."""
    people.age_months += people.alive
    returning = people.alive & ~people.enrolled
    here = np.flatnonzero(people.enrolled)
    band = np.searchsorted(work.age_cuts, people.age_months[here], side="right")
    cco = people.cco[here]

    needs = flip_needs(people.needs[here], band, cco, work, rng)
    present, controlled = flip_conditions(people.present[here], people.controlled[here], band, needs, work, rng)
    people.needs[here], people.present[here], people.controlled[here] = needs, present, controlled

    use(outcome, work, rng, band, needs, present, present & ~controlled, cco)
    outcome.member_months += len(here)

    dead = rng.random(len(here), dtype=DRAW) < work.death[band] * work.death_present[present]
    left = rng.random(len(here), dtype=DRAW) < work.disenroll[band]
    people.enrolled[here] = ~(dead | left)
    people.alive[here[dead]] = False
    back = np.flatnonzero(returning)
    people.enrolled[back] = rng.random(len(back), dtype=DRAW) < work.reenroll
    give_birth(people, rng.poisson(np.count_nonzero(people.alive) * work.birth), work, rng)


def flip_needs(
    needs: NDArray[np.int8], band: NDArray[np.intp], cco: NDArray[np.int8], work: Work, rng: np.random.Generator
) -> NDArray[np.int8]:
    after = needs.copy()
    for need in range(NEEDS):
        chance = work.need_flip[cco, band, needs >> need & 1, need]
        after ^= (rng.random(len(needs), dtype=DRAW) < chance).astype(np.int8) << need
    return after


def flip_conditions(
    present: NDArray[np.int8],
    controlled: NDArray[np.int8],
    band: NDArray[np.intp],
    needs: NDArray[np.int8],
    work: Work,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    present_after, controlled_after = present.copy(), controlled.copy()
    for condition in range(CONDITIONS):
        has = present >> condition & 1
        state = has + (controlled >> condition & 1)
        chance = work.condition_flip[band, needs, state, condition]
        moves = (rng.random(len(needs), dtype=DRAW) < chance).astype(np.int8)
        present_after |= moves << condition
        controlled_after ^= (moves & has) << condition
    return present_after, controlled_after


def use(
    outcome: Outcome,
    work: Work,
    rng: np.random.Generator,
    band: NDArray[np.intp],
    needs: NDArray[np.int8],
    present: NDArray[np.int8],
    uncontrolled: NDArray[np.int8],
    cco: NDArray[np.int8],
) -> None:
    """Visits by service, and a claim of whole cents for every member with any."""
    for service, poisson in enumerate(POISSON):
        rate = (
            work.use_base[band, needs, service]
            * work.use_present[present, service]
            * work.use_uncontrolled[uncontrolled, service]
        )
        draw = rng.random(len(rate), dtype=DRAW)
        some = np.flatnonzero(draw < np.minimum(rate, LARGEST_CHANCE if not poisson else 1.0))
        count = (
            poisson_counts(1.0 - draw[some].astype(np.float64), rate[some]) if poisson else np.ones(len(some), np.int64)
        )
        claims(outcome, work, rng, service, count, cco[some])


def poisson_counts(draw: NDArray[np.float64], rate: NDArray[np.float64]) -> NDArray[np.int64]:
    """Poisson numbers by inversion, for members whose draw lies above `1 - rate` (nobody else has a visit)."""
    term = np.exp(-rate)
    total = term.copy()
    count = np.zeros(len(rate), dtype=np.int64)
    open_ = np.flatnonzero(draw > total)
    while len(open_):
        count[open_] += 1
        term[open_] *= rate[open_] / count[open_]
        total[open_] += term[open_]
        open_ = open_[(draw[open_] > total[open_]) & (count[open_] < MOST_VISITS)]
    return count


def claims(
    outcome: Outcome,
    work: Work,
    rng: np.random.Generator,
    service: int,
    count: NDArray[np.int64],
    cco: NDArray[np.int8],
) -> None:
    paid = count > 0
    count, cco = count[paid], cco[paid]
    sigma = work.sigma[service]
    severity = np.exp(sigma * rng.standard_normal(len(count)) - sigma * sigma / 2)
    cents = np.rint(count * work.price_cents[service] * severity)
    provider = work.provider_start[service] + rng.integers(work.provider_count[service], size=len(count))
    outcome.visits[service] += count.sum()
    # bincount sums in float64, exact for whole cents below 2**53
    outcome.cents[:, service] += np.bincount(cco, cents, minlength=work.ccos).astype(np.int64)
    outcome.provider_cents += np.bincount(provider, cents, minlength=work.providers).astype(np.int64)


def give_birth(people: People, births: int, work: Work, rng: np.random.Generator) -> None:
    """Newborns take the rows of the dead first, then new rows."""
    rows = np.flatnonzero(~people.alive)[:births]
    more = births - len(rows)
    if more:
        for name, column in vars(people).items():
            setattr(people, name, np.concatenate([column, np.zeros(more, dtype=column.dtype)]))
        rows = np.concatenate([rows, np.arange(len(people.alive) - more, len(people.alive))])
    for column in (people.age_months, people.needs, people.present, people.controlled):
        column[rows] = 0
    people.cco[rows] = rng.integers(work.ccos, size=births)
    people.enrolled[rows] = people.alive[rows] = True


class NumpyBenchmark:
    """The benchmark month in NumPy: `step()` simulates one month."""

    def __init__(self, members: int, seed: int = 0) -> None:
        self.work = the_work()
        self.people = people_at_start(members, seed)
        self.rng = np.random.Generator(np.random.SFC64(seed))
        self.outcome = Outcome.zero(self.work)

    def step(self) -> int:
        """Simulate one month; return its member-months."""
        before = self.outcome.member_months
        numpy_month(self.people, self.work, self.outcome, self.rng)
        return self.outcome.member_months - before
