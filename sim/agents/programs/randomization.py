"""A trial inside a world: eligible members are randomized to a package, once, while the trial recruits.

A member who meets the criteria of the package and those of the trial goes to treatment with chance `trial_share`, else
to control. The package is for treatment alone. The draw is of the member and the package: it is the same in every
world, whoever else is randomized.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.protocols import System
from sim.engine.arrays import Ints, Keys
from sim.engine.snapshot import Remembering
from sim.upstream.draws import in_treatment
from sim.upstream.eligibility import criteria_of, shortlist
from sim.upstream.package import Package, criteria


class Randomization(Remembering):
    """Who has been randomized to one package.

    Attributes
    ----------
    keys, months : the randomized, and the month in which each was; in the order in which they were.
    """

    REMEMBERED = ("keys", "months")

    def __init__(self, model: System, package: Package, bit: int, begins: int) -> None:
        get, own = model.registry.get, criteria(model.scenario.upstream.trial_eligible)
        self.seed, self.name, self.bit, self.begins = model.seed, package.name, bit, begins
        self.share: float = get("upstream.trial_share")
        self.recruits = round(get("upstream.trial_recruits"))
        alone = package.model_copy(update={"eligible": own.model_copy(update={"first_time_only": False})})
        self.criteria = criteria_of([alone] * (bit + 1))
        self.keys: Keys = np.zeros(0, dtype=np.uint64)
        self.months: Ints = np.zeros(0, dtype=np.int64)

    def treatment(self) -> Keys:
        """Return the keys of the treatment group."""
        return np.asarray(self.keys[in_treatment(self.seed, self.keys, self.name, self.share)])

    def control(self) -> Keys:
        """Return the keys of the control group."""
        return np.setdiff1d(self.keys, self.treatment())

    def offer(self, members: NDArray[Any], may: Ints, month: int) -> Ints:
        """Return which of the rows that the package is for it is offered to, after this month's are randomized."""
        if self.begins <= month < self.begins + self.recruits:
            self._randomize(members, may, month)
        return np.asarray(may[np.isin(members["key"][may], self.treatment())])

    def _randomize(self, members: NDArray[Any], may: Ints, month: int) -> None:
        found = shortlist(members[may].view(np.recarray), self.criteria, month).who_may_have(self.bit)
        new = np.setdiff1d(members["key"][may[found]], self.keys)
        self.keys = np.concatenate([self.keys, new])
        self.months = np.concatenate([self.months, np.full(len(new), month, dtype=np.int64)])
