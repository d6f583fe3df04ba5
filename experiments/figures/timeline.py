"""What is in force when: a strip of the run's months for each key that changes, arm by arm."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from experiments.figures.style import SMALL_TYPE, TWO_COLUMNS, About, footer, sheet, within
from experiments.terminal.tables import in_words
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.scenario.in_force import Span

ROW, MARGIN, LABEL, FRAME = 0.36, 0.6, 1.9, 5.0  # inches of a row, of the axis, of a label, and of the strip
MOST_ROWS = 16
SHADES = ("#DDDDDD", "#9AD0F5", "#F5D58A", "#A8DDB5", "#E8B4CF")


def draw_timeline(spans: Mapping[str, Sequence[Span]], months: int, year: int | None, about: About) -> Figure:
    """Return the strips: a row for each key, each span with its value in it."""
    rows = [(arm, key) for arm, of_arm in spans.items() for key in dict.fromkeys(span.key for span in of_arm)]
    hidden = max(0, len(rows) - MOST_ROWS)
    rows = rows[:MOST_ROWS]
    figure = sheet(TWO_COLUMNS, MARGIN + ROW * len(rows))
    axes = figure.subplots()
    for y, (arm, key) in enumerate(rows):
        of_row = [span for span in spans[arm] if span.key == key]
        shades = {value: i for i, value in enumerate(dict.fromkeys(span.value for span in of_row))}
        for span in of_row:
            place, wide = shades[span.value] % len(SHADES), span.last + 1 - span.first
            axes.barh(
                y, wide, left=span.first, height=0.8, color=SHADES[place], edgecolor="#444444", linewidth=0.4
            )  # fmt: skip
            room = FRAME * wide / months
            words = within(span.value, room, SMALL_TYPE).split("\n")
            if room > 0.2 and max(map(len, words)) <= max(2, 117 * room / SMALL_TYPE):
                text = "\n".join(words[:2]) + (" ..." if len(words) > 2 else "")
                axes.text(span.first + wide / 2, y, text, ha="center", va="center", fontsize=SMALL_TYPE)
    labels = [within(f"{in_words(arm)}: {key}" if len(spans) > 1 else key, LABEL, SMALL_TYPE) for arm, key in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", labelsize=SMALL_TYPE, length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, months)
    ticks = range(0, months + 1, MONTHS_PER_YEAR)
    axes.set_xticks(ticks, [str(tick) if year is None else str(year + tick // MONTHS_PER_YEAR) for tick in ticks])
    axes.set_xlabel("Month of the run" if year is None else "Year (January)")
    more = f" {hidden} further keys that change are in the table." if hidden else ""
    footer(figure, about, note=f"What changes during the run; all else stays as it is.{more}", intervals=False)
    return figure
