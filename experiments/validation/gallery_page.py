"""The page of the gallery: what each entry gives beside what was published, misses included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.analysis.sources import Evidence
from experiments.validation.gallery_entries import ROOT, Aim, aim_of, entry, names
from experiments.validation.table import short
from sim.scenario import Scenario
from sim.scenario.published import Published

PAGE = ROOT / "docs/explanation/gallery.md"
VERDICTS = "in", "out", "same sign", "other sign", "unclear", "no effect"
IN, OUT, SIGN, NO_SIGN, UNCLEAR, NO_EFFECT = VERDICTS
NOTHING = "-"
CHECK = "†"

HEAD = """# The gallery: published natural experiments in the model

Each file of `conf/experiment/gallery` is a published evaluation in a few lines: `ccosim describe gallery` lists them,
and `ccosim compare experiment=gallery/cpc_plus` runs one that compares arms. `python -m experiments.validation.gallery`
makes this page from the files and `results/reference/gallery.csv`, and runs what that table does not hold. Names and
`key=value` after it choose entries and sizes.

**Nothing was fitted to these figures**, and none is left out because the model misses it. The model's figure compares
the same people with the same luck, with and without the policy. Its 95% interval is over seeds alone, and says nothing
about parameters. *In* and *out*: whether the mean lies in the published interval. *Same sign* and *other sign*: whether
the signs agree, where no interval was published; the size may be far off. *Unclear*: the interval over seeds holds no
effect, so that luck could have made the sign. *No effect*: exactly none in the model.
*-*: the study found no effect and has no interval here. A figure marked † is of a row that numbers of the model cite:
it checks the implementation, and validates nothing."""


class Line(NamedTuple):
    """One figure: its row of the table, what is judged, and whether the model cites its study."""

    text: str
    verdict: str
    is_check: bool


def page(held: Sequence[Mapping[str, str]], evidence: Evidence) -> str:
    """Return the page: the score, a table of all figures, then each entry."""
    cited = {one for parameter in Scenario.compose().registry for one in parameter.evidence}
    by_figure = {(row["name"], row["figure"]): row for row in held}
    entries = {name: entry(name) for name in names()}
    lines = [line for name, (_, of) in entries.items() for line in _lines(name, of, by_figure, evidence, cited)]
    about = [text for name, (scenario, of) in entries.items() for text in _about(name, scenario, of, evidence)]
    sizes = sorted({f"- {row['setting']}; {row['seeds']} seeds" for row in held})
    table = [
        "| entry | figure | published | model | unit | |",
        "|---|---|---|---|---|---|",
        *(one.text for one in lines),
    ]
    parts = [HEAD, "", _score(lines), "", *table, "", "## Entries", "", *about, "## Sizes", "", *sizes, ""]
    return "\n".join(parts)


def _lines(
    name: str,
    published: Published,
    held: Mapping[tuple[str, str], Mapping[str, str]],
    evidence: Evidence,
    cited: set[str],
) -> list[Line]:
    found = []
    for figure, one in published.figures.items():
        aim, row, is_check = aim_of(one, evidence), held.get((name, figure)), one.row in cited
        model, verdict = "not run", NOTHING
        if row is not None:
            mean, low, high = (float(row[key]) for key in ("model", "low", "high"))
            model, verdict = _with_interval(mean, low, high), judged(aim, mean, low, high)
        cells = (
            name,
            figure + CHECK * is_check,
            _with_interval(aim.value, aim.low, aim.high),
            model,
            aim.unit,
            verdict,
        )
        found.append(Line(f"| {' | '.join(cells)} |", verdict, is_check))
    return found


def judged(aim: Aim, model: float, lowest: float, highest: float) -> str:
    """Return whether a figure lies in the published interval, or else whether it has the published sign.

    ``lowest`` to ``highest`` is its interval over seeds, NaN if it has none: it must exclude no effect to have a sign.
    """
    if np.isnan(model):
        return NOTHING
    if aim.low is not None or aim.high is not None:
        low, high = (-np.inf if aim.low is None else aim.low), (np.inf if aim.high is None else aim.high)
        return IN if low <= model <= high else OUT
    if not aim.value:
        return NOTHING
    nothing = 1.0 if "ratio" in aim.unit else 0.0
    if model == nothing:
        return NO_EFFECT
    if lowest <= nothing <= highest:
        return UNCLEAR
    return SIGN if (model - nothing) * (aim.value - nothing) > 0 else NO_SIGN


def _with_interval(value: float | None, low: float | None, high: float | None) -> str:
    ends = [short(end) for end in (low, high)]
    return short(value) + ("" if ends == ["-", "-"] else f" ({ends[0]} to {ends[1]})")


def _score(lines: Sequence[Line]) -> str:
    said = []
    for is_check, words in (
        (False, "Figures of rows that no number cites (the same study may still have informed one)"),
        (True, f"Checks ({CHECK})"),
    ):
        own = [line.verdict for line in lines if line.is_check is is_check]
        counts = [f"{own.count(verdict)} {verdict}" for verdict in VERDICTS if verdict in own]
        said.append(f"{words}: {len(own)}, of which {', '.join(counts) or 'none is judged'}.")
    return " ".join(said)


def _about(name: str, scenario: Scenario, published: Published, evidence: Evidence) -> list[str]:
    """Return the lines on one entry."""
    rows = {one.row: evidence[one.row] for one in published.figures.values()}
    sources = dict.fromkeys(f"[{row['source']}]({row['url']})" for row in rows.values())
    derived = [f"*{figure}*: {one.derived}." for figure, one in published.figures.items() if one.derived]
    return [
        f"### {name}",
        "",
        f"{scenario.title}. {'; '.join(sources)} (rows {', '.join(f'`{row}`' for row in rows)}).",
        f"- Period: {published.period}.",
        f"- Estimator: {published.estimator}.",
        f"- Cannot be said: {published.cannot}",
        *([f"- Derived: {' '.join(derived)}"] if derived else []),
        "",
    ]
