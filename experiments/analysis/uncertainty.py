"""The uncertainty of a study's differences: by source, with Monte Carlo errors and the runs still needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.drivers import MILLION, NET_BENEFIT
from experiments.analysis.economics import Economics
from experiments.analysis.reading import Differences, Reading
from sim.analysis.economics.net_benefit import net_benefit
from sim.analysis.economics.perspectives import BY_NAME, MAIN
from sim.analysis.economics.samples import runs_of as runs_in_economics
from sim.analysis.uncertainty.decomposition import Components, decompose
from sim.analysis.uncertainty.design_error import error_ratio
from sim.analysis.uncertainty.intervals import monte_carlo_interval
from sim.analysis.uncertainty.stopping import still_needed
from sim.engine.arrays import Floats, Frame
from sim.measures.intervals import ratio_interval
from sim.measures.measures import BY_NAME as MEASURES
from sim.measures.measures import HEADLINE

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
    benefit = net_benefit(*runs_in_economics(years, BY_NAME[MAIN], terms), terms.willingness_to_pay)
    i = years.arms.index(strategy)
    draw, seed = (np.array(column, np.int64) for column in zip(*years.runs, strict=True))
    return (benefit[:, i] - benefit[:, 0]) / MILLION, draw, seed


@dataclass(frozen=True)
class Model:
    """A strategy's difference in one structure: its name, the mean, and the ends of its Monte Carlo interval."""

    name: str
    mean: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """-1 or 1, or 0 where luck could have made either."""
        return int(np.sign(self.mean)) if self.low * self.high > 0 else 0


def sources(reading: Reading, runs: tuple[Floats, Labels, Labels]) -> Components:
    """A difference in every run, decomposed by structure, draw and seed."""
    values, draw, seed = runs
    found = decompose(values, draw % reading.samples, seed, reading.model_of(draw))
    return found.drawn_by(_ratio(reading, values, draw % reading.samples))


def _ratio(reading: Reading, values: Floats, draw: Labels) -> float:
    """What the design leaves of a random sample's error; 1 where some draw has no run."""
    runs = np.bincount(draw, minlength=reading.samples)
    if reading.samples < 2 or not runs.all():
        return 1.0
    means = np.bincount(draw, values, reading.samples) / runs
    return float(error_ratio(reading.design, reading.uncertain[1][: reading.samples], means[:, None])[0])


def by_model(reading: Reading, runs: tuple[Floats, Labels, Labels]) -> list[Model]:
    """A difference in each structure of a study; empty if it has but one."""
    if len(reading.models) < 2:
        return []
    values, draw, seed = runs
    model, found = reading.model_of(draw), []
    for i, name in enumerate(reading.models):
        here = model == i
        if here.any():
            one = decompose(values[here], draw[here], seed[here])
            one = one.drawn_by(_ratio(reading, values[here], draw[here] % reading.samples))
            found.append(Model(name, one.mean, *monte_carlo_interval(one)))
    return found


def turns(models: list[Model]) -> bool:
    """Whether the sign of a difference depends on the structure, beyond luck."""
    return {-1, 1} <= {one.sign for one in models}


class Uncertainty:
    """Every strategy's headline differences, decomposed."""

    def __init__(self, reading: Reading, economics: Economics) -> None:
        totals = reading.totals()
        self.found: dict[tuple[str, str], Components] = {}
        self.models: dict[tuple[str, str], list[Model]] = {}
        for measure in HEADLINE:
            differences = Differences(totals, reading.baseline, measure)
            for strategy in reading.strategies[1:]:
                self._add(reading, strategy, measure, differences.of(strategy))
        for strategy in () if economics.refused else reading.strategies[1:]:
            self._add(reading, strategy, NET_BENEFIT, runs_of(reading, economics, NET_BENEFIT, strategy))

    def _add(self, reading: Reading, strategy: str, measure: str, runs: tuple[Floats, Labels, Labels]) -> None:
        if len(runs[0]):
            self.found[strategy, measure] = sources(reading, runs)
            self.models[strategy, measure] = by_model(reading, runs)

    def table(self) -> Frame:
        """A row for each strategy and measure; standard deviations are of one run's difference, by source."""
        import pandas as pd

        rows = [_row(strategy, measure, one) for (strategy, measure), one in self.found.items()]
        return pd.DataFrame(rows, columns=COLUMNS.split())

    def by_structure(self) -> Frame:
        """A row for each strategy, measure and structure: the difference and its Monte Carlo interval."""
        import pandas as pd

        rows = [
            (strategy, measure, _unit(measure), one.name, one.mean, one.low, one.high)
            for (strategy, measure), models in self.models.items()
            for one in models
        ]
        columns = "strategy measure unit structure difference mc_low mc_high"
        return pd.DataFrame(rows, columns=columns.split())


def ratios(reading: Reading) -> Frame:
    """Each strategy's headline measures against the baseline as ratios, with intervals on the log scale over seeds."""
    import pandas as pd

    totals = reading.totals()
    here = totals[(totals["level"] == "all") & totals["measure"].isin(HEADLINE)]
    table = here.pivot_table(index="seed", columns=["measure", "strategy"], values="value", observed=True)
    rows = []
    for measure in HEADLINE:
        for strategy in reading.strategies[1:]:
            both = [(measure, reading.baseline), (measure, strategy)]
            if set(both) <= set(table.columns):
                base, arm = (table[one].to_numpy(np.float64)[:, None] for one in both)
                found = ratio_interval(arm, base)
                rows.append((strategy, measure, *(float(x[0]) for x in (found.estimate, found.low, found.high))))
    frame = pd.DataFrame(rows, columns=["strategy", "measure", "ratio", "low", "high"])
    return frame[frame["ratio"].notna()]


def _row(strategy: str, measure: str, found: Components) -> tuple[object, ...]:
    needed = still_needed(found)
    runs = (needed.runs, needed.further) if needed else (np.nan, np.nan)
    spread = (float(np.sqrt(getattr(found, source))) for source in ("structure", "parameters", "luck"))
    ends = monte_carlo_interval(found)
    known = found.draws * found.seeds > 1
    error = found.error() if known else np.nan
    return (strategy, measure, _unit(measure), found.mean, error, *ends, *spread, found.draws, found.seeds, *runs)


def _unit(measure: str) -> str:
    return "million USD" if measure == NET_BENEFIT else MEASURES[measure].unit
