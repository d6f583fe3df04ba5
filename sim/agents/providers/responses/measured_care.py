"""Measured care: how quality responds when it is paid for (payment.md E6; part of ``providers=reduced_form``).

Meaning: log odds, beyond the baseline's, that care of a measure is given, and that given care is recorded.
Equation: x' = x + g s(w) (1 - x / cap) a month where the measure is paid for, s(w) = w / (w + w50), w the pool's
          share of revenue; x' = x - d x once it no longer is; measures that are not paid for lose u s(w) while others
          are. A part chi of x is recording alone.
Evidence: qof_unincentivised, p4p_removal_dr, p4p_removal_cx, pgip_quality, tbc_bp_perverse, or_qpool_pct_2017.
"""

import numpy as np

from sim.agents.providers.response import Answer, Decided, Market, Seen
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.schema import METRICS


class MeasuredCare(Answer):
    """Log odds of measured care, (area, metric); moves at its own speed."""

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        self.now = np.zeros((market.areas, len(METRICS)))
        self.gain: float = get("reduced_form.measure_gain") / MONTHS_PER_YEAR
        self.cap: float = get("reduced_form.measure_cap")
        self.decay: float = get("reduced_form.measure_decay")
        self.slip: float = get("reduced_form.unpaid_slip") / MONTHS_PER_YEAR
        self.half: float = get("reduced_form.half_bonus")
        self.recording: float = get("reduced_form.recording_share")

    def decide(self, seen: Seen) -> None:
        """Move each measure by the months that have passed."""
        bonus = seen.incentives.bonus * seen.incentives.members
        strength = (bonus / (bonus + self.half))[:, None]
        for _ in range(seen.passed):
            paid = seen.measured & (strength > 0)
            up = self.gain * strength * (self.cap - self.now) / self.cap
            down = -self.decay * self.now - self.slip * strength
            self.now = self.now + np.where(paid, up, down)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Gains are partly recording; losses are of care."""
        recorded = self.recording * np.maximum(self.now, 0)
        decided.record += recorded
        decided.deliver += self.now - recorded
