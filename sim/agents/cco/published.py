"""What studies publish about an action, and how a board takes it up.

Meaning: for each action at most one published result: the part of medical cost that it saves at full strength, its
         standard error (0: nothing is published), and the date at which it is out. A board heeds it by ``weight``.
Equation: month = 12 (published year - year of month 0); at the first decision in or after that month, for each action
          belief += P / (P + sd**2 / weight) x (found - belief), P = the board's own variance of the belief;
          what it believes of other actions moves with it by their covariance (``learning.py``).
          weight is the power to which the published likelihood is raised: 0 the board does not read, 1 it takes a study
          as seriously as its own quarters. A result is read once.
Evidence: how boards read studies is an assumption; the results are rows of conf/evidence, none a target of validation.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from sim.agents.cco.learning import learned
from sim.engine.arrays import Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import PRICE_YEAR, Registry


@dataclass(frozen=True)
class Published:
    """Results by action, their calendar years, the year of month 0, and how far boards heed them."""

    saving: Floats
    sd: Floats
    year: Floats
    first_year: float
    weight: float

    @classmethod
    def of(cls, registry: Registry) -> Self:
        """Read what is declared."""
        saving, sd, year = (np.asarray(registry.get(f"ccos.published_{name}")) for name in ("saving", "sd", "year"))
        return cls(saving, sd, year, registry.get(PRICE_YEAR), registry.get("ccos.published_weight"))

    def out_by(self, month: int) -> Flags:
        """Return for which actions there is a result to read in a month of the run."""
        appears = MONTHS_PER_YEAR * (self.year - self.first_year)
        return (self.sd > 0) & (appears <= month) & (self.weight > 0)

    def taken_up(self, beliefs: Floats, spread: Floats, action: int) -> tuple[Floats, Floats]:
        """Return beliefs and their covariance after reading what is published on an action."""
        only = np.eye(len(beliefs))[action]
        noise = float(self.sd[action]) ** 2 / self.weight
        return learned(beliefs, spread, only, -float(self.saving[action]), noise)
