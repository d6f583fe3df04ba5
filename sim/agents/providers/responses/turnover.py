"""Turnover: clinicians who leave beyond the usual take capacity with them, and some of their members lose the clinic.

Meaning: clinicians who are there, over those usually there, by primary care clinic; 1 in the baseline world. Usual
         turnover, and the vacancies that it leaves, are in the capacity and in the loss of clinics of the start.
Equation: a month: there = there + f (1 - there) - e / 12 there, where e is turnover beyond the usual (``workload.py``)
          and f fills a post (1 / 11.4, as in ``staffing.py``); so there tends to 1 / (1 + e / 12 / f);
          open capacity = 1 - lost (1 - there), as colleagues see part of a vacant post's members;
          members lose their usual clinic with a chance of ``lose`` e / 12 a month beyond the usual.
Stability: less capacity raises workload, which raises turnover. Turnover stays within a factor ``most`` of the usual,
          so that at least 1 / (1 + usual (most - 1) / 12 / f) of the clinicians are there, whatever the workload.
Evidence: c2_chc_recruit (f), o2_burn_turn (most), o3_exit_visits (lose); ``lost`` is an assumption.
"""

import numpy as np

from sim.agents.providers.response import Answer, Decided, Market, Seen
from sim.agents.providers.workload import Workload
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR


class Turnover(Answer):
    """Clinicians who are there, over those usually there, and who leave each month beyond the usual, by clinic."""

    REMEMBERED = ("now", "leavers")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        self.now, self.leavers = np.ones(market.clinics), np.zeros(market.clinics)
        self.workload = Workload.of(market.registry)
        self.fills: float = get("providers.posts_filled")
        self.lost: float = get("practices.turnover_visits_lost")
        self.lose: float = get("practices.turnover_clinic_lost")

    def decide(self, seen: Seen) -> None:
        """Clinicians leave, and posts are filled, since the last decision."""
        self.leavers = self.workload.excess(seen) / MONTHS_PER_YEAR
        for _ in range(seen.passed):
            self.now = self.now + self.fills * (1 - self.now) - self.leavers * self.now

    def add(self, decided: Decided, seen: Seen) -> None:
        """Less is open while posts are vacant, and members of who has left look for another clinic."""
        decided.log_capacity += np.log1p(-self.lost * (1 - self.now))
        decided.leavers += self.lose * self.leavers

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Clinicians who are there, over those usually there."""
        return {"clinicians": seen.by_area(self.now)}
