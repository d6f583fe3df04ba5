"""What is in force when: the spans of a scenario's timeline, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sim.scenario import Scenario
from sim.scenario.arms import ONLY_ARM
from sim.scenario.timeline import date_of

GROUPS = ("population", "payment", "upstream", "governance")
NOT_SHOWN = ("parameters", "start", "starts")  # numbers have rows of their own; starts follow from the months


@dataclass(frozen=True)
class Span:
    """One value of one key, from its first month to its last."""

    key: str
    value: str
    first: int
    last: int

    def in_words(self, year: int | None) -> str:
        """Return the months, with their dates where the run has dates."""
        months = f"{self.first} to {self.last}" if self.last > self.first else str(self.first)
        if year is None:
            return months
        dates = dict.fromkeys(date_of(month, year) for month in (self.first, self.last))
        return f"{months} ({' to '.join(dates)})"


def of_arms(scenario: Scenario) -> dict[str, list[Span]]:
    """Return the spans of each arm in which something changes; that of a scenario without arms is ``run``."""
    arms = {name: scenario.arm(name) for name in scenario.arms} or {ONLY_ARM: scenario}
    return {name: found for name, arm in arms.items() if (found := spans_of(arm))}


def spans_of(scenario: Scenario) -> list[Span]:
    """Return every value of every key that changes during the run, key by key, in the order of the months."""
    times = [0, *(phase.month for phase in scenario.phases), scenario.months]
    values = [dict(_values(one, scenario)) for one in (scenario, *(phase.scenario for phase in scenario.phases))]
    keys = dict.fromkeys(key for one in values for key in one)
    found = []
    for key in keys:
        of_key = [(one.get(key, "none"), times[i], times[i + 1]) for i, one in enumerate(values)]
        runs = [list(run) for _, run in groupby((one for one in of_key if one[1] < one[2]), key=lambda one: one[0])]
        if len(runs) > 1:
            found += [Span(key, run[0][0], run[0][1], run[-1][2] - 1) for run in runs]
    return found


def _values(scenario: Scenario, whole: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the keys that may change, and their values in words."""
    plain = scenario.described()
    for group in GROUPS:
        for key, value in plain[group].items():
            if key not in NOT_SHOWN:
                yield (group if key == "name" else f"{group}.{key}"), _shown(value)
    for name in dict.fromkeys(filter(None, map(whole.registry.name_of, sorted(whole.changing)))):
        parameter = scenario.registry[name]
        yield from ((path, f"{parameter.value.flat[i]:g}") for path, i in parameter.cells())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return _shown(list(value))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
