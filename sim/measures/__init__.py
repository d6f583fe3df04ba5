"""Results: cells, strata, measures, and their means over replicates."""

from sim.measures.measures import BY_NAME, HEADLINE, MEASURES, Measure
from sim.measures.recorder import Recorder
from sim.measures.result import RunResult

__all__ = ["BY_NAME", "HEADLINE", "MEASURES", "Measure", "Recorder", "RunResult"]
