"""What a study's analysis makes of its numbers, worked out by hand: which arm, which draw, which year, which unit."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.analysis import economics as analysis
from experiments.analysis import findings
from experiments.analysis.differences import _cells, results
from experiments.analysis.drivers import NET_BENEFIT, Drivers, Outcome
from experiments.analysis.economics import Economics, Worth
from experiments.analysis.reading import Differences, Reading
from sim.analysis.economics.samples import Samples, Years
from sim.analysis.economics.terms import Terms
from sim.analysis.sensitivity.flips import Flip
from sim.analysis.sensitivity.global_indices import Sobol
from sim.analysis.sensitivity.prim import Box
from sim.analysis.sensitivity.regression import Bar
from sim.analysis.uncertainty.decomposition import Components
from sim.measures.amounts import AMOUNT_NAMES
from sim.study.files import SCENARIOS

pytestmark = pytest.mark.quick

PLAIN = Terms(0.0, 0.0, 2018, 0.0, 10.0)


def years_of(amounts, *, runs=((0, 0), (0, 1)), years=1, drawn=False):
    """Years of arms whose amounts are given, a number for all years or one for each; of others there is nothing."""
    rows = [
        (arm, seed, draw, year, name, np.broadcast_to(own.get(name, 0.0), years)[year])
        for arm, own in amounts.items()
        for draw, seed in runs
        for name in AMOUNT_NAMES
        for year in range(years)
    ]
    frame = pd.DataFrame(rows, columns=["arm", "seed", "draw", "year", "amount", "value"])
    found = Years(frame, next(iter(amounts)), drawn=drawn)
    found.values = found.values.copy()  # tests set some of them
    return found


def an_economics(years=None, terms=PLAIN, known=None, **reading):
    one = Economics.__new__(Economics)
    usual = {"samples": 1, "months": 12, "no_sample": "", "strategies": () if years is None else years.arms}
    one.reading, one.terms = SimpleNamespace(**{"years": years} | usual | reading), terms
    vars(one).update(known or {})
    return one


def test_arms_that_begin_with_other_people_in_a_single_run_are_not_compared():
    years = years_of(
        {"base": {"first_members": 100.0}, "new": {"first_members": 100.0}, "odd": {"first_members": 100.0}}
    )
    years.values[1, 2, years.amounts.index("first_members")] = 101
    said = an_economics(years).refused
    assert said.startswith("Costs and health are not compared: odd begin with other people than base")


def test_each_perspective_has_costs_of_its_own():
    """The state pays 3 more, the federal government 5 less, 4 more is used up; two QALYs more at 10 dollars."""
    years = years_of(
        {
            "base": {"state": 10.0, "federal": 20.0, "care_used": 100.0, "qalys": 4.0, "qalys_off_cover": 1.0},
            "new": {"state": 13.0, "federal": 15.0, "care_used": 104.0, "qalys": 5.5, "qalys_off_cover": 1.5},
        }
    )
    table = an_economics(years).by_perspective().set_index(["perspective", "strategy"])
    columns = ["cost_usd", "qalys", "incremental_cost_usd", "incremental_qalys", "incremental_net_benefit_usd"]
    for who, numbers in {
        "Resources used (main)": (104, 7, 4, 2, 16), "State": (13, 7, 3, 2, 17), "Federal Medicaid": (15, 7, -5, 2, 25),
        "Medicaid as payer": (28, 7, -2, 2, 22),
    }.items():  # fmt: skip
        assert tuple(table.loc[(who, "new"), columns]) == numbers
    assert tuple(table.loc[("State", "base"), columns]) == (10, 5, 0, 0, 0)


def test_the_first_members_are_compared_with_those_of_the_baseline():
    """Means of two runs for a thousand members; a QALY is worth 10 dollars more than a death is of nothing."""
    values = {"base": (1500.0, 10.0, 500.0), "new": (1520.0, 8.0, 530.0), "last": (1490.0, 12.0, 460.0)}
    rows = [
        (strategy, 0, seed, measure, x + shift)
        for strategy, numbers in values.items()
        for measure, x in zip(analysis.COHORT, numbers, strict=True)
        for seed, shift in ((0, -1.0), (1, 1.0))
    ]
    totals = pd.DataFrame(rows, columns=["strategy", "draw", "seed", "measure", "value"])
    table = an_economics(strategies=tuple(values), totals=lambda: totals, years=SimpleNamespace(arms=tuple(values)))
    found = table.closed_cohort().set_index("strategy")
    assert tuple(found.loc["new", ["qalys", "deaths", "cost_usd"]]) == (1.52, 0.008, 530)
    assert found.loc["new", "added_qalys"] == pytest.approx(0.02)
    assert found.loc["new", "added_deaths"] == pytest.approx(-0.002)
    assert found.loc["new", "added_cost_usd"] == 30
    assert found.loc["new", "net_benefit_usd"] == pytest.approx(10 * 0.02 - 30)
    assert found.loc["last", "net_benefit_usd"] == pytest.approx(10 * -0.01 + 40)


def test_years_are_compared_with_the_same_year_of_the_baseline():
    years = years_of(
        {
            "base": {"care_used": (100.0, 120.0), "qalys": (8.0, 9.0), "state": (50.0, 70.0)},
            "more": {"care_used": (101.0, 119.0), "qalys": (8.0, 9.5), "state": (53.0, 69.0)},
            "less": {"care_used": (90.0, 100.0), "qalys": (7.0, 7.0), "state": (40.0, 65.0)},
        },
        years=2,
    )
    one = an_economics(years)
    table = one.by_year()
    more = table[(table["strategy"] == "more") & (table["amount"] == "resources_usd")]
    assert more[["year", "total", "difference"]].to_numpy().tolist() == [[1, 101, 1], [2, 119, -1]]
    less = table[(table["strategy"] == "less") & (table["amount"] == "qalys")]
    assert less[["year", "total", "difference"]].to_numpy().tolist() == [[1, 7, -1], [2, 7, -2]]
    budget = one.budget()
    state = budget[budget["payer"] == "state"]
    assert state[["strategy", "year", "change_usd"]].to_numpy().tolist() == [
        ["more", 0, 3], ["more", 1, -1], ["less", 0, -10], ["less", 1, -5],
    ]  # fmt: skip


def test_structures_of_one_draw_are_one_sample_of_a_return():
    """Two draws in each of two structures: savings of 3 and 5, and of 7 and 9, are two samples, 5 and 7."""
    runs = tuple((draw, 0) for draw in range(4))
    years = years_of({"base": {}, "new": {"programs": 2.0}}, runs=runs, drawn=True)
    years.values[:, 1, years.amounts.index("state"), 0] = [-3, -5, -7, -9]
    table = an_economics(years, samples=2, apart_from_programs={"base": "x", "new": "x"}).returns()
    state = table[table["payer"] == "state"].iloc[0]
    assert state["saving_usd"] == 6
    assert state["saving_usd_high"] - 6 == pytest.approx(12.7062 * 1, rel=1e-4)  # 5 and 7: an error of 1, t with 1
    assert state["per_program_dollar"] == 3


def test_a_program_dollar_is_held_against_the_same_policy_with_the_least_programs():
    """Three arms pay alike and spend 10, 4 and nothing on programs; the baseline pays otherwise and spends nothing."""
    spent = {"base": 0.0, "more": 10.0, "less": 4.0, "none": 0.0}
    years = years_of({arm: {"programs": usd} for arm, usd in spent.items()})
    years.values[:, 1, years.amounts.index("federal")] = -30.0
    years.values[:, 3, years.amounts.index("federal")] = -5.0
    apart = {"base": "fee_for_service", "more": "budget", "less": "budget", "none": "budget"}
    table = an_economics(years, apart_from_programs=apart).returns()
    against = dict(zip(table["strategy"], table["per_dollar_against"], strict=True))
    assert against == {"more": "none", "less": "none", "none": ""}
    federal = table[table["payer"] == "federal"].set_index("strategy")
    assert federal.loc["more", "saving_usd"] == 30  # against the baseline
    assert federal.loc["more", "per_program_dollar"] == 2.5  # 25 more than without programs, for 10
    assert math.isnan(federal.loc["none", "per_program_dollar"])


def test_health_of_groups_over_a_year_and_a_half():
    """100 people with .8 and 300 with .9; the other arm gives the first group 10 QALYs a year more, 15 in the run.

    At an aversion of 2 the weights are health to the power of -2, 1.5625 and 1.2346, over their mean of 1.3166.
    """
    values = {
        ("few", "base"): (100.0, 80.0, 800.0), ("many", "base"): (300.0, 270.0, 900.0),
        ("few", "new"): (101.0, 90.0, 891.0), ("many", "new"): (300.0, 270.0, 900.0),
    }  # fmt: skip
    names = ("people", "qalys_a_year", "qalys_per_1000_py")
    rows = [
        (strategy, 0, 0, level, measure, x)
        for (level, strategy), numbers in values.items()
        for measure, x in zip(names, numbers, strict=True)
    ]
    totals = pd.DataFrame(rows, columns=["strategy", "draw", "seed", "level", "measure", "value"])
    terms = Terms(willingness_to_pay=10.0, inequality_aversion=2.0)
    costs = SimpleNamespace(costs=np.array([[100.0, 120], [100, 140]]))
    one = an_economics(
        terms=terms, months=18, baseline="base", totals=lambda stratum: totals,
        known={"main": costs, "strata": ["race"]}, years=SimpleNamespace(arms=("base", "new")),
    )  # fmt: skip
    table = one.distribution("race").set_index(["level", "strategy"])
    assert tuple(table.loc[("few", "new"), ["people", "qalys", "gain"]]) == (100, 135, 15)
    assert table.loc[("few", "new"), "life_years"] == pytest.approx(101 * 1.5)
    assert table.loc[("few", "new"), "health"] == pytest.approx(0.9)
    assert table.loc[("few", "new"), "rate"] == pytest.approx(0.891)
    mean = (100 * 0.8**-2 + 300 * 0.9**-2) / 400
    assert table.loc[("few", "new"), "weight"] == pytest.approx(0.8**-2 / mean)
    new = one.equity().set_index("strategy").loc["new"]
    assert new["mean_health"] == pytest.approx(0.9)
    assert new["qalys_gained"] == pytest.approx(15)
    assert new["net_benefit_usd"] == pytest.approx(10 * 15 - 30)
    assert new["equity_weighted_net_benefit_usd"] == pytest.approx(10 * 15 * 0.8**-2 / mean - 30)
    usual = one.equity().set_index("strategy").loc["base"]
    equal = 1 / (0.25 / 0.8 + 0.75 / 0.9)  # at an aversion of 2 the harmonic mean
    assert usual["equal_health"] == pytest.approx(equal)
    assert usual["atkinson_index"] == pytest.approx(1 - equal / 0.875)


def test_no_parameter_is_worth_more_than_to_know_everything(monkeypatch):
    draws, values = np.arange(30), np.stack([np.full(30, 50.0), np.full(30, 300.0), np.full(30, 80.0)], axis=1)
    monkeypatch.setattr(analysis, "evppi", lambda benefit, column: float(column.mean()))
    monkeypatch.setattr(analysis, "noise_floor", lambda benefit, column: float(column.mean()) / 10)
    main = SimpleNamespace(of_parameters=True, draws=draws)
    known = {"main": main, "benefit": np.zeros((30, 2)), "refused": ""}
    one = an_economics(known=known, uncertain=(["low", "high", "middle"], values))
    one.decision = lambda: (0, 0.5, 100.0)
    assert one.worths() == [Worth("high", 100.0, 30.0), Worth("middle", 80.0, 8.0), Worth("low", 50.0, 5.0)]
    assert one.worths(["low"]) == [Worth("low", 50.0, 5.0)]


def test_what_is_best_on_average_may_seldom_be_best():
    """Three draws lose 1 by the second strategy, one gains 20: it is best on average, and in a quarter of the draws."""
    costs = np.array([[0.0, 1], [0, 1], [0, 1], [0, -20]])
    decided = Samples(("base", "new"), np.arange(4), costs, np.zeros((4, 2)), True)
    one = an_economics(known={"decided": decided, "main": decided})
    assert one.decision() == (1, 0.25, 0.75)
    assert one.curves.willingness[[0, -1]].tolist() == [0, 20]


LEVERS = ("L", "S")


def a_reading(folder, levers=("L",), structures=("S",), **plain):
    """Two settings of a lever by two of a structure, three draws at each."""
    rows = [(draw, lever, model, 0.1 * k) for draw, (lever, model, k) in enumerate(
        (lever, model, k) for lever in (1, 2) for model in ("x", "y") for k in range(3))]  # fmt: skip
    one = Reading.__new__(Reading)
    one.study = SimpleNamespace(path=folder, draws=lambda: pd.DataFrame(rows, columns=["draw", *LEVERS, "one"]))
    one.plain = {"levers": dict.fromkeys(levers), "structures": list(structures), **plain}
    vars(one)["equal"] = {}
    return one


def test_settings_of_a_lever_are_strategies_and_those_of_a_structure_are_draws(tmp_path):
    reading = a_reading(tmp_path, arms={"new": [], "base": []}, baseline="base")
    assert reading.arms == ("base", "new")
    assert (reading.samples, reading.points, reading.models) == (3, ["L=1", "L=2"], ["S=x", "S=y"])
    frame = pd.DataFrame({"arm": "a", "draw": np.arange(12), "value": np.arange(12.0)})
    found = reading._in_strategies(frame)
    assert found["arm"].tolist() == ["a (L=1)"] * 6 + ["a (L=2)"] * 6
    assert found["draw"].tolist() == [0, 1, 2, 3, 4, 5] * 2
    assert reading.model_of(found["draw"].to_numpy()).tolist() == [0, 0, 0, 1, 1, 1] * 2
    names, values = reading.uncertain
    assert names == ["one"]
    assert values[:, 0] == pytest.approx([0, 0.1, 0.2] * 2)


def test_strategies_that_differ_in_programs_alone_are_told_from_others(tmp_path):
    """A lever sets the cap; the scenario has a cap of its own, which the lever replaces."""
    cap = "payment.growth_cap"
    points = [{"labels": {"L": i}, "values": {cap: 0.02 * i}, "key": ""} for i in (1, 2) for _ in ("x", "y")]
    scenarios = [
        {"arm": arm, "point": "", "scenario": {"payment": "budget", "upstream": programs, "parameters": {cap: 0.5}}}
        for arm, programs in (("base", "none"), ("new", "many"))
    ]
    (tmp_path / SCENARIOS).write_text(json.dumps({"points": points, "scenarios": scenarios}), encoding="utf-8")
    found = a_reading(tmp_path, arms={"base": [], "new": []}).apart_from_programs
    assert set(found) == {f"{arm} (L={i})" for arm in ("base", "new") for i in (1, 2)}
    assert found["base (L=1)"] == found["new (L=1)"] != found["base (L=2)"]


def test_differences_are_taken_run_by_run():
    totals = pd.DataFrame(
        [("base", 0, 0, 1.0), ("base", 0, 1, 5.0), ("new", 0, 0, 2.0), ("new", 0, 1, 9.0)],
        columns=["strategy", "draw", "seed", "value"],
    ).assign(measure="people", level="all")
    values, draw, seed = Differences(totals, "base", "people").of("new")
    assert (values.tolist(), draw.tolist(), seed.tolist()) == ([1, 4], [0, 0], [0, 1])


def some_drivers(values=(), more_is_better=None, **known):
    one = Drivers.__new__(Drivers)
    one.values, one.strategy, one.names = np.array(values), "new", ["one", "two"]
    one.outcome = Outcome("outcome", "Outcome, units", more_is_better)
    vars(one).update(known)
    return one


@pytest.mark.parametrize(
    ("more_is_better", "worse"),
    [(True, [True, False, False]), (None, [True, False, False]), (False, [False, False, True])],
)
def test_where_a_strategy_does_worse(more_is_better, worse):
    assert some_drivers([-1.0, 0.0, 2.0], more_is_better).cases.tolist() == worse


def test_net_benefit_is_against_the_baseline_in_millions_and_a_measure_a_mean_over_seeds():
    benefit = np.array([[1e6, 3e6, 2e6], [2e6, 7e6, 1e6]])
    economics = SimpleNamespace(
        strategies=("base", "new", "last"), benefit=benefit, main=SimpleNamespace(draws=np.array([0, 1]))
    )
    one = some_drivers(economics=economics)
    one.outcome = Outcome(NET_BENEFIT, "Net", True)
    ids, values = one._by_draw()
    assert (ids.tolist(), values.tolist()) == ([0, 1], [2, 5])
    rows = [(arm, draw, seed, draw + (arm == "new") * (1 + 2 * seed)) for arm in ("base", "new")
            for draw in range(20) for seed in (0, 1)]  # fmt: skip
    totals = pd.DataFrame(rows, columns=["strategy", "draw", "seed", "value"]).assign(measure="people", level="all")
    other = some_drivers(reading=SimpleNamespace(totals=lambda: totals, baseline="base"))
    other.outcome = Outcome("people", "People", None)
    assert other._by_draw()[1].tolist() == [2.0] * 20


def test_a_row_of_influence_holds_each_figure_in_its_own_column():
    sobol = Sobol(*(np.array([x, x + 1]) for x in (0.1, 0.2, 0.3, 0.4)))
    one = some_drivers(correlations=None, sobol=sobol, morris=None)
    row = one._row(Bar("two", (5.0, 9.0), (-3.0, 4.0)), Worth("two", 70.0, 8.0))
    assert row == {
        "parameter": "two", "low": 5.0, "high": 9.0, "outcome_at_low": -3.0, "outcome_at_high": 4.0, "swing": 7.0,
        "sobol_first": 1.1, "sobol_first_half": 1.2, "sobol_total": 1.3, "sobol_total_half": 1.4,
        "evppi_usd": 70.0, "evppi_noise_floor_usd": 8.0,
    }  # fmt: skip


def test_a_flip_that_is_worth_less_than_two_floors_of_noise_is_left_out(monkeypatch):
    found = [Flip(name, (1.0,), ("base", "new"), 0.3) for name in ("one", "two", "three")]
    monkeypatch.setattr("experiments.analysis.drivers.flips", lambda *words: found)
    main = SimpleNamespace(draws=np.array([0]))
    economics = SimpleNamespace(main=main, strategies=("base", "new"), benefit=None)
    worths = [Worth("one", 21.0, 10.0), Worth("two", 20.0, 10.0), Worth("three", 15.0, 10.0)]
    reading = SimpleNamespace(uncertain=(["one", "two", "three"], np.zeros((1, 3))))
    one = some_drivers(economics=economics, worths=worths, reading=reading)
    assert [flip.parameter for flip in one.flips] == ["one"]


def test_findings_in_sentences():
    """A decision that 37.5% of the draws share, a flip at .25, a box of 60% of the cases of which 80% are such."""
    economics = SimpleNamespace(
        refused="", decision=lambda: (1, 0.375, 12_345.6), luck_is_in=False, strategies=("base", "new"), terms=PLAIN
    )
    assert findings._decision(economics) == [
        "At 10 USD per QALY, New has the highest mean net benefit and is best in 38% of the draws; perfect information "
        "is worth 12,346 USD."
    ]
    flip = Flip("one", (0.25,), ("base", "new"), 0.125)
    (said,) = findings._flips(some_drivers(flips=[flip]))
    assert said == "Could flip the decision: one: Base, from 0.25 on New (12% of draws)."
    box = Box(np.array([-np.inf, 2.0]), np.array([0.5, np.inf]), 0.6, 0.8, 0.3)
    cases = np.array([True, True, False, False, False])
    (said,) = findings._box(some_drivers(box=box, box_by_chance=0.5, cases=cases))
    assert "where one <= 0.5 and 2 <= two: this box holds 60% of such draws, and 80% of the draws in it are" in said
    assert "of all draws: 40%" in said
    assert "up to 50%" in said
    (said,) = findings._box(some_drivers(box=None, cases=cases))
    assert "does worse than the baseline in 40% of the draws;" in said
    (said,) = findings._box(some_drivers(box=None, cases=np.ones(3, bool)))
    assert "in every draw;" in said
    unknown = Components(1.0, math.nan, 4.0, math.nan, 0.0, 1, 30, 1)
    assert findings._shares(unknown).startswith("Luck and parameters cannot be separated")
    known = Components(1.0, math.nan, 3.0, 1.0, 0.0, 1, 30, 2)
    assert findings._shares(known) == "Variance of a single run's difference: parameters 75%, luck 25%."


@pytest.mark.parametrize(("parameters", "draws", "enough"), [(3, 30, True), (3, 29, False), (2, 29, True)])
def test_ten_draws_a_parameter_are_enough(parameters, draws, enough):
    found = findings.too_few(SimpleNamespace(names=["x"] * parameters, values=[0.0] * draws))
    assert bool(found) is not enough


def a_study(shift):
    rows = [
        {"arm": arm, "contrast": contrast, "measure": "pmpm_total", "stratum": "all", "level": "all",
         "estimate": x + shift, "low": x - 2, "high": x + 3, "mcse": 1.0, "replicates": 3, "unit": "USD PMPM"}
        for arm, contrast, x in (("base", "", 400.0), ("new", "", 390.0), ("new", "base", -10.0))
    ]  # fmt: skip
    return SimpleNamespace(scenario=lambda: {"baseline": "base"}, summary=lambda finished: pd.DataFrame(rows))


def test_two_studies_are_put_side_by_side_with_the_intervals_of_means_and_of_differences():
    rows = results(a_study(0.0), a_study(1.0), ["pmpm_total"])
    assert [(row.what, row.one, row.other) for row in rows] == [
        ("Base: Total, USD PMPM", "400 (398 to 403)", "401 (398 to 403)"),
        ("New: Total, USD PMPM", "390 (388 to 393)", "391 (388 to 393)"),
        ("New less Base", "-10 (-12 to -7)", "-9 (-12 to -7)"),
    ]


def test_a_table_that_differs_in_many_cells_is_said_by_its_ends_on_either_side():
    def table(*values):
        cells = [(f"a.b.c{i}", i) for i in range(len(values))]
        return SimpleNamespace(
            name="a.b", value=np.array(values), unit="share", note="Why. More", cells=lambda: iter(cells)
        )

    (row,) = _cells(table(1, 2, 3, 4, 5, 6), table(10, 20, 30, 40, 50, 6))
    assert (row.what, row.one, row.other, row.about) == ("a.b", "1 to 5", "10 to 50", "5 of 6 cells; share; Why")
    few = _cells(table(1, 2), table(1, 3))
    assert [(one.what, one.one, one.other) for one in few] == [("a.b.c1", "2", "3")]
