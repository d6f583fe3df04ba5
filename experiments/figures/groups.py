"""For whom: paired differences by race and ethnicity, and by rurality."""

from itertools import pairwise

from matplotlib.figure import Figure

from experiments.figures.style import TWO_COLUMNS, About, footer, legend, looks, mark, scale_of, unit_of
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.schema import STRATA

MEASURES = ("pmpm_medical", "ed_visits_per_1000_mm", "unmet_need_share", "needs_any_share")
STRATA_SHOWN = ("race", "rurality", "disability")
SHORT = " per\n1,000 "
WORDS = {
    "aian": "American Indian,\nAlaska Native",
    "asian": "Asian",
    "nhpi": "Native Hawaiian,\nPacific Islander",
    "black": "Black",
    "hispanic": "Hispanic",
    "white": "White",
    "multiple_other": "Multiple, other",
    "all": "All members",
    "no": "Not disabled",
    "yes": "Disabled (eligibility)",
}


def draw_groups(summary: Frame, arms: list[str], about: About) -> Figure:
    """A panel for each measure, a row for each group, a mark with its interval for each arm."""
    groups = [("all", "all"), *((stratum, level) for stratum in STRATA_SHOWN for level in STRATA[stratum])]
    ys = _places(groups)
    others = [arm for arm in arms if arm != about.baseline]
    style = looks(arms, about.baseline)
    figure = Figure(figsize=(TWO_COLUMNS, 5.2), layout="constrained")
    panels = figure.subplots(1, len(MEASURES), sharey=True)
    paired = summary[summary["contrast"] == about.baseline]
    for axes, measure in zip(panels, MEASURES, strict=True):
        found, scale = paired[paired["measure"] == measure], scale_of(measure)
        rows = {(row.arm, row.stratum, row.level): row for row in found.itertuples()}
        for place, arm in enumerate(others):
            offset = 0.6 * ((place + 0.5) / len(others) - 0.5)
            for group, y in zip(groups, ys, strict=True):
                row = rows.get((arm, *group))
                if row is not None:
                    mark(axes, (scale * row.estimate, y + offset), (scale * row.low, scale * row.high), style[arm])
        axes.axvline(0, color="black", linewidth=0.8)
        axes.grid(axis="x")
        axes.set_title(BY_NAME[measure].label, fontsize=7.5)
        axes.set_xlabel(f"difference,\n{unit_of(measure, difference=True).replace(' per 1,000 ', SHORT)}")
    panels[0].set_yticks(ys, [WORDS.get(level, in_words(level)) for _, level in groups])
    panels[0].set_ylim(max(ys) + 0.6, min(ys) - 0.6)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
        for y, following in pairwise(ys):
            axes.axhline((y + following) / 2, color="#E3E3E3" if following - y == 1 else "#8C8C8C", linewidth=0.5)
    legend(figure, style, others, in_words, lines=False, title=about.contrast)
    footer(figure, about)
    return figure


def _places(groups: list[tuple[str, str]]) -> list[float]:
    """Heights of the rows, with a gap between strata."""
    heights, height, before = [], 0.0, groups[0][0]
    for stratum, _ in groups:
        height += 1.0 if stratum == before else 1.5
        before = stratum
        heights.append(height)
    return heights
