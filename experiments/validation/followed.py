"""People followed through both worlds of a seed: those whom a programme takes on, and whom they are compared with.

Organizations repeat what they decided without the programme (``organizations=fixed``), so that the world without it is
lived once a seed, and the world of each programme goes its own way from the month in which the programme starts. An
arm with ``upstream.programme_spread`` above 0 is lived for several programmes, each with a draw of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.panel import Panel
from sim.measures.trial import LIKE, OFFERED, SERVED, Group, Months, Trial, around
from sim.measures.trial_figures import FIGURES, groups_of, people
from sim.scenario import Scenario
from sim.upstream.draws import LOTTERY, package_uniforms
from sim.upstream.reach import reached

Keys = NDArray[np.uint64]
Starts = NDArray[np.int64]
DRAW = "upstream.programme_draw"
SPREAD = "upstream.programme_spread"
EMPTY = np.zeros(0, np.uint64)
LIKE_EACH = 2  # of a comparison group, for each who is served


@dataclass(frozen=True)
class Asked:
    """A figure that a target asks for."""

    arm: str
    figure: str
    against: str


@dataclass(frozen=True)
class Found:
    """A figure of one arm, seed and programme (0: the average one), and how many people it is about."""

    arm: str
    seed: int
    draw: int
    figure: str
    against: str
    value: float
    people: int


@dataclass
class World:
    """A world as it was lived: everybody's months, and who was passed over in each month."""

    panel: Panel
    passed: dict[int, Keys] = field(default_factory=dict)

    def look(self, model: Any) -> None:
        """Look at the month that was lived."""
        self.panel.record(model.members, model.month - 1)
        if model.places.passed_over:
            self.passed[model.month - 1 - self.panel.first_month] = np.unique(
                np.array(model.places.passed_over, np.uint64)
            )

    def first_passed(self) -> tuple[Keys, Starts]:
        """Return who was ever passed over, and the first month in which each was."""
        months = np.repeat(list(self.passed), [len(keys) for keys in self.passed.values()]).astype(np.int64)
        keys, first = np.unique(np.concatenate([EMPTY, *self.passed.values()]), return_index=True)
        return keys, months[first]


@dataclass
class Without:
    """The world without programmes, and where the worlds with them leave it."""

    world: World
    decisions: Any
    forks: dict[int, Any]


def draws_of(scenario: Scenario, arm: str, seed: int) -> tuple[int, ...]:
    """Return the programmes of an arm and seed: the average one (0), or as many draws as ``design.draws`` says."""
    if not scenario.arm(arm).registry.get(SPREAD):
        return (0,)
    each = scenario.design.draws
    first = 1 + scenario.seed_list.index(seed) * each
    return tuple(range(first, first + each))


def lived(scenario: Scenario, seed: int, asked: Sequence[Asked]) -> Iterator[Found]:
    """Live one seed, without and with the programmes that are asked for, and yield their figures."""
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
    """Live the world without programmes, and keep it as it was at the start of some months."""
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
    """Live the world with a programme from the month in which it starts, and follow its people in both worlds.

    Parameters
    ----------
    scenario, seed, draw : of the world with the programme.
    without : the same seed's world without it.
    groups : those of ``sim.measures.trial`` that are followed.
    """
    from sim.model import HealthSystem

    drawn = scenario.with_cells({DRAW: [draw]})
    start, books = without.forks[drawn.upstream.start]
    model = HealthSystem(drawn, seed, population=start.copy(), decisions=without.decisions)
    model.recorder.restore({name: kept for name, kept in books.items() if not name.startswith("places.")})
    model.places.keep_passed_over = True
    world = World(without.world.panel.until(model.month))
    while model.month < drawn.months:
        model.step()
        world.look(model)
    model.close()
    who = whom(model.places, seed, world)
    costs = (model.places.start_cents, model.places.month_cents)

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
    return {SERVED: (served, first), OFFERED: offered, LIKE: like(seed, served, first, world.passed)}


def like(seed: int, served: Keys, first: Starts, passed: Mapping[int, Keys]) -> tuple[Keys, Starts]:
    """Draw a comparison group: for each who began in a month, some who could have, and never did.

    Whoever was passed over in several months may stand for several people.
    """
    groups = []
    for month, others in passed.items():
        never = np.setdiff1d(others, served)
        wanted = LIKE_EACH * int((first == month).sum())
        drawn = np.argsort(package_uniforms(seed, never, LIKE, month, LOTTERY))[:wanted]
        groups.append((never[drawn], np.full(len(drawn), month, np.int64)))
    return (
        np.concatenate([EMPTY, *(keys for keys, _ in groups)]),
        np.concatenate([np.zeros(0, np.int64), *(months for _, months in groups)]),
    )


def _served(panel: Panel, packages: int) -> tuple[Keys, Starts]:
    """Return whom any of the packages served, and from which of the panel's months."""
    keys = np.unique(np.concatenate([panel.ever_served(bit) for bit in range(packages)]))
    return keys, np.asarray(np.argmax(panel.diary(keys).served > 0, axis=1), np.int64)
