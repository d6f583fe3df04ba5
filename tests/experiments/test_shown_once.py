"""Equal arms and idle levers are named and shown once; ranges and returns only where they mean something."""

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.analysis.economics import Economics
from experiments.analysis.reading import Reading
from experiments.analysis.shown_once import equal_arms, idle_levers, shown_once
from experiments.figures import About
from experiments.output.session import pays_the_passive
from experiments.report.limits import VALIDATED
from experiments.terminal.tables import FEWEST_DRAWS, print_table
from sim.paths import conf_folder
from sim.scenario import Scenario
from sim.scenario.points import Point
from tests.support import analyzed_study

POINTS = tuple(Point({"cap": cap, "start": start}, {}, ()) for cap in (1, 2) for start in (0, 6))


def summary_of(value) -> pd.DataFrame:
    rows = [
        (arm, contrast, point.in_words, value(arm, point), np.nan, 2.0)
        for point in POINTS
        for arm in ("base", "a", "b")
        for contrast in ("", *(["base"] if arm != "base" else []))
    ]
    return pd.DataFrame(rows, columns=["arm", "contrast", "point", "estimate", "low", "high"])


def test_an_equal_arm_is_named_and_shown_once():
    summary = summary_of(lambda arm, point: float(arm == "base") + point.labels["cap"])
    assert equal_arms(summary[summary["contrast"] == ""], "base") == {"b": "a"}
    kept, notes = shown_once(summary, "base")
    assert set(kept["arm"]) == {"base", "a"}
    assert notes == ["Arms with equal results are shown once: b = a."]


def test_the_baseline_stays_if_another_arm_equals_it():
    summary = summary_of(lambda arm, point: float(arm == "b"))
    assert equal_arms(summary[summary["contrast"] == ""], "a") == {"base": "a"}


def test_an_idle_lever_is_named_and_one_setting_is_shown():
    summary = summary_of(lambda arm, point: len(arm) + ord(arm[0]) + point.labels["start"])
    assert idle_levers(summary, POINTS) == ["cap"]
    kept, notes = shown_once(summary, "base", POINTS)
    assert list(dict.fromkeys(kept["point"])) == ["cap=1, start=0", "cap=1, start=6"]
    assert notes == ["cap: no number changes with it in this study; one setting is shown."]


def test_a_lever_that_acts_at_one_setting_of_another_is_not_idle():
    summary = summary_of(lambda arm, point: len(arm) + ord(arm[0]) + point.labels["start"] * (point.labels["cap"] > 1))
    assert idle_levers(summary, POINTS) == []


def test_equal_strategies_share_no_probability(tmp_path, monkeypatch):
    same = ("arms.c=[upstream=groceries]", "arms.d=[upstream=rides]")  # all but b are alike in the known outcome
    reading = Reading(analyzed_study.sweep(tmp_path, monkeypatch, *same, "design.draws=8", seeds=1))
    assert reading.equal == {"c": "a", "d": "a"}
    assert reading.strategies == ("a", "b")
    assert Economics(reading).curves.probability.shape[1] == 2


def test_a_return_is_of_programs_alone(tmp_path, monkeypatch):
    arms = ("arms.a=[payment=fee_for_service]", "arms.b=[payment=global_budget,upstream=chw]")
    path = analyzed_study.sweep(tmp_path / "1", monkeypatch, "design.draws=8", arms=arms)
    reform = Economics(Reading(path)).returns()
    assert reform["saving_usd"].abs().max() > 0
    assert reform["per_program_dollar"].isna().all()
    programs = Economics(Reading(analyzed_study.sweep(tmp_path / "2", monkeypatch, "design.draws=8"))).returns()
    state = programs[programs["payer"] == "state"].iloc[0]
    assert state["per_program_dollar"] == pytest.approx(state["saving_usd"] / (1e5 * analyzed_study.YEARS))
    assert set(programs["per_dollar_against"]) == {"a"}


@pytest.mark.parametrize("draws", [FEWEST_DRAWS - 1, FEWEST_DRAWS])
def test_few_draws_have_no_range(draws):
    rows = [("a", "", 2.0, 1.0, 3.0), ("b", "", 4.0, 1.0, 5.0), ("b", "a", 2.0, 1.5, 2.5)]
    summary = pd.DataFrame(rows, columns=["arm", "contrast", "estimate", "low", "high"])
    summary = summary.assign(
        measure="pmpm_total", stratum="all", level="all", unit="USD PMPM", mcse=0.001, replicates=draws
    )
    console = Console(record=True, width=160)
    print_table(console, summary, "a", over="draws")
    said = console.export_text()
    enough = draws >= FEWEST_DRAWS
    assert ("+1.50" in said) == enough
    assert ("holds 95%" in said) == enough
    about = About("a", 1, 100, 24, "0", "f" * 64, draws=draws)
    assert ("95%" in about.contrast) == enough
    assert ("95%" in about.footer(intervals=True, width=7)[0]) == enough


@pytest.mark.parametrize(
    ("words", "silent"),
    [
        (["payment=global_budget"], True),
        (["payment=global_budget", "providers=passive"], False),
        (["payment=global_budget", "providers=effort"], False),
        (["payment=fee_for_service"], False),
        (["arms.a=[payment=fee_for_service]", "arms.b=[payment=global_budget]"], True),
        (["arms.a=[payment=global_budget]", "arms.b=[payment=global_budget,providers=effort]"], False),
    ],
)
def test_passive_providers_by_default_are_noted(words, silent):
    assert pays_the_passive(Scenario.compose(["population=classroom", *words]), words) == silent


def test_the_report_says_of_validation_what_the_readme_says():
    readme = conf_folder().parent / "README.md"
    assert VALIDATED in " ".join(readme.read_text(encoding="utf-8").split())
