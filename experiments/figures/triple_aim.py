"""The Triple Aim on one page: cost, health and experience of each arm against the baseline."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import TWO_COLUMNS, About, footer, looks, marks, scale_of, sheet, unit_of, within
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame
from sim.measures.measures import BY_NAME
from sim.measures.side_by_side import read_table

AIMS = {
    "Cost: total spending": "pmpm_total",
    "Health: QALYs": "qalys_a_year",
    "Experience: easy to get care": "satisfied_share",
}
PANEL, LABEL = 1.7, 1.5  # inches of a panel's label, and of an arm's name
TICKS = 4


def draw_triple_aim(summary: Frame, arms: list[str], about: About) -> Figure:
    """A panel for each aim, a mark with its 95% interval for each arm; which way is better is said below."""
    table = read_table(summary, about.baseline, AIMS.values())
    rows = {(row.measure, row.arm): row for row in table.itertuples()}
    others = [arm for arm in arms if arm != about.baseline]
    style = looks(arms, about)
    figure = sheet(TWO_COLUMNS, 1.1 + 0.26 * len(others))
    panels = figure.subplots(1, len(AIMS), sharey=True)
    for axes, (aim, measure) in zip(panels, AIMS.items(), strict=True):
        scale = scale_of(measure)
        for y, arm in enumerate(others):
            row = rows.get((measure, arm))
            if row is not None:
                marks(axes, [(scale * row.difference, y, scale * row.low, scale * row.high)], style[arm])
        axes.axvline(0, color="black", linewidth=0.8)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.set_title(aim, fontsize=7.5)
        axes.xaxis.set_major_locator(MaxNLocator(TICKS))
        better = "right" if BY_NAME[measure].higher_is_better else "left"
        unit = within(f"Difference, {unit_of(measure, difference=True)}", PANEL)
        axes.set_xlabel(f"{unit}\n(better to the {better})")
    panels[0].set_yticks(range(len(others)), [within(in_words(arm), LABEL) for arm in others])
    panels[0].set_ylim(len(others) - 0.5, -0.5)
    figure.suptitle(within(about.contrast, TWO_COLUMNS), x=0.01, ha="left", fontsize=7)
    footer(figure, about)
    return figure
