"""The page of one group of members: rural members only, children only, one CCO only, or all three at once.

``rurality:rural``; levels of one stratum are joined with ``/`` (``age_band:0-4/5-17`` are children), strata with ``,``.
"""

from __future__ import annotations

import re

from experiments.analysis.reading import Reading
from experiments.figures.forest import MEASURES as DRAWN
from experiments.figures.forest import draw_forest
from experiments.output.outputs import Outputs
from experiments.report import html, results
from experiments.report.page import Page
from experiments.terminal.labels import spoken
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.engine.text import shown
from sim.measures.measures import HEADLINE, MEASURES
from sim.measures.result import check_level
from sim.measures.side_by_side import read_table
from sim.measures.strata import ALL, AREA, LEVELS
from sim.runs.comparison import NO_OWN_GROUPS
from sim.scenario import ScenarioError
from sim.schema import SERVICES
from sim.study.manifest import COMPARISON

CHILDREN = "age_band:0-4/5-17"
PAID = tuple(f"pmpm_{name}" for name in ("medicaid", *SERVICES))  # what a group's care costs, by service
Group = dict[str, list[str]]


def build(reading: Reading, asked: str, *, slides: bool = False) -> Outputs:
    """The page of a group, its figure and tables, not yet written; or the figure alone, as a slide."""
    page, group = Page(reading), group_of(asked, reading)
    page.outputs.slides = slides
    summary = _summary(reading, group, asked)
    if not (summary["measure"] == "members").any():
        raise ScenarioError([f"stratum={asked}: nobody is in this group"])
    said = "; ".join(f"{in_words(stratum)}: {', '.join(map(_level, levels))}" for stratum, levels in group.items())
    name = re.sub(r"[^a-z0-9]+", "-", asked.lower()).strip("-")
    page.add(html.paragraph(f"{said}. The same study for everybody: report.html, after `ccosim report`."))
    table = read_table(summary, reading.arms[0], dict.fromkeys([*HEADLINE, *PAID]))
    page.add(html.bullets(results.sentences(table, page)))
    results.headline(page, table, f"{name}-headline", "")
    known = [measure.name for measure in MEASURES if measure.name in set(summary["measure"])]
    if page.compares and set(known) & set(DRAWN):
        page.figure(
            f"{name}-differences",
            f"{said}: differences from {in_words(reading.arms[0]).lower()} in percent of it.",
            f"A row for each measure, a mark with its interval for each arm; the numbers are in {name}.csv.",
            draw_forest, summary, list(reading.arms), page.outputs.about,
        )  # fmt: skip
    page.outputs.tables[name] = summary
    unknown = [spoken(measure.name) for measure in MEASURES if measure.name not in known]
    page.add(html.paragraph(f"All {len(known)} measures of the group: tables/{name}.csv.", "note"))
    why = "Not known of this group, as it is paid for areas and not for members, or because nobody had it"
    page.add(html.paragraph(f"{why}: {'; '.join(unknown)}.", "note"))
    title = f"{reading.title}: {said}"
    top = ["<header>", html.heading(1, title), "</header><main>"]
    page.outputs.pages[f"report-{name}.html"] = html.document(title, [*top, *page.body, "</main>"])
    return page.outputs


def group_of(asked: str, reading: Reading) -> Group:
    """Return the levels of each stratum that are asked for; refuse those that there are not."""
    areas = [str(level) for level in reading.study.totals(stratum=AREA)["level"].unique()]
    rows = [*((AREA, area) for area in areas), *LEVELS]
    group: Group = {}
    for part in asked.split(","):
        stratum, colon, levels = part.strip().partition(":")
        if not colon:
            how = f"must be NAME:LEVEL, such as rurality:rural, {CHILDREN} or area:{areas[0]}"
            raise ScenarioError([f"stratum={shown(part)}: {how}"])
        group[stratum] = [level.strip() for level in levels.split("/")]
        try:
            for level in group[stratum]:
                check_level(rows, stratum, level)
        except KeyError as fault:
            raise ScenarioError([f"stratum={part}: {fault.args[0]}"]) from None
    return group


def _summary(reading: Reading, group: Group, asked: str) -> Frame:
    """Return the group as ``summary.csv`` has the state, so that the same tables and figures show it."""
    study = reading.study
    if reading.guarded:
        raise ScenarioError([f"stratum={asked}: {NO_OWN_GROUPS}"])
    if study.kind == COMPARISON:
        return reading.comparison().of_group(group)
    one = [(stratum, level) for stratum, levels in group.items() for level in levels]
    if len(one) > 1 or reading.levers or reading.structures:
        what = "a sweep keeps totals of one level at a time" if len(one) > 1 else "of a sweep with levers"
        raise ScenarioError([f"stratum={asked}: {what}; totals.parquet has them by stratum and level"])
    stratum, level = one[0]
    summary = Page(reading).summary()
    here = summary[(summary["stratum"] == stratum) & (summary["level"] == level)]
    return here.assign(stratum=ALL, level=ALL)


def _level(level: str) -> str:
    return level if level[:1].isupper() or not level.isalpha() else in_words(level).lower()
