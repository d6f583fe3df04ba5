"""A provider: one primary care clinic, or all providers of another kind in an area; an agent that answers questions.

What all providers decide in a month is computed at once, on arrays, by ``Providers``; each agent reads its own part.
"""

from __future__ import annotations

from typing import Protocol

import mesa

from sim.agents.protocols import Books
from sim.agents.providers.capacity import Capacity
from sim.engine.arrays import Floats
from sim.payment.ledger import ACCOUNT_INDEX
from sim.schema import ACTIVITIES


class Network(Protocol):
    """What a provider reads of all providers, whose arrays hold its own part."""

    @property
    def capacity(self) -> Capacity: ...
    @property
    def effort(self) -> Floats | None: ...


class Provider(mesa.Agent):  # type: ignore[misc]
    """One primary care clinic, or all providers of another kind in an area.

    Parameters
    ----------
    model : the health system, whose ledger it reads.
    all_of_them : all providers, whose arrays it reads.
    kind : one of ``PROVIDERS``.
    area : index of the CCO area.
    clinic : row of ``model.clinics`` (primary care only).
    row : row of ``Capacity``, or None where nobody waits (pharmacy, hospital).
    """

    model: Books

    def __init__(
        self,
        model: Books,
        all_of_them: Network,
        kind: str,
        area: int,
        clinic: int | None = None,
        row: int | None = None,
    ) -> None:
        super().__init__(model)
        self.all_of_them = all_of_them
        self.kind, self.area, self.clinic, self.row = kind, area, clinic, row

    @property
    def wait_days(self) -> float:
        """Wait for an appointment this month."""
        return self._of(self.all_of_them.capacity.waits.days)

    @property
    def utilization(self) -> float:
        """Booked visits over capacity this month."""
        return self._of(self.all_of_them.capacity.waits.utilization)

    @property
    def capacity(self) -> float:
        """Visits that can be given this month; infinite where nobody waits."""
        return float("inf") if self.row is None else self._of(self.all_of_them.capacity.whole)

    @property
    def backlog(self) -> float:
        """Visits carried over from earlier months."""
        return self._of(self.all_of_them.capacity.backlog)

    @property
    def effort(self) -> dict[str, float]:
        """Effort by activity: of a clinic, where effort is modeled."""
        of_clinics = self.all_of_them.effort
        if self.clinic is None or of_clinics is None:
            return {}
        return dict(zip(ACTIVITIES, of_clinics[self.clinic].tolist(), strict=True))

    @property
    def receipts(self) -> int:
        """Cents that all providers of this kind in this area have been paid since the start."""
        return int(self.model.ledger.balances[self.area, ACCOUNT_INDEX[self.kind]])

    def _of(self, rows: Floats) -> float:
        return 0.0 if self.row is None else float(rows[self.row])
