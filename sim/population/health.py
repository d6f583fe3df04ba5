"""The starting state of members with identity, cover and household: health, needs, attachment, pregnancy."""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.population.ages import BAND_OF_YEAR, OLDEST_YEARS
from sim.population.attachment import AttachmentTables, attached_share, fill_attachment
from sim.population.conditions import ConditionTables, fill_conditions
from sim.population.geography import FRONTIER, RURAL, URBAN, Geography
from sim.population.joint import Joint, people_by_year
from sim.population.latent import LatentTables, fill_latent
from sim.population.luck import Decision, Luck
from sim.population.smoking import fill_smoking
from sim.population.social_needs import NeedTables, fill_needs, frailty_of_needs
from sim.population.supply import Clinics
from sim.schema import FEMALE, POSTPARTUM_MONTHS, PREGNANT_MONTHS, RURALITIES, Members


@dataclass(frozen=True)
class PregnancyTables:
    """Shares of women by age band, and the ages between which they hold, in months."""

    pregnant: Floats
    postpartum: Floats
    fertile: tuple[float, float]

    @classmethod
    def read(cls, registry: Registry) -> "PregnancyTables":
        """Read the numbers from the registry."""
        first, last = registry.get("population.fertile_from"), registry.get("population.fertile_to")
        return cls(
            registry.get("population.pregnant"),
            registry.get("population.postpartum"),
            (MONTHS_PER_YEAR * float(first), MONTHS_PER_YEAR * float(last)),
        )


def fill_pregnancy(rows: Members, tables: PregnancyTables, luck: Luck) -> None:
    """Write the month of pregnancy (1 to 9) and the months since delivery (1 to 12) of women of fertile age."""
    age = rows["age_months"]
    first, last = tables.fertile
    fertile = (rows["sex"] == FEMALE) & (age >= first) & (age < last)
    band = BAND_OF_YEAR[age // MONTHS_PER_YEAR]
    pregnant = fertile & luck.happens(Decision.PREGNANT, tables.pregnant[band])
    month = 1 + (luck.uniform(Decision.PREGNANT_MONTH) * PREGNANT_MONTHS).astype(np.int64)
    rows["pregnant"] = pregnant * month
    gave_birth = fertile & ~pregnant & luck.happens(Decision.POSTPARTUM, tables.postpartum[band])
    since = 1 + (luck.uniform(Decision.POSTPARTUM_MONTH) * POSTPARTUM_MONTHS).astype(np.int64)
    rows["postpartum"] = gave_birth * since


@dataclass(frozen=True)
class HealthTables:
    """Everything from which the starting state is drawn."""

    latent: LatentTables
    conditions: ConditionTables
    needs: NeedTables
    attachment: AttachmentTables
    pregnancy: PregnancyTables
    smokers: float

    @classmethod
    def read(cls, registry: Registry, joint: Joint, geography: Geography) -> "HealthTables":
        """Read the tables, and solve for thresholds that reproduce the declared shares."""
        latent = LatentTables.read(registry)
        return cls(
            latent=latent,
            conditions=ConditionTables.read(registry, latent, people_by_year(joint.by_group, OLDEST_YEARS)),
            needs=NeedTables.read(registry, race_by_rurality(joint, geography)),
            attachment=AttachmentTables.read(registry),
            pregnancy=PregnancyTables.read(registry),
            smokers=float(registry.get("treatment.smokers")),
        )


def race_by_rurality(joint: Joint, geography: Geography) -> Floats:
    """Share of members by [race, rurality]."""
    county = geography.county_of_place
    home = np.zeros((len(county), len(RURALITIES)))
    frontier = geography.frontier[county]
    home[:, URBAN] = np.where(frontier, 0.0, geography.urban[county])
    home[:, FRONTIER] = frontier
    home[:, RURAL] = 1 - home[:, URBAN] - home[:, FRONTIER]
    return np.asarray(joint.table.sum(axis=(0, 2, 4)) @ home)


def fill_health(
    rows: Members,
    tables: HealthTables,
    clinics: Clinics,
    seed: int,
    luck: Luck,
    *,
    newcomer: bool = False,
    attached: float | None = None,
) -> None:
    """Write the starting state of members.

    Parameters
    ----------
    seed, luck : the seed of the run, and the draws of these members.
    newcomer : whether they are new to Medicaid, and so less often diagnosed.
    attached : share with a usual clinic; None: that of members of their age.
    """
    frailty = frailty_of_needs(rows, seed)
    exposed = frailty + tables.needs.exposure[rows["race"], rows["rurality"]]
    permanent, mental = fill_latent(rows, tables.latent, exposed, luck)
    fill_conditions(rows, tables.conditions, permanent, mental, luck, newcomer=newcomer)
    fill_needs(rows, tables.needs, frailty, luck)
    share = attached_share(rows, tables.attachment) if attached is None else attached
    fill_attachment(rows, tables.attachment, clinics, seed, luck, share=share)
    fill_pregnancy(rows, tables.pregnancy, luck)
    fill_smoking(rows, tables.smokers, luck)
