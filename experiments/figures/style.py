"""How every figure looks: journal widths, colors that the color-blind tell apart, and marks that survive gray."""

import io
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from experiments.terminal.labels import counted
from experiments.terminal.tables import FEWEST_DRAWS, in_midst
from sim.measures.measures import BY_NAME

ONE_COLUMN, TWO_COLUMNS = 3.5, 7.0  # inches
DPI = 300
SCREEN_DPI = 150
FOOT = 0.42  # inches kept for a footer of two lines
LINE = 0.11  # inches for each further line
LETTERS_PER_INCH = 19.5  # of the footer's type

# Okabe and Ito's colors, ordered so that neighbors also differ in lightness.
COLORS = ("#000000", "#0072B2", "#D55E00", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#7A7A7A")
LINES: tuple[LineStyleType, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1, 1)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (8, 3)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----", "++++", "oooo", "||||", "**")

SETTINGS: Any = {  # matplotlib types each key apart
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same picture on every machine
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.6,
    "hatch.linewidth": 0.5,
    "grid.color": "#D9D9D9",
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "pdf.fonttype": 42,
    "savefig.dpi": DPI,
}


@dataclass(frozen=True)
class About:
    """What a figure says about its numbers."""

    baseline: str
    seeds: int
    sampled: int
    months: int
    version: str
    digest: str
    title: str = ""
    draws: int = 1

    @property
    def contrast(self) -> str:
        """What a difference is taken from."""
        what = f"Difference from {in_midst(self.baseline)}"
        if self.draws > 1:
            bars = f"; bars hold 95% of {self.draws:,} draws" if self.draws >= FEWEST_DRAWS else ""
            return f"{what}, same draw and seed{bars}"
        return f"{what}, paired by seed{', with 95% interval' if self.seeds > 1 else ''}"

    def footer(self, intervals: bool, width: float) -> list[str]:
        """Sample, intervals and source, in lines for a figure of this width in inches."""
        replicates = f"{counted(self.seeds, 'seed')} per arm"
        if self.draws > 1:
            replicates = f"{self.draws:,} draws of the parameters, {replicates} and draw"
        shown = "95% intervals" if intervals else "means"
        if self.draws < FEWEST_DRAWS if self.draws > 1 else self.seeds == 1:
            shown = "no intervals"
        sample = f"{self.sampled:,} sampled members per run, " if self.sampled else ""
        what = f"{replicates}, {sample}{self.months} months; {shown}. Synthetic population."
        source = f"ccosim {self.version}, scenario {self.digest[:12]}."
        return [line for text in (what, source) for line in textwrap.wrap(text, int(LETTERS_PER_INCH * width))]


@dataclass(frozen=True)
class Look:
    """One arm's color, line, marker and hatch."""

    color: str
    line: LineStyleType
    marker: str
    hatch: str


def look(place: int) -> Look:
    """The look of the arm in this place; the baseline has place 0."""
    color, line = COLORS[place % len(COLORS)], LINES[place % len(LINES)]
    return Look(color, line, MARKERS[place % len(MARKERS)], HATCHES[place % len(HATCHES)])


def looks(arms: Sequence[str], baseline: str) -> dict[str, Look]:
    """A look for each arm, the same in every figure."""
    order = [baseline, *(arm for arm in arms if arm != baseline)]
    return {arm: look(place) for place, arm in enumerate(order)}


def mark(axes: Axes, at: tuple[float, float], ends: tuple[float, float], its: Look) -> None:
    """A mark at ``(x, y)`` with an interval from ``ends[0]`` to ``ends[1]`` along x; none where they are NaN."""
    x, y = at
    error = None if np.isnan(ends).any() else [[abs(x - ends[0])], [abs(ends[1] - x)]]
    axes.errorbar(
        x, y, xerr=error, color=its.color, marker=its.marker, linestyle="none", capsize=2, elinewidth=0.9
    )  # fmt: skip


@contextmanager
def styled() -> Iterator[None]:
    """Draw without a screen and whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def unit_of(measure: str, *, difference: bool = False) -> str:
    """The unit of a measure on an axis; shares are drawn in percent."""
    unit = BY_NAME[measure].unit
    if unit == "share":
        return "percentage points" if difference else "%"
    return unit


def scale_of(measure: str) -> float:
    return 100.0 if BY_NAME[measure].unit == "share" else 1.0


def legend(
    figure: Figure,
    arms: dict[str, Look],
    names: Sequence[str],
    words: Callable[[str], str],
    *,
    lines: bool,
    title: str | None = None,
    columns: int = 4,
) -> None:
    """One legend for the whole figure, above its panels."""
    handles = [
        Line2D(
            [],
            [],
            color=arms[name].color,
            linestyle=arms[name].line if lines else "none",
            marker=arms[name].marker,
            label=words(name),
        )
        for name in names
    ]
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=min(columns, len(handles)),
        handlelength=3 if lines else 1,
        title=title,
        title_fontsize=7.5,
        alignment="left",
    )


def footer(figure: Figure, about: About, *, intervals: bool = True, note: str = "") -> None:
    """What a reader must know of this figure, then sample, intervals and source, below the panels."""
    height, lines = figure.get_figheight(), textwrap.wrap(note, int(LETTERS_PER_INCH * figure.get_figwidth()))
    foot = FOOT + LINE * len(lines)
    layout = figure.get_layout_engine()
    assert isinstance(layout, ConstrainedLayoutEngine)
    layout.set(rect=(0, foot / height, 1, 1 - foot / height))
    text = "\n".join([*lines, *about.footer(intervals, figure.get_figwidth())])
    figure.text(0.01, 0.06 / height, text, fontsize=6, color="#444444", va="bottom", ha="left")


def as_png(figure: Figure) -> bytes:
    """The figure of a table that a verb prints, as PNG for a screen."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=SCREEN_DPI)
    return png.getvalue()


def saved(figure: Figure, about: About) -> dict[str, bytes]:
    """The figure as PNG and PDF, without dates: the same numbers give the same bytes."""
    source = f"ccosim {about.version}, scenario {about.digest}"
    png, pdf = io.BytesIO(), io.BytesIO()
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the places are found: not again for each format
    figure.savefig(png, format="png", metadata={"Software": source, "Description": about.title or source})
    figure.savefig(
        pdf,
        format="pdf",
        metadata={
            "Creator": source,
            "Subject": about.title,
            "CreationDate": None,
            "ModDate": None,
            "Producer": "ccosim",
        },
    )
    return {"png": png.getvalue(), "pdf": pdf.getvalue()}
