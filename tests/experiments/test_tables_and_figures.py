"""What a comparison shows: a table that fits its terminal, and figures that are the same every time."""

import io
import struct
from types import SimpleNamespace

import pytest
from rich.console import Console

from experiments.figures import About
from experiments.figures.concentration import draw_concentration
from experiments.figures.forest import draw_forest
from experiments.figures.groups import draw_groups
from experiments.figures.paths import draw_paths
from experiments.figures.payers import draw_payers
from experiments.figures.style import TWO_COLUMNS, looks, saved, styled
from experiments.terminal.progress import Watch
from experiments.terminal.tables import in_numbers, print_table
from sim.runs.comparison import compare
from tests.support.synthetic_runs import EFFECTS, FakeScenario, FakeSystem

ARMS = list(EFFECTS)


@pytest.fixture(scope="module")
def comparison():
    scenario = FakeScenario(months=4, seed_list=(0, 1, 2))
    return compare(scenario, build=FakeSystem, populations=lambda scenario, seed: seed)


@pytest.fixture(scope="module")
def about():
    return About("fee_for_service", 3, 20_000, 4, "0.1.0", "0123456789abcdef", "Four arms")


def shown(summary, width, baseline="fee_for_service"):
    console = Console(file=io.StringIO(), width=width)
    print_table(console, summary, baseline, title="Four arms")
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 130, 200])
def test_the_table_fits_and_holds_all(comparison, width):
    text = shown(comparison.summary(), width)
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    for label in ("State", "Federal", "Emergency visits", "Inpatient stays", "Needs met", "QALYs", "CCO margin"):
        assert label in words
    assert "…" not in text
    assert "3 seeds" in words


def test_outcomes_that_a_scenario_names_are_shown_beside_the_headline_and_once(comparison):
    console = Console(file=io.StringIO(), width=80)
    asked = ("pmpm_capitation", "ed_visits_per_1000_mm")
    print_table(console, comparison.summary(), "fee_for_service", outcomes=asked)
    text = console.file.getvalue()
    below = text[text.index("Asked for, in the same units") :]
    assert "Capitation" in below
    assert "Asked for" not in shown(comparison.summary(), 80)
    assert text.count("Emergency visits") == shown(comparison.summary(), 80).count("Emergency visits")
    assert "Emergency visits" not in below[: below.index("Means over")].split("Money")[0]


def test_a_total_of_a_year_says_so(comparison):
    assert "QALYs, everybody, a year" in shown(comparison.summary(), 130)


def test_wide_tables_give_both_ends_of_each_interval(comparison):
    row = comparison.table(["ed_visits_per_1000_mm"]).iloc[3]
    numbers = in_numbers(row)
    assert f"({numbers.low} to {numbers.high})" in shown(comparison.summary(), 200).replace("\N{NO-BREAK SPACE}", " ")
    assert f"±{numbers.half}" in shown(comparison.summary(), 80)


def test_many_arms_are_shown_in_blocks(comparison):
    import pandas as pd

    summary = comparison.summary()
    budget = summary[summary["arm"] == "global_budget"]
    many = pd.concat([summary, *(budget.assign(arm=f"budget_{i}") for i in range(6))])
    text = shown(many, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"Budget {i}" in text for i in range(6))


def row(**values):
    plain = {
        "unit": "USD PMPM",
        "value": 400.0,
        "difference": -1.234,
        "low": -1.5,
        "high": -0.968,
        "replicates_needed": 0,
    }
    return SimpleNamespace(**plain | values)


@pytest.mark.quick
def test_numbers_for_reading():
    assert in_numbers(row()).difference == "-1.23"
    assert in_numbers(row()).half == "0.27"
    assert in_numbers(row(replicates_needed=5.0)).difference == "-1.23~"
    assert in_numbers(row(difference=float("nan"))).difference == ""
    assert in_numbers(row(difference=0.0, low=0.0, high=0.0)).difference == "0"
    share = in_numbers(row(unit="share", value=0.131, difference=0.02, low=0.01, high=0.03))
    assert (share.value, share.difference, share.half) == ("13.1", "+2.00", "1.00")
    one_seed = in_numbers(row(low=float("nan"), high=float("nan")))
    assert (one_seed.difference, one_seed.half) == ("-1.23", "")


def test_figures_have_a_journals_width_and_labeled_axes(comparison, about):
    summary, frame = comparison.summary(), comparison.frame()
    monthly = frame[frame["stratum"] == "all"]
    with styled():
        figures = [draw_paths(monthly, ARMS, about), draw_forest(summary, ARMS, about)]
        figures += [
            draw_concentration(summary, ARMS, about),
            draw_groups(summary, ARMS, about),
            draw_payers(summary, ARMS, about),
        ]
    for figure in figures:
        assert figure.get_figwidth() == TWO_COLUMNS
        assert any("0123456789ab" in text.get_text() and "3 seeds" in text.get_text() for text in figure.texts)
        assert all(axes.get_xlabel() or axes.get_title("left") or axes.get_ylabel() for axes in figure.axes)
        assert any(axes.get_xlabel() for axes in figure.axes)


def test_the_same_numbers_give_the_same_bytes(comparison, about):
    def drawn():
        with styled():
            return saved(draw_forest(comparison.summary(), ARMS, about), about)

    first, second = drawn(), drawn()
    assert first == second
    width, _ = struct.unpack(">II", first["png"][16:24])
    assert width == TWO_COLUMNS * 300
    assert first["pdf"].startswith(b"%PDF")
    assert b"CreationDate" not in first["pdf"]


@pytest.mark.quick
def test_arms_differ_in_more_than_color():
    found = looks(ARMS, About(ARMS[0], 1, 0, 4, "0.1.0", "0" * 16))
    for feature in ("color", "line", "marker", "hatch"):
        assert len({getattr(look, feature) for look in found.values()}) == len(ARMS)


@pytest.mark.quick
def test_progress_without_a_terminal_is_a_few_lines():
    console = Console(file=io.StringIO(), width=80)
    with Watch(console, 40, 2) as watch:
        for seed in range(40):
            watch.month_done("a", seed, 1)
            watch.month_done("a", seed, 2)
    lines = console.file.getvalue().splitlines()
    assert 2 <= len(lines) <= 11
    assert lines[-1] == "40 of 40 runs done"
