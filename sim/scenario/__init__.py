"""What is simulated: composed by Hydra from ``conf``, checked by one frozen pydantic model, every fault at once."""

from sim.scenario.faults import ScenarioError
from sim.scenario.scenario import Scenario

__all__ = ["Scenario", "ScenarioError"]
