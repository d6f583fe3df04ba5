"""Which parameters a scenario or a finished study can read: those of packages only where the packages are offered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.engine.parameters import PACKAGES, Parameter
from sim.scenario import Scenario, ScenarioError
from sim.scenario.overrides import AT

if TYPE_CHECKING:
    from experiments.analysis.reading import Reading


def of_scenario(scenario: Scenario) -> list[Parameter]:
    """Return the parameters that a scenario, with all its arms, can read."""
    arms = [scenario.arm(name) for name in scenario.arms] or [scenario]
    packages = {name for arm in arms for name in arm.packages_ever}
    return [one for one in scenario.registry if _is_read(one.name, packages)]


def of_study(reading: Reading) -> list[Parameter]:
    """Return the parameters that a study could read, with the study's values."""
    packages = set(_packages(reading))
    return [one for one in reading.registry if _is_read(one.name, packages)]


def _packages(reading: Reading) -> Iterator[str]:
    """Yield the packages of the scenario and of its arms; an arm of options that are gone names none."""
    plain = reading.plain
    yield from (plain.get("upstream") or {}).get("packages") or ()
    for entry in (plain.get("at") or {}).values():
        yield from (entry.get("upstream") or {}).get("packages") or entry.get("upstream.packages") or ()
    times = [f"months={plain['months']}", f"population.year={plain['population'].get('year') or 'null'}"]
    for words in (plain.get("arms") or {}).values():
        own = [word for word in words if word.startswith(("upstream", AT, "at="))]
        try:
            yield from Scenario.compose([*times, *own]).packages_ever if own else ()
        except ScenarioError:
            continue


def _is_read(name: str, packages: set[str]) -> bool:
    """Return whether a scenario that offers these packages can read a parameter."""
    part, second = name.split(".")[:2]
    if part == PACKAGES:
        return second in packages
    return part != "upstream" or bool(packages)
