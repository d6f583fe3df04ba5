"""What programs do to people whom they do not serve: money spent on an area, and homes taken from others.

Money for an area (``places.kind: area``) lowers the chance that a need begins there: after years of spending d dollars
PMPM by the ratio onset_ratio ^ (d / 10), half of it after ``build`` months. A home given to one member is in part taken
from somebody else: ``crowd_out.py``.
With ``organizations=fixed`` homes displace nobody, so that a slot given to one member changes nobody else.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Cents, Floats, Ints
from sim.engine.by_parts import ByParts, at_once
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.member.needs import expect_homelessness
from sim.member.served import Served
from sim.schema import FRACTION_GRID, HOMELESSNESS
from sim.upstream import crowd_out
from sim.upstream.implied import reliefs
from sim.upstream.package import Area, Package
from sim.upstream.window import monthly_fraction

GRAINS = FRACTION_GRID**2
TEN_DOLLARS = 10.0 * 100  # in cents: the effect is declared for so much PMPM


class Neighborhood(Remembering):
    """Needs of an area as programs change them.

    Parameters
    ----------
    registry : all parameters.
    params : the parameters of the members' month, which say how needs begin.
    packages : in the order of their bits.
    areas : number of CCO areas.
    displaces : whether homes displace other people.

    Attributes
    ----------
    built : spending that is in effect, in tens of dollars PMPM, by area and package.
    extra : onsets of homelessness a month that homes cause elsewhere in the area.
    usual : onsets a month that come anyway.
    price : what programs cost against month 0; effects are of dollars of month 0.
    """

    REMEMBERED = ("built", "extra", "usual")

    def __init__(
        self, registry: Registry, params: NDArray[Any], packages: Sequence[Package], areas: int, displaces: bool
    ) -> None:
        self.params, self.displaces = params, displaces
        get = registry.get
        self.scale = float(get("upstream.effect_scale"))
        self.net = float(get("upstream.net_homeless_per_home"))
        cost = float(get("upstream.cost_scale"))
        self.exits: Floats = np.asarray(registry.monthly("needs.homeless_exit"))
        self.spell = crowd_out.mean_spell(np.asarray(get("needs.homeless_type_share")), self.exits)
        self.of_areas = {k: package.places for k, package in enumerate(packages) if isinstance(package.places, Area)}
        self.cents = {k: round(area.spending.value * cost * 100) for k, area in self.of_areas.items()}
        self.homes = [k for k, package in enumerate(packages) if _houses(package)]
        self.price = 1.0
        self.built = np.zeros((areas, len(packages)))
        self.extra = np.zeros(areas)
        self.usual = np.zeros(areas)

    def asked_for(self, members: Cents) -> Iterator[tuple[int, Cents]]:
        """Yield each package for areas, and the cents that it would spend this month in each area."""
        for k, cents in self.cents.items():
            yield k, members * round(cents * self.price)

    def spend(self, k: int, paid: Cents, members: Cents) -> None:
        """Let the effect of what was paid for package ``k`` build up, or fade."""
        tens = np.divide(paid, members * TEN_DOLLARS * self.price, out=np.zeros(members.size), where=members > 0)
        self.built[:, k] += (tens - self.built[:, k]) * monthly_fraction(self.of_areas[k].build.value)

    def displace(
        self, members: NDArray[Any], served: Served, held: Mapping[int, Ints], by_parts: ByParts = at_once
    ) -> None:
        """Compute how many people the homes of programs displace; ``held``: the rows that each package serves."""
        if not self.homes or not self.displaces:
            return
        n, homes, otherwise = len(self.extra), np.zeros(len(self.extra)), np.zeros(len(self.extra))
        for k in self.homes:
            rows = held[k]
            months, types = served.months(members, rows, k), members["homeless_type"][rows]
            for kind in range(len(schema.HOMELESS_TYPES)):  # counted, not added up: no order of rows changes a sum
                of_kind = rows[types == kind]
                otherwise += self._otherwise(members["area"][of_kind], months[types == kind], kind, n)
            homes += np.bincount(members["area"][rows], minlength=n)
        self.extra = self.scale * crowd_out.displaced(otherwise, homes, self.net) / self.spell
        self.usual = self.expected_onsets(members, by_parts)

    def expected_onsets(self, members: NDArray[Any], by_parts: ByParts = at_once) -> Floats:
        """Return the onsets of homelessness to expect a month, by area."""

        def expected(part: NDArray[Any]) -> Ints:
            onsets = np.zeros(len(self.extra), dtype=np.int64)  # whole numbers: no order of rows changes a sum
            expect_homelessness(part, self.params, GRAINS, onsets)
            return onsets

        return np.asarray(sum(by_parts(members.view(np.recarray), expected)) / GRAINS)

    def _otherwise(self, areas: NDArray[Any], months: NDArray[Any], kind: int, n: int) -> Floats:
        longest = int(months.max(initial=0)) + 1
        table = np.bincount(areas.astype(np.int64) * longest + months, minlength=n * longest).reshape(n, longest)
        every = np.arange(longest)
        return np.asarray(table @ crowd_out.homeless_otherwise(np.full(longest, kind), every, self.exits))

    def onset_multipliers(self, area: int) -> Floats:
        """Return by how much the chance that each need begins in an area is multiplied this month."""
        ratio = np.ones(len(schema.NEEDS))
        for k, spent in self.of_areas.items():
            ratio *= spent.onset_ratio.value ** (self.scale * self.built[area, k])
        if self.extra[area] > 0:
            here = slice(area, area + 1)
            ratio[HOMELESSNESS] *= crowd_out.onset_multiplier(self.extra[here], self.usual[here])[0]
        return ratio


def _houses(package: Package) -> bool:
    relief = reliefs(package).get(HOMELESSNESS)
    return bool(relief and relief.met)
