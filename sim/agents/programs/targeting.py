"""Targeting: which members come first for a package, and the risk score that some rules need."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.upstream import risk
from sim.upstream.channels import per_engaged
from sim.upstream.eligibility import in_last_12_months, months_lived
from sim.upstream.package import Package
from sim.upstream.ranking import LOTTERY, NEEDS_A_MODEL, SCORES, UNIVERSAL, Seen, Weights


class Targeting(Remembering):
    """Scores members for packages; the highest score comes first.

    Parameters
    ----------
    registry : community priorities and prices.
    name : one of ``ranking.SCORES``.
    packages : in the order of their bits.

    Attributes
    ----------
    slopes : coefficients of the risk model (``risk.fit``); zero until one is needed.
    """

    REMEMBERED = ("slopes",)

    def __init__(self, registry: Registry, name: str, packages: Sequence[Package]) -> None:
        self.name = name
        get = registry.get
        self.community: Floats = np.asarray(get("upstream.community_priority"), dtype=np.float64)
        self.rural = float(get("upstream.community_rural"))
        prices = get("levels.price") * get("spending.price_level")
        self.saved = [
            tuple(prices[s] * (1.0 - _ratio(package, s)) for s in (schema.EMERGENCY, schema.INPATIENT))
            for package in packages
        ]
        self.slopes = np.zeros((risk.PREDICTORS, risk.OUTCOMES), np.int64)

    def fit(self, members: NDArray[Any], month: int) -> None:
        """Fit the risk model if there is none yet, and every January."""
        if self.name in NEEDS_A_MODEL and (month % MONTHS_PER_YEAR == 0 or not self.slopes.any()):
            self.slopes = risk.fit(members, months_lived(month))

    def score(self, k: int, members: NDArray[Any], rows: Ints, month: int) -> Floats | None:
        """Return the score of each row for package ``k``; None where a lottery decides."""
        if self.name in (LOTTERY, UNIVERSAL):
            return None
        visit, stay = self.saved[k]
        weights = Weights(self.community, self.rural, visit_saved=visit, stay_saved=stay)
        return SCORES[self.name](self.see(members, rows, month), weights)

    def see(self, members: NDArray[Any], rows: Ints, month: int) -> Seen:
        """Return what a program can see of members."""
        lived = months_lived(month)
        homeless = members["needs"][rows] & (1 << schema.HOMELESSNESS)
        return Seen(
            known_needs=members["known_needs"][rows] | homeless,
            emergency=in_last_12_months(members["ed_year"][rows], members["ed_last_year"][rows], lived),
            stays=in_last_12_months(members["stays_year"][rows], members["stays_last_year"][rows], lived),
            rural=members["rurality"][rows] > 0,
            expected=risk.expected(members, rows, self.slopes, lived),
        )


def _ratio(package: Package, service: int) -> float:
    effect = package.effects.get(schema.SERVICES[service])
    return per_engaged(package, effect, effect.value) if effect else 1.0
