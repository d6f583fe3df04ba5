"""Reads ``key=value`` overrides, before anything is composed.

A key is a group (``payment=global_budget``), a key of the scenario (``months=24``, ``population.sample=0.1``), an arm
(``arms.cheap=[payment=fee_for_service]``) or a parameter (``parameters.needs.food_onset=0.02``). Values are plain YAML:
numbers, words, ``[lists]``. Whatever Hydra would take besides (additions, deletions, sweeps, interpolations, its own
settings) is refused: a scenario says what is simulated, never what code runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.engine.text import shown
from sim.engine.yaml_files import OtherNumberError, YamlError, parse_yaml
from sim.scenario.python_values import plain

GROUPS = ("population", "payment", "upstream", "providers", "governance", "compute")
EXPERIMENT = "experiment"
PARAMETERS = "parameters."
AT = "at."
ARMS = "arms."
LEVERS = "levers."
UNCERTAINTIES = "uncertainties."
STUDY_PREFIXES = (
    ARMS,
    LEVERS,
    UNCERTAINTIES,
    "contrasts.",
    "labels.",
)  # one entry of a mapping that only a whole study has
LONGEST = 4000  # characters of one override


@dataclass(frozen=True)
class Override:
    """One override: where it was given, its key and its plain value."""

    key: str
    value: Any
    text: str

    @property
    def is_choice(self) -> bool:
        """Whether it picks an option of a group or an experiment, which Hydra then composes."""
        return self.key in GROUPS or self.key == EXPERIMENT


def read_overrides(tokens: Any, faults: list[str]) -> list[Override]:
    """Return the overrides that can be read; what cannot be read, or is given twice, goes to ``faults``."""
    if isinstance(tokens, (str, bytes, Mapping)) or not isinstance(tokens, Iterable):
        faults.append(f"overrides={shown(tokens)}: must be a list of key=value texts, as in ['months=24', 'seeds=3']")
        return []
    found: dict[str, Override] = {}
    for token in tokens:
        override = _read(token, faults)
        if override is None:
            continue
        if override.key in found:
            faults.append(f"{override.key}: given twice ({found[override.key].text} and {override.text})")
        else:
            found[override.key] = override
    return list(found.values())


def _read(token: Any, faults: list[str]) -> Override | None:
    if not isinstance(token, str):
        faults.append(f"{shown(token)}: an override is text of the form key=value")
        return None
    key, equals, text = token.partition("=")
    fault = _fault_of_form(token, key, equals)
    if fault:
        faults.append(fault)
        return None
    try:
        value = text if _is_choice(key) else parse_yaml(text, key)
    except OtherNumberError as fault:
        faults.append(str(fault).replace(": line 1: ", "="))
        return None
    except YamlError:
        faults.append(f"{key}={shown(text)}: cannot be read as a value (a number, a word, or a [list])")
        return None
    return Override(key, _no_choice(value) if _is_choice(key) else value, token if len(token) < 60 else key)


def _fault_of_form(token: str, key: str, equals: str) -> str | None:
    if len(token) > LONGEST:
        return f"{shown(key)}: an override may have at most {LONGEST} characters, this has {len(token)}"
    if not token.isprintable():
        return f"{shown(token)}: an override may not hold control characters"
    if not equals or not key:
        return f"{shown(token)}: an override has the form key=value"
    if key[0] in "+~" or "@" in key:
        return f"{key}: keys cannot be added, deleted or moved, only set (key=value)"
    if key == "hydra" or key.startswith(("hydra.", "hydra/")):
        return f"{key}: Hydra's own settings cannot be changed"
    if "_target_" in token:
        return f"{key}: _target_ is not allowed, a scenario never names code"
    if "${" in token:
        return f"{key}={shown(token.partition('=')[2])}: interpolations (${{...}}) are not allowed"
    return None


def _is_choice(key: str) -> bool:
    return key in GROUPS or key == EXPERIMENT


def _no_choice(text: str) -> str | None:
    return None if text in ("", "null") else text


def overrides_of(choices: Mapping[str, Any]) -> list[Override]:
    """Return the overrides that keyword arguments stand for: ``Scenario(payment="global_budget", months=24)``."""
    found = []
    for key, value in plain({str(name): value for name, value in choices.items()}).items():
        if isinstance(value, Mapping) and key == "parameters":
            found += [
                Override(PARAMETERS + path, number, f"{PARAMETERS}{path}") for path, number in flat(value).items()
            ]
        elif isinstance(value, Mapping) and key == "arms":
            found += [Override(f"{ARMS}{arm}", own, f"{ARMS}{arm}") for arm, own in value.items()]
        elif isinstance(value, Mapping) and key in (*GROUPS, "design", "stop"):
            found += [_inside(key, inner, number) for inner, number in value.items()]
        else:
            found.append(Override(key, value, f"{key}={shown(value)}"))
    return found


def _inside(group: str, key: str, value: Any) -> Override:
    """Return the override for one key of a group given as a mapping; its ``name`` picks the option."""
    whole = group if key == "name" else f"{group}.{key}"
    return Override(whole, value, f"{whole}={shown(value)}")


def flat(tree: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested mapping of parameters as one mapping of dotted paths; dots inside keys count as levels."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found.update(flat(value, f"{path}."))
        else:
            found[path] = value
    return found


def overlap(one: str, other: str) -> bool:
    """Return whether two dotted paths name the same thing, or one a part of the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


@lru_cache(maxsize=256)
def _stems(folder: Path, changed: tuple[int, ...]) -> tuple[str, ...]:
    files = (file.relative_to(folder).with_suffix("") for file in folder.rglob("*.yaml"))
    return tuple(sorted(file.as_posix() for file in files))


def options(conf: Path, group: str) -> tuple[str, ...]:
    """Return the options of a group: the files of its folder, and of folders in it as ``folder/name``."""
    folder = conf / group
    if not folder.is_dir():
        return ()
    below = sorted(one for one in folder.iterdir() if one.is_dir())
    return _stems(folder, tuple(one.stat().st_mtime_ns for one in (folder, *below)))
