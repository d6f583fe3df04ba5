"""What the contracts and levers of a month put at stake for providers: ``Incentives``, worked out once a month."""

from dataclasses import replace
from typing import Any

import numpy as np

from sim.agents.calendar import Calendar
from sim.agents.waits import Floats
from sim.payment.fee_for_service import IN_CCO
from sim.payment.incentives import Incentives, no_incentives
from sim.payment.ledger import PAYEES


class Stakes:
    """Reads ``model.levers``, ``model.last`` and the terms of the contracts.

    ``split`` says how much of a shared saving or loss falls on each kind of provider; its parts add to 1, so that
    ``at_risk`` summed over kinds is the part of a change of total cost that falls on providers together.
    """

    def __init__(self, model: Any, calendar: Calendar) -> None:
        self.model, self.calendar = model, calendar
        weights = np.asarray(model.registry.get("payment.risk_bearers")) @ PAYEES
        self.split: Floats = weights / weights.sum()

    def of_month(self) -> Incentives:
        """Return this month's incentives; those of the baseline world where no contract is in force."""
        month, levers = self.model.month, self.model.levers
        runs = self.calendar.runs(month)
        plain = no_incentives(len(runs))
        if not runs.any():
            return plain
        budget = self.calendar.under("global_budget", month)
        return replace(
            plain,
            inside=self.calendar.inside("global_budget", month),
            at_risk=np.outer(budget * levers["pass_through"] * levers["at_risk"], self.split),
            capitated=budget * levers["capitated"],
            bonus=self._bonus(),
            members=runs * self._members(),
        )

    def _bonus(self) -> Floats:
        """Quality money within clinicians' reach, over revenue."""
        withheld = self.calendar.under("withhold", self.model.month) * self.model.registry.get("payment.withhold_share")
        return np.asarray(withheld * self.model.levers["quality_bonus"])

    def _members(self) -> Floats:
        """Part of each area's member-months that belong to members of its CCO."""
        months = self.model.last.rate_months
        return np.asarray(months[:, IN_CCO].sum(axis=1) / np.maximum(months.sum(axis=(1, 2)), 1))
