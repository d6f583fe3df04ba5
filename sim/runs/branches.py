"""Arms that share a past: what is in force until they part is simulated once, and each arm goes on from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sim.engine.snapshot import Saved
    from sim.scenario import Scenario


class Stepping(Protocol):
    """What a run needs beside ``run`` to go on from another's past."""

    month: int

    def step(self) -> None: ...
    def save(self) -> Saved: ...
    def restore(self, arrays: Saved) -> None: ...


class Branches:
    """The months in which the arms of one task part, and what is kept of the past of each.

    Parameters
    ----------
    scenarios
        Of the arms that are to be simulated, by name.
    """

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        forks: dict[str, set[int]] = {arm: set() for arm in scenarios}
        for one, other in combinations(scenarios, 2):
            if month := parting(scenarios[one], scenarios[other]):
                forks[one].add(month)
                forks[other].add(month)
        self._forks = {
            arm: [(month, scenarios[arm].past(month)) for month in sorted(months)] for arm, months in forks.items()
        }
        self._waiting = Counter(past for shared in self._forks.values() for _, past in shared)
        self._kept: dict[str, Saved] = {}
        self._one_at_a_time = Lock()

    def go_along(self, arm: str, system: Any, heard: Callable[[int], None] | None = None) -> None:
        """Bring a fresh system to the last month in which its arm parts from another; others go on from what it kept.

        The arm that comes first simulates; the others wait for it.
        """
        if shared := self._forks[arm]:
            with self._one_at_a_time:
                self._go_along(shared, system, heard)

    def _go_along(
        self, shared: Iterable[tuple[int, str]], system: Stepping, heard: Callable[[int], None] | None
    ) -> None:
        forks = list(shared)
        known = [i for i, (_, past) in enumerate(forks) if past in self._kept]
        if known:
            system.restore(self._kept[forks[known[-1]][1]])
        for month, past in forks:
            self._waiting[past] -= 1
            while system.month < month:
                system.step()
                if heard is not None:
                    heard(system.month)
            if not self._waiting[past]:
                self._kept.pop(past, None)
            elif system.month == month and past not in self._kept:
                self._kept[past] = system.save()


def parting(one: Scenario, other: Scenario) -> int:
    """Return the month until which two scenarios have the same past; 0 if they never had one, or never part."""
    if "fixed" in (one.organizations, other.organizations) or one.packages_ever != other.packages_ever:
        return 0  # decisions are replayed; or there is no place in the past for a package that comes later
    changes = sorted({phase.month for scenario in (one, other) for phase in scenario.phases})
    if not changes or one.past(0) != other.past(0):
        return 0
    return next((month for month in changes if one.past(month + 1) != other.past(month + 1)), 0)
