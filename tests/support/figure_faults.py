"""What is wrong with a figure as it is drawn: asked of matplotlib's renderer, not of a reader's eye."""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SLACK = 0.01  # inches that boxes of neighbors may share: they hold the room for descenders
LEAST_TYPE = 5.5  # points
UNITS = ("USD", "%", "point", "per 1,000", "month", "year", "QALY", "Probability", "correlation", "thousand", "part of",
         "needs", "effect", "with against without")  # fmt: skip


def faults(figure: Figure) -> list[str]:
    """Every fault of a figure, in words; none if it may be printed."""
    texts = _drawn_texts(figure)
    return [
        *_clipped(figure, texts),
        *_overprinted(figure, texts),
        *_small(texts),
        *_repeated_colors(figure),
        *_without_source(figure),
        *_without_unit(figure, texts),
    ]


def keys(figure: Figure) -> dict[str, tuple[str, str]]:
    """From each label of the figure's legends to its color and hatch."""
    found = {}
    for legend in figure.findobj(Legend):
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            filled = isinstance(handle, Patch)
            color = handle.get_facecolor() if filled else handle.get_color()
            found[" ".join(text.get_text().split())] = to_hex(color), (handle.get_hatch() or "") if filled else ""
    return found


def _drawn_texts(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text that reaches the paper, with its box in pixels."""
    canvas, drawn, plain = FigureCanvasAgg(figure), [], Text.draw

    def note(text, renderer, *rest, **more):
        if text.get_visible() and text.get_text().strip():
            drawn.append(text)
        return plain(text, renderer, *rest, **more)

    Text.draw = note
    try:
        figure.draw_without_rendering()
    finally:
        Text.draw = plain
    renderer = canvas.get_renderer()
    return [(text, text.get_window_extent(renderer)) for text in dict.fromkeys(drawn)]


def _said(text: Text) -> str:
    return repr(text.get_text()[:60])


def _clipped(figure: Figure, texts: list[tuple[Text, Bbox]]) -> list[str]:
    paper = figure.bbox.padded(SLACK * figure.dpi)
    found = [f"clipped by the canvas: {_said(text)}" for text, box in texts if not _inside(box, paper)]
    renderer, edge = figure.canvas.get_renderer(), figure.bbox.padded(6 * SLACK * figure.dpi)
    legends = [legend.get_window_extent(renderer) for legend in figure.findobj(Legend)]
    return found + ["a legend is clipped by the canvas" for box in legends if not _inside(box, edge)]


def _inside(box: Bbox, paper: Bbox) -> bool:
    return box.x0 >= paper.x0 and box.y0 >= paper.y0 and box.x1 <= paper.x1 and box.y1 <= paper.y1


def _overprinted(figure: Figure, texts: list[tuple[Text, Bbox]]) -> list[str]:
    found = []
    boxes = [(text, box.padded(-SLACK * figure.dpi)) for text, box in texts]
    for (one, here), (other, there) in combinations(boxes, 2):
        if here.overlaps(there):
            found.append(f"{_said(one)} overprints {_said(other)}")
    for axes in _shown(figure):
        frame, own = axes.get_window_extent().padded(-SLACK * figure.dpi), set(axes.findobj(Text)) - _in_legends(figure)
        for text, box in boxes:
            if text not in own and box.overlaps(frame):
                found.append(f"{_said(text)} lies on the panel {axes.get_title('left')!r} of another")
    return found


def _in_legends(figure: Figure) -> set[Text]:
    return {text for legend in figure.findobj(Legend) for text in legend.findobj(Text)}


def _small(texts: list[tuple[Text, Bbox]]) -> list[str]:
    return [
        f"type of {text.get_fontsize()} points: {_said(text)}" for text, _ in texts if text.get_fontsize() < LEAST_TYPE
    ]


def _repeated_colors(figure: Figure) -> list[str]:
    of_color: dict[str, list[str]] = {}
    for label, (color, _) in keys(figure).items():
        of_color.setdefault(color, []).append(label)
    return [f"{color} stands for {' and '.join(labels)}" for color, labels in of_color.items() if len(labels) > 1]


def _without_source(figure: Figure) -> list[str]:
    below = " ".join(text.get_text() for text in figure.texts)
    return [] if "ccosim" in below and "scenario" in below else ["no footer with its source"]


def _without_unit(figure: Figure, texts: list[tuple[Text, Bbox]]) -> list[str]:
    """Axes of numbers need a unit: on their own label, or on that of the panel at the edge of their row or column."""
    there = {text for text, _ in texts}
    labels: dict[str, list[tuple[Text, Axes]]] = {"x": [], "y": []}
    for axes in _shown(figure):
        for which, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            if axis.label in there:
                labels[which].append((axis.label, axes))
    found = []
    for axes in _shown(figure):
        for which, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            numbers = [tick for tick in axis.get_ticklabels() if tick in there and _is_number(tick.get_text())]
            if not numbers or getattr(axis.get_major_formatter(), "seq", None):  # names of rows
                continue
            own = axis.label if axis.label in there else None
            said = f"{own.get_text() if own else ''} {axes.get_title('left')}"
            near = [*([own] if own else []), *(one for one, its in labels[which] if _beside(its, axes, which))]
            if not near:
                found.append(f"no {which} label: {said.strip()!r}")
            elif not any(unit.lower() in one.get_text().lower() for one in near for unit in UNITS):
                found.append(f"no unit on the {which} axis: {near[0].get_text()!r}")
            elif "correlation" in said and "USD" in said:
                found.append(f"a unit on a correlation: {said!r}")
    return found


def _beside(other: Axes, axes: Axes, which: str) -> bool:
    """Whether both stand in one row (y) or column (x)."""
    mine, its = axes.get_position(), other.get_position()
    return np.isclose(mine.y0, its.y0, atol=0.01) if which == "y" else np.isclose(mine.x0, its.x0, atol=0.01)


def _is_number(text: str) -> bool:
    plain = text.replace("\N{MINUS SIGN}", "-").replace(",", "").replace("$", "").replace("\\mathdefault{", "")
    try:
        float(plain.strip("{}%"))
    except ValueError:
        return False
    return True


def _shown(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible() and axes.axison]
