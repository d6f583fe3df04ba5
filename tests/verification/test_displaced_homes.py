"""The onsets of homelessness that a neighborhood expects are those that the members' month brings."""

import numpy as np
import pytest

from sim.agents.programs.neighborhood import Neighborhood
from sim.model import HealthSystem
from sim.scenario import Scenario
from sim.schema import HOMELESSNESS, VACANT

MONTHS = 12


def test_onsets_are_as_expected():
    """More than 4,000 onsets: their number is within four standard deviations of what was expected."""
    model = HealthSystem(
        Scenario.compose(["population=classroom", "population.sample=0.1", "warm_up=3", f"months={MONTHS}"]), 0
    )
    neighborhood = Neighborhood(model.registry, model.params, (), len(model.areas), displaces=True)
    expected = seen = 0.0
    for _ in range(MONTHS):
        before = model.members.copy()
        expected += neighborhood.expected_onsets(before).sum()
        model.step()
        after = model.members[: len(before)]  # the table may grow at its end
        same = (before["key"] == after["key"]) & (before["status"] != VACANT)
        without = same & (before["needs"] >> HOMELESSNESS & 1 == 0)
        seen += np.count_nonzero(without & (after["needs"] >> HOMELESSNESS & 1 == 1))
    assert seen > 4000
    assert seen == pytest.approx(expected, abs=4 * np.sqrt(expected))
