"""One run of the baseline world serves every question about its levels."""

import pytest

from experiments.calibration.observed import Observed, observe
from sim.scenario import Scenario


@pytest.fixture(scope="session")
def baseline() -> Observed:
    """Six years of Oregon without policy: a 1-in-20 sample, seed 0."""
    return observe(Scenario.compose(["months=72", "threads=2"]), seed=0)
