"""The table in the terminal: each arm's mean, and its paired difference from the baseline with its interval."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.terminal.labels import counted
from sim.engine.arrays import Frame
from sim.measures.intervals import FEWEST_DRAWS as FEWEST_DRAWS  # figures and reports read it here
from sim.measures.measures import BY_NAME, HEADLINE, HEADLINE_SECTIONS, Measure
from sim.measures.side_by_side import read_table

LABEL = 30  # columns that a measure's name takes
LINE = 14  # columns that a value, or a difference with half its interval, takes on a line of its own
JOINED = 24  # columns that both take on one line
PADDING = 2  # columns between two columns
SMALL = 0.05  # differences below this are shown with three decimals
ONE_DECIMAL = 10  # values from here on are shown with one
ASKED_FOR = "Asked for, in the same units"
ACRONYMS = {"ffs", "cco", "aco", "chw", "p4p", "snap", "aian", "nhpi", "copd"}
_LABELS: dict[str, str] = {}
FEW_DRAWS = f"without a range, for there are fewer than {FEWEST_DRAWS} draws"
NO_DRAWS = "without a range, for the points of this design are placed and not drawn"
A_YEAR = " a year"
UNSURE, SURE = "~", "*"  # a difference whose Monte Carlo error is above 5% of it, or one where it is not
FULL = 37  # columns that a value, its difference and both ends of the interval take


@dataclass(frozen=True)
class Numbers:
    """A row's numbers as text: its value, its difference, half its interval and the ends of it; empty if unknown."""

    value: str
    difference: str = ""
    half: str = ""
    low: str = ""
    high: str = ""


class Row(Protocol):
    """A row of ``read_table``: a measure of an arm, and its difference from the baseline."""

    measure: str
    arm: str
    unit: str
    value: float
    difference: float
    low: float
    high: float
    replicates: int
    replicates_needed: float


Cells: TypeAlias = dict[tuple[str, str], Row]
Sections: TypeAlias = Mapping[str, Sequence[str]]
Layout: TypeAlias = Callable[[Numbers], tuple[str, str]]


def print_table(
    console: Console,
    summary: Frame,
    baseline: str,
    *,
    outcomes: Sequence[str] = (),
    title: str = "",
    months: int = 0,
    over: str = "seeds",
    sections: Sections | None = None,
) -> None:
    """Print the headline measures and what the scenario asks for beside them, as wide as the terminal allows.

    Parameters
    ----------
    console : where to; its width decides the layout.
    summary : as ``summary.csv`` holds it.
    baseline : the arm with which the others are compared.
    outcomes : measures that the scenario names; those of the headline are shown once.
    months : length of the runs, for the note below the table.
    sections : what is shown instead, by heading, without the note.
    over : what an interval is over: ``seeds`` (the luck of runs), ``draws`` (95% of the draws of a sweep), or
        ``points`` (of a design that explores: none).
    """
    summary = without_ranges_of_few(summary) if over == "draws" else summary
    usual = {**HEADLINE_SECTIONS, ASKED_FOR: tuple(name for name in outcomes if name not in HEADLINE)}
    sections, noted = sections or usual, sections is None
    table = read_table(summary, baseline, [name for names in sections.values() for name in names])
    arms = [baseline, *(arm for arm in dict.fromkeys(table["arm"]) if arm != baseline)]
    cells = {(row.measure, row.arm): row for row in table.itertuples()}
    mark = mark_of(list(cells.values()))
    others = arms[1:]
    fits = max(1, (console.width - LABEL) // (LINE + PADDING) - 1)  # more arms than fit come in further blocks
    for block in [others[i : i + fits] for i in range(0, len(others), fits)] or [[]]:
        console.print(_block([baseline, *block], cells, console.width, title, sections, mark))
    if noted:
        console.print(_legend(list(cells.values()), baseline, bool(others), months, over), soft_wrap=False)


def without_ranges_of_few(summary: Frame) -> Frame:
    """Return a summary over draws without the range of 95% of them where they are too few to have one."""
    few = summary["replicates"] < FEWEST_DRAWS
    return summary.assign(low=summary["low"].mask(few), high=summary["high"].mask(few))


def _block(arms: Sequence[str], cells: Cells, width: int, title: str, sections: Sections, mark: str) -> Table:
    layout = _layout(width, len(arms) - 1)
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 0, 0, 1))
    table.add_column("", no_wrap=True)
    for arm in arms:
        width_of_arm = LINE if layout is _two_lines else None
        table.add_column(Text(in_words(arm), justify="right"), justify="right", width=width_of_arm)
    for section, names in sections.items():
        shown = [name for name in names if any((name, arm) in cells for arm in arms)]
        if shown:
            table.add_row(Text(section, style="bold"), *[""] * len(arms))
        for name in shown:
            table.add_row(f"  {_label(name)}", *(_cell(cells.get((name, arm)), layout, mark) for arm in arms))
        table.add_section()
    return table


def _layout(width: int, others: int) -> Layout:
    room = width - LABEL - LINE - PADDING * (others + 2)
    if room >= others * FULL:
        return _full
    return _one_line if room >= others * JOINED else _two_lines


def _full(shown: Numbers) -> tuple[str, str]:
    interval = f"({shown.low} to {shown.high})" if shown.low else ""
    return "  ", _filled(f"{shown.difference:>7} {interval:>19}")


def _one_line(shown: Numbers) -> tuple[str, str]:
    half = f"±{shown.half}" if shown.half else ""
    return "  ", _filled(f"{shown.difference:>7} {half:<7}")


def _filled(text: str) -> str:
    """The text with spaces that a table neither trims nor breaks, so that columns line up."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _two_lines(shown: Numbers) -> tuple[str, str]:
    return "\n", f"{shown.difference}{f' ±{shown.half}' if shown.half else ''}"


def _label(name: str) -> str:
    measure = BY_NAME[name]
    if measure.unit == "share":
        return f"{measure.label}, %"
    return measure.label if "member-months" in measure.unit or measure.unit == "USD PMPM" else _with_unit(measure)


def _with_unit(measure: Measure) -> str:
    if " per " in measure.unit:
        return f"{measure.label} per {measure.unit.partition(' per ')[2]}"
    return f"{measure.label}, a year" if measure.unit.endswith(A_YEAR) else measure.label


def _cell(row: Row | None, layout: Layout, mark: str) -> Text:
    if row is None:
        return Text("-", style="dim")
    shown = in_numbers(row, mark)
    if not shown.difference:
        return Text(shown.value)
    between, difference = layout(shown)
    return Text.assemble(shown.value, between, (difference, _style(row)))


def mark_of(rows: Sequence[Row]) -> str:
    """Return what is marked, the exceptions: ``~`` differences that need more seeds, or ``*`` those that do not."""
    unsure = [row.replicates_needed > 0 for row in rows if abs(row.difference) > 0]  # the baseline has none
    return SURE if sum(unsure) > len(unsure) / 2 else UNSURE


def in_numbers(row: Row, mark: str = UNSURE) -> Numbers:
    """Numbers for reading: shares in percent and percentage points, differences marked as ``mark_of`` has it."""
    scale = 100 if row.unit == "share" else 1
    value = f"{scale * row.value:,.{_decimals(row.unit, scale * row.value)}f}"
    if math.isnan(row.difference):
        return Numbers(value)
    if row.difference == 0 and not row.high > row.low:
        return Numbers(value, "0")
    half = scale * (row.high - row.low) / 2
    digits = _digits(abs(scale * row.difference), half)
    marked = row.replicates_needed > 0 if mark == UNSURE else row.replicates_needed == 0
    difference = signed(scale * row.difference, digits) + (mark if marked else "")
    if math.isnan(half):
        return Numbers(value, difference)
    ends = (signed(scale * end, digits) for end in (row.low, row.high))
    return Numbers(value, difference, f"{half:.{digits}f}", *ends)


def _decimals(unit: str, value: float) -> int:
    if unit == "USD PMPM":
        return 2
    return 1 if abs(value) >= ONE_DECIMAL else 2


def _digits(difference: float, half: float) -> int:
    """Decimals: two, but three for what is small and known well, and one for what is hardly known."""
    if half >= ONE_DECIMAL:
        return 1
    return 3 if difference < SMALL and not half >= SMALL else 2


def signed(value: float, digits: int) -> str:
    """A number with its sign, but no sign on a zero."""
    text = f"{value:+,.{digits}f}"
    return text if float(text.replace(",", "")) else text[1:]


def _style(row: Row) -> str:
    """Green for better, red for worse, where the interval excludes no difference; dim where it does not."""
    if not (row.low > 0 or row.high < 0):
        return "dim"
    better = BY_NAME[row.measure].higher_is_better
    if better is None:
        return "bold"
    return "green" if (row.difference > 0) == better else "red"


def _legend(rows: Sequence[Row], baseline: str, compared: bool, months: int, over: str) -> Text:
    """Say below a table what its means and differences are of."""
    replicates = max((row.replicates for row in rows), default=0)
    of = counted(replicates, "seed") if over == "seeds" else f"{counted(replicates, over[:-1])} of the uncertainties"
    when = f"{counted(months, 'month')} and " if months else ""
    text = f"Means over {when}{of}, in nominal dollars: prices grow, nothing is discounted."
    if compared:
        text += f" Differences are from {in_words(baseline)}, {_spread(replicates, over)}."
        text += mark_in_words(rows, over)
        text += " Outcomes that the experiment does not name are exploratory."
    return Text(text, style="dim")


def mark_in_words(rows: Sequence[Row], over: str) -> str:
    """Say what a mark means; nothing where no difference has one."""
    if not any(row.replicates_needed > 0 for row in rows):
        return ""
    how_many = "; `ccosim report` says how many seeds are needed" if over == "seeds" else ""
    if mark_of(rows) == UNSURE:
        return f" {UNSURE} the Monte Carlo error is above 5% of the difference{how_many}."
    return f" Most have a Monte Carlo error above 5% of the difference, {SURE} those that do not{how_many}."


def _spread(replicates: int, over: str) -> str:
    if over == "points":
        return NO_DRAWS
    if over == "draws":
        return FEW_DRAWS if replicates < FEWEST_DRAWS else "with the range that holds 95% of the draws"
    return "one seed: no interval" if replicates < 2 else "paired by seed, with 95% intervals"


def call_arms(labels: Mapping[str, str] | None) -> None:
    """Set what ``in_words`` calls arms from here on: the ``labels`` of the study that is shown."""
    _LABELS.clear()
    _LABELS.update(labels or {})


def in_words(name: str) -> str:
    """An arm's name for reading: its label; else ``fee_for_service`` is ``Fee for service``, ``cco_ffs`` is CCO FFS."""
    arm, where, setting = name.partition(" (")  # a strategy names the setting of its levers
    if where and setting.endswith(")"):
        setting = f"{setting_in_words(setting[:-1])})"
    if arm in _LABELS:
        return f"{_LABELS[arm]}{where}{setting}"
    words = " ".join(word.upper() if word in ACRONYMS else word for word in arm.split("_")).strip()
    return f"{words[:1].upper()}{words[1:]}{where}{setting}"


def setting_in_words(setting: str) -> str:
    """``payment.growth_cap=0.02`` is ``growth cap 0.02``; keys that end alike stay whole."""
    pairs = [part.partition("=") for part in setting.split(", ")]
    ends = [key.rpartition(".")[2].replace("_", " ") for key, _, _ in pairs]
    if len(set(ends)) < len(ends) or not all(value for _, _, value in pairs):
        return setting
    return ", ".join(f"{end} {value}" for end, (_, _, value) in zip(ends, pairs, strict=True))


def in_midst(name: str) -> str:
    """An arm's name within a sentence: ``fee for service``, but ``FFS``."""
    words = in_words(name)
    if words[:2].isupper() or name.partition(" (")[0] in _LABELS:
        return words
    return words[:1].lower() + words[1:]
