"""A person panel: each member's use month by month (virtual trials, a member's diary).

A member's row counts the calendar year so far; a month is the difference of two records. Give ``record`` to a run:

    panel = Panel()
    model.run(progress=lambda done: panel.record(model.members, done - 1))
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Flags, Floats, Ints, Keys
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.schema import ENROLLED, HERE

COUNTERS = {"ed_visits": "ed_year", "stays": "stays_year", "medicaid_cents": "spend_year"}
GONE = -1  # needs of a person who is not in the model this month


@dataclass(frozen=True)
class Diary:
    """The months of some members.

    Attributes
    ----------
    keys : the members.
    months : the months of the run, in order.
    use : by name, ``[member, month]``; NaN where the member was not enrolled, or not followed in the month before.
    served : packages that served each member in each month, a bit each.
    needs : needs at the end of each month, a bit each; ``GONE`` after death and before entry.
    """

    keys: Keys
    months: Ints
    use: dict[str, Floats]
    served: Ints
    needs: Ints


class Panel:
    """Records every member at the end of each month."""

    def __init__(self) -> None:
        self._months: list[int] = []
        self._looks: list[dict[str, NDArray[Any]]] = []

    def record(self, members: NDArray[Any], month: int) -> None:
        """Record the members at the end of a month; months come in order."""
        table = np.asarray(members)
        rows = np.flatnonzero(np.isin(table["status"], HERE))
        rows = rows[np.argsort(table["key"][rows])]
        names = ("key", "status", "package", "needs", *COUNTERS.values())
        self._months.append(month)
        self._looks.append({name: table[name][rows] for name in names})

    def until(self, month: int) -> "Panel":
        """Return a panel with the same records before ``month``, to which later months can be added separately."""
        fork = Panel()
        seen = sum(known < month for known in self._months)
        fork._months, fork._looks = self._months[:seen], self._looks[:seen]
        return fork

    @property
    def first_month(self) -> int:
        """The first recorded month."""
        return self._months[0]

    def diary(self, keys: Keys) -> Diary:
        """Return the months of the members with these keys, in the order of the keys."""
        shape = (len(keys), len(self._months))
        use = {name: np.full(shape, np.nan) for name in COUNTERS}
        served, needs = np.zeros(shape, np.int64), np.full(shape, GONE, np.int64)
        here = np.zeros(len(keys), bool)
        for m in range(len(self._months)):
            there, (now, here) = here, _rows(self._looks[m], keys)
            known = here & there & (self._looks[m]["status"][now] == ENROLLED)
            served[here, m] = self._looks[m]["package"][now[here]]
            needs[here, m] = self._looks[m]["needs"][now[here]]
            last = self._looks[max(m - 1, 0)]
            before = _rows(last, keys)[0]
            new_year = self._months[m] % MONTHS_PER_YEAR == 0
            for name, counter in COUNTERS.items():
                so_far = self._looks[m][counter][now] * 1.0
                earlier = 0.0 if new_year else last[counter][before]
                use[name][:, m] = np.where(known, so_far - earlier, np.nan)
        return Diary(keys, np.array(self._months), use, served, needs)

    def ever_served(self, bit: int) -> Keys:
        """Return the keys of all members whom a package ever served, sorted."""
        found = [look["key"][look["package"] >> bit & 1 == 1] for look in self._looks]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)

    def everybody(self) -> Keys:
        """Return the keys of all members of the first month, in no particular order."""
        return np.asarray(self._looks[0]["key"])


def _rows(look: dict[str, NDArray[Any]], keys: Keys) -> tuple[Ints, Flags]:
    """Return the row of each key in a record (any row where it is missing), and whether it is there."""
    place = np.minimum(np.searchsorted(look["key"], keys), max(len(look["key"]) - 1, 0))
    return place, look["key"][place] == keys
