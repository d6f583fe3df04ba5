"""Does every number with which the page begins change the policy with which the page begins?"""

import pytest

from experiments.page.choices import SLIDERS, default
from sim import Scenario, simulate
from sim.paths import conf_folder
from sim.scenario.declared import declared_parameters

SMALL = ["population=classroom", "population.sample=0.005", "population.minimum_per_cco=50", "months=24"]


def digest(*numbers: str) -> str:
    policy = next(arm for arm in default().arms if arm.options["payment"] != "fee_for_service")
    return simulate(Scenario.compose([*SMALL, *policy.overrides(), *numbers]), seed=1).digest


@pytest.mark.slow
def test_every_slider_of_the_first_page_does_something():
    usual, declared = digest(), declared_parameters(conf_folder())
    still = [name for name in SLIDERS if usual == digest(f"parameters.{name}={float(declared[name].high)}")]
    assert not still
