"""Runs a trial inside a world, and the same world without the program: what the trial finds, and what is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.measures.person_panel import Panel
from sim.measures.randomized import Findings, People, around, findings, served_in
from sim.scenario import Scenario, ScenarioError

if TYPE_CHECKING:
    from sim.agents.programs.randomization import Randomization
    from sim.start import Start

OUTCOMES = {
    "Emergency visits*": ("ed_visits", 1000.0),
    "Stays*": ("stays", 1000.0),
    "Claims, USD PMPM": ("medicaid_cents", 0.01),
}
"""By label: what is counted, and its unit; * per 1,000 member-months."""
FOLLOW = 12  # months after randomization


class Trial(NamedTuple):
    """A trial of one seed: findings by outcome; how many people were in treatment, of them served, and in control."""

    findings: dict[str, Findings]
    treatment: int
    served: int
    control: int


def trial(scenario: Scenario, seed: int | None = None, follow: int = FOLLOW) -> Trial:
    """Simulate a scenario with ``upstream.trial``, and the same world without the program, for one seed.

    Parameters
    ----------
    scenario : with a trial and without arms.
    seed : default the scenario's first seed.
    follow : months after randomization over which outcomes are means.

    Raises
    ------
    ScenarioError
        If the scenario has no trial, or nobody was randomized.
    """
    from sim.model import begin

    name = scenario.upstream.trial
    if name is None or scenario.arms:
        raise ScenarioError(["upstream.trial: name the package that is given by randomization; a trial has no arms"])
    chosen = scenario.seed_of(seed)
    start = begin(scenario, chosen)
    lived, who = _simulate(scenario, chosen, start)
    without, _ = _simulate(without_program(scenario, name), chosen, start)
    if who is None or not len(who.keys):
        raise ScenarioError([f"upstream.trial={name}: seed {chosen}: nobody was eligible, nobody was randomized"])
    return compared(who, lived, without, follow)


def compared(who: Randomization, lived: Panel, without: Panel, follow: int) -> Trial:
    """Compare the groups of a trial with each other, and everybody with themselves in the world without the program."""
    starts = who.months - lived.first_month
    mine, twins = lived.diary(who.keys), without.diary(who.keys)
    treatment, served = np.isin(who.keys, who.treatment()), served_in(mine, starts, who.bit, follow)
    others = np.setdiff1d(lived.everybody(), who.keys)
    since = np.full(len(others), who.begins - lived.first_month)
    theirs, their_twins = lived.diary(others), without.diary(others)
    found = {}
    for label, (name, scale) in OUTCOMES.items():
        after, before = around(mine, starts, name, follow)
        same = around(twins, starts, name, follow)[0]
        people = People(treatment, served, scale * after, scale * before, scale * same)
        moved = around(theirs, since, name, follow)[0] - around(their_twins, since, name, follow)[0]
        found[label] = findings(people, scale * moved)
    return Trial(found, int(treatment.sum()), int((treatment & served).sum()), int((~treatment).sum()))


def without_program(scenario: Scenario, name: str) -> Scenario:
    """Return the same scenario without the package that is randomized."""

    def changed(one: Scenario) -> Scenario:
        rest = tuple(package for package in one.upstream.packages if package != name)
        upstream = one.upstream.model_copy(update={"packages": rest, "trial": None})
        return one.model_copy(update={"upstream": upstream})

    return scenario.throughout(changed)


def _simulate(scenario: Scenario, seed: int, start: Start) -> tuple[Panel, Randomization | None]:
    from sim.model import HealthSystem

    panel = Panel()
    with HealthSystem(scenario, seed, population=start.copy()) as model:
        model.run(progress=lambda done: panel.record(model.members, done - 1))
        return panel, model.slots.randomization
