"""The first table of a paper: who the members are and what they use at the start, by arm and by group.

All arms of a comparison have the same people; what differs between them in month 0 is what a policy does at once.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from experiments.terminal.tables import in_words
from sim.engine.arrays import Floats, Frame
from sim.measures.measures import BY_NAME
from sim.measures.result import RunResult
from sim.measures.small_cells import hidden_groups, small
from sim.measures.strata import LEVELS
from sim.runs.comparison import Comparison
from sim.schema import CONDITIONS, NEEDS

USED = ("pmpm_medical", "ed_visits_per_1000_mm", "inpatient_stays_per_1000_mm", "primary_care_visits_per_1000_mm")
SAID = (*USED, "attached_share", "needs_any_share", *(f"{need}_need_share" for need in NEEDS))
COLUMNS = ("characteristic", "unit", "of", "level", "value")
LARGE = 1000  # from here on without decimals
SPECIAL = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"}


def first_table(comparison: Comparison) -> Frame:
    """Return the table in long form: ``characteristic, unit, of, level, value``, means over the seeds.

    ``of`` is ``arm`` (month 0) or a stratum (the first year of the baseline); groups are
    shares of members of a stratum.
    With margins of a user's own, numbers of 1 to 10 people are empty, and groups from which they would follow.
    """
    import pandas as pd

    rows = [row for arm in comparison.arms for row in _of_arm(arm, _runs(comparison, arm))]
    rows += _of_groups(_runs(comparison, comparison.baseline))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return without_small_numbers(frame) if comparison.guarded else frame


def _runs(comparison: Comparison, arm: str) -> list[RunResult]:
    return [comparison.results[arm, seed] for seed in comparison.seeds]


def _of_arm(arm: str, runs: list[RunResult]) -> Iterator[tuple[str, str, str, str, float]]:
    names = list(BY_NAME)
    first = np.mean([run.of_month(0) for run in runs], axis=0)
    members = float(first[names.index("members")])
    yield "Members", "people", "arm", arm, members
    for (stratum, level), share in zip(LEVELS, _shares(runs), strict=True):
        yield f"{in_words(stratum)}: {in_words(level)}", "%", "arm", arm, 100 * share
    for k, condition in enumerate(CONDITIONS):
        people = float(np.mean([run.registers[0, :, k, 0] @ run.weights for run in runs]))
        yield f"Condition: {in_words(condition)}", "%", "arm", arm, 100 * people / members
    yield from (_row(name, "arm", arm, float(first[names.index(name)])) for name in SAID)


def _of_groups(runs: list[RunResult]) -> Iterator[tuple[str, str, str, str, float]]:
    names = list(BY_NAME)
    years = np.mean([run.levels_in(0) for run in runs], axis=0)
    for (stratum, level), values in zip(LEVELS, years, strict=True):
        yield "Members", "people", stratum, level, float(values[names.index("members")])
        yield from (_row(name, stratum, level, float(values[names.index(name)])) for name in SAID)


def _shares(runs: list[RunResult]) -> Floats:
    """Members of each level as a share of all, in the first year."""
    place = list(BY_NAME).index("members")
    people = np.mean([run.levels_in(0)[:, place] for run in runs], axis=0)
    of = [people[[one == stratum for one, _ in LEVELS]].sum() for stratum, _ in LEVELS]
    return np.asarray(people / np.array(of))


def _row(name: str, of: str, level: str, value: float) -> tuple[str, str, str, str, float]:
    measure = BY_NAME[name]
    share = measure.unit == "share"
    return measure.label, "%" if share else measure.unit, of, level, 100 * value if share else value


def without_small_numbers(frame: Frame) -> Frame:
    """Return the table without numbers of 1 to 10 people, in percent too, and without groups from which they follow."""
    counts = frame[(frame["characteristic"] == "Members") & (frame["of"] != "arm")]
    rows = list(zip(counts["of"], counts["level"], strict=True))
    gone = {row for row, few in zip(rows, hidden_groups(rows, counts["value"].to_numpy()[None]), strict=True) if few}
    named = {f"{in_words(stratum)}: {in_words(level)}" for stratum, level in gone}
    hidden = np.array([where in gone for where in zip(frame["of"], frame["level"], strict=True)])
    members = frame[frame["characteristic"] == "Members"].set_index(["of", "level"])["value"]
    people = members.loc[list(zip(frame["of"], frame["level"], strict=True))].to_numpy()
    share = np.where(frame["unit"] == "%", frame["value"] / 100, np.nan)
    few = small(people * share) | small(people * (1 - share))
    return frame.assign(value=frame["value"].mask(hidden | few | frame["characteristic"].isin(named).to_numpy()))


def as_latex(frame: Frame) -> bytes:
    """Return the table as LaTeX, arms first, then a part for each stratum; it needs the package ``booktabs``."""
    return b"\n".join(_part(frame[frame["of"] == of]) for of in dict.fromkeys(frame["of"]))


def as_docx(frame: Frame) -> bytes | None:
    """Return the table as a document for a word processor; None where python-docx (the extra ``paper``) is missing."""
    try:
        from docx import Document
    except ImportError:
        return None
    document = Document()
    for of in dict.fromkeys(frame["of"]):
        rows = list(_cells(frame[frame["of"] == of]))
        table = document.add_table(len(rows), len(rows[0]), style="Light List")
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        document.add_paragraph()
    document.save(kept := io.BytesIO())
    return _undated(kept)


def _undated(document: io.BytesIO) -> bytes:
    """Return a document without the time at which it was packed: equal studies have equal files."""
    with ZipFile(document) as dated, ZipFile(kept := io.BytesIO(), "w") as undated:
        for name in dated.namelist():
            undated.writestr(ZipInfo(name), dated.read(name), ZIP_DEFLATED)
    return kept.getvalue()


def _part(here: Frame) -> bytes:
    head, *rows = [" & ".join(map(_tex, texts)) + r" \\" for texts in _cells(here)]
    begin = rf"\begin{{tabular}}{{l{'r' * head.count('&')}}}"
    return "\n".join([begin, r"\toprule", head, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}", ""]).encode()


def _cells(here: Frame) -> Iterator[list[str]]:
    """Yield the head and the rows of one part, as texts."""
    levels = list(dict.fromkeys(here["level"]))
    cells = {(row.characteristic, row.level): row for row in here.itertuples()}
    yield ["", *map(in_words, levels)]
    for row in here.drop_duplicates("characteristic").itertuples():
        values = [cells[row.characteristic, level].value for level in levels]
        shown = ["--" if np.isnan(value) else f"{value:,.0f}" if value >= LARGE else f"{value:.1f}" for value in values]
        yield [f"{row.characteristic}, {row.unit}", *shown]


def _tex(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in text)
