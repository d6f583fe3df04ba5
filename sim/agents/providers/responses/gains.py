"""What work on measures has gained, and what is left of it once a measure is dropped (model.md 20 and 29).

Meaning: log odds beyond the baseline's that care of a measure is given, and that given care is recorded, by area and
measure. Gains of other work are added elsewhere: paying for a measure never takes them away.
Equation: care follows what work aims at, at once upward; where it aims lower, care' = stays + (care - stays) (1 - d) a
          month, down to the aim, stays = s x the highest gain so far: habits stay. Records go the same way, without
          habits and with their own d: codes and charts that are no longer paid for are gone within a year.
Evidence: p4p_removal_dr, p4p_removal_cx (d); o2_qof_drop_advice (records: -62 points in the year after, and -11 for
what a laboratory records). What stays is an assumption.
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.parameters import Registry
from sim.engine.snapshot import Remembering
from sim.schema import METRICS


class Gains(Remembering):
    """Gains of one kind of work, (area, metric): ``care``, what of it is ``habit``, and ``records``."""

    REMEMBERED = ("care", "habit", "records")

    def __init__(self, registry: Registry, areas: int) -> None:
        self.care, self.habit, self.records = (np.zeros((areas, len(METRICS))) for _ in self.REMEMBERED)
        self.decay: float = registry.get("reduced_form.measure_decay")
        self.stays: float = registry.get("quality.care_stays")
        self.record_decay: float = registry.get("quality.record_decay")

    def follow(self, care: Floats, records: Floats, months: int) -> None:
        """Move to what work aims at; what it no longer aims at fades by the months that have passed."""
        self.care = np.where(care >= self.care, care, np.maximum(care, self.faded(months)))
        self.habit = np.maximum(self.habit, self.stays * self.care)
        left = self.records * (1 - self.record_decay) ** months
        self.records = np.where(records >= self.records, records, np.maximum(records, left))

    def faded(self, months: int) -> Floats:
        """Return what is left of care after so many months without work."""
        return np.asarray(self.habit + (self.care - self.habit) * (1 - self.decay) ** months)
