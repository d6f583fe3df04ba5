"""Turn sampled cells into members: key, identity, residence, household, and length of cover.

A household is children who share the household key of a woman who could be their mother: she lives in the same county
and has the same race and language. Partners, other adults and family size are not modeled. The key decides the month of
renewal, the clinic, the home and the shared frailty of needs.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints, Keys
from sim.engine.draws import child_keys
from sim.engine.parameters import Registry
from sim.population.ages import AGE_LEVELS, GROUP_AGE, GROUP_ELIGIBILITY
from sim.population.geography import FRONTIER, RURAL, URBAN, Geography
from sim.population.joint import Traits
from sim.population.luck import Decision, Luck
from sim.schema import CHILD, ENROLLED, EXPANSION, FEMALE, LANGUAGES, PARENT, RACES, Members

LEVEL_START = np.array([level.start for level in AGE_LEVELS])
LEVEL_MONTHS = np.array([level.months for level in AGE_LEVELS])

# Keys are made from (kind, month, area, number), so that no two members of a run can share one.
RESIDENT, NEWCOMER = range(2)
ENTRANT = NEWCOMER + 1  # of an event
KIND_SHIFT, MONTH_SHIFT, AREA_SHIFT = np.uint64(60), np.uint64(40), np.uint64(32)
MONTH_MASK = 0xFFFF


def member_keys(seed: int, kind: int, month: int | Ints, area: int | Ints, number: Ints) -> Keys:
    """Keys of members, from the month and area in which they enter and their number among those who enter there."""
    when, where = (np.asarray(place, dtype=np.int64).astype(np.uint64) for place in (month, area))
    place = (np.uint64(kind) << KIND_SHIFT) | ((when & np.uint64(MONTH_MASK)) << MONTH_SHIFT) | (where << AREA_SHIFT)
    return child_keys(place | number.astype(np.uint64), seed)


@dataclass(frozen=True)
class CoverTables:
    """Shares by eligibility from which cover is drawn."""

    open_card: Floats
    dual: Floats
    third_party: Floats
    months_covered: Floats
    months_covered_longest: float

    @classmethod
    def read(cls, registry: Registry) -> "CoverTables":
        """Read the numbers from the registry."""
        names = ("open_card", "dual", "third_party", "months_covered", "months_covered_longest")
        return cls(*(registry.get(f"population.{name}") for name in names))


def fill_identity(rows: Members, keys: Keys, who: Traits, area: int | Ints, geography: Geography, luck: Luck) -> None:
    """Write who the members are: key, eligibility, age, sex, race, language, county and area."""
    rows["key"] = keys
    rows["area"] = area
    rows["status"] = ENROLLED
    rows["eligibility"] = GROUP_ELIGIBILITY[who.group]
    level = GROUP_AGE[who.group]
    rows["age_months"] = LEVEL_START[level] + (luck.uniform(Decision.AGE) * LEVEL_MONTHS[level]).astype(np.int64)
    rows["sex"] = who.sex
    rows["race"] = who.race
    rows["language"] = who.language
    rows["county"] = geography.county_of_place[who.place]


def fill_cover(rows: Members, tables: CoverTables, luck: Luck) -> None:
    """Write the cover of members: CCO or open card, Medicare, private, and its length so far."""
    group = rows["eligibility"]
    rows["in_cco"] = luck.uniform(Decision.IN_CCO) >= tables.open_card[group]
    rows["dual"] = luck.happens(Decision.DUAL, tables.dual[group])
    rows["third_party"] = luck.happens(Decision.THIRD_PARTY, tables.third_party[group])
    months = -np.log(luck.uniform(Decision.MONTHS_COVERED)) * tables.months_covered[group]
    rows["months_covered"] = np.minimum(np.minimum(months, tables.months_covered_longest), rows["age_months"])


def fill_household(rows: Members, households: Keys, geography: Geography, seed: int) -> None:
    """Write the household key, and the urban or rural home that a household shares."""
    rows["household"] = households
    luck = Luck(seed, households)
    county = rows["county"]
    urban = luck.uniform(Decision.RURALITY) < geography.urban[county]
    home = np.where(urban, URBAN, RURAL)
    rows["rurality"] = np.where(geography.frontier[county], FRONTIER, home)


def households(rows: Members, children_per_household: float, fertile_to: float, luck: Luck) -> Keys:
    """Return the household key of each member of one area: the key of its first member.

    Parameters
    ----------
    rows : members of one area, with identity written.
    children_per_household : mean number of children who share a key.
    fertile_to : age in years below which a woman may be a child's mother.
    luck : draws of these members.
    """
    keys = rows["key"].copy()
    order = luck.uniform(Decision.HOUSEHOLD_ORDER)
    kin = (rows["county"].astype(np.int64) * len(RACES) + rows["race"]) * len(LANGUAGES) + rows["language"]
    children = _sorted(np.flatnonzero(rows["eligibility"] == CHILD), kin, order)
    mothers = _sorted(np.flatnonzero(_may_be_mother(rows, fertile_to)), kin, order)
    if len(children) == 0:
        return keys
    heads, belongs = _heads(kin[children], kin[mothers], children_per_household)
    with_mother = heads >= 0
    keys[children[with_mother]] = rows["key"][mothers[heads[with_mother]]]
    siblings = ~with_mother  # no possible mother: the first of them gives the key
    keys[children[siblings]] = rows["key"][children[belongs[siblings]]]
    return keys


def _may_be_mother(rows: Members, fertile_to: float) -> Flags:
    adult = (rows["eligibility"] == PARENT) | (rows["eligibility"] == EXPANSION)
    return np.asarray(adult & (rows["sex"] == FEMALE) & (rows["age_months"] < 12 * fertile_to))


def _sorted(members: Ints, kin: Ints, order: Floats) -> Ints:
    return members[np.lexsort((order[members], kin[members]))]


def _heads(child_kin: Ints, mother_kin: Ints, per_household: float) -> tuple[Ints, Ints]:
    """For each child (sorted by kin): the index of its mother among the mothers, or -1; and of its eldest sibling."""
    start = np.searchsorted(child_kin, child_kin, side="left")
    number = np.searchsorted(child_kin, child_kin, side="right") - start
    rank = np.arange(len(child_kin)) - start
    homes = np.ceil(number / per_household).astype(np.int64)
    first = np.searchsorted(mother_kin, child_kin, side="left")
    available = np.searchsorted(mother_kin, child_kin, side="right") - first
    used = np.minimum(homes, available)
    heads = np.where(used > 0, first + rank % np.maximum(used, 1), -1)
    return heads, start + rank % homes
