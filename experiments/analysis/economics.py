"""The economics of a study: what ``ccosim report`` shows of costs, QALYs, decisions, budgets and their distribution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from experiments.analysis.reading import Reading
from sim.analysis.economics.budget import PAYERS, returns
from sim.analysis.economics.equity import atkinson_equivalent, atkinson_weights, weighted_net_benefit
from sim.analysis.economics.frontier import Strategy, frontier
from sim.analysis.economics.information import evppi, noise_floor
from sim.analysis.economics.luck import luck_of_means, without_luck
from sim.analysis.economics.net_benefit import Curves, curves, evpi, net_benefit, probability_best
from sim.analysis.economics.perspectives import BY_NAME as PERSPECTIVE
from sim.analysis.economics.perspectives import MAIN, PERSPECTIVES, QALYS, RESOURCES, TRANSFERS, Perspective
from sim.analysis.economics.samples import Samples, runs_of, samples
from sim.analysis.economics.terms import Terms
from sim.analysis.splines import SMALLEST
from sim.engine.arrays import Floats, Frame

POINTS = 101
STRATA = ("race", "language", "rurality", "disability")
PER_1000_YEARS = 1000.0
COHORT = ("cohort_qalys_per_1000", "cohort_deaths_per_1000", "cohort_cost_per_member")
ACCOUNTS = (*PAYERS, "programs", *(name for name, _ in TRANSFERS))


@dataclass(frozen=True)
class Worth:
    """What knowing a parameter is worth, dollars, and the floor below which the figure is noise."""

    parameter: str
    value: float
    floor: float


class Economics:
    """Costs and effects of a study's strategies, from its amounts by year."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.terms = Terms.of(reading.registry)

    @property
    def strategies(self) -> tuple[str, ...]:
        return self.reading.years.arms

    def samples(self, perspective: Perspective | None = None) -> Samples:
        return samples(self.reading.years, perspective or PERSPECTIVE[MAIN], self.terms)

    @cached_property
    def refused(self) -> str:
        """Why costs and health of the strategies cannot be compared; empty where they can."""
        first = self.reading.years.sum([("first_members", 1)]).sum(axis=2)
        apart = [name for i, name in enumerate(self.strategies) if (first[:, i] != first[:, 0]).any()]
        if not apart:
            return ""
        return (
            f"Costs and health are not compared: {', '.join(apart)} begin with other people than {self.strategies[0]}, "
            "so that a difference would be of people, not of policy. Arms that are to be judged may differ in nothing "
            "that shapes the state before month 0 (population, levels, warm_up, capacity)."
        )

    @cached_property
    def main(self) -> Samples:
        """From the main perspective: resources used."""
        return self.samples()

    @cached_property
    def benefit(self) -> Floats:
        """Net monetary benefit, ``[samples, strategies]`` dollars."""
        return net_benefit(self.main.costs, self.main.effects, self.terms.willingness_to_pay)

    @cached_property
    def frontier(self) -> list[Strategy]:
        means = self.main.costs.mean(axis=0), self.main.effects.mean(axis=0)
        return frontier(self.strategies, *means)

    @cached_property
    def decided(self) -> Samples:
        """The main samples as decisions see them: without the luck of seeds, where draws have several."""
        years, main = self.reading.years, self.main
        found = runs_of(years, PERSPECTIVE[MAIN], self.terms)
        apart = np.concatenate([values[:, 1:] - values[:, :1] for values in found], axis=1)
        draw, seed = (np.array(column, np.int64) for column in zip(*years.runs, strict=True))
        luck = luck_of_means(apart, draw, seed) if main.of_parameters else None
        if luck is None or len(main.arms) < 2:
            return main
        both = [main.costs, main.effects]
        shrunk = without_luck(np.concatenate([one[:, 1:] - one[:, :1] for one in both], axis=1), luck)
        parts = [
            np.hstack([one[:, :1], one[:, :1] + more]) for one, more in zip(both, np.hsplit(shrunk, 2), strict=True)
        ]
        return replace(main, costs=parts[0], effects=parts[1])

    @property
    def luck_is_in(self) -> bool:
        """Whether the luck of seeds is still in what draws say of a decision: each draw has but one."""
        return self.main.of_parameters and self.decided is self.main

    @cached_property
    def curves(self) -> Curves:
        willingness = np.linspace(0, 2 * self.terms.willingness_to_pay, POINTS)
        return curves(self.decided.costs, self.decided.effects, willingness)

    def decision(self) -> tuple[int, float, float]:
        """The strategy with the highest mean net benefit, its probability of being best, and EVPI in dollars."""
        benefit = net_benefit(self.decided.costs, self.decided.effects, self.terms.willingness_to_pay)
        best = int(benefit.mean(axis=0).argmax())
        return best, float(probability_best(benefit)[best]), evpi(benefit)

    def by_perspective(self) -> Frame:
        """Mean discounted costs and QALYs, and increments, for each strategy and perspective."""
        import pandas as pd

        rows = []
        for perspective in PERSPECTIVES:
            found = self.samples(perspective)
            benefit = net_benefit(found.costs, found.effects, self.terms.willingness_to_pay).mean(axis=0)
            costs, effects = found.costs.mean(axis=0), found.effects.mean(axis=0)
            for i, name in enumerate(found.arms):
                increments = costs[i] - costs[0], effects[i] - effects[0], benefit[i] - benefit[0]
                rows.append((perspective.label, name, costs[i], effects[i], *increments))
        columns = ["perspective", "strategy", "cost_usd", "qalys"]
        columns += ["incremental_cost_usd", "incremental_qalys", "incremental_net_benefit_usd"]
        return pd.DataFrame(rows, columns=columns)

    def ratios(self) -> Frame:
        """The strategies from the least to the most expensive, with ratios along the frontier."""
        import pandas as pd

        rows = [
            (s.name, s.cost, s.effect, s.incremental_cost, s.incremental_effect, s.icer, s.status)
            for s in self.frontier
        ]
        columns = "strategy cost_usd qalys incremental_cost_usd incremental_qalys icer_usd_per_qaly status"
        return pd.DataFrame(rows, columns=columns.split())

    def closed_cohort(self) -> Frame:
        """The members of month 0 alone, followed on cover and off: cost and health of each, and what a strategy adds.

        Means over runs for each first member, nominal dollars, not discounted; no birth and no newcomer counts.
        """
        totals = self.reading.totals()
        here = totals[totals["measure"].isin(COHORT)]
        table = here.pivot_table(index="strategy", columns="measure", values="value", sort=False, observed=True)
        table = table.reindex(index=list(self.strategies), columns=list(COHORT))
        table["qalys"] = table.pop("cohort_qalys_per_1000") / PER_1000_YEARS
        table["deaths"] = table.pop("cohort_deaths_per_1000") / PER_1000_YEARS
        table["cost_usd"] = table.pop("cohort_cost_per_member")
        more = table - table.iloc[0]
        worth = self.terms.willingness_to_pay
        apart = more.add_prefix("added_").assign(net_benefit_usd=worth * more["qalys"] - more["cost_usd"])
        return table.join(apart).reset_index().rename_axis(columns=None)

    def by_year(self) -> Frame:
        """Resources in nominal dollars and QALYs of each strategy by year, and what it adds; means, not discounted."""
        import pandas as pd

        years, rows = self.reading.years, []
        for name, parts in (("resources_usd", RESOURCES), ("qalys", QALYS)):
            mean = years.sum(parts).mean(axis=0)
            rows += [
                (name, strategy, year + 1, mean[i, year], mean[i, year] - mean[0, year])
                for i, strategy in enumerate(years.arms)
                for year in range(years.years)
            ]
        return pd.DataFrame(rows, columns=["amount", "strategy", "year", "total", "difference"])

    def budget(self) -> Frame:
        """Change of each payer's outlay by year against the baseline, nominal dollars, not discounted."""
        import pandas as pd

        years, rows = self.reading.years, []
        for payer in ACCOUNTS:
            mean = years.sum([(payer, 1)]).mean(axis=0)
            change = mean - mean[0]
            for i, strategy in enumerate(years.arms[1:], 1):
                rows += [(strategy, payer, year, change[i, year]) for year in range(years.years)]
        return pd.DataFrame(rows, columns=["strategy", "payer", "year", "change_usd"])

    def returns(self) -> Frame:
        """What each payer saves over the run against the baseline, and per program dollar, with 95% intervals.

        A program dollar earns what changes when programs alone are added: the strategy is held against the one of which
        that is true, ``per_dollar_against``. Without one there is no such figure.
        """
        import pandas as pd

        years = self.reading.years
        totals = {name: self._over_models(years.sum([(name, 1)]).sum(axis=2)) for name in ACCOUNTS}
        nothing = (np.nan, np.nan, np.nan)
        rows = []
        for i, strategy in enumerate(years.arms[1:], 1):
            other = self._without_programs(i, totals["programs"].mean(axis=0))
            saved, per_dollar = (
                returns({name: values[:, i] - values[:, at] for name, values in totals.items()})
                for at in (0, other or 0)
            )
            for one, same in zip(saved, per_dollar, strict=True):
                ratio = nothing if other is None else same.per_program_dollar
                rows.append((strategy, one.payer, *one.saving, *ratio, "" if other is None else years.arms[other]))
        figures = [f"{name}{end}" for name in ("saving_usd", "per_program_dollar") for end in ("", "_low", "_high")]
        return pd.DataFrame(rows, columns=["strategy", "payer", *figures, "per_dollar_against"])

    def _over_models(self, values: Floats) -> Floats:
        """Means over the structures of each draw (or of each seed): structures share both, so they are no samples."""
        ids, values, drawn = self.reading.years.by_sample(values)
        same = ids % self.reading.samples if drawn else ids
        return np.stack([values[same == one].mean(axis=0) for one in np.unique(same)])

    def _without_programs(self, strategy: int, spent: Floats) -> int | None:
        """Return the strategy that differs in programs alone and spends least on them; None if none spends less."""
        apart = self.reading.apart_from_programs
        names = self.reading.years.arms
        alike = [i for i, name in enumerate(names) if apart.get(name) == apart.get(names[strategy], name)]
        least = min(alike, key=lambda i: (spent[i], i), default=strategy)
        return least if spent[least] < spent[strategy] else None

    def worths(self, names: list[str] | None = None) -> list[Worth]:
        """EVPPI of each uncertain parameter, the most valuable first; none without enough draws."""
        known, values = self.reading.uncertain
        if self.refused or self.reading.no_sample or not self.main.of_parameters or len(self.main.draws) < SMALLEST:
            return []
        rows, most = self.main.draws, self.decision()[2]  # nothing is worth more than to know everything
        found = [
            Worth(name, min(most, evppi(self.benefit, values[rows, i])), noise_floor(self.benefit, values[rows, i]))
            for i, name in enumerate(known)
            if names is None or name in names
        ]
        return sorted(found, key=lambda one: -one.value)

    @cached_property
    def strata(self) -> list[str]:
        """The groups that the study has: one that an earlier version made may have fewer."""
        there = set(self.reading.study.summary()["stratum"])
        return [stratum for stratum in STRATA if stratum in there] or self._strata_of_totals()

    def _strata_of_totals(self) -> list[str]:
        """The same for a study with levers, whose summary gives the whole population alone."""
        return [stratum for stratum in STRATA if len(self.reading.totals(stratum))]

    def distribution(self, stratum: str) -> Frame:
        """Health by group, on cover or off, means over runs.

        ``people`` in the baseline; ``qalys``, ``life_years`` and ``gain``: totals of the run; ``health``: QALYs a year
        of each of these people, in which a death is a loss; ``rate``: QALYs in a year of life, given survival.
        """
        totals = self.reading.totals(stratum)
        wanted = totals[totals["measure"].isin(["people", "qalys_a_year", "qalys_per_1000_py"])]
        table = wanted.pivot_table(index=["level", "strategy"], columns="measure", values="value", observed=True)
        table = table.reset_index()
        base, years = table[table["strategy"] == self.reading.baseline].set_index("level"), self.reading.months / 12
        table["qalys"], table["life_years"] = table["qalys_a_year"] * years, table["people"] * years
        table["gain"] = table["qalys"] - years * table["level"].map(base["qalys_a_year"])
        table["people"] = table["level"].map(base["people"])
        table["health"], table["rate"] = (
            table["qalys_a_year"] / table["people"],
            table["qalys_per_1000_py"] / PER_1000_YEARS,
        )
        health, people = (base["qalys_a_year"] / base["people"]).to_numpy(), base["people"].to_numpy()
        weights = atkinson_weights(health, people, self.terms.inequality_aversion)
        table["weight"] = table["level"].map(dict(zip(base.index, weights, strict=True)))
        return table.drop(columns=["qalys_a_year", "qalys_per_1000_py"])

    def equity(self) -> Frame:
        """For each stratum and strategy: equally distributed health, and net benefit with and without equity weights.

        Gains are undiscounted QALYs of everybody over the run, costs resources used.
        """
        import pandas as pd

        rows = []
        cost = self.main.costs.mean(axis=0) - self.main.costs.mean(axis=0)[0]
        for stratum in self.strata:
            table = self.distribution(stratum)
            for strategy, extra in zip(self.strategies, cost, strict=True):
                here = table[table["strategy"] == strategy]
                health, people, gains = (here[name].to_numpy() for name in ("health", "people", "gain"))
                alike = atkinson_equivalent(health, people, self.terms.inequality_aversion)
                plain, weighted = (
                    weighted_net_benefit(gains, weights, float(extra), self.terms.willingness_to_pay)
                    for weights in (np.ones(len(gains)), here["weight"].to_numpy())
                )
                mean = float(health @ people / people.sum())
                rows.append((stratum, strategy, mean, alike, 1 - alike / mean, gains.sum(), plain, weighted))
        columns = "stratum strategy mean_health equal_health atkinson_index qalys_gained net_benefit_usd"
        return pd.DataFrame(rows, columns=[*columns.split(), "equity_weighted_net_benefit_usd"])
