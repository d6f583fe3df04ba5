"""Conditions at the start: present, diagnosed, controlled.

A condition is present when a normal draw lies below a threshold (by age) that rises with permanent health and with the
mental frailty: this creates comorbidity and keeps every prevalence at its target. Heart failure is the severe end of
the same draw as heart disease; opioid use, of substance use.

Within an age band prevalence is not flat: the risk of high blood pressure does not jump at 45. The log odds are linear
between the middles of the bands, and are shifted until the mean of each band is that of the table.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.ages import BAND_OF_YEAR, OLDEST_YEARS
from sim.population.latent import LatentTables
from sim.population.luck import CONTROLLED, DIAGNOSED, PRESENT, Luck
from sim.schema import (
    AGE_BANDS,
    CONDITIONS,
    FRACTION_GRID,
    HEART_DISEASE,
    HEART_FAILURE,
    OPIOID_USE,
    SUBSTANCE_USE,
    Members,
)

ROUNDS = 60
BISECTIONS = 50
WIDEST = 12.0
MIDDLE_OF_YEAR = 0.5


def by_year(table: Floats, people: Floats) -> Floats:
    """Smooth a table [age band, trait] into shares [year, trait] that keep the mean of each band.

    ``people``: share of the membership at each year of age.
    """
    weight = np.zeros((len(AGE_BANDS), OLDEST_YEARS))
    weight[BAND_OF_YEAR, np.arange(OLDEST_YEARS)] = people
    weight /= weight.sum(axis=1, keepdims=True)
    middles = weight @ (np.arange(OLDEST_YEARS) + MIDDLE_OF_YEAR)
    between = _interpolation(middles)
    knots = logit(table)
    for _ in range(ROUNDS):
        knots += logit(table) - logit(weight @ expit(between @ knots))
    return np.asarray(expit(between @ knots))


def _interpolation(middles: Floats) -> Floats:
    """Weights [year, band] of straight lines between the middles of the bands, flat beyond the first and last."""
    ages = np.arange(OLDEST_YEARS) + MIDDLE_OF_YEAR
    return np.stack([np.interp(ages, middles, unit) for unit in np.eye(len(middles))], axis=1)


def thresholds(target: Floats, shares: Floats, shift: Floats, slope: Floats, spread: Floats) -> Floats:
    """Find the threshold below which a standard normal draw means *present*, so that prevalence is ``target``.

    A member has the trait if ``draw < threshold + slope * permanent + ...``, where the terms beside the threshold are
    normal with mean ``slope * shift`` in each eligibility group and standard deviation ``spread``.

    Parameters
    ----------
    target : prevalence, [year, trait].
    shares : share of each eligibility group by age, [year, eligibility].
    shift : mean of permanent health, [eligibility].
    slope, spread : by trait.
    """
    moved = slope[None, :, None] * shift  # [1, trait, eligibility]
    scale = np.sqrt(1 + spread**2)[None, :, None]
    low, high = np.full(target.shape, -WIDEST), np.full(target.shape, WIDEST)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        reached = (ndtr((middle[..., None] + moved) / scale) * shares[:, None, :]).sum(axis=-1)
        too_much = reached > target
        high, low = np.where(too_much, middle, high), np.where(too_much, low, middle)
    return np.asarray((low + high) / 2)


MILDER = {HEART_FAILURE: HEART_DISEASE, OPIOID_USE: SUBSTANCE_USE}  # the severe condition implies the milder one


@dataclass(frozen=True)
class ConditionTables:
    """Numbers from which conditions are drawn."""

    threshold: Floats  # [year of age, condition]
    health_slope: Floats
    mental_slope: Floats
    diagnosed: Floats
    controlled: Floats
    control_mental: Floats  # log odds of poor control per sd of mental frailty
    newcomer_diagnosed: float
    opioid_months: float

    @classmethod
    def read(cls, registry: Registry, latent: LatentTables, people: Floats) -> "ConditionTables":
        """Take the tables from the registry and solve for the thresholds; ``people`` is [year, eligibility] shares."""
        by_age = people.sum(axis=1)
        target = by_year(registry.get("population.prevalence"), by_age)
        health, mental = registry.get("population.health_slope"), registry.get("population.mental_slope")
        shared = latent.need_correlation * latent.mental_correlation
        spread = np.sqrt(health**2 + mental**2 + 2 * shared * health * mental)
        return cls(
            threshold=thresholds(target, _shares_at(people), latent.shift, health, spread),
            health_slope=health,
            mental_slope=mental,
            diagnosed=registry.get("population.diagnosed_share"),
            controlled=registry.get("population.controlled_share"),
            control_mental=registry.get("health.control_mental_loading"),
            newcomer_diagnosed=float(registry.get("population.newcomer_diagnosed")),
            opioid_months=float(registry.get("treatment.opioid_early_months")),
        )


def _shares_at(people: Floats) -> Floats:
    """Share of each eligibility group at each age; ages without members take the shares of the oldest with members."""
    total = people.sum(axis=1)
    oldest = int(np.flatnonzero(total > 0).max())
    filled = np.where(total[:, None] > 0, people, people[oldest])
    return np.asarray(filled / filled.sum(axis=1, keepdims=True))


def fill_conditions(
    rows: Members, tables: ConditionTables, permanent: Floats, mental: Floats, luck: Luck, *, newcomer: bool
) -> None:
    """Write the three sets of conditions of members; newcomers are less often diagnosed."""
    year = rows["age_months"] // MONTHS_PER_YEAR
    known = tables.diagnosed * (tables.newcomer_diagnosed if newcomer else 1.0)
    present = np.zeros(len(rows), dtype=np.int64)
    diagnosed, controlled = present.copy(), present.copy()
    for condition in range(len(CONDITIONS)):
        bit = 1 << condition
        lean = tables.health_slope[condition] * permanent + tables.mental_slope[condition] * mental
        draw = luck.normal(PRESENT + MILDER.get(condition, condition))
        here = draw < tables.threshold[year, condition] + lean
        if not here.any():  # few newborns have any
            continue
        found = here & luck.happens(DIAGNOSED + condition, known[condition])
        under_control = found & luck.happens(CONTROLLED + condition, _controlled(tables, condition, mental))
        present |= here * bit
        diagnosed |= found * bit
        controlled |= under_control * bit
    for severe, milder in MILDER.items():
        for conditions in (present, diagnosed):
            conditions |= ((conditions >> severe) & 1) << milder
    rows["present"], rows["diagnosed"], rows["controlled"] = present, diagnosed, controlled
    poor = 1 - tables.controlled * ((diagnosed[:, None] >> np.arange(len(CONDITIONS))) & 1)
    rows["poor_control"] = np.rint(poor * FRACTION_GRID)
    rows["opioid_months"] = tables.opioid_months


def _controlled(tables: ConditionTables, condition: int, mental: Floats) -> Floats:
    """Chance of control: as declared at average mental frailty; odds fall with mental frailty, as in the months."""
    odds = tables.controlled[condition] / (1 - tables.controlled[condition])
    odds = odds * np.exp(-tables.control_mental[condition] * mental)
    return np.asarray(odds / (1 + odds))
