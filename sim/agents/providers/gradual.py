"""A response that moves part of the way to its aim at each decision: what most responses have in common."""

import numpy as np

from sim.agents.providers.response import Decided, Seen
from sim.engine.arrays import Floats
from sim.engine.snapshot import Saved, restore, saved


class Gradual:
    """Moves ``inertia`` of the way to ``aim`` each quarter; starts at zero.

    Attributes
    ----------
    now : its present value, in the shape of the aim.
    """

    remembered: tuple[str, ...] = ("now",)

    def __init__(self, shape: tuple[int, ...], inertia: float) -> None:
        self.inertia = inertia
        self.now: Floats = np.zeros(shape)

    def aim(self, seen: Seen) -> Floats:
        """Return the value that would be best now."""
        raise NotImplementedError

    def decide(self, seen: Seen) -> None:
        """Move part of the way to the aim."""
        self.now = self.now + self.inertia * (self.aim(seen) - self.now)

    def add(self, decided: Decided, seen: Seen) -> None:
        """Add what was decided to what members meet."""
        raise NotImplementedError

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Return what a figure may show, by area."""
        return {}

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""
        return saved(self, self.remembered)

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot."""
        restore(self, self.remembered, kept)
