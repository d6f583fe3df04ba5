"""The verb ``validate``: published comparisons lived inside the model, each figure beside its target, pass or miss.

The parameters stay where the evidence put them: a miss is reported and left. The published figures, and the rule by
which each is judged, are in ``conf/targets/validation.csv``; what is lived is ``conf/experiment/validation*.yaml``: two
studies, and members who are followed from before they were picked (as ``ccosim contrast`` does).
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from experiments.contrast import one_seed
from experiments.session import DONE, run_study
from sim.measures.intervals import mean_interval
from sim.measures.participation import QUARTER, Lists, by_first_list, lists_of, naive
from sim.measures.result import RunResult
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.study import Study, load_study

FAILED = 1
LEAST = {"What": 18, "": 7}  # columns of the table that must not be squeezed: fewer break words, or hide the verdict
MAIN, LISTS, PICKED = "validation", "validation_lists", "validation_case_management"
SHARED = ("population", "seeds", "threads", "results_root", "study", "parameters")  # keys that go to all three
FIVE_GROUPS = ("pmpm_primary", "pmpm_specialist", "pmpm_outpatient", "pmpm_ancillary", "pmpm_inpatient")
PERCENT = 100
FLAGS = {"inside": "between", "above": "above", "below": "below", "covers_zero": "interval covers 0"}
STAYS = "Any stay in half a year, share"
PREVENTIVE = ("adolescent_well_care", "developmental_screening", "depression_screening", "substance_use_screening")

Values = Callable[..., NDArray[np.float64]]
Floats = NDArray[np.float64]


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


@dataclass(frozen=True)
class Verdict:
    """A target with the model's figure, its 95% interval over seeds, and whether it passes."""

    target: Target
    figure: float
    low: float
    high: float

    @property
    def counts(self) -> bool:
        """Whether it is validation: no parameter was set from the same study."""
        return not self.target.used_to_set

    @property
    def passes(self) -> bool:
        """Whether the model's figure satisfies the rule of the target."""
        aim = self.target
        if aim.rule == "covers_zero":
            return self.low <= 0 <= self.high
        too_high = aim.high is not None and self.figure > aim.high
        too_low = aim.low is not None and self.figure < aim.low
        return not (too_high or too_low or np.isnan(self.figure))


def run(words: Sequence[str]) -> int:
    """Live the published comparisons and judge them.

    Parameters
    ----------
    words
        Overrides of ``experiment=validation``: seeds, population, study and the like.

    Returns
    -------
    int
        0 if every target is met, 1 if one is missed, 130 if interrupted.
    """
    if any(word.startswith("experiment=") for word in words):
        raise ScenarioError(["experiment: validate lives its own experiments, conf/experiment/validation*.yaml"])
    if any(word.startswith("months=") for word in words):
        raise ScenarioError(["months: each published figure has its own length, in conf/experiment/validation*.yaml"])
    scenarios = {name: _scenario(name, words) for name in (MAIN, LISTS, PICKED)}
    for name in (LISTS, MAIN):
        code = run_study(scenarios[name])
        if code != DONE:
            return code
    verdicts = [verdict for name, scenario in scenarios.items() for verdict in _verdicts(name, scenario)]
    _print(sorted(verdicts, key=lambda verdict: verdict.target.target), Console(highlight=False))
    print(f"{scenarios[MAIN].results_root}/{scenarios[MAIN].study_name}")
    return DONE if all(verdict.passes for verdict in verdicts if verdict.counts) else FAILED


def _scenario(experiment: str, words: Sequence[str]) -> Scenario:
    """Return the scenario of an experiment; only what is common to all is passed on to those beside the main one."""
    if experiment == MAIN:
        return Scenario.compose([f"experiment={experiment}", *words])
    mine = [word for word in words if word.split("=")[0].split(".")[0] in SHARED]
    apart = experiment.removeprefix(MAIN)
    named = [f"{word}{apart}" if word.startswith("study=") else word for word in mine]
    return Scenario.compose([f"experiment={experiment}", *named])


def _verdicts(experiment: str, scenario: Scenario) -> list[Verdict]:
    """Return the verdicts on the figures of one experiment."""
    aims = [target for target in targets() if target.experiment == experiment]
    if experiment == PICKED:
        return [followed(target, scenario) for target in aims]
    study = load_study(f"{scenario.results_root}/{scenario.study_name}")
    return [judged(target, study, scenario.seed_list) for target in aims]


def followed(target: Target, scenario: Scenario) -> Verdict:
    """Return what an evaluator sees who follows members from before they were picked: stays, in percentage points."""
    arm = scenario.arm(target.arm)
    figures = [one_seed(arm, seed).figures[STAYS] for seed in scenario.seed_list]
    return _verdict(target, [PERCENT * getattr(one, target.figure) for one in figures])


def targets() -> list[Target]:
    """Return the published figures."""
    file = conf_folder() / "targets" / "validation.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return [_target(row) for row in rows]


def judged(target: Target, study: Study, seeds: Sequence[int]) -> Verdict:
    """Return the model's figure for a target, paired by seed, with its interval."""

    def values(arm: str, measure: str, stratum: str = "all", level: str = "all") -> Floats:
        return np.array([study.run(arm, seed).value(measure, stratum, level) for seed in seeds], dtype=np.float64)

    if target.figure in OF_RUNS:
        arms = (target.arm, target.against)
        return _verdict(target, [OF_RUNS[target.figure](*(study.run(arm, seed) for arm in arms)) for seed in seeds])
    return _verdict(target, figure(target, values))


def _verdict(target: Target, of_seeds: Any) -> Verdict:
    found = mean_interval(np.asarray(of_seeds, dtype=np.float64)[:, None])
    return Verdict(target, *(float(part[0]) for part in (found.estimate, found.low, found.high)))


def figure(target: Target, values: Values) -> Floats:
    """Return the figure of each seed: a difference in a measure, or one of the named figures below."""
    arms = (target.arm, target.against)
    if target.figure in FIGURES:
        return FIGURES[target.figure](values, *arms)
    one, other = (values(arm, target.figure) for arm in arms)
    return np.asarray(one - other)


def five_groups(values: Values, arm: str, against: str) -> Floats:
    """Change of spending on visits, procedures, outpatient care, tests and inpatient care, in percent."""
    one, other = (np.sum([values(name, measure) for measure in FIVE_GROUPS], axis=0) for name in (arm, against))
    return np.asarray(PERCENT * (one - other) / other)


def inpatient_part(values: Values, arm: str, against: str) -> Floats:
    """Part of that change that is inpatient care, in percent: of the mean over seeds, a ratio of two differences."""
    changes = [values(arm, measure) - values(against, measure) for measure in FIVE_GROUPS]
    return np.asarray(PERCENT * changes[-1] / np.sum(changes, axis=0).mean())


def gap_in_visits(values: Values, arm: str, against: str) -> Floats:
    """How much further Black members' primary care visits lie below white members'."""

    def gap(name: str) -> Floats:
        black, white = (values(name, "primary_care_visits_per_1000_mm", "race", race) for race in ("black", "white"))
        return np.asarray(white - black)

    return gap(arm) - gap(against)


def percent_of(measure: str) -> Callable[[Values, str, str], Floats]:
    """Return the figure of a measure's change in percent."""
    return lambda values, arm, against: np.asarray(PERCENT * (values(arm, measure) / values(against, measure) - 1))


def percent_preventive(values: Values, arm: str, against: str) -> Floats:
    """Mean change, in percent, of some preventive measures, as given."""
    changes = [percent_of(f"quality_{name}_given")(values, arm, against) for name in PREVENTIVE]
    return np.asarray(np.mean(changes, axis=0))


def percent_after_hours(run: RunResult, against: RunResult) -> float:
    """Change of after-hours care in the last month, in percent: mean of areas."""
    now, before = (one.places["practices.after_hours"][-1].mean() for one in (run, against))
    return float(PERCENT * (now / before - 1))


def naive_less_true(run: RunResult, against: RunResult) -> float:
    """What a contract seems to save by the list of each month, less what it saves, USD per member and quarter."""
    return naive(_lists(run)) - _true(run, against)


def first_less_true(run: RunResult, against: RunResult) -> float:
    """The same by the list of the start."""
    return by_first_list(_lists(run)) - _true(run, against)


def _true(run: RunResult, against: RunResult) -> float:
    return float(QUARTER * (run.value("pmpm_medical") - against.value("pmpm_medical")))


def _lists(run: RunResult) -> Lists:
    lists = lists_of(run)
    if lists is None:
        raise ScenarioError([f"arm {run.arm}: nobody takes part, or no month before the contract was lived"])
    return lists


FIGURES = {
    "five_groups": five_groups,
    "inpatient_part": inpatient_part,
    "gap_in_visits": gap_in_visits,
    "percent_emergency": percent_of("ed_visits_per_1000_mm"),
    "percent_primary": percent_of("primary_care_visits_per_1000_mm"),
    "percent_preventive": percent_preventive,
}
OF_RUNS = {
    "percent_after_hours": percent_after_hours,
    "naive_less_true": naive_less_true,
    "first_less_true": first_less_true,
}


def _target(row: dict[str, str]) -> Target:
    numbers = {name: float(row[name]) if row[name] else None for name in ("published", "low", "high")}
    words = {name: row[name] for name in row if name not in numbers}
    return Target(**words, **numbers)  # type: ignore[arg-type]


def _print(verdicts: Sequence[Verdict], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Published figures, and the model's", title_justify="left")
    for column in ("Target", "What", "Published", "Passes if", "Model (95%)", ""):
        justify: Literal["left", "right"] = "right" if column in ("Published", "Model (95%)") else "left"
        table.add_column(column, justify=justify, min_width=LEAST.get(column))
    for verdict in verdicts:
        aim = verdict.target
        interval = "one seed: no interval" if np.isnan(verdict.low) else f"{verdict.low:.2f} to {verdict.high:.2f}"
        ours = f"{verdict.figure:.2f} ({interval})"
        wanted = " ".join(filter(None, (FLAGS[aim.rule], _range(aim))))
        published = "" if aim.published is None else f"{aim.published:g}"
        verdict_in_words = ("pass" if verdict.passes else "MISS") + ("" if verdict.counts else ", a check")
        table.add_row(aim.target, f"{aim.estimand}, {aim.unit}", published, wanted, ours, verdict_in_words)
    console.print(table)
    judged_ones = [verdict for verdict in verdicts if verdict.counts]
    met = sum(verdict.passes for verdict in judged_ones)
    console.print(
        f"{met} of {len(judged_ones)} met. Parameters stay as the evidence put them. A check: parameters were set from "
        "the same study, so that it validates nothing."
    )


def _range(aim: Target) -> str:
    return " and ".join(f"{limit:g}" for limit in (aim.low, aim.high) if limit is not None)
