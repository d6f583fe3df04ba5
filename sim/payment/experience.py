"""What CCO members cost, month by month: the past from which rates, benchmarks and budgets are set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Cents, Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Saved
from sim.payment.credibility import expected_pmpm


@dataclass
class Lived:
    """A month of CCO members, or the sum of ``lived`` months.

    Shapes: cents (area, rate category, service); months and, of those with a usual clinic, attributed (area, rate
    category). Of everybody, in a CCO or not: everyone (area), member-months; outlay (area), cents that the state paid
    for care, less what came back.
    """

    cents: Cents
    months: Cents
    attributed: Floats
    everyone: Cents
    outlay: Cents
    lived: int = 1


FIELDS = ("cents", "months", "attributed", "everyone", "outlay")


class Experience:
    """All months that were lived, by month and service, whatever the contracts: a warm-up serves every arm."""

    def __init__(self) -> None:
        self.lived: dict[int, Lived] = {}

    def keep(self, month: int, lived: Lived) -> None:
        """Keep a month."""
        self.lived[month] = lived

    def spent(self, month: int, outlay: Cents) -> None:
        """Say what the state spent on care in a month, once all of it is settled."""
        self.lived[month].outlay = outlay

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
        return total(seen)

    def since(self, first: int, last: int) -> Lived | None:
        """Return the sums from ``first`` to ``last``, or None if nothing was lived."""
        lived = any(month in self.lived for month in range(first, last + 1))
        return self.between(first, last + 1) if lived else None

    def expected(self, first: int, scope: Flags, weights: Floats, credible_months: float) -> Floats:
        """Return the expected cost of services in scope in the year from ``first``, in cents PMPM; zero for others."""
        seen = self.year(first)
        return expected_pmpm(seen.cents * scope, seen.months, weights, credible_months)

    def snapshot(self) -> Saved:
        """Return all months as arrays."""
        months = sorted(self.lived)
        kept = {f"lived_{name}": np.array([getattr(self.lived[month], name) for month in months]) for name in FIELDS}
        return {"lived": np.array(months, dtype=np.int64), **kept}

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot."""
        rows = zip(*(kept[f"lived_{name}"] for name in FIELDS), strict=True)
        self.lived = {
            int(month): Lived(*(array.copy() for array in row)) for month, row in zip(kept["lived"], rows, strict=True)
        }


def total(seen: Sequence[Lived]) -> Lived:
    """Return the sum of some months."""
    sums = {name: np.asarray(np.sum([getattr(one, name) for one in seen], axis=0)) for name in FIELDS}
    return Lived(**sums, lived=len(seen))
