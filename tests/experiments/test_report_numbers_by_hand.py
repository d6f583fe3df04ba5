"""What the sections of the report make of numbers that are known: every column its own figure, in its own unit."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.report import economics, html, limits, parameters, results, uncertainty
from sim.analysis.economics.net_benefit import Curves
from sim.analysis.economics.terms import Terms
from sim.measures.measures import BY_NAME
from tests.support.report_tables import Told

pytestmark = pytest.mark.quick

MILLION = 1e6


def an_economics(**parts):
    """Draws of the parameters, of which each has several seeds; nothing refused."""
    usual = {"refused": "", "luck_is_in": False, "strategies": ("base", "new"), "terms": Terms()}
    main = SimpleNamespace(of_parameters=True, draws=np.arange(30), arms=("base", "new"))
    return SimpleNamespace(main=main, decided=main, **usual | parts)


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (html.fixed(), 1234.6, "1,235"),
        (html.fixed(1, MILLION), 2_340_000.0, "2.3"),
        (html.fixed(1, MILLION, sign=True), 2_340_000.0, "+2.3"),
        (html.fixed(1, MILLION, sign=True), -40_000.0, "0.0"),  # no sign on a zero
        (html.fixed(2, sign=True), 0.0, "0.00"),
        (html.fixed(), math.inf, "never"),
        (html.fixed(), -math.inf, "-inf"),
        (html.significant(3), 1234.6, "1,230"),
        (html.significant(2), 0.01234, "0.012"),
    ],
)
def test_numbers_as_they_are_shown(show, value, text):
    assert show(value) == text


def test_a_unit_that_says_the_label_stands_alone():
    assert html.labeled("Emergency visits", "visits per 1,000") == "Emergency visits, visits per 1,000"
    assert html.labeled("QALYs", "QALYs a year") == "QALYs a year"


def test_terms_say_the_rates_of_costs_and_of_health():
    page = Told(months=18)
    page.economics = an_economics(terms=Terms(0.05, 0.015, 2020, 0.04, 80_000.0))
    economics._terms(page)
    said = {row["What"]: row["How"] for row in page.shown("Terms of the analysis")}
    assert said["Horizon"].startswith("18 months")
    assert said["Discounting"].startswith("costs 5%, QALYs 1.5% a year")
    assert said["Currency and price year"].endswith("US dollars of 2020; nominal dollars are deflated by 4% a year")
    assert said["Worth of a QALY"].startswith("80,000 USD")


def test_every_column_of_the_costs_holds_its_own_figure():
    table = pd.DataFrame(
        [("Resources used (main)", "new", 5.1e6, 4321.0, -1.25e6, 7.34, 2.5e6)],
        columns=[
            *("perspective", "strategy", "cost_usd", "qalys"),
            *("incremental_cost_usd", "incremental_qalys", "incremental_net_benefit_usd"),
        ],
    )
    ratios = pd.DataFrame(
        [("new", 5.1e6, 4321.26, -1.25e6, 7.34, 52_345.4, "on the frontier")],
        columns=[
            "strategy",
            "cost_usd",
            "qalys",
            "incremental_cost_usd",
            "incremental_qalys",
            "icer_usd_per_qaly",
            "status",
        ],
    )
    cohort = pd.DataFrame(
        [("new", 1.23456, 0.0123456, 8765.4, 0.0012345, -0.00034567, -12.345, 678.9)],
        columns=[
            "strategy",
            "qalys",
            "deaths",
            "cost_usd",
            "added_qalys",
            "added_deaths",
            "added_cost_usd",
            "net_benefit_usd",
        ],
    )
    page = Told()
    page.economics = an_economics(by_perspective=lambda: table, ratios=lambda: ratios, closed_cohort=lambda: cohort)
    for section in (economics._costs, economics._ratios, economics._closed_cohort):
        section(page)
    assert page.shown("Discounted costs") == [
        {
            "Perspective": "Resources used (main)", "Strategy": "New", "Cost, million USD": "5.1", "QALYs": "4,321",
            "Added cost, million USD": "-1.2", "Added QALYs": "+7.3", "Added net benefit, million USD": "+2.5",
        }
    ]  # fmt: skip
    assert page.shown("Incremental cost-effectiveness") == [
        {
            "Strategy": "New", "Cost, million USD": "5.1", "QALYs": "4,321.3", "Added cost, million USD": "-1.2",
            "Added QALYs": "+7.3", "USD per QALY": "52,345", "Status": "on the frontier",
        }
    ]  # fmt: skip
    (found,) = [part for part in page.body if "A closed cohort" in part]
    cells = page.column("A closed cohort", 0), *[page.column("A closed cohort", place) for place in range(1, 8)]
    assert [column[0] for column in cells] == [
        *("New", "1.235", "0.01235", "8,765", "0.00123", "-0.000346", "-12.35", "+678.90"),
    ]  # fmt: skip
    heads = ("Strategy", "QALYs", "Deaths", "Cost of care, USD", "Added QALYs", "Added deaths", "Added cost, USD")
    places = [found.index(f">{head}<") for head in heads]
    assert places == sorted(places)


def test_the_table_of_curves_has_every_point_and_shows_every_25th():
    """Two strategies at 101 values of a QALY, 0 to 200,000: up to 100,000 the first is best, from there the second."""
    willingness = np.linspace(0, 200_000, 101)
    first = 1 - willingness / 200_000
    best = (willingness > 100_000).astype(int)
    loss = np.stack([30 * willingness, 1e6 + 5 * willingness], axis=1)
    found = Curves(willingness, np.stack([first, 1 - first], axis=1), best, loss)
    page = Told()
    page.economics = an_economics(curves=found)
    economics._curve_table(page)
    kept = page.outputs.tables["curves"]
    assert len(kept) == 2 * 101
    assert kept["willingness_to_pay_usd"].iloc[-1] == 200_000
    new = kept[kept["strategy"] == "new"]
    assert new["best_on_average"].tolist() == [False] * 51 + [True] * 50
    assert (kept.groupby("willingness_to_pay_usd")["best_on_average"].sum() == 1).all()
    shown = [row for row in page.shown("Acceptability and expected loss") if row["Strategy"] == "New"]
    assert [row["Worth of a QALY, USD"] for row in shown] == ["0", "50,000", "100,000", "150,000", "200,000"]
    assert [row["Probability of being best"] for row in shown] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    assert [row["Expected loss, million USD"] for row in shown] == ["1.0", "1.2", "1.5", "1.8", "2.0"]
    assert [row["Perfect information, million USD"] for row in shown] == ["0.0", "1.2", "1.5", "1.8", "2.0"]
    assert "The luck of seeds is taken out" in page.text


@pytest.mark.parametrize(
    ("of_parameters", "luck_is_in", "said"),
    [(False, False, "Samples are seeds"), (True, True, "Each draw has one seed"), (True, False, "is taken out")],
)
def test_what_the_samples_of_a_decision_are(of_parameters, luck_is_in, said):
    page = Told()
    page.economics = an_economics(luck_is_in=luck_is_in)
    page.economics.main.of_parameters = of_parameters
    assert said in economics._luck(page)


def test_years_of_the_budget_count_from_one_and_accounts_have_their_names():
    change = {("state", 0): -2.5e6, ("state", 1): 1.2e6, ("programs", 0): 3e6, ("programs", 1): 4e6}
    rows = [("new", payer, year, usd) for (payer, year), usd in change.items()]
    budget = pd.DataFrame(rows, columns=["strategy", "payer", "year", "change_usd"])
    page = Told(samples=30)
    page.economics = an_economics(budget=lambda: budget, returns=lambda: returned(-3e6))
    economics._budget(page)
    assert page.shown("Budget impact: change") == [
        {"Account": "State", "Strategy": "New", "Year 1, million USD": "-2.5", "Year 2, million USD": "+1.2"},
        {
            "Account": "Program money (all funders)", "Strategy": "New", "Year 1, million USD": "+3.0",
            "Year 2, million USD": "+4.0",
        },
    ]  # fmt: skip
    assert page.column("Return to each payer", 2) == ["-3.0"]


def returned(saving):
    names = [f"{name}{end}" for name in ("saving_usd", "per_program_dollar") for end in ("", "_low", "_high")]
    values = (saving, saving - 1.5e6, saving + 2e6, -0.75, -1.25, 0.5)
    return pd.DataFrame(
        [("new", "federal", *values, "base")], columns=["strategy", "payer", *names, "per_dollar_against"]
    )


@pytest.mark.parametrize(
    ("samples", "cells", "note"),
    [
        (30, ["+4.0", "+2.5", "+6.0", "-0.75", "-1.25", "+0.50", "Base"], "Intervals: 95%, over draws of parameters."),
        (3, ["+4.0", "-0.75", "Base"], "Shown without a range, for there are fewer than 20 draws."),
    ],
)
def test_a_return_stands_between_the_ends_of_its_interval(samples, cells, note):
    page = Told(samples=samples)
    page.economics = an_economics(returns=lambda: returned(4e6))
    economics._returns(page)
    assert [page.column("Return to each payer", place)[0] for place in range(2, 2 + len(cells))] == cells
    assert note in page.text


def test_totals_by_year_end_with_their_sum():
    """Two years: the other strategy needs 1 and 2 million dollars more, and gains 5 and 7 QALYs."""
    rows = [
        ("resources_usd", "base", 1, 100e6, 0.0), ("resources_usd", "base", 2, 110e6, 0.0),
        ("resources_usd", "new", 1, 101e6, 1e6), ("resources_usd", "new", 2, 112e6, 2e6),
        ("qalys", "base", 1, 800.0, 0.0), ("qalys", "base", 2, 820.0, 0.0),
        ("qalys", "new", 1, 805.0, 5.0), ("qalys", "new", 2, 827.0, 7.0),
    ]  # fmt: skip
    by_year = pd.DataFrame(rows, columns=["amount", "strategy", "year", "total", "difference"])
    page = Told()
    page.economics = an_economics(by_year=lambda: by_year)
    results._by_year(page)
    shown = page.shown("By year: totals and differences")
    assert [(row["Measure, unit"], row["Base"], row["New"]) for row in shown] == [
        ("Resources used, million USD, year 1", "100.0", "101.0\n+1.0"),
        ("Resources used, million USD, year 2", "110.0", "112.0\n+2.0"),
        ("Resources used, million USD, whole run", "210.0", "213.0\n+3.0"),
        ("QALYs of everybody, year 1", "800.0", "805.0\n+5.0"),
        ("QALYs of everybody, year 2", "820.0", "827.0\n+7.0"),
        ("QALYs of everybody, whole run", "1,620.0", "1,632.0\n+12.0"),
    ]


def a_row(measure, arm, value, difference=math.nan, half=1.0, needed=0.0):
    return {
        "measure": measure, "arm": arm, "unit": BY_NAME[measure].unit, "value": value, "difference": difference,
        "low": difference - half, "high": difference + 2 * half, "replicates": 3, "replicates_needed": needed,
    }  # fmt: skip


def test_sentences_of_the_results_say_the_claims_where_the_total_is_not_known():
    table = pd.DataFrame(
        [
            a_row("pmpm_medical", "base", 300.0), a_row("pmpm_medical", "new", 290.0, -10.0),
            a_row("qalys_a_year", "base", 900.0), a_row("qalys_a_year", "new", 903.0, 3.0),
        ]
    )  # fmt: skip
    (said,) = results.sentences(table, Told())
    assert said == (
        "New: spending, medical claims -10.00 (-11.00 to -8.00) USD PMPM; "
        "QALYs, everybody +3.00 (+2.00 to +5.00) QALYs a year."
    )
    total = pd.DataFrame([a_row("pmpm_total", "new", 400.0, -20.0), a_row("pmpm_medical", "new", 290.0, -10.0)])
    assert results.sentences(total, Told()) == ["New: total spending -20.00 (-21.00 to -18.00) USD PMPM."]
    alone = pd.DataFrame([a_row("pmpm_total", "run", 412.5)])
    assert results.sentences(alone, Told(arms=("run",), strategies=("run",))) == ["total spending 412.50 USD PMPM."]


def test_the_headline_shows_shares_in_percent_and_names_primary_outcomes():
    table = pd.DataFrame(
        [
            a_row("unmet_need_share", "base", 0.125), a_row("unmet_need_share", "new", 0.1, -0.025, 0.005),
            a_row("qalys_a_year", "base", 900.0), a_row("qalys_a_year", "new", 903.0, 3.0),
        ]
    )  # fmt: skip
    summary = pd.DataFrame({"estimate": np.zeros(450)})
    study = SimpleNamespace(summary=lambda: summary)
    page = Told(primary=("unmet_need_share",), study=study, plain={"outcomes": ["unmet_need_share"]}, months=36)
    results.headline(page, table, "headline", "")
    assert page.shown("Headline measures, 36 months") == [
        {"Measure, unit": "Unmet need (primary), %", "Base": "12.5", "New": "10.0\n-2.50\n(-3.00 to -1.50)"},
        {"Measure, unit": "QALYs, everybody, QALYs a year", "Base": "900.0", "New": "903.0\n+3.00\n(+2.00 to +5.00)"},
    ]
    assert "of 450 intervals in summary.csv some 22 miss the truth by luck alone" in page.text
    assert "named in the experiment" in page.text


@pytest.mark.parametrize(("seeds", "few"), [(1, True), (10, True), (11, False)])
def test_up_to_ten_paired_seeds_are_few(seeds, few):
    assert limits.are_few(seeds) is few


@pytest.mark.parametrize(
    ("seeds", "samples", "shown"), [(1, 1, False), (2, 1, True), (10, 1, True), (11, 1, False), (5, 30, False)]
)
def test_ratios_stand_beside_differences_of_few_paired_seeds(monkeypatch, seeds, samples, shown):
    monkeypatch.setattr(uncertainty, "_ratios", lambda page: page.add("RATIOS"))
    page = Told(seeds=seeds, samples=samples)
    page.uncertainty = SimpleNamespace(table=lambda: sources_of([]), found={}, models={})
    uncertainty.write(page)
    assert ("RATIOS" in page.text) == shown


SOURCES = "strategy measure unit difference mcse mc_low mc_high sd_structure sd_parameters sd_luck draws seeds"


def sources_of(rows):
    return pd.DataFrame(rows, columns=[*SOURCES.split(), "runs_needed", "runs_further"])


def test_the_uncertainty_of_a_share_is_in_points_and_of_its_own_column():
    """A share that falls by .021, known to .004: 2.1 and .4 points, with .031, .052 and .073 by source; 40 runs."""
    share = ("new", "unmet_need_share", "share", -0.021, 0.004, -0.03, -0.01, 0.031, 0.052, 0.073, 4, 5, 40, 20)
    money = ("new", "pmpm_total", "USD PMPM", -12.0, 1.5, -15.0, -9.0, 3.0, math.nan, 5.0, 4, 5, 60, 0)
    other = ("new", "pmpm_teams", "USD PMPM", 1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 1.0, 4, 5, 60, 0)
    model = SimpleNamespace
    models = {
        ("new", "unmet_need_share"): [model(name="m=1", mean=-0.03, low=-0.04, high=-0.02, sign=-1),
                                      model(name="m=2", mean=0.01, low=0.005, high=0.015, sign=1)],
        ("new", "pmpm_total"): [model(name="m=1", mean=-9.0, low=-12.0, high=-6.0, sign=-1),
                                model(name="m=2", mean=-8.0, low=math.nan, high=math.nan, sign=-1)],
    }  # fmt: skip
    component = SimpleNamespace(total=1.0)
    found = {("new", "pmpm_total"): component, ("second", "pmpm_total"): SimpleNamespace(total=2.0)}
    page = Told(samples=30, seeds=5, models=["m=1", "m=2"], structures=["m"], strategies=("base", "new"))
    page.uncertainty = SimpleNamespace(
        table=lambda: sources_of([share, money, other]), found=found, models=models, by_structure=lambda: sources_of([])
    )
    uncertainty.write(page)
    first, second = page.shown("Where the uncertainty of differences comes from")
    assert list(first.values()) == ["Unmet need, % points", "New", "-2.1", "0.4", "3.1", "5.2", "7.3", "40", "20"]
    assert list(second.values()) == ["Total spending, USD PMPM", "New", "-12", "1.5", "3", "–", "5", "60", "0"]
    kept = page.outputs.tables["uncertainty"]
    assert kept["difference"].tolist() == [-0.021, -12.0, 1.0]  # the file has every measure, in the unit of the measure
    rows = {row["Measure"]: row for row in page.shown("Differences by structure")}
    assert rows["Unmet need, % points"]["m=1"] == "-3 (-4 to -2)"
    assert rows["Unmet need, % points"]["m=2"] == "1 (0.5 to 1.5)"
    assert rows["Total spending, USD PMPM"]["m=2"] == "-8"
    assert "The sign depends on the structure, beyond luck: Unmet need, New." in page.text
    parts, strategy, _ = page.drawn["variance_sources"].content
    assert (parts, strategy) == ({"Total spending": component}, "new")


def a_parameter(name, kind="assumption"):
    number = np.array(0.5)
    return SimpleNamespace(
        name=name, value=number, low=number, high=number, axes=(), overridden=False, unit="share", kind=kind,
        role="uncertainty", evidence=("a_source",), note="", price_year=None, index="", is_converted=False,
    )  # fmt: skip


def test_only_what_was_drawn_is_called_varied():
    """One number, one cell of a table, and two whose names begin with that of another."""
    names = ("needs.food_onset", "needs.food_onset_prone", "ccos.cost", "ccos.cost_cv", "population.exit_rate")
    page = Told(uncertain=(["needs.food_onset_prone", "ccos.cost_cv", "population.exit_rate.child"], np.zeros((30, 3))))
    page.parameters = [a_parameter(name, "evidence" if name == "ccos.cost" else "assumption") for name in names]
    parameters.write(page)
    varied = {row["Parameter"]: row["Varied"] for row in page.shown("Parameters")}
    assert varied == dict(zip(names, ("", "drawn", "", "drawn", "drawn"), strict=True))
    assert "5 parameters: 4 assumption, 1 evidence." in page.text
    assert page.shown("Sources")[0]["Used for"] == " ".join(names)
