"""People followed through both worlds of a seed: those whom a program takes on, and whom they are compared with.

Organizations repeat what they decided without the program (``organizations=fixed``), so that the world without it is
lived once a seed, and the world of each program goes its own way from the month in which the program starts. An
arm with ``upstream.program_spread`` above 0 is lived for several programs, each with a draw of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.analysis.comparison_group import Starts, World, like
from sim.engine.arrays import Keys
from sim.measures.person_panel import Panel
from sim.measures.trial import LIKE, OFFERED, SERVED, Group, Months, Trial, around
from sim.measures.trial_figures import FIGURES, groups_of, people
from sim.scenario import Scenario
from sim.upstream.reach import reached

DRAW = "upstream.program_draw"
SPREAD = "upstream.program_spread"


@dataclass(frozen=True)
class Asked:
    """A figure that a target asks for."""

    arm: str
    figure: str
    against: str


@dataclass(frozen=True)
class Found:
    """A figure of one arm, seed and program (0: the average one), and how many people it is about."""

    arm: str
    seed: int
    draw: int
    figure: str
    against: str
    value: float
    people: int


@dataclass
class Without:
    """The world without programs, and where the worlds with them leave it."""

    world: World
    decisions: Any
    forks: dict[int, Any]


def draws_of(scenario: Scenario, arm: str, seed: int) -> tuple[int, ...]:
    """Return the programs of an arm and seed: the average one (0), or as many draws as ``design.draws`` says."""
    if not scenario.arm(arm).registry.get(SPREAD):
        return (0,)
    each = scenario.design.draws
    first = 1 + scenario.seed_list.index(seed) * each
    return tuple(range(first, first + each))


def lived(scenario: Scenario, seed: int, asked: Sequence[Asked]) -> Iterator[Found]:
    """Live one seed, without and with the programs that are asked for, and yield their figures."""
    arms = list(dict.fromkeys(one.arm for one in asked))
    starts = {scenario.arm(arm).upstream.start for arm in arms}
    without = live_without(scenario.arm(scenario.baseline or "nothing"), seed, starts)
    for arm in arms:
        for draw in draws_of(scenario, arm, seed):
            mine = [one for one in asked if one.arm == arm]
            needed = set().union(*(groups_of(one.figure, one.against) for one in mine))
            trial = trial_of(scenario.arm(arm), seed, draw, without, needed)
            for one in mine:
                value = FIGURES[one.figure](trial, one.against)
                yield Found(arm, seed, draw, one.figure, one.against, value, people(trial, one.figure))


def live_without(scenario: Scenario, seed: int, forks: Iterable[int]) -> Without:
    """Live the world without programs, and keep it as it was at the start of some months."""
    from sim.model import HealthSystem, begin

    model, world, kept = HealthSystem(scenario, seed, population=begin(scenario, seed)), World(Panel()), {}
    while model.month < scenario.months:
        if model.month in forks:
            kept[model.month] = (model.snapshot().copy(), model.recorder.state())
        model.step()
        world.look(model)
    model.close()
    return Without(world, model.decisions, kept)


def trial_of(scenario: Scenario, seed: int, draw: int, without: Without, groups: set[str]) -> Trial:
    """Live the world with a program from the month in which it starts, and follow its people in both worlds.

    Parameters
    ----------
    scenario, seed, draw : of the world with the program.
    without : the same seed's world without it.
    groups : those of ``sim.measures.trial`` that are followed.
    """
    from sim.model import HealthSystem

    drawn = scenario.with_cells({DRAW: [draw]})
    start, books = without.forks[drawn.upstream.start]
    model = HealthSystem(drawn, seed, population=start.copy(), decisions=without.decisions)
    model.recorder.restore({name: kept for name, kept in books.items() if not name.startswith("places.")})
    model.slots.keep_passed_over = True
    world = World(without.world.panel.until(model.month))
    while model.month < drawn.months:
        model.step()
        world.look(model)
    model.close()
    who = whom(model.slots, seed, world)
    costs = (model.slots.start_cents, model.slots.month_cents)

    def months(panel: Panel, name: str) -> Months:
        keys, starts = who[name]
        return around(panel.diary(keys), starts, *costs)

    return Trial({name: Group(months(world.panel, name), months(without.world.panel, name)) for name in groups})


def whom(places: Any, seed: int, world: World) -> dict[str, tuple[Keys, Starts]]:
    """Return the members of each group, and from which of the panel's months each is followed."""
    served, first = _served(world.panel, len(places.packages))
    passed, since = world.first_passed()
    asked = np.zeros(len(passed), bool)
    for package in places.packages:
        asked |= reached(package, passed, seed, places.reach_scale, places.help_wanted).asked
    at_once = ~np.isin(served, passed)  # who waited was offered a place when first passed over
    offered = np.concatenate([passed[asked], served[at_once]]), np.concatenate([since[asked], first[at_once]])
    return {SERVED: (served, first), OFFERED: offered, LIKE: like(seed, served, first, world)}


def _served(panel: Panel, packages: int) -> tuple[Keys, Starts]:
    """Return whom any of the packages served, and from which of the panel's months."""
    keys = np.unique(np.concatenate([panel.ever_served(bit) for bit in range(packages)]))
    return keys, np.asarray(np.argmax(panel.diary(keys).served > 0, axis=1), np.int64)
