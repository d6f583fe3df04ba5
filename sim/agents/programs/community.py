"""A community: the organizations of one CCO area that screen, deliver food, find homes and employ health workers."""

import mesa

from sim.agents.programs.slots import Slots
from sim.agents.protocols import System
from sim.upstream.capacity import places_per_member


class Community(mesa.Agent):  # type: ignore[misc]
    """What exists in one area, month by month.

    Parameters
    ----------
    model : the health system; the community writes its row of ``areas``.
    area : index of the area.
    name : name of its CCO.
    slots : the slots of all programs, which the community opens in its area.
    """

    model: System

    def __init__(self, model: System, area: int, name: str, slots: Slots) -> None:
        super().__init__(model)
        self.area, self.name, self.slots = area, name, slots

    def offer(self) -> None:
        """Open this month's slots, and set how often primary care screens and how often needs begin in the area."""
        slots = self.slots
        months = self.model.month - slots.start
        for bit, package in enumerate(slots.packages):
            since = self.model.month - slots.begins[bit]
            slots.open(self.area, bit, places_per_member(package.places, since) if slots.on_offer[bit] else 0.0)
        screens = slots.screens and months >= 0 and slots.owed[self.area] == 0
        here = self.model.areas
        here["screening"][self.area] = slots.screening_probability if screens else 0.0
        if slots.packages:
            onset = slots.neighborhood.onset_multipliers(self.area)
            here["need_onset"][self.area], here["need_onset_highest"][self.area] = onset, onset.max()
