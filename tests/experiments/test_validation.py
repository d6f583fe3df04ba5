"""Are published figures judged by their own rule, and kept apart from what parameters were set from?"""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from experiments.validation import FIGURES, OF_RUNS, Verdict, _print, figure, run, targets
from sim.axes import parameters_of
from sim.engine.parameter_files import evidence_ids
from sim.measures.contrast import Figures
from sim.measures.measures import BY_NAME
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError

pytestmark = pytest.mark.quick

TARGETS = targets()
EXPERIMENTS = {target.experiment for target in TARGETS}
ARMS = {name: Scenario.compose([f"experiment={name}"]).arms for name in EXPERIMENTS}


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: f"{one.target} {one.estimand}")
def test_each_target_can_be_judged(target):
    assert {target.arm, target.against} - {""} <= set(ARMS[target.experiment])
    assert set(target.study_id.split()) <= evidence_ids(conf_folder())
    assert target.figure in {*BY_NAME, *FIGURES, *OF_RUNS, *Figures._fields}
    assert (target.rule in ("covers_zero", "below")) == (target.low is None)
    assert (target.rule in ("covers_zero", "above")) == (target.high is None)


def test_no_study_both_sets_a_parameter_and_validates_it():
    """model.md 23: a study that informed a parameter makes its row a check."""
    cited = {}
    for parameter in parameters_of(conf_folder()):
        for one in parameter.evidence:
            cited.setdefault(one, set()).add(parameter.name)
    for target in TARGETS:
        informed = set().union(*(cited.get(one, set()) for one in target.study_id.split()))
        assert set(target.used_to_set.split()) == informed


def test_every_verdict_is_seen_in_a_narrow_terminal():
    console = Console(record=True, width=80)
    _print([Verdict(target, -129.89, -164.26, -95.53) for target in TARGETS], console)
    said = console.export_text()
    assert said.count("pass") + said.count("MISS") == len(TARGETS)
    assert said.count("pass, a") + said.count("MISS, a") == sum(target.used_to_set != "" for target in TARGETS)
    assert "…" not in said


def test_the_length_of_a_published_figure_is_not_the_users():
    with pytest.raises(ScenarioError, match="its own length"):
        run(["months=6", "seeds=1"])


@pytest.mark.parametrize(
    ("rule", "low", "high", "seen", "passes"),
    [
        ("inside", -11, -3, (-7, -9, -5), True),
        ("inside", -11, -3, (-2, -9, 5), False),
        ("inside", -11, -3, (-12, -19, -5), False),
        ("above", 50, None, (51, 0, 99), True),
        ("above", 50, None, (49, 0, 99), False),
        ("below", None, 0, (-51, -99, 3), True),
        ("below", None, 0, (1, -9, 99), False),
        ("covers_zero", None, None, (3, -1, 7), True),
        ("covers_zero", None, None, (3, 1, 5), False),
    ],
)
def test_rules(rule, low, high, seen, passes):
    target = replace(TARGETS[0], rule=rule, low=low, high=high)
    assert Verdict(target, *seen).passes is passes


def values(arm, measure, stratum="all", level="all"):
    """Two seeds: everything is 10 and 20 in the one arm, 10% less in the other, but for inpatient care: 28% less."""
    less = {"against": 0, "arm": 0.28 if measure == "pmpm_inpatient" else 0.1}[arm]
    gap = {"black": 4, "white": 0}.get(level, 0) * (2 if arm == "arm" else 1)
    return np.array([10.0, 20.0]) * (1 - less) - gap


def test_figures_by_hand():
    target = replace(TARGETS[0], arm="arm", against="against")
    assert figure(replace(target, figure="five_groups"), values).tolist() == pytest.approx([-13.6, -13.6])
    part = figure(replace(target, figure="inpatient_part"), values)
    assert part.mean() == pytest.approx(100 * 0.28 / 0.68)
    assert figure(replace(target, figure="pmpm_medical"), values).tolist() == pytest.approx([-1, -2])
    assert figure(replace(target, figure="gap_in_visits"), values).tolist() == pytest.approx([4, 4])
