"""The verb ``validate``: published comparisons lived inside the model, each figure beside its target, pass or miss.

The parameters stay where the evidence put them: a miss is reported and left. The published figures, and the rule by
which each is judged, are in ``conf/targets/validation.csv``; what is lived is ``conf/experiment/validation*.yaml``: two
studies of ways to pay, and trials whose people are followed from before they were picked.
"""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from experiments.output.session import DONE, run_study
from experiments.validation import payment, table, trials
from experiments.validation.targets import Verdict, published_figures
from sim.scenario import Scenario, ScenarioError
from sim.study import load_study
from sim.study.atomic import write_whole

FAILED = 1
MAIN, LISTS, TRIALS = "validation", "validation_lists", "validation_trials"
SHARED = (
    "population",
    "seeds",
    "threads",
    "results_root",
    "study",
    "parameters",
    "design",
)  # keys that go to all three


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
    scenarios = {name: _scenario(name, words) for name in (MAIN, LISTS, TRIALS)}
    for name in (LISTS, MAIN):
        code = run_study(scenarios[name])
        if code != DONE:
            return code
    folder, order = _folder(scenarios[MAIN]), published_figures()
    verdicts = [verdict for name, scenario in scenarios.items() for verdict in _verdicts(name, scenario, folder)]
    verdicts.sort(key=lambda verdict: order.index(verdict.target))
    table.show(verdicts, Console(highlight=False))
    write_whole(folder / table.FILE, table.as_csv(verdicts))
    print(folder)
    return DONE if all(verdict.passes for verdict in verdicts if verdict.counts) else FAILED


def _scenario(experiment: str, words: Sequence[str]) -> Scenario:
    """Return the scenario of an experiment; only what is common to all is passed on to those beside the main one."""
    if experiment == MAIN:
        return Scenario.compose([f"experiment={experiment}", *words])
    mine = [word for word in words if word.split("=")[0].split(".")[0] in SHARED]
    apart = experiment.removeprefix(MAIN)
    named = [f"{word}{apart}" if word.startswith("study=") else word for word in mine]
    return Scenario.compose([f"experiment={experiment}", *named])


def _folder(scenario: Scenario) -> Path:
    return Path(scenario.results_root) / scenario.study_name


def _verdicts(experiment: str, scenario: Scenario, folder: Path) -> list[Verdict]:
    """Return the verdicts on the figures of one experiment; figures of followed people are kept in ``folder``."""
    aims = [target for target in published_figures() if target.experiment == experiment]
    if experiment == TRIALS:
        return trials.verdicts(aims, scenario, folder)
    study = load_study(str(_folder(scenario)))
    return [payment.judged(target, study, scenario.seed_list) for target in aims]
