"""Each package's own trial, lived inside the model: does its published effect come out of the month?

``python -m experiments.validation.package_trials`` prints the table of docs/explanation/channels-of-care.md; the first
word is the number of seeds, further words override the scenario.

Each package runs alone, with as many slots as can be had. Members are followed over the window of the trial in the
world with the package and in the same world without it (twins): those who are served where the effect is stated for
each who engages, all who are offered a slot where it is stated for them. This checks the path from the package file to
events: eligibility, reach, exits, relief of needs, lag, wear and caps. It is no validation, as the effects were put in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.validation.trial_runs import trial_of, without_programs
from sim.measures.contrast import FEWEST
from sim.measures.intervals import mean_interval
from sim.measures.trial import OFFERED, SERVED, TWINS, Trial
from sim.measures.trial_figures import PERCENT, percent
from sim.paths import conf_folder
from sim.scenario import Scenario
from sim.upstream.load import load_packages, package_names
from sim.upstream.package import Effect, Package

EVENTS = {"emergency": "ed_visits", "inpatient": "stays"}  # services whose events are followed for each person
START, MONTHS = 2, 38  # packages begin in month 2; who begins too late to be followed for the whole window is left out
SEEDS = 4


@dataclass(frozen=True)
class Claim:
    """One effect of a package, as its file states it."""

    package: Package
    service: str
    effect: Effect

    @property
    def months(self) -> int:
        """Months over which the effect is a mean."""
        return round(self.package.window.value) if self.package.window else 0

    @property
    def group(self) -> str:
        """The members whom it is about."""
        return OFFERED if self.effect.per == "offered" else SERVED

    def ratio(self, trial: Trial) -> float:
        """Events with the package over those without it, of the members and months of the trial."""
        offered = self.group == OFFERED
        return 1 + percent(trial, TWINS, EVENTS[self.service], self.months, offered=offered) / PERCENT

    def people(self, trial: Trial) -> int:
        """Members who are followed for the whole window or until they die."""
        return len(trial.groups[self.group].treated["alive"])


def claims() -> list[Claim]:
    """Return every effect on followed events that a package file states as a mean over a window."""
    conf = conf_folder()
    return [
        Claim(package, service, effect)
        for package in load_packages(package_names(conf), conf)
        for service, effect in package.effects.items()
        if service in EVENTS and package.window
    ]


def simulate(asked: Sequence[Claim], seeds: int, words: Sequence[str]) -> dict[str, list[Trial]]:
    """Return the trials of each package, one for each seed."""
    names = list(dict.fromkeys(one.package.name for one in asked))
    every = ",".join(
        f"{name}: [upstream.start={START}, upstream={name}, parameters.upstream.places_scale=20]" for name in names
    )
    scenario = Scenario.compose(
        [
            "experiment=validation_trials",
            f"arms={{nothing: [upstream=none], {every}}}",
            f"months={MONTHS}",
            f"seeds={seeds}",
            *words,
        ]
    )
    found: dict[str, list[Trial]] = {name: [] for name in names}
    for seed in scenario.seed_list:
        without = without_programs(scenario.arm("nothing"), seed, {START})
        for name in names:
            groups = {one.group for one in asked if one.package.name == name}
            found[name].append(trial_of(scenario.arm(name), seed, 0, without, groups))
    return found


def lines(asked: Sequence[Claim], trials: dict[str, list[Trial]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| package | ratio of | window, months | published (interval) | model (95%) | people | inside |"
    yield "|---|---|---|---|---|---|---|"
    for one in asked:
        mine = trials[one.package.name]
        found = mean_interval(np.array([[one.ratio(trial)] for trial in mine]))
        value, low, high = (float(part[0]) for part in (found.estimate, found.low, found.high))
        effect = one.effect
        people = sum(one.people(trial) for trial in mine)
        inside = "yes" if effect.low <= value <= effect.high else "no"
        inside = inside if people >= FEWEST else "too few"
        yield (
            f"| {one.package.label} | {one.service}, {effect.per} | {one.months} "
            f"| {effect.value:.3g} ({effect.low:g} to {effect.high:g}) | {value:.2f} ({low:.2f} to {high:.2f}) "
            f"| {people:,} | {inside} |"
        )


def main(argv: Sequence[str]) -> None:
    """Print the table."""
    seeds, words = int(argv[0]) if argv else SEEDS, list(argv[1:])
    asked = claims()
    print("\n".join(lines(asked, simulate(asked, seeds, words))))


if __name__ == "__main__":
    main(sys.argv[1:])
