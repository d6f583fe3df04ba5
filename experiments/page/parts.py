"""What the page shows of paired runs: numbers, pictures and their tables, from complete results of both arms.

A part is plain data: a title, a picture as SVG text, a table, a note. The live page, a finished study, the exported
page and the public page show the same parts.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from experiments.output.gains import who_gains
from experiments.page.sentences import (
    ALONE,
    EARLY,
    OF_MEMBERS,
    SUM,
    UNSURE,
    YEAR,
    Place,
    answers,
    digits,
    label_of,
    largest,
    points,
    ranked,
)
from experiments.page.sentences import THIN as TOO_FEW
from experiments.terminal.labels import LEVELS_IN_WORDS
from experiments.terminal.tables import in_words, signed
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.live import FOUR
from sim.measures.amounts import AMOUNT_NAMES, AMOUNTS
from sim.measures.intervals import FEWEST_DRAWS, Estimates, mean_interval, paired_interval
from sim.measures.measures import BY_NAME, MEASURES, Measure
from sim.measures.result import RunResult
from sim.measures.strata import LEVELS
from sim.paths import conf_folder
from sim.pictures import Bar, area_map, bars, difference, flows, total, trend
from sim.pictures.svg import in_percent
from sim.runs.comparison import Comparison
from sim.runs.summary import SPREAD
from sim.schema import COUNT_INDEX

Part = dict[str, Any]
GAIN = "Gain (+) or loss (-) under B"
THIN = 30  # sampled members below which a place is hatched
GAPS = ("unmet_need_share", "ed_visits_per_1000_mm")
STRATA = {"race": "Race and ethnicity", "language": "Language", "rurality": "Rurality", "age_band": "Age",
          "disability": "Disability"}  # fmt: skip
PALE = "Pale: luck alone could explain it, or one seed has no interval."
ABOUT = {
    "qalys_a_year": "Sum over all people who ever had cover, also while they are off cover: more people than members."
}  # what a card says below its number
CENTS, MILLION = 100.0, 1e6
PAYERS_BY_YEAR = ("state", "federal")


@dataclass
class Runs:
    """Paired runs of the arms A and B, one for each seed, and the months that they will have when whole."""

    seeds: tuple[int, ...]
    pairs: Sequence[tuple[RunResult, RunResult]]
    months: int

    @property
    def done(self) -> int:
        """Months that all of them have."""
        return min(result.months for pair in self.pairs for result in pair)

    @cached_property
    def totals(self) -> tuple[Floats, Floats]:
        """Measures of every row of a report over the run so far: ``[seed, row, measure]`` of A and of B."""
        a, b = (np.stack([pair[arm].totals() for pair in self.pairs]) for arm in (0, 1))
        return a, b

    def estimates(self, row: int, measure: str) -> tuple[Estimates, Estimates, Estimates]:
        """Mean of A, mean of B and the paired difference of one row of a report."""
        column = column_of(measure)
        a, b, apart = (_one(found, column) for found in self._of_row(row))
        return a, b, apart

    def _of_row(self, row: int) -> tuple[Estimates, Estimates, Estimates]:
        """All measures at once, as ``compare`` sums them up: a sum in another order has another last digit."""
        if row not in self._rows:
            a, b = (values[:, row] for values in self.totals)
            self._rows[row] = (mean_interval(a), mean_interval(b), paired_interval(b, a))
        return self._rows[row]

    @cached_property
    def _rows(self) -> dict[int, tuple[Estimates, Estimates, Estimates]]:
        return {}

    @cached_property
    def courses(self) -> tuple[Floats, Floats]:
        """The four measures of the state by month: ``[seed, month, measure]`` of A and of B."""
        a, b = (np.stack([_courses(pair[arm]) for pair in self.pairs]) for arm in (0, 1))
        return a, b

    @property
    def comparison(self) -> Comparison:
        """The same as ``compare`` gives it, arms ``a`` and ``b``."""
        results = {
            (arm, s): pair[i] for s, pair in zip(self.seeds, self.pairs, strict=True) for i, arm in enumerate("ab")
        }
        return Comparison(("a", "b"), "a", self.seeds, results)


def _one(found: Estimates, column: int) -> Estimates:
    return Estimates(*(getattr(found, one.name)[column] for one in fields(Estimates)))


def _courses(result: RunResult) -> Floats:
    """The four measures by month; a result does not change, so they are worked out once."""
    known = result.__dict__.get("_page_courses")
    if known is None:
        known = result.courses()
        object.__setattr__(result, "_page_courses", known)
    return known


def column_of(measure: str) -> int:
    return MEASURES.index(BY_NAME[measure])


def numbers(runs: Runs) -> list[dict[str, Any]]:
    """The four numbers: both arms, their difference, and whether luck alone could make it."""
    found = []
    for name in FOUR:
        a, b, apart = runs.estimates(0, name)
        found.append(number(name, float(a.estimate), float(b.estimate), apart, runs.done))
    return found


def number(name: str, a: float, b: float, apart: Estimates, months: int = 0) -> dict[str, Any]:
    """One number as the page shows it, a mean over so many months; values are exact, texts are for reading."""
    measure = BY_NAME[name]
    low, high, gap = float(apart.low), float(apart.high), float(apart.estimate)
    scale, unit = in_percent(measure.unit)
    places = digits(scale * max(abs(a), abs(b)))
    fine = digits(scale * max(abs(gap), (high - low) / 2 if math.isfinite(low) else 0.0))
    known = {
        "name": name,
        "label": measure.label,
        "unit": unit,
        "a": a,
        "b": b,
        "gap": gap,
    }
    interval = "" if math.isnan(low) else f"{signed(scale * low, fine)} to {signed(scale * high, fine)}"
    return {
        **known,
        "low": None if math.isnan(low) else low,
        "high": None if math.isnan(low) else high,
        "texts": [f"{scale * a:,.{places}f}", f"{scale * b:,.{places}f}", signed(scale * gap, fine), interval],
        "verdict": _verdict(gap, low, high, measure.higher_is_better),
        "seeds": int(apart.replicates),
        "months": months,
        "about": ABOUT.get(name, ""),
    }


def _verdict(gap: float, low: float, high: float, higher_is_better: bool | None) -> str:
    if gap == 0 and not high > low:
        return "no difference"
    if not (low > 0 or high < 0):
        return EARLY
    way = "higher in B" if gap > 0 else "lower in B"
    return way if higher_is_better is None else f"{way}: {'better' if (gap > 0) == higher_is_better else 'worse'}"


class Spread(NamedTuple):
    """What a line and the band behind it show of several runs ``[run, month]``, and how this is said."""

    words: str
    line: Callable[[Floats], Floats]
    ends: Callable[[Floats], tuple[Floats, Floats]] | None


FIRST = Spread("first seed", lambda runs: runs[0], None)
SEEDS = FIRST._replace(words="first seed; band: all seeds", ends=lambda runs: (runs.min(axis=0), runs.max(axis=0)))


def drawn(draws: int) -> Spread:
    """Means over draws of the parameters, and where 95% of the draws lie, if they are enough to say so."""
    if draws < FEWEST_DRAWS:
        return Spread(f"mean of {draws} draws, too few for a band", lambda runs: runs.mean(axis=0), None)

    def ends(runs: Floats) -> tuple[Floats, Floats]:
        low, high = np.percentile(runs, SPREAD, axis=0)
        return low, high

    return Spread(f"mean; band: 95% of {draws} draws", lambda runs: runs.mean(axis=0), ends)


def trends(runs: Runs) -> dict[str, Part]:
    """Levels and differences of the four measures by month: the first seed as lines, the range of all seeds behind."""
    spread = SEEDS if len(runs.pairs) > 1 else FIRST
    return courses(*runs.courses, runs.months, spread)


def courses(of_a: Floats, of_b: Floats, months: int, spread: Spread) -> dict[str, Part]:
    """Levels and differences of the four by month, ``[run, month, measure]``; run ``k`` of A goes with that of B."""
    found = {}
    for i, name in enumerate(FOUR):
        measure = BY_NAME[name]
        scale, unit = in_percent(measure.unit)
        both = [scale * one[:, :, i] for one in (of_a, of_b)]
        shown = [*both, both[1] - both[0]]
        a, b, gap = (spread.line(one) for one in shown)
        bands = [spread.ends(one) for one in shown] if spread.ends else []
        about = (months, measure.label, f"{unit}, {spread.words}")
        ends = [end for band in bands for end in band]
        columns = [
            "Month",
            "A",
            "B",
            "B - A",
            *(f"{arm}, {end}" for arm in ("A", "B", "B - A") for end in ("low", "high")),
        ]
        rows = [[m, *(float(values[m]) for values in (a, b, gap, *ends))] for m in range(len(a))]
        table = {
            "caption": f"{measure.label}, {unit}, {spread.words}",
            "columns": columns[: 4 + len(ends)],
            "rows": rows,
        }
        found[f"trend:{name}"] = {"svg": trend(a, b, *about, bands[:2] or None), "table": table}
        found[f"difference:{name}"] = {"svg": difference(a, b, *about, bands[2:] or None), "table": f"trend:{name}"}
    return found


def told(runs: Runs, *, is_whole: bool = True, of: int = 0) -> dict[str, Any]:
    """What a page is told of runs.

    Parameters
    ----------
    is_whole : if not, the numbers and their course alone, which take little time.
    of : how many seeds there will be, while more are to come.
    """
    known, parts = numbers(runs), everything(runs) if is_whole else trends(runs)
    seeds = len(runs.seeds)
    so_far = (
        f"(Months 1 to {runs.done}, {seeds} of {of} seeds so far.)" if (seeds, runs.done) < (of, runs.months) else ""
    )
    return {"numbers": known, "parts": parts} | ({"answers": answers(known, parts, so_far)} if is_whole else {})


def everything(runs: Runs) -> dict[str, Part]:
    """All pictures."""
    maps = {f"map:{name}": map_of(runs, name) for name in FOUR}
    gaps = {f"gaps:{name}": gaps_of(runs, name) for name in GAPS}
    return {**trends(runs), **maps, **money(runs), "years": years(runs), "members": members(runs),
            "gains": gains(runs), **gaps}  # fmt: skip


def map_of(runs: Runs, measure: str) -> Part:
    """A measure by CCO area, B - A, as a map and a table."""
    areas = runs.pairs[0][0].areas
    members = np.min(
        [result.counts[-1, :, COUNT_INDEX["member_months"]] for pair in runs.pairs for result in pair], axis=0
    )
    places = []
    for i, (area, n) in enumerate(zip(areas, members, strict=True)):
        a, b, gap = runs.estimates(1 + i, measure)
        found = (float(a.estimate), float(b.estimate), float(gap.estimate), float(gap.low), float(gap.high))
        places.append(Place(area, *found, int(n), bool(n < THIN)))
    note = "A county in which several CCOs work has the color of the largest of them; the table has each."
    return map_part(BY_NAME[measure], places, "CCO area", note, area_of_county())


def map_part(
    measure: Measure, places: Sequence[Place], by: str, note: str, of: Mapping[str, str] | None = None
) -> Part:
    """Places as a map, with a sentence that names the largest difference, and as a table, the largest first."""
    scale, unit = in_percent(measure.unit)
    shown = [
        one._replace(**{name: scale * getattr(one, name) for name in ("a", "b", "gap", "low", "high")})
        for one in places
    ]
    marks = {one.name: one.mark for one in shown}
    thin, unsure = ([name for name, mark in marks.items() if mark in some] for some in ((TOO_FEW,), (UNSURE, ALONE)))
    label = label_of(measure)
    svg = area_map({one.name: one.gap for one in shown}, thin, label, unit, of,
                   higher_is_better=measure.higher_is_better, unsure=unsure)  # fmt: skip
    rows = [[*one[:6], one.mark, one.members] for one in ranked(shown)]
    columns = [by, "A", "B", "B - A", "Low", "High", "Luck", "Sampled members"]
    table = {"caption": f"{label}, {unit}, by {by}; the largest difference first", "columns": columns, "rows": rows}
    answer = largest(shown, unit)
    return {"svg": svg, "table": table, "answer": f"{label}. {answer}", "note": f"{answer} {note}"}


@cache
def area_of_county() -> dict[str, str]:
    """The CCO area that each county is shaded by: the one with most members of those that serve it."""
    folder = conf_folder() / "evidence"
    with (folder / "cco_enrollment.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    size = {row["cco"]: -float(row["members_estimate"]) for row in rows}
    found: dict[str, str] = {}
    with (folder / "cco_service_areas.csv").open(encoding="utf-8", newline="") as lines:
        for row in sorted(csv.DictReader(lines), key=lambda row: size.get(row["cco"], 0.0)):
            found.setdefault(row["county"], row["cco"])
    return found


def money(runs: Runs) -> dict[str, Part]:
    """Where the dollars go in each arm, at one scale; the first seed."""
    both = [_flows(result) for result in runs.pairs[0]]
    scale = max(*(total(rows) for rows in both), 1.0)
    usd = [{(payer, payee): value for payer, payee, _, value in rows} for rows in both]
    rows = [[in_words(p), in_words(q), x := usd[0].get((p, q), 0.0), y := usd[1].get((p, q), 0.0), y - x]
            for p, q in sorted({*usd[0], *usd[1]}, key=lambda way: -max(one.get(way, 0.0) for one in usd))]  # fmt: skip
    table = {
        "caption": "USD per member and month, first seed",
        "columns": ["From", "To", "A", "B", "B - A"],
        "rows": rows,
    }
    pictures = [flows(one, f"{arm}, first seed", scale) for arm, one in zip("AB", both, strict=True)]
    return {"flows:a": {"svg": pictures[0], "table": table}, "flows:b": {"svg": pictures[1], "table": "flows:a"}}


def _flows(result: RunResult) -> list[tuple[str, str, str, float]]:
    """USD per member and month of the state between accounts."""
    paid = np.einsum("maij,a->ij", result.flows, result.weights) / CENTS
    member_months = float(result.counts[..., 0].sum(axis=0) @ result.weights) or 1.0
    names = result.accounts
    return [(names[i], names[j], "", float(paid[i, j]) / member_months) for i, j in np.argwhere(paid)]


def years(runs: Runs) -> Part:
    """What payers pay in each year of the run: both arms, and the paired difference as bars."""
    found = (
        np.stack([[result.amounts() for result in pair] for pair in runs.pairs]) / MILLION
    )  # seed, arm, year, amount
    shown, rows = [], []
    whole = min(runs.done // MONTHS_PER_YEAR, YEAR)
    for name in PAYERS_BY_YEAR:
        place = AMOUNT_NAMES.index(name)
        label = AMOUNTS[place].label
        paid = found[..., place]  # seed, arm, year
        for year in range(paid.shape[2]):
            months = min(MONTHS_PER_YEAR, runs.done - year * MONTHS_PER_YEAR)
            when = f"Year {year + 1}" + (f" ({months} months)" if months < MONTHS_PER_YEAR else "")
            row = _paid(paid[..., year])
            rows.append([label, when, *row])
            shown.append(Bar(label, when, *row[2:]))
        if whole > 1:
            rows.append([label, f"{SUM}{whole}", *_paid(paid[..., :whole].sum(axis=2))])
    table = {"caption": "What payers pay by year, million USD, the whole state", "rows": rows,
             "columns": ["Payer", "Year", "A", "B", "B - A", "Low", "High"]}  # fmt: skip
    svg = bars(shown, "What payers pay by year, B - A", "million USD, the whole state", higher_is_better=False)
    return {"svg": svg, "table": table, "note": "Whether the state pays less says nothing of who pays instead."}


def _paid(both: Floats) -> list[float]:
    """Means of A and B of ``[seed, arm]``, and their paired difference with its interval."""
    gap = paired_interval(both[:, 1:], both[:, :1])
    return [*(float(x) for x in both.mean(axis=0)), *(float(x[0]) for x in (gap.estimate, gap.low, gap.high))]


def gains(runs: Runs) -> Part:
    """Who gains and who loses under B, as the report has it."""
    table = who_gains(runs.comparison)
    paired = table[(table["contrast"] == "a") & (table["unit"] == "USD PMPM") & (table["section"] != "Savings")]
    shown = [Bar(str(r.section), str(r.who), r.estimate, r.low, r.high) for r in paired.itertuples() if r.estimate]
    columns = ["Section", "Who", GAIN, "Low", "High", "Unit"]
    money = table[(table["contrast"] == "a") & (table["unit"] == "USD PMPM")]
    rows = [[r.section, r.who, r.estimate, r.low, r.high, r.unit] for r in money.itertuples()]
    note = f"The sign is that of a gain: a payer gains when it pays less, a provider when it receives more. {PALE}"
    svg = bars(shown, f"Payers, CCOs and providers. {GAIN}", "USD per member and month", higher_is_better=True)
    return {"svg": svg, "table": {"caption": "Who gains under B", "columns": columns, "rows": rows}, "note": note}


def members(runs: Runs) -> Part:
    """What members gain and lose under B, everything on one scale: of 100."""
    shown, rows = [], []
    for name, (label, scale) in OF_MEMBERS.items():
        gap = runs.estimates(0, name)[2]
        sign = scale if BY_NAME[name].higher_is_better else -scale
        ends = sorted(sign * float(x) for x in (gap.low, gap.high))
        size = (sign * float(gap.estimate), *ends)
        shown.append(Bar("Members", label, *size))
        rows.append(["Members", label, *size, "of 100"])
    columns = ["Section", "Who", GAIN, "Low", "High", "Unit"]
    svg = bars(shown, f"Members. {GAIN}", "of 100 members, or of 100 years of life", higher_is_better=True)
    table = {"caption": "What members gain under B", "columns": columns, "rows": rows}
    note = (
        "The sign is that of a gain: fewer with unmet need is +. Health: QALYs of 100 years of life. Members pay "
        f"nothing for care in this model, and their time is not counted; what they pay as taxpayers is under "
        f"State and Federal match. {PALE}"
    )
    return {"svg": svg, "table": table, "note": note}


def gaps_of(runs: Runs, measure: str) -> Part:
    """A measure by group of members: levels in both arms and the paired difference."""
    one, first = BY_NAME[measure], 1 + len(runs.pairs[0][0].areas)
    scale, unit = in_percent(one.unit)
    shown, rows = [], []
    for place, (stratum, level) in enumerate(LEVELS):
        if stratum not in STRATA:
            continue
        a, b, gap = runs.estimates(first + place, measure)
        head, name = STRATA[stratum], LEVELS_IN_WORDS.get(level, in_words(level))
        low, mid, high = (scale * float(x) for x in (gap.low, gap.estimate, gap.high))
        rows.append([head, name, scale * float(a.estimate), scale * float(b.estimate), mid, low, high])
        if not math.isnan(mid):
            shown.append(Bar(head, name, mid, low, high))
    columns = ["By", "Group", "A", "B", "B - A", "Low", "High"]
    svg = bars(shown, f"{one.label} by group, B - A", points(unit), one.higher_is_better)
    table = {"caption": f"{one.label} by group, {unit}", "columns": columns, "rows": rows}
    return {"svg": svg, "table": table, "note": PALE}


def known(value: Any) -> Any:
    """Return plain data in which a number that is not known is null, as JSON has it."""
    if isinstance(value, Mapping):
        return {key: known(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [known(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
