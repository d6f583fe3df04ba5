"""The verb ``validate``: re-runs published evaluations inside the model and scores each figure.

The parameters stay where the evidence put them: a miss is reported and left. The published figures, and the rule by
which each is scored, are in ``conf/targets/validation.csv``. The experiments are ``conf/experiment/validation*.yaml``:
two studies of payment, and trials that follow their participants from before enrollment.
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
SHARED = ("population", "seeds", "threads", "results_root", "study", "parameters", "design")  # keys that all three take


def run(words: Sequence[str]) -> int:
    """Re-run the published evaluations and score them; return 0 if every target is met, 1 if one is missed."""
    if any(word.startswith("experiment=") for word in words):
        raise ScenarioError(["experiment: validate runs its own experiments, conf/experiment/validation*.yaml"])
    if any(word.startswith("months=") for word in words):
        raise ScenarioError(["months: each published figure has its own length, in conf/experiment/validation*.yaml"])
    scenarios = {name: _scenario(name, words) for name in (MAIN, LISTS, TRIALS)}
    for name in (LISTS, MAIN):
        run_study(scenarios[name])
    folder, order = _folder(scenarios[MAIN]), published_figures()
    verdicts = [verdict for name, scenario in scenarios.items() for verdict in _verdicts(name, scenario, folder)]
    verdicts.sort(key=lambda verdict: order.index(verdict.target))
    write_whole(folder / table.FILE, table.as_csv(verdicts))
    table.show(verdicts, Console(highlight=False))
    print(folder)
    return DONE if all(verdict.passes for verdict in verdicts if verdict.counts) else FAILED


def _scenario(experiment: str, words: Sequence[str]) -> Scenario:
    """Return the scenario of an experiment; those beside the main one take the shared keys only."""
    if experiment == MAIN:
        return Scenario.compose([f"experiment={experiment}", *words])
    mine = [word for word in words if word.split("=")[0].split(".")[0] in SHARED]
    apart = experiment.removeprefix(MAIN)
    named = [f"{word}{apart}" if word.startswith("study=") else word for word in mine]
    return Scenario.compose([f"experiment={experiment}", *named])


def _folder(scenario: Scenario) -> Path:
    return Path(scenario.results_root) / scenario.study_name


def _verdicts(experiment: str, scenario: Scenario, folder: Path) -> list[Verdict]:
    """Return the verdicts on the figures of one experiment; figures of trials are stored in ``folder``."""
    aims = [target for target in published_figures() if target.experiment == experiment]
    if experiment == TRIALS:
        return trials.verdicts(aims, scenario, folder)
    study = load_study(str(_folder(scenario)))
    return [payment.judged(target, study, scenario.seed_list) for target in aims]
