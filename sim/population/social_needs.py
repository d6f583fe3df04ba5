"""Social needs at the start: who is prone to a need, and who has it.

Two classes per need (prone, not prone) whose shares come from the literature; a shared frailty (Gaussian copula) makes
needs come together. Race and place shift the odds: they stand for exposure, never for biology.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.engine.parameters import Registry
from sim.population.ages import MONTHS
from sim.population.luck import NEED, PRONE, Decision, Luck
from sim.schema import FRACTION_GRID, HOMELESSNESS, ISOLATION, NEEDS

Floats = NDArray[np.float64]
Members = NDArray[np.void]

BISECTIONS = 60
POINTS = 2001
TAIL = 8.0


@dataclass(frozen=True)
class NeedTables:
    """What needs are drawn from. Thresholds are by [race, rurality, need]: a latent above it means yes."""

    copula: float
    own: Floats  # by need: how much of the rest is the same for being prone and for having the need
    prone: Floats
    present: Floats
    isolation_from: float
    homeless_type: Floats
    exposure_present: int
    exposure_absent: int

    @classmethod
    def read(cls, registry: Registry, race_by_place: Floats) -> "NeedTables":
        """Take the tables from the registry; ``race_by_place`` is the share of members by [race, rurality]."""
        copula = float(registry.get("population.need_copula"))
        prone = registry.get("population.need_prone")
        if_prone, if_not = registry.get("population.need_if_prone"), registry.get("population.need_if_not_prone")
        present = prone * if_prone + (1 - prone) * if_not
        odds = np.outer(registry.get("population.need_odds_race"), registry.get("population.need_odds_rurality"))
        return cls(
            copula=copula,
            own=np.array([_own(*case, copula) for case in zip(prone, if_prone, present, strict=True)]),
            prone=_thresholds(prone, odds, race_by_place),
            present=_thresholds(present, odds, race_by_place),
            isolation_from=float(registry.get("population.isolation_from")) * MONTHS,
            homeless_type=np.cumsum(registry.get("population.homeless_type_stock")),
            exposure_present=round(float(registry.get("population.exposure_present")) * FRACTION_GRID),
            exposure_absent=round(float(registry.get("population.exposure_absent")) * FRACTION_GRID),
        )


def _own(prone: float, if_prone: float, present: float, copula: float) -> float:
    """Correlation, beyond the shared frailty, of being prone and having the need: so that ``if_prone`` comes true."""
    low, high = copula, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _both(ndtri(1 - prone), ndtri(1 - present), middle) < prone * if_prone:
            low = middle
        else:
            high = middle
    return ((low + high) / 2 - copula) / (1 - copula)


def _both(a: float, b: float, correlation: float) -> float:
    """Chance that two standard normals with this correlation lie above ``a`` and ``b``."""
    x = np.linspace(a, TAIL, POINTS)
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    above = ndtr((correlation * x - b) / np.sqrt(max(1 - correlation**2, 1e-12)))
    values = density * above
    return float(((values[1:] + values[:-1]) / 2 * np.diff(x)).sum())


def _thresholds(share: Floats, odds: Floats, people: Floats) -> Floats:
    """Normal thresholds by [race, rurality, need] whose shares have these odds ratios and, over all, are ``share``."""
    low, high = np.zeros_like(share), np.ones_like(share)
    weight = (people / people.sum())[..., None]
    for _ in range(BISECTIONS):
        base = (low + high) / 2
        reached = (weight * _with_odds(base, odds)).sum(axis=(0, 1))
        high, low = np.where(reached > share, base, high), np.where(reached > share, low, base)
    return np.asarray(ndtri(1 - _with_odds((low + high) / 2, odds)))


def _with_odds(base: Floats, odds: Floats) -> Floats:
    raised = base / (1 - base) * odds[..., None]
    return np.asarray(raised / (1 + raised))


def frailty_of_needs(rows: Members, seed: int) -> Floats:
    """Return the frailty that a household's needs share (standard normal)."""
    return Luck(seed, rows["household"]).normal(Decision.NEED_FRAILTY)


def fill_needs(rows: Members, tables: NeedTables, frailty: Floats, luck: Luck) -> None:
    """Write to which needs members are prone, which they have, and the effect that has built up."""
    shared, rest = np.sqrt(tables.copula) * frailty, np.sqrt(1 - tables.copula)
    race, rurality = rows["race"], rows["rurality"]
    prone_bits = np.zeros(len(rows), dtype=np.int64)
    need_bits = prone_bits.copy()
    for need in range(len(NEEDS)):
        lasting = luck.normal(PRONE + need)
        own = tables.own[need]
        passing = own * lasting + np.sqrt(1 - own**2) * luck.normal(NEED + need)
        prone = shared + rest * lasting > tables.prone[race, rurality, need]
        here = shared + rest * passing > tables.present[race, rurality, need]
        if need == ISOLATION:
            here &= rows["age_months"] >= tables.isolation_from
        prone_bits |= prone.astype(np.int64) << need
        need_bits |= here.astype(np.int64) << need
        rows["exposure"][:, need] = np.where(here, tables.exposure_present, prone * tables.exposure_absent)
    rows["prone"], rows["needs"] = prone_bits, need_bits
    kind = np.searchsorted(tables.homeless_type, luck.uniform(Decision.HOMELESS_TYPE))
    homeless = (need_bits >> HOMELESSNESS) & 1
    rows["homeless_type"] = np.minimum(kind, len(tables.homeless_type) - 1) * homeless
