"""Whom the contracts of a run hold for, month by month: which clinics of each area, and which kinds of members.

Before month 0, and where contracts are with all clinics, nobody is outside. Clinics keep their places in the order
for a whole run: they are keyed draws, or the usual visits to each clinic as practices know them from the warm-up.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.protocols import System
from sim.engine.arrays import Flags, Floats, Ints
from sim.engine.decisions import decision
from sim.engine.draws import ONCE, uniforms
from sim.member.groups import rate_categories
from sim.member.month import MonthResult
from sim.payment.contract_calendar import Calendar
from sim.payment.parties import ALL, DRAWN, LARGEST, clinics_under, of_kinds
from sim.schema import RATE_CATEGORIES

PLACE = decision("contracts: place of a clinic in the draw", 1063)
ROUNDED = decision("contracts: an area's number of clinics is rounded up or down", 1064)


class Parties:
    """Divides clinics and members by whether contracts hold for them.

    Attributes
    ----------
    kinds : rate categories for which contracts hold; None: all.
    """

    def __init__(self, model: System, calendar: Calendar) -> None:
        self.model, self.calendar = model, calendar
        self.order: str = model.scenario.payment.clinics
        self.clinic_share: float = model.registry.get("payment.clinic_share")
        chosen = model.scenario.payment.members
        self.kinds: Flags | None = np.isin(RATE_CATEGORIES, chosen) if chosen else None

    def divide(self) -> None:
        """Say which clinics are outside the contracts this month; an area without any clinic under them has none."""
        clinics = self.model.clinics
        clinics["apart"] = 0
        if self.order != ALL and self.model.month >= 0:
            clinics["apart"] = ~self._under(np.asarray(clinics["area"], dtype=np.int64))
            under = np.bincount(clinics["area"], clinics["apart"] == 0, len(self.model.weights))
            self.calendar.leave_out(np.asarray(under == 0))

    def seen(self) -> MonthResult:
        """Return what happened in the last month to those whom contracts hold for."""
        party = self.model.party
        if self.kinds is None:
            return party
        money, months = (of_kinds(one, self.kinds) for one in (party.money, party.rate_months))
        return replace(party, money=money, rate_months=months)

    def hold_for(self, members: NDArray[Any]) -> Flags:
        """Return for which members contracts hold, if there are any."""
        under = np.asarray(self.model.clinics["apart"][members["clinic"]] == 0)
        return under if self.kinds is None else under & self.kinds[rate_categories(members)]

    def _under(self, area: Ints) -> Flags:
        luck = uniforms(self.model.seed, np.arange(len(self.model.weights), dtype=np.uint64), ONCE, ROUNDED)
        return clinics_under(area, self._places(len(area)), self.clinic_share, luck)

    def _places(self, clinics: int) -> Floats:
        if self.order == DRAWN:
            return uniforms(self.model.seed, np.arange(clinics, dtype=np.uint64), ONCE, PLACE)
        sizes = self.model.providers.clinic_sizes
        return -sizes if self.order == LARGEST else sizes
