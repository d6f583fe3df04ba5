"""Build the population of a run: sampled members with weights, clinics, and future newcomers.

The seed of the run decides who is sampled and how members differ, so every arm of a comparison has the same people.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.engine.rows import roomy
from sim.member.served import Served
from sim.population.flow import Arrivals, OffCover, newcomer_profile
from sim.population.geography import Geography, read_geography
from sim.population.health import HealthTables, fill_health
from sim.population.joint import build_joint, shares_met
from sim.population.luck import Decision, Luck
from sim.population.margins import ALL, AREA, RURALITY, Margin, levels_of, read_margins
from sim.population.sampling import AreaCells, cells_of_area, pick_cells, sample_sizes
from sim.population.supply import Clinics, build_clinics
from sim.population.synthesis import (
    RESIDENT,
    CoverTables,
    fill_cover,
    fill_household,
    fill_identity,
    households,
    member_keys,
)
from sim.schema import STORED, Members

NOTED = 0.02  # of the population: a margin missed by more is reported; frontier counties alone miss theirs by 0.01
MOST_KEPT = 60_000  # newcomers, of whatever month: 10 MB
MOST_AT_ONCE = 30_000  # newcomers: a year of them is made in one go where it has no more
BLOCK = 16_384  # rows whose state is drawn at a time: small enough to stay in the cache


class PopulationChoice(Protocol):
    """The population settings of a scenario (``scenario.population``)."""

    @property
    def members(self) -> int: ...
    @property
    def sample(self) -> float: ...
    @property
    def minimum_per_cco(self) -> int: ...
    @property
    def margins(self) -> str: ...


@dataclass(frozen=True)
class Population:
    """The people of a run.

    Attributes
    ----------
    members : structured array of ``schema.STORED``, sorted by area; within an area first the enrolled, then people off
        cover, then vacant rows for newcomers.
    served : what packages have done for members whom any ever served.
    weights : people of the state per sampled member, by area, shape (16,).
    clinics : structured array of ``schema.CLINIC``, sorted by area; capacity is that of the sample.
    areas, counties : names, in the order of the codes.
    """

    members: Members
    weights: Floats
    clinics: NDArray[np.void]
    areas: tuple[str, ...]
    counties: tuple[str, ...]
    arrivals: Arrivals = field(repr=False)
    served: Served = field(default_factory=Served, repr=False)
    _newcomers: dict[int, Members] = field(default_factory=dict, repr=False)

    def newcomers(self, month: int) -> Members:
        """Return first-time entrants of a month, sorted by area; the policy does not affect them.

        They are kept for other arms, as long as they are few.
        """
        kept = self._newcomers
        if (rows := kept.get(month)) is not None:
            return rows
        for old in tuple(kept):
            if sum(map(len, tuple(kept.values()))) <= MOST_KEPT:
                break
            kept.pop(old, None)
        months = MONTHS_PER_YEAR if self.arrivals.expected(MONTHS_PER_YEAR) <= MOST_AT_ONCE else 1
        first = month - month % months
        made = self.arrivals.newcomers(first, months)
        for later, rows in enumerate(made):
            rows.setflags(write=False)
            kept[first + later] = rows
        return made[month - first]

    def entrants(self, month: int, rates: Floats, in_area: Floats) -> Members:
        """Return first-time entrants of an event; ``rates`` are per member of the start, by eligibility."""
        return self.arrivals.entrants(month, rates, in_area)

    def newborns(self, mothers: Members, month: int) -> Members:
        """Return a newborn for each mother's row; keys come from the mother's and the month."""
        return self.arrivals.newborns(mothers, month)


def build_population(
    population: PopulationChoice,
    registry: Registry,
    seed: int,
    *,
    conf: Path,
    saved: tuple[Members, NDArray[np.void]] | None = None,
    threads: int = 1,
) -> Population:
    """Build the population of a run.

    Parameters
    ----------
    population : members of the state, sampled share, fewest per CCO, and the name of the margins.
    registry, seed : parameters and seed of the run.
    conf : configuration folder, with ``evidence/`` and ``population/margins/``.
    saved : members and clinics of an earlier day, which take the place of fresh ones.
    threads : how many make members, each those of an area; any number gives the same people.

    Raises
    ------
    MarginsError
        If the margins are faulty; it lists every fault.
    """
    geography, margins = _read_places(population, registry, conf)
    joint = build_joint(geography, margins, registry)
    people = geography.people
    sampled = sample_sizes(people, population.sample, population.minimum_per_cco)
    weights = people / sampled
    cells = tuple(cells_of_area(joint, geography.area_of_place, area) for area in range(len(people)))
    clinics = build_clinics(people, weights, seed, registry)
    makers = _Makers(
        seed=seed,
        geography=geography,
        cover=CoverTables.read(registry),
        health=HealthTables.read(registry, joint, geography),
        clinics=clinics,
        off_cover=OffCover.read(registry),
        children_per_household=float(registry.get("population.children_per_household")),
        fertile_to=float(registry.get("population.fertile_to")),
    )
    head_room = float(registry.get("population.head_room"))
    members, rows = saved or (_members(makers, cells, sampled, head_room, threads), clinics.rows)
    arrivals = Arrivals(
        seed=seed,
        registry=registry,
        geography=geography,
        cells=cells,
        profile=newcomer_profile(joint.by_group, registry),
        sampled=sampled,
        cover=makers.cover,
        health=makers.health,
        clinics=clinics,
    )
    return Population(members, weights, rows, geography.areas, geography.counties, arrivals)


def unmet_margins(population: PopulationChoice, registry: Registry, conf: Path) -> tuple[str, ...]:
    """Name the levels whose share in the population is another than the margins ask for, with both shares."""
    geography, margins = _read_places(population, registry, conf)
    joint = build_joint(geography, margins, registry)
    return tuple(
        f"population.margins={population.margins}: {margin.name} {level} within {margin.within} is {share:.1%} of the "
        f"population, {wanted:.1%} was wanted"
        for margin in margins
        for level, wanted, share in zip(
            levels_of(geography.areas)[margin.name], margin.shares, shares_met(margin, joint, geography), strict=True
        )
        if abs(share - wanted) > NOTED
    )


def _read_places(population: PopulationChoice, registry: Registry, conf: Path) -> tuple[Geography, tuple[Margin, ...]]:
    plain = read_geography(conf, registry, population.members)
    margins = read_margins(conf / "population" / "margins" / f"{population.margins}.csv", plain.areas)
    whole = {margin.name: margin.shares for margin in margins if margin.within == ALL}
    return read_geography(conf, registry, population.members, whole.get(RURALITY), whole.get(AREA)), margins


@dataclass(frozen=True)
class _Makers:
    """Everything from which members are made."""

    seed: int
    geography: Geography
    cover: CoverTables
    health: HealthTables
    clinics: Clinics
    off_cover: OffCover
    children_per_household: float
    fertile_to: float


def _members(makers: _Makers, cells: tuple[AreaCells, ...], sampled: Ints, head_room: float, threads: int) -> Members:
    off = np.round(sampled * makers.off_cover.per_member).astype(np.int64)
    vacant = np.ceil(sampled * head_room).astype(np.int64)
    sizes = sampled + off + vacant
    ends = np.cumsum(sizes)
    members = roomy(int(ends[-1]), STORED)

    def fill(area: int) -> None:
        rows = members[ends[area] - sizes[area] : ends[area]]
        rows["area"] = area
        _fill_area(rows[: sampled[area] + off[area]], makers, cells[area], area, int(sampled[area]))

    largest_first = np.argsort(-sampled, kind="stable").tolist()  # so that no thread is left alone with a large one
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(fill, largest_first):
            pass
    return members


def _fill_area(rows: Members, makers: _Makers, cells: AreaCells, area: int, enrolled: int) -> None:
    """Write the members of one area: first those enrolled, then those off cover."""
    seed = makers.seed
    keys = member_keys(seed, RESIDENT, 0, area, np.arange(len(rows)))
    start = Luck(seed, np.array([area + 1], dtype=np.uint64))
    off_share = cells.tilted(makers.off_cover.tilt)
    picked = np.concatenate(
        [
            pick_cells(cells.share, enrolled, float(start.uniform(Decision.SAMPLE_START)[0])),
            pick_cells(off_share, len(rows) - enrolled, float(start.uniform(Decision.OFF_COVER_START)[0])),
        ]
    )
    luck = Luck(seed, keys)
    fill_identity(rows, keys, cells.decode(picked), area, makers.geography, luck)
    home = households(rows, makers.children_per_household, makers.fertile_to, luck)
    for first in range(0, len(rows), BLOCK):
        block = slice(first, first + BLOCK)
        luck = Luck(seed, keys[block])
        fill_cover(rows[block], makers.cover, luck)
        fill_household(rows[block], home[block], makers.geography, seed)
        fill_health(rows[block], makers.health, makers.clinics, seed, luck)
    off = rows[enrolled:]
    makers.off_cover.fill(off, Luck(seed, keys[enrolled:]))
