"""Measured care: how quality responds when it is paid for (payment.md E6; part of ``providers=reduced_form``).

Meaning: log odds, beyond the baseline's, that care of a measure is given, and that given care is recorded.
Equation: x' = x + g s(w) (1 - x / cap) a month where the measure is paid for, s(w) = w / (w + w50), w the pool's
          share of revenue. Of a gain of that a part chi, by measure, is recording alone. Once a measure is no longer
          paid for, care and records fade as in ``gains.py``. Measures that were never paid for lose u s(w) while others
          are: their part of attention.
Evidence: qof_unincentivised, p4p_removal_dr, p4p_removal_cx, pgip_quality, tbc_bp_perverse, or_qpool_pct_2017.
"""

import numpy as np

from sim.agents.providers.response import Answer, Decided, Market, Seen
from sim.agents.providers.responses.gains import Gains
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.schema import METRICS


class MeasuredCare(Answer):
    """Log odds of measured care, (area, metric): what a bonus sustains, what has slipped, what was gained."""

    REMEMBERED = ("now", "slipped", "gains")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        self.now, self.slipped = np.zeros((2, market.areas, len(METRICS)))
        self.gains = Gains(market.registry, market.areas)
        self.gain: float = get("reduced_form.measure_gain") / MONTHS_PER_YEAR
        self.cap: float = get("reduced_form.measure_cap")
        self.decay: float = get("reduced_form.measure_decay")
        self.slip: float = get("reduced_form.unpaid_slip") / MONTHS_PER_YEAR
        self.half: float = get("reduced_form.half_bonus")
        self.recorded: Floats = np.asarray(get("quality.recorded_part"))

    def decide(self, seen: Seen) -> None:
        """Move each measure by the months that have passed."""
        bonus = seen.incentives.bonus * seen.incentives.members
        strength = (bonus / (bonus + self.half))[:, None]
        paid = seen.measured & (strength > 0)
        for _ in range(seen.passed):
            up = self.gain * strength * (self.cap - self.now) / self.cap - self.decay * self.now
            self.now = np.where(paid, self.now + up, self.now * (1 - self.decay))
            self.slipped = np.where(paid, 0, (1 - self.decay) * self.slipped + self.slip * strength)
        aim = np.where(paid, self.now, 0)
        self.gains.follow(aim * (1 - self.recorded), aim * self.recorded, seen.passed)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Gains are of care and of records; losses are of care that nobody ever worked on for money."""
        decided.record += self.gains.records
        decided.deliver += self.gains.care - np.where(self.gains.habit > 0, 0, self.slipped)
