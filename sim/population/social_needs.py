"""Social needs at the start: who is at higher risk of a need, and who has it at the start.

Each need has two classes (prone, not prone), with shares from the literature. A shared frailty (Gaussian copula) makes
people prone to several needs at once; within a class, needs are independent, as in the months that follow. Homelessness
is more frequent with unstable housing, poor health and mental frailty. Race and place shift the odds of being prone and
of having a need: they represent exposure, never biology. A group's exposure adds to the frailty with which permanent
health and mental frailty are correlated (``latent.py``): health differs between groups for this reason alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.ages import BAND_OF_YEAR
from sim.population.luck import NEED, PRONE, Decision, Luck
from sim.schema import (
    FRACTION_GRID,
    HISPANIC,
    HOMELESSNESS,
    HOUSING,
    ISOLATION,
    LOG_GRID,
    NEEDS,
    RURALITIES,
    TRANSPORT,
    Members,
)

BISECTIONS = 60


@dataclass(frozen=True)
class NeedTables:
    """Numbers from which needs are drawn, by [race, rurality, ...]."""

    copula: float
    prone: Floats  # [race, rurality, need]: a normal latent above it means prone
    chance: Floats  # [race, rurality, prone, need]: having the need
    exposure: Floats  # [race, rurality]: additional frailty of a group, in sd; mean 0
    health_loading: float  # log odds of homelessness per sd
    mental_loading: float
    age: Floats  # [age band, need]: odds ratio of having the need
    isolation_from: float
    homeless_type: Floats
    exposure_present: int
    exposure_absent: int

    @classmethod
    def read(cls, registry: Registry, people: Floats) -> "NeedTables":
        """Read the tables; ``people`` is the share of members by [race, rurality]."""
        odds = odds_of_needs(registry)
        exits = registry.monthly("needs.homeless_exit")
        stock = registry.get("needs.homeless_type_share") / exits  # new spells times their length
        classes = (registry.get("population.need_if_not_prone"), registry.get("population.need_if_prone"))
        copula = float(registry.get("population.need_copula"))
        prone = ndtri(1 - shares_by_odds(registry.get("population.need_prone"), odds, people))
        return cls(
            copula=copula,
            prone=prone,
            chance=np.stack([shares_by_odds(share, odds, people) for share in classes], axis=2),
            exposure=exposure_of_groups(prone, copula, people),
            health_loading=float(registry.get("needs.homeless_health_loading")),
            mental_loading=float(registry.get("needs.homeless_mental_loading")),
            age=registry.get("needs.age_ratio"),
            isolation_from=float(registry.get("needs.isolation_age")),
            homeless_type=np.cumsum(stock / stock.sum()),
            exposure_present=round(float(registry.get("population.exposure_present")) * FRACTION_GRID),
            exposure_absent=round(float(registry.get("population.exposure_absent")) * FRACTION_GRID),
        )


def odds_of_needs(registry: Registry) -> Floats:
    """Odds ratios of having each need by [race, rurality, need], consistent with the onset ratios of the months.

    Where a need begins and ends with constant chances, a ratio of onsets is a ratio of odds.
    """
    race, rural = registry.get("needs.race_onset_ratio"), float(registry.get("needs.rural_ratio"))
    odds: Floats = np.ones((len(race), len(RURALITIES), len(NEEDS))) * race[:, None, None]
    odds[HISPANIC, :, HOUSING] *= float(registry.get("needs.hispanic_housing_ratio"))
    odds[:, 1:, :] *= rural
    odds[:, 1:, TRANSPORT] *= float(registry.get("needs.rural_transport_ratio")) / rural
    return odds


def shares_by_odds(share: Floats, odds: Floats, people: Floats) -> Floats:
    """Shares by [race, rurality, need] with these odds ratios whose mean over all people is ``share``."""
    low, high = np.zeros_like(share), np.ones_like(share)
    weight = (people / people.sum())[..., None]
    for _ in range(BISECTIONS):
        base = (low + high) / 2
        reached = (weight * _with_odds(base, odds)).sum(axis=(0, 1))
        high, low = np.where(reached > share, base, high), np.where(reached > share, low, base)
    return _with_odds((low + high) / 2, odds)


def _with_odds(base: Floats, odds: Floats) -> Floats:
    raised = base / (1 - base) * odds
    return np.asarray(raised / (1 + raised))


def exposure_of_groups(prone: Floats, copula: float, people: Floats) -> Floats:
    """Frailty by [race, rurality] that is equivalent to a group's lower thresholds of needs, mean over needs."""
    without_home = np.delete(prone, HOMELESSNESS, axis=2).mean(axis=2)
    return np.asarray((np.average(without_home, weights=people) - without_home) / np.sqrt(copula))


def _losing_home(rows: Members, tables: NeedTables) -> Floats:
    """Odds ratio of homelessness against average health, as in ``sim/member/needs.py``."""
    lean = tables.health_loading * rows["permanent"] + tables.mental_loading * rows["mental"]
    return np.asarray(np.exp(lean / LOG_GRID))


def frailty_of_needs(rows: Members, seed: int) -> Floats:
    """Return the frailty that the needs of a household share (standard normal), without the exposure of its group."""
    return Luck(seed, rows["household"]).normal(Decision.NEED_FRAILTY)


def fill_needs(rows: Members, tables: NeedTables, frailty: Floats, luck: Luck) -> None:
    """Write proneness to needs, needs, and their built-up effect."""
    shared, rest = np.sqrt(tables.copula) * frailty, np.sqrt(1 - tables.copula)
    race, rurality, band = rows["race"], rows["rurality"], BAND_OF_YEAR[rows["age_months"] // MONTHS_PER_YEAR]
    prone_bits = np.zeros(len(rows), dtype=np.int64)
    need_bits = prone_bits.copy()
    for need in range(len(NEEDS)):
        if need == HOMELESSNESS:
            prone = (need_bits >> HOUSING) & 1
        else:
            prone = (shared + rest * luck.normal(PRONE + need) > tables.prone[race, rurality, need]).astype(np.int64)
            prone_bits |= prone << need
        chance = _with_odds(tables.chance[race, rurality, prone, need], tables.age[band, need])
        if need == HOMELESSNESS:
            chance = _with_odds(chance, _losing_home(rows, tables))
        here = luck.happens(NEED + need, chance)
        if need == ISOLATION:
            here &= rows["age_months"] >= tables.isolation_from
        need_bits |= here.astype(np.int64) << need
        rows["exposure"][:, need] = np.where(here, tables.exposure_present, prone * tables.exposure_absent)
        rows["felt_needs"] |= (rows["exposure"][:, need] > 0).astype(np.int16) << need
    rows["prone"], rows["needs"] = prone_bits, need_bits
    kind = np.searchsorted(tables.homeless_type, luck.uniform(Decision.HOMELESS_TYPE))
    homeless = (need_bits >> HOMELESSNESS) & 1
    rows["homeless_type"] = np.minimum(kind, len(tables.homeless_type) - 1) * homeless
