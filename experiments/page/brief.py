"""A brief of two pages for a legislator: question, findings, who gains, what it hangs on, limits, sources."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.analysis.sources import evidence_rows, users
from experiments.page.sentences import EARLY, by_section, findings, is_clear, listed, not_sums, sorted_gains, state_pays
from sim.paths import conf_folder
from sim.pictures.svg import BETTER, WORSE
from sim.scenario.declared import declared_parameters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FINDINGS, MOST_SOURCES = 3, 8
STANDING = (
    "Figures are for learning and discussion: no decision should rest on one study.",
    "People, clinics and organizations are synthetic; no record describes a real person.",
    "Intervals are luck alone: parameters are held at their middle values, so the true uncertainty is larger.",
    "The baseline world is set by hand to public levels of Oregon before 2012. Published evaluations are missed in "
    "part: see the project's validation.",
    "Health gains after the last month are not counted, nor patients' time and payments.",
)
PRINT = """
figure svg { display: block; width: 100%; max-width: 34rem; height: auto; }
@media print {
  @page { size: letter; margin: 14mm; }
  body { font-size: 8.5pt; line-height: 1.3; }
  h1 { font-size: 15pt; } h2 { font-size: 11pt; margin: 8pt 0 3pt; }
  p, ul { margin: 2pt 0; } p, li { max-width: none; } figure { margin: 4pt 0; }
  figure svg { width: 4.4in; }
}
"""
TOP, SHARE = 0.94, 60.0  # where text begins; points of letters in an inch of a row
SOLID, PALE = 0.9, 0.35  # as in sim.pictures.bars
INCHES, MARGIN, LETTERS = (8.5, 11.0), 0.09, 98


@dataclass(frozen=True)
class Brief:
    """The texts of a brief, by heading."""

    title: str
    question: str
    findings: Sequence[str]
    gains: Sequence[str]
    hangs_on: Sequence[str]
    limits: Sequence[str]
    sources: Sequence[str]
    picture: str
    bars: Sequence[Sequence[Any]]
    repeat: str

    def sections(self) -> list[tuple[str, Sequence[str]]]:
        """Return headings and their texts in reading order."""
        return [
            ("The question", [self.question]),
            ("What the model says", self.findings),
            ("Who gains, who loses", self.gains),
            ("What it hangs on", self.hangs_on),
            ("What it cannot say", self.limits),
            ("Sources", self.sources),
            ("To repeat it", [self.repeat]),
        ]


def limits_of(size: str, months: int, seeds: int) -> list[str]:
    """Return the limits of a comparison of the page, its own first."""
    own = f"About {int(size):,} sampled members stand for 1.4 million, over {months} months and {seeds} seeds; small "
    return [f"{own}areas and groups are noisy.", *STANDING]


def of_page(seen: Mapping[str, Any]) -> Brief:
    """Return the brief of what a page shows.

    Parameters
    ----------
    seen : ``numbers``, ``parts``, ``apart``, ``limits``, ``digest``, ``command`` and ``status``, as a tab is told.
    """
    status, apart, parts = seen["status"], list(seen.get("apart", ())), seen["parts"]
    gains, members = (parts[name]["table"]["rows"] if name in parts else [] for name in ("gains", "members"))
    said = findings(seen["numbers"])
    return Brief(
        title="Two policies for Medicaid in Oregon, in a simulation",
        question=f"What changes if policy B replaces policy A, over {status['months']} months? {' '.join(apart)}",
        findings=[*said[:FINDINGS], *state_pays(parts)],
        gains=_gains(sorted_gains([*gains, *members])),
        hangs_on=_hangs_on(seen["numbers"]),
        limits=list(seen.get("limits", STANDING)),
        sources=_sources(),
        bars=not_sums(gains),
        picture=str(parts.get("gains", {}).get("svg", "")),
        repeat=f"{seen['command']} (scenario {seen['digest'][:12]})",
    )


def _gains(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Everybody who gains, loses, or may do either by luck."""
    if not rows:
        return ["This study keeps no table of who gains."]
    clear = [row for row in rows if is_clear(row[3], row[4])]
    groups = {
        "Gain": by_section([row for row in clear if row[2] > 0]),
        "Lose": by_section([row for row in clear if row[2] < 0]),
        "Luck alone could explain": ", ".join(f"{row[1]} ({row[0]})" for row in rows if row not in clear),
    }
    lines = [f"{word}. {some}" for word, some in groups.items() if some]
    return [*lines, "A payer gains when it pays less, a provider when it receives more. In parentheses: 95% intervals."]


def _hangs_on(numbers: Sequence[Mapping[str, Any]]) -> list[str]:
    registry = list(declared_parameters(conf_folder()))
    assumed = sum(one.kind == "assumption" for one in registry)
    unsure = [one for one in numbers if one["verdict"] == EARLY]
    luck = f"Luck alone could explain the difference in {listed(unsure)}." if unsure else (
        "None of the four differences is luck alone."
    )  # fmt: skip
    return [
        luck,
        f"{assumed} of the model's {len(registry)} numbers are assumptions without a source. How providers answer to "
        "payment, and how many people programs reach, are among them.",
        "To see which of them could turn the result, run a sweep (`ccosim sweep`) and `ccosim sensitivity`.",
    ]


def _sources() -> list[str]:
    rows = evidence_rows()
    used = sorted(users(declared_parameters(conf_folder())).items(), key=lambda one: (-len(one[1]), one[0]))
    named = [shown_source(rows[key]["source"]) for key, _ in used if key in rows and rows[key].get("source")]
    first = list(dict.fromkeys(named))[:MOST_SOURCES]
    return [*first, f"And {len(used) - len(first)} further pieces of evidence: `ccosim cite` lists them all."]


def shown_source(text: str) -> str:
    """A source in one line."""
    return textwrap.shorten(text, 160, placeholder=" ...")


def as_html(brief: Brief) -> bytes:
    """Return the brief as a page that prints on two sheets."""
    from experiments.report import html

    body = [f"<main>{html.heading(1, brief.title)}"]
    for heading, texts in brief.sections():
        body.append(html.heading(2, heading))
        body.append(html.bullets(texts) if len(texts) > 1 else html.paragraph(texts[0] if texts else "Nothing."))
        if heading.startswith("Who gains") and brief.picture:
            body.append(f"<figure>{brief.picture}</figure>")
    return html.document(brief.title, [*body, "</main>"], PRINT)


def as_pdf(brief: Brief) -> bytes:
    """Return the brief as a PDF of two pages of letter size."""
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    from experiments.figures.style import styled

    data = io.BytesIO()
    sections = brief.sections()
    with styled(), PdfPages(data, metadata={"Title": brief.title, "CreationDate": None}) as pages:
        figures = [Figure(figsize=INCHES) for _ in range(2)]
        figures[0].text(MARGIN, TOP, brief.title, fontsize=16, fontweight="bold", va="top")
        free = [_write(figures[0], sections[:3], TOP - 0.06), _write(figures[1], sections[3:], TOP)]
        if brief.bars:
            roomy = free.index(max(free))  # where little is left below the text, bars stand on the second page
            _draw_bars(figures[roomy], brief.bars, free[roomy])
        for figure in figures:
            pages.savefig(figure)
    return data.getvalue()


def _write(figure: Figure, sections: Sequence[tuple[str, Sequence[str]]], y: float) -> float:
    """Write sections from this height on, and return the height that is left."""
    for heading, texts in sections:
        figure.text(MARGIN, y, heading, fontsize=11.5, fontweight="bold", va="top")
        y -= 0.028
        for text in texts:
            lines = textwrap.wrap(_printable(text), LETTERS) or [""]
            figure.text(MARGIN, y, "\n".join(lines), fontsize=9, va="top", linespacing=1.35, parse_math=False)
            y -= 0.0168 * len(lines) + 0.007
        y -= 0.016
    return y


def _draw_bars(figure: Figure, rows: Sequence[Sequence[Any]], top: float) -> None:
    """Draw who gains below the text of the first page."""
    tall = min(0.021 * len(rows), top - 0.09)
    axes = figure.add_axes((0.4, top - 0.03 - tall, 0.5, tall))
    places = range(len(rows))
    axes.barh(places, [row[2] for row in rows], color=[_color(row) for row in rows], height=0.7)
    for place, (_, _, gain, low, high, _) in enumerate(rows):
        if low is not None and low == low:
            axes.plot([low, high], [place, place], color="#111", linewidth=0.9)
        axes.annotate(f"{gain:+.2f}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5)
    axes.axvline(0.0, color="#444", linewidth=0.8)
    axes.set_yticks(
        list(places), [f"{row[0]}: {row[1]}" for row in rows], fontsize=min(8.0, SHARE * INCHES[1] * tall / len(rows))
    )
    axes.invert_yaxis()
    axes.set_title("Gain (+) or loss (-) under B, USD PMPM, 95% intervals", fontsize=9, loc="left", pad=14)
    for side, end, color, word in (("left", 0.0, WORSE, "B worse"), ("right", 1.0, BETTER, "B better")):
        axes.text(end, 1.0, word, color=color, ha=side, va="bottom", fontsize=7.5, transform=axes.transAxes)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _color(row: Sequence[Any]) -> tuple[str, float]:
    """Green or purple; pale where luck alone could explain it."""
    return BETTER if row[2] > 0 else WORSE, SOLID if is_clear(row[3], row[4]) else PALE


def _printable(text: str) -> str:
    return text.replace("`", "")
