"""How every figure looks: journal widths, colors that the color-blind tell apart, and marks that survive gray."""

import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from colorsys import hls_to_rgb
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.typing import LineStyleType

from experiments.terminal.labels import counted
from experiments.terminal.tables import FEWEST_DRAWS, in_midst, in_words, setting_in_words
from sim.measures.measures import BY_NAME

ONE_COLUMN, TWO_COLUMNS = 3.5, 7.0  # inches
SLIDE = 16 / 9  # width of a slide by its height
DPI = 300
KINDS = ("png", "pdf")
FOOT = 0.2  # inches of a footer besides its lines
LINE = 0.11  # inches for each line
WIDTH_OF_TYPE = 117  # letters of 1 point in an inch
SMALL_TYPE, TYPE = 6.0, 7.5
MOST_COLUMNS = 6  # of a legend
SNUG = 0.98  # of the room that a legend may fill: a PDF spaces its letters a little wider
HANDLE = 0.5  # inches that a legend needs beside its words
MOST_MARKS = 8  # that a row tells apart

# Okabe and Ito's colors, ordered so that neighbors also differ in lightness; then the farthest from all before.
COLORS = (
    "#000000", "#0072B2", "#D55E00", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#7A7A7A", "#1F1FE0", "#22C322",
    "#E64DE6", "#440066", "#C40D4A", "#666600", "#AACC44", "#662200", "#EEAA88", "#004422", "#7744CC", "#F0D000",
)  # fmt: skip
GOLDEN, LIGHTNESS, SATURATION = 0.618, (0.3, 0.42, 0.54, 0.66), 0.8  # of further colors
LINES: tuple[LineStyleType, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1, 1)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (8, 3)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*", "d", "8")
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
    placed: bool = False  # draws are the points of a design that explores, of which no range can be given
    arms: tuple[str, ...] = ()  # every arm or strategy of the study, in its order
    setting: str = ""  # of the levers, in a figure of arms at one of several

    @property
    def contrast(self) -> str:
        """What a difference is taken from."""
        what = f"Difference from {in_midst(self.baseline)}"
        if self.draws > 1:
            bars = f"; bars hold 95% of {self.draws:,} draws" if self._has_range else ""
            return f"{what}, same draw and seed{bars}"
        return f"{what}, paired by seed{', with 95% interval' if self.seeds > 1 else ''}"

    @property
    def _has_range(self) -> bool:
        return self.draws >= FEWEST_DRAWS and not self.placed

    def footer(self, intervals: bool, width: float) -> list[str]:
        """Sample, intervals and source, in lines for a figure of this width in inches."""
        replicates = f"{counted(self.seeds, 'seed')} per arm"
        if self.draws > 1:
            replicates = f"{self.draws:,} draws of the parameters, {replicates} and draw"
        shown = "95% intervals" if intervals else "means"
        if not self._has_range if self.draws > 1 else self.seeds == 1:
            shown = "no intervals"
        sample = f"{self.sampled:,} sampled members per run, " if self.sampled else ""
        where = f"At {setting_in_words(self.setting)}. " if self.setting else ""
        what = f"{where}{replicates}, {sample}{self.months} months; {shown}. Synthetic population."
        source = f"ccosim {self.version}, scenario {self.digest[:12]}."
        return [line for text in (what, source) for line in lines_of(text, width, SMALL_TYPE)]

    def place(self, name: str) -> int | None:
        """The place of an arm or strategy; an arm has that of its strategy at the first setting of the levers."""
        rest = (arm for arm in self.arms if arm != self.baseline)
        order = self.arms if self.arms and _arm(self.arms[0]) == self.baseline else (self.baseline, *rest)
        exact = (i for i, arm in enumerate(order) if arm == name)
        return next(exact, next((i for i, arm in enumerate(order) if _arm(arm) == name), None))


def _arm(strategy: str) -> str:
    """The arm of a strategy, which names the setting of its levers in brackets."""
    return strategy.partition(" (")[0]


@dataclass(frozen=True)
class Look:
    """One arm's color, line, marker and hatch."""

    color: str
    line: LineStyleType
    marker: str
    hatch: str


@dataclass(frozen=True)
class Fill:
    """How one part of a bar is filled, and what it is called."""

    label: str
    color: str
    hatch: str


PAYERS = {  # the same in every figure; no other bars have these colors
    "state": Fill("State", "#56B4E9", ""),
    "federal": Fill("Federal", "#0072B2", "////"),
    "medicare": Fill("Medicare", "#E69F00", "...."),
    "third_party": Fill("Third parties", "#F0E442", "xxxx"),
    "outside": Fill("Outside funders", "#009E73", "\\\\\\\\"),
    "other_insurance": Fill("Other insurance", "#7F3C8D", "oooo"),
    "uncompensated": Fill("Uncompensated care", "#999999", "----"),
}


def look(place: int) -> Look:
    """The look of the arm in this place; the baseline has place 0. No two places share a color."""
    return Look(_color(place), LINES[place % len(LINES)], MARKERS[place % len(MARKERS)], HATCHES[place % len(HATCHES)])


def _color(place: int) -> str:
    if place < len(COLORS):
        return COLORS[place]
    return to_hex(hls_to_rgb(place * GOLDEN % 1, LIGHTNESS[place % len(LIGHTNESS)], SATURATION))


def looks(names: Sequence[str], about: About) -> dict[str, Look]:
    """A look for each arm or strategy, the same in every figure of a study."""
    places: dict[str, int] = {}
    for name in names:
        known = about.place(name)
        free = max([len(about.arms) - 1, 0, *places.values()]) + 1
        places[name] = free if known is None or known in places.values() else known
    return {name: look(place) for name, place in places.items()}


def marks(axes: Axes, rows: Sequence[tuple[float, float, float, float]], its: Look) -> None:
    """Marks of one arm, each ``(x, y, low, high)``, with its interval along x; none where the ends are NaN."""
    if not rows:
        return
    x, y, low, high = np.array(rows, float).T
    axes.errorbar(
        x, y, xerr=np.abs([x - low, high - x]), color=its.color, marker=its.marker, linestyle="none", capsize=2,
        elinewidth=0.9,
    )  # fmt: skip


def in_parts(names: Sequence[str]) -> list[list[str]]:
    """The names in parts of one size, none with more marks than a row tells apart."""
    parts = -(-len(names) // MOST_MARKS) or 1
    size = -(-len(names) // parts) or 1
    return [list(names[i : i + size]) for i in range(0, len(names), size)] or [[]]


@contextmanager
def styled() -> Iterator[None]:
    """Draw without a screen and whatever the user's own settings are."""
    with mpl.rc_context():
        usual = {key: value for key, value in mpl.rcParamsDefault.items() if key != "backend"}
        mpl.rcParams.update(usual | SETTINGS)  # `rcdefaults` would read the files of thirty other styles
        yield


def unit_of(measure: str, *, difference: bool = False) -> str:
    """The unit of a measure on an axis; shares are drawn in percent."""
    unit = BY_NAME[measure].unit
    if unit == "share":
        return "percentage points" if difference else "%"
    return unit


def scale_of(measure: str) -> float:
    return 100.0 if BY_NAME[measure].unit == "share" else 1.0


def sheet(width: float, height: float) -> Figure:
    """An empty figure: the height is that of its panels; a legend and a footer add their own."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")  # letters are measured as they are printed


class _Wrapper(textwrap.TextWrapper):
    """Breaks at spaces and hyphens, and within the keys of scenarios: after a dot, an underscore or an equals sign."""

    wordsep_re = re.compile(r"([ ]+|(?<=[._=])(?=[a-z])|(?<=[a-z]-)(?=[a-z]))")


def lines_of(text: str, width: float, size: float = TYPE) -> list[str]:
    """The text in lines of at most ``width`` inches of this type."""
    return _Wrapper(max(1, int(WIDTH_OF_TYPE * width / size))).wrap(text)


def within(text: str, width: float, size: float = TYPE) -> str:
    """The text, broken so that it is at most ``width`` inches wide."""
    return "\n".join(lines_of(text, width, size))


def width_of(text: Text) -> float:
    """The width of a text in inches, as it is drawn."""
    figure = text.get_figure(root=True)
    assert figure is not None
    return float(text.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / figure.dpi)


def key(place: Figure | Axes, handles: Sequence[Artist], room: float, **options: Any) -> float:
    """A legend in as many columns as ``room`` inches hold; the figure grows by its height, which is returned."""
    figure = place.get_figure(root=True)
    assert isinstance(figure, Figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    for handle in handles:
        handle.set_label(within(str(handle.get_label()), room - HANDLE))
    for columns in range(min(MOST_COLUMNS, len(handles)), 0, -1):
        made = place.legend(handles=list(handles), ncols=columns, alignment="left", **options)
        box = made.get_window_extent(renderer)
        if columns == 1 or box.width <= SNUG * room * figure.dpi:
            break
        made.remove()
    height = float(box.height / figure.dpi)
    figure.set_figheight(figure.get_figheight() + height)
    return height


def legend(figure: Figure, arms: Mapping[str, Look], names: Sequence[str], *, lines: bool, title: str = "") -> None:
    """One legend of arms for the whole figure, above its panels."""
    handles = [
        Line2D([], [], color=arms[name].color, linestyle=arms[name].line if lines else "none",
               marker=arms[name].marker, label=in_words(name))
        for name in names
    ]  # fmt: skip
    width = figure.get_figwidth()
    heading = within(title, width - HANDLE) or None
    where = {"loc": "outside upper left", "handlelength": 3 if lines else 1}
    key(figure, handles, width, title=heading, title_fontsize=TYPE, **where)


def fills(figure: Figure, parts: Sequence[Fill]) -> None:
    """One legend of parts of bars for the whole figure, above its panels."""
    key(figure, patches(parts), figure.get_figwidth(), loc="outside upper left", handlelength=1.6)


def patches(parts: Sequence[Fill]) -> list[Patch]:
    """What a legend shows of parts of bars."""
    return [Patch(fc=one.color, hatch=one.hatch, ec="black", lw=0.4, label=one.label) for one in parts]


def footer(figure: Figure, about: About, *, intervals: bool = True, note: str = "") -> None:
    """What a reader must know of this figure, then sample, intervals and source, below the panels, added to them."""
    width = figure.get_figwidth()
    lines = [*lines_of(note, width, SMALL_TYPE), *about.footer(intervals, width)]
    foot = FOOT + LINE * len(lines)
    height = figure.get_figheight() + foot
    figure.set_figheight(height)
    layout = figure.get_layout_engine()
    assert isinstance(layout, ConstrainedLayoutEngine)
    layout.set(rect=(0, foot / height, 1, 1 - foot / height))
    text = "\n".join(lines)
    figure.text(0.01, 0.06 / height, text, fontsize=SMALL_TYPE, color="#444444", va="bottom", ha="left")


def as_slide(figure: Figure) -> Figure:
    """Make a figure as wide or as high as a slide is: panels grow, nothing shrinks, so that nothing overprints."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(max(width, height * SLIDE), max(height, width / SLIDE))
    layout = figure.get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine) and (rect := layout.get()["rect"])[1]:
        foot = rect[1] * height / figure.get_figheight()
        layout.set(rect=(0, foot, 1, 1 - foot))
    return figure


def saved(figure: Figure, about: About, kinds: Sequence[str] = KINDS) -> dict[str, bytes]:
    """The figure in each format, without dates: the same numbers give the same bytes."""
    source = f"ccosim {about.version}, scenario {about.digest}"
    described: dict[str, Any] = {
        "png": {"Software": source, "Description": about.title or source},
        "pdf": {
            "Creator": source,
            "Subject": about.title,
            "CreationDate": None,
            "ModDate": None,
            "Producer": "ccosim",
        },
    }
    found = {}
    if "png" in kinds:  # `savefig` would draw everything once more before, to find the places
        FigureCanvasAgg(figure).print_png(file := io.BytesIO(), metadata=described["png"])
        found["png"] = file.getvalue()
    else:
        figure.draw_without_rendering()
    figure.set_layout_engine(None)  # the places are found: not again for each format
    for kind in kinds:
        if kind not in found:
            figure.savefig(file := io.BytesIO(), format=kind, metadata=described[kind])
            found[kind] = file.getvalue()
    return found
