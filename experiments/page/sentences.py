"""What the page says in words: names of measures, the numbers as sentences, and answers to five questions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.output.gains import LINES
from experiments.terminal.tables import signed
from sim.measures.measures import BY_NAME, Measure
from sim.pictures.svg import PERCENT, in_percent

EARLY = "too early to tell: luck alone could explain this"
QUALITY = "quality_"  # how names of measures of the quality pool begin; some have the label of another measure
THIN, UNSURE, CLEAR, ALONE = "too few members", "~ too early to tell", "clear of luck", "one seed, no interval"
SUM = "Years 1 to "  # how the row of several years begins
YEAR = 5  # the year in which the question of the costs is answered, if the run has it
WHICH, WHERE, WHO, LUCK, WHY = (
    "Which policy costs the state less in year five?",
    "Where is the difference largest?",
    "Who loses under B?",
    "Could luck explain it?",
    "Why did this person's two lives part?",
)
OF_MEMBERS = {
    "qalys_per_1000_py": ("Health", 0.1),
    "unmet_need_share": ("Unmet need", 100.0),
    "unmet_primary_share": ("Unmet need for primary care", 100.0),
    "satisfied_share": ("Care is easy to get", 100.0),
    "attached_share": ("Has a usual clinic", 100.0),
    "needs_any_share": ("Any social need", 100.0),
}  # what a member sees, and what makes it a number of 100
TURNED = {(line.section, line.who) for line in LINES if line.measures[0][1] < 0} | {
    ("Members", label) for name, (label, _) in OF_MEMBERS.items() if not BY_NAME[name].higher_is_better
}  # where less is a gain: text gives the quantity itself, up or down, and not the gain
HEADS = {"Payers": "What payers pay"}
NOT_KEPT = "This study does not keep what would answer this."
Row = Sequence[Any]


class Place(NamedTuple):
    """A measure in one place, as it is shown; NaN ends where there is no interval."""

    name: str
    a: float
    b: float
    gap: float
    low: float
    high: float
    members: int
    is_thin: bool

    @property
    def mark(self) -> str:
        """Whether luck alone could make the difference."""
        if self.is_thin or math.isnan(self.gap):
            return THIN
        return ALONE if math.isnan(self.low) else CLEAR if is_clear(self.low, self.high) else UNSURE


def is_clear(low: float | None, high: float | None) -> bool:
    """Whether an interval is known and does not hold zero."""
    return low is not None and high is not None and (low > 0 or high < 0)


def label_of(measure: Measure) -> str:
    """The name of a measure, which no other has."""
    return f"Quality measure: {measure.label}" if measure.name.startswith(QUALITY) else measure.label


def with_unit(measure: Measure) -> str:
    """The name of a measure and the unit in which the page shows it."""
    label, (_, unit) = label_of(measure), in_percent(measure.unit)
    return unit if unit.startswith(label) else f"{label}, {unit}"


def percent_of(unit: str) -> tuple[float, str]:
    """Like ``in_percent``, for levers: growth and discounts a year are read in percent as well."""
    return (PERCENT, f"% {unit}") if unit.endswith("per year") or unit.startswith("per year") else in_percent(unit)


def points(unit: str) -> str:
    """The unit of a difference: of percents, percentage points."""
    return unit.replace("%", "percentage points", 1)


def digits(size: float) -> int:
    """How many decimals to show."""
    return 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3


def with_interval(gap: float, low: float | None, high: float | None, unit: str = "") -> str:
    """A difference with its unit and interval."""
    fine = digits(abs(gap))
    said = f"{signed(gap, fine)} {unit}".rstrip()
    if low is None or high is None or math.isnan(low):
        return said
    return f"{said} (95% interval {signed(low, fine)} to {signed(high, fine)})"


def ranked(places: Iterable[Place]) -> list[Place]:
    """Places by the size of their difference, the largest first; those with too few members last."""
    return sorted(places, key=lambda one: (one.mark == THIN, -abs(one.gap) if one.gap == one.gap else 0.0))


def largest(places: Iterable[Place], unit: str) -> str:
    """Say where the difference is largest, how large, and whether luck alone could make it."""
    shown = [one for one in ranked(places) if one.mark != THIN]
    if not shown:
        return "No place has members enough to compare."
    first, clear = shown[0], [one for one in shown if one.mark == CLEAR]

    def of(one: Place) -> str:
        return f"{one.name}: {with_interval(one.gap, one.low, one.high, points(unit))} in B"

    said = f"The difference is largest in {of(first)}."
    if first.mark == ALONE:
        return f"{said} Too early to tell: one seed has no interval."
    if not clear:
        return f"{said} Too early to tell: in every place luck alone could explain the difference."
    if first.mark == UNSURE:
        said += f" But luck alone could explain that; the largest that is clear of luck is in {of(clear[0])}."
    return f"{said} It is clear of luck in {len(clear)} of {len(shown)} places."


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


def answers(numbers: Sequence[Mapping[str, Any]], parts: Mapping[str, Any], so_far: str = "") -> list[list[str]]:
    """The questions that can be answered without a single life, each with its answer; ``so_far``: what it is of."""
    rows = {name: parts[name]["table"]["rows"] if name in parts else [] for name in ("years", "gains", "members")}
    found = [
        [WHICH, _cheaper(rows["years"]) if rows["years"] else NOT_KEPT],
        [WHERE, str(parts["map:pmpm_resources"]["answer"]) if "map:pmpm_resources" in parts else NOT_KEPT],
        [WHO, losers([*rows["gains"], *rows["members"]]) if rows["gains"] else NOT_KEPT],
        [LUCK, _luck(numbers)],
    ]
    return [[question, f"{text} {so_far}".rstrip()] for question, text in found]


def state_pays(parts: Mapping[str, Any]) -> list[str]:
    """What the state pays more or less in year five, if that is known."""
    return [f"What the state pays: {_cheaper(parts['years']['table']['rows'])}"] if "years" in parts else []


def _cheaper(rows: Sequence[Row]) -> str:
    """Which arm costs the state less in the year asked about, or in the last whole one before it."""
    years = {
        payer: [row for row in rows if row[0] == payer and row[1].startswith("Year ") and "month" not in row[1]][:YEAR]
        for payer in dict.fromkeys(row[0] for row in rows)
    }
    totals = [row for row in rows if row[1].startswith(SUM)]
    last = [some[-1] for some in years.values() if some]
    if not last:
        return "No whole year is simulated yet."
    state, *others = last
    _, when, _, _, gap, low, high = state
    if is_clear(low, high):
        verdict = f"Policy {'B' if gap < 0 else 'A'}."
    elif math.isnan(low):
        verdict = "Too early to tell: one seed has no interval."
    else:
        verdict = "Too early to tell: luck alone could explain the difference."
    said = [verdict, f"In {when.lower()} the state pays {_more_or_less(state)} under B than under A."]
    said += [f"{row[0]} pays {_more_or_less(row)}." for row in others]
    if totals:
        each = "; ".join(f"{row[0] if place else 'the state'} {_more_or_less(row)}" for place, row in enumerate(totals))
        said.append(f"Over {totals[0][1].lower()} together: {each}.")
    if len(years[state[0]]) < YEAR:
        said.append(f"Set Months to {12 * YEAR} for year five.")
    return " ".join(said)


def _more_or_less(row: Row) -> str:
    """What a payer pays more or less in a year, in dollars, percent and its interval."""
    _, _, a, _, gap, low, high = row
    size = f"{abs(gap):,.{digits(abs(gap))}f} million USD {'less' if gap < 0 else 'more'}"
    percent = f"{abs(gap) / a:.1%}" if a else ""
    interval = (
        "" if math.isnan(low) else f"95% interval {signed(low, digits(abs(gap)))} to {signed(high, digits(abs(gap)))}"
    )
    return f"{size} ({'; '.join(filter(None, (percent, interval)))})"


def losers(rows: Sequence[Row]) -> str:
    """Everybody who loses under B beyond what luck could explain: rows of section, who, gain, low, high, unit."""
    lost = [row for row in sorted_gains(rows) if is_clear(row[3], row[4]) and row[2] < 0]
    if lost:
        return f"{by_section(lost)} A payer loses when it pays more, a provider when it receives less."
    if all(row[3] is None or math.isnan(row[3]) for row in rows):
        return "Too early to tell: one seed has no interval."
    return "Nobody whose loss is clear of luck."


def not_sums(rows: Sequence[Row]) -> list[Row]:
    """What somebody gains or loses; sums of other rows are left out."""
    return [row for row in rows if row[0] != "Savings" and row[2] and row[2] == row[2]]


def sorted_gains(rows: Sequence[Row]) -> list[Row]:
    """What is gained or lost, members first, then the largest."""
    return sorted(not_sums(rows), key=lambda row: (row[0] != "Members", -abs(row[2])))


def by_section(rows: Sequence[Row]) -> str:
    """What goes up or down, with 95% intervals, a sentence for members, payers, CCOs and providers.

    The sign is that of the quantity, as on the cards, also where less is a gain.
    """
    sections: dict[str, list[str]] = {}
    for section, who, gain, low, high, unit in rows:
        fine = digits(abs(gain))
        gap, ends = (-gain, (-high, -low)) if (section, who) in TURNED else (gain, (low, high))
        between = " to ".join(signed(end, fine) for end in ends)
        said = f"{who} {'up' if gap > 0 else 'down'} {abs(gap):,.{fine}f} ({between})"
        sections.setdefault(f"{HEADS.get(section, section)}, {unit}", []).append(said)
    return " ".join(f"{section}: {'; '.join(some)}." for section, some in sections.items())


def _luck(numbers: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(_of_luck(numbers)) or NOT_KEPT


def _of_luck(numbers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    alone = [one for one in numbers if one["low"] is None]
    clear = [one for one in numbers if one["low"] is not None and one["verdict"] != EARLY]
    unsure = [one for one in numbers if one["low"] is not None and one["verdict"] == EARLY]
    if alone:
        yield "Too early to tell: one seed has no interval; the other seeds follow."
    if clear:
        runs = clear[0]["seeds"]
        yield f"Hardly for {listed(clear)}: over {runs} seeds or draws the 95% intervals do not hold zero."
    if unsure:
        yield f"Yes for {listed(unsure)}: the interval holds zero."


def listed(some: Sequence[Mapping[str, Any]]) -> str:
    """Name some numbers in a sentence."""
    names = [one["label"] if one["label"].startswith("QALY") else one["label"].lower() for one in some]
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
