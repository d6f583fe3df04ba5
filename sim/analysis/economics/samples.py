"""Costs and effects of every arm in every sample, from amounts by year: what the other files compare.

A sample is a parameter draw (the mean over its seeds) or, in a study without draws, a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.economics.discounting import present_value
from sim.analysis.economics.perspectives import QALYS, Perspective
from sim.analysis.economics.terms import Terms
from sim.engine.arrays import Floats, Frame


@dataclass(frozen=True)
class Samples:
    """Present values over the run, of the whole state.

    Attributes
    ----------
    arms
        The baseline first.
    draws
        The draw (or seed) of each sample.
    costs, effects
        ``[samples, arms]`` dollars and QALYs.
    of_parameters
        True if samples are parameter draws; False if they differ by luck alone, so that they do not say how likely
        a decision is to be wrong.
    """

    arms: tuple[str, ...]
    draws: NDArray[np.int64]
    costs: Floats
    effects: Floats
    of_parameters: bool


class Years:
    """The table ``arm, seed, draw, year, amount, value`` as an array, for runs that every arm has.

    Attributes
    ----------
    arms
        The baseline first.
    runs
        (draw, seed) of the rows.
    values
        ``[runs, arms, amounts, years]``.
    drawn
        Whether draws are of parameters, and not the structures of a study alone.
    """

    def __init__(self, frame: Frame, baseline: str, *, drawn: bool = True) -> None:
        self.drawn = drawn
        found = list(dict.fromkeys(frame["arm"].astype(str)))
        self.arms = (baseline, *(arm for arm in found if arm != baseline))
        self.amounts = tuple(dict.fromkeys(frame["amount"].astype(str)))
        table = frame.pivot_table(
            index=["draw", "seed"], columns=["arm", "amount", "year"], values="value", aggfunc="first", observed=True
        )
        self.years = int(frame["year"].max()) + 1
        columns = [(a, m, y) for a in self.arms for m in self.amounts for y in range(self.years)]
        table = table.reindex(columns=columns).dropna()
        self.runs: list[tuple[int, int]] = [(int(draw), int(seed)) for draw, seed in table.index]
        shape = (len(table), len(self.arms), len(self.amounts), self.years)
        self.values: Floats = table.to_numpy(dtype=np.float64).reshape(shape)

    def sum(self, parts: Sequence[tuple[str, int]]) -> Floats:
        """A signed sum of amounts, ``[runs, arms, years]``."""
        return np.asarray(sum(sign * self.values[:, :, self.amounts.index(name)] for name, sign in parts))

    def by_sample(self, values: Floats) -> tuple[NDArray[np.int64], Floats, bool]:
        """Means over the seeds of each draw; without draws, the seeds themselves: (ids, values, of parameters)."""
        draws = np.array([draw for draw, _ in self.runs])
        ids = np.unique(draws)
        if len(ids) < 2 or not self.drawn:
            return np.array([seed for _, seed in self.runs]), values, False
        return ids, np.stack([values[draws == one].mean(axis=0) for one in ids]), True


def runs_of(years: Years, perspective: Perspective, terms: Terms) -> tuple[Floats, Floats]:
    """Discounted costs, in constant dollars, and QALYs of each run and arm."""
    costs = present_value(years.sum(perspective.amounts), terms.discount_costs, terms.general_inflation)
    return costs, present_value(years.sum(QALYS), terms.discount_outcomes)


def samples(years: Years, perspective: Perspective, terms: Terms) -> Samples:
    """The same of each sample and arm."""
    costs, effects = runs_of(years, perspective, terms)
    ids, costs, of_parameters = years.by_sample(costs)
    return Samples(years.arms, ids, costs, years.by_sample(effects)[1], of_parameters)
