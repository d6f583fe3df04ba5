"""How a run divides its budget among packages (``sim/upstream/portfolio.py``)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.agents.cco.board import Board
from sim.engine.arrays import Cents, Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.scenario.choices import UpstreamChoice
from sim.upstream import risk
from sim.upstream.eligibility import months_lived
from sim.upstream.package import Package
from sim.upstream.portfolio import (
    COMMUNITY,
    HORIZONS,
    ORDER,
    SHARES,
    SOCIAL,
    Worth,
    best_first,
    divided,
    priority,
    return_per_dollar,
)
from sim.upstream.window import monthly_fraction


class Allocation:
    """Decides in which order packages are paid, and how much each may spend.

    Parameters
    ----------
    registry : all parameters.
    choice : the scenario's ``upstream``: ``allocation`` and ``shares``.
    packages : in the order of their bits.
    """

    def __init__(self, registry: Registry, choice: UpstreamChoice, packages: Sequence[Package]) -> None:
        self.packages, get = tuple(packages), registry.get
        self.name: str = choice.allocation
        shares = dict(zip(choice.packages, choice.shares or [1.0] * len(choice.packages), strict=True))
        self.shares: Floats = np.array([shares.get(package.name, 0.0) for package in packages])
        self.community: Floats = np.asarray(get("upstream.community_priority"), dtype=np.float64)
        self.council_emphasis = float(get("upstream.council_emphasis"))
        self.keep = float(get("upstream.payer_retention"))
        social, hurdle = float(get("upstream.social_rate")), float(get("upstream.hurdle_rate"))
        rate = social if self.name == SOCIAL else hurdle
        self.discount = (1.0 + rate) ** (-1.0 / MONTHS_PER_YEAR)
        self.relief: Floats = np.asarray(registry.dollars("upstream.pocket_per_need")).sum(axis=1)
        self.relief = (
            self.relief + float(get("needs.utility_loss")) * float(get("upstream.qaly_value")) / MONTHS_PER_YEAR
        )
        self.prices: Floats = np.asarray(get("levels.price") * get("spending.price_level"), dtype=np.float64)

    def order(self, members: NDArray[Any], may: Sequence[Ints], month: int) -> list[int]:
        """Return the packages in the order in which they are paid; ``may`` holds the rows that could have each."""
        if self.name not in HORIZONS:
            return list(range(len(self.packages)))
        return best_first(np.array([self._return(members, k, rows, month) for k, rows in enumerate(may)]))

    def allowed(
        self, members: NDArray[Any], may: Sequence[Ints], budget: Cents, boards: Sequence[Board]
    ) -> Cents | None:
        """Return what each package may spend on new slots, ``[area, package]``; None where only the order counts."""
        if self.name == ORDER or self.name in HORIZONS:
            return None
        n = len(budget)
        if self.name == SHARES:
            return divided(budget, np.tile(self.shares, (n, 1)))
        areas = members["area"]
        weights = np.stack([np.bincount(areas[rows], minlength=n) for rows in may], axis=1).astype(np.float64)
        if self.name == COMMUNITY:
            weights *= [priority(package, self.community) for package in self.packages]
            weights *= self.emphasis(boards, n)
        return divided(budget, weights)

    def emphasis(self, boards: Sequence[Board], areas: int) -> Floats:
        """Return how much more a community's priorities weigh, ``[area, package]``; 1 where it has none yet."""
        weights = np.ones((areas, len(self.packages)))
        for area, board in enumerate(boards):
            weights[area, board.puts_first(self.packages)] = self.council_emphasis
        return weights

    def _return(self, members: NDArray[Any], k: int, rows: Ints, month: int) -> float:
        package = self.packages[k]
        if not rows.size:
            return 0.0
        lived = months_lived(month)
        expected = risk.expected(members, rows, risk.fit(members, lived), lived).mean(axis=0) / MONTHS_PER_YEAR
        use = np.zeros(len(schema.SERVICES))
        use[schema.EMERGENCY], use[schema.INPATIENT] = expected[1:]
        social = self.name == SOCIAL
        worth = Worth(
            prices=self.prices,
            keep=1.0 if social else self.keep,
            discount=self.discount,
            relief=self.relief if social else np.zeros_like(self.relief),
        )
        return return_per_dollar(package, use, monthly_fraction(package.fade.value), worth, HORIZONS[self.name])
