"""All numbers of the model as parameters: those of ``conf/parameters``, and those inside the upstream packages."""

from collections.abc import Iterator, Sequence

import numpy as np

from sim.engine.parameters import Parameter
from sim.paths import conf_folder
from sim.scenario import Scenario


def of_model(scenario: Scenario) -> list[Parameter]:
    """Return every declared number, with the values of the scenario, and those of every package that there is."""
    from sim.upstream.load import package_names

    return [*scenario.registry, *_in_packages(package_names(conf_folder()))]


def of_scenario(scenario: Scenario) -> list[Parameter]:
    """Return the numbers that a scenario, with all its arms, can read: without packages, upstream ones do nothing."""
    arms = [scenario.arm(name) for name in scenario.arms] or [scenario]
    packages = list(dict.fromkeys(name for arm in arms for name in arm.upstream.packages))
    declared = [one for one in scenario.registry if packages or not one.name.startswith("upstream.")]
    return [*declared, *_in_packages(packages)]


def _in_packages(names: Sequence[str]) -> Iterator[Parameter]:
    from sim.upstream.load import load_packages

    for package in load_packages(names, conf_folder()):
        for path, number in package.numbers():
            value, low, high = (np.array(x) for x in (number.value, number.low, number.high))
            yield Parameter(
                name=path,
                value=value,
                unit=number.unit,
                low=low,
                high=high,
                kind=number.kind,
                role="uncertainty",
                evidence=tuple(number.evidence),
                note=number.note,
            )
