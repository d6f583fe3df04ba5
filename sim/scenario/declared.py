"""The declared parameters, and the values that a scenario gives them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.axes import parameters_of
from sim.engine.parameter_files import OWN
from sim.engine.parameters import OUTSIDE, PACKAGES, ParameterError, Registry
from sim.paths import shipped_folder
from sim.scenario.faults import ScenarioError
from sim.scenario.overrides import GROUPS, PARAMETERS, flat

ON_PURPOSE = "to go outside on purpose, change low or high there"
MOST_MEANT = 3  # parameters that a message names


def declared_parameters(conf: Path) -> Registry:
    """Return the parameters as their files declare them; read again only when a file changes.

    Raises
    ------
    ScenarioError
        If a file has faults; with all of them.
    """
    files = sorted(
        file for folder in ("parameters", f"parameters/{OWN}", PACKAGES) for file in (conf / folder).glob("*.yaml")
    )
    try:
        return _declared(conf, tuple((str(file.relative_to(conf)), file.stat().st_mtime_ns) for file in files))
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


def in_parameters(key: str, registry: Registry) -> str:
    """Return where a key that there is not is found among the parameters, for a message; empty if it is not there."""
    end = key.rpartition(".")[2]
    whole = [key] if registry.name_of(key) else []
    numbers = [name for name in registry.names() if not name.startswith(PACKAGES)]  # of every package alike: no help
    meant = whole or [name for name in numbers if name.rpartition(".")[2] == end]
    if not meant:
        return ""
    shown = ", ".join(f"{PARAMETERS}{name}=" for name in meant[:MOST_MEANT])
    return f", but {'a parameter' if len(meant) == 1 else 'parameters'}: {shown}{'...' * (len(meant) > MOST_MEANT)}"


def with_places(messages: list[str], conf: Path) -> list[str]:
    """Return messages with the file and line of each range that they name, and how to go outside it."""
    return [f"{message}{_place_of_range(message, conf)}" for message in messages]


def _place_of_range(message: str, conf: Path) -> str:
    found = re.search(rf"parameters\.([\w.]+)=.*{OUTSIDE}", message)
    if found is None or ON_PURPOSE in message:
        return ""
    first, *keys = found[1].split(".")
    file = conf / PACKAGES / f"{keys.pop(0)}.yaml" if first == PACKAGES else _file_of_parameter(conf, first, keys[0])
    at, lines = 0, file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for key in [*(keys if first == PACKAGES else keys[:1]), "low"]:
        starts = re.compile(rf"(^|[\s{{,]){re.escape(key)}:")
        at = next((i for i in range(at, len(lines)) if starts.search(lines[i])), at)
    file = file.resolve()  # where a user's own folder is in use, it is of links
    ships = shipped_folder().parent
    shown = file.relative_to(ships) if file.is_relative_to(ships) else file
    return f" ({shown} line {at + 1}; {ON_PURPOSE})"


def _file_of_parameter(conf: Path, stem: str, name: str) -> Path:
    own = conf / "parameters" / OWN / f"{stem}.yaml"
    declares = own.is_file() and re.search(rf"^{re.escape(name)}:", own.read_text(encoding="utf-8"), re.MULTILINE)
    return own if declares else conf / "parameters" / f"{stem}.yaml"


def _with(registry: Registry, values: Any, faults: list[str]) -> Registry:
    if not isinstance(values, Mapping):
        return registry
    try:
        return registry.override(flat(values))
    except ParameterError as fault:
        faults += fault.messages
        return registry
