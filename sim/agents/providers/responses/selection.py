"""Patient panels: whom practices accept, whom they serve less, and when they leave Medicaid (payment.md E7, E10).

Meaning: the chance that a clinic takes an unattached member who asks, over the baseline's; the strength with which
members expected to cost more than they bring get less; the part of a clinic's capacity that still serves Medicaid.
Equation: intake = logistic(a0 + 0.54 ln fee - b_u [(u - 0.9)+ - (u0 - 0.9)+]) / logistic(a0) * 0.71^kappa;
          diversion = delta (1 - RA) min(1, kappa + rho); ``sim/member/demand.py`` applies it to members;
          participation loses 2% a month once the margin 1 - cost / revenue has been below -5% for a year, in practices
          that the contract has made worse off (u0 is utilization before the contract; u is now), and of what has left
          2% a month comes back once the margin has been above that for a year.
Evidence: access_medicaid_oregon (a0), feebump_slope, on_cap_morbidity (0.71); the rest are assumptions.
"""

import numpy as np

from sim.agents.providers.response import Answer, Decided, Gradual, Market, Seen
from sim.agents.providers.responses.stinting import PRIMARY_CARE, per_member
from sim.engine.arrays import Floats
from sim.engine.decisions import decision
from sim.engine.draws import lognormals
from sim.schema import PRIMARY

COST = decision("providers: cost of selecting patients", 1042)


def logistic(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-x)))


class Intake(Gradual):
    """Log of intake against the baseline's, by clinic."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.clinics,), get("providers.response_inertia"))
        accepted = get("practices.accepted")
        self.usual: float = float(np.log(accepted / (1 - accepted)))
        self.fee: float = get("practices.intake_fee")
        self.full: float = get("practices.intake_full_at")
        self.crowding: float = get("practices.intake_crowding")
        self.log_capitated: float = float(np.log(get("practices.intake_capitated")))

    def aim(self, seen: Seen) -> Floats:
        """Return the log of intake at which clinics aim."""
        here = seen.clinic_area
        changed = seen.months_under[here] > 0
        crowded = np.maximum(seen.utilization - self.full, 0) - np.maximum(seen.usual_utilization - self.full, 0)
        moved = self.fee * np.log(seen.incentives.fee[here, PRIMARY]) - self.crowding * crowded * changed
        ratio = logistic(self.usual + moved) / logistic(np.array(self.usual))
        return np.asarray(np.log(ratio) + self.log_capitated * per_member(seen.incentives)[here])

    def add(self, decided: Decided, seen: Seen) -> None:
        """Clinics accept fewer or more members."""
        decided.log_intake += self.now

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Intake against the baseline's: mean of clinics."""
        return {"intake": seen.by_area(np.exp(self.now))}


class Selection(Gradual):
    """How much less care unprofitable members get, by area."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas,), get("providers.response_inertia"))
        self.strength: float = get("practices.diversion")

    def aim(self, seen: Seen) -> Floats:
        """Return the strength at which practices aim: nothing where payment follows diagnoses."""
        at_stake = seen.incentives.at_risk[:, PRIMARY_CARE] * seen.incentives.members + per_member(seen.incentives)
        return np.asarray(self.strength * (1 - seen.incentives.risk_adjusted) * np.minimum(at_stake, 1))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Members who are expected to cost more than they bring in get less care."""
        decided.diversion += self.now

    def record(self, seen: Seen) -> dict[str, Floats]:
        """The strength itself."""
        return {"diversion": self.now}


class Participation(Answer):
    """Log of the part of each clinic that still serves Medicaid, and its months with and without a loss."""

    REMEMBERED = ("now", "in_loss", "without_loss")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        n = market.clinics
        self.now, self.in_loss, self.without_loss = (np.zeros(n) for _ in self.REMEMBERED)
        own = lognormals(market.seed, np.arange(n), COST, get("practices.cost_spread"))
        self.cost: Floats = get("practices.visit_cost") * own
        self.floor: float = get("practices.margin_floor")
        self.patience: float = get("practices.exit_patience")
        self.hazard: float = get("practices.exit")
        self.coming_back: float = get("practices.come_back")

    def margin(self, seen: Seen) -> Floats:
        """Return the margin of each clinic's Medicaid business."""
        kappa, fee = per_member(seen.incentives)[seen.clinic_area], seen.incentives.fee[seen.clinic_area, PRIMARY]
        return np.asarray(1 - self.cost / np.maximum((1 - kappa) * fee + kappa, 1 / 100))

    def decide(self, seen: Seen) -> None:
        """Count the months with and without a loss; leave step by step after a year of losses, or come back."""
        margin = self.margin(seen)
        loses = (margin < self.floor) & (margin < 1 - self.cost)
        self.in_loss = np.where(loses, self.in_loss + seen.passed, 0)
        self.without_loss = np.where(loses, 0, self.without_loss + seen.passed)
        self.now = self.now + np.where(self.in_loss > self.patience, seen.passed * np.log1p(-self.hazard), 0)
        away = -np.expm1(self.now) * (1 - self.coming_back) ** seen.passed
        self.now = np.where((self.now < 0) & (self.without_loss > self.patience), np.log1p(-away), self.now)

    def add(self, decided: Decided, seen: Seen) -> None:
        """A clinic that leaves takes its capacity with it and accepts nobody."""
        decided.log_capacity += self.now
        decided.log_intake += self.now

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Part of primary care capacity that still serves Medicaid."""
        return {"participation": seen.by_area(np.exp(self.now))}
