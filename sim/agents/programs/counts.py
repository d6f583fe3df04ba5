"""Counts of a month of programs, by area and package, and of people reached, by group."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Cents, Floats, Ints
from sim.engine.snapshot import Remembering
from sim.measures.strata import IN_LEVEL, STEPS, THOUSANDTHS
from sim.member.groups import list_cells
from sim.member.tally import count_people
from sim.schema import N_STRATA

# The steps from eligible to queue count members who are not served (a stock): queue holds those who engaged and have
# no slot: too few slots (no_place), or a slot that nobody can pay (no_money).
STOCKS = ("eligible", "asked", "accepted", "engaged", "queue", "no_place", "no_money")
COUNTED = (*STOCKS, "started", "ended", "served", "places", "cents")


class Counts(Remembering):
    """What happened this month, ``[area, package]``.

    Attributes
    ----------
    of : one array for each name of ``COUNTED``.
    groups : thousandths of people of the whole state who reached each step, ``[package, group]``; ``add_up`` sets them.
    cells : area and stratum of members who may be counted, by row (``member.groups.list_cells``).
    screening : cents paid for screenings of the month before, by area.
    """

    REMEMBERED = ("of", "groups", "screening")

    def __init__(self, weights: Floats, packages: int) -> None:
        self.areas, self.packages = len(weights), packages
        self.cells: NDArray[np.int32] = np.zeros(0, np.int32)
        self.people = np.rint(np.asarray(weights) * THOUSANDTHS).astype(np.int64)
        self.clear()

    def clear(self) -> None:
        """Begin a month."""
        self._at_steps = np.zeros((len(STEPS), self.areas, self.packages), np.int64)
        self._people = np.zeros((len(STEPS), self.packages, N_STRATA))
        self.of: dict[str, Cents] = {name: np.zeros((self.areas, self.packages), np.int64) for name in COUNTED}
        self.of |= zip(STEPS, self._at_steps, strict=True)
        self.screening: Cents = np.zeros(self.areas, np.int64)
        self.add_up()

    def note_cells(self, members: NDArray[Any], rows: Ints) -> None:
        """Note the area and the stratum of each row that may be counted: a month counts each several times."""
        if self.cells.size != members.size:
            self.cells = np.zeros(members.size, np.int32)
        list_cells(members.view(np.recarray), rows, self.cells)

    def count(self, name: str, k: int, rows: Ints, further: Ints | None = None) -> None:
        """Count members by area; at a step, and at so many steps ``further``, also people by stratum."""
        if name in STEPS:
            first = STEPS.index(name)
            last = np.full(rows.size, first) if further is None else first + further
            count_people(self.cells, rows, first, last, self.people, self._at_steps[:, :, k], self._people[:, k])
        else:
            self.of[name][:, k] += self.by_area(self.cells[rows] // N_STRATA)

    def add_up(self) -> None:
        """Add up people of each stratum to those of its groups: in floats, which hold such whole numbers exactly."""
        people = (self._people @ IN_LEVEL.T).astype(np.int64)
        self.groups: dict[str, Ints] = dict(zip(STEPS, people, strict=True))

    def by_area(self, areas: NDArray[Any]) -> Ints:
        """Return how often each area is named."""
        return np.bincount(areas, minlength=self.areas)

    def record(self) -> dict[str, Cents]:
        """Return copies of the counts by area and by group, as ``Slots.record`` describes them."""
        kept = {name: counts.copy() for name, counts in self.of.items()}
        kept |= {f"reached.{step}": groups.copy() for step, groups in self.groups.items()}
        return kept
