"""The few rows that a month of places is about, found in one walk over the member table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Rows
from sim.upstream.eligibility import SCREENED_NOW, SERVED, look_over, months_lived


@dataclass(frozen=True)
class Shortlist:
    """Rows of interest, in ascending order, and the flag of each (``eligibility``)."""

    rows: Rows
    flags: NDArray[np.int32]

    def who_may_have(self, bit: int) -> Rows:
        """Return the rows that are eligible for the package with this bit, and not served by it."""
        return self._with(1 << bit)

    def screened_now(self) -> Rows:
        """Return the rows that were screened in the month before."""
        return self._with(SCREENED_NOW)

    def served(self) -> Rows:
        """Return the rows that any package serves."""
        return self._with(SERVED)

    def _with(self, flag: int) -> Rows:
        rows: Rows = self.rows[self.flags & flag != 0]
        return rows


def shortlist(members: NDArray[Any], criteria: NDArray[Any], month: int) -> Shortlist:
    """Return the members who may have a package, have one, or were screened."""
    flags = np.empty(members.size, np.int32)
    look_over(members.view(np.recarray), criteria, months_lived(month), flags)
    rows = np.flatnonzero(flags != 0)
    return Shortlist(rows, flags[rows])
