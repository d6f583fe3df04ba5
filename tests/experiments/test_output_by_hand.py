"""Tables of a comparison worked out by hand, from runs whose numbers are easy to work with."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.analysis.economics import Economics
from experiments.figures.paths import MEASURES as PATHS
from experiments.figures.paths import draw_paths
from experiments.figures.style import About, scale_of
from experiments.figures.triple_aim import AIMS, draw_triple_aim
from experiments.output import participants, upstream_tables
from experiments.report import limits
from experiments.report.limits import ENOUGH_SEEDS, SMALL_SAMPLE
from experiments.verbs import portfolios
from experiments.verbs.portfolios import NONE
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.strata import LEVELS, MATERIAL_NEEDS, MEMBERS, PRIMARY_VISITS
from sim.scenario import Scenario
from sim.schema import COUNT_INDEX, COUNTS, POCKETS

pytestmark = pytest.mark.quick

ROWS = (("all", "all"), *LEVELS)
MEMBER_MONTHS = COUNT_INDEX["member_months"]
WEIGHTS = np.array([2.0, 5.0])


def a_run(**parts):
    """Two areas of which each member stands for 2 and 5 people; two months with 100 and 20 members."""
    counts = np.zeros((2, 2, len(COUNTS)))
    counts[:, :, MEMBER_MONTHS] = [100, 20]
    yearly = np.zeros((1, 2, len(LEVELS), len(COUNTS)))
    usual = {"counts": counts, "yearly": yearly, "weights": WEIGHTS, "rows": ROWS, "places": {}, "areas": ("N", "S")}
    return SimpleNamespace(**usual | parts)


def compared(results, values=None):
    arms, seeds = dict.fromkeys(arm for arm, _ in results), dict.fromkeys(seed for _, seed in results)
    return SimpleNamespace(
        arms=tuple(arms), seeds=tuple(seeds), baseline="base", results=results, values=lambda arm: values[arm]
    )


def rows_of(frame, **where):
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def test_pockets_of_other_sectors_in_dollars_of_a_member_month():
    """600 person-months (2 x 200 + 5 x 40); housing saves 6 dollars of one seed and 12 of the other."""
    cents = np.zeros((2, 2, len(POCKETS)))

    def run(north, south):
        own = cents.copy()
        own[0, 0, 0], own[1, 1, 0] = north, south
        return a_run(places={"pocket_cents": own})

    results = {("base", 0): run(0, 0), ("base", 1): run(300, 0), ("new", 0): run(0, 120), ("new", 1): run(900, 0)}
    table = upstream_tables.pockets_table(compared(results))
    assert set(table["unit"]) == {"USD PMPM"}
    housing = rows_of(table, pocket=POCKETS[0])
    assert list(zip(housing["arm"], housing["contrast"], strict=True)) == [("base", ""), ("new", ""), ("new", "base")]
    assert list(housing["estimate"]) == pytest.approx([0.005, 0.02, 0.015])
    # differences of .01 and .02: an error of .005, and t with one degree of freedom
    assert list(housing["mcse"]) == pytest.approx([0.005, 0.01, 0.005])
    assert housing["high"].iloc[2] == pytest.approx(0.015 + 12.7062 * 0.005, rel=1e-4)
    assert not rows_of(table, pocket=POCKETS[1])["estimate"].any()
    none = {("base", 0): a_run(), ("base", 1): run(300, 0)}
    assert list(upstream_tables.pockets_table(compared(none))["replicates"]) == [1] * len(POCKETS)


def test_inequality_orders_groups_by_need_of_the_baseline_and_weighs_them_by_people():
    """By language: most need with 20 people, then 30, then 50; one arm leaves rates at 1, 2 and 3, one makes all 2."""
    languages = [level for stratum, level in LEVELS if stratum == "language"]
    people, need, rate = dict(zip(languages, ((25, 0), (5, 2), (10, 2)), strict=True)), (0.1, 0.9, 0.5), (3.0, 1.0, 2.0)
    yearly = np.zeros((1, 2, len(LEVELS), len(COUNTS)))
    values = {arm: np.full((1, len(ROWS), len(MEASURES)), np.nan) for arm in ("base", "new")}
    for level, of_need, of_rate in zip(languages, need, rate, strict=True):
        yearly[0, :, LEVELS.index(("language", level)), MEMBER_MONTHS] = people[level]
        row = ROWS.index(("language", level))
        for arm in values:
            values[arm][0, row, MEASURES.index(BY_NAME["needs_any_share"])] = of_need if arm == "base" else -of_need
            values[arm][0, row, MEASURES.index(BY_NAME["attached_share"])] = of_rate if arm == "base" else 2.0
    results = {(arm, 0): a_run(yearly=yearly) for arm in values}
    table = upstream_tables.equity_table(compared(results, values))
    own = rows_of(table, stratum="language", measure="attached_share", arm="base").set_index("index")["estimate"]
    assert own["gap"] == 2
    assert own["relative_gap"] == 3
    # ranks .1, .35 and .75 of 20, 30 and 50 people; the covariance of rank and rate is .2, the mean rate 2.3
    ranks, shares, rates = np.array([0.1, 0.35, 0.75]), np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 3.0])
    covariance = (shares * ranks * rates).sum() - 0.5 * 2.3
    assert own["concentration_index"] == pytest.approx(2 * covariance / 2.3)
    assert own["slope_index"] == pytest.approx(covariance / ((shares * ranks**2).sum() - 0.25))
    less = rows_of(table, stratum="language", measure="attached_share", arm="new", contrast="base")
    assert rows_of(less, index="gap")["estimate"].item() == -2
    assert rows_of(table, stratum="race").empty


def test_visits_by_means_are_of_the_last_december_and_change_from_the_baseline():
    groups = len(MATERIAL_NEEDS)

    def run(visits):
        places = {name: np.zeros((14, 2, groups)) for name in (PRIMARY_VISITS, MEMBERS)}
        places[MEMBERS][11], places[MEMBERS][13] = 10, 99
        places[PRIMARY_VISITS][11, 0], places[PRIMARY_VISITS][11, 1], places[PRIMARY_VISITS][13] = *visits, 77
        return a_run(places=places, months=14)

    # 2 x 30 + 5 x 20 = 160 visits of 70 people, against 2 x 15 + 5 x 10 = 80: twice as many; and half as many
    results = {
        ("base", 0): run((15, 10)),
        ("base", 1): run((30, 20)),
        ("new", 0): run((30, 20)),
        ("new", 1): run((15, 10)),
    }
    table = participants.means(compared(results))
    assert list(table["means"]) == 2 * list(MATERIAL_NEEDS)
    new = rows_of(table, arm="new")
    assert new["visits_per_member_year"].to_numpy() == pytest.approx((160 + 80) / 2 / 70)
    assert new["change_percent"].to_numpy() == pytest.approx((100 - 50) / 2)
    assert (rows_of(table, arm="base")["change_percent"] == 0).all()
    short = {("base", 0): a_run(places={MEMBERS: 0}, months=11)}
    assert participants.means(compared(short)).empty


def test_what_is_shared_is_less_what_is_lost_in_percent_of_claims():
    """North: 300 shared of 10,000 paid by Medicaid, over two months; South lost 50 of 2,000."""
    spending = np.zeros((2, 2, 3, 4))
    spending[0, 0, :2, 0], spending[1, 1, 1, 0], spending[:, :, :, 1] = 5000, 2000, 777
    paid = np.zeros((2, 2, 3))
    paid[:, 0, 1], paid[1, 1, 2], paid[:, :, 0] = 150, 50, 9999
    purposes = ("rent", "shared_savings", "shared_losses")
    shared = a_run(spending=spending, paid=paid, purposes=purposes)
    table = participants.sharing(compared({("base", 0): a_run(paid=paid, purposes=()), ("new", 0): shared}))
    assert table.to_numpy().tolist() == [["new", 0, "N", 200, 3.0], ["new", 0, "S", 100, -2.5]]


def test_the_decision_is_the_strategy_with_the_highest_mean_net_benefit():
    """At 10 dollars a QALY the second is best by 3 on average, in three draws of four; then the first is, by 3.

    To know the draw before the choice is worth .75: the 3 dollars of that one draw.
    """
    costs = np.array([[0.0, 5, 90], [0, 5, 90], [0, 5, 90], [0, 5, 90]])
    effects = np.array([[0.0, 1, 1], [0, 1, 1], [0, 1, 1], [0, 0.2, 1]])
    one = SimpleNamespace(
        decided=SimpleNamespace(costs=costs, effects=effects), terms=SimpleNamespace(willingness_to_pay=10)
    )
    best, share, information = Economics.decision(one)
    assert (best, share) == (1, 0.75)
    assert information == pytest.approx(0.75)


def test_the_figure_of_the_triple_aim_has_a_row_for_each_other_arm():
    """Two arms against a baseline that is listed second: their differences and intervals, in each panel."""
    aims = tuple(AIMS.values())
    number = {("b", aim): place + 1.0 for place, aim in enumerate(aims)} | {("c", aim): -2.0 for aim in aims}
    rows = [
        {
            "arm": arm, "contrast": "base", "measure": aim, "stratum": "all", "level": "all", "estimate": x,
            "low": x - 0.5, "high": x + 0.25, "mcse": 0.1, "replicates": 5,
            "unit": BY_NAME[aim].unit, "role": "primary",
        }
        for (arm, aim), x in number.items()
    ]  # fmt: skip
    own = [
        row | {"arm": arm, "contrast": "", "estimate": 9.0, "low": 8.0, "high": 10.0}
        for arm in ("b", "base", "c")
        for row in rows
        if row["arm"] == "b"
    ]
    about = About("base", 5, 5000, 24, "0", "0" * 64)
    figure = draw_triple_aim(pd.DataFrame([*rows, *own]), ["b", "base", "c"], about)
    panels = figure.axes[: len(aims)]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["B", "C"]
    for panel, aim in zip(panels, aims, strict=True):
        scale = scale_of(aim)
        drawn = {
            (round(float(x), 6), float(y))
            for line in panel.get_lines()
            for x, y in zip(np.atleast_1d(line.get_xdata()), np.atleast_1d(line.get_ydata()), strict=True)
        }
        assert (round(scale * number["b", aim], 6), 0.0) in drawn
        assert (round(scale * -2.0, 6), 1.0) in drawn


def test_long_runs_are_drawn_by_quarter_without_a_last_short_one():
    """Forty months that rise by 1 a month: thirteen quarters, whose means are those of their middle months."""
    rows = [
        (arm, seed, month, measure, month + (arm == "b")) for arm in ("base", "b") for seed in (0, 1)
        for month in range(40) for measure in PATHS
    ]  # fmt: skip
    monthly = pd.DataFrame(rows, columns=["arm", "seed", "month", "measure", "value"])
    figure = draw_paths(monthly, ["base", "b"], About("base", 2, 5000, 40, "0", "0" * 64))
    line = figure.axes[0].get_lines()[0]
    assert list(line.get_xdata()) == list(range(3, 40, 3))
    assert line.get_ydata() == pytest.approx(scale_of(PATHS[0]) * np.arange(1.0, 39, 3))


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ({"seeds": 11}, {"not varied"}),
        ({"seeds": 10}, {"not varied", "Only 10 seeds"}),
        ({"seeds": 9, "draws": 30}, set()),
        ({"seeds": 1, "draws": 30}, {"One seed in each draw"}),
        ({"seeds": ENOUGH_SEEDS, "draws": 30}, set()),
        ({"seeds": ENOUGH_SEEDS - 1, "draws": 30}, {f"All draws share {ENOUGH_SEEDS - 1} seeds"}),
        ({"seeds": 11, "sample": SMALL_SAMPLE}, {"not varied"}),
        ({"seeds": 11, "sample": SMALL_SAMPLE / 2}, {"not varied", "A small sample"}),
        ({"seeds": 11, "equal": {"b": "a"}}, {"not varied", "B is the same as A"}),
        (
            {"seeds": 11, "manifest": {"runs_failed": 2, "git_dirty": True}},
            {"not varied", "2 runs failed", "no commit"},
        ),
    ],
)
def test_what_a_reader_must_know_of_a_study(monkeypatch, study, said):
    monkeypatch.setattr(limits, "about_files", lambda study: [])
    usual = {"draws": 0, "sample": 1.0, "equal": {}, "manifest": {}}
    found = SimpleNamespace(**usual | study)
    reading = SimpleNamespace(
        seeds=found.seeds, equal=found.equal, manifest=found.manifest, study=None,
        plain={"population": {"sample": found.sample}},
    )  # fmt: skip
    parameters = [SimpleNamespace(kind=kind) for kind in ("assumption", "evidence", "assumption")]
    words = limits.warnings(SimpleNamespace(reading=reading, draws=found.draws, parameters=parameters))
    assert words[0].startswith("2 of 3 parameters are assumptions")
    assert len(words) == 1 + len(said)
    assert all(any(part in line for line in words[1:]) for part in said)


def test_the_figure_of_paths_shows_means_and_bands_of_levels_and_differences():
    """Three seeds; the other arm is 2 above the baseline in each month but the last, where seeds differ."""
    months = np.arange(4)
    rows = [
        (arm, seed, month, measure, 10.0 * seed + month + (arm == "b") * (2 + (month == 3) * seed))
        for arm in ("base", "b")
        for seed in (0, 1, 2)
        for month in months
        for measure in PATHS
    ]
    monthly = pd.DataFrame(rows, columns=["arm", "seed", "month", "measure", "value"])
    figure = draw_paths(monthly, ["base", "b"], About("base", 3, 5000, 4, "0", "0" * 64))
    panels = np.reshape(figure.axes[: 2 * len(PATHS)], (-1, 2))
    for (levels, differences), measure in zip(panels, PATHS, strict=True):
        scale = scale_of(measure)
        own, other = (line.get_ydata() for line in levels.get_lines())
        assert own == pytest.approx(scale * (10 + months))
        assert other == pytest.approx(scale * (12 + months + (months == 3)))
        assert differences.get_lines()[0].get_ydata() == pytest.approx(scale * (2 + (months == 3)))
        assert (len(levels.collections), len(differences.collections)) == (2, 1)
        ends = differences.collections[0].get_paths()[0].vertices
        half = 4.302653 / np.sqrt(3)  # of 2, 3 and 4: a standard deviation of 1, and two degrees of freedom
        assert ends[:, 1].max() == pytest.approx(scale * (3 + half))
        assert ends[:, 1].min() == pytest.approx(scale * (3 - half))


def test_each_division_of_a_budget_is_compared_with_a_world_without_programs(monkeypatch):
    """Two divisions among two packages: what they cost, what they bring, and the change of the slope by race."""
    asked = []

    def compared_with_none(study, progress):
        asked.append(study)
        keys = ("pmpm_upstream", "pmpm_total", "qalys_a_year")
        rows = [
            (arm, contrast, stratum, name, 10 * place + k + (contrast == "") * 100 + (stratum == "race") * 1000)
            for place, arm in enumerate(study.arms)
            for contrast in ("", NONE)
            for stratum in ("all", "race")
            for k, name in enumerate(keys)
        ]
        frame = pd.DataFrame(rows, columns=["arm", "contrast", "stratum", "measure", "estimate"])
        return SimpleNamespace(summary=lambda: frame)

    def unequal(comparison):
        rows = [
            (arm, contrast, stratum, measure, index, place + (index == "gap") * 50 + (contrast == "") * 70)
            for place, arm in enumerate((NONE, "p0", "p1"))
            for contrast in ("", NONE)
            for stratum in ("race", "language")
            for measure in ("needs_any_share", "attached_share")
            for index in ("gap", "slope_index")
            if (stratum, measure) == ("race", "needs_any_share")
        ]
        return pd.DataFrame(rows, columns=["arm", "contrast", "stratum", "measure", "index", "estimate"])

    monkeypatch.setattr(portfolios, "compare", compared_with_none)
    monkeypatch.setattr(upstream_tables, "equity_table", unequal)
    words = ["population=classroom", "months=2", "seeds=1", "upstream=portfolio"]
    scenario = Scenario.compose(words)
    names = scenario.upstream.packages
    shares = np.stack([np.arange(1.0, len(names) + 1), np.eye(len(names))[0]])
    found = portfolios.outcomes(words, scenario, shares / shares.sum(axis=1, keepdims=True))
    assert list(asked[0].arms) == [NONE, "p0", "p1"]
    assert asked[0].baseline == NONE
    assert asked[0].arm(NONE).upstream.packages == ()
    assert asked[0].arm("p0").upstream.shares[1] == pytest.approx(2 * asked[0].arm("p0").upstream.shares[0], rel=1e-4)
    outcome = {"pmpm_upstream": 10, "pmpm_total": 11, "qalys_a_year": 12, "needs_slope": 1}
    assert {name: found[0][name] for name in outcome} == outcome
    assert [found[0][names[1]] / found[0][names[0]], found[1][names[0]], found[1][names[1]]] == pytest.approx([2, 1, 0])
    assert [found[1][name] for name in outcome] == [20, 21, 22, 2]
    assert len(found) == 2
