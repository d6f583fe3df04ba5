"""Costs, QALYs, decisions and budgets, by the definitions of CHEERS 2022 and the second US panel."""

from __future__ import annotations

from experiments.figures.decisions import draw_acceptability, draw_budget, draw_loss, draw_plane, shown
from experiments.figures.style import PAYERS
from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.tables import FEWEST_DRAWS, in_words
from sim.analysis.economics.perspectives import NOT_MODELED, PERSPECTIVES

TITLE = "Economics"
MILLION = 1e6
NAMES = {name: payer.label for name, payer in PAYERS.items()} | {
    "programs": "Program money (all funders)",
    "cco": "CCOs (kept)",
    "cco_kept": "Kept by CCOs",
    "providers": "Providers, beyond care",
    "held": "Withheld, not yet paid out",
}


def write(page: Page) -> None:
    """The terms, then costs by perspective, ratios, curves, budgets and returns."""
    _terms(page)
    if reason := page.economics.refused or page.reading.no_sample:
        page.add(html.paragraph(reason, "warning"))
        return
    _costs(page)
    if not page.compares:
        return
    _ratios(page)
    _closed_cohort(page)
    _curves(page)
    _budget(page)


def _terms(page: Page) -> None:
    import pandas as pd

    terms = page.economics.terms
    rows = {
        "Perspectives": "; ".join(f"{one.label}: {one.meaning}" for one in PERSPECTIVES),
        "Horizon": f"{page.reading.months} months; later costs and health are not counted",
        "Discounting": f"costs {100 * terms.discount_costs:g}%, QALYs {100 * terms.discount_outcomes:g}% a year; "
        "the first year counts in full",
        "Currency and price year": f"US dollars of {terms.price_year}; nominal dollars are deflated by "
        f"{100 * terms.general_inflation:g}% a year",
        "Worth of a QALY": f"{terms.willingness_to_pay:,.0f} USD; curves show 0 to twice this",
        "Outcome": "QALYs of everybody in the model, on and off cover; utilities by condition, need and crisis",
        "Not modeled": "; ".join(NOT_MODELED),
    }
    frame = pd.DataFrame({"name": list(rows), "value": list(rows.values())})
    columns = [html.Column("name", "What"), html.Column("value", "How")]
    note = "Set any of these: parameters.economics.NAME=value after the name of the study."
    page.table("economic_terms", "Terms of the analysis", frame, columns, note)


def _costs(page: Page) -> None:
    table = page.economics.by_perspective()
    money, more = html.fixed(1, MILLION), html.fixed(1, MILLION, sign=True)
    columns = [
        html.Column("perspective", "Perspective"),
        html.Column("strategy", "Strategy", in_words, text=True),
        html.Column("cost_usd", "Cost, million USD", money),
        html.Column("qalys", "QALYs", html.fixed()),
        html.Column("incremental_cost_usd", "Added cost, million USD", more),
        html.Column("incremental_qalys", "Added QALYs", html.fixed(1, sign=True)),
        html.Column("incremental_net_benefit_usd", "Added net benefit, million USD", more),
    ]
    page.table(
        "costs_by_perspective",
        "Discounted costs and QALYs of the whole state, by perspective",
        table,
        columns,
        "Increments are against the baseline. From a payer's perspective, money that moves to another payer is saved.",
    )


def _ratios(page: Page) -> None:
    table = page.economics.ratios()
    columns = [
        html.Column("strategy", "Strategy", in_words, text=True),
        html.Column("cost_usd", "Cost, million USD", html.fixed(1, MILLION)),
        html.Column("qalys", "QALYs", html.fixed(1)),
        html.Column("incremental_cost_usd", "Added cost, million USD", html.fixed(1, MILLION, sign=True)),
        html.Column("incremental_qalys", "Added QALYs", html.fixed(1, sign=True)),
        html.Column("icer_usd_per_qaly", "USD per QALY", html.fixed()),
        html.Column("status", "Status"),
    ]
    note = "Resources used. Each strategy on the frontier is compared with the next cheaper one on it."
    page.table("cost_effectiveness", "Incremental cost-effectiveness", table, columns, note)


def _closed_cohort(page: Page) -> None:
    table = page.economics.closed_cohort()
    number, more = html.significant(4), html.significant(3)
    columns = [
        html.Column("strategy", "Strategy", in_words),
        html.Column("qalys", "QALYs", number),
        html.Column("deaths", "Deaths", number),
        html.Column("cost_usd", "Cost of care, USD", html.fixed()),
        html.Column("added_qalys", "Added QALYs", more),
        html.Column("added_deaths", "Added deaths", more),
        html.Column("added_cost_usd", "Added cost, USD", html.fixed(2, sign=True)),
        html.Column("net_benefit_usd", "Added net benefit, USD", html.fixed(2, sign=True)),
    ]
    note = (
        "For each member of month 0, followed to the end of the run on cover and off: no birth and no newcomer counts. "
        "Cost is of care at the prices paid, without programs and administration; nominal dollars, nothing discounted."
    )
    page.table("closed_cohort", "A closed cohort", table, columns, note, fold="The members of month 0 alone")


def _curves(page: Page) -> None:
    economics, about = page.economics, page.outputs.about
    if len(economics.main.draws) < 2:
        return
    if not economics.main.of_parameters:
        page.add(
            html.paragraph(
                "This study has no draws of the parameters: the pictures below show the luck of seeds, not how likely "
                "a decision is to be wrong. For that, run `ccosim sweep` with uncertainties.",
                "warning",
            )
        )
    if len(economics.strategies) - 1 > len(shown(economics.main)):
        page.add(html.paragraph("Pictures show the first strategies only; the tables hold all.", "note"))
    worth = economics.terms.willingness_to_pay
    ellipses = "; ellipses hold 95%" if len(economics.main.draws) >= FEWEST_DRAWS else ""
    page.figure(
        "plane",
        f"Cost-effectiveness plane, resources used, against the baseline{ellipses}.",
        "A scatter of added cost over QALYs gained for each strategy, with means and ellipses; means are in the table.",
        draw_plane, economics.decided, worth, about,
    )  # fmt: skip
    page.figure(
        "acceptability",
        "Acceptability curves and frontier.",
        "Lines of the probability that each strategy has the highest net benefit over the worth of a QALY; the numbers "
        "are in the table of curves.",
        draw_acceptability, economics.curves, economics.decided, about,
    )  # fmt: skip
    page.figure(
        "expected_loss",
        "Expected loss of each strategy; the lowest is the expected value of perfect information.",
        "Lines of expected loss in million dollars over the worth of a QALY; the numbers are in the table of curves.",
        draw_loss, economics.curves, economics.decided, about,
    )  # fmt: skip
    _curve_table(page)


def _curve_table(page: Page) -> None:
    import pandas as pd

    found, names = page.economics.curves, page.economics.strategies
    rows = [
        {"willingness_to_pay_usd": w, "strategy": name, "probability_best": found.probability[k, i],
         "expected_loss_usd": found.loss[k, i], "best_on_average": bool(found.best[k] == i), "evpi_usd": found.evpi[k]}
        for k, w in enumerate(found.willingness) for i, name in enumerate(names)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    page.outputs.tables["curves"] = frame
    every = frame[frame["willingness_to_pay_usd"].isin(found.willingness[::25])]
    columns = [
        html.Column("willingness_to_pay_usd", "Worth of a QALY, USD", html.fixed()),
        html.Column("strategy", "Strategy", in_words, text=True),
        html.Column("probability_best", "Probability of being best", html.fixed(2)),
        html.Column("expected_loss_usd", "Expected loss, million USD", html.fixed(1, MILLION)),
        html.Column("evpi_usd", "Perfect information, million USD", html.fixed(1, MILLION)),
    ]
    note = f"All points: tables/curves.csv. {_luck(page)}"
    page.add(html.table("Acceptability and expected loss", every, columns, note))


def _luck(page: Page) -> str:
    economics = page.economics
    if not economics.main.of_parameters:
        return "Samples are seeds: all of their spread is luck."
    if economics.luck_is_in:
        return (
            "Each draw has one seed, whose luck is in these figures: the value of perfect information is too high, and "
            "probabilities are too near to each other. With `seeds=2` or more the luck is taken out."
        )
    return "The luck of seeds is taken out: the spread over draws is shrunk to what parameters make of it."


def _budget(page: Page) -> None:
    economics = page.economics
    budget = economics.budget()
    page.add(html.heading(3, "Budget impact and return"))
    page.figure(
        "budget_impact",
        "Budget impact by year and payer, nominal dollars, not discounted.",
        "Bars for each payer and year, a panel for each strategy; the numbers are in the table of budget impact.",
        draw_budget, budget, economics.strategies, page.outputs.about,
    )  # fmt: skip
    wide = budget.pivot_table(index=["strategy", "payer"], columns="year", values="change_usd", sort=False)
    wide = wide.rename(columns={year: f"year_{year + 1}" for year in wide.columns}).reset_index()
    wide["who"] = wide["payer"].map(NAMES)
    more = html.fixed(1, MILLION, sign=True)
    years = [html.Column(name, f"Year {name[5:]}, million USD", more) for name in wide.columns if name[:5] == "year_"]
    columns = [html.Column("who", "Account"), html.Column("strategy", "Strategy", in_words, text=True), *years]
    note = (
        "Change against the baseline in dollars of each year. A last year of fewer than 12 months is a part of a year."
    )
    page.table("budget_impact", "Budget impact: change of each payer's net outlay", wide, columns, note)
    _returns(page)


def _returns(page: Page) -> None:
    table = page.economics.returns()
    table["who"] = [NAMES.get(name, name[:1].upper() + name[1:]) for name in table["payer"]]
    million, ratio = html.fixed(1, MILLION, sign=True), html.fixed(2, sign=True)
    columns = [
        html.Column("who", "Who"),
        html.Column("strategy", "Strategy", in_words, text=True),
        html.Column("saving_usd", "Saved over the run, million USD", million),
        html.Column("saving_usd_low", "from", million),
        html.Column("saving_usd_high", "to", million),
        html.Column("per_program_dollar", "Saved per program dollar", ratio),
        html.Column("per_program_dollar_low", "from", ratio),
        html.Column("per_program_dollar_high", "to", ratio),
        html.Column("per_dollar_against", "Per dollar against", in_words, text=True),
    ]
    note = (
        "Net of program money, each payer with its own part, except in the last row. A program dollar is a dollar "
        "to upstream programs, from any payer; its return is shown only against a strategy that differs in programs "
        "alone. CCOs and providers gain by what they keep; all together, net of programs, is what resources fall by. "
        "Nominal dollars. "
    )
    if page.no_range:
        columns = [column for column in columns if column.header not in ("from", "to")]
        note += f"Shown {page.no_range}."
    else:
        note += f"Intervals: 95%, over {'draws of parameters' if page.economics.main.of_parameters else 'seeds'}."
    page.table("returns", "Return to each payer", table, columns, note)
