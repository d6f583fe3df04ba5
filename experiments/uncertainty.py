"""The uncertainty of a study's differences: by source, with Monte Carlo errors and the runs still needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.drivers import MILLION, NET_BENEFIT
from experiments.economics import MAIN, Economics
from experiments.reading import Differences, Reading
from sim.analysis.economics.discounting import present_value
from sim.analysis.economics.perspectives import BY_NAME, QALYS
from sim.analysis.uncertainty.decomposition import Components, decompose
from sim.analysis.uncertainty.intervals import monte_carlo_interval
from sim.analysis.uncertainty.stopping import still_needed
from sim.measures.measures import BY_NAME as MEASURES
from sim.measures.measures import HEADLINE

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
COLUMNS = (
    "strategy measure unit difference mcse mc_low mc_high sd_structure sd_parameters sd_luck draws seeds "
    "runs_needed runs_further"
)


def runs_of(reading: Reading, economics: Economics, outcome: str, strategy: str) -> tuple[Floats, Labels, Labels]:
    """A strategy's difference from the baseline in every run, with its draw and seed."""
    if outcome != NET_BENEFIT:
        return Differences(reading.totals(), reading.baseline, outcome).of(strategy)
    years, terms = reading.years, economics.terms
    costs = present_value(years.sum(BY_NAME[MAIN].amounts), terms.discount_costs, terms.general_inflation)
    effects = present_value(years.sum(QALYS), terms.discount_outcomes)
    benefit = terms.willingness_to_pay * effects - costs
    i = years.arms.index(strategy)
    draw, seed = (np.array(column, np.int64) for column in zip(*years.runs, strict=True))
    return (benefit[:, i] - benefit[:, 0]) / MILLION, draw, seed


class Uncertainty:
    """Every strategy's headline differences, decomposed."""

    def __init__(self, reading: Reading, economics: Economics) -> None:
        totals = reading.totals()
        self.found: dict[tuple[str, str], Components] = {}
        for measure in HEADLINE:
            differences = Differences(totals, reading.baseline, measure)
            for strategy in reading.strategies[1:]:
                values, draw, seed = differences.of(strategy)
                if len(values):
                    self.found[strategy, measure] = decompose(values, draw, seed)
        for strategy in reading.strategies[1:]:
            runs = runs_of(reading, economics, NET_BENEFIT, strategy)
            self.found[strategy, NET_BENEFIT] = decompose(*runs)

    def table(self) -> Any:
        """A row for each strategy and measure; standard deviations are of one run's difference, by source."""
        import pandas as pd

        rows = [_row(strategy, measure, one) for (strategy, measure), one in self.found.items()]
        return pd.DataFrame(rows, columns=COLUMNS.split())


def _row(strategy: str, measure: str, found: Components) -> tuple[Any, ...]:
    unit = "million USD" if measure == NET_BENEFIT else MEASURES[measure].unit
    needed = still_needed(found)
    runs = (needed.runs, needed.further) if needed else (np.nan, np.nan)
    spread = (float(np.sqrt(getattr(found, source))) for source in ("structure", "parameters", "luck"))
    ends = monte_carlo_interval(found)
    known = found.draws * found.seeds > 1
    error = found.error() if known else np.nan
    return (strategy, measure, unit, found.mean, error, *ends, *spread, found.draws, found.seeds, *runs)
