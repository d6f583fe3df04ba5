"""A community: the organizations of one CCO area that screen, deliver food, find homes and employ health workers."""

from typing import Any

import mesa

from sim.upstream.ramp import places_per_member


class Community(mesa.Agent):  # type: ignore[misc]
    """What exists in one area, month by month.

    Parameters
    ----------
    model : has ``month``, ``areas`` (rows of ``schema.AREA``) and ``places``.
    area : index of the area.
    name : name of its CCO.
    """

    def __init__(self, model: Any, area: int, name: str = "") -> None:
        super().__init__(model)
        self.area = area
        self.name = name

    def offer(self) -> None:
        """Say how many places there are this month, how often primary care screens, and how needs begin in the area."""
        places = self.model.places
        months = self.model.month - places.start
        for bit, package in enumerate(places.packages):
            places.open(self.area, bit, places_per_member(package.places, months))
        screens = places.screens and months >= 0 and places.owed[self.area] == 0
        here = self.model.areas
        here["screening"][self.area] = places.screening_probability if screens else 0.0
        if places.packages:
            onset = places.neighborhood.onset_multipliers(self.area)
            here["need_onset"][self.area], here["need_onset_highest"][self.area] = onset, onset.max()
