"""Claims experience: what CCO members cost each month. Rates, benchmarks and budgets are set from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.engine.arrays import Cents, Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.snapshot import Remembering, Saved
from sim.payment.credibility import expected_pmpm


@dataclass
class MemberCost:
    """A month of CCO members, or the sum of ``count`` months.

    Shapes: cents (area, rate category, service); months and, of those with a usual clinic, attributed (area, rate
    category); outlay (area), cents that the state paid for their care, less what came back. ``ratio`` is what CCOs make
    of it (``sim/agents/cco/learning.py``), for all of them at once.
    """

    cents: Cents
    months: Cents
    attributed: Floats
    outlay: Cents
    count: int = 1
    ratio: Floats | None = None


FIELDS = ("cents", "months", "attributed", "outlay")


class Experience(Remembering):
    """What each simulated month cost, whatever the contracts: one warm-up serves every arm."""

    def __init__(self, kinds: Flags | None = None) -> None:
        self.by_month: dict[int, MemberCost] = {}
        self._sums: dict[tuple[int, int], MemberCost] = {}  # of months that were asked for, until a month changes
        self.kinds = kinds  # rate categories for which contracts hold; None: all

    def keep(self, month: int, seen: MemberCost) -> None:
        """Keep a month."""
        self.by_month[month] = seen
        self._sums.clear()

    def spent(self, month: int, outlay: Cents) -> None:
        """Add what the state spent on care in a month, once all of it is settled."""
        self.by_month[month].outlay = outlay
        self._sums.clear()

    def year(self, first: int) -> MemberCost:
        """Return the sums of the twelve months from ``first``, as far as they were simulated; see ``between``."""
        return self.between(first, first + MONTHS_PER_YEAR)

    def between(self, first: int, end: int) -> MemberCost:
        """Return the sums of the months from ``first`` to before ``end``, as far as they were simulated.

        Raises
        ------
        ValueError
            If none of them was.
        """
        if (first, end) in self._sums:
            return self._sums[first, end]
        seen = [self.by_month[month] for month in range(first, end) if month in self.by_month]
        if not seen:
            raise ValueError(
                f"contracts are set from the year that begins in month {first}, of which no month was simulated: "
                "give the run a warm-up of at least one month"
            )
        found = total(seen) if self.kinds is None else of_kinds(total(seen), self.kinds)
        return self._sums.setdefault((first, end), found)

    def since(self, first: int, last: int) -> MemberCost | None:
        """Return the sums from ``first`` to ``last``, or None if none of them was simulated."""
        known = any(month in self.by_month for month in range(first, last + 1))
        return self.between(first, last + 1) if known else None

    def expected(self, first: int, scope: Flags, weights: Floats, credible_months: float) -> Floats:
        """Return the expected cost of services in scope in the year from ``first``, in cents PMPM; zero for others."""
        seen = self.year(first)
        return expected_pmpm(seen.cents * scope, seen.months, weights, credible_months)

    def snapshot(self) -> Saved:
        """Return all months as arrays."""
        months = sorted(self.by_month)
        kept = {name: np.array([getattr(self.by_month[month], name) for month in months]) for name in FIELDS}
        return {"month": np.array(months, dtype=np.int64), **kept}

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot."""
        self._sums.clear()
        rows = zip(*(kept[name] for name in FIELDS), strict=True)
        self.by_month = {
            int(month): MemberCost(*(array.copy() for array in row))
            for month, row in zip(kept["month"], rows, strict=True)
        }


def total(seen: Sequence[MemberCost]) -> MemberCost:
    """Return the sum of some months."""
    sums = {name: np.asarray(np.sum([getattr(one, name) for one in seen], axis=0)) for name in FIELDS}
    return MemberCost(**sums, count=len(seen))


def of_kinds(seen: MemberCost, kinds: Flags) -> MemberCost:
    """Return what members of some rate categories cost; the outlay, which is of no category, stays."""
    cents, months, attributed = seen.cents * kinds[:, None], seen.months * kinds, seen.attributed * kinds
    return replace(seen, cents=cents, months=months, attributed=attributed)
