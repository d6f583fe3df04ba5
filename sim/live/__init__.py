"""Two arms month by month, the same people with the same luck. A public interface: ``from sim.live import Pair``."""

from sim.live.pair import FOUR, Flow, Number, Pair, Place

__all__ = ["FOUR", "Flow", "Number", "Pair", "Place"]
