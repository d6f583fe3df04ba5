"""Who governs a CCO: what its board values, which actions it may change, and the community's priorities.

The community advisory council names a few priorities for years (ORS 414.575: it adopts the community health plan, at
least every five years; evidence cac_majority). They count for the board by ``community_weight``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.agents.cco.actions import ACTIONS, require
from sim.engine.arrays import Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.decisions import decision
from sim.engine.draws import uniforms
from sim.engine.parameters import Declared, declared
from sim.schema import FOOD, HOMELESSNESS, HOUSING
from sim.upstream.package import Package

PRIORITY = decision("CCO: priorities of the board", 1082)
TERM = decision("CCO: start of the board's term", 1083)
AREA_BITS = 16

PRIORITIES = ("behavioral", "oral", "chronic_disease", "language", "food", "housing", "health_workers")
"""Usual priorities of community health plans (cco.md, section 1)."""

for _action in ACTIONS.values():
    require(_action, "local priority", _action.serves, PRIORITIES)

SERVES = np.array([[name in action.serves for action in ACTIONS.values()] for name in PRIORITIES])
OF_NEEDS = {"food": (FOOD,), "housing": (HOUSING, HOMELESSNESS)}


@dataclass(frozen=True)
class Terms(Declared):
    """How many priorities a community has at a time, and the shortest and longest term in years."""

    priorities: int = declared("ccos.priorities", round)
    shortest: int = declared("ccos.term_shortest", round)
    longest: int = declared("ccos.term_longest", round)


def may_change(names: Iterable[str]) -> Flags:
    """Return which actions a CCO may change, in the order of ``ACTIONS``."""
    named = set(names)
    return np.array([action in named for action in ACTIONS])


def draw_priorities(seed: int, area: int, month: int, terms: Terms) -> Flags:
    """Return the priorities of an area's community from this month on, in the order of ``PRIORITIES``."""
    keys = np.uint64(area << AREA_BITS) + np.arange(len(PRIORITIES), dtype=np.uint64)
    first = np.argsort(uniforms(seed, keys, month, PRIORITY))[: terms.priorities]
    return np.isin(np.arange(len(PRIORITIES)), first)


def draw_term(seed: int, area: int, month: int, terms: Terms) -> int:
    """Return for how many months the priorities stay, from this month on."""
    (drawn,) = uniforms(seed, np.array([area], dtype=np.uint64), month, TERM)
    years = terms.shortest + int(drawn * (terms.longest - terms.shortest + 1))
    return MONTHS_PER_YEAR * years


def served_by_actions(chosen: Flags) -> Floats:
    """Return 1 for each action that serves a chosen priority, in the order of ``ACTIONS``."""
    return SERVES[chosen].any(axis=0).astype(float)


def serves_priority(package: Package, chosen: Flags) -> bool:
    """Return whether an upstream package serves a chosen priority: by its needs, its workers, its conditions."""
    names = {name for name, first in zip(PRIORITIES, chosen, strict=True) if first}
    needs = any(need in package.targets() for name in names for need in OF_NEEDS.get(name, ()))
    workers = "health_workers" in names and package.places.kind == "workforce"
    ill = "chronic_disease" in names and bool(package.eligible.conditions or package.eligible.min_conditions)
    return needs or workers or ill
