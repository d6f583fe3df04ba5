"""Small worlds that run in a fraction of a second, and what differs between two of them, member by member."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model import HealthSystem, begin
from sim.scenario import Scenario
from sim.schema import COUNTS, VACANT
from sim.start import Decisions, Start

Edit = Callable[[HealthSystem], None]

SMALL = ("population=classroom", "warm_up=12", "months=8", "threads=1", "seeds=1")
"""5,000 members."""
TINY = ("population=classroom", "population.sample=0.00014", "population.minimum_per_cco=5", *SMALL[1:])
"""200 members."""
EVERYTHING = (
    "payment=global_budget",
    "upstream=portfolio",
    "providers=effort",
)
"""All that can be switched on, at work from the first month."""
UNTOUCHED = ("organizations=fixed", "capacity=unlimited")


def scenario(*overrides: str, size: tuple[str, ...] = SMALL) -> Scenario:
    """A small scenario; of a key given twice the last one counts."""
    last = dict(text.split("=", 1) for text in (*size, *overrides))
    return Scenario.compose([f"{key}={value}" for key, value in last.items()])


@lru_cache(maxsize=16)
def beginning(seed: int = 0, *overrides: str, size: tuple[str, ...] = SMALL) -> Start:
    """The people of a seed after the warm-up; take a ``copy()``."""
    return begin(scenario(*overrides, size=size), seed)


def system(
    *overrides: str,
    seed: int = 0,
    start: Start | None = None,
    decisions: Decisions | None = None,
    size: tuple[str, ...] = SMALL,
) -> HealthSystem:
    """A system about to live month 0."""
    people = start or beginning(seed, size=size)
    return HealthSystem(scenario(*overrides, size=size), seed, population=people.copy(), decisions=decisions)


def lived(*overrides: str, edit: Edit | None = None, **choices: Any) -> HealthSystem:
    """A system that has lived all its months; ``edit`` may change it just before the first."""
    model = system(*overrides, **choices)
    if edit is not None:
        edit(model)
    model.run()
    model.close()
    return model


def by_key(model: HealthSystem) -> NDArray[Any]:
    """The living, sorted by key."""
    table = model.whole_members()
    table = table[table["status"] != VACANT]
    return table[np.argsort(table["key"])]


def changed(one: HealthSystem, other: HealthSystem, leave_out: tuple[int, ...] = ()) -> dict[str, int]:
    """Members who differ between two worlds, by column; ``key`` counts those who live in only one of them."""
    first, second = (table[~np.isin(table["key"], leave_out)] for table in (by_key(one), by_key(other)))
    alone = np.setxor1d(first["key"], second["key"])
    first, second = (table[~np.isin(table["key"], alone)] for table in (first, second))
    found = {"key": len(alone)}
    for name in first.dtype.names or ():
        differs = first[name] != second[name]
        found[name] = int(differs.reshape(len(differs), -1).any(axis=1).sum())
    return {name: members for name, members in found.items() if members}


def who_changed(one: HealthSystem, other: HealthSystem) -> NDArray[Any]:
    """The rows, as they are in ``other``, of members of both worlds in whom anything differs."""
    first, second = by_key(one), by_key(other)
    both = np.intersect1d(first["key"], second["key"])
    first, second = (table[np.isin(table["key"], both)] for table in (first, second))
    return second[first != second]


def changed_counts(one: HealthSystem, other: HealthSystem) -> set[str]:
    """Names of the counts that differ in any month and area."""
    first, second = one.result().counts, other.result().counts
    return {name for i, name in enumerate(COUNTS) if not np.array_equal(first[..., i], second[..., i])}


def changed_decisions(one: HealthSystem, other: HealthSystem) -> set[str]:
    """Fields of areas and clinics that members felt differently in any month."""
    found = set()
    for kind in ("areas", "clinics"):
        for first, second in zip(getattr(one.decisions, kind), getattr(other.decisions, kind), strict=True):
            found |= {f"{kind}.{name}" for name in first.dtype.names if not np.array_equal(first[name], second[name])}
    return found
