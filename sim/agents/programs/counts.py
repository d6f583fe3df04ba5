"""Counts of a month of programs, by area and package, and of people reached, by group."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Floats, Ints
from sim.engine.by_parts import ByParts, at_once
from sim.engine.snapshot import Remembering
from sim.measures.strata import LEVELS, STEPS, THOUSANDTHS, people_by_level
from sim.member.groups import strata_of

# The steps from eligible to queue count members who are not served (a stock): queue holds those who engaged and have
# no slot: too few slots (no_place), or a slot that nobody can pay (no_money).
STOCKS = ("eligible", "asked", "accepted", "engaged", "queue", "no_place", "no_money")
COUNTED = (*STOCKS, "started", "ended", "served", "places", "cents")


class Counts(Remembering):
    """What happened this month, ``[area, package]``.

    Attributes
    ----------
    of : one array for each name of ``COUNTED``.
    groups : thousandths of people of the whole state who reached each step, ``[package, group]``.
    screening : cents paid for screenings of the month before, by area.
    """

    REMEMBERED = ("of", "groups", "screening")

    def __init__(self, weights: Floats, packages: int) -> None:
        self.areas, self.packages = len(weights), packages
        self.people = np.rint(np.asarray(weights) * THOUSANDTHS).astype(np.int64)
        self._code: NDArray[Any] = np.zeros(0, np.int16)
        self._area: NDArray[Any] = np.zeros(0, np.uint8)
        self.clear()

    def clear(self) -> None:
        """Begin a month."""
        self.of: dict[str, Cents] = {name: np.zeros((self.areas, self.packages), np.int64) for name in COUNTED}
        self.groups: dict[str, Ints] = {step: np.zeros((self.packages, len(LEVELS)), np.int64) for step in STEPS}
        self.screening: Cents = np.zeros(self.areas, np.int64)

    def note_groups(self, members: NDArray[Any], rows: Ints, by_parts: ByParts = at_once) -> None:
        """Note the area and the group of each row that may be counted: a month counts each some ten times."""
        if self._code.size != members.size:
            self._code = np.zeros(members.size, np.int16)
            self._area = np.zeros(members.size, members.dtype["area"])
        self._area[rows] = members["area"][rows]
        self._code[rows] = np.concatenate(by_parts(rows, lambda part: strata_of(members, part)))

    def count(self, name: str, k: int, rows: Ints) -> None:
        """Count members by area and, of the steps of reach, people by group; their groups were noted before."""
        areas = self._area[rows]
        self.of[name][:, k] += self.by_area(areas)
        if name in self.groups and rows.size:
            self.groups[name][k] += people_by_level(self._code[rows], self.people[areas])

    def by_area(self, areas: NDArray[Any]) -> Ints:
        """Return how often each area is named."""
        return np.bincount(areas, minlength=self.areas)

    def record(self) -> dict[str, Cents]:
        """Return copies of the counts by area and by group, as ``Slots.record`` describes them."""
        kept = {name: counts.copy() for name, counts in self.of.items()}
        kept |= {f"reached.{step}": groups.copy() for step, groups in self.groups.items()}
        return kept
