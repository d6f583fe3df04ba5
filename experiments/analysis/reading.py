"""A finished study as its analysis reads it: strategies, samples of the parameters, totals and amounts.

A comparison counts as a sweep with one draw, 0. Where a study has levers, every arm at every setting of them is a
strategy of its own, and draw ``k`` at one setting goes with draw ``k`` at every other: the same values of what is not
known. A lever that is a structure makes no strategies: nobody chooses how the world works. Its settings are further
draws, so that arms are compared within a structure, and each structure counts the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.shown_once import repeated
from experiments.terminal.arguments import find_study, named, results_folder
from experiments.terminal.tables import call_arms
from sim.analysis.economics.samples import Years
from sim.engine.arrays import Floats, Frame
from sim.engine.designs import EXPLORING, GRID
from sim.engine.parameters import Registry
from sim.engine.text import did_you_mean, shown
from sim.measures.amounts import AMOUNT_NAMES, DEATHS
from sim.measures.measures import PRIMARY
from sim.population.margins import MARGINS, are_own
from sim.runs.comparison import Comparison
from sim.scenario import Scenario, ScenarioError
from sim.scenario.arms import ONLY_ARM
from sim.scenario.declared import with_values
from sim.scenario.in_force import Span, spans_of
from sim.study import Study, load_study
from sim.study.errors import INPUTS
from sim.study.files import SCENARIOS

ROOT = "results_root"
PARAMETERS = "parameters."
PROGRAMS = ("upstream.", "packages.")
ANALYZED = "parameters.economics."


@dataclass(frozen=True)
class Asked:
    """What the words of an analysis ask for: a study's folder, options, and values of ``economics.*``."""

    path: Path
    options: dict[str, str]
    overrides: dict[str, Any]


def asked_for(words: Sequence[str], options: Sequence[str] = ()) -> Asked:
    """Read ``STUDY [option=value] [parameters.economics.NAME=value] [results_root=DIR]``; refuse with every fault."""
    faults: list[str] = []
    words = named(words)
    given = dict(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word]
    overrides = {key.removeprefix(PARAMETERS): value for key, value in given.items() if key.startswith(ANALYZED)}
    allowed = (ROOT, *options)
    for key in given:
        if not key.startswith(ANALYZED) and key not in allowed:
            near = did_you_mean(key, allowed)
            faults.append(f"{shown(key)}: must be {', '.join(allowed)} or {ANALYZED}NAME{near}")
    values = {name: _number(name, text, faults) for name, text in overrides.items()}
    if len(names) != 1:
        said = f"{shown(' '.join(names))}: must be the name of one study" if names else "give the name of a study"
        faults.append(f"{said}, as `ccosim status` lists them")
    if faults:
        raise ScenarioError(faults)
    path = find_study(results_folder(given), names[0])
    return Asked(path, {key: given[key] for key in options if key in given}, values)


def _number(name: str, text: str, faults: list[str]) -> float:
    try:
        return float(text)
    except ValueError:
        faults.append(f"{PARAMETERS}{name}={shown(text)}: must be a number")
        return 0.0


class Reading:
    """What a finished study says.

    Attributes
    ----------
    study, plain : the study, and its scenario as ``study.yaml`` has it.
    registry : the parameters with the study's values, and with overrides of this analysis (``economics.*``).
    """

    def __init__(self, path: Path, overrides: Mapping[str, Any] | None = None) -> None:
        self.study: Study = load_study(path)
        self.study.check_runs()
        self.plain: dict[str, Any] = self.study.scenario()
        call_arms(self.plain.get("labels"))
        if not self.study.is_done:
            self.study.summary()  # refuses with what is left to do
        faults: list[str] = []
        with self.study.configuration() as conf:
            self.registry: Registry = with_values(self.plain, conf, faults).override(overrides or {})
        if faults:
            raise ScenarioError(faults)

    @property
    def manifest(self) -> dict[str, Any]:
        return self.study.manifest

    @property
    def title(self) -> str:
        return str(self.plain.get("title") or self.study.path.name)

    @property
    def months(self) -> int:
        return int(self.plain["months"])

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, the baseline first."""
        names = list(self.plain.get("arms") or {ONLY_ARM: []})
        baseline = str(self.plain.get("baseline") or names[0])
        return (baseline, *(name for name in names if name != baseline))

    @cached_property
    def guarded(self) -> bool:
        """Whether the margins are a user's own: then numbers of 1 to 10 people are nowhere shown."""
        return any(are_own(file) for file in (self.study.path / INPUTS / MARGINS).glob("*.csv"))

    def comparison(self) -> Comparison:
        """The runs of a comparison in full, as ``compare`` gave them."""
        seeds = tuple(self.manifest["seed_list"])
        runs = {(arm, seed): self.study.run(arm, seed) for arm, seed in product(self.arms, seeds)}
        return Comparison(self.arms, self.arms[0], seeds, runs, self.primary, self.guarded)

    @property
    def primary(self) -> tuple[str, ...]:
        """The outcomes that the study named before it was run; two of the main analysis where it named none."""
        return tuple(self.plain.get("outcomes") or PRIMARY)

    @property
    def baseline(self) -> str:
        """The strategy that the others are compared with."""
        return self.strategies[0]

    @cached_property
    def draws(self) -> Frame:
        """``draw`` and a column for each lever and uncertain parameter; of a comparison a single row."""
        return self.study.draws()

    @cached_property
    def levers(self) -> list[str]:
        """Columns of ``draws`` that are varied on purpose."""
        return [name for name in self._varied("levers") if name not in self.structures]

    @cached_property
    def structures(self) -> list[str]:
        """Columns of ``draws`` that are rival models of how the world works: nobody chooses among them."""
        return self._varied("structures")

    def _varied(self, kind: str) -> list[str]:
        named = {str(name).removeprefix(PARAMETERS) for name in self.plain.get(kind) or ()}
        return [column for column in self.draws.columns if column in named]

    @cached_property
    def settings(self) -> list[str]:
        """All settings of levers and structures in words, as ``summary.csv`` names them; without any one empty text."""
        return self._in_words([name for name in self.draws.columns if name in {*self.levers, *self.structures}])

    @cached_property
    def points(self) -> list[str]:
        """The settings of the levers in words, one for each combination; without levers one empty text."""
        return self._in_words(self.levers)

    @cached_property
    def models(self) -> list[str]:
        """The settings of the structures in words, one for each combination; without structures one empty text."""
        return self._in_words(self.structures)

    def _in_words(self, names: list[str]) -> list[str]:
        return list(dict.fromkeys(self._each_in_words(names)))

    def _each_in_words(self, names: list[str]) -> list[str]:
        """A text for each row of ``draws``."""
        if not names:
            return [""] * len(self.draws)
        columns = [[f"{name}={value}" for value in self.draws[name].astype(str)] for name in names]
        return [", ".join(parts) for parts in zip(*columns, strict=True)]

    @property
    def samples(self) -> int:
        """Draws of the parameters at each setting of the levers, in each structure."""
        return len(self.draws) // len(self.settings)

    @property
    def design(self) -> str:
        """The kind of the study's design."""
        return str((self.plain.get("design") or {}).get("kind", ""))

    @property
    def no_sample(self) -> str:
        """Why the draws say nothing about how likely anything is; empty where they are a probability sample."""
        if self.design not in EXPLORING or self.samples < 2:
            return ""
        means = (
            "Means weigh its points by the trapezoid rule, along the distribution of each parameter."
            if self.design == GRID
            else "Means are of its points alone."
        )
        return (
            f"The {self.design} design places its points to explore the ranges: spreads and shares of them are no "
            f"probabilities and are not shown. {means} For probabilities, draw at random: design.kind=latin_hypercube."
        )

    @property
    def seeds(self) -> int:
        return len(self.manifest["seed_list"])

    @cached_property
    def strategies(self) -> tuple[str, ...]:
        """Arms, or with levers each arm at each setting, equal ones once; the baseline at the first setting first."""
        return tuple(name for name in self._all_strategies if name not in self.equal)

    @property
    def _all_strategies(self) -> list[str]:
        return [strategy_of(arm, point) for point in self.points for arm in self.arms]

    @cached_property
    def equal(self) -> dict[str, str]:
        """Return, for each strategy that equals an earlier one in every run, that earlier one."""
        totals = self._in_strategies(self.study.totals(stratum="all")).groupby("arm", observed=True)
        years = self._in_strategies(self.study.years()).groupby("arm", observed=True)
        names = [name for name in self._all_strategies if name in totals.groups and name in years.groups]
        return repeated((name, _numbers(totals.get_group(name), years.get_group(name))) for name in names)

    @cached_property
    def apart_from_programs(self) -> dict[str, str]:
        """Return all that a strategy sets besides upstream programs, as text; empty if the study does not say."""
        path = self.study.path / SCENARIOS
        if not path.is_file():
            return {}
        known = json.loads(path.read_text(encoding="utf-8"))
        cells = {(one["arm"], one["point"]): one["scenario"] for one in known["scenarios"]}
        found: dict[str, str] = {}
        for k, point in enumerate(known["points"]):
            words = self._each_in_words(self.levers)[k * self.samples]
            for arm in self.arms:
                others = _besides_programs(cells[arm, point["key"]], point["values"])
                found.setdefault(strategy_of(arm, words), others)
        return found

    @cached_property
    def in_force(self) -> dict[str, list[Span]]:
        """Return what is in force when, by arm, at the first setting of the levers; empty where nothing changes."""
        path = self.study.path / SCENARIOS
        if not path.is_file():
            return {}
        known = json.loads(path.read_text(encoding="utf-8"))
        first = known["points"][0]["key"]
        dated = {one["arm"]: one["scenario"] for one in known["scenarios"] if one["point"] in ("", first)}
        arms = {arm: dated[arm] for arm in self.arms if dated.get(arm, {}).get("at")}
        return {arm: spans_of(Scenario.resolved(plain)) for arm, plain in arms.items()}

    @cached_property
    def uncertain(self) -> tuple[list[str], Floats]:
        """Names and values ``[draws, parameters]`` of what is drawn and varies (a table: its place, 0 to 1)."""
        import pandas as pd

        rows, varied = self.draws.iloc[: self.samples], {"draw", *self.levers, *self.structures}
        names = [name for name in rows.columns if name not in varied and rows[name].nunique() > 1]
        numeric = [name for name in names if pd.api.types.is_numeric_dtype(rows[name])]
        return numeric, np.tile(rows[numeric].to_numpy(dtype=np.float64), (len(self.models), 1))

    @cached_property
    def years(self) -> Years:
        """Dollars, life years and QALYs by year of every strategy."""
        years = Years(self._as_strategies(self.study.years()), self.baseline, drawn=self.samples > 1)
        if missing := sorted(set(AMOUNT_NAMES) - set(years.amounts) - {DEATHS}):
            what = f"it was made by an earlier version and keeps no {', '.join(missing)}"
            raise ScenarioError([f"{self.study.path}: {what}; run its command again"])
        return years

    def totals(self, stratum: str = "all") -> Frame:
        """Measures over each run: ``strategy, draw, seed, level, measure, value`` of one stratum."""
        return self._as_strategies(self.study.totals(stratum=stratum)).rename(columns={"arm": "strategy"})

    def _as_strategies(self, frame: Frame) -> Frame:
        """Each strategy's rows, those of equal ones once."""
        found = self._in_strategies(frame)
        return found[~found["arm"].isin(self.equal)] if self.equal else found

    def _in_strategies(self, frame: Frame) -> Frame:
        """Arms at settings of the levers become strategies; draws count from 0 at each, first structure first."""
        import pandas as pd

        if len(self.settings) == 1:
            return frame
        model = {text: i for i, text in enumerate(self.models)}
        own = np.array([model[text] for text in self._each_in_words(self.structures)])
        draw = frame["draw"].to_numpy()
        point, points = pd.factorize(np.array(self._each_in_words(self.levers), dtype=object))
        arm, arms = pd.factorize(frame["arm"])
        names = pd.Index([strategy_of(str(a), p) for a in arms for p in points])  # millions of rows, a few names
        strategy = names.take(arm * len(points) + point[draw])
        return frame.assign(arm=strategy.array, draw=own[draw] * self.samples + draw % self.samples)

    def model_of(self, draws: NDArray[np.int64]) -> NDArray[np.int64]:
        """The structure of each draw, as ``totals`` and ``years`` number draws."""
        return draws // self.samples


def strategy_of(arm: str, point: str) -> str:
    return f"{arm} ({point})" if point else arm


def _numbers(totals: Frame, years: Frame) -> Frame:
    """Return every number of a strategy as one column, in an order that does not depend on the files."""
    import pandas as pd

    parts = [
        totals.sort_values(["draw", "seed", "level", "measure"])["value"],
        years.sort_values(["draw", "seed", "year", "amount"])["value"],
    ]
    return pd.concat(parts).to_frame()


def _besides_programs(scenario: Mapping[str, Any], values: Mapping[str, float]) -> str:
    """Return what a scenario and the numbers set at a point say, upstream programs left out."""
    numbers = {**scenario["parameters"], **values}
    kept = {name: value for name, value in numbers.items() if not name.startswith(PROGRAMS)}
    return json.dumps([{**scenario, "upstream": None, "parameters": None}, kept], sort_keys=True)


class Differences:
    """Paired differences of one measure from the baseline, run by run."""

    def __init__(self, totals: Frame, baseline: str, measure: str, level: str = "all") -> None:
        here = totals[(totals["measure"] == measure) & (totals["level"] == level)]
        table = here.pivot_table(index=["draw", "seed"], columns="strategy", values="value", observed=True)
        self.table = table.sub(table[baseline], axis=0).drop(columns=baseline) if baseline in table else table.iloc[:0]

    def of(self, strategy: str) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        """Differences, draws and seeds of the runs that both have."""
        if strategy not in self.table:
            return np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)
        found = self.table[strategy].dropna()
        draw, seed = (found.index.get_level_values(name).to_numpy(np.int64) for name in ("draw", "seed"))
        return found.to_numpy(dtype=np.float64), draw, seed
