"""What the page shows of paired runs: numbers, pictures and their tables, from complete results of both arms.

A part is plain data: a title, a picture as SVG text, a table, a note. The live page, a finished study, the exported
page and the public page show the same parts.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

import numpy as np

from experiments.output.gains import who_gains
from experiments.terminal.labels import LEVELS_IN_WORDS
from experiments.terminal.tables import in_words, signed
from sim.engine.arrays import Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.live import FOUR
from sim.measures.amounts import AMOUNT_NAMES, AMOUNTS
from sim.measures.intervals import Estimates, mean_interval, paired_interval
from sim.measures.measures import BY_NAME, MEASURES
from sim.measures.result import RunResult
from sim.measures.strata import LEVELS
from sim.paths import conf_folder
from sim.pictures import Bar, area_map, bars, difference, flows, total, trend
from sim.pictures.svg import in_percent
from sim.runs.comparison import Comparison
from sim.schema import COUNT_INDEX

Part = dict[str, Any]
THIN = 30  # sampled members below which a place is hatched
GAPS = ("unmet_need_share", "ed_visits_per_1000_mm")
STRATA = {"race": "Race and ethnicity", "language": "Language", "rurality": "Rurality", "age_band": "Age",
          "disability": "Disability"}  # fmt: skip
CENTS, PERCENT, MILLION = 100.0, 100.0, 1e6
PAYERS_BY_YEAR = ("state", "federal")
EARLY = "too early to tell: luck alone could explain this"


@dataclass
class Runs:
    """Paired runs of the arms A and B, one for each seed, and the months that they will have when whole."""

    seeds: tuple[int, ...]
    pairs: Sequence[tuple[RunResult, RunResult]]
    months: int

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

    def monthly(self, measure: str) -> tuple[Floats, Floats]:
        """A measure of the state by month: ``[seed, month]`` of A and of B."""
        column = column_of(measure)
        a, b = (np.stack([_monthly(pair[arm])[:, column] for pair in self.pairs]) for arm in (0, 1))
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


def _monthly(result: RunResult) -> Floats:
    """Measures of the state by month; a result does not change, so they are worked out once."""
    known = result.__dict__.get("_page_months")
    if known is None:
        known = result.monthly()[:, 0]
        object.__setattr__(result, "_page_months", known)
    return known


def column_of(measure: str) -> int:
    return MEASURES.index(BY_NAME[measure])


def numbers(runs: Runs) -> list[dict[str, Any]]:
    """The four numbers: both arms, their difference, and whether luck alone could make it."""
    found = []
    for name in FOUR:
        a, b, apart = runs.estimates(0, name)
        found.append(number(name, float(a.estimate), float(b.estimate), apart))
    return found


def number(name: str, a: float, b: float, apart: Estimates) -> dict[str, Any]:
    """One number as the page shows it; values are exact, texts are for reading."""
    measure = BY_NAME[name]
    low, high, gap = float(apart.low), float(apart.high), float(apart.estimate)
    scale, unit = in_percent(measure.unit)
    digits = _digits(scale * max(abs(a), abs(b)))
    fine = _digits(scale * max(abs(gap), (high - low) / 2 if math.isfinite(low) else 0.0))
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
        "texts": [f"{scale * a:,.{digits}f}", f"{scale * b:,.{digits}f}", signed(scale * gap, fine), interval],
        "verdict": _verdict(gap, low, high, measure.higher_is_better),
        "seeds": int(apart.replicates),
    }


def _digits(size: float) -> int:
    return 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3


def _verdict(gap: float, low: float, high: float, higher_is_better: bool | None) -> str:
    if gap == 0 and not high > low:
        return "no difference"
    if not (low > 0 or high < 0):
        return EARLY
    way = "higher in B" if gap > 0 else "lower in B"
    return way if higher_is_better is None else f"{way}: {'better' if (gap > 0) == higher_is_better else 'worse'}"


def trends(runs: Runs) -> dict[str, Part]:
    """Levels and differences of the four measures by month: the first seed as lines, the range of all seeds behind."""
    found = {}
    for name in FOUR:
        measure = BY_NAME[name]
        a, b = runs.monthly(name)
        several = len(a) > 1
        scale, unit = in_percent(measure.unit)
        band = [(scale * x.min(axis=0), scale * x.max(axis=0)) for x in (a, b)] if several else None
        of_gap = [(scale * (b - a).min(axis=0), scale * (b - a).max(axis=0))] if several else None
        seeds = "first seed; band: all seeds" if several else "first seed"
        about = (runs.months, measure.label, f"{unit}, {seeds}")
        rows = [[m, float(x), float(y), float(y - x)] for m, (x, y) in enumerate(zip(a[0], b[0], strict=True))]
        table = {"caption": f"{measure.label}, {measure.unit}, first seed", "columns": ["Month", "A", "B", "B - A"]}
        made = {"table": {**table, "rows": rows}}
        a, b = scale * a[0], scale * b[0]
        found[f"trend:{name}"] = {"svg": trend(a, b, *about, band), **made}
        found[f"difference:{name}"] = {"svg": difference(a, b, *about, of_gap), **made}
    return found


def everything(runs: Runs) -> dict[str, Part]:
    """All pictures."""
    maps = {f"map:{name}": map_of(runs, name) for name in FOUR}
    gaps = {f"gaps:{name}": gaps_of(runs, name) for name in GAPS}
    return {**trends(runs), **maps, **money(runs), "years": years(runs), "gains": gains(runs), **gaps}


def map_of(runs: Runs, measure: str) -> Part:
    """A measure by CCO area, B - A, as a map and a table."""
    one, areas = BY_NAME[measure], runs.pairs[0][0].areas
    members = np.min(
        [result.counts[-1, :, COUNT_INDEX["member_months"]] for pair in runs.pairs for result in pair], axis=0
    )
    found = [runs.estimates(1 + i, measure) for i in range(len(areas))]
    thin = {area for area, n in zip(areas, members, strict=True) if n < THIN}
    gaps = {area: float(gap.estimate) for area, (_, _, gap) in zip(areas, found, strict=True)}
    columns = ["CCO area", "A", "B", "B - A", "Low", "High", "Sampled members"]
    rows = [
        [area, *(float(each.estimate) for each in of_area), float(of_area[2].low), float(of_area[2].high), int(n)]
        for area, of_area, n in zip(areas, found, members, strict=True)
    ]
    caption = f"{one.label}, {one.unit}, by CCO area"
    note = "A county in which several CCOs work has the color of the largest of them; the table has each."
    svg = area_map(gaps, thin, one.label, one.unit, area_of_county())
    return {"svg": svg, "table": {"caption": caption, "columns": columns, "rows": rows}, "note": note}


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
    table = {"columns": ["From", "To", "A", "B", "B - A"], "rows": rows}
    caption = "USD per member and month, first seed: both arms, beside the picture of"
    return {
        f"flows:{arm}": {
            "svg": flows(one, f"{arm.upper()}, first seed", scale),
            "table": {"caption": f"{caption} {arm.upper()}", **table},
        }
        for arm, one in zip("ab", both, strict=True)
    }


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
    for name in PAYERS_BY_YEAR:
        place = AMOUNT_NAMES.index(name)
        label = AMOUNTS[place].label
        for year in range(found.shape[2]):
            a, b = (found[:, arm, year, place] for arm in (0, 1))
            gap = paired_interval(b[:, None], a[:, None])
            ends = [float(x[0]) for x in (gap.estimate, gap.low, gap.high)]
            months = min(MONTHS_PER_YEAR, runs.months - year * MONTHS_PER_YEAR)
            when = f"Year {year + 1}" + (f" ({months} months)" if months < MONTHS_PER_YEAR else "")
            rows.append([label, when, float(a.mean()), float(b.mean()), *ends])
            shown.append(Bar(label, when, *ends))
    table = {"caption": "What payers pay by year, million USD, the whole state", "rows": rows,
             "columns": ["Payer", "Year", "A", "B", "B - A", "Low", "High"]}  # fmt: skip
    svg = bars(shown, "What payers pay by year, B - A", "million USD, the whole state; left of the line: B costs less")
    return {"svg": svg, "table": table, "note": "Whether the state pays less says nothing of who pays instead."}


def gains(runs: Runs) -> Part:
    """Who gains and who loses under B, as the report has it."""
    table = who_gains(runs.comparison)
    paired = table[(table["contrast"] == "a") & (table["unit"] == "USD PMPM") & (table["section"] != "Savings")]
    shown = [Bar(str(r.section), str(r.who), r.estimate, r.low, r.high) for r in paired.itertuples() if r.estimate]
    columns = ["Section", "Who", "Gain under B", "Low", "High", "Unit"]
    every = table[table["contrast"] == "a"]
    rows = [[r.section, r.who, r.estimate, r.low, r.high, r.unit] for r in every.itertuples()]
    note = "A payer gains when it pays less, a provider when it receives more. Pale: the interval holds zero, or none."
    svg = bars(shown, "Who gains under B", "USD per member and month; right of the line: gains")
    return {"svg": svg, "table": {"caption": "Who gains under B", "columns": columns, "rows": rows}, "note": note}


def gaps_of(runs: Runs, measure: str) -> Part:
    """A measure by group of members: levels in both arms and the paired difference."""
    one, first = BY_NAME[measure], 1 + len(runs.pairs[0][0].areas)
    scale, unit = (PERCENT, "percentage points") if one.unit == "share" else (1.0, one.unit)
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
    svg = bars(shown, f"{one.label} by group, B - A", unit)
    return {"svg": svg, "table": {"caption": f"{one.label} by group", "columns": columns, "rows": rows}}


def findings(shown: Sequence[dict[str, Any]]) -> list[str]:
    """The numbers as sentences: the clear ones first."""
    return [sentence(one) for one in sorted(shown, key=lambda one: one["verdict"] == EARLY)]


def sentence(one: dict[str, Any]) -> str:
    """One number in words."""
    a, b, gap, interval = one["texts"]
    name = f"{one['label']}, {one['unit']}" if not one["unit"].startswith(one["label"]) else one["unit"]
    known = f" (95% interval {interval})" if interval else " (one seed, no interval)"
    end = (
        "Luck alone could make this difference."
        if one["verdict"] == EARLY
        else f"{one['verdict'][:1].upper()}{one['verdict'][1:]}."
    )
    return f"{name}: {a} in A, {b} in B, a difference of {gap}{known}. {end}"


def known(value: Any) -> Any:
    """Return plain data in which a number that is not known is null, as JSON has it."""
    if isinstance(value, Mapping):
        return {key: known(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [known(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
