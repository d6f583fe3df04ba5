"""What came out: levels and paired differences, who pays, over time."""

from __future__ import annotations

from experiments.figures.forest import draw_forest
from experiments.figures.paths import MEASURES as PATHS
from experiments.figures.paths import draw_paths
from experiments.figures.payers import draw_payers
from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.labels import inside, spoken
from experiments.terminal.tables import Row, in_numbers, in_words, mark_in_words, mark_of
from sim.engine.arrays import Frame
from sim.measures.measures import HEADLINE
from sim.measures.side_by_side import read_table

TITLE = "Results"
MILLION = 1e6
ONE_IN = 20  # intervals that say 95%
SAID = ("pmpm_total", "ed_visits_per_1000_mm", "inpatient_stays_per_1000_mm", "qalys_a_year")
CLAIMS = "pmpm_medical"  # said instead of total spending where that is not known


def write(page: Page) -> None:
    """Sentences, the headline table of each setting, and figures of the first one."""
    reading = page.reading
    summary = page.summary()
    points = reading.settings if "point" in summary else [""]
    for place, point in enumerate(points):
        here = summary[summary["point"] == point] if "point" in summary else summary
        if point:
            page.add(html.heading(3, f"At {point}"))
        table = read_table(here, reading.arms[0], list(dict.fromkeys([*reading.primary, *HEADLINE])))
        page.add(html.bullets(sentences(table, page)))
        headline(page, table, f"headline_{place}" if place else "headline", point)
    _by_year(page)
    first, _ = page.first_summary()
    arms = list(reading.arms)
    at = f" At {points[0]}." if points[0] else ""
    if page.compares and len(arms) > 1:
        page.figure(
            "differences",
            f"Differences from {in_words(arms[0]).lower()} in percent of it.{at}",
            f"A row for each headline measure, a mark with its interval for each arm; the numbers are in the table of "
            f"headline measures.{at}",
            draw_forest, first, arms, page.about_first,
        )  # fmt: skip
    page.figure(
        "who_pays",
        f"Who pays, and where the money goes, USD per member-month.{at}",
        f"Two stacked bars for each arm, payers above and uses below; the numbers are in the summary table.{at}",
        draw_payers, first, arms, page.about_first,
    )  # fmt: skip
    _over_time(page, first)


def sentences(table: Frame, page: Page) -> list[str]:
    """Return what became of the most asked measures, a sentence for each arm."""
    rows = {(row.arm, row.measure): row for row in table.itertuples()}
    known = set(table["measure"])
    said = [name for name in (SAID[0] if SAID[0] in known else CLAIMS, *SAID[1:]) if name in known]
    return [
        f"{in_words(arm)}: {'; '.join(_said(rows[arm, name]) for name in said if (arm, name) in rows)}."
        for arm in page.reading.arms[1:]
    ] or [f"{_said(row)}." for row in table.itertuples() if row.measure in said]


def _said(row: Row) -> str:
    found, label = in_numbers(row), inside(spoken(row.measure))
    if not found.difference:
        return f"{label} {found.value} {row.unit}"
    interval = f" ({found.low} to {found.high})" if found.low else ""
    return f"{label} {found.difference.rstrip('~')}{interval} {row.unit}"


def headline(page: Page, table: Frame, name: str, point: str) -> None:
    """A row for each measure, a column for each arm; as CSV a row for each arm."""
    arms = [arm for arm in page.reading.arms if arm in set(table["arm"])]
    rows = {(row.measure, row.arm): row for row in table.itertuples()}
    labels = {
        row.measure: html.labeled(_ranked(row.measure, page), "%" if row.unit == "share" else row.unit)
        for row in table.itertuples()
    }
    mark = mark_of(list(rows.values()))
    cells = {where: _cell(row, mark) for where, row in rows.items()}
    what = f" at {point}" if point else ""
    note = (
        f"Means over the whole run, nominal dollars; below them differences from {in_words(arms[0])}, {page.spread}. "
    )
    note += (
        f"{mark_in_words(list(rows.values()), 'draws').strip()} Shares are in percent, their differences in points. "
    )
    note += f"{_exploratory(page)} By group and by area: summary.csv. File: tables/{name}.csv."
    page.outputs.tables[name] = table
    page.by_arm(f"Headline measures{what}, {page.reading.months} months", labels, arms, cells, note)


def _ranked(measure: str, page: Page) -> str:
    return f"{spoken(measure)} (primary)" if measure in page.reading.primary else spoken(measure)


def _exploratory(page: Page) -> str:
    """What multiplicity does to the intervals of a study."""
    named = "named in the experiment" if page.reading.plain.get("outcomes") else "the usual two, for it named none"
    summary = page.reading.study.summary()
    return (
        f"Primary outcomes were set before the runs ({named}). All others, and all groups, are exploratory: of "
        f"{len(summary):,} intervals in summary.csv some {len(summary) // ONE_IN:,} miss the truth by luck alone."
    )


def _cell(row: Row, mark: str) -> str:
    found = in_numbers(row, mark)
    interval = f"\n({found.low} to {found.high})" if found.low else ""
    return f"{found.value}\n{found.difference}{interval}" if found.difference else found.value


def _by_year(page: Page) -> None:
    """Totals and differences of the state, year by year, beside the means for each member above."""
    economics = page.economics
    if economics.refused or page.reading.no_sample:
        return
    table = economics.by_year()
    names = {"resources_usd": ("Resources used, million USD", MILLION), "qalys": ("QALYs of everybody", 1)}
    rows = {}
    for (amount, strategy), here in table.groupby(["amount", "strategy"], sort=False):
        label, scale = names[amount]
        total, more = html.fixed(1, scale), html.fixed(1, scale, sign=True)
        ends = [*here[["total", "difference"]].itertuples(index=False), here[["total", "difference"]].sum()]
        for place, (whole, apart) in enumerate(ends):
            line = "whole run" if place == len(here) else f"year {place + 1}"
            rows[f"{label}, {line}", strategy] = total(whole) + (
                "" if strategy == economics.strategies[0] else f"\n{more(apart)}"
            )
    page.outputs.tables["by_year"] = table
    note = (
        "The whole state: totals, and below them differences from the baseline. Nominal dollars, nothing discounted; a "
        "last year of fewer than 12 months is a part of a year. File: tables/by_year.csv."
    )
    lines = {line: line for line, _ in rows}
    page.by_arm("By year: totals and differences", lines, list(economics.strategies), rows, note)
    page.add(html.link("Horizon, discounting and price year: terms of the analysis", "economics"))


def _over_time(page: Page, summary: Frame) -> None:
    reading = page.reading
    if len(reading.draws) > 1 or not (reading.study.path / "results.parquet").is_file():
        return
    monthly = reading.study.frame(stratum="all", measure=list(PATHS))
    capitation = summary[(summary["measure"] == "pmpm_capitation") & (summary["contrast"] == "")]["estimate"]
    page.figure(
        "paths",
        f"Over time{': levels on the left, paired differences on the right' if len(reading.arms) > 1 else ''}.",
        "Lines by month for total spending, medical claims and emergency visits, each arm with its interval; the "
        "numbers are in results.parquet.",
        draw_paths, monthly, list(reading.arms), page.outputs.about, budgets=bool((capitation > 0).any()),
    )  # fmt: skip
