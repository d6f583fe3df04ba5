"""For whom: differences by race and ethnicity, language, rurality and disability, and how health is spread."""

from __future__ import annotations

from experiments.analysis.economics import STRATA
from experiments.figures import groups
from experiments.figures.concentration import can_draw, draw_concentration
from experiments.figures.groups import MEASURES as SHOWN
from experiments.figures.groups import draw_groups
from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.labels import LEVELS_IN_WORDS
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME

TITLE = "Equity"
MILLION = 1e6
MEASURES = (*SHOWN, "people", "qalys_a_year", "qalys_per_1000_py")
HEADS = {
    "race": "Race and ethnicity",
    "language": "Language",
    "rurality": "Rurality",
    "disability": "Disability (basis of eligibility)",
}


def write(page: Page) -> None:
    """Levels and differences by group, and the distributional summary."""
    page.add(
        html.paragraph(
            "Race, ethnicity and language act in the model through exposure, access and treatment, never as biology. "
            "Groups are small in small samples: read their intervals."
        )
    )
    summary, point = page.first_summary()
    if point:
        page.add(html.paragraph(f"At {point}.", "note"))
    arms = list(page.reading.arms)
    if len(arms) > 1 and groups.can_draw(summary, page.outputs.about):
        page.figure(
            "groups",
            "Paired differences by race and ethnicity, rurality and disability.",
            "A panel for each of four measures, a row for each group, a mark with its interval for each arm; the "
            "numbers are in the table of differences by group.",
            draw_groups, summary, arms, page.about_first,
        )  # fmt: skip
    if can_draw(summary, arms, page.outputs.about):
        page.figure(
            "concentration",
            "Concentration curves by race and ethnicity: % of the total minus % of members, most need first.",
            "A panel for each measure, a curve for each arm; a flat line is equality (indices: equity.csv).",
            draw_concentration, summary, arms, page.about_first,
        )  # fmt: skip
    for stratum in STRATA:
        _groups(page, summary, stratum)
    if page.compares and not (page.economics.refused or page.reading.no_sample):
        _distribution(page)


def _groups(page: Page, summary: Frame, stratum: str) -> None:
    here = summary[(summary["stratum"] == stratum) & summary["measure"].isin(MEASURES)]
    known = set(here.loc[here["estimate"].notna(), "level"])
    empty = [_group(level) for level in dict.fromkeys(here["level"]) if level not in known]
    here = here[here["level"].isin(known)].copy()
    if not len(here):
        page.add(html.paragraph(f"By {HEADS[stratum].lower()}: nothing was reported.", "note"))
        return
    here["group"] = [_group(level) for level in here["level"]]
    here["label"] = [BY_NAME[m].label for m in here["measure"]]
    scale = [100 if unit == "share" else 1 for unit in here["unit"]]
    for name in ("estimate", "low", "high"):
        here[name] = here[name] * scale
    here["unit"] = ["points" if u == "share" and c else "%" if u == "share" else u
                    for u, c in zip(here["unit"], here["contrast"], strict=True)]  # fmt: skip
    here["kind"] = ["difference" if contrast else "level" for contrast in here["contrast"]]
    number = html.significant(4)
    columns = [
        html.Column("group", HEADS[stratum]),
        html.Column("label", "Measure"),
        html.Column("unit", "Unit"),
        html.Column("arm", "Arm", in_words, text=True),
        html.Column("kind", "Kind"),
        html.Column("estimate", "Estimate", number),
        html.Column("low", "Low", number),
        html.Column("high", "High", number),
    ]
    kept = ["stratum", "level", "measure", "arm", "contrast", *(column.key for column in columns)]
    page.table(
        f"groups_{stratum}",
        f"By {HEADS[stratum].lower()}: levels and differences{_intervals(page)}",
        here[list(dict.fromkeys(kept))],
        columns,
        f"Left out, because nobody is in them: {', '.join(empty)}." if empty else "",
        fold=f"Table: {HEADS[stratum].lower()}",
    )


def _intervals(page: Page) -> str:
    """What the low and high of a table are."""
    if page.no_range:
        return ""
    return ", with the range of 95% of draws" if page.draws else ", 95% intervals"


def _group(level: str) -> str:
    return LEVELS_IN_WORDS.get(level, in_words(level))


def _distribution(page: Page) -> None:
    table = page.economics.equity()
    table["head"] = table["stratum"].map(HEADS)
    table = table[table["mean_health"].notna()]
    columns = [
        html.Column("head", "Groups by"),
        html.Column("strategy", "Strategy", in_words, text=True),
        html.Column("mean_health", "QALYs a year for each person", html.fixed(4)),
        html.Column("equal_health", "As good, if equal", html.fixed(4)),
        html.Column("atkinson_index", "Atkinson index", html.significant(2)),
        html.Column("qalys_gained", "QALYs gained", html.fixed(1, sign=True)),
        html.Column("net_benefit_usd", "Net benefit, million USD", html.fixed(1, MILLION, sign=True)),
        html.Column(
            "equity_weighted_net_benefit_usd", "Equity-weighted, million USD", html.fixed(1, MILLION, sign=True)
        ),
    ]
    aversion = page.economics.terms.inequality_aversion
    note = (
        f"Aversion to inequality {aversion:g} (Atkinson; parameters.economics.inequality_aversion). Health is QALYs in "
        "a year of all who live in a group under the baseline, on cover or off: who dies has none. It is of the years "
        "of the run, so that gaps in life expectancy look smaller than they are. QALYs are not discounted; costs are "
        "resources used. The tables by group show QALYs of everybody in a group: a total, and a rate given survival."
    )
    page.table("distribution", "Distribution of health, and equity-weighted net benefit", table, columns, note)
