"""Reserves of a CCO: what it must hold, what its owners may take out, when it threatens to leave, and when it leaves.

Equation: floor = max(requirement * revenue of a year, minimum / people per sampled member), in cents;
          opening = opening share * the larger of revenue and the revenue at which the minimum is the requirement;
          ceiling = multiple * floor; at the year's end owners take ``dividend`` of what lies above the ceiling.
A CCO below its floor, or with a large loss, threatens to leave; a soft growth cap may then give way. A CCO that has
been below ``exit_reserve`` of its floor for ``exit_after`` years in a row leaves, and the state pays the claims of its
area again.
The luck of a sample is first reduced to that of the full population (model.md 4).
Evidence: res_floor (USD 2.5 million for each CCO), rbc_cap (up to 200% of the minimum), dividends (over USD 300
million by nine CCOs since 2012), enrol_hs_2018 (8 of 15 CCOs for profit), familycare_transfer (a CCO that left).
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.decisions import decision
from sim.engine.draws import ONCE, uniforms
from sim.engine.parameters import Declared, declared

OWNERSHIP = decision("CCO: ownership", 1084)
CENTS = 100


@dataclass(frozen=True)
class Solvency(Declared):
    """Declared rules about reserves; shares are of a year's revenue."""

    opening: float = declared("ccos.opening_reserve")
    requirement: float = declared("ccos.reserve_requirement")
    minimum: float = declared("ccos.reserve_minimum")
    multiple: float = declared("ccos.reserve_ceiling")
    dividend: float = declared("ccos.dividend")
    exit_margin: float = declared("ccos.exit_margin")
    exit_reserve: float = declared("ccos.exit_reserve")
    exit_after: int = declared("ccos.exit_after", round)

    def floor(self, revenue: float, weight: float) -> float:
        """Return the least reserve in sampled cents, for a year's ``revenue`` in the same."""
        return max(self.requirement * revenue, self.minimum * CENTS / weight)

    def opens(self, revenue: float, weight: float) -> float:
        """Return the reserve at the start: the same multiple of what is required for a small CCO as for a large one."""
        required = self.requirement * revenue
        return self.opening * revenue * (self.floor(revenue, weight) / required if required > 0 else 1.0)

    def ceiling(self, revenue: float, weight: float) -> float:
        """Return the reserve above which owners take money out."""
        return self.multiple * self.floor(revenue, weight)

    def taken_out(self, reserve: float, revenue: float, weight: float) -> int:
        """Return what for-profit owners take out at the end of a year, in whole cents."""
        return round(self.dividend * max(0.0, reserve - self.ceiling(revenue, weight)))

    def cannot_go_on(self, reserve: float, revenue: float, weight: float) -> bool:
        """Whether so little is left of what is required that a few such years end the contract."""
        return reserve < self.exit_reserve * self.floor(revenue, weight)

    def threatens(self, reserve: float, margin: float, revenue: float, weight: float) -> bool:
        """Whether a CCO threatens to leave."""
        return reserve < self.floor(revenue, weight) or margin < -self.exit_margin


def is_for_profit(seed: int, area: int, share: float) -> bool:
    """Whether the CCO of an area has owners who take dividends."""
    return bool(uniforms(seed, np.array([area], dtype=np.uint64), ONCE, OWNERSHIP)[0] < share)
