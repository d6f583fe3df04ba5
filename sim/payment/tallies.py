"""What is kept until it is settled: the sums of a contract year, and of the calendar year that quality is judged in."""

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.engine.snapshot import Remembering
from sim.schema import RATE_CATEGORIES


class ContractYear(Remembering):
    """Sums of each area's contract year so far, in cents.

    Attributes
    ----------
    due, revenue : capitation due, and what the CCO received.
    medical, bonuses, programs : what the CCO paid providers; what of it rewarded quality; its programs.
    staked : sum over months of capitation due times the part that the CCO's own contracts put at providers' risk.
    """

    REMEMBERED = ("due", "revenue", "medical", "bonuses", "programs", "staked")

    def __init__(self, areas: int) -> None:
        self.due: Cents = np.zeros(areas, dtype=np.int64)
        self.revenue: Cents = np.zeros(areas, dtype=np.int64)
        self.medical: Cents = np.zeros(areas, dtype=np.int64)
        self.bonuses: Cents = np.zeros(areas, dtype=np.int64)
        self.programs: Cents = np.zeros(areas, dtype=np.int64)
        self.staked: Floats = np.zeros(areas)


class Duties(Remembering):
    """What the state knows of unmet contract duties: months since it found one, by area; -1 where it knows of none."""

    REMEMBERED = ("since",)

    def __init__(self, areas: int) -> None:
        self.since: Cents = np.full(areas, -1, dtype=np.int64)


class QualityYear(Remembering):
    """What waits for December, and how the last December judged.

    Attributes
    ----------
    held : what has been withheld since the last December, (area, rate category).
    met, earned : of the last year that was judged: share of measures met, share of the pool earned, by area.
    """

    REMEMBERED = ("held", "met", "earned")

    def __init__(self, areas: int) -> None:
        self.held: Cents = np.zeros((areas, len(RATE_CATEGORIES)), dtype=np.int64)
        self.met: Floats = np.zeros(areas)
        self.earned: Floats = np.zeros(areas)
