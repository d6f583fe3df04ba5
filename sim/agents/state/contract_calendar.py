"""When contracts begin, area by area and service by service; contract years count from an area's own start."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.engine.arrays import Flags, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.schema import SERVICES

NEVER = np.iinfo(np.int64).max
AFTER_ALL = 12_000  # months: ten times the longest run, and still a time with which one can reckon


class Calendar:
    """Which contracts are in force where.

    Parameters
    ----------
    payment : ``contracts``, ``start``, ``starts`` (areas that begin in another month) and ``scope`` (service -> month).
    areas : names of the CCO areas.

    Attributes
    ----------
    starts : month in which the contracts of each area begin.
    enters : month from which each service is in scope, (area, service); ``NEVER`` for the others.
    """

    def __init__(self, payment: Any, areas: Sequence[str]) -> None:
        self.contracts = frozenset(payment.contracts)
        self.starts: Ints = np.array([payment.starts.get(area, payment.start) for area in areas], dtype=np.int64)
        scope = np.array([payment.scope.get(service, NEVER) for service in SERVICES], dtype=np.int64)
        self.enters: Ints = np.maximum(scope, self.starts[:, None])
        self.scope: Flags = scope < NEVER

    def leave(self, area: int) -> None:
        """End the contracts of an area for good: its CCO has given up, and the state pays claims again."""
        self.starts[area] = AFTER_ALL
        self.enters[area] = NEVER

    @property
    def left(self) -> Flags:
        """Areas whose CCO has given up."""
        return np.asarray(self.starts == AFTER_ALL)

    def has(self, contract: str) -> bool:
        """Whether a contract is part of the scenario."""
        return contract in self.contracts

    def runs(self, month: int) -> Flags:
        """Areas whose contracts are in force."""
        return np.asarray((self.starts <= month) & bool(self.contracts))

    def under(self, contract: str, month: int) -> Flags:
        """Areas in which this contract is in force."""
        return self.runs(month) & self.has(contract)

    def inside(self, contract: str, month: int) -> Flags:
        """Services that a contract covers this month, (area, service)."""
        return np.asarray((self.enters <= month) & self.under(contract, month)[:, None])

    def year(self, month: int) -> Ints:
        """Contract years since the start, by area; negative before it."""
        return np.asarray((month - self.starts) // MONTHS_PER_YEAR)

    def year_begins(self, month: int) -> Flags:
        """Areas in the first month of a contract year."""
        return np.asarray(self.runs(month) & ((month - self.starts) % MONTHS_PER_YEAR == 0))

    def year_ends(self, month: int) -> Flags:
        """Areas in the last month of a contract year."""
        return np.asarray(self.runs(month) & ((month - self.starts) % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1))
