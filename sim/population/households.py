"""Households, loosely: children share the household key of a woman who could be their mother.

She lives in the same county and has the same race and language. Nothing more is claimed: partners, other adults and
family size are not modeled. On the key hang the month of renewal, the clinic, the home and the frailty of needs.
"""

import numpy as np

from sim.engine.arrays import Flags, Floats, Ints, Keys
from sim.population.luck import Decision, Luck
from sim.schema import CHILD, EXPANSION, FEMALE, LANGUAGES, PARENT, RACES, Members


def households(rows: Members, children_per_household: float, fertile_to: float, luck: Luck) -> Keys:
    """Return the household key of each member of one area: the key of its first member.

    Parameters
    ----------
    rows : members of one area, with identity written.
    children_per_household : mean number of children who share a key.
    fertile_to : age in years below which a woman may be a child's mother here, plus the years a child stays.
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
    siblings = ~with_mother  # no woman of their kin: the first of them gives the key
    keys[children[siblings]] = rows["key"][children[belongs[siblings]]]
    return keys


def _may_be_mother(rows: Members, fertile_to: float) -> Flags:
    adult = (rows["eligibility"] == PARENT) | (rows["eligibility"] == EXPANSION)
    return np.asarray(adult & (rows["sex"] == FEMALE) & (rows["age_months"] < 12 * fertile_to))


def _sorted(members: Ints, kin: Ints, order: Floats) -> Ints:
    return members[np.lexsort((order[members], kin[members]))]


def _heads(child_kin: Ints, mother_kin: Ints, per_household: float) -> tuple[Ints, Ints]:
    """For each child (sorted by kin): the place of its mother among the mothers, or -1; and of its eldest sibling."""
    start = np.searchsorted(child_kin, child_kin, side="left")
    number = np.searchsorted(child_kin, child_kin, side="right") - start
    rank = np.arange(len(child_kin)) - start
    homes = np.ceil(number / per_household).astype(np.int64)
    first = np.searchsorted(mother_kin, child_kin, side="left")
    available = np.searchsorted(mother_kin, child_kin, side="right") - first
    used = np.minimum(homes, available)
    heads = np.where(used > 0, first + rank % np.maximum(used, 1), -1)
    return heads, start + rank % homes
