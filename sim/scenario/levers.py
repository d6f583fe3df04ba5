"""Levers: what a study varies on purpose, every value with every value of the others, for every arm.

A lever is a key and its values (``parameters.payment.growth_cap: [0.03, 0.05]``, ``population.renewal: [annual,
continuous_2023]``), or a name of its own and, for each of its settings, a list of overrides (``budget: {small:
[upstream.packages=[chw]], ...}``). Each combination of settings is a point.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from sim.engine.parameters import ParameterError, Registry
from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
from sim.scenario.arms import SHARED_BY_ARMS, Built, scenario_of
from sim.scenario.choices import NAME, NAME_IN_WORDS
from sim.scenario.frozen_scenario import FrozenScenario
from sim.scenario.names import checked
from sim.scenario.overrides import PARAMETERS, Override, overlap, read_overrides
from sim.scenario.points import NO_LEVERS, Point
from sim.scenario.request import Request, settable_keys

MOST_POINTS = 2000
SHARED_BY_POINTS = tuple(key for key in SHARED_BY_ARMS if not key.startswith("population") and key != "warm_up")


@dataclass(frozen=True)
class Lever:
    """One lever: its column in ``draws.csv``, its settings as shown there, and what each setting sets."""

    name: str
    labels: tuple[Any, ...]
    settings: tuple[tuple[Override, ...], ...]


def points_of(levers: Any, registry: Registry, kind: type[FrozenScenario], faults: list[str]) -> tuple[Point, ...]:
    """Return every combination of settings, in the order of the levers; what is wrong goes to ``faults``."""
    if not isinstance(levers, Mapping) or not levers:
        return NO_LEVERS
    before = len(faults)
    read = [_lever(name, settings, kind, faults) for name, settings in levers.items()]
    whole = [lever for lever in read if lever is not None]
    for lever in whole:
        faults += _faults_of_numbers(lever, registry)
    faults += _faults_of_two(whole)
    size = prod(len(lever.labels) for lever in whole)
    if size > MOST_POINTS:
        faults.append(f"levers: {size} combinations of their values, must be at most {MOST_POINTS}")
    if len(faults) > before:
        return NO_LEVERS
    return tuple(_point(whole, picked) for picked in product(*(range(len(lever.labels)) for lever in whole)))


def faults_of_structures(plain: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the levers that are said to be structures."""
    levers, structures = plain.get("levers"), plain.get("structures")
    if not isinstance(structures, list | tuple) or not isinstance(levers, Mapping):
        return []  # which the type check reports
    names = [str(name).removeprefix(PARAMETERS) for name in levers]
    return [
        f"structures: {shown(name)} is no lever of this study{did_you_mean(str(name), names)}"
        for name in structures
        if str(name).removeprefix(PARAMETERS) not in names
    ]


def _lever(name: Any, settings: Any, kind: type[FrozenScenario], faults: list[str]) -> Lever | None:
    own: list[str] = []
    raw: list[tuple[Any, tuple[Override, ...]]] = []
    labels: tuple[Any, ...] = ()
    if not isinstance(name, str):
        own.append("the name of a lever must be text")
    elif isinstance(settings, list | tuple) and settings:
        texts = {_text(value): value for value in settings}
        if len(texts) < len(settings):
            own.append("names a value twice")
        raw = [(label, (Override(name, value, f"{name}={shown(value)}"),)) for label, value in texts.items()]
        labels = tuple(value if isinstance(value, int | float | str) else label for label, value in texts.items())
    elif isinstance(settings, Mapping) and settings:
        own += [] if _is_name(name) else [f"the name of a lever with settings must be {NAME_IN_WORDS}"]
        own += [f"setting {shown(label)}: must be {NAME_IN_WORDS}" for label in settings if not _is_name(label)]
        raw = [(label, tuple(_overrides(tokens, own))) for label, tokens in settings.items()]
        labels = tuple(settings)
    else:
        own.append(f"must be a list of values, or settings with their overrides, is {shown(settings)}")
    if not own:
        checks = [one for _, overrides in raw for one in overrides]
        checked(checks, conf_folder(), settable_keys(kind), own, SHARED_BY_POINTS)
    faults += [f"levers.{str(name)[:80]}: {message}" for message in dict.fromkeys(own)]
    if own:
        return None
    return Lever(name.removeprefix(PARAMETERS), labels, tuple(overrides for _, overrides in raw))


def _overrides(tokens: Any, faults: list[str]) -> list[Override]:
    if not isinstance(tokens, list | tuple):
        faults.append(f"a setting must be a list of key=value texts, is {shown(tokens)}")
        return []
    return read_overrides(tokens, faults)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and re.fullmatch(NAME.strip("^$"), name) is not None


def _faults_of_numbers(lever: Lever, registry: Registry) -> Iterator[str]:
    """Yield what is wrong with the values that a lever gives to parameters."""
    for overrides in lever.settings:
        values = {one.key.removeprefix(PARAMETERS): one.value for one in overrides if one.key.startswith(PARAMETERS)}
        try:
            registry.override(values)
        except ParameterError as fault:
            yield from (f"levers.{lever.name}: {message}" for message in fault.messages)


def _faults_of_two(levers: list[Lever]) -> Iterator[str]:
    """Yield what two levers both set, and a lever's name given twice."""
    keys = [(lever.name, {one.key for overrides in lever.settings for one in overrides}) for lever in levers]
    for i, (name, mine) in enumerate(keys):
        for other, theirs in keys[:i]:
            both = sorted({a for a in mine for b in theirs if overlap(a, b)})
            if both or name == other:
                yield f"levers {other} and {name}: both set {', '.join(both) or name}, choose one"


def _point(levers: list[Lever], picked: tuple[int, ...]) -> Point:
    labels = {lever.name: lever.labels[i] for lever, i in zip(levers, picked, strict=True)}
    values: dict[str, float] = {}
    choices: list[Override] = []
    key: list[str] = []
    for lever, i in zip(levers, picked, strict=True):
        overrides = lever.settings[i]
        plain = all(one.key.startswith(PARAMETERS) and isinstance(one.value, int | float) for one in overrides)
        if plain:
            values |= {one.key.removeprefix(PARAMETERS): float(one.value) for one in overrides}
        else:
            choices += overrides
            key.append(f"{lever.name}={lever.labels[i]}")
    return Point(labels, values, tuple(choices), ", ".join(key))


def cells_of(
    kind: type[Built],
    request: Request,
    arms: Mapping[str, Built],
    tokens: Mapping[str, Any],
    points: tuple[Point, ...],
    faults: list[str],
) -> dict[tuple[str, str], Built]:
    """Return the scenario of every arm with the choices of every point, by the arm's name and the point's key."""
    found = {(name, ""): scenario for name, scenario in arms.items()}
    for name, arm in arms.items():
        own = read_overrides(tokens.get(name, ()), [])
        both = sorted({key for point in points for key in point.values if _is_set(arm, key)})
        faults += [f"levers.{key}: arm {name} or the command line sets it too, choose one" for key in both]
        for key, choices in {point.key: point.choices for point in points if point.choices}.items():
            cell = _cell(kind, request, name, own, choices, faults)
            if cell is not None:
                found[name, key] = cell
    return found


def _cell(
    kind: type[Built],
    request: Request,
    name: str,
    own: list[Override],
    choices: tuple[Override, ...],
    faults: list[str],
) -> Built | None:
    theirs = {one.key for one in (*own, *request.overrides)}
    both = sorted({one.key for one in choices if one.key in theirs})
    if both:
        faults.append(f"lever of {', '.join(both)}: arm {name} or the command line sets it too, choose one")
        return None
    messages: list[str] = []
    scenario = scenario_of(kind, request, [*own, *choices], messages)
    faults += [f"arm {name} with {', '.join(one.text for one in choices)}: {message}" for message in messages]
    return scenario


def _is_set(arm: FrozenScenario, path: str) -> bool:
    return any(overlap(path, one) for one in (*arm.parameters, *arm.changing))
