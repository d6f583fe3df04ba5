"""A run's way of dividing its budget among packages (``sim/upstream/portfolio.py``)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.agents.cco.governance import serves_priority
from sim.engine.arrays import Cents, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.upstream import risk
from sim.upstream.channels import monthly_fraction
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

Rows = NDArray[np.int64]


class Allocation:
    """Decides in which order packages are paid, and how much each may spend.

    Parameters
    ----------
    model : read are ``members``, ``registry`` and the scenario's ``upstream`` (``allocation``, ``shares``).
    packages : in the order of their bits.
    """

    def __init__(self, model: Any, packages: Sequence[Package]) -> None:
        self.model, self.packages = model, tuple(packages)
        upstream, get = model.scenario.upstream, model.registry.get
        self.name: str = upstream.allocation
        self.shares: Floats = np.array(upstream.shares or [1.0] * len(packages), dtype=np.float64)
        self.community: Floats = np.asarray(get("upstream.community_priority"), dtype=np.float64)
        self.council_emphasis = float(get("upstream.council_emphasis"))
        self.keep = float(get("upstream.payer_retention"))
        social, hurdle = float(get("upstream.social_rate")), float(get("upstream.hurdle_rate"))
        rate = social if self.name == SOCIAL else hurdle
        self.discount = (1.0 + rate) ** (-1.0 / MONTHS_PER_YEAR)
        self.relief: Floats = np.asarray(get("upstream.pocket_per_need")).sum(axis=1)
        self.relief = (
            self.relief + float(get("needs.utility_loss")) * float(get("upstream.qaly_value")) / MONTHS_PER_YEAR
        )
        self.prices: Floats = np.asarray(get("levels.price"), dtype=np.float64)

    def order(self, may: Sequence[Rows], month: int) -> list[int]:
        """Return the packages in the order in which they are paid; ``may`` holds who could have each."""
        if self.name not in HORIZONS:
            return list(range(len(self.packages)))
        return best_first(np.array([self._return(k, rows, month) for k, rows in enumerate(may)]))

    def allowed(self, may: Sequence[Rows], budget: Cents) -> Cents | None:
        """Return what each package may spend on new places, ``[area, package]``; None where only the order counts."""
        if self.name == ORDER or self.name in HORIZONS:
            return None
        n = len(budget)
        if self.name == SHARES:
            return divided(budget, np.tile(self.shares, (n, 1)))
        areas = np.asarray(self.model.members["area"])
        weights = np.stack([np.bincount(areas[rows], minlength=n) for rows in may], axis=1).astype(np.float64)
        if self.name == COMMUNITY:
            weights *= [priority(package, self.community) for package in self.packages]
            weights *= self._put_first(n)
        return divided(budget, weights)

    def _put_first(self, areas: int) -> Floats:
        """Return how much more a council's priorities weigh, ``[area, package]``; 1 where no council has met yet."""
        emphasis = np.ones((areas, len(self.packages)))
        for cco in getattr(self.model, "ccos", ()):
            first = [serves_priority(package, cco.board.priorities) for package in self.packages]
            emphasis[cco.area, first] = self.council_emphasis
        return emphasis

    def _return(self, k: int, rows: Rows, month: int) -> float:
        package, members = self.packages[k], self.model.members.view(np.ndarray)
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
