"""Runs trials: follows the members whom a program serves, and their comparison groups, with and without the program.

Organizations repeat the decisions of the run without the program (``organizations=fixed``). So each seed needs one run
without programs, and each program one run that branches off in the month in which the program starts. An arm with
``upstream.program_spread`` above 0 is simulated for several programs, each with its own draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from experiments.analysis.comparison_group import Starts, World, like
from sim.engine.arrays import Keys
from sim.measures.person_panel import Panel
from sim.measures.trial import LIKE, OFFERED, SERVED, Group, Months, Trial, around
from sim.measures.trial_figures import FIGURES, groups_of, people
from sim.scenario import Scenario
from sim.upstream.reach import IS_ASKED, reached

if TYPE_CHECKING:
    from sim.engine.snapshot import Saved
    from sim.start import Decisions, Start
    from sim.upstream.package import Package

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
    """The world without programs, and its state in the months in which programs start."""

    world: World
    decisions: Decisions
    forks: dict[int, tuple[Start, Saved]]


class Offers(Protocol):
    """What is offered: packages, how well each is reached, and how much members want help."""

    @property
    def packages(self) -> Sequence[Package]: ...
    @property
    def reach_scale(self) -> float: ...
    @property
    def help_wanted(self) -> float: ...


def draws_of(scenario: Scenario, arm: str, seed: int) -> tuple[int, ...]:
    """Return the programs of an arm and seed: the average one (0), or as many draws as ``design.draws`` says."""
    if not scenario.arm(arm).registry.get(SPREAD):
        return (0,)
    each = scenario.design.draws
    first = 1 + scenario.seed_list.index(seed) * each
    return tuple(range(first, first + each))


def seed_figures(scenario: Scenario, seed: int, asked: Sequence[Asked]) -> Iterator[Found]:
    """Simulate one seed, without and with each program that is asked for, and yield the figures."""
    arms = list(dict.fromkeys(one.arm for one in asked))
    starts = {scenario.arm(arm).upstream.start for arm in arms}
    without = without_programs(scenario.arm(scenario.baseline or "nothing"), seed, starts)
    for arm in arms:
        for draw in draws_of(scenario, arm, seed):
            mine = [one for one in asked if one.arm == arm]
            needed = set().union(*(groups_of(one.figure, one.against) for one in mine))
            trial = trial_of(scenario.arm(arm), seed, draw, without, needed)
            for one in mine:
                value = FIGURES[one.figure](trial, one.against)
                yield Found(arm, seed, draw, one.figure, one.against, value, people(trial, one.figure))


def without_programs(scenario: Scenario, seed: int, forks: Iterable[int]) -> Without:
    """Simulate the world without programs, and keep its state at the start of the months in ``forks``."""
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
    """Simulate the world with a program from its first month, and follow its members in both worlds.

    Parameters
    ----------
    scenario, seed, draw : of the world with the program.
    without : the same seed without the program.
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
    who = followed_groups(model.slots, seed, world)
    costs = (model.slots.start_cents, model.slots.month_cents)

    def months(panel: Panel, name: str) -> Months:
        keys, starts = who[name]
        return around(panel.diary(keys), starts, *costs)

    return Trial({name: Group(months(world.panel, name), months(without.world.panel, name)) for name in groups})


def followed_groups(places: Offers, seed: int, world: World) -> dict[str, tuple[Keys, Starts]]:
    """Return the members of each group, and from which of the panel's months each is followed."""
    served, first = _served(world.panel, len(places.packages))
    passed, since = world.first_passed()
    asked = np.zeros(len(passed), bool)
    for package in places.packages:
        asked |= reached(package, passed, seed, places.reach_scale, places.help_wanted) >= IS_ASKED
    at_once = ~np.isin(served, passed)  # those who waited were offered a slot when first passed over
    offered = np.concatenate([passed[asked], served[at_once]]), np.concatenate([since[asked], first[at_once]])
    return {SERVED: (served, first), OFFERED: offered, LIKE: like(seed, served, first, world)}


def _served(panel: Panel, packages: int) -> tuple[Keys, Starts]:
    """Return the members whom any of the packages served, and from which of the panel's months."""
    keys = np.unique(np.concatenate([panel.ever_served(bit) for bit in range(packages)]))
    return keys, np.asarray(np.argmax(panel.diary(keys).served > 0, axis=1), np.int64)
