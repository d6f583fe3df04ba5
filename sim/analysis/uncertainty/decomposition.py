"""Law of total variance for a difference between arms: structure, parameters and luck, kept apart.

    var(d) = var(E[d | structure]) + E[var(E[d | draw] | structure)] + E[var(d | draw)]
                 structure                  parameters                    luck

Structures are switches (which model), draws are parameter values, seeds are luck. The three are estimated by analysis
of variance, each free of the noise of the ones below it; an estimate below zero is shown as zero. Seeds that every
draw shares are crossed with draws: then luck is split into what a seed does to all draws and the rest. Structures that
share draws and seeds are crossed with both: the mean over them is taken within each run first, and they are compared
run by run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats

Labels = NDArray[np.generic]


@dataclass(frozen=True)
class Components:
    """Variances of the difference by source, and what the mean rests on.

    Attributes
    ----------
    mean
        Mean difference: over seeds, then draws, then structures, each counting the same.
    structure, parameters, luck
        Variances. ``luck`` is that of one run; NaN, and inside ``parameters``, where no draw has two seeds.
        ``structure`` is NaN with one structure, ``parameters`` with one draw.
    shared
        The part of ``luck`` that a seed does to every draw; zero if draws have seeds of their own.
    structures, draws, seeds
        How many there are (draws per structure and seeds per draw: the mean number).
    averaged
        The same of the mean over structures that share draws and seeds, on which the error of the mean rests.
    ratio
        Variance of the mean over the draws against that of as many random ones, where the design spreads them evenly.
    """

    mean: float
    structure: float
    parameters: float
    luck: float
    shared: float
    structures: int
    draws: float
    seeds: float
    averaged: Components | None = None
    ratio: float = 1.0

    @property
    def total(self) -> float:
        """Variance of one run of a random structure and draw."""
        return float(np.nansum([self.structure, self.parameters, self.luck]))

    def share(self, source: str) -> float:
        """Part of the total variance that a source makes; NaN if it is not known or there is no variance."""
        return float(getattr(self, source) / self.total) if self.total > 0 else np.nan

    def error(self, draws: float | None = None, seeds: float | None = None) -> float:
        """Monte Carlo standard error of the mean, with these or with other numbers of draws and seeds.

        Structures are a list, not a sample: they add no Monte Carlo error.
        """
        if self.averaged is not None:
            return self.averaged.error(draws, seeds)
        draws = self.draws if draws is None else draws
        seeds = self.seeds if seeds is None else seeds
        own = self.sampled(seeds) / draws
        return float(np.sqrt(own / self.structures + self.shared / seeds))

    def sampled(self, seeds: float) -> float:
        """Variance of one draw's mean over seeds that is left in the mean over draws."""
        own = (np.nan_to_num(self.luck) - self.shared) / seeds
        usual = (np.nan_to_num(self.luck) - self.shared) / self.seeds
        parameters = np.nan_to_num(self.parameters)
        return float(max(0.0, (parameters + usual) * self.ratio - usual) + own)

    def drawn_by(self, ratio: float) -> Components:
        """The same for draws of a design that leaves this part of the variance of random ones in their mean."""
        averaged = None if self.averaged is None else replace(self.averaged, ratio=ratio)
        return replace(self, ratio=ratio, averaged=averaged)


def decompose(difference: Floats, draw: Labels, seed: Labels, structure: Labels | None = None) -> Components:
    """Split the variance of a difference.

    Parameters
    ----------
    difference
        Arm less baseline, one value for each run.
    draw, seed, structure
        Labels of each run. Equal draw labels under different structures are the same draw.
    """
    structure = np.zeros(len(difference), np.int64) if structure is None else structure
    common = _in_every_structure(difference, draw, seed, structure)
    if common is not None:
        return _structures_crossed(*common)
    places = [structure == level for level in np.unique(structure)]
    parts = [_of_one_structure(difference[here], draw[here], seed[here]) for here in places]
    means = np.array([part.mean for part in parts])
    parameters, luck, shared = (_mean([getattr(part, name) for part in parts]) for name in _SOURCES)
    noise = _mean([part.error() ** 2 for part in parts])
    between = float(max(0.0, means.var() - noise * (1 - 1 / len(parts)))) if len(parts) > 1 else np.nan
    draws, seeds = (float(np.mean([getattr(part, name) for part in parts])) for name in ("draws", "seeds"))
    return Components(float(means.mean()), between, parameters, luck, shared, len(parts), draws, seeds)


def _in_every_structure(
    difference: Floats, draw: Labels, seed: Labels, structure: Labels
) -> tuple[Floats, Labels, Labels] | None:
    """Differences ``[structure, run]`` of the runs that every structure has; None with one structure or no such run."""
    levels = np.unique(structure)
    runs = {}
    for level in levels:
        here = structure == level
        runs[level] = dict(zip(zip(draw[here], seed[here], strict=True), difference[here], strict=True))
    common = [run for run in runs[levels[0]] if all(run in of for of in runs.values())]
    if len(levels) < 2 or not common:
        return None
    table = np.array([[runs[level][run] for run in common] for level in levels])
    return table, np.array([run[0] for run in common]), np.array([run[1] for run in common])


def _structures_crossed(table: Floats, draw: Labels, seed: Labels) -> Components:
    """Structures by runs: within each for the sources, their mean for the error, differences from it for structure."""
    average = table.mean(axis=0)
    parts = [_of_one_structure(one, draw, seed) for one in table]
    averaged = _of_one_structure(average, draw, seed)
    apart = [_of_one_structure(one - average, draw, seed) for one in table]
    noise = _mean([np.nan_to_num(part.error()) ** 2 for part in apart])
    between = max(0.0, float(((table.mean(axis=1) - average.mean()) ** 2).mean()) - noise)
    parameters, luck, shared = (_mean([getattr(part, name) for part in parts]) for name in _SOURCES)
    one = averaged
    return Components(one.mean, between, parameters, luck, shared, len(table), one.draws, one.seeds, averaged)


_SOURCES = ("parameters", "luck", "shared")


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if not np.isnan(values).any() else np.nan


def _of_one_structure(difference: Floats, draw: Labels, seed: Labels) -> Components:
    draws, row = np.unique(draw, return_inverse=True)
    seeds, column = np.unique(seed, return_inverse=True)
    if len(difference) == len(draws) * len(seeds) and len(draws) > 1 and len(seeds) > 1:
        table = np.full((len(draws), len(seeds)), np.nan)
        table[row, column] = difference
        if not np.isnan(table).any():
            return _crossed(table)
    return _nested(difference, row, len(draws))


def _crossed(table: Floats) -> Components:
    """Two-way analysis of variance without replication: draws by the seeds that they share."""
    draws, seeds = table.shape
    mean, by_draw, by_seed = table.mean(), table.mean(axis=1), table.mean(axis=0)
    rest = table - by_draw[:, None] - by_seed + mean
    residual = float((rest**2).sum() / ((draws - 1) * (seeds - 1)))
    parameters = max(0.0, float(by_draw.var(ddof=1)) - residual / seeds)
    shared = max(0.0, float(by_seed.var(ddof=1)) - residual / draws)
    return Components(float(mean), np.nan, parameters, shared + residual, shared, 1, draws, seeds)


def _nested(difference: Floats, row: NDArray[np.int64], draws: int) -> Components:
    """One-way analysis of variance with unequal numbers of seeds per draw."""
    runs, counts = len(difference), np.bincount(row)
    means = np.bincount(row, difference) / counts
    mean = float(means.mean())
    within = float(((difference - means[row]) ** 2).sum())
    luck = within / (runs - draws) if runs > draws else np.nan
    if draws < 2:
        return Components(mean, np.nan, np.nan, luck, 0.0, 1, draws, runs / draws)
    spread = float(means.var(ddof=1)) - np.nan_to_num(luck) * float((1 / counts).mean())
    return Components(mean, np.nan, max(0.0, spread), luck, 0.0, 1, draws, runs / draws)
