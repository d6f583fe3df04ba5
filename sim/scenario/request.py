"""A request for a scenario: overrides whose names are checked, then composed and set on plain data."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.engine.text import did_you_mean, shown
from sim.scenario.composition import composed
from sim.scenario.faults import keys_of
from sim.scenario.names import checked
from sim.scenario.overrides import AT, EXPERIMENT, GROUPS, PARAMETERS, STUDY_PREFIXES, Override, flat, read_overrides
from sim.scenario.uncertain import as_mapping

FILES = (
    ("population", "margins", "population/margins"),
    ("upstream", "packages", "packages"),
    ("payment", "metrics", "metrics"),
)
PEOPLE, SIZE = "population", ("members", "sample", "minimum_per_cco")
OF_NO_STUDY: dict[str, Any] = {
    **{"arms": {}, "contrasts": {}, "labels": {}, "levers": {}, "uncertainties": {}},
    "structures": [],
    "published": None,
}


class Request(dict[str, Any]):
    """Overrides on their way to a scenario, and an arm's after them; a mapping only so that pydantic hands it on."""

    def __init__(self, overrides: list[Override], faults: list[str], arm: Iterable[Override] | None = None) -> None:
        super().__init__()
        self.overrides = overrides
        self.arm = list(arm or ())
        self.for_arm = arm is not None
        self.faults = faults

    def plain(self, model: type[BaseModel], conf: Path) -> dict[str, Any]:
        """Return the composed data with all values set; overrides whose names are not valid go to ``faults``."""
        self.overrides = checked(self.overrides, conf, settable_keys(model), self.faults)
        overrides = [*self.overrides, *self.arm]
        choices = {one.key: one.value for one in overrides if one.is_choice}
        plain = composed(conf, choices)
        if plain.get("conf"):
            self.faults.append("conf: a file cannot name the folder in which it is found, give conf=DIR beside it")
        if choices.get(EXPERIMENT) and choices.get(PEOPLE):  # whose size is that of the option, not the experiment's
            size = composed(conf, {PEOPLE: choices[PEOPLE]})[PEOPLE]
            plain[PEOPLE] = {**plain[PEOPLE], **{key: size[key] for key in SIZE if key in size}}
        if isinstance(plain.get("parameters"), Mapping):
            plain["parameters"] = flat(plain["parameters"])
        for override in overrides:
            if override.key.startswith(AT):
                _set_at(plain, override, self.faults)
            else:
                set_value(plain, override)
        self._choose_baseline(plain)
        self.faults += [*faults_of_files(plain, conf), *_faults_of_baseline(plain)]
        return plain

    @property
    def conf(self) -> Any:
        """The folder of a user's own that is asked for, or None."""
        return next((one.value for one in reversed([*self.overrides, *self.arm]) if one.key == "conf"), None)

    def _choose_baseline(self, plain: dict[str, Any]) -> None:
        """Compare with the first arm unless told otherwise; without arms there is nothing to compare with."""
        if self.for_arm:
            plain |= deepcopy(OF_NO_STUDY)
        arms, asked_for = plain.get("arms"), any(one.key == "baseline" for one in self.overrides)
        if not arms and not asked_for:
            plain["baseline"] = None
        elif isinstance(arms, dict) and plain.get("baseline") is None:
            plain["baseline"] = next(iter(arms), None)


class Resolved(Request):
    """Plain data as ``Scenario.described`` writes it: nothing is left to compose."""

    def __init__(self, plain: Mapping[str, Any]) -> None:
        super().__init__([], [])
        self._plain = {**plain, **OF_NO_STUDY, "baseline": None}

    @property
    def conf(self) -> Any:
        return self._plain.get("conf")

    def plain(self, model: type[BaseModel], conf: Path) -> dict[str, Any]:
        return deepcopy(self._plain)


def settable_keys(model: type[BaseModel]) -> list[str]:
    """Return the keys that take a value of their own: groups are chosen, parameters are set by their full names."""
    chosen = (*GROUPS, "experiment", "parameters")
    return [key for key in keys_of(model) if key not in chosen and not key.endswith((".name", ".parameters"))]


def set_value(plain: dict[str, Any], override: Override) -> None:
    """Set the value of one override in composed or resolved data."""
    if override.is_choice:
        return
    if override.key.startswith(PARAMETERS):
        path = override.key.removeprefix(PARAMETERS)
        for one, value in flat({path: override.value}).items():
            plain["parameters"].pop(one, None)  # so that the last one given is the last one applied
            plain["parameters"][one] = value
    elif override.key.startswith(STUDY_PREFIXES):
        mapping, _, entry = override.key.partition(".")
        there = as_mapping(plain.get(mapping)) if mapping == "uncertainties" else plain.get(mapping)
        if there is None or isinstance(there, dict):  # anything else is a fault, which the type check reports
            plain[mapping] = {**(there or {}), entry: override.value}
    else:
        *groups, key = override.key.split(".")
        block = plain
        for group in groups:
            block = block[group] if isinstance(block.get(group), dict) else {}
        block[key] = override.value


def _set_at(plain: dict[str, Any], override: Override, faults: list[str]) -> None:
    """Set an entry of the timeline (``at.24=[...]``), or one key of it (``at.24.payment.metrics=...``)."""
    there = plain.get("at")
    at = {str(when): entry for when, entry in there.items()} if isinstance(there, Mapping) else {}
    when, _, key = override.key.removeprefix(AT).partition(".")
    if key:
        before = at.get(when, {})
        known = before if isinstance(before, Mapping) else {o.key: o.value for o in read_overrides(before, faults)}
        at[when] = {**known, key: override.value}
    else:
        at[when] = override.value
    plain["at"] = at


def faults_of_files(plain: dict[str, Any], conf: Path) -> Iterator[str]:
    """Yield a message for each file that is named and does not exist."""
    for group, key, folder in FILES:
        block = plain.get(group)
        named = block.get(key) if isinstance(block, dict) else None
        valid = _stems(conf / folder)
        for stem in named if isinstance(named, list) else [named]:
            if isinstance(stem, str) and stem not in valid:
                near = did_you_mean(stem, valid)
                yield f"{group}.{key}={shown(stem)}: no such file, must be among {', '.join(valid)}{near}"


def _faults_of_baseline(plain: dict[str, Any]) -> Iterator[str]:
    arms, baseline = plain.get("arms"), plain.get("baseline")
    if isinstance(baseline, str) and isinstance(arms, dict) and baseline not in arms:
        near = did_you_mean(baseline, map(str, arms))
        yield f"baseline={shown(baseline)}: must be an arm, one of {', '.join(map(str, arms)) or '(no arms)'}{near}"


def _stems(folder: Path) -> list[str]:
    return sorted({file.stem for file in folder.iterdir() if file.is_file()}) if folder.is_dir() else []
