"""Data files that a scenario names and a run would read: their faults are found before anything is written."""

from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError


def check_inputs(scenario: Scenario) -> None:
    """Read the margins of the population and the packages of every arm.

    Raises
    ------
    ScenarioError
        With every fault of every file.
    """
    arms = [scenario.arm(name) for name in scenario.arms] or [scenario]
    faults = [*_faults_of_margins(scenario), *(fault for arm in arms for fault in _faults_of_packages(arm))]
    if faults:
        raise ScenarioError(faults)


def _faults_of_margins(scenario: Scenario) -> list[str]:
    from sim.population.geography import read_geography
    from sim.population.margins import MarginsError, read_margins

    chosen, conf = scenario.population, conf_folder()
    areas = read_geography(conf, scenario.registry, chosen.members, None).areas
    try:
        read_margins(conf / "population" / "margins" / f"{chosen.margins}.csv", areas)
    except MarginsError as fault:
        return fault.messages
    return []


def _faults_of_packages(scenario: Scenario) -> list[str]:
    from sim.upstream.faults import PackageError
    from sim.upstream.load import load_packages

    try:
        load_packages(scenario.upstream.packages, conf_folder())
    except PackageError as fault:
        return fault.messages
    return []
