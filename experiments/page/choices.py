"""What the page offers, and what a browser may ask for: known options and registered levers, nothing else.

A browser sends plain data (``Asked``). It becomes the overrides of a comparison of two arms, ``a`` and ``b``, as the
command line takes them: the same digest, the same runs.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from experiments.page.sentences import percent_of, with_unit
from experiments.terminal.tables import in_words
from sim.engine.parameters import Parameter
from sim.engine.text import did_you_mean, shown
from sim.engine.yaml_files import YamlError, parse_yaml
from sim.measures.measures import MEASURES
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.declared import declared_parameters
from sim.scenario.overrides import PARAMETERS, options, read_overrides

ARMS = ("a", "b")
GROUPS = ("payment", "upstream", "providers", "governance")
ASSUMED = "providers"  # how providers respond: nobody decides it
CHANGING = ("payment", "upstream", "governance")  # groups that a timeline may change
SIZES = {"5000": None, "20000": 0.0143}  # share of the state that is sampled; None: that of the option `classroom`
PEOPLE = "classroom"
MONTHS, LONGEST, SEED, LARGEST_SEED, SEEDS = 60, 120, 1, 10_000, 8
MOST_NUMBERS, MOST_CHANGES = 40, 12
LEVER = "lever"
SLIDERS = (
    "payment.growth_cap",
    "payment.load",
    "providers.share_at_risk",
    "upstream.places_scale",
    "upstream.reach_scale",
    "upstream.effect_scale",
    "upstream.cost_scale",
    "ccos.health_value",
)
DEFAULT: dict[str, dict[str, Any]] = {
    "a": {"payment": "fee_for_service", "upstream": "none", "providers": "passive", "governance": "balanced"},
    "b": {"payment": "global_budget", "upstream": "portfolio", "providers": "effort", "governance": "balanced"},
}
FIRST_LINES = re.compile(r"\A(?:#.*\n)+")
REFERENCE = re.compile(r"\s*\([^()]*\.md[^()]*\)")  # to notes that a reader of the page does not have
YAML_KEYS = ("title", "defaults", "population", "months", "seeds", "baseline", "arms")


@dataclass(frozen=True)
class Arm:
    """One arm: the option of each group, months in which contracts and programs begin, numbers, and later changes."""

    options: Mapping[str, str]
    starts: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    changes: tuple[tuple[int, str, str], ...] = ()

    def overrides(self) -> list[str]:
        """Return the arm as the command line takes it."""
        return [
            *(f"{group}={option}" for group, option in self.options.items()),
            *(f"{group}.start={month}" for group, month in self.starts.items() if month),
            *(f"{PARAMETERS}{name}={number!r}" for name, number in self.parameters.items()),
            *(f"at.{month}.{key}={value}" for month, key, value in self.changes),
        ]

    def plain(self) -> dict[str, Any]:
        """Return what the browser sends for this arm."""
        changes = [{"month": month, "key": key, "value": value} for month, key, value in self.changes]
        numbers = {"parameters": dict(self.parameters), "changes": changes}
        return {**self.options, "starts": dict(self.starts), **numbers}


@dataclass(frozen=True)
class Asked:
    """A comparison that a browser asks for."""

    size: str
    months: int
    seed: int
    arms: tuple[Arm, Arm]

    def overrides(self) -> list[str]:
        """Return the whole comparison as the command line takes it."""
        sample = SIZES[self.size]
        people = [f"population={PEOPLE}", *([f"population.sample={sample}"] if sample else [])]
        arms = [f"arms.{name}=[{', '.join(arm.overrides())}]" for name, arm in zip(ARMS, self.arms, strict=True)]
        return [*people, f"months={self.months}", f"seeds={list(self.seeds)}", "threads=1", *arms]

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + SEEDS))

    def scenario(self) -> Scenario:
        """Return the comparison.

        Raises
        ------
        ScenarioError
            With every fault.
        """
        return Scenario.compose(self.overrides())

    def command(self) -> str:
        """Return the command that makes the same comparison a study."""
        return shlex.join(["ccosim", "compare", *(one for one in self.overrides() if one != "threads=1")])

    def plain(self) -> dict[str, Any]:
        """Return what the browser sends for this comparison."""
        arms = {name: arm.plain() for name, arm in zip(ARMS, self.arms, strict=True)}
        return {"size": self.size, "months": self.months, "seed": self.seed, "arms": arms}


def asked_for(data: Any) -> Asked:
    """Read what a browser sent.

    Raises
    ------
    ScenarioError
        With everything that it may not ask for.
    """
    faults: list[str] = []
    known = _mapping(data, "the request", ("size", "months", "seed", "arms"), faults)
    arms = _mapping(known.get("arms"), "arms", ARMS, faults)
    size = _one_of(known.get("size", "5000"), "size", tuple(SIZES), faults)
    months = _whole(known.get("months", MONTHS), "months", 1, LONGEST, faults)
    seed = _whole(known.get("seed", SEED), "first seed", 0, LARGEST_SEED, faults)
    both = [_arm(arms.get(name, {}), name, faults) for name in ARMS]
    if faults:
        raise ScenarioError(faults)
    return Asked(size, months, seed, (both[0], both[1]))


def default() -> Asked:
    """Return the comparison that the page begins with."""
    return asked_for({"arms": DEFAULT})


def _arm(data: Any, name: str, faults: list[str]) -> Arm:
    where = f"arm {name.upper()}"
    known = _mapping(data, where, (*GROUPS, "starts", "parameters", "changes"), faults)
    chosen = {
        group: _one_of(known.get(group, DEFAULT[name][group]), f"{where}, {group}", _options(group), faults)
        for group in GROUPS
    }
    starts = _mapping(known.get("starts", {}), f"{where}, starts", ("payment", "upstream"), faults)
    begins = {group: _whole(month, f"{where}, {group} begins", 0, LONGEST, faults) for group, month in starts.items()}
    return Arm(chosen, begins, _numbers(known.get("parameters", {}), where, faults), _changes(known, where, faults))


def _numbers(data: Any, where: str, faults: list[str]) -> dict[str, float]:
    if not isinstance(data, Mapping) or len(data) > MOST_NUMBERS:
        faults.append(f"{where}, numbers: must be at most {MOST_NUMBERS} numbers by name")
        return {}
    for name, value in data.items():
        if fault := _fault_of_lever(str(name)):
            faults.append(f"{where}: {fault}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            faults.append(f"{where}, {name}: must be a number")
    return {} if faults else {str(name): float(value) for name, value in data.items()}


def _changes(known: Mapping[str, Any], where: str, faults: list[str]) -> tuple[tuple[int, str, str], ...]:
    rows = known.get("changes", [])
    if not isinstance(rows, list) or len(rows) > MOST_CHANGES:
        faults.append(f"{where}, timeline: must be a list of at most {MOST_CHANGES} changes")
        return ()
    found = []
    for row in rows:
        one = _mapping(row, f"{where}, timeline", ("month", "key", "value"), faults)
        month = _whole(one.get("month"), f"{where}, month of a change", 1, LONGEST, faults)
        key, value = str(one.get("key")), str(one.get("value"))
        if key in CHANGING:
            _one_of(value, f"{where}, {key} from month {month}", _options(key), faults)
        elif (fault := _fault_of_change(key, value)) is not None:
            faults.append(f"{where}, from month {month}: {fault}")
        found.append((month, key, value))
    return tuple(found)


def _fault_of_change(key: str, value: str) -> str | None:
    if not key.startswith(PARAMETERS):
        return f"{shown(key)} cannot change on this page, must be one of {', '.join(CHANGING)} or a lever"
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return f"{shown(key)}: must be a number"
    return _fault_of_lever(key.removeprefix(PARAMETERS))


def _fault_of_lever(path: str) -> str | None:
    registry = declared_parameters(conf_folder())
    name = registry.name_of(path)
    if name is None:
        return f"{shown(path)}: no such number{did_you_mean(path, registry.names())}"
    if registry[name].role != LEVER:
        return f"{name} is no lever: nobody decides it, so this page leaves it as declared"
    return None


def _mapping(data: Any, where: str, keys: Sequence[str], faults: list[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        faults.append(f"{where}: must map {', '.join(keys)}")
        return {}
    faults += [
        f"{where}: {shown(str(key))} is not known, must be one of {', '.join(keys)}" for key in data if key not in keys
    ]
    return data


def _one_of(value: Any, where: str, valid: Sequence[str], faults: list[str]) -> str:
    if value not in valid:
        near = did_you_mean(str(value), valid)
        faults.append(f"{where}: {shown(str(value))} is no option, must be one of {', '.join(valid)}{near}")
    return str(value)


def _whole(value: Any, where: str, low: int, high: int, faults: list[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        faults.append(f"{where}: must be a whole number, {low} to {high}, is {shown(str(value))}")
        return low
    return value


def _options(group: str) -> tuple[str, ...]:
    return options(conf_folder(), group)


# A comparison as a file: an experiment of `ccosim compare`, which the page opens again.


def as_file(asked: Asked) -> str:
    """Return the comparison as the YAML text of an experiment."""
    sample = SIZES[asked.size]
    lines = ["# @package _global_", "# Two policies, written by `ccosim dashboard`. Put it into conf/experiment to"]
    lines += ["# run it with `ccosim compare experiment=NAME`, or open it on the page.", "defaults:"]
    lines += [f"  - override /population: {PEOPLE}", *([f"population: {{sample: {sample}}}"] if sample else [])]
    lines += [f"months: {asked.months}", f"seeds: {list(asked.seeds)}", "baseline: a", "arms:"]
    for name, arm in zip(ARMS, asked.arms, strict=True):
        lines += [f"  {name}:", *(f'    - "{one}"' for one in arm.overrides())]
    return "\n".join(lines) + "\n"


def from_file(text: str) -> Asked:
    """Read a comparison from the YAML text of an experiment of two arms.

    Raises
    ------
    ScenarioError
        With what the file sets that this page cannot.
    """
    try:
        data = parse_yaml(text, "the file")
    except YamlError as fault:
        raise ScenarioError(fault.messages) from None
    faults: list[str] = []
    known = _mapping(data, "the file", YAML_KEYS, faults)
    arms = known.get("arms")
    if not isinstance(arms, Mapping) or len(arms) != len(ARMS):
        faults.append("the file: arms must be two, each a list of key=value texts")
        raise ScenarioError(faults)
    _check_people(known.get("defaults", []), faults)
    baseline = known.get("baseline") or next(iter(arms))
    ordered = sorted(arms, key=lambda name: name != baseline)
    both = {name: _from_overrides(arms[arm], f"arm {arm}", faults) for name, arm in zip(ARMS, ordered, strict=True)}
    seeds = known.get("seeds", SEED)
    request = {
        "size": _size_of(known.get("population", {}), faults),
        "months": known.get("months", MONTHS),
        "seed": seeds[0] if isinstance(seeds, list) and seeds else SEED,
        "arms": both,
    }
    if faults:
        raise ScenarioError(faults)
    return asked_for(request)


def _check_people(defaults: Any, faults: list[str]) -> None:
    if defaults not in ([], [{"override /population": PEOPLE}]):
        faults.append(f"defaults: this page runs population={PEOPLE} alone, choose options in the arms")


def _size_of(people: Any, faults: list[str]) -> str:
    known = _mapping(people, "population", ("sample",), faults)
    size = next((size for size, sample in SIZES.items() if sample == known.get("sample")), None)
    if size is None:
        faults.append(f"population.sample: must be left out, or {SIZES['20000']} for 20,000 members")
    return size or "5000"


def _from_overrides(tokens: Any, where: str, faults: list[str]) -> dict[str, Any]:
    """Turn an arm's overrides into what the browser would send for it."""
    arm: dict[str, Any] = {"starts": {}, "parameters": {}, "changes": []}
    own: list[str] = []
    for one in read_overrides(tokens, own):
        group, _, rest = one.key.partition(".")
        if one.key in GROUPS:
            arm[one.key] = one.value
        elif rest == "start" and group in ("payment", "upstream"):
            arm["starts"][group] = one.value
        elif one.key.startswith(PARAMETERS):
            arm["parameters"][one.key.removeprefix(PARAMETERS)] = one.value
        elif (change := re.fullmatch(r"at\.(\d{1,4})\.(.+)", one.key)) is not None:
            arm["changes"].append({"month": int(change[1]), "key": change[2], "value": str(one.value)})
        else:
            own.append(f"{shown(one.key)} cannot be set on this page: run the file with `ccosim compare`")
    faults += [f"{where}: {fault}" for fault in own]
    return arm


# What the page shows of all this.


@cache
def offered() -> dict[str, Any]:
    """Return all that the form of the page holds: options with their notes, levers, measures, limits, the default."""
    levers = [
        _described(one) for one in declared_parameters(conf_folder()) if one.role == LEVER and one.value.ndim == 0
    ]
    return {
        "groups": {group: [_option(group, name) for name in _options(group)] for group in GROUPS},
        "changing": list(CHANGING),
        "levers": levers,
        "sliders": list(SLIDERS),
        "measures": [{"name": one.name, "label": with_unit(one)} for one in MEASURES],
        "sizes": list(SIZES),
        "limits": {"months": LONGEST, "seed": LARGEST_SEED, "seeds": SEEDS},
        "default": default().plain(),
    }


def _option(group: str, name: str) -> dict[str, str]:
    """Return an option with the first comment of its file."""
    text = (conf_folder() / group / f"{name}.yaml").read_text(encoding="utf-8")
    head = FIRST_LINES.match(text)
    note = " ".join(line.lstrip("# ").strip() for line in head[0].splitlines()) if head else ""
    return {"name": name, "label": in_words(name), "note": REFERENCE.sub("", note)}


def _named(lever: Parameter) -> str:
    return in_words(lever.name.replace(".", "_") if lever.name.count(".") > 1 else lever.name.partition(".")[2])


def _described(lever: Parameter) -> dict[str, Any]:
    label = _named(lever)
    scale, unit = percent_of(lever.unit)
    known = {"name": lever.name, "label": label, "unit": unit, "scale": scale, "kind": lever.kind, "note": lever.note}
    ends = {"value": float(lever.value), "low": float(lever.low), "high": float(lever.high)}
    return {**known, **ends, "evidence": list(lever.evidence)}


def words_apart(asked: Asked) -> list[str]:
    """Say in words what differs between the arms; empty where nothing does."""
    return list(_apart(*asked.arms))


def _apart(a: Arm, b: Arm) -> Iterator[str]:
    for group in GROUPS:
        if a.options[group] != b.options[group]:
            note = " This is an assumption of the model, not a policy." if group == ASSUMED else ""
            yield f"{in_words(group)}: A {in_words(a.options[group])}, B {in_words(b.options[group])}.{note}"
    for group, what in (("payment", "Contracts begin"), ("upstream", "Programs begin")):
        begins = [arm.starts.get(group, 0) for arm in (a, b)]
        if begins[0] != begins[1]:
            yield f"{what}: A month {begins[0]}, B month {begins[1]}."
    registry = declared_parameters(conf_folder())
    for name in sorted({*a.parameters, *b.parameters}):
        plain = registry.name_of(name) == name and registry[name].value.ndim == 0
        scale, unit = percent_of(registry[name].unit) if plain else (1.0, "")
        usual = f"{scale * float(registry[name].value):g}" if plain else "as declared"
        values = [f"{scale * arm.parameters[name]:g}" if name in arm.parameters else usual for arm in (a, b)]
        if values[0] != values[1]:
            label = f"{_named(registry[name])}, {unit}" if plain else name
            yield f"{label}: A {values[0]}, B {values[1]}."
    for arm, letter in ((a, "A"), (b, "B")):
        other = b if arm is a else a
        for change in arm.changes:
            if change not in other.changes:
                yield f"{letter}, from month {change[0]}: {change[1]} becomes {change[2]}."
