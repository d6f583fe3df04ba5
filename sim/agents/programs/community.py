"""A community: the organizations of one CCO area that screen, deliver food, find homes and employ health workers."""

import mesa

from sim.agents.programs.slots import Slots
from sim.agents.protocols import System


class Community(mesa.Agent):  # type: ignore[misc]
    """What exists in one area, month by month.

    Parameters
    ----------
    model : the health system; the community writes its row of ``areas``.
    area : index of the area.
    name : name of its CCO.
    slots : the slots of all programs.
    """

    model: System

    def __init__(self, model: System, area: int, name: str, slots: Slots) -> None:
        super().__init__(model)
        self.area, self.name, self.slots = area, name, slots

    def offer(self) -> None:
        """Set how often primary care screens and how often needs begin in the area this month."""
        slots, here = self.slots, self.model.areas
        screens = slots.screens and self.model.month >= slots.start and slots.owed[self.area] == 0
        here["screening"][self.area] = slots.screening_probability if screens else 0.0
        if slots.packages:
            onset = slots.neighborhood.onset_multipliers(self.area)
            here["need_onset"][self.area], here["need_onset_highest"][self.area] = onset, onset.max()
