"""What a study says of itself, read from a folder that is written here."""

import json
from types import SimpleNamespace

import pytest

from experiments.analysis.reading import SCENARIOS, Reading
from sim.runs.plan import plan_of
from sim.runs.study import described_design
from sim.scenario import Scenario

pytestmark = pytest.mark.quick


def in_force(folder, *arms):
    """The spans that the reading of a study finds, without its results."""
    return Reading.in_force.func(SimpleNamespace(study=SimpleNamespace(path=folder), arms=arms))


def test_what_is_in_force_when_is_read_arm_by_arm(tmp_path):
    """One arm pays by a budget from the second year on, the other goes on; the folder says so, at the first setting."""
    assert in_force(tmp_path, "later", "usual") == {}  # a comparison without a timeline keeps no such file
    words = (
        *("population=classroom", "months=24", "design.draws=2", "uncertainties=[needs.attenuation]", "arms.usual=[]"),
        *("levers.population.renewal=[annual,continuous_2023]", "arms.later=['at.12=[payment=global_budget]']"),
    )
    plan = plan_of(Scenario.compose(list(words)))
    (tmp_path / SCENARIOS).write_text(json.dumps(described_design(plan)), encoding="utf-8")
    found = in_force(tmp_path, "later", "usual")
    assert set(found) == {"later"}
    contracts = [(one.value, one.first, one.last) for one in found["later"] if one.key == "payment.contracts"]
    assert contracts == [("none", 0, 11), ("global_budget", 12, 23)]
    assert not [one for one in found["later"] if one.key.startswith("population.")]  # levers are no change in time
