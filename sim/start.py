"""Where a run begins and what it may replay: the start that arms share, earlier decisions, scenarios without policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.rows import copied
from sim.engine.snapshot import Saved
from sim.scenario.digests import file_digest

if TYPE_CHECKING:
    from sim.member.month import MonthResult
    from sim.population.build import Population
    from sim.scenario import Scenario
    from sim.scenario.choices import PopulationChoice

RENEWAL_BEFORE = "annual"
"""The rule of every warm-up: renewal is policy, which begins in month 0, so all arms begin with the same people."""
BY_POLICY = (  # how names of parameters begin that change nothing before a policy starts
    "upstream.",
    "packages.",
    "ccos.",
    "participants.",
    "payment.",
    "providers.sees_steps",
    *("economics." + name for name in ("discount_", "inequality_", "willingness_")),
)
BEFORE_POLICY = tuple(  # the exceptions: what the state reads while it pays claims, or makes ready for contracts
    "payment." + name
    for name in (
        "adult_dental_benefit",
        "administration_match",
        "cap_",
        "clinic_share",
        "credible_months",
        "denied_today",
        "duty_by",
        "duty_first",
        "duty_floor",
        "duty_homes",
        "exit_give",
        "federal_share",
        "growth_cap",
        "load",
        "loss_ratio_floor",
        "rebasing_",
        "risk_adjustment",
        "risk_weights",
        "state_administration",
        "trend",
        "upstream_match",
        "withhold_share",
    )
)


@dataclass(repr=False)
class Decisions:
    """What organizations decided, month by month, as members met it; ``organizations=fixed`` replays it."""

    areas: list[NDArray[Any]]
    clinics: list[NDArray[Any]]

    def __repr__(self) -> str:
        return f"<Decisions of {len(self.areas)} months>"


class Origin(NamedTuple):
    """What a start depends on beside its seed: the name of its population, and the rest as text."""

    population: str
    rest: str


@dataclass(repr=False)
class Start:
    """A health system at the end of its warm-up: the same for every arm of a comparison. No run changes it.

    Attributes
    ----------
    population : people and clinics, as they were.
    organizations : what each must remember.
    last : what happened in the month before.
    month : the next month to be simulated.
    origin, seed : what all of it depends on (``origin_of``).
    is_given_away : nobody else holds it: the system that begins from it takes the people, and makes no copy.
    """

    population: Population
    organizations: Mapping[str, Saved]
    last: MonthResult | None
    month: int
    origin: Origin
    seed: int
    is_given_away: bool = False

    def __repr__(self) -> str:
        people = self.population.members
        return f"<Start at month {self.month}, seed {self.seed}: {len(people):,} rows of members>"

    def copy(self) -> Start:
        """Return the same start with people and clinics of its own."""
        if self.is_given_away:
            return self
        people = self.population
        mine = replace(
            people, members=copied(people.members), served=people.served.copy(), clinics=people.clinics.copy()
        )
        return replace(self, population=mine)


def before_policy(scenario: Scenario) -> Scenario:
    """Return the scenario as it is in the warm-up: without policy, cover renewed by the rule of before the run."""
    return without_policy(scenario).model_copy(update={"population": _population_before(scenario)})


def _population_before(scenario: Scenario) -> PopulationChoice:
    return scenario.population.model_copy(update={"renewal": RENEWAL_BEFORE})


def origin_of(scenario: Scenario) -> Origin:
    """What the start of a run depends on: who, how long without policy, and every parameter but those of policy."""
    values = {p.name: p.value.tolist() for p in scenario.registry if not is_by_policy(p.name)}
    margins = file_digest(scenario.folder / "population" / "margins" / f"{scenario.population.margins}.csv")
    rest = repr((_population_before(scenario), margins, scenario.capacity, scenario.warm_up, values))
    return Origin(scenario.population.name, rest)


def is_by_policy(name: str) -> bool:
    """Whether a parameter changes nothing before a policy starts, so that arms that differ in it share a start."""
    return name.startswith(BY_POLICY) and not name.startswith(BEFORE_POLICY)


def is_policy_free(scenario: Scenario) -> bool:
    """Whether a scenario is the baseline world throughout: the state pays claims, there are no upstream programs."""
    contracts = (phase.scenario.payment.contracts for phase in scenario.phases)
    return not (scenario.payment.contracts or scenario.packages_ever or any(contracts))


def without_policy(scenario: Scenario) -> Scenario:
    """Return the same scenario paid by fee-for-service, without upstream packages, with live organizations."""

    def changed(one: Scenario) -> Scenario:
        payment = one.payment.model_copy(update={"contracts": ()})
        upstream = one.upstream.model_copy(update={"packages": ()})
        return one.model_copy(update={"payment": payment, "upstream": upstream, "organizations": "live"})

    return scenario.throughout(changed)


def with_outside_money(scenario: Scenario) -> Scenario:
    """Return the same scenario with programs paid from outside, so that no budget carries them to other members."""
    outside = {"funding": "outside"}
    return scenario.throughout(lambda one: one.model_copy(update={"upstream": one.upstream.model_copy(update=outside)}))


def quiet_areas(n: int) -> NDArray[Any]:
    """Return area rows with no waits, baseline volume, prices and needs, and no screening."""
    areas = np.zeros(n, dtype=schema.AREA).view(np.recarray)
    ones = ("price_index", "cco_price", "fee", "need_onset", "need_onset_highest", "avoidable", "dental_benefit")
    for name in (*ones, "opioid_open"):
        areas[name] = 1.0
    return areas
