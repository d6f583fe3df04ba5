"""What drives a study's outcome: everything that ``ccosim sensitivity`` and the report show of it.

The outcome is a strategy's net monetary benefit against the baseline, or the paired difference of any measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.economics import Economics, Worth
from experiments.analysis.reading import Differences, Reading
from experiments.terminal.labels import counted
from sim.analysis.sensitivity.flips import Flip, flips
from sim.analysis.sensitivity.global_indices import Morris, Sobol, morris, sobol
from sim.analysis.sensitivity.prim import Box, choose, density_by_chance, trajectory
from sim.analysis.sensitivity.regression import Bar, Correlations, partial_rank_correlations, tornado
from sim.analysis.splines import SMALLEST
from sim.engine.arrays import Floats, Frame
from sim.engine.designs import MORRIS, SALTELLI
from sim.engine.text import did_you_mean, shown
from sim.measures.measures import BY_NAME
from sim.scenario import ScenarioError

NET_BENEFIT = "net_benefit"
MILLION = 1e6
OF_A_TABLE = "of its range (0 to 1)"
ABOVE_NOISE = 2  # a value of information below this many noise floors is noise


@dataclass(frozen=True)
class Outcome:
    """What is explained: a name, a label with its unit, and whether more is better (None: neither)."""

    name: str
    label: str
    more_is_better: bool | None


def outcome_of(name: str) -> Outcome:
    """Return the outcome of a name, ``net_benefit`` or a measure; refuse any other name."""
    if name == NET_BENEFIT:
        return Outcome(name, "Net monetary benefit against the baseline, million USD", True)
    if name not in BY_NAME:
        near = did_you_mean(name, [NET_BENEFIT, *BY_NAME])
        raise ScenarioError([f"outcome={shown(name)}: must be {NET_BENEFIT} or a measure{near}"])
    measure = BY_NAME[name]
    return Outcome(name, f"Difference in {measure.label.lower()}, {measure.unit}", measure.higher_is_better)


class Drivers:
    """The sensitivity of one strategy's outcome to what is drawn; refused with too few draws."""

    def __init__(self, reading: Reading, outcome: Outcome, strategy: str | None = None) -> None:
        self.reading, self.outcome = reading, outcome
        self.economics = Economics(reading)
        self.names, values = reading.uncertain
        others = reading.strategies[1:]
        if len(values) < SMALLEST or not self.names or not others:
            raise ScenarioError([_why(reading, len(values))])
        if outcome.name == NET_BENEFIT and self.economics.refused:
            raise ScenarioError([f"{reading.study.path}: {self.economics.refused}"])
        self.strategy = strategy or others[-1]
        if self.strategy not in others:
            if self.strategy in reading.equal:
                same = f"is the same as {reading.equal[self.strategy]} in every run; name that"
                raise ScenarioError([f"arm={shown(self.strategy)}: {same}"])
            near = did_you_mean(self.strategy, others)
            raise ScenarioError([f"arm={shown(self.strategy)}: must be one of {', '.join(others)}{near}"])
        self.draws, self.values = self._by_draw()
        self.parameters = values[self.draws]

    def _by_draw(self) -> tuple[NDArray[np.int64], Floats]:
        """The outcome of each draw, the mean over its seeds."""
        if self.outcome.name == NET_BENEFIT:
            i = self.economics.strategies.index(self.strategy)
            benefit = self.economics.benefit
            return self.economics.main.draws, (benefit[:, i] - benefit[:, 0]) / MILLION
        differences = Differences(self.reading.totals(), self.reading.baseline, self.outcome.name)
        values, draw, _ = differences.of(self.strategy)
        ids = np.unique(draw)
        if len(ids) < SMALLEST:
            raise ScenarioError(
                [f"outcome={self.outcome.name}: only {counted(len(ids), 'draw')} of {self.strategy} can be used"]
            )
        return ids, np.array([values[draw == one].mean() for one in ids])

    @property
    def is_whole(self) -> bool:
        """Whether every draw of the design is there: Sobol and Morris need all of them, in order."""
        return len(self.values) == self.reading.samples and bool(np.ptp(self.values) > 0)

    @cached_property
    def sobol(self) -> Sobol | None:
        fits = self.reading.design == SALTELLI and self.is_whole
        return sobol(self.values, len(self.names)) if fits else None

    @cached_property
    def morris(self) -> Morris | None:
        fits = self.reading.design == MORRIS and self.is_whole
        return morris(self.values, len(self.names), int(self.reading.plain["design"]["seed"])) if fits else None

    @cached_property
    def correlations(self) -> Correlations | None:
        """None where there are too few draws for so many parameters."""
        if len(self.values) < len(self.names) + 3:
            return None
        return partial_rank_correlations(self.parameters, self.values)

    @cached_property
    def bars(self) -> list[Bar]:
        return tornado(self.names, self.parameters, self.values)

    def units(self) -> dict[str, str]:
        """Return the unit of what is drawn, by parameter; of a table the position in its range is drawn."""
        return {one.name: OF_A_TABLE if one.value.size > 1 else one.unit for one in self.reading.registry}

    @cached_property
    def flips(self) -> list[Flip]:
        """Parameters that change which strategy has the highest net benefit; what noise alone could do is left out."""
        main = self.economics.main
        parameters = self.reading.uncertain[1][main.draws]
        found = flips(self.names, parameters, list(self.economics.strategies), self.economics.benefit)
        worth = {one.parameter for one in self.worths if one.value > ABOVE_NOISE * one.floor}
        return [one for one in found if one.parameter in worth]

    @cached_property
    def worths(self) -> list[Worth]:
        """What knowing each parameter is worth."""
        return self.economics.worths()

    @cached_property
    def cases(self) -> NDArray[np.bool_]:
        """Draws in which the strategy does worse than the baseline (or, where neither is better, has less)."""
        wanted = self.outcome.more_is_better is not False
        return np.asarray(self.values < 0 if wanted else self.values > 0)

    @cached_property
    def box(self) -> Box | None:
        """Where the strategy does worse, as a box in few parameters; None if it always or never does."""
        return choose(trajectory(self.parameters, self.cases), self.parameters, self.cases)

    @cached_property
    def box_by_chance(self) -> float:
        """The density below which a box says nothing."""
        return density_by_chance(self.parameters, self.cases)

    def table(self) -> Frame:
        """All measures of influence, a row for each parameter, the widest bar first."""
        import pandas as pd

        worth = {one.parameter: one for one in self.worths}
        rows = [self._row(bar, worth.get(bar.parameter)) for bar in self.bars]
        return pd.DataFrame(rows)

    def _row(self, bar: Bar, worth: Worth | None) -> dict[str, object]:
        i = self.names.index(bar.parameter)
        row: dict[str, object] = {"parameter": bar.parameter, "low": bar.at[0], "high": bar.at[1]}
        row |= {"outcome_at_low": bar.outcome[0], "outcome_at_high": bar.outcome[1], "swing": bar.swing}
        if self.correlations is not None:
            found = self.correlations
            row |= {"rank_correlation": found.value[i], "rank_low": found.low[i], "rank_high": found.high[i]}
        if self.sobol is not None:
            row |= {"sobol_first": self.sobol.first[i], "sobol_first_half": self.sobol.first_half[i]}
            row |= {"sobol_total": self.sobol.total[i], "sobol_total_half": self.sobol.total_half[i]}
        if self.morris is not None:
            row |= {"morris_mu_star": self.morris.mu_star[i], "morris_mu_star_half": self.morris.mu_star_half[i]}
            row |= {"morris_mu": self.morris.mu[i], "morris_sigma": self.morris.sigma[i]}
        if worth is not None:
            row |= {"evppi_usd": worth.value, "evppi_noise_floor_usd": worth.floor}
        return row


def _why(reading: Reading, draws: int) -> str:
    if len(reading.strategies) < 2:
        return f"{reading.study.path}: there is one arm, so no difference to explain"
    names = len(reading.uncertain[0])
    there = f"{counted(draws, 'draw')} of {counted(names, 'parameter')}" if names else "no parameter was drawn"
    return (
        f"{reading.study.path}: {there}; sensitivity needs at least {SMALLEST} draws: "
        "run `ccosim sweep` with uncertainties and design.draws"
    )
