"""For whom: paired differences by race and ethnicity, and by rurality."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import (
    TWO_COLUMNS,
    About,
    Look,
    footer,
    in_parts,
    legend,
    looks,
    marks,
    scale_of,
    sheet,
    unit_of,
    within,
)
from experiments.terminal.labels import LEVELS_IN_WORDS
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.schema import STRATA

MEASURES = ("pmpm_medical", "ed_visits_per_1000_mm", "unmet_need_share", "needs_any_share")
STRATA_SHOWN = ("race", "rurality", "disability")
ROW, LOW_ROW, MARK, LABEL, PANEL, TICKS = 0.34, 0.24, 0.058, 1.1, 1.3, 4  # inches, and ticks of a panel
NOTE = "Each row of panels shows some of the arms, in the order of the legend. "


def draw_groups(summary: Frame, arms: list[str], about: About) -> Figure:
    """A panel for each measure, a row for each group, a mark with its interval for each arm; empty groups are named."""
    paired = summary[(summary["contrast"] == about.baseline) & summary["measure"].isin(MEASURES)]
    known = set(paired.loc[paired["estimate"].notna(), ["stratum", "level"]].itertuples(index=False, name=None))
    every = [("all", "all"), *((stratum, level) for stratum in STRATA_SHOWN for level in STRATA[stratum])]
    groups = [group for group in every if group in known] or every[:1]
    others = [arm for arm in arms if arm != about.baseline]
    style, parts = looks(arms, about), in_parts(others)
    row = max(ROW, MARK * len(parts[0])) if len(parts) == 1 else LOW_ROW
    height = row * (max(_places(groups)) + 0.2)
    figure = sheet(TWO_COLUMNS, (height + 0.6) * len(parts))
    bands = figure.subplots(len(parts), len(MEASURES), sharex="col", sharey=True, squeeze=False)
    for band, part in zip(bands, parts, strict=True):
        for axes, measure in zip(band, MEASURES, strict=True):
            _marks(axes, paired[paired["measure"] == measure], groups, {arm: style[arm] for arm in part})
    for axes, measure in zip(bands[0], MEASURES, strict=True):
        axes.set_title(within(BY_NAME[measure].label, PANEL), fontsize=7.5)
    for axes, measure in zip(bands[-1], MEASURES, strict=True):
        axes.set_xlabel(within(f"Difference, {unit_of(measure, difference=True)}", PANEL))
        axes.xaxis.set_major_locator(MaxNLocator(TICKS))
    bands[0, 0].set_yticks(_places(groups), [within(_name(*group), LABEL) for group in groups])
    bands[0, 0].set_ylim(max(_places(groups)) + 0.6, min(_places(groups)) - 0.6)
    legend(figure, style, others, lines=False, title=about.contrast)
    empty = [_name(*group) for group in every if group not in known]
    note = NOTE if len(parts) > 1 else ""
    footer(figure, about, note=f"{note}No difference is known for: {', '.join(empty)}." if empty else note)
    return figure


def can_draw(summary: Frame, about: About) -> bool:
    """Return whether a difference is known for any group: a sweep may keep none."""
    here = (summary["contrast"] == about.baseline) & summary["measure"].isin(MEASURES)
    return bool((here & summary["stratum"].isin(STRATA_SHOWN) & summary["estimate"].notna()).any())


def _marks(axes: Axes, found: Frame, groups: list[tuple[str, str]], style: dict[str, Look]) -> None:
    """Draw the marks of some arms in one panel, and the lines between its rows."""
    rows = {(row.arm, row.stratum, row.level): row for row in found.itertuples()}
    ys, scale = _places(groups), scale_of(found["measure"].iloc[0]) if len(found) else 1.0
    for place, (arm, its) in enumerate(style.items()):
        offset = 0.7 * ((place + 0.5) / len(style) - 0.5)
        here = [(y + offset, rows.get((arm, *group))) for group, y in zip(groups, ys, strict=True)]
        shown = [(scale * r.estimate, y, scale * r.low, scale * r.high) for y, r in here if r is not None]
        marks(axes, shown, its)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    for y, following in pairwise(ys):
        axes.axhline((y + following) / 2, color="#E3E3E3" if following - y == 1 else "#8C8C8C", linewidth=0.5)


def _name(stratum: str, level: str) -> str:
    """What a group is called."""
    return LEVELS_IN_WORDS.get(level, in_words(level))


def _places(groups: list[tuple[str, str]]) -> list[float]:
    """Heights of the rows, with a gap between strata."""
    heights, height, before = [], 0.0, groups[0][0]
    for stratum, _ in groups:
        height += 1.0 if stratum == before else 1.5
        before = stratum
        heights.append(height)
    return heights
