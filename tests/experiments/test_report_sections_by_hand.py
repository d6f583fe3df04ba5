"""Who gains, groups, questions and drivers in the report: signs, units, the right arm and the right rows."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.analysis.drivers import NET_BENEFIT
from experiments.output.driver_files import name_of
from experiments.report import drivers, equity, gains, group, limits, question
from sim.analysis.economics.terms import Terms
from sim.measures.measures import BY_NAME, MEASURES
from tests.support.report_tables import Told

pytestmark = pytest.mark.quick


def kept(monkeypatch, **tables):
    monkeypatch.setattr(gains, "_kept", lambda page, name: tables.get(name))


def a_gain(who, unit, contrast, arm, estimate, low=math.nan, high=math.nan):
    return {"arm": arm, "contrast": contrast, "section": "Payers", "who": who, "estimate": estimate, "low": low,
            "high": high, "replicates": 3, "unit": unit}  # fmt: skip


def test_gains_are_differences_from_the_baseline_and_shares_are_points(monkeypatch):
    """The baseline is the first arm; a line is shown if one of the others gains or loses."""
    rows = [
        a_gain("State", "USD PMPM", "", "base", -100.0), a_gain("State", "USD PMPM", "", "new", -90.0),
        a_gain("State", "USD PMPM", "base", "new", 10.0, 7.0, 14.0), a_gain("State", "USD PMPM", "base", "more", 0.0),
        a_gain("State", "USD PMPM", "new", "more", -99.0),
        a_gain("Unmet need", "share", "base", "new", -0.0125, -0.02, -0.005),
        a_gain("Unmet need", "share", "base", "more", 0.0, -0.01, 0.01),
        a_gain("Medicare", "USD PMPM", "base", "new", 0.0), a_gain("Medicare", "USD PMPM", "base", "more", 0.0),
    ]  # fmt: skip
    kept(monkeypatch, who_gains=pd.DataFrame(rows))
    page = Told(arms=("base", "new", "more"), strategies=("base", "new", "more"))
    gains._parties(page)
    assert [tuple(row.values()) for row in page.shown("Who gains")] == [
        ("Payers: State, USD PMPM", "+10.00\n(+7.00 to +14.00)", "0"),
        ("Payers: Unmet need, points", "-1.25\n(-2.00 to -0.50)", "0.00\n(-1.00 to +1.00)"),
    ]


def test_the_triple_aim_shows_means_without_an_interval_too():
    """A single seed has no interval: its mean and its difference stand all the same, a share in percent and points."""
    rows = [
        {"arm": arm, "contrast": contrast, "measure": name, "stratum": "all", "level": "all", "estimate": x,
         "low": math.nan, "high": math.nan, "unit": BY_NAME[name].unit, "role": "primary"}
        for name, (a, b) in {"pmpm_total": (400.0, 388.0), "attached_share": (0.82, 0.845)}.items()
        for arm, contrast, x in (("base", "", a), ("new", "", b), ("new", "base", b - a))
    ]  # fmt: skip
    page = Told(seeds=1, study=SimpleNamespace(summary=lambda: pd.DataFrame(rows)))
    gains._aims(page)
    assert [tuple(row.values()) for row in page.shown("Cost, health, experience")] == [
        ("Cost: Total, USD PMPM", "400", "388\n-12.00"),
        ("Experience: Usual clinic, %", "82", "84.5\n+2.50"),
    ]


def test_reach_counts_everybody_once_and_supply_says_what_bound_most_months(monkeypatch):
    """Reach by race and by language are of the same people; of three months two had too few workers."""
    steps = [("new", "meals", stratum, level, step, 50.0 - 10 * n)
             for stratum, levels in (("race", ("white", "black")), ("language", ("english", "spanish")))
             for level in levels for n, step in enumerate(gains.STEPS[:4])]  # fmt: skip
    steps += [("new", "meals", "race", level, step, x) for level, x in (("white", 6.0), ("black", 2.0))
              for step in gains.STEPS[4:]]  # fmt: skip
    reach = pd.DataFrame(steps, columns=["arm", "package", "stratum", "level", "step", "person_months"])
    supply = pd.DataFrame({"arm": "new", "package": "meals", "month": range(3), "places": [4.0, 6.0, 8.0],
                           "served": [3.0, 5.0, 7.0], "queue": [0.0, 3.0, 6.0], "usd": [1e6, 2e6, 3e6],
                           "bound_by": ["demand", "workforce", "workforce"]})  # fmt: skip
    kept(monkeypatch, reach=reach, supply=supply)
    page = Told()
    gains._reach(page)
    gains._supply(page)
    (row,) = page.shown("Reach: person-months")
    assert [row[step.capitalize()] for step in gains.STEPS] == ["100", "80", "60", "40", "8", "8"]
    assert row["Served, % of eligible"] == "8"
    (row,) = page.shown("Supply of programs")
    assert row["Paid over the run, million USD"] == "6.0"
    assert row["Bound in most months by"] == "too few workers"
    means = [row[f"{name}, mean of months"] for name in ("Slots", "Served", "Waiting")]
    assert means == ["6", "5", "3"]


def in_group(level, measure, arm, contrast, estimate):
    low, high = (estimate * 0.5, estimate * 1.5) if estimate == estimate else (math.nan, math.nan)
    return {"arm": arm, "contrast": contrast, "measure": measure, "stratum": "rurality", "level": level,
            "estimate": estimate, "low": low, "high": high, "unit": BY_NAME[measure].unit}  # fmt: skip


def test_a_share_of_a_group_is_in_percent_and_its_difference_in_points():
    summary = pd.DataFrame(
        [
            in_group("rural", "unmet_need_share", "new", "", 0.2), in_group("rural", "pmpm_medical", "new", "", 310.0),
            in_group("rural", "unmet_need_share", "new", "base", -0.04),
            in_group("frontier", "unmet_need_share", "new", "", math.nan),
        ]
    )  # fmt: skip
    page = Told()
    equity._groups(page, summary, "rurality")
    assert [tuple(row.values()) for row in page.shown("By rurality: levels and differences, 95% intervals")] == [
        ("Rural", "Unmet need", "%", "New", "level", "20", "10", "30"),
        ("Rural", "Medical claims", "USD PMPM", "New", "level", "310", "155", "465"),
        ("Rural", "Unmet need", "points", "New", "difference", "-4", "-2", "-6"),
    ]
    assert "Left out, because nobody is in them: Frontier." in page.text


def test_every_column_of_the_distribution_holds_its_own_figure():
    columns = "stratum strategy mean_health equal_health atkinson_index qalys_gained net_benefit_usd"
    table = pd.DataFrame(
        [("race", "new", 0.81236, 0.80127, 0.01366, 12.34, 2.5e6, 3.75e6), ("language", "new", *[math.nan] * 6)],
        columns=[*columns.split(), "equity_weighted_net_benefit_usd"],
    )
    page = Told()
    page.economics = SimpleNamespace(equity=lambda: table, terms=Terms(inequality_aversion=2.5))
    equity._distribution(page)
    (row,) = page.shown("Distribution of health")
    assert list(row.values()) == [
        *("Race and ethnicity", "New", "0.8124", "0.8013", "0.014", "+12.3", "+2.5", "+3.8"),
    ]
    assert "Aversion to inequality 2.5 (" in page.text


def test_the_question_says_what_was_drawn_and_who_is_compared_with_whom():
    """The values of a parameter come in no order; the baseline is not the arm that the scenario lists first."""
    values = np.array([[0.3, 5.0], [0.1, 7.0], [0.2, 6.0]])
    people = {"members": 1_250_000, "sample": 0.05, "minimum_per_cco": 300, "margins": "oregon", "renewal": "annual"}
    plain = {"arms": {"new": ["payment=global_budget"], "base": []}, "population": people, "warm_up": 12, "months": 36,
             "organizations": "live", "capacity": "limited", "design": {"kind": "sobol"}}  # fmt: skip
    page = Told(samples=3, plain=plain, uncertain=(["one", "two"], values), in_force={}, months=36)
    question.write(page)
    assert [(row["Arm"], row["Role"], row["What it sets"]) for row in page.shown("Arms")] == [
        ("Base", "baseline", "nothing"),
        ("New", "compared with the baseline", "payment=global_budget"),
    ]
    said = {row["What"]: row["Value"] for row in page.shown("Population and setting")}
    assert said["People"] == "Oregon Health Plan, 1.2 million members, synthetic"
    assert said["Sample"] == "5%, at least 300 in each CCO area"
    assert said["Horizon"].startswith("36 months, after 12 months of warm-up")
    ends = [tuple(row.values()) for row in page.shown("Uncertain parameters: 3 draws, sobol design")]
    assert ends == [("one", "0.1", "0.3"), ("two", "5", "7")]


@pytest.mark.parametrize(("then", "changed"), [("now", False), ("before", True)])
def test_a_report_says_that_data_changed_since_the_study(monkeypatch, tmp_path, then, changed):
    from contextlib import nullcontext

    monkeypatch.setattr(limits, "data_digest", lambda conf: "now")
    study = SimpleNamespace(
        own_files=lambda: ["b.csv", "a.csv"],
        configuration=lambda: nullcontext(tmp_path),
        manifest={"data_digest": then},
    )
    first, *rest = limits.about_files(study)
    assert first.endswith("a.csv, b.csv.")
    assert len(rest) == changed


def test_the_baseline_stands_in_each_block_and_blocks_say_their_arms():
    arms = ["base", *(f"arm_{i}" for i in range(1, 12))]
    page = Told(arms=tuple(arms), strategies=tuple(arms))
    page.by_arm("Sizes", {"x": "X"}, arms, {("x", arm): arm for arm in arms}, "")
    first, second = page.body
    assert "<caption>Sizes, arms 1 to 8 of 11</caption>" in first
    assert "<caption>Sizes, arms 9 to 11 of 11</caption>" in second
    others = Told(arms=tuple(arms))
    others.by_arm("Gains", {"x": "X"}, arms[1:], {("x", arm): arm for arm in arms}, "")
    assert "<caption>Gains, arms 10 to 11 of 11</caption>" in others.body[1]
    assert others.shown("Gains, arms 10 to 11") == [{"Measure, unit": "X", "Arm 10": "arm_10", "Arm 11": "arm_11"}]


@pytest.mark.parametrize(
    ("samples", "models", "few"), [(1, 1, False), (19, 1, True), (20, 1, False), (10, 2, False), (9, 2, True)]
)
def test_draws_of_all_structures_together_have_a_range_from_twenty_on(samples, models, few):
    page = Told(samples=samples, models=[f"m={i}" for i in range(models)])
    assert bool(page.no_range) is few


def test_figures_are_of_the_first_setting():
    summary = pd.DataFrame({"point": ["a=1", "a=2"], "estimate": [1.0, 2.0], "low": 0.5, "high": 2.5, "replicates": 3})
    page = Told(settings=["a=1", "a=2"], study=SimpleNamespace(summary=lambda: summary))
    first, point = page.first_summary()
    assert (list(first["estimate"]), point) == ([1.0], "a=1")


def test_the_widest_parameters_are_shown(monkeypatch):
    """Of twenty parameters, from the widest swing down, the table shows fifteen and the file all."""
    table = pd.DataFrame({"parameter": [f"p{i}" for i in range(20)], "swing": [20.0 - i for i in range(20)]})
    found = SimpleNamespace(
        outcome=SimpleNamespace(label="Net benefit", name=NET_BENEFIT),
        strategy="new",
        reading=SimpleNamespace(strategies=("base", "new")),
    )
    monkeypatch.setattr(drivers, "Drivers", lambda reading, outcome: found)
    monkeypatch.setattr(drivers, "sentences", lambda found: [])
    monkeypatch.setattr(drivers, "too_few", lambda found: [])
    monkeypatch.setattr(drivers, "write_drivers", lambda outputs, found: outputs.tables.update({name_of(found): table}))
    page = Told()
    drivers._outcome(page, found)
    shown = page.shown("Influence of the parameters")
    assert [row["Parameter"] for row in shown] == [f"p{i}" for i in range(15)]
    assert "The 15 widest of 20." in page.text


def test_the_page_of_a_group_has_the_rows_of_its_level(monkeypatch):
    """Two levels of one stratum, each with members of its own; a measure that nobody had is named as not known."""
    rows = [
        {"arm": "run", "contrast": "", "measure": measure, "stratum": "rurality", "level": level, "estimate": x,
         "low": math.nan, "high": math.nan, "mcse": math.nan, "replicates": 1, "unit": BY_NAME[measure].unit,
         "role": "exploratory"}
        for level, x in (("urban", 70.0), ("rural", 30.0)) for measure in ("members", "pmpm_medical")
    ]  # fmt: skip
    areas = pd.DataFrame({"level": ["North"]})
    study = SimpleNamespace(
        kind="sweep", totals=lambda stratum: areas, summary=lambda: pd.DataFrame(rows), path=SimpleNamespace()
    )
    page = Told(arms=("run",), strategies=("run",), study=study, guarded=False, title="A study")
    monkeypatch.setattr(group, "Page", lambda reading: page)
    monkeypatch.setattr(group.results, "headline", lambda *words: None)
    page.outputs.pages = {}
    group.build(page.reading, "rurality:rural")
    assert page.outputs.tables["rurality-rural"]["estimate"].tolist() == [30.0, 30.0]
    last = page.body[-1]
    assert "medical claims" not in last
    assert last.count(";") == len(MEASURES) - 2 - 1
