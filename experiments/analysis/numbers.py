"""All numbers of the model as parameters: those of ``conf/parameters``, and those inside the upstream packages."""

from sim.engine.parameters import PACKAGES, Parameter
from sim.scenario import Scenario


def of_model(scenario: Scenario) -> list[Parameter]:
    """Return every declared number, with the values of the scenario, and those of every package that there is."""
    return list(scenario.registry)


def of_scenario(scenario: Scenario) -> list[Parameter]:
    """Return the numbers that a scenario, with all its arms, can read: without packages, upstream ones do nothing."""
    arms = [scenario.arm(name) for name in scenario.arms] or [scenario]
    packages = {name for arm in arms for name in arm.upstream.packages}
    return [one for one in scenario.registry if is_read(one.name, packages)]


def is_read(name: str, packages: set[str]) -> bool:
    """Return whether a number can be read by a scenario that offers these packages."""
    part, second = name.split(".")[:2]
    if part == PACKAGES:
        return second in packages
    return part != "upstream" or bool(packages)
