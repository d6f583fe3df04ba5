"""People without cover at the start, newcomers of a month, newborns: on schedules that no policy changes.

Newcomers have the ages and eligibility that keep the enrolled population stable: they replace those who leave a group
for good by leaving cover, by death or by growing older.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from scipy.special import pdtrik

from sim.engine.arrays import Floats, Ints, Keys
from sim.engine.draws import child_keys
from sim.engine.parameters import Registry
from sim.population.ages import AGE_LEVELS, BAND_OF_YEAR, GROUP_AGE, GROUP_ELIGIBILITY, GROUPS
from sim.population.geography import Geography
from sim.population.health import HealthTables, fill_health
from sim.population.joint import Traits
from sim.population.luck import ENTRANTS, Decision, Luck
from sim.population.sampling import AreaCells, by_eligibility
from sim.population.supply import Clinics
from sim.population.synthesis import (
    ENTRANT,
    MONTH_MASK,
    NEWCOMER,
    CoverTables,
    fill_cover,
    fill_household,
    fill_identity,
    member_keys,
)
from sim.schema import (
    AGED,
    AWAY,
    CHILD,
    DISABLED,
    ENROLLED,
    EXPANSION,
    FEMALE,
    MALE,
    OFF_COVER,
    PARENT,
    STORED,
    Members,
)

NEWBORN_SALT, SALT_BITS = 0xB1, 8
SMALLEST = 1e-300
COPIED_FROM_MOTHER = ("household", "race", "language", "county", "area", "in_cco", "rurality", "third_party")


def newcomer_profile(by_group: Floats, registry: Registry) -> Floats:
    """Return the newcomers that each group needs per enrolled member, from the flow balance (any scale).

    ``by_group``: share of the membership in each group.
    """
    lost = by_group * leaving_for_good(registry)
    outgrown = by_group / np.array([AGE_LEVELS[group.age].months for group in GROUPS])
    net = lost + outgrown - grown_into(outgrown, registry)
    needed = np.maximum(net, 0.0)
    balance = np.bincount(GROUP_ELIGIBILITY, weights=net)
    scale = np.maximum(balance, 0.0) / np.maximum(np.bincount(GROUP_ELIGIBILITY, weights=needed), SMALLEST)
    needed = needed * scale[GROUP_ELIGIBILITY]
    return np.asarray(np.divide(needed, by_group, out=np.zeros_like(lost), where=by_group > 0))


def leaving_for_good(registry: Registry) -> Floats:
    """Monthly chance, by group, of leaving for good: losing cover without return, or death."""
    leaving = float(registry.get("population.exit_rate")) * registry.get("population.relative_exit")
    stay_away = 1 - float(registry.get("population.ever_return"))
    years = np.array([int(level.middle_years) for level in AGE_LEVELS])
    dying = registry.monthly("population.death_rate")[BAND_OF_YEAR[years]]
    return np.asarray(by_eligibility(leaving) * stay_away + dying[GROUP_AGE])


def grown_into(outgrown: Floats, registry: Registry) -> Floats:
    """People a month who enter each group by birth or by growing older; ``outgrown`` leave each group by age."""
    into = np.concatenate([[0.0], outgrown[:-1]])
    youngest = np.flatnonzero(np.diff(GROUP_ELIGIBILITY, prepend=-1))
    into[youngest] = 0.0
    eldest = np.append(youngest[1:], len(GROUPS)) - 1
    into[youngest[CHILD]] = registry.monthly("population.births")
    into[youngest[EXPANSION]] = outgrown[eldest[CHILD]] * (1 - float(registry.get("population.leave_at_19")))
    turning_65 = outgrown[eldest[[PARENT, EXPANSION, DISABLED]]].sum()
    into[youngest[AGED]] = turning_65 * (1 - float(registry.get("population.leave_at_65")))
    return into


def poisson_by_inversion(uniform: Floats, mean: Floats) -> Ints:
    """Poisson numbers by inversion."""
    some = np.log(uniform) > -mean
    quantile = pdtrik(np.where(some, uniform, 1.0 - uniform), mean)
    return np.asarray(np.where(some, np.ceil(quantile), 0), dtype=np.int64)


@dataclass(frozen=True)
class OffCover:
    """People who lost cover in recent years: how many, who, and how long ago."""

    per_member: float
    tilt: Floats
    upto: Floats  # cumulated share of people off cover by whole months

    @classmethod
    def read(cls, registry: Registry) -> "OffCover":
        """Read the numbers; months without cover follow a Weibull time to return."""
        months = np.arange(round(float(registry.get("population.off_cover_longest"))))
        scale, shape = float(registry.get("population.off_cover_scale")), registry.get("population.off_cover_shape")
        still_off = np.exp(-((months / scale) ** float(shape)))
        return cls(
            per_member=float(registry.get("population.off_cover")),
            tilt=by_eligibility(registry.get("population.relative_exit")),
            upto=np.cumsum(still_off) / still_off.sum(),
        )

    def fill(self, rows: Members, luck: Luck) -> None:
        """Write that these members have lost cover."""
        rows["status"] = OFF_COVER
        rows["months_covered"] = 0
        rows["months_off"] = np.searchsorted(self.upto, luck.uniform(Decision.MONTHS_OFF))


class Arrivals:
    """Newcomers and newborns of a run; they depend on its seed alone."""

    def __init__(
        self,
        *,
        seed: int,
        registry: Registry,
        geography: Geography,
        cells: tuple[AreaCells, ...],
        profile: Floats,
        sampled: Ints,
        cover: CoverTables,
        health: HealthTables,
        clinics: Clinics,
    ) -> None:
        self._seed = seed
        self._geography = geography
        self._cells = cells
        self._upto = tuple(np.cumsum(area.tilted(profile)) for area in cells)
        of_cells = [np.bincount(GROUP_ELIGIBILITY, area.share.reshape(area.shape[0], -1).sum(axis=1)) for area in cells]
        self._had = np.average(of_cells, axis=0, weights=sampled)  # share of members at the start, by eligibility
        self._sampled = sampled
        self._expected = np.asarray(float(registry.monthly("population.newcomers")) * sampled, dtype=np.float64)
        self._cover = cover
        self._health = health
        self._clinics = clinics
        self._female = float(registry.get("population.newborn_female"))

    def expected(self, months: int) -> float:
        """Return how many first-time entrants to expect in so many months."""
        return float(self._expected.sum()) * months

    def newcomers(self, first: int, months: int) -> list[Members]:
        """Return first-time entrants of each of ``months`` months from ``first``, sorted by area."""
        counts = np.concatenate([self._count(first + later) for later in range(months)])  # [month, area], flat
        later, area = (np.repeat(i.ravel(), counts) for i in np.indices((months, len(self._cells))))
        number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = self._people(member_keys(self._seed, NEWCOMER, first + later, area, number), area, self._upto)
        return np.split(rows, np.searchsorted(later, np.arange(1, months)))

    def entrants(self, month: int, rates: Floats, in_area: Floats) -> Members:
        """Return first-time entrants of an event, sorted by area; the usual newcomers are who they are without it."""
        areas = np.arange(1, len(self._cells) + 1, dtype=np.uint64)
        expected = self._sampled * in_area * rates.sum()
        counts = poisson_by_inversion(Luck(self._seed, areas, month).uniform(ENTRANTS), expected)
        area = np.repeat(np.arange(len(self._cells)), counts)
        number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        group = by_eligibility(np.divide(rates, self._had, out=np.zeros(len(rates)), where=self._had > 0))
        upto = tuple(np.cumsum(cells.tilted(group)) for cells in self._cells)
        return self._people(member_keys(self._seed, ENTRANT, month, area, number), area, upto)

    def _people(self, keys: Keys, area: Ints, upto: Sequence[Floats]) -> Members:
        """Return people with these keys, whose cells are picked by the cumulated shares of their area."""
        rows = np.zeros(len(keys), dtype=STORED)
        self._identify(rows, keys, area, upto)
        luck = Luck(self._seed, rows["key"])
        fill_cover(rows, self._cover, luck)
        rows["months_covered"] = 0
        fill_household(rows, rows["key"], self._geography, self._seed)
        share = self._health.attachment.newcomer_attached
        fill_health(rows, self._health, self._clinics, self._seed, luck, newcomer=True, attached=share)
        return rows

    def _count(self, month: int) -> Ints:
        """Newcomers of a month, by area."""
        areas = np.arange(1, len(self._cells) + 1, dtype=np.uint64)
        return poisson_by_inversion(Luck(self._seed, areas, month).uniform(Decision.NEWCOMERS), self._expected)

    def _identify(self, rows: Members, keys: Keys, area: Ints, cumulated: Sequence[Floats]) -> None:
        """Write the identity of newcomers, from the cells of their area."""
        luck = Luck(self._seed, keys)
        uniform = luck.uniform(Decision.CELL)
        who = np.empty((len(fields(Traits)), len(rows)), dtype=np.int64)
        for a, (cells, upto) in enumerate(zip(self._cells, cumulated, strict=True)):
            here = np.flatnonzero(area == a)
            picked = np.minimum(np.searchsorted(upto, uniform[here]), len(upto) - 1)
            who[:, here] = astuple(cells.decode(picked))
        fill_identity(rows, keys, Traits(*who), area, self._geography, luck)

    def newborns(self, mothers: Members, month: int) -> Members:
        """Return one child of each mother's row, with a key from the mother's key and the month of birth.

        A child of an enrolled mother is enrolled. Another is away: newcomers, who are on a schedule of their own, stand
        for those who enroll later.
        """
        rows = np.zeros(len(mothers), dtype=STORED)
        rows["key"] = child_keys(mothers["key"], NEWBORN_SALT + ((month & MONTH_MASK) << SALT_BITS))
        for column in COPIED_FROM_MOTHER:
            rows[column] = mothers[column]
        rows["status"] = np.where(mothers["status"] == ENROLLED, ENROLLED, AWAY)
        rows["eligibility"] = CHILD
        luck = Luck(self._seed, rows["key"])
        rows["sex"] = np.where(luck.happens(Decision.SEX, self._female), FEMALE, MALE)
        share = self._health.attachment.newborn_attached
        fill_health(rows, self._health, self._clinics, self._seed, luck, newcomer=True, attached=share)
        return rows
