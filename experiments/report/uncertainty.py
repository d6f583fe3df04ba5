"""How sure the differences are: structure, parameters and luck apart, Monte Carlo errors, runs still needed."""

from __future__ import annotations

from experiments.analysis.reading import Reading
from experiments.analysis.uncertainty import Model, ratios, turns
from experiments.figures.drivers import draw_sources
from experiments.report import html
from experiments.report.limits import are_few
from experiments.report.page import Page
from experiments.terminal.labels import counted, spoken
from experiments.terminal.stopping import how_it_ended
from experiments.terminal.tables import in_words
from sim.measures.measures import BY_NAME

TITLE = "Uncertainty"
SHOWN = ("pmpm_total", "pmpm_state", "ed_visits_per_1000_mm", "inpatient_stays_per_1000_mm", "unmet_need_share",
         "needs_any_share", "qalys_a_year", "net_benefit")  # fmt: skip
SIZES = ["difference", "mcse", "sd_structure", "sd_parameters", "sd_luck"]
PERCENT = 100


def write(page: Page) -> None:
    """What the intervals mean, the decomposition, and what more runs would need."""
    reading = page.reading
    if not page.compares:
        page.add(html.paragraph("There is one arm, so there is no difference whose uncertainty could be given."))
        return
    if reading.no_sample:
        page.add(html.paragraph(reading.no_sample, "warning"))
        return
    page.add(html.paragraph(_meaning(page)))
    if ended := how_it_ended(reading.manifest):
        page.add(html.paragraph(f"{ended} Every look: stopping.csv."))
    table = page.uncertainty.table()
    shown = table[table["measure"].isin(SHOWN)].copy()
    shown["label"] = [_with_unit(name) for name in shown["measure"]]
    shares = [_is_share(name) for name in shown["measure"]]
    shown.loc[shares, SIZES] *= PERCENT
    spread = html.significant(2)
    columns = [
        html.Column("label", "Measure"),
        html.Column("strategy", "Strategy", in_words, text=True),
        html.Column("difference", "Difference", html.significant(3)),
        html.Column("mcse", "Monte Carlo error", spread),
        html.Column("sd_structure", "SD, structure", spread),
        html.Column("sd_parameters", "SD, parameters", spread),
        html.Column("sd_luck", "SD, luck of one run", spread),
        html.Column("runs_needed", "Runs of an arm needed", html.fixed()),
        html.Column("runs_further", "Further runs", html.fixed()),
    ]
    note = (
        f"Differences are from {in_words(reading.baseline)}. "
        "SD: standard deviation of the difference in one run that each source makes (law of total variance, by "
        "analysis of variance). A dash: not varied in this study, or not separable. Runs needed: until the "
        "Monte Carlo error is 5% of the difference; a dash means that so small a difference cannot be known to 5%."
    )
    page.table("uncertainty", "Where the uncertainty of differences comes from", table, columns, note, short=shown)
    if len(reading.models) > 1:
        _by_structure(page)
    if not page.draws and reading.seeds > 1 and are_few(reading.seeds):
        _ratios(page)
    if (page.draws and reading.seeds > 1) or len(reading.models) > 1:  # of one source alone nothing can be shared out
        last = reading.strategies[-1]
        found = {_label(m): one for (s, m), one in page.uncertainty.found.items() if s == last and m in SHOWN}
        page.figure(
            "variance_sources",
            f"Sources of the variance of one run's difference: {in_words(last)}.",
            "A stacked bar for each measure: the share of structure, parameters and luck; numbers in the table above.",
            draw_sources, {name: one for name, one in found.items() if one.total > 0}, last, page.outputs.about,
        )  # fmt: skip


def _ratios(page: Page) -> None:
    """For skewed outcomes: ratios on the log scale, whose intervals hold where those of differences are too narrow."""
    table = ratios(page.reading)
    table["label"] = [spoken(name) for name in table["measure"]]
    number = html.significant(4)
    columns = [html.Column("label", "Measure"), html.Column("strategy", "Strategy", in_words, text=True)]
    columns += [html.Column(name, name.capitalize(), number) for name in ("ratio", "low", "high")]
    note = (
        f"With {page.reading.seeds} seeds t intervals of differences hold the truth in 82 to 85% of cases, not in 95%, "
        "where outcomes are as skewed as a log-normal one (docs/reference/coverage.md): compare with these ratios to "
        "the baseline, whose 95% intervals are on the log scale and are of the median."
    )
    page.table("ratios", "Ratios to the baseline", table, columns, note, fold="Ratios, for skewed outcomes")


def _by_structure(page: Page) -> None:
    """The differences in each structure, side by side, and those whose sign the structure turns."""
    import pandas as pd

    reading, found = page.reading, page.uncertainty.models
    rows = [
        {"label": _with_unit(measure), "strategy": strategy}
        | {one.name: _with_interval(one, PERCENT if _is_share(measure) else 1) for one in models}
        for (strategy, measure), models in found.items()
        if measure in SHOWN
    ]
    columns = [html.Column("label", "Measure"), html.Column("strategy", "Strategy", in_words, text=True)]
    columns += [html.Column(name, name, str) for name in reading.models]
    note = (
        "Means, with 95% Monte Carlo intervals (luck and the sampling of draws). Structures are rival models: each "
        "counts the same in all means, and none of them is chosen."
    )
    table = page.uncertainty.by_structure()
    caption = f"Differences by structure: {', '.join(reading.structures)}"
    page.table("structures", caption, table, columns, note, short=pd.DataFrame(rows))
    turned = [f"{_label(m)}, {in_words(s)}" for (s, m), models in found.items() if m in SHOWN and turns(models)]
    if turned:
        page.add(html.paragraph(f"The sign depends on the structure, beyond luck: {'; '.join(turned)}.", "warning"))
    else:
        page.add(html.paragraph("No difference above changes its sign with the structure, beyond luck."))


def _with_interval(one: Model, scale: float) -> str:
    number = html.significant(3)
    interval = f" ({number(scale * one.low)} to {number(scale * one.high)})" if one.low == one.low else ""
    return f"{number(scale * one.mean)}{interval}"


def _is_share(measure: str) -> bool:
    return measure in BY_NAME and BY_NAME[measure].unit == "share"


def _with_unit(measure: str) -> str:
    if measure not in BY_NAME:
        return f"{_label(measure)}, million USD"
    unit = "% points" if _is_share(measure) else BY_NAME[measure].unit
    return html.labeled(spoken(measure), unit)


def _label(measure: str) -> str:
    return "Net monetary benefit" if measure == "net_benefit" else spoken(measure)


def _meaning(page: Page) -> str:
    reading = page.reading
    if not page.draws:
        return (
            f"Intervals are t intervals over {counted(reading.seeds, 'paired seed')}. They show how well these runs "
            "know the mean over luck, and nothing else: parameters are at their declared values. How uncertain the "
            "parameters make the result, `ccosim sweep` with uncertainties tells."
        )
    seeds = (
        f"{reading.seeds} seeds in each draw tell luck from parameters."
        if reading.seeds > 1
        else "All draws share one seed: what its luck does to all is not seen, and the rest widens their spread."
    )
    spread = (
        f"With {counted(reading.samples, 'draw')} of the parameters there is no range that holds 95% of them. "
        if page.no_range
        else f"Intervals in the tables above hold 95% of {reading.samples:,} draws of the parameters. "
    )
    return (
        f"{spread}The Monte Carlo error says how well these runs know the mean over all draws and luck. {seeds} "
        f"Structures (which model): {_structures(reading)}"
    )


def _structures(reading: Reading) -> str:
    if len(reading.models) < 2:
        return "not varied in this study; `structures` names levers that are rival models."
    return f"{', '.join(reading.structures)}, each counting the same; see the table by structure."
