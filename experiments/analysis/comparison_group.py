"""A comparison group for members whom a program serves: members eligible in the same months and never served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Keys
from sim.measures.person_panel import Panel
from sim.upstream.draws import LOTTERY, package_uniforms

if TYPE_CHECKING:
    from sim.model import HealthSystem

Starts = NDArray[np.int64]
EMPTY = np.zeros(0, np.uint64)
LIKE_EACH = 2  # members of a comparison group for each who is served


@dataclass
class World:
    """One simulated world: every member's months, and the members passed over in each month."""

    panel: Panel
    passed: dict[int, Keys] = field(default_factory=dict)

    def look(self, model: HealthSystem) -> None:
        """Record the month that was just simulated."""
        self.panel.record(model.members, model.month - 1)
        if model.slots.passed_over:
            self.passed[model.month - 1 - self.panel.first_month] = np.unique(
                np.array(model.slots.passed_over, np.uint64)
            )

    def first_passed(self) -> tuple[Keys, Starts]:
        """Return the members who were ever passed over, and the first month in which each was."""
        months = np.repeat(list(self.passed), [len(keys) for keys in self.passed.values()]).astype(np.int64)
        keys, first = np.unique(np.concatenate([EMPTY, *self.passed.values()]), return_index=True)
        return keys, months[first]


def like(seed: int, served: Keys, starts: Starts, world: World) -> tuple[Keys, Starts]:
    """Draw a comparison group: for each served member, several who became eligible in the same month, were still
    eligible when service began, and were never served.

    Match on the month of first eligibility and on how long eligibility has lasted: people who wait long differ from the
    newly eligible. A member may be matched to several served members who began in different months.

    Parameters
    ----------
    seed : of the run.
    served, starts : whom the program served, and from which of the panel's months.
    world : the world with the program.

    Returns
    -------
    keys, starts : of the comparison group.
    """
    passed, since = world.first_passed()
    never = ~np.isin(passed, served)
    first_of = dict(zip(passed.tolist(), since.tolist(), strict=True))
    pairs = zip(served.tolist(), starts.tolist(), strict=True)
    eligible = np.array([min(first_of.get(key, start), start) for key, start in pairs], np.int64)
    groups = [(EMPTY, np.zeros(0, np.int64))]
    for month in np.unique(starts):
        still = np.isin(passed, world.passed.get(int(month), EMPTY)) & never
        for first in np.unique(eligible[starts == month]):
            others = passed[still & (since == first)]
            wanted = LIKE_EACH * int(((starts == month) & (eligible == first)).sum())
            drawn = np.argsort(package_uniforms(seed, others, "like", int(month), LOTTERY))[:wanted]
            groups.append((others[drawn], np.full(len(drawn), month, np.int64)))
    keys, months = zip(*groups, strict=True)
    return np.concatenate(keys), np.concatenate(months)
