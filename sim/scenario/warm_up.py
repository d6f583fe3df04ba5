"""What must be lived before the run begins: the warm-up shows the model what members ask for and what they cost."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def faults_of_warm_up(scenario: "Scenario") -> Iterator[str]:
    """Yield a message for each part of a scenario that needs months which nobody lives."""
    if scenario.capacity == "limited" and scenario.warm_up == 0:
        yield (
            "warm_up=0: must be at least 1 with capacity=limited, for capacity is set from what members ask for in the "
            "warm-up; or say capacity=unlimited"
        )
