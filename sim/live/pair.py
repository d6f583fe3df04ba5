"""Two arms of one seed, simulated side by side and month by month; numbers equal those of ``compare``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.text import shown
from sim.live.followed import Followed
from sim.live.lives import Lives
from sim.live.shown import Number, Shown, show
from sim.measures.measures import BY_NAME, FOUR, MEASURES, evaluate
from sim.measures.result import RunResult, check_measure
from sim.measures.terms import Sums
from sim.pictures import county_shapes
from sim.runs.work import Starts, with_threads
from sim.scenario import Scenario
from sim.scenario.faults import ScenarioError
from sim.schema import COUNT_INDEX
from sim.start import before_policy

THIN = 30
"""Sampled members below which a place's number says little."""
CENTS_PER_DOLLAR = 100.0
_starts = Starts(most=8)  # of this process: moving a slider begins from the same people, seed by seed


class Place(NamedTuple):
    """A measure in one place so far; ``thin`` where either arm has fewer than ``THIN`` sampled members."""

    name: str
    a: float
    b: float
    members: int
    thin: bool


class Flow(NamedTuple):
    """What one account paid another for one purpose, USD PMPM of the state so far."""

    payer: str
    payee: str
    purpose: str
    usd: float


class Pair:
    """Two scenarios with the same people and the same luck. ``with Pair(a, b) as pair:`` stops its threads.

    Parameters
    ----------
    a, b : one arm each; they must share people, months and warm-up.
    seed : of both.
    lives : whether single lives can be read; costs some time and memory.

    Attributes
    ----------
    months : of the run.
    month : months simulated so far.
    lives : single lives (`sim.live.Lives`), if they were asked for.
    """

    def __init__(self, a: Scenario, b: Scenario, seed: int = 1, lives: bool = False) -> None:
        _check_pairs(a, b)
        self.seed, self.months, self.month = a.seed_of(seed), a.months, 0
        self.scenarios = (a, b)
        first = self._system(a)
        replays = b.organizations == "fixed"
        self.systems = (first, self._system(b, first if replays else None))
        self.lives = Lives(self.systems) if lives else None
        self._one_after_the_other = replays
        self._other = ThreadPoolExecutor(1)

    def _system(self, scenario: Scenario, replayed: Followed | None = None) -> Followed:
        start, _ = _starts.take(scenario, self.seed)
        decisions = None if replayed is None else replayed.decisions
        return Followed(with_threads(scenario, 1), self.seed, population=start, decisions=decisions)

    def step(self) -> None:
        """Simulate one more month of both arms."""
        a, b = self.systems
        if self._one_after_the_other:  # B repeats what organizations decided in A
            a.step()
            b.step()
        else:
            other = self._other.submit(b.step)
            try:
                a.step()
            finally:
                other.result()
        if self.lives is not None:
            self.lives.note(self.month)
        self.month += 1

    def run(self, until: int | None = None) -> tuple[RunResult, RunResult]:
        """Simulate until a month, by default to the end, and return the results so far."""
        while self.month < (self.months if until is None else min(until, self.months)):
            self.step()
        return self.result()

    def result(self) -> tuple[RunResult, RunResult]:
        """Return the results of the months so far; while months are left, without digests."""
        a, b = (system.result() for system in self.systems)
        return replace(a, arm="A"), replace(b, arm="B")

    def close(self) -> None:
        """Stop the threads; what was recorded can still be read."""
        self._other.shutdown()
        for system in self.systems:
            system.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def series(self, measure: str) -> tuple[Floats, Floats]:
        """Return a measure of the state by month, in each arm."""
        column = _column(measure)
        a, b = (one.monthly()[:, 0, column] for one in self.result())
        return a, b

    def numbers(self, measures: tuple[str, ...] = FOUR) -> tuple[Number, ...]:
        """Return measures of the state over the months so far: by default the four that are shown first."""
        a, b = (one.totals()[0] for one in self.result())
        return tuple(_number(name, float(a[_column(name)]), float(b[_column(name)])) for name in measures)

    def show(self, measures: tuple[str, ...] = FOUR) -> Shown:
        """Return the numbers so far and their course, for a notebook to display."""
        head = f"Month {self.month} of {self.months}, seed {self.seed}"
        return show(self.numbers(measures), [self.series(name) for name in measures], self.months, head)

    def by_area(self, measure: str) -> tuple[Place, ...]:
        """Return a measure over the months so far in each CCO area."""
        results, column = self.result(), _column(measure)
        a, b = (one.totals()[1 : 1 + len(one.areas), column] for one in results)
        members = np.minimum(*(one.counts[-1, :, COUNT_INDEX["member_months"]] for one in results))
        return tuple(
            Place(name, float(x), float(y), int(n), bool(n < THIN))
            for name, x, y, n in zip(results[0].areas, a, b, members, strict=True)
        )

    def by_county(self, measure: str) -> tuple[Place, ...]:
        """Return a measure over the months so far in each county; needs ``lives=True``.

        The model adds members up by CCO area. For counties the months so far are simulated again, the first time in
        full. Measures of the ledger and of quality are not known by county, and are NaN.
        """
        if self.lives is None:
            raise ValueError("members are added up by county for a pair with lives=True only")
        names, column = tuple(county_shapes()), _column(measure)
        a, b = (evaluate(Sums(counts, self.month))[:, column] for counts in self.lives.by_county(len(names)))
        members = self.lives.members_by_county(len(names))
        return tuple(
            Place(name, float(x), float(y), int(n), bool(n < THIN))
            for name, x, y, n in zip(names, a, b, members, strict=True)
        )

    def flows(self) -> tuple[tuple[Flow, ...], tuple[Flow, ...]]:
        """Return what was paid so far by payer, payee and purpose, in each arm; the largest first."""
        a, b = (_flows(system, result) for system, result in zip(self.systems, self.result(), strict=True))
        return a, b

    def differences(self) -> list[str]:
        """Return in words what differs between the scenarios: choices, the timeline and parameters."""
        a, b = self.scenarios
        of_a, of_b = _choices(a), _choices(b)
        said = [f"{key}: {_words(of_a[key])} in A, {_words(of_b[key])} in B" for key in of_a if of_a[key] != of_b[key]]
        for one in a.registry:
            x, y = one.value, b.registry[one.name].value
            if not np.array_equal(x, y):
                values = f"{x:g} in A, {y:g} in B" if x.ndim == 0 else "a table that differs"
                said.append(f"{one.name}: {values} ({one.unit})")
        return said


def _check_pairs(a: Scenario, b: Scenario) -> None:
    for one in (a, b):
        if one.arms:
            raise ScenarioError(["a pair takes two scenarios without arms: `scenario.arm(name)` gives one"])
    of_a, of_b = (before_policy(one).population.model_dump() for one in (a, b))
    shared: dict[str, tuple[object, object]] = {
        **{f"population.{key}": (of_a[key], of_b[key]) for key in of_a},
        "months": (a.months, b.months),
        "warm_up": (a.warm_up, b.warm_up),
    }
    wrong = [f"{key} is {shown(x)} in A and {shown(y)} in B" for key, (x, y) in shared.items() if x != y]
    if wrong:
        raise ScenarioError([f"both arms must have the same people and months: {'; '.join(wrong)}"])


def _column(measure: str) -> int:
    check_measure(measure)
    return MEASURES.index(BY_NAME[measure])


def _number(name: str, a: float, b: float) -> Number:
    one = BY_NAME[name]
    return Number(name, one.label, one.unit, a, b, b - a, one.higher_is_better)


def _flows(system: Followed, result: RunResult) -> tuple[Flow, ...]:
    member_months = float(result.counts[..., COUNT_INDEX["member_months"]].sum(axis=0) @ result.weights)
    if not member_months:
        return ()
    paid = {
        key: float(cents @ result.weights) / CENTS_PER_DOLLAR / member_months
        for key, cents in system.books.joint.items()
    }
    rows = [Flow(*key, usd) for key, usd in paid.items() if usd]
    return tuple(sorted(rows, key=lambda row: (-row.usd, row.payer, row.payee, row.purpose)))


def _choices(scenario: Scenario) -> dict[str, object]:
    """What a scenario chose, by key; parameters are compared by value elsewhere."""
    plain = scenario.described()
    groups = ("payment", "upstream", "providers", "governance")
    kept = {f"{group}.{key}": value for group in groups for key, value in plain[group].items() if key != "parameters"}
    own = ("organizations", "capacity", "at")
    return kept | {"population.renewal": plain["population"]["renewal"]} | {key: plain[key] for key in own}


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in (None, {}) else str(value)
