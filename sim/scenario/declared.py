"""The declared parameters, and the values that a scenario gives them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.axes import parameters_of
from sim.engine.parameters import PACKAGES, ParameterError, Registry
from sim.scenario.faults import ScenarioError
from sim.scenario.overrides import GROUPS, flat


def declared_parameters(conf: Path) -> Registry:
    """Return the parameters as their files declare them; read again only when a file changes.

    Raises
    ------
    ScenarioError
        If a file has faults; with all of them.
    """
    files = sorted(file for folder in ("parameters", PACKAGES) for file in (conf / folder).glob("*.yaml"))
    try:
        return _declared(conf, tuple((file.name, file.stat().st_mtime_ns) for file in files))
    except ParameterError as fault:
        raise ScenarioError(fault.messages) from None


@lru_cache(maxsize=4)
def _declared(conf: Path, files: tuple[tuple[str, int], ...]) -> Registry:
    return parameters_of(conf)


def with_values(plain: Mapping[str, Any], conf: Path, faults: list[str]) -> Registry:
    """Return the parameters with the values of the group options, then of the scenario itself."""
    registry = declared_parameters(conf)
    for group in GROUPS:
        block = plain.get(group)
        registry = _with(registry, block.get("parameters") if isinstance(block, dict) else None, faults)
    return _with(registry, plain.get("parameters"), faults).fresh()


def _with(registry: Registry, values: Any, faults: list[str]) -> Registry:
    if not isinstance(values, Mapping):
        return registry
    try:
        return registry.override(flat(values))
    except ParameterError as fault:
        faults += fault.messages
        return registry
