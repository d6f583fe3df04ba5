"""Events that are no policy: files of ``conf/event``, whose entries join the timeline of a run.

An event has a month or date in which it ``begins``; its entries count months from there. It sets the channels of
``conf/parameters/events.yaml``, and numbers of role *lever* that follow by law (the match of an expansion). A world
(``population.events``) may bring events; the key ``events`` of a scenario replaces them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.engine.text import did_you_mean, shown
from sim.engine.yaml_files import YamlError, read_yaml
from sim.scenario.choices import LONGEST_RUN
from sim.scenario.faults import ScenarioError
from sim.scenario.overrides import PARAMETERS, options, read_overrides

FOLDER = "event"
EVENTS_IN_WORDS = (
    "null (those of the population), a list of files of conf/event, or a mapping from them to the month (24) or date "
    "(2014-01) in which each begins"
)
UNTIL, RAMP = "until", "ramp"
KEYS = ("title", "begins", "evidence", "note", "at")


@dataclass(frozen=True)
class Event:
    """One file: when it begins unless somebody says otherwise, and what it sets, by months since then."""

    name: str
    title: str
    begins: int | str
    evidence: tuple[str, ...]
    entries: Mapping[int, Mapping[str, Any]]


def as_events(value: Any) -> Any:
    """Read a list of events as beginning when their files say; leave anything else for the type check to judge."""
    if value is None:
        return {}
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return dict.fromkeys(value)
    return value


def chosen_events(plain: Mapping[str, Any]) -> Any:
    """Return the events of a scenario: its own, or those of its population."""
    of_world = plain["population"].get("events") if isinstance(plain.get("population"), Mapping) else None
    return as_events(of_world if plain.get("events") is None else plain["events"])


def faults_of_events(plain: Mapping[str, Any], conf: Path) -> Iterator[str]:
    """Yield a message for each event that there is no file of or that is given twice, and each fault of a file."""
    given, events = plain.get("events"), chosen_events(plain)
    if isinstance(given, list | tuple):
        yield from (f"events: {shown(one)} is given twice" for one in events or () if given.count(one) > 1)
    if not isinstance(events, Mapping):
        return  # which the type check reports
    valid = options(conf, FOLDER)
    for name in events:
        if name not in valid:
            yield f"events: {shown(name)} is no event, must be among {', '.join(valid)}{did_you_mean(str(name), valid)}"
        else:
            try:
                read_event(conf, name)
            except ScenarioError as fault:
                yield from fault.messages


def read_event(conf: Path, name: str) -> Event:
    """Read one event.

    Raises
    ------
    ScenarioError
        With every fault of its file.
    """
    file = conf / FOLDER / f"{name}.yaml"
    return _read(file, name, file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(file: Path, name: str, changed: int) -> Event:
    where = f"events.{name}"
    try:
        data = read_yaml(file)
    except YamlError as fault:
        raise ScenarioError(fault.messages) from None
    if not isinstance(data, dict) or not isinstance(data.get("at"), dict) or "begins" not in data:
        raise ScenarioError([f"{where}: {file.name} must map title, begins, evidence, note and at to their values"])
    faults = [f"{where}: {shown(key)} is no key{did_you_mean(str(key), KEYS)}" for key in data if key not in KEYS]
    entries = {month: _entry(f"{where}.at.{month}", month, entry, faults) for month, entry in data["at"].items()}
    if faults:
        raise ScenarioError(faults)
    sources = tuple(map(str, data.get("evidence") or ()))
    return Event(name, str(data.get("title", "")), data["begins"], sources, entries)


def _entry(where: str, month: Any, entry: Any, faults: list[str]) -> dict[str, Any]:
    own: list[str] = []
    if not isinstance(month, int) or not 0 <= month <= LONGEST_RUN:
        own.append("must be a number of months since the event began")
    found = {one.key: one.value for one in read_overrides(entry, own)}
    length = found.get(UNTIL)
    if length is not None and (not isinstance(length, int) or length <= month):
        own.append(f"{UNTIL}={shown(length)}: must be a later month of the event")
    own += [
        f"{key}: an event sets {PARAMETERS}* alone"
        for key in found
        if key not in (UNTIL, RAMP) and not key.startswith(PARAMETERS)
    ]
    faults += [f"{where}: {message}" for message in own]
    return found
