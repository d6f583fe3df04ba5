"""An answer that goes part of the way to its aim at each decision: what most ways of answering have in common."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.providers.response import Decided, Seen
from sim.engine.arrays import Floats
from sim.engine.snapshot import Saved, restore, saved


class Gradual:
    """Goes ``inertia`` of the way to ``aim`` each quarter; begins at nothing.

    Attributes
    ----------
    now : where it stands, in the shape of the aim.
    """

    remembered: tuple[str, ...] = ("now",)

    def __init__(self, shape: tuple[int, ...], inertia: float) -> None:
        self.inertia = inertia
        self.now: Floats = np.zeros(shape)

    def aim(self, seen: Seen) -> Floats:
        """Return what would be best now."""
        raise NotImplementedError

    def decide(self, seen: Seen) -> None:
        """Go part of the way to the aim."""
        self.now = self.now + self.inertia * (self.aim(seen) - self.now)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Add what was decided to what members feel."""
        raise NotImplementedError

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Return what a figure may show, by area."""
        return {}

    def state(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, self.remembered)

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up a saved state."""
        restore(self, self.remembered, state)
