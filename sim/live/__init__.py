"""Two arms month by month, the same people with the same luck. A public interface: ``from sim.live import Pair``."""

from sim.live.kept import Diary
from sim.live.lives import Apart, Lives
from sim.live.pair import Flow, Pair, Place
from sim.live.parted import Change, Draw
from sim.live.parting import Parting
from sim.live.shown import Number
from sim.measures.measures import FOUR

__all__ = ["FOUR", "Apart", "Change", "Diary", "Draw", "Flow", "Lives", "Number", "Pair", "Parting", "Place"]
