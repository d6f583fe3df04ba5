"""Single lives in both arms: a diary of any person, when two lives part, and why."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Floats, Ints, Keys
from sim.live.followed import Followed
from sim.live.kept import Diary, Kept
from sim.live.parting import LIVED, Parting, explain, first_apart
from sim.schema import COUNT_INDEX, HERE


class Apart(NamedTuple):
    """Someone in both arms whose lives have parted, and the first month at whose end they differ."""

    key: int
    month: int


class Lives:
    """The lives of everybody in both arms. A life is not stored: it is simulated again from what is kept, exactly.

    Parameters
    ----------
    systems : of a pair that has not begun.
    """

    def __init__(self, systems: tuple[Followed, Followed]) -> None:
        self._systems = systems
        self._kept = (Kept(), Kept())
        for system, kept in zip(systems, self._kept, strict=True):
            system.kept = kept
        self._keys = np.zeros(0, np.uint64)  # of those whose lives have parted, in order
        self._months = np.zeros(0, np.int64)

    def note(self, month: int) -> None:
        """Note whose lives parted in the month that was just simulated."""
        a, b = (np.asarray(system.members) for system in self._systems)
        here_a, here_b = (np.flatnonzero(np.isin(table["status"], HERE)) for table in (a, b))
        keys, in_a, in_b = np.intersect1d(a["key"][here_a], b["key"][here_b], assume_unique=True, return_indices=True)
        rows_a, rows_b = here_a[in_a], here_b[in_b]
        unlike = np.zeros(len(keys), bool)
        for name in LIVED:
            unlike |= a[name][rows_a] != b[name][rows_b]
        new = np.setdiff1d(keys[unlike], self._keys)
        self._keys = np.concatenate([self._keys, new])
        self._months = np.concatenate([self._months, np.full(len(new), month)])

    def parted(self) -> tuple[Apart, ...]:
        """Return those whose lives have parted, the first ones first; of those who have died since as well."""
        return tuple(Apart(int(key), int(month)) for key, month in zip(self._keys, self._months, strict=True))

    def diary(self, key: int) -> tuple[Diary, Diary]:
        """Return one person's life in each arm, month by month."""
        a, b = (kept.diary(key) for kept in self._kept)
        return a, b

    def parting(self, key: int) -> Parting | None:
        """Return when and why a person's lives part; None where they have not, or where one arm has no such person."""
        month = first_apart(*self.diary(key))
        return None if month is None else explain(self._kept, key, month)

    def by_county(self, counties: int) -> tuple[Floats, Floats]:
        """Return counts of the months so far by county, weighted to the state: ``[county, count]``, in each arm."""
        a, b = (
            np.einsum("mcak,a->ck", kept.by_county(counties), system.weights)
            for kept, system in zip(self._kept, self._systems, strict=True)
        )
        return a, b

    def members_by_county(self, counties: int) -> Ints:
        """Return sampled members on cover in the last month by county: the fewer of both arms."""
        a, b = (kept.by_county(counties)[-1, :, :, COUNT_INDEX["member_months"]].sum(axis=1) for kept in self._kept)
        fewer: Ints = np.minimum(a, b)
        return fewer

    def month_of(self, keys: Keys) -> Ints:
        """Return the month in which each of these people's lives parted; -1 where they have not."""
        order = np.argsort(self._keys)
        place = np.minimum(np.searchsorted(self._keys, keys, sorter=order), max(len(order) - 1, 0))
        if not len(order):
            return np.full(len(keys), -1)
        return np.where(self._keys[order[place]] == keys, self._months[order[place]], -1)
