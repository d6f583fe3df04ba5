"""The savings trend: how fast contracts on the total cost of care have saved, without a mechanism.

A response with one number: alone it is a check of ``effort``; in ``reduced_form`` it is the answer to shared risk,
to which the other estimated responses have none.

Meaning: log change of volume and price by service and area.
Equation: S(m) = min(g * at risk * strength * max(0, m - lag), S_max), the log of total cost saved after m months under
          contract; at risk = phi * rho, the part of a change of total cost that falls on providers now
          (``Incentives``): what a CCO's actions or a contract on total cost say, one-sided ones at their weight;
          70% of it by volume, 30% by price and choice of site, both on the services that can be restrained, so that
          log volume = -(1 - price share) * S * affected / t, and log price = -price share * S / t,
          where t is those services' share of the budget, affected the share of the area's members under the contract:
          clinicians change their ways for everybody, while a CCO's prices are its own.
Evidence: payment.md E5, the reduced-form check, model.md 17 and 18; mssp_phys_2014, mssp_phys_2013, mssp_phys_2012 gave
g through a naive estimator (model.md 24): the range of g includes 0. mssp_share_providers (phi). Strength differs by
area: lognormal.
"""

from dataclasses import dataclass

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Flags, Floats
from sim.engine.decisions import decision
from sim.engine.draws import lognormals
from sim.engine.parameters import Declared, declared
from sim.schema import ANCILLARY, INPATIENT, OUTPATIENT, SPECIALIST

RESTRAINED = (SPECIALIST, INPATIENT, OUTPATIENT, ANCILLARY)
STRENGTH = decision("providers: strength of the savings trend", 1040)


@dataclass(frozen=True)
class Response(Declared):
    """Declared parameters of the response; see the equation above."""

    slope: float = declared("reduced_form.trend_slope")
    lag: float = declared("reduced_form.trend_lag")
    ceiling: float = declared("reduced_form.trend_ceiling")
    price_share: float = declared("reduced_form.trend_price_share")
    inertia: float = declared("providers.response_inertia")
    spread: float = declared("reduced_form.trend_spread")

    def saving(self, months: Floats | int, at_risk: Floats, strength: Floats) -> Floats:
        """Return the log of total cost that providers aim to save after so many months under contract."""
        reach = self.slope * at_risk * strength * np.maximum(0, months - self.lag)
        return np.asarray(np.minimum(reach, self.ceiling))

    def targets(self, saving: Floats, restrained_share: Floats, affected: Floats) -> tuple[Floats, Floats]:
        """Return the aimed log volume and log price of the restrained services, by area."""
        part = np.divide(saving, restrained_share, out=np.zeros_like(saving), where=restrained_share > 0)
        return -(1 - self.price_share) * part * affected, -self.price_share * part


class SavingsTrend(Gradual):
    """The response of all providers of an area: log volume and log price of the services that are restrained.

    ``inside``: which of these services were inside the budget at the last decision, (area, service).
    """

    REMEMBERED = ("now", "inside")

    def __init__(self, market: Market) -> None:
        self.response = Response.of(market.registry)
        super().__init__((2, market.areas), self.response.inertia)
        self.inside: Flags = np.zeros((market.areas, len(RESTRAINED)), dtype=np.bool_)
        self.strength = lognormals(market.seed, np.arange(market.areas), STRENGTH, self.response.spread)

    def aim(self, seen: Seen) -> Floats:
        """Return the log volume and price at which the contract aims: zero where nothing is at risk."""
        at_risk = seen.incentives.at_risk.sum(axis=1)
        saving = self.response.saving(seen.months_under, at_risk, self.strength)
        in_budget = (seen.mix * seen.incentives.inside).sum(axis=1)
        part = (seen.mix * seen.incentives.inside)[:, RESTRAINED].sum(axis=1) / np.where(in_budget > 0, in_budget, 1)
        self.inside = seen.incentives.inside[:, RESTRAINED]
        return np.stack(self.response.targets(saving, part, seen.incentives.members))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Clinics do less for everybody; CCOs pay less for their own members."""
        volume, price = self.now
        decided.log_volume[:, RESTRAINED] += volume[:, None] * self.inside
        decided.log_price[:, RESTRAINED] += price[:, None] * self.inside
