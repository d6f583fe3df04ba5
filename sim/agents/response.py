"""The reduced form: how providers answer to a contract on the total cost of care, without saying how they do it.

Meaning: log change of volume and price by service and area.
Equation: S(m) = min(g * phi * rho * strength * max(0, m - lag), S_max), the log of total cost saved after m months;
          70% of it by volume, 30% by price and choice of site, both on the services that can be restrained, so that
          log volume = -(1 - price share) * S * felt / t, and log price = -price share * S / t,
          where t is those services' share of the budget and felt the share of the area's members under the contract:
          clinicians change their ways for everybody, while a CCO's prices are its own.
Evidence: payment.md E5 (reduced-form check); mssp_phys_2014, mssp_phys_2013, mssp_phys_2012 gave g through a naive
estimator (model.md 24): the range of g includes 0. mssp_share_providers (phi). Strength differs by area: lognormal.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.agents.waits import Floats, Reads
from sim.engine.draws import uniforms
from sim.schema import ANCILLARY, INPATIENT, OUTPATIENT, SPECIALIST

RESTRAINED = (SPECIALIST, INPATIENT, OUTPATIENT, ANCILLARY)
STRENGTH = 1040  # decision number
ONCE = -1  # a draw that belongs to no month


@dataclass(frozen=True)
class Response:
    """What is declared about the answer; see the equation above."""

    slope: float
    lag: float
    ceiling: float
    price_share: float
    pass_through: float
    share_at_risk: float
    inertia: float
    spread: float

    @classmethod
    def of(cls, registry: Reads) -> "Response":
        """Read the answer's parameters."""
        return cls(
            slope=registry.get("providers.response_slope"),
            lag=registry.get("providers.response_lag"),
            ceiling=registry.get("providers.response_ceiling"),
            price_share=registry.get("providers.response_price_share"),
            pass_through=registry.get("providers.pass_through"),
            share_at_risk=registry.get("providers.share_at_risk"),
            inertia=registry.get("providers.response_inertia"),
            spread=registry.get("providers.response_spread"),
        )

    def saving(self, months: NDArray[np.int64] | int, strength: Floats) -> Floats:
        """Return the log of total cost that providers aim to save after so many months under contract."""
        reach = self.slope * self.pass_through * self.share_at_risk * strength * np.maximum(0, months - self.lag)
        return np.asarray(np.minimum(reach, self.ceiling))

    def targets(self, saving: Floats, restrained_share: Floats, felt: Floats) -> tuple[Floats, Floats]:
        """Return the aimed log volume and log price of the restrained services, by area."""
        part = np.divide(saving, restrained_share, out=np.zeros_like(saving), where=restrained_share > 0)
        return -(1 - self.price_share) * part * felt, -self.price_share * part


def strengths(seed: int, areas: int, spread: float) -> Floats:
    """Return how strongly each area's providers answer: lognormal with mean 1 and log standard deviation ``spread``."""
    normal = [NormalDist().inv_cdf(u) for u in uniforms(seed, np.arange(areas), ONCE, STRENGTH)]
    return np.asarray(np.exp(spread * np.array(normal) - spread**2 / 2))
