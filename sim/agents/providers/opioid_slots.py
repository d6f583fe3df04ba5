"""Slots of opioid treatment with medication, by area: they ration those who are ready, and grow slowly with the queue.

Meaning: prescribers and clinics treat a number of people at once. Whoever is ready and finds no slot asks again next
         month. Where more ask than can begin, slots grow, with a delay for hiring and training.
Equation: open = (slots - in treatment + those who leave) / those who are ready, at most 1, x doors. Of those who ask,
          ``opioid_offer`` are offered treatment in the baseline world; more slots open more doors: doors = min(slots x
          offer, 1) / offer where there are more slots than then, else 1. Each month a share
          ``opioid_slot_growth`` of the missing slots opens; missing = (ready - free) x the time that treatment lasts.
          At the start slots are those in use and some more, times ``treatment.opioid_slots`` (a lever).
Evidence: care.md M6, M9: c2_bup_offer (54 percent offered), c2_bup_wait, c2_chc_recruit (11 months to recruit).
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.engine.parameters import Declared, declared
from sim.engine.snapshot import Remembering
from sim.schema import OPIOID_USE


@dataclass(frozen=True)
class SlotTerms(Declared):
    """Declared rules about slots."""

    slots: float = declared("treatment.opioid_slots")
    offer: float = declared("treatment.opioid_offer")
    spare: float = declared("treatment.opioid_spare")
    growth: float = declared("treatment.opioid_slot_growth")
    leaving: float = declared("treatment.opioid_mean_exit")

    @property
    def doors(self) -> float:
        """How many more of those who ask are offered treatment than in the baseline world."""
        return min(max(self.slots, 1.0) * self.offer, 1.0) / self.offer


class OpioidSlots(Remembering):
    """Slots of every area; none are counted before the first month is known, and then everybody finds one."""

    REMEMBERED = ("slots",)

    def __init__(self, areas: int, terms: SlotTerms, ready: float) -> None:
        self.terms, self.ready = terms, ready
        self.slots: Floats = np.full(areas, np.inf)

    def open_part(self, register: Ints) -> Floats:
        """Return the chance to find a slot this month, over the baseline world's, by last month's register.

        ``register``: people by area, condition, and whether present, known, treated.
        """
        _, known, treated = register[:, OPIOID_USE].T.astype(np.float64)
        if not np.isfinite(self.slots).all():
            self.slots = self.terms.slots * (1.0 + self.terms.spare) * np.maximum(treated, 1.0)
        asks = self.ready * (known - treated)
        free = np.maximum(self.slots - treated * (1.0 - self.terms.leaving), 0.0)
        missing = np.maximum(asks - free, 0.0) / self.terms.leaving
        self.slots = self.slots + self.terms.growth * missing
        return np.asarray(np.minimum(free / np.maximum(asks, 1.0), 1.0) * self.terms.doors)
