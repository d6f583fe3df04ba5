"""What figures draw and what the terminal prints, read back: which arm, which side, which unit, in which order."""

import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.figures.concentration import MEASURES as CONCENTRATED
from experiments.figures.concentration import draw_concentration
from experiments.figures.decisions import draw_acceptability, draw_budget, draw_plane
from experiments.figures.drivers import draw_indices, draw_sources, draw_tornado
from experiments.figures.forest import draw_forest
from experiments.figures.participants import draw_means, draw_seeming, draw_sharing
from experiments.figures.payers import draw_payers
from experiments.figures.style import About
from experiments.output import gains, session, upstream_tables
from experiments.output.behavior import BUDGET, PRICE, of_volume
from experiments.output.first_table import first_table
from experiments.output.gains import of_ccos, who_gains
from experiments.terminal.contrasts import print_contrasts
from experiments.terminal.points import print_points
from experiments.terminal.progress import in_time, say_compiling
from experiments.terminal.stopping import how_it_ended, when_it_ends
from experiments.terminal.tables import _style, in_numbers
from experiments.verbs import portfolios
from experiments.verbs.contrast import cohort_path
from sim.analysis.economics.net_benefit import curves
from sim.analysis.economics.samples import Samples
from sim.analysis.sensitivity.regression import Bar
from sim.analysis.uncertainty.decomposition import Components
from sim.engine import compile as compiler
from sim.engine import compile_beside as beside
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.participation import Lists
from sim.measures.strata import LEVELS, MATERIAL_NEEDS
from sim.schema import CONDITIONS

pytestmark = pytest.mark.quick

ABOUT = About("base", 5, 5000, 24, "0", "0" * 64)
NAMES = [measure.name for measure in MEASURES]


def points_of(axes):
    return {
        (round(float(x), 6), round(float(y), 6))
        for line in axes.get_lines()
        for x, y in zip(np.atleast_1d(line.get_xdata()), np.atleast_1d(line.get_ydata()), strict=True)
    }


def bars_of(axes):
    """Each bar as (left, bottom, width, height)."""
    sizes = [(*bar.get_xy(), bar.get_width(), bar.get_height()) for bar in axes.patches]
    return [tuple(round(float(x), 6) for x in size) for size in sizes]


def rows_of(*rows):
    columns = ["arm", "contrast", "measure", "stratum", "level", "estimate", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns).assign(mcse=0.1, replicates=5, role="primary")
    return frame.assign(unit=[BY_NAME[name].unit for name in frame["measure"]])


def test_the_plane_shows_increments_in_millions_and_what_a_qaly_is_worth():
    """The third strategy costs 3 and 5 million more than the first and gains 10 and 20 QALYs, of 50,000 each."""
    costs = np.array([[10e6, 0, 13e6], [20e6, 0, 25e6]])
    effects = np.array([[100.0, 100, 110], [200, 200, 220]])
    axes = draw_plane(Samples(("base", "b", "c"), np.arange(2), costs, effects, True), 50_000, ABOUT).axes[0]
    points = points_of(axes)
    assert {(10.0, 3.0), (20.0, 5.0), (15.0, 4.0)} <= points
    assert (0.0, -10.0) in points
    worth = axes.get_lines()[-1]
    assert np.asarray(worth.get_ydata()) == pytest.approx(0.05 * np.asarray(worth.get_xdata()))


def test_rings_follow_the_strategy_that_is_best_on_average():
    """Three draws lose 1 by it and one gains 20: rings lie at a quarter, below the line of the other."""
    costs = np.array([[0.0, 1], [0, 1], [0, 1], [0, -20]])
    samples = Samples(("base", "new"), np.arange(4), costs, np.zeros((4, 2)), True)
    axes = draw_acceptability(curves(costs, samples.effects, np.linspace(0, 10, 11)), samples, ABOUT).axes[0]
    (rings,) = [line for line in axes.get_lines() if line.get_marker() == "o" and line.get_linestyle() == "None"]
    assert set(rings.get_ydata()) == {0.25}


def test_bars_of_the_budget_stand_in_years_from_one_and_in_millions():
    budget = pd.DataFrame(
        [("new", "state", 0, -2e6), ("new", "state", 1, 3e6)], columns=["strategy", "payer", "year", "change_usd"]
    )
    bars = bars_of(draw_budget(budget, ("base", "new"), ABOUT).axes[0])
    assert [(left + width / 2, height) for left, _, width, height in bars] == [(1, -2), (2, 3)]


def test_marks_and_intervals_of_the_forest_are_in_percent_of_the_baseline():
    """A difference of -10, -14 to -4, from a mean of 200 is -5%, -7 to -2."""
    summary = rows_of(
        *((arm, "", "pmpm_total", "all", "all", x, x, x) for arm, x in (("base", 200.0), ("new", 190.0))),
        ("new", "base", "pmpm_total", "all", "all", -10.0, -14.0, -4.0),
    )
    axes = draw_forest(summary, ["base", "new"], ABOUT).axes[0]
    xs = {x for x, _ in points_of(axes)} | {
        round(float(x), 6) for lines in axes.collections for part in lines.get_segments() for x, _ in part
    }
    assert {-5.0, -7.0, -2.0} <= xs


def test_the_curve_begins_with_the_group_that_has_most_need():
    """A fifth of the members have half of the need: their point lies 30 percentage points above the line."""
    people, need = {"white": 80.0, "black": 20.0}, {"white": 0.25, "black": 1.0}
    values = dict.fromkeys(CONCENTRATED, need) | {"members": people}
    summary = rows_of(
        *(("base", "", name, "race", level, x, x, x) for name, own in values.items() for level, x in own.items())
    )
    assert (20.0, 30.0) in points_of(draw_concentration(summary, ["base"], ABOUT).axes[0])


def test_what_is_paid_is_as_much_as_where_it_goes():
    """400 by the state and 50 unpaid; 300 for claims and 120 kept by CCOs: 30 is paid beyond."""
    sizes = {"pmpm_state": 400.0, "pmpm_uncompensated": 50.0, "pmpm_primary": 300.0, "pmpm_cco_margin": 120.0}
    summary = rows_of(*(("base", "", name, "all", "all", x, x, x) for name, x in sizes.items()))
    above, below = draw_payers(summary, ["base"], ABOUT).axes[:2]
    assert sum(width for _, _, width, _ in bars_of(above)) == 450
    assert sorted(width for _, _, width, _ in bars_of(below)) == [30, 120, 300]
    assert "400 + 50" in [text.get_text() for text in above.texts]


def test_a_tornado_spans_from_the_mean_to_the_outcome_at_each_end():
    bar = Bar("a.b", (1.0, 2.0), (-3.0, 7.0))
    axes = draw_tornado([bar], 2.0, "Outcome", ABOUT, units={}).axes[0]
    assert sorted((left, left + width) for left, _, width, _ in bars_of(axes)) == [(2.0, -3.0), (2.0, 7.0)]


def test_the_largest_index_comes_first():
    names, values = ["a.small", "a.large", "a.middle"], [np.array([0.5, 0.1, 0.2]), np.array([0.1, -0.9, 0.4])]
    figure = draw_indices(names, values, [np.zeros(3)] * 2, ["First", "Total"], "Index", ABOUT)
    assert [label.get_text().split()[-1] for label in figure.axes[0].get_yticklabels()] == ["large", "middle", "small"]


def test_sources_of_variance_stand_one_on_the_other():
    one = Components(1.0, 1.0, 2.0, 5.0, 0.0, 2, 30, 2)
    bars = bars_of(draw_sources({"x": one}, "new", ABOUT).axes[0])
    assert [(left, width) for left, _, width, _ in bars] == [(0.0, 12.5), (12.5, 25.0), (37.5, 62.5)]


def test_seeming_savings_stand_at_the_end_of_their_quarter():
    """Members of the one on the list cost 1 dollar a month more than others before, and 3 more from month 6 on."""
    listed = np.zeros((12, 2), bool)
    listed[6:, 0] = True
    first, months = np.tile([True, False], (12, 1)), np.full((12, 2), 10.0)
    cents = np.full((12, 2), 1000.0)
    cents[:6, 0], cents[6:, 0] = 2000, 4000
    axes = draw_seeming({"new": [Lists(listed, first, cents, months, 6)]}, ABOUT).axes[0]
    seen = next(line for line in axes.get_lines() if len(line.get_xdata()) == 4)
    assert list(seen.get_xdata()) == [3, 6, 9, 12]
    assert seen.get_ydata() == pytest.approx([0, 0, 6, 6])


def test_visits_by_means_have_half_of_their_interval_on_either_side():
    rows = [("base", name, 3.0, 0.0, 0.0, 0.0) for name in MATERIAL_NEEDS]
    rows += [("new", name, 3.0, 10.0, 6.0, 14.0) for name in MATERIAL_NEEDS]
    table = pd.DataFrame(rows, columns=["arm", "means", "visits", "change_percent", "low", "high"])
    axes = draw_means(table, ABOUT).axes[0]
    ends = {round(float(y), 6) for lines in axes.collections for part in lines.get_segments() for _, y in part}
    assert {6.0, 14.0} <= ends
    assert max(ends) == 14


def test_areas_that_share_savings_stand_at_their_thousands_of_members():
    table = pd.DataFrame({"arm": "new", "members": [50_000], "shared_percent_of_claims": [1.5]})
    assert (50.0, 1.5) in points_of(draw_sharing(table, ABOUT).axes[0])


def printed(call, *words, **options):
    out = io.StringIO()
    call(Console(file=out, width=110, color_system=None), *words, **options)
    return out.getvalue()


def test_each_contrast_is_printed_with_its_own_numbers_and_shares_in_points():
    rows = [
        ("extra", "pmpm_total", 12.0, 10.0, 15.0, "USD PMPM"),
        ("extra", "unmet_need_share", -0.02, -0.03, -0.01, "share"),
        ("other", "pmpm_total", -7.0, -9.0, -6.0, "USD PMPM"),
        ("other", "unmet_need_share", 0.04, 0.02, 0.06, "share"),
    ]
    table = pd.DataFrame(rows, columns=["contrast", "measure", "estimate", "low", "high", "unit"])
    said = printed(print_contrasts, table, {"extra": {"a": 1.0, "b": -1.0}, "other": {"b": 0.5, "a": -0.5}})
    first, second = said.split("Other: ")
    assert "Extra: A - B" in first
    assert "+12.00 (+10.00 to +15.00)" in first
    assert "-2.00 (-3.00 to -1.00)" in first
    assert "0.5 * B - 0.5 * A" in second
    assert "-7.00 (-9.00 to -6.00)" in second
    assert "+4.00 (+2.00 to +6.00)" in second


def test_each_setting_of_a_lever_is_printed_with_its_own_numbers():
    rows = rows_of(
        *((arm, "", "pmpm_total", "all", "all", x, x - 1, x + 1) for arm, x in (("base", 400.0), ("new", 390.0))),
        ("new", "base", "pmpm_total", "all", "all", -10.0, -12.0, -7.0),
    )
    other = rows.assign(estimate=rows["estimate"] * 2, low=rows["low"] * 2, high=rows["high"] * 2)
    summary = pd.concat([rows.assign(point="cap=1"), other.assign(point="cap=2")])
    lines = printed(print_points, summary, "base", ["pmpm_total"]).splitlines()
    assert [line.split() for line in lines if line.strip().startswith("New")] == [
        ["New", "390.00", "-10.00", "(-12.00", "to", "-7.00)"],
        ["New", "780.00", "-20.00", "(-24.00", "to", "-14.00)"],
    ]


@pytest.mark.parametrize(
    ("measure", "difference", "low", "high", "style"),
    [
        ("pmpm_total", -10.0, -14.0, -4.0, "green"), ("pmpm_total", 10.0, 4.0, 14.0, "red"),
        ("qalys_a_year", 10.0, 4.0, 14.0, "green"), ("qalys_a_year", -10.0, -14.0, -4.0, "red"),
        ("qalys_a_year", 10.0, -1.0, 21.0, "dim"), ("pmpm_capitation", 10.0, 4.0, 14.0, "bold"),
    ],
)  # fmt: skip
def test_better_is_green_and_worse_is_red_where_luck_is_excluded(measure, difference, low, high, style):
    assert _style(SimpleNamespace(measure=measure, difference=difference, low=low, high=high)) == style


@pytest.mark.parametrize(
    ("difference", "half", "shown"),
    [(0.021, 0.01, "+0.021"), (0.021, 0.2, "+0.02"), (0.5, 0.01, "+0.50"), (3.0, 12.0, "+3.0")],
)
def test_decimals_follow_the_difference_and_how_well_it_is_known(difference, half, shown):
    low, high = difference - half, difference + half
    row = SimpleNamespace(unit="visits", value=1.0, difference=difference, low=low, high=high, replicates_needed=0)
    assert in_numbers(row).difference == shown


@pytest.mark.parametrize(
    ("seconds", "said"), [(40, "40 s"), (99.4, "99 s"), (720, "12 min"), (7140, "119 min"), (12_000, "3 h 20 min")]
)
def test_times_as_people_say_them(seconds, said):
    assert in_time(seconds) == said


@pytest.mark.parametrize(
    ("message", "conf", "begun"), [("Compiling", "conf", ["conf"]), ("Compiling", None, []), (None, "conf", [])]
)
def test_the_second_compiler_begins_when_it_is_said_that_there_is_something_to_compile(
    message, conf, begun, monkeypatch
):
    started = []
    monkeypatch.setattr(compiler, "compile_message", lambda: message)
    monkeypatch.setattr(beside, "compile_beside", started.append)
    console = Console(file=io.StringIO())
    say_compiling(console, conf)
    assert started == begun
    assert console.file.getvalue().strip() == (message or "")


def test_the_end_of_a_study_in_words():
    stop = SimpleNamespace(outcome="pmpm_state", half_width=2.5, at_most=40)
    assert (
        "up to 40 seeds, until every 95% interval of a difference in pmpm_state is within ±2.5 USD PMPM"
        in when_it_ends(SimpleNamespace(stop=stop, seeds=10))
    )
    found = {"outcome": "pmpm_state", "wanted": 2.5, "seeds": 40, "looks": 4, "widest": 3.125, "enough": False}
    said = how_it_ended({"stopped": {**found, "needed": 63}})
    assert said.endswith("±3.12 USD PMPM, asked for: 2.5; about 63 seeds would be enough.")
    assert how_it_ended({"stopped": {**found, "needed": 39}}).endswith("2.5, but not at two looks in a row.")
    assert how_it_ended({"stopped": {**found, "enough": True}}).startswith("Stopped after 40 seeds, at look 4: every")


def test_gains_are_made_of_measures_of_the_state_by_their_sign():
    """The state's row alone counts; the baseline is listed second."""
    values = {arm: np.zeros((2, 2, len(MEASURES))) for arm in ("new", "base")}
    moved = {"pmpm_care_used": 3.0, "pmpm_care_off_cover": 0.5, "pmpm_state": -4.0, "pmpm_cco_kept": 2.0,
             "pmpm_resources": 1.0, "pmpm_bonuses": 0.25, "unmet_need_share": 0.02, "satisfied_share": 0.03,
             "pmpm_paid_hospital": -6.0, "pmpm_other_insurance": 0.75}  # fmt: skip
    for name, x in moved.items():
        values["new"][:, 0, NAMES.index(name)] = x
        values["new"][:, 1, NAMES.index(name)] = 99
    compared = SimpleNamespace(arms=("new", "base"), baseline="base", values=values.get)
    table = who_gains(compared)
    paired = table[table["contrast"] == "base"].set_index("who")["estimate"]
    expected = {
        "Gross (care used up)": -3.5,
        "Net of programs, overhead": -1.0,
        "Net of bonuses too": -1.25,
        "State": 4.0,
        "Kept, after programs paid": 2.0,
        "Hospital": -6.0,
        "Unmet need": -0.02,
        "Care is easy to get": 0.03,
        "Other insurance": -0.75,
    }
    assert {who: paired[who] for who in expected} == expected
    others = paired.drop(list(expected))
    assert not others.any()
    row = SimpleNamespace(estimate=-0.02, low=-0.03, high=-0.01)
    assert gains._cell(row, "share") == "-2.00 ±1.00 pp"
    assert gains._cell(SimpleNamespace(estimate=3.0, low=2.0, high=5.0), "USD PMPM") == "+3.00 ±1.50"


def test_the_table_of_ccos_has_their_own_means_and_no_differences():
    summary = rows_of(
        ("new", "", "pmpm_capitation", "area", "North", 300.0, 0, 0),
        ("new", "base", "pmpm_capitation", "area", "North", 20.0, 0, 0),
        ("new", "", "pmpm_capitation", "race", "white", 1.0, 0, 0),
    )
    table = of_ccos(summary)
    assert table[["arm", "cco", "pmpm_capitation"]].to_numpy().tolist() == [["new", "North", 300.0]]


def test_the_worst_off_are_those_with_most_need_in_the_baseline_wherever_it_is_listed():
    levels = [level for stratum, level in LEVELS if stratum == "language"]
    rows = (("all", "all"), *LEVELS)
    values = {arm: np.zeros((1, len(rows), len(MEASURES))) for arm in ("new", "base")}
    for level, need in zip(levels, (0.1, 0.9, 0.5), strict=True):
        values["base"][0, rows.index(("language", level)), NAMES.index("needs_any_share")] = need
        values["new"][0, rows.index(("language", level)), NAMES.index("needs_any_share")] = 1 - need
    compared = SimpleNamespace(
        arms=("new", "base"), seeds=(0,), baseline="base", values=values.get,
        results={("base", 0): SimpleNamespace(rows=list(rows))},
    )  # fmt: skip
    assert upstream_tables._worst_off_first(compared, "language") == [levels[1], levels[2], levels[0]]


def test_the_price_of_hospital_care_weighs_budgets_by_the_people_of_their_area():
    """600 paid at a price of 1.5 for 2 people each, 300 at .75 for 5: 2,700 for 2,800 at old prices."""
    paid = np.array([[[0, 600.0], [0, 300.0]]])
    run = SimpleNamespace(
        months=1, weights=np.array([2.0, 5.0]), purposes=("rent", BUDGET), paid=paid,
        places={PRICE: np.array([[1_500_000, 750_000]])},
    )  # fmt: skip
    assert of_volume(run, PRICE).tolist() == [pytest.approx(2700 / 2800)]


def a_run(members, ill):
    of_month = {0: np.zeros(len(MEASURES))}
    of_month[0][NAMES.index("members")] = members
    levels_in = {0: np.full((len(LEVELS), len(MEASURES)), members / 10)}
    registers = np.zeros((1, 2, len(CONDITIONS), 3))
    registers[0, :, 1, 0], registers[0, :, 1, 1] = ill, 1
    return SimpleNamespace(
        of_month=of_month.get, levels_in=levels_in.get, registers=registers, weights=np.array([2.0, 5.0])
    )  # fmt: skip


def test_the_first_table_has_groups_of_the_baseline_and_conditions_in_percent():
    """10 sampled members of whom each stands for 2, and 20 for 5, are ill: 120 of 400 people."""
    results = {("new", 0): a_run(800.0, [1, 2]), ("base", 0): a_run(400.0, [10, 20])}
    compared = SimpleNamespace(arms=("new", "base"), seeds=(0,), baseline="base", results=results, guarded=False)
    table = first_table(compared)
    ill = table[table["characteristic"].str.startswith("Condition") & (table["level"] == "base")]
    assert ill["value"].tolist()[1] == 30
    groups = table[(table["of"] != "arm") & (table["characteristic"] == "Members")]
    assert set(groups["value"]) == {40.0}
    shares = table[
        (table["of"] == "arm") & (table["level"] == "base") & table["characteristic"].str.startswith("Language")
    ]
    assert shares["value"].sum() == pytest.approx(100)


@pytest.mark.parametrize(("months", "longer"), [(12, False), (13, True)])
def test_a_mean_hides_its_last_year_where_there_is_more_than_one(months, longer):
    assert session.longer_than_a_year(SimpleNamespace(months=months)) is longer


def test_the_last_year_and_the_baseline_are_those_of_the_scenario(monkeypatch):
    """The baseline is listed second; of thirty months the last twelve are 19 to 30."""
    seen = []
    monkeypatch.setattr(session, "print_table", lambda console, table, baseline, **more: seen.append((baseline, more)))
    monkeypatch.setattr(session, "shown_once", lambda summary, baseline: (summary, []))
    scenario = SimpleNamespace(
        title="A study", baseline="b", arms={"a": [], "b": []}, outcomes=("people",), months=30, sums={}
    )
    table = pd.DataFrame({"arm": ["a", "b"]})
    session._show(SimpleNamespace(), table, scenario, None, table)
    (first, whole), (second, last) = seen
    assert (first, second) == ("b", "b")
    assert whole["months"] == 30
    ((title, names),) = last["sections"].items()
    assert title == "Last year, months 19 to 30"
    assert "people" in names


def test_a_cohort_costs_dollars_a_month():
    use = np.array([[100.0, np.nan, 300.0], [300.0, np.nan, np.nan]])
    assert cohort_path(SimpleNamespace(use={"medicaid_cents": use})) == pytest.approx([2, np.nan, 3], nan_ok=True)


def test_a_division_is_better_that_costs_less_and_makes_needs_more_equal():
    """Less spending, more health, a slope nearer to 0 from below; who is as good in all is not beaten."""
    rows = [
        {"pmpm_total": 5.0, "qalys_a_year": 10.0, "needs_slope": -0.2},
        {"pmpm_total": 4.0, "qalys_a_year": 10.0, "needs_slope": -0.1},
    ]
    found = portfolios.scores(rows)
    assert found.tolist() == [[-5.0, 10.0, -0.2], [-4.0, 10.0, -0.1]]
    assert portfolios.on_frontier(found).tolist() == [False, True]
    assert portfolios.on_frontier(found[[1, 1]]).tolist() == [True, True]


def test_a_frontier_is_confirmed_with_seeds_that_the_search_never_saw(monkeypatch):
    asked = []

    def outcomes(words, scenario, shares):
        asked.append((words, shares.tolist()))
        return [{"pmpm_total": 1.0 + i, "qalys_a_year": 5.0, "needs_slope": 0.0} for i in range(len(shares))]

    monkeypatch.setattr(portfolios, "outcomes", outcomes)
    scenario = SimpleNamespace(seed_list=(3, 7), upstream=SimpleNamespace(packages=("chw", "meals")))
    table = pd.DataFrame({"chw": [1.0, 0.5, 0.0], "meals": [0.0, 0.5, 1.0], "on_frontier": [True, False, True]})
    found = portfolios.confirmed(portfolios.Search(["seeds=2", "months=24"], scenario), table)
    assert asked == [(["months=24", "seeds=[8, 9]"], [[1.0, 0.0], [0.0, 1.0]])]
    assert found["confirmed"].tolist() == [True, False, False]
