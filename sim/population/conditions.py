"""Conditions at the start: present, diagnosed, controlled.

A condition is present when a normal draw lies below a threshold (by age) that rises with permanent health and with the
mental frailty: this makes comorbidity, and keeps every prevalence at its target. Heart failure is the severe end of the
same draw as heart disease, opioid use of substance use.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.latent import LatentTables
from sim.population.luck import CONTROLLED, DIAGNOSED, PRESENT, Luck
from sim.population.prevalence import by_year, thresholds
from sim.schema import CONDITIONS, HEART_DISEASE, HEART_FAILURE, OPIOID_USE, SUBSTANCE_USE, Members

MILDER = {HEART_FAILURE: HEART_DISEASE, OPIOID_USE: SUBSTANCE_USE}  # the severe condition implies the milder one


@dataclass(frozen=True)
class ConditionTables:
    """What conditions are drawn from."""

    threshold: Floats  # [year of age, condition]
    health_slope: Floats
    mental_slope: Floats
    diagnosed: Floats
    controlled: Floats
    control_mental: Floats  # log odds of poor control per sd of mental frailty
    newcomer_diagnosed: float

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
        )


def _shares_at(people: Floats) -> Floats:
    """Share of each eligibility group at each age; ages that nobody has are as the oldest that somebody has."""
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
        found = here & luck.happens(DIAGNOSED + condition, known[condition])
        under_control = found & luck.happens(CONTROLLED + condition, _controlled(tables, condition, mental))
        present |= here * bit
        diagnosed |= found * bit
        controlled |= under_control * bit
    for severe, milder in MILDER.items():
        for conditions in (present, diagnosed):
            conditions |= ((conditions >> severe) & 1) << milder
    rows["present"], rows["diagnosed"], rows["controlled"] = present, diagnosed, controlled


def _controlled(tables: ConditionTables, condition: int, mental: Floats) -> Floats:
    """Chance of control: at average mental frailty as declared; odds as in the months to come, where more is lost."""
    odds = tables.controlled[condition] / (1 - tables.controlled[condition])
    odds = odds * np.exp(-tables.control_mental[condition] * mental)
    return np.asarray(odds / (1 + odds))
