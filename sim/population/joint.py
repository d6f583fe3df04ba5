"""The joint table: the share of the membership with each combination of group, race, language, place and sex.

It starts from known associations (race by county, language by race and county, age by eligibility) and is raked to the
margins. Axes: (group, race, language, place, sex); a group is a pair of eligibility and age level.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.engine.parameters import Registry
from sim.population.ages import AGE_LEVELS, GROUP_AGE, GROUP_ELIGIBILITY, GROUPS
from sim.population.geography import Geography
from sim.population.margins import ADULT, ALL, AREA, OF_PLACES, RURALITY, Margin
from sim.population.raking import Target, rake
from sim.schema import CHILD, DISABLED, ELIGIBILITIES, EXPANSION, PARENT, SEXES

ADULTS = (PARENT, EXPANSION, DISABLED)
MIDDLE_AGE, DECADE = 40.0, 10.0  # slopes and curvatures over age are declared in decades from 40


@dataclass(frozen=True)
class Joint:
    """The table, and the level of every trait in each of its flat cells."""

    table: Floats  # [group, race, language, place, sex], adds to 1

    def of_places(self, places: Ints) -> Floats:
        """The part of the table in some places, same axes."""
        return self.table[:, :, :, places, :]

    @property
    def by_group(self) -> Floats:
        """Share of the membership in each group."""
        return np.asarray(self.table.sum(axis=(1, 2, 3, 4)))


@dataclass(frozen=True)
class Traits:
    """Level of each trait for flat cells of a table of the joint's axes."""

    group: Ints
    race: Ints
    language: Ints
    place: Ints
    sex: Ints


def traits(cells: Ints, shape: tuple[int, ...]) -> Traits:
    """Decode flat cells of a table of this shape."""
    return Traits(*(np.asarray(index, dtype=np.int64) for index in np.unravel_index(cells, shape)))


def build_joint(geography: Geography, margins: tuple[Margin, ...], registry: Registry) -> Joint:
    """Build the seed table and rake it to the margins; the members of each place come last and are met exactly."""
    seed = _seed(geography, registry)
    shape = seed.shape
    everything = traits(np.arange(seed.size), shape)
    members = np.array([place.members for place in geography.places])
    targets = [_target(margin, everything, geography) for margin in margins if margin.name not in OF_PLACES]
    targets.append(Target(slice(None), everything.place, members / members.sum()))
    return Joint(rake(seed.ravel(), targets).reshape(shape))


def _seed(geography: Geography, registry: Registry) -> Floats:
    group = _age_within_eligibility(registry)
    county = geography.county_of_place
    race = _race_by_group(geography.race[county], registry)  # [group, race, place]
    language = _language(geography.limited_english[county], registry)  # [race, language, place]
    members = np.array([place.members for place in geography.places])
    seed = group[:, None, None, None] * race[:, :, None, :] * language[None] * members
    return np.repeat(seed[..., None], len(SEXES), axis=-1)


def _age_within_eligibility(registry: Registry) -> Floats:
    """Tilt of each eligibility group over ages, before raking: months of the level times a log-quadratic in age."""
    age = (np.array([AGE_LEVELS[a].middle_years for a in GROUP_AGE]) - MIDDLE_AGE) / DECADE
    months = np.array([AGE_LEVELS[a].months for a in GROUP_AGE], dtype=np.float64)
    slope = registry.get("population.adult_age_slope")[GROUP_ELIGIBILITY]
    curvature = registry.get("population.adult_age_curvature")[GROUP_ELIGIBILITY]
    return np.asarray(months * np.exp(slope * age + curvature * age * age))


def _race_by_group(residents: Floats, registry: Registry) -> Floats:
    members = residents * registry.get("population.race_membership")  # [place, race]
    children = members * registry.get("population.race_of_children")
    members = members / members.sum(axis=1, keepdims=True)
    children = children / children.sum(axis=1, keepdims=True)
    is_child = (GROUP_ELIGIBILITY == CHILD)[:, None, None]
    return np.asarray(np.where(is_child, children.T[None], members.T[None]))


def _language(limited_english: Floats, registry: Registry) -> Floats:
    not_english = registry.get("population.not_english")[:, None] * limited_english[None, :]
    not_english = np.minimum(not_english, registry.get("population.most_not_english"))  # [race, place]
    spanish = registry.get("population.spanish_share")[:, None]
    shares = [1 - not_english, not_english * spanish, not_english * (1 - spanish)]
    return np.asarray(np.stack(shares, axis=1), dtype=np.float64)


def shares_met(margin: Margin, joint: Joint, geography: Geography) -> Floats:
    """The shares that the population has where a margin asks for others or the same."""
    if margin.name == RURALITY:
        members = np.array([place.members for place in geography.places])
        county = geography.county_of_place
        urban, frontier = geography.urban[county], geography.frontier[county]
        parts = np.stack([urban * ~frontier, (1 - urban) * ~frontier, frontier])  # ordered as RURALITIES
        return np.asarray(parts @ members / members.sum())
    if margin.name == AREA:
        return np.asarray(geography.people / geography.people.sum())
    everything = traits(np.arange(joint.table.size), joint.table.shape)
    return _target(margin, everything, geography).got(joint.table.ravel())


def _target(margin: Margin, cells: Traits, geography: Geography) -> Target:
    eligibility = GROUP_ELIGIBILITY[cells.group]
    level = {
        "eligibility": eligibility,
        "age": GROUP_AGE[cells.group],
        "sex": cells.sex,
        "race": cells.race,
        "language": cells.language,
    }[margin.name]
    if margin.within == ALL:
        return Target(slice(None), level, margin.shares)
    if margin.within == ADULT:
        inside = np.isin(eligibility, ADULTS)
    elif margin.within in ELIGIBILITIES:
        inside = eligibility == ELIGIBILITIES.index(margin.within)
    else:
        inside = geography.area_of_place[cells.place] == geography.areas.index(margin.within)
    chosen = np.flatnonzero(inside)
    return Target(chosen, level[chosen], margin.shares)


def people_by_year(by_group: Floats, years: int) -> Floats:
    """Share of the membership at each single year of age and eligibility: ages are uniform within a level."""
    table = np.zeros((years, len(ELIGIBILITIES)))
    for share, group in zip(by_group, GROUPS, strict=True):
        level = AGE_LEVELS[group.age]
        first, last = level.start // 12, level.end // 12
        table[first:last, group.eligibility] += share / (last - first)
    return table
