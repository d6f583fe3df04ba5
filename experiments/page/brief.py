"""A brief of two pages for a legislator: question, findings, who gains, what it hangs on, limits, sources."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.analysis.sources import evidence_rows, users
from experiments.page.parts import findings
from sim.paths import conf_folder
from sim.scenario.declared import declared_parameters

FINDINGS, GAINERS, MOST_SOURCES = 3, 4, 8
STANDING = (
    "People, clinics and organizations are synthetic; no record describes a real person.",
    "Intervals are luck alone: parameters are held at their middle values, so the true uncertainty is larger.",
    "The baseline world is set by hand to public levels of Oregon before 2012. Published evaluations are missed in "
    "part: see the project's validation.",
    "Health gains after the last month are not counted, nor patients' time and payments.",
)
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
    status, apart = seen["status"], list(seen.get("apart", ()))
    said = findings(seen["numbers"])
    return Brief(
        title="Two policies for Medicaid in Oregon, in a simulation",
        question=f"What changes if policy B replaces policy A, over {status['months']} months? {' '.join(apart)}",
        findings=said[:FINDINGS],
        gains=_gains(seen["parts"].get("gains")),
        hangs_on=_hangs_on(seen["numbers"]),
        limits=list(seen.get("limits", STANDING)),
        sources=_sources(),
        picture=str(seen["parts"].get("gains", {}).get("svg", "")),
        repeat=f"{seen['command']} (scenario {seen['digest'][:12]})",
    )


def _gains(part: Mapping[str, Any] | None) -> list[str]:
    if part is None:
        return ["This study keeps no table of who gains."]
    rows = [row for row in part["table"]["rows"] if row[5] == "USD PMPM" and row[0] != "Savings" and row[2]]
    ranked = sorted(rows, key=lambda row: -row[2])
    more = [row for row in ranked if row[2] > 0][:GAINERS]
    less = [row for row in reversed(ranked) if row[2] < 0][:GAINERS]
    lines = [
        f"{word}: {'; '.join(f'{row[0]}, {row[1].lower()}: {_with_interval(row)}' for row in some)}."
        for word, some in (("Gain", more), ("Lose", less))
        if some
    ]
    return [*lines, "USD per member and month. A payer gains when it pays less, a provider when it receives more."]


def _with_interval(row: Sequence[Any]) -> str:
    known = row[3] is not None and row[3] == row[3]
    return f"{row[2]:+.2f}" + (f" ({row[3]:+.2f} to {row[4]:+.2f})" if known else "")


def _hangs_on(numbers: Sequence[Mapping[str, Any]]) -> list[str]:
    registry = list(declared_parameters(conf_folder()))
    assumed = sum(one.kind == "assumption" for one in registry)
    unsure = [one["label"].lower() for one in numbers if one["verdict"] == "too early to tell"]
    luck = f"Luck alone could explain the difference in {', '.join(unsure)}." if unsure else (
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
    return html.document(brief.title, [*body, "</main>"])


def as_pdf(brief: Brief) -> bytes:
    """Return the brief as a PDF of two pages of letter size."""
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    from experiments.figures.style import styled

    data = io.BytesIO()
    sections = brief.sections()
    with styled(), PdfPages(data, metadata={"Title": brief.title, "CreationDate": None}) as pages:
        for some in (sections[:3], sections[3:]):
            figure = Figure(figsize=INCHES)
            y = 0.94
            if some[0] is sections[0]:
                figure.text(MARGIN, y, brief.title, fontsize=16, fontweight="bold", va="top")
                y -= 0.06
            for heading, texts in some:
                figure.text(MARGIN, y, heading, fontsize=11.5, fontweight="bold", va="top")
                y -= 0.028
                for text in texts:
                    lines = textwrap.wrap(_printable(text), LETTERS) or [""]
                    figure.text(MARGIN, y, "\n".join(lines), fontsize=9, va="top", linespacing=1.35, parse_math=False)
                    y -= 0.0168 * len(lines) + 0.007
                y -= 0.016
            pages.savefig(figure)
    return data.getvalue()


def _printable(text: str) -> str:
    return text.replace("`", "")
