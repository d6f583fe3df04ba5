"""A trial inside the model: the members followed, their months, and their comparison groups. Functions of diaries.

Each group is followed month by month from each member's start, in the world with the program and in the one without:

served    members served, from the first month of service
offered   members eligible and asked, from that month on, whether or not they took part
like      other members, eligible for as long when the served began, and never served

Comparisons of the served (the offered are compared with their twins only, as by randomization):

twins     the same members in the same months of the world without the program: the true effect
like      the group of that name, like a published comparison group: what an evaluation finds
sham      both groups in the world without the program: what the same evaluation finds when nothing is done
before    the same members before they began

For every figure that is linear in means, the finding of an evaluation is the true effect plus the finding of the sham.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.measures.person_panel import GONE, Diary

Months: TypeAlias = dict[str, Floats]  # by name, [member, BEFORE + AFTER]; NaN where unknown

BEFORE, AFTER = 12, 37  # months around the first, which is at position BEFORE
CENTS = 100.0
SERVED, OFFERED, LIKE = "served", "offered", "like"
COMPARISONS = TWINS, _, SHAM, AGAINST_BEFORE = "twins", LIKE, "sham", "before"


@dataclass(frozen=True)
class Group:
    """The months of some members in both worlds."""

    treated: Months
    twins: Months


@dataclass(frozen=True)
class Trial:
    """The groups of one trial by name, as far as its figures need them."""

    groups: Mapping[str, Group]

    def sides(self, against: str) -> tuple[Months, Months]:
        """Return the months that are compared: of the served, and of those they are compared with."""
        served = self.groups[SERVED]
        if against in (TWINS, AGAINST_BEFORE):
            return served.treated, served.twins
        like = self.groups[LIKE]
        return (served.treated, like.treated) if against == LIKE else (served.twins, like.twins)

    def offered(self) -> tuple[Months, Months]:
        """Return the months of the offered, in the world with the program and in the one without."""
        group = self.groups[OFFERED]
        return group.treated, group.twins


def around(diary: Diary, starts: Ints, cents_start: Sequence[int], cents_month: Sequence[int]) -> Months:
    """Return the months of members around their own start, each an index of ``diary.months``.

    Parameters
    ----------
    diary, starts : the members, and the month from which each is followed.
    cents_start, cents_month : cost of each package for a member, at the start and in a month of service.

    Returns
    -------
    ``ed_visits``, ``stays``, ``claims`` and ``spending`` (claims and program cost), USD, in months with cover; ``held``
    (1: is served), ``alive`` and ``needs`` (bits) in all simulated months.
    """
    place = starts[:, None] + np.arange(-BEFORE, AFTER)
    inside = (place >= 0) & (place < len(diary.months))
    at = (np.arange(len(starts))[:, None], np.clip(place, 0, max(len(diary.months) - 1, 0)))
    claims = diary.use["medicaid_cents"] / CENTS
    found = {
        "ed_visits": diary.use["ed_visits"],
        "stays": diary.use["stays"],
        "claims": claims,
        "spending": claims + program(diary.served, cents_start, cents_month) / CENTS,
        "held": (diary.served > 0).astype(float),
        "alive": (diary.needs != GONE).astype(float),
        "needs": diary.needs.astype(float),
    }
    return {name: np.where(inside, values[at], np.nan) for name, values in found.items()}


def program(served: Ints, cents_start: Sequence[int], cents_month: Sequence[int]) -> Floats:
    """Return the cost of the program for each member and month, cents."""
    cents = np.zeros(served.shape)
    for bit, (start, month) in enumerate(zip(cents_start, cents_month, strict=True)):
        held = (served >> bit & 1).astype(bool)
        begins = held & ~np.pad(held, ((0, 0), (1, 0)))[:, :-1]
        cents += held * month + begins * start
    return cents
