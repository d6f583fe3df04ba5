"""What members would report about the past year when a survey asks them in December: their needs, and their use.

``now``      needs that they have
``year``     needs that they had since January
``before``   needs that they had last December: what was used this year came afterwards
``ever``     needs that they had at any time since the run began
``seen``     needs that they had in a month of the year in which a clinic (primary or behavioral care) or a hospital
             saw them: the people whom a program such as Health Care for the Homeless sees
``known``    the same, in a month of any year since the run began: the people on its list
``delayed``  the need for transport, if in some month of the year it kept them from asking for a visit. Their month is
             simulated again with the same luck, without the effect of the need on use: would they ask for more?

Each is a set of needs, as bits, for every row of the member table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.member.month import BLOCK, MONTHS_IN_ROOM, live_chunk, make_scratch

if TYPE_CHECKING:
    from sim.model import HealthSystem

Bits = NDArray[np.int16]
Rows = NDArray[Any]

KINDS = ("now", "year", "before", "ever", "seen", "known", "delayed")
OF_THE_YEAR = ("year", "seen", "delayed")
REMEMBERED = np.dtype([("key", "u8"), *((kind, "i2") for kind in KINDS)])
TAKEN_IN = ("primary_year", "behavioral_year", "stays_year")


class Recall:
    """Watches a model: ``before`` each month and ``after`` it.

    Parameters
    ----------
    model : has ``members``, ``month``, ``params``, ``decisions`` and ``seed`` (``sim.model.HealthSystem``).
    """

    def __init__(self, model: HealthSystem) -> None:
        self.model = model
        self._held = np.zeros(0, REMEMBERED)
        self._earlier = np.zeros(0, schema.MEMBER)
        self._without = without_effect(model.params, schema.TRANSPORT)

    def before(self) -> None:
        """Keep the members as they are."""
        self._earlier = self.model.whole_members()

    def after(self) -> None:
        """Note the needs and the use of the month."""
        now = np.asarray(self.model.members)
        earlier, held = self._aligned(now)
        january = self.model.month % MONTHS_PER_YEAR == 1
        if january:
            held["before"] = earlier["needs"]
            for kind in OF_THE_YEAR:
                held[kind] = 0
        held["now"] = now["needs"]
        held["year"] |= now["needs"]
        held["ever"] |= earlier["needs"] | now["needs"]
        so_far, until_then = (sum(table[name].astype(int) for name in TAKEN_IN) for table in (now, earlier))
        seen = np.where(so_far > (0 if january else until_then), now["needs"], 0).astype(np.int16)
        held["seen"] |= seen
        held["known"] |= seen
        rows = np.flatnonzero(felt(now) & felt(earlier) & (now["status"] == schema.ENROLLED))
        held["delayed"][rows] |= np.where(self._kept_away(rows), 1 << schema.TRANSPORT, 0).astype(np.int16)
        self._held = held

    def needs(self, kind: str) -> Bits:
        """Return the needs that members would name, by row of the table, as bits."""
        return np.asarray(self._held[kind])

    def _aligned(self, now: Rows) -> tuple[Rows, Rows]:
        """Return the earlier rows and what is remembered, of the people who are in the rows now; else zeros."""
        earlier, held = np.zeros(len(now), schema.MEMBER), np.zeros(len(now), REMEMBERED)
        earlier[: len(self._earlier)], held[: len(self._held)] = self._earlier, self._held
        earlier[earlier["key"] != now["key"]] = 0
        held[held["key"] != now["key"]] = 0
        held["key"] = now["key"]
        return earlier, held

    def _kept_away(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the members whom the need for transport kept from asking for a visit this month."""
        then = self._earlier[rows]
        _, wanted = repeat_month(self.model, then, self._without)
        _, asked = repeat_month(self.model, then, self.model.params)
        return np.asarray(wanted > asked)


def felt(members: Rows) -> NDArray[np.bool_]:
    """Return the members on whom a need for transport has its effect."""
    return np.asarray(members["felt_needs"] >> schema.TRANSPORT & 1 == 1)


def without_effect(params: Rows, need: int) -> Rows:
    """Return parameters under which a need has no effect on use."""
    changed = params.copy()
    changed["needs_log_causal"][:, need] = 0.0
    return changed


def repeat_month(model: HealthSystem, rows: Rows, params: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Simulate the last month again for some members; return them after it, and the visits that they asked for.

    Parameters
    ----------
    model : the model, after the month.
    rows : the members before the month, no vacant row among them; they stay as they are.
    params : parameters of the month; its date comes from the model.
    """
    members, params = np.array(rows).view(np.recarray), params.copy()
    params["month"], params["month_of_year"] = model.params["month"], model.params["month_of_year"]
    areas, clinics = (np.array(of[-1]).view(np.recarray) for of in (model.decisions.areas, model.decisions.clinics))
    scratch, _ = make_scratch(len(areas), len(clinics))
    months, asked = scratch[MONTHS_IN_ROOM], np.zeros(len(members), np.int64)
    for first in range(0, len(members), BLOCK):  # the scratch holds the months of one block
        last = min(first + BLOCK, len(members))
        live_chunk(members, first, last, areas, clinics, params, np.uint64(model.seed), scratch)
        asked[first:last] = months["asked"][: last - first, : schema.DENTAL + 1].sum(axis=1)
    return members, asked
