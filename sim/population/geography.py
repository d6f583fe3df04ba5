"""Counties, CCO areas, and how many members of each area live in each county.

Members by area are known approximately; their spread over counties, and the division of shared counties between areas,
are not. Residents below 150% of poverty approximate members; raking then meets the totals of the areas.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.parameters import Registry
from sim.population.raking import Target, rake
from sim.schema import RACES, RURALITIES

PERCENT = 100.0
WHOLE = "whole county"
RACE_COLUMNS = {
    "aian": ("aian_nonhispanic_pct",),
    "asian": ("asian_nonhispanic_pct",),
    "nhpi": ("nhpi_nonhispanic_pct",),
    "black": ("black_nonhispanic_pct",),
    "hispanic": ("hispanic_pct",),
    "white": ("white_nonhispanic_pct",),
    "multiple_other": ("multiple_nonhispanic_pct", "other_nonhispanic_pct"),
}
PORTLAND = ("Clackamas", "Multnomah", "Washington")
URBAN, RURAL, FRONTIER = (RURALITIES.index(name) for name in RURALITIES)


@dataclass(frozen=True)
class Place:
    """The part of an area that lies in a county: indexes of both, and members who live there."""

    area: int
    county: int
    members: float


@dataclass(frozen=True)
class Geography:
    """Areas and counties (both alphabetical), the places where they meet, and data on each county."""

    areas: tuple[str, ...]
    counties: tuple[str, ...]
    places: tuple[Place, ...]
    residents: Floats
    density: Floats
    race: Floats  # [county, race], shares of residents
    limited_english: Floats  # against the Portland counties
    urban: Floats  # share of each county's people in urban places
    frontier: Flags

    @property
    def area_of_place(self) -> Ints:
        """Area index of each place."""
        return np.array([place.area for place in self.places], dtype=np.int64)

    @property
    def county_of_place(self) -> Ints:
        """County index of each place."""
        return np.array([place.county for place in self.places], dtype=np.int64)

    @property
    def people(self) -> Floats:
        """Members of each area."""
        members = np.array([place.members for place in self.places])
        return _totals(self.area_of_place, members, len(self.areas))


def read_geography(
    conf: Path, registry: Registry, members: int, rurality: Floats | None = None, of_areas: Floats | None = None
) -> Geography:
    """Read the public tables of ``conf/evidence`` and spread ``members`` over areas and counties.

    Parameters
    ----------
    conf, registry : configuration folder and parameters.
    members : people enrolled in the state.
    rurality : target shares of members by rurality, or None to keep the shares of the tracts.
    of_areas : shares of members by area, or None for those of ``cco_enrollment.csv``.
    """
    rows = sorted(_read(conf / "evidence" / "oregon_counties.csv"), key=lambda row: row["county"])
    counties = tuple(row["county"] for row in rows)
    shares = {row["cco"]: float(row["members_scaled"]) for row in _read(conf / "evidence" / "cco_enrollment.csv")}
    areas = tuple(sorted(shares))
    wanted = np.array([shares[area] for area in areas]) if of_areas is None else of_areas
    people = _whole_people(wanted, members)
    poor = _column(rows, "population") * _column(rows, "below_150pct_poverty_pct") / PERCENT
    served = _read(conf / "evidence" / "cco_service_areas.csv")
    places = _places(served, areas, counties, people, poor, float(registry.get("population.part_county_weight")))
    density = _column(rows, "persons_per_sq_mile")
    frontier = density <= float(registry.get("population.frontier_density"))
    county = np.array([place.county for place in places], dtype=np.int64)
    members_of_county = _totals(county, np.array([place.members for place in places]), len(counties))
    english = _column(rows, "limited_english_pct")
    portland = np.isin(counties, PORTLAND)
    residents = _column(rows, "population")
    return Geography(
        areas=areas,
        counties=counties,
        places=places,
        residents=residents,
        density=density,
        race=_race_shares(rows),
        limited_english=english / np.average(english[portland], weights=residents[portland]),
        urban=_urban_shares(rows, registry, frontier, members_of_county, rurality),
        frontier=frontier,
    )


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _column(rows: list[dict[str, str]], name: str) -> Floats:
    return np.array([float(row[name]) for row in rows])


def _totals(index: Ints, values: Floats, length: int) -> Floats:
    return np.asarray(np.bincount(index, weights=values, minlength=length), dtype=np.float64)


def _race_shares(rows: list[dict[str, str]]) -> Floats:
    table = np.stack([sum(_column(rows, column) for column in RACE_COLUMNS[race]) for race in RACES], axis=1)
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _whole_people(shares: Floats, total: int) -> Floats:
    """Split ``total`` people by ``shares`` into whole people: round down, then one more for the largest remainders."""
    exact = shares / shares.sum() * total
    whole = np.floor(exact)
    left_over = round(total - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left_over]] += 1
    return np.asarray(whole)


def _places(
    served: list[dict[str, str]],
    areas: tuple[str, ...],
    counties: tuple[str, ...],
    people: Floats,
    poor: Floats,
    part_weight: float,
) -> tuple[Place, ...]:
    pairs = sorted((areas.index(row["cco"]), counties.index(row["county"]), row["share_note"]) for row in served)
    area = np.array([pair[0] for pair in pairs], dtype=np.int64)
    county = np.array([pair[1] for pair in pairs], dtype=np.int64)
    seed = poor[county] * np.where([note == WHOLE for *_, note in pairs], 1.0, part_weight)
    whole = slice(None)
    targets = (Target(whole, county, poor / poor.sum()), Target(whole, area, people / people.sum()))
    table = rake(seed * people[area], targets)
    members = np.zeros(len(pairs))
    for a in range(len(areas)):
        members[area == a] = _whole_people(table[area == a], int(people[a]))
    return tuple(Place(int(a), int(c), float(n)) for a, c, n in zip(area, county, members, strict=True))


def _urban_shares(
    rows: list[dict[str, str]], registry: Registry, frontier: Flags, members: Floats, wanted: Floats | None
) -> Floats:
    """Share of each county's members in urban places: urban tracts, part of the suburban ones, raked to the margin."""
    tracts = _column(rows, "ruca_urban_tracts_pct") / PERCENT
    suburban = _column(rows, "ruca_suburban_tracts_pct") / PERCENT
    urban = tracts + float(registry.get("population.suburban_urban_share")) * suburban
    urban = np.where(frontier, 0.0, np.clip(urban, 0.0, 1.0))
    if wanted is None:
        return urban
    table = np.stack([urban, 1 - urban], axis=1) * members[:, None] * ~frontier[:, None]
    split = wanted[:FRONTIER] / wanted[:FRONTIER].sum()
    everything = slice(None)
    kind = np.tile(np.arange(FRONTIER), len(rows))
    county = np.repeat(np.arange(len(rows)), FRONTIER)
    outside = np.where(frontier, 0.0, members)
    targets = (Target(everything, kind, split), Target(everything, county, outside / outside.sum()))
    met = rake(table.ravel(), targets).reshape(-1, FRONTIER)
    total = met.sum(axis=1)
    return np.asarray(np.divide(met[:, URBAN], total, out=np.zeros_like(total), where=total > 0))
