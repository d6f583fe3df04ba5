"""Are published figures judged by their own rule, and kept apart from what parameters were set from?"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from rich.console import Console

from experiments.validation import table
from experiments.validation.payment import FIGURES, OF_RUNS, figure
from experiments.validation.targets import FEWEST, Verdict, if_enough, over_draws, over_seeds, published_figures
from experiments.verbs import validate
from sim.axes import parameters_of
from sim.engine.parameter_files import evidence_ids
from sim.measures import trial_figures
from sim.measures.measures import BY_NAME
from sim.measures.trial import COMPARISONS
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError

TARGETS = published_figures()


@cache
def composed(experiment):
    return Scenario.compose([f"experiment={experiment}"])


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: f"{one.target} {one.estimand}")
def test_each_target_can_be_judged(target):
    scenario, followed = composed(target.experiment), target.experiment == validate.TRIALS
    assert {target.arm, target.against} - (set(COMPARISONS) if followed else {""}) <= set(scenario.arms)
    assert set(target.study_id.split()) <= evidence_ids(conf_folder())
    assert target.figure in (trial_figures.FIGURES if followed else {*BY_NAME, *FIGURES, *OF_RUNS})
    assert (target.rule in ("covers_zero", "below", "draws")) == (target.low is None)
    assert (target.rule in ("covers_zero", "above", "draws")) == (target.high is None)
    spread = scenario.arm(target.arm).registry.get("upstream.program_spread")
    assert spread > 0 or target.rule != "draws"


def test_no_study_both_sets_a_parameter_and_validates_it():
    """model.md 23: a study that informed a parameter makes its row a check."""
    cited = {}
    for parameter in parameters_of(conf_folder()):
        for one in parameter.evidence:
            cited.setdefault(one, set()).add(parameter.name)
    for target in TARGETS:
        informed = set().union(*(cited.get(one, set()) for one in target.study_id.split()))
        assert set(target.used_to_set.split()) == informed


SEEN = [Verdict(target, -129.89, -164.26, -95.53, -130.5, -120.1, -10.4, -99.5, 88.8, 900, 5) for target in TARGETS]


@pytest.mark.parametrize(("width", "lines"), [(80, 3), (100, 1)])
def test_every_verdict_is_seen_in_a_narrow_terminal(width, lines):
    console = Console(record=True, width=width)
    table.show(SEEN, console)
    said = console.export_text()
    assert said.count(" pass") + said.count(" MISS") == len(TARGETS)
    assert "\u2026" not in said
    of_rows = said[: said.index(table.SEEN.split(",")[0])].splitlines()
    assert len([line for line in of_rows if line.strip()]) <= lines * len(TARGETS) + 6  # two titles and headings


def test_checks_are_apart_from_what_counts():
    console = Console(record=True, width=100)
    table.show(SEEN, console)
    counted, checks = console.export_text().split(table.TITLES[False])
    own = [target for target in TARGETS if not target.used_to_set]
    assert counted.count(" pass") + counted.count(" MISS") == len(own)
    assert f"of {len(own)} validation targets met" in checks
    assert f"of {len(TARGETS) - len(own)} checks met" in checks


def test_the_table_is_written_for_a_paper(tmp_path):
    import pandas as pd

    (tmp_path / table.FILE).write_bytes(table.as_csv(SEEN))
    found = pd.read_csv(tmp_path / table.FILE)
    assert len(found) == len(TARGETS)
    assert set(found["verdict"]) <= {"pass", "MISS", "pass~", "MISS~"}
    assert found["counts"].sum() == sum(not target.used_to_set for target in TARGETS)
    assert (found["model"] == -129.89).all()
    assert set(found["interval"]) == {"95%", "90% of programs"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.614, "0.61"),
        (1.049, "1.05"),
        (-1.0, "-1"),
        (-6.28, "-6.3"),
        (-26.57, "-26.6"),
        (-1234.5, "-1,234"),
        (38.0, "38"),
        (0.0, "0"),
    ],
)
def test_numbers_are_short(value, said):
    assert table.short(value) == said


def test_what_one_seed_or_few_people_say_is_said():
    verdict = over_seeds(TARGETS[0], [1.5])
    assert table.ours(verdict) == "1.50 (one seed)"
    few = if_enough(replace(over_seeds(TARGETS[0], [1.5, 2.5]), people=FEWEST - 1))
    assert table.ours(few) == "too few people"
    assert not few.passes
    assert table.verdict(few) == "-"


def test_a_verdict_says_where_other_seeds_may_judge_otherwise():
    aim = replace(TARGETS[0], rule="inside", low=-11, high=-3)
    said = [table.verdict(Verdict(aim, *seen)) for seen in ((-7, -9, -5), (-7, -9, -2), (-2, -12, 8), (0, -2, 2))]
    assert said == ["pass", "pass~", "MISS~", "MISS"]
    assert table.verdict(Verdict(aim, -7, float("nan"), float("nan"))) == "pass"  # one seed: nobody knows


def test_the_length_of_a_published_figure_is_not_the_users():
    with pytest.raises(ScenarioError, match="its own length"):
        validate.run(["months=6", "seeds=1"])


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


def test_a_published_figure_should_lie_in_the_middle_of_programs():
    """Planted: with the mean alone, or all programs, as the rule, -27 among these would be judged otherwise."""
    target = replace(TARGETS[0], rule="draws", published=-27, low=None, high=None)
    spread = [-30.0, *np.linspace(-25, 10, 39)]
    assert not over_draws(target, spread).passes  # one program in forty
    assert over_draws(target, [*[-30.0] * 4, *np.linspace(-25, 10, 36)]).passes  # four
    assert over_draws(replace(target, published=0), spread).passes
    assert not over_draws(target, [float("nan")]).passes


def values(arm, measure, stratum="all", level="all"):
    """Two seeds: everything is 10 and 20 in the one arm, 10% less in the other, but for inpatient care: 28% less."""
    less = {"against": 0, "arm": 0.28 if measure == "pmpm_inpatient" else 0.1}[arm]
    lost = 0.2 if (level, arm) == ("black", "arm") else 0
    return np.array([10.0, 20.0]) * (1 - less) * (1 - lost)


def test_figures_by_hand():
    target = replace(TARGETS[0], arm="arm", against="against")
    assert figure(replace(target, figure="five_groups"), values).tolist() == pytest.approx([-13.6, -13.6])
    part = figure(replace(target, figure="inpatient_part"), values)
    assert part.mean() == pytest.approx(100 * 0.28 / 0.68)
    assert figure(replace(target, figure="pmpm_medical"), values).tolist() == pytest.approx([-1, -2])
    assert figure(replace(target, figure="relative_gap"), values).tolist() == pytest.approx([-20, -20])
    assert figure(replace(target, figure="points_well_child"), values).tolist() == pytest.approx([-100, -200])
