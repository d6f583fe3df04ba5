"""What came out: levels and paired differences, who pays, over time."""

from __future__ import annotations

from typing import Any

from experiments.figures.forest import draw_forest
from experiments.figures.paths import MEASURES as PATHS
from experiments.figures.paths import draw_paths
from experiments.figures.payers import draw_payers
from experiments.report import html
from experiments.report.build import Report
from experiments.tables import in_numbers, in_words
from sim.compare import read_table
from sim.measures.measures import BY_NAME, HEADLINE

TITLE = "Results"
SAID = ("pmpm_total", "ed_visits_per_1000_mm", "inpatient_stays_per_1000_mm", "qalys_per_1000_my")


def write(report: Report) -> None:
    """Sentences, the headline table of each setting, and figures of the first one."""
    reading = report.reading
    summary, about = reading.study.summary(), report.outputs.about
    points = reading.points if "point" in summary else [""]
    for place, point in enumerate(points):
        here = summary[summary["point"] == point] if "point" in summary else summary
        if point:
            report.add(html.heading(3, f"At {point}"))
        table = read_table(here, reading.arms[0], HEADLINE)
        report.add(html.bullets(_sentences(table, report)))
        _headline(report, table, f"headline_{place}" if place else "headline", point)
    first = summary[summary["point"] == points[0]] if "point" in summary else summary
    arms = list(reading.arms)
    at = f" At {points[0]}." if points[0] else ""
    if report.compares and len(arms) > 1:
        report.figure(
            "differences",
            f"Differences from {in_words(arms[0]).lower()} in percent of it.{at}",
            f"A row for each headline measure, a mark with its interval for each arm; the numbers are in the table of "
            f"headline measures.{at}",
            draw_forest, first, arms, about,
        )  # fmt: skip
    report.figure(
        "who_pays",
        f"Who pays, and where the money goes, USD per member-month.{at}",
        f"Two stacked bars for each arm, payers above and uses below; the numbers are in the summary table.{at}",
        draw_payers, first, arms, about,
    )  # fmt: skip
    _over_time(report, first)


def _sentences(table: Any, report: Report) -> list[str]:
    rows = {(row.arm, row.measure): row for row in table.itertuples()}
    return [
        f"{in_words(arm)}: {'; '.join(_said(rows[arm, name]) for name in SAID if (arm, name) in rows)}."
        for arm in report.reading.arms[1:]
    ] or [f"{_said(row)}." for row in table.itertuples() if row.measure in SAID]


def _said(row: Any) -> str:
    found, label = in_numbers(row), BY_NAME[row.measure].label.lower()
    if not found.difference:
        return f"{label} {found.value} {row.unit}"
    interval = f" ({found.low} to {found.high})" if found.low else ""
    return f"{label} {found.difference.rstrip('~')}{interval} {row.unit}"


def _headline(report: Report, table: Any, name: str, point: str) -> None:
    import pandas as pd

    rows = []
    for row in table.itertuples():
        found = in_numbers(row)
        unit = "%" if row.unit == "share" else row.unit
        interval = f"{found.low} to {found.high}" if found.low else ""
        rows.append(
            {"measure": f"{row.label}, {unit}", "arm": in_words(row.arm), "value": found.value,
             "difference": found.difference, "interval": interval, "percent": row.percent, "mcse": row.mcse,
             "replicates": row.replicates}
        )  # fmt: skip
    text = [html.Column(key, title, str) for key, title in (("value", "Value"), ("difference", "Difference"))]
    columns = [html.Column("measure", "Measure, unit"), html.Column("arm", "Arm"), *text]
    columns += [html.Column("interval", _interval(report), str), html.Column("percent", "%", html.fixed(1, sign=True))]
    columns += [html.Column("mcse", "Monte Carlo error", html.significant(2)), html.Column("replicates", "n", str)]
    note = "Means over the whole run, nominal dollars. Differences are paired: same people, same luck. ~ the Monte "
    note += "Carlo error is above 5% of the difference. Shares are in percent, their differences in points. "
    note += "By group and by area: summary.csv."
    what = f" at {point}" if point else ""
    report.table(name, f"Headline measures{what}, {report.reading.months} months", pd.DataFrame(rows), columns, note)


def _interval(report: Report) -> str:
    return "95% of the draws" if report.draws else "95% interval (luck of seeds)"


def _over_time(report: Report, summary: Any) -> None:
    reading = report.reading
    if len(reading.draws) > 1 or not (reading.study.path / "results.parquet").is_file():
        return
    monthly = reading.study.frame(stratum="all", measure=list(PATHS))
    capitation = summary[(summary["measure"] == "pmpm_capitation") & (summary["contrast"] == "")]["estimate"]
    report.figure(
        "paths",
        "Over time: levels on the left, paired differences on the right.",
        "Lines by month for total spending, medical claims and emergency visits, each arm with its interval; the "
        "numbers are in results.parquet.",
        draw_paths, monthly, list(reading.arms), report.outputs.about, budgets=bool((capitation > 0).any()),
    )  # fmt: skip
