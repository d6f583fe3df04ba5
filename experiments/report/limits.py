"""What this study cannot say, and the CHEERS 2022 checklist with what is not reported."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.labels import counted
from experiments.terminal.tables import in_words
from sim.scenario.digests import data_digest
from sim.study import Study

TITLE = "Limits and checklist"
FEW_SEEDS, SMALL_SAMPLE = 10, 0.02
ENOUGH_SEEDS = 5  # for draws that share them, as the table of coverage says
NOT_REPORTED = "NOT REPORTED"
VALIDATED = (  # as README.md says it
    "Six published figures test the model: it meets two of them, and on average shows a quarter of the "
    "published effects (three seeds, November 2026). It was not tuned to them."
)
STANDING = (
    "People, clinics and organizations are synthetic, made from public aggregates; no record describes a real person.",
    "Use, cost and their tails in the baseline world are fitted to public figures of Oregon before 2012; some ratios "
    "are set by hand, and the fit has no uncertainty yet.",
    f"`ccosim validate` re-runs published evaluations inside the model. {VALIDATED}",
    "QALYs stop with the horizon: years of life saved after it are not counted.",
    "Patients' own payments and time, family care and productivity are not modeled.",
    "Care is valued at the prices of today's rates: what hospitals and clinics spend to give it is not modeled.",
)
CHEERS = (
    (1, "Title", "title of this page"), (2, "Abstract", "first paragraph; key results under Results"),
    (3, "Background and objectives", None),
    (4, "Health economic analysis plan", "Results: primary outcomes, named before the runs; study.yaml"),
    (5, "Study population", "Question and arms: population and setting"),
    (6, "Setting and location", "Question and arms: Oregon, CCO areas"),
    (7, "Comparators", "Question and arms: arms"),
    (8, "Perspective", "Economics: terms; docs/explanation/what-is-counted.md"),
    (9, "Time horizon", "Economics: terms"), (10, "Discount rate", "Economics: terms"),
    (11, "Selection of outcomes", "Results: primary outcomes; Economics: terms"),
    (12, "Measurement of outcomes", "`ccosim describe measures`"),
    (13, "Valuation of outcomes", "Parameters and sources: wellbeing.*; Economics: terms"),
    (14, "Measurement and valuation of resources and costs",
     "Results: by year; docs/explanation/what-is-counted.md; Parameters and sources: levels.price, spending.*"),
    (15, "Currency, price date and conversion", "Economics: terms; Parameters and sources: price_year, index, used_in"),
    (16, "Rationale and description of model", "`ccosim describe`; docs/explanation"),
    (17, "Analytics and assumptions",
     "Uncertainty; Economics; docs/reference/coverage.md; Parameters and sources (kind: assumption)"),
    (18, "Characterizing heterogeneity", "Equity: tables by group"),
    (19, "Characterizing distributional effects", "Equity: distribution of health; Who gains"),
    (20, "Characterizing uncertainty", "Uncertainty; What drives it"),
    (21, "Approach to engagement with patients and others affected", None),
    (22, "Study parameters", "Parameters and sources"), (23, "Summary of main results", "Results; Economics"),
    (24, "Effect of uncertainty", "Uncertainty; What drives it"),
    (25, "Effect of engagement with patients and others affected", None),
    (26, "Study findings, limitations, generalizability and current knowledge", "this section, in part"),
    (27, "Source of funding", None), (28, "Conflicts of interest", None),
)  # fmt: skip


def write(page: Page) -> None:
    """Limits of every study, limits of this one, and the checklist."""
    import pandas as pd

    for text in warnings(page):
        page.add(html.paragraph(text, "warning"))
    page.add(html.bullets(STANDING))
    rows = [{"item": n, "topic": topic, "where": where or NOT_REPORTED} for n, topic, where in CHEERS]
    columns = [html.Column("item", "Item"), html.Column("topic", "Topic"), html.Column("where", "Where")]
    note = "Items that a program cannot fill are said to be not reported: write them into the paper."
    page.table("cheers_2022", "CHEERS 2022", pd.DataFrame(rows), columns, note, fold="CHEERS 2022, 28 items")


def are_few(seeds: int) -> bool:
    """Return whether intervals over paired seeds are too narrow for skewed outcomes (docs/reference/coverage.md)."""
    return seeds <= FEW_SEEDS


def about_files(study: Study) -> Iterator[str]:
    """Yield what a reader must know of the files of a study: those of its user, and what has changed since."""
    if own := sorted(study.own_files()):
        yield f"Files of the user's own were read, which the study carries in inputs/own: {', '.join(own)}."
    with study.configuration() as conf:
        if data_digest(conf) != study.manifest["data_digest"]:
            yield "Parameter or data files have changed since the study was run: those below are the present ones."


def warnings(page: Page) -> list[str]:
    """What a reader must know of this study before leaning on it."""
    reading, found = page.reading, []
    assumed = sum(one.kind == "assumption" for one in page.parameters)
    found.append(f"{assumed} of {len(page.parameters)} parameters are assumptions without a source.")
    if not page.draws:
        found.append("Parameters were not varied: intervals are luck alone, and too narrow for a decision.")
    if are_few(reading.seeds) and not page.draws:
        found.append(f"Only {counted(reading.seeds, 'seed')}: intervals themselves are uncertain.")
    for name, same in reading.equal.items():
        found.append(f"{in_words(name)} is the same as {in_words(same)} in every run; the economics show it once.")
    if reading.plain["population"]["sample"] < SMALL_SAMPLE:
        found.append("A small sample: waits and settlements of small CCO areas are noisier than in the whole state.")
    if page.draws and 1 < reading.seeds < ENOUGH_SEEDS:
        found.append(
            f"All draws share {reading.seeds} seeds: where luck matters, 95% Monte Carlo intervals hold the truth "
            f"in 88 to 93% of studies (docs/reference/coverage.md), with {ENOUGH_SEEDS} seeds in 93% or more."
        )
    if page.draws and reading.seeds == 1:
        found.append("One seed in each draw: luck and parameters cannot be separated.")
    if reading.manifest.get("runs_failed"):
        found.append(f"{counted(reading.manifest['runs_failed'], 'run')} failed and left out.")
    found += about_files(reading.study)
    if reading.manifest.get("git_dirty"):
        found.append("The code had changes that no commit holds.")
    return found
