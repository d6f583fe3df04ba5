"""Data files that a scenario names and a run would read: their faults are found before anything is written."""

from sim.engine.text import did_you_mean, shown
from sim.measures.measures import BY_NAME
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


def check_outcomes(scenario: Scenario) -> None:
    """Check that the outcomes of a scenario are measures.

    Raises
    ------
    ScenarioError
        With the nearest name for each that is not.
    """
    faults = [
        f"outcomes: {shown(name)} is no measure{did_you_mean(name, BY_NAME)}, see `ccosim describe measures`"
        for name in scenario.outcomes
        if name not in BY_NAME
    ]
    if faults:
        raise ScenarioError(faults)


def _faults_of_margins(scenario: Scenario) -> list[str]:
    from sim.population.geography import read_geography
    from sim.population.margins import MarginsError, read_margins

    chosen, conf = scenario.population, scenario.folder
    areas = read_geography(conf, scenario.registry, chosen.members).areas
    try:
        read_margins(conf / "population" / "margins" / f"{chosen.margins}.csv", areas)
    except MarginsError as fault:
        return fault.messages
    return []


def notes_of(scenario: Scenario) -> tuple[str, ...]:
    """Return remarks for those who read what was asked for: what does nothing, and margins that are not met."""
    from sim.population.build import unmet_margins

    return (*scenario.notes, *unmet_margins(scenario.population, scenario.registry, scenario.folder))


def _faults_of_packages(scenario: Scenario) -> list[str]:
    from sim.upstream.load import PackageError, load_packages

    try:
        load_packages(scenario.packages_ever, scenario.folder)
    except PackageError as fault:
        return fault.messages
    return []
