"""A comparison group for those whom a program serves: others who could have been served in the same months."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Keys
from sim.measures.person_panel import Panel
from sim.upstream.draws import LOTTERY, package_uniforms

Starts = NDArray[np.int64]
EMPTY = np.zeros(0, np.uint64)
LIKE_EACH = 2  # members of a comparison group for each who is served


@dataclass
class World:
    """A world as it was lived: everybody's months, and who was passed over in each month."""

    panel: Panel
    passed: dict[int, Keys] = field(default_factory=dict)

    def look(self, model: Any) -> None:
        """Look at the month that was lived."""
        self.panel.record(model.members, model.month - 1)
        if model.slots.passed_over:
            self.passed[model.month - 1 - self.panel.first_month] = np.unique(
                np.array(model.slots.passed_over, np.uint64)
            )

    def first_passed(self) -> tuple[Keys, Starts]:
        """Return who was ever passed over, and the first month in which each was."""
        months = np.repeat(list(self.passed), [len(keys) for keys in self.passed.values()]).astype(np.int64)
        keys, first = np.unique(np.concatenate([EMPTY, *self.passed.values()]), return_index=True)
        return keys, months[first]


def like(seed: int, served: Keys, starts: Starts, world: World) -> tuple[Keys, Starts]:
    """Draw a comparison group: for each who was served, some who could first have been in the same month, still could
    when the other began, and never were.

    Whoever waits is another than who has just become eligible, and who is eligible for long another than who is so for
    a month: so both months are the same. A member may stand beside several who began in different months.

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
