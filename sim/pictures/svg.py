"""The pieces of every picture: a frame with title and description, text, lines, and what each color means."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

# One meaning each, on all pictures: an arm, or whether a difference is good. Color-blind readers tell the two of a pair
# apart; a dashed line, a sign or the side of a line says the same without color.
ARM_A, ARM_B = "#0072B2", "#D55E00"
BETTER, WORSE = "#1B7837", "#762A83"
DASH = "6 4"
GREY, FAINT = "#444444", "#ddd"
MILLION, PERCENT = 1e6, 100.0
TEXT = 12  # smallest letters, in pixels at full size


def picture(width: float, height: float, title: str, about: str, body: str) -> str:
    """Return one SVG picture; ``about`` says in words what is to be seen."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="{TEXT}">'
        f"<title>{escape(title)}</title><desc>{escape(about)}</desc>{body}</svg>"
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", fill: str = "#111", bold: bool = False) -> str:
    """Return a line of text, escaped."""
    weight = ' font-weight="600"' if bold else ""
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{placed} fill="{fill}"{weight}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, color: str = FAINT) -> str:
    """Return a thin straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def in_sections(rows: Sequence[Any], y: float, height: float, draw: Callable[[Any, float], str]) -> tuple[str, float]:
    """Return rows, each as it is drawn at its place, under the head of their ``section``; and where they end."""
    body, section = "", None
    for row in rows:
        if row.section != section:
            section = row.section
            body += text(0, y + height, section, bold=True)
            y += height + 8
        body += draw(row, y)
        y += height
    return body, y


def tone(gap: float, higher_is_better: bool | None) -> str:
    """Return the color of a difference, B - A: better, worse, or grey where neither is."""
    if higher_is_better is None:
        return GREY
    return BETTER if (gap > 0) == higher_is_better else WORSE


def sides(higher_is_better: bool | None) -> tuple[str, str]:
    """Return what it means that B is below and above A."""
    known = {None: ("less in B", "more in B"), True: ("B worse", "B better"), False: ("B better", "B worse")}
    return known[higher_is_better]


def in_percent(unit: str) -> tuple[float, str]:
    """Return by how much to multiply values for reading, and their unit then: a share is read in percent."""
    is_share = unit.partition(" ")[0] == "share"
    return (PERCENT, unit.replace("share", "%", 1)) if is_share else (1.0, unit)


def short(value: float) -> str:
    """Return a number in four digits, with commas; millions are said as such."""
    if abs(value) >= MILLION:
        return f"{value / MILLION:.4g} M"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
