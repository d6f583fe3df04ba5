"""What CCO members cost, month by month: the past from which rates, benchmarks and budgets are set."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.calendar import MONTHS_PER_YEAR
from sim.agents.saving import Saved
from sim.payment.ledger import Cents


@dataclass
class Lived:
    """A month of CCO members: cents (area, rate category, service), member-months (area, rate category)."""

    cents: Cents
    months: Cents


class Experience:
    """All months that were lived, by month and service, whatever the contracts: a warm-up serves every arm."""

    def __init__(self) -> None:
        self.lived: dict[int, Lived] = {}

    def keep(self, month: int, cents: Cents, months: Cents) -> None:
        """Keep a month."""
        self.lived[month] = Lived(cents.copy(), months.copy())

    def year(self, first: int) -> Lived:
        """Return the sums of the twelve months from ``first``, as far as they were lived; see ``between``."""
        return self.between(first, first + MONTHS_PER_YEAR)

    def between(self, first: int, end: int) -> Lived:
        """Return the sums of the months from ``first`` to before ``end``, as far as they were lived.

        Raises
        ------
        ValueError
            If none was.
        """
        seen = [self.lived[month] for month in range(first, end) if month in self.lived]
        if not seen:
            raise ValueError(
                f"contracts are set from the year that begins in month {first}, of which no month was lived: "
                "give the run a warm-up of at least one month"
            )
        return Lived(sum_of([one.cents for one in seen]), sum_of([one.months for one in seen]))

    def state(self) -> Saved:
        """Return all months as arrays."""
        months = sorted(self.lived)
        return {
            "lived": np.array(months, dtype=np.int64),
            "lived_cents": np.array([self.lived[month].cents for month in months], dtype=np.int64),
            "lived_months": np.array([self.lived[month].months for month in months], dtype=np.int64),
        }

    def restore(self, state: Mapping[str, NDArray[np.int64]]) -> None:
        """Take up saved months."""
        rows = zip(state["lived"], state["lived_cents"], state["lived_months"], strict=True)
        self.lived = {int(month): Lived(cents.copy(), months.copy()) for month, cents, months in rows}


def sum_of(arrays: list[Cents]) -> Cents:
    """Return the sum of arrays of whole numbers."""
    return np.asarray(np.sum(arrays, axis=0), dtype=np.int64)
