"""The published figures (``conf/targets/validation.csv``), and the rule by which each is judged."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.measures.contrast import FEWEST
from sim.measures.intervals import mean_interval
from sim.paths import conf_folder

DRAWS = "draws"
PROGRAMS = (0.05, 0.95)  # quantiles of program draws between which a published figure should lie
NAN = float("nan")


@dataclass(frozen=True)
class Target:
    """One row of the table of published figures; empty limits are None."""

    target: str
    estimand: str
    experiment: str
    study_id: str
    figure: str
    arm: str
    against: str
    published: float | None
    low: float | None
    high: float | None
    unit: str
    rule: str
    used_to_set: str

    @property
    def counts(self) -> bool:
        """Whether it is validation: no parameter was set from the same study."""
        return not self.used_to_set


@dataclass(frozen=True)
class Verdict:
    """A target with the model's figure and its interval, and whether it passes.

    Attributes
    ----------
    figure, low, high : mean over seeds and its 95% interval; under the rule ``draws`` the middle 90% of programs.
    seen, true, sham, sham_low, sham_high
        Of a figure that was published from a comparison group: what such a group sees, what is true, and what it sees
        of a program without effect, with its 95% interval.
    people : members followed, all seeds together; 0 where everybody is counted.
    replicates : seeds, or programs.
    """

    target: Target
    figure: float
    low: float
    high: float
    seen: float = NAN
    true: float = NAN
    sham: float = NAN
    sham_low: float = NAN
    sham_high: float = NAN
    people: int = 0
    replicates: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is validation: no parameter was set from the same study."""
        return self.target.counts

    @property
    def passes(self) -> bool:
        """Whether the model's figure satisfies the rule of the target."""
        aim = self.target
        if aim.rule == "covers_zero":
            return self.low <= 0 <= self.high
        if aim.rule == DRAWS:
            return aim.published is not None and self.low <= aim.published <= self.high
        too_high = aim.high is not None and self.figure > aim.high
        too_low = aim.low is not None and self.figure < aim.low
        return not (too_high or too_low or np.isnan(self.figure))

    @property
    def may_be_luck(self) -> bool:
        """Whether a limit of the aim lies within the interval over seeds, so that other seeds may judge otherwise."""
        limits = (self.target.low, self.target.high)
        return any(limit is not None and self.low < limit < self.high for limit in limits)


def published_figures() -> list[Target]:
    """Return the published figures."""
    file = conf_folder() / "targets" / "validation.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return [_target(row) for row in rows]


def over_seeds(target: Target, of_seeds: ArrayLike) -> Verdict:
    """Return the verdict on a figure that each seed has."""
    values = np.asarray(of_seeds, dtype=np.float64)
    found = mean_interval(values[:, None])
    estimate, low, high = (float(part[0]) for part in (found.estimate, found.low, found.high))
    return Verdict(target, estimate, low, high, replicates=int(np.isfinite(values).sum()))


def over_draws(target: Target, of_programs: Sequence[float]) -> Verdict:
    """Return the verdict on a figure that each program has: does the published one lie among them?"""
    known = np.array([value for value in of_programs if np.isfinite(value)])
    if not known.size:
        return Verdict(target, NAN, NAN, NAN)
    low, high = (float(end) for end in np.quantile(known, PROGRAMS))
    return Verdict(target, float(known.mean()), low, high, replicates=known.size)


def if_enough(verdict: Verdict) -> Verdict:
    """Return the verdict without its figure where too few people were followed."""
    if verdict.people >= FEWEST:
        return verdict
    return Verdict(verdict.target, NAN, NAN, NAN, people=verdict.people, replicates=verdict.replicates)


def _target(row: dict[str, str]) -> Target:
    fields: dict[str, Any] = {**row}
    fields |= {name: float(row[name]) if row[name] else None for name in ("published", "low", "high")}
    return Target(**fields)
