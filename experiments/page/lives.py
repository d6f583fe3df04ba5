"""One life in both arms: who is chosen, what each month held, when the two lives part, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.page.parts import map_part
from experiments.page.sentences import WHY, Place
from experiments.terminal.tables import in_words
from sim.engine.arrays import Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.live import Diary, Pair
from sim.measures.measures import BY_NAME
from sim.pictures import Lane, life
from sim.schema import CAUSES, CONDITIONS, HERE, MEDICAID, NEEDS, SERVICES

SHOWN = 12  # people offered at a time
AGES = {"any": (0, 200), "0-17": (0, 18), "18-44": (18, 45), "45-64": (45, 65), "65+": (65, 200)}
ANYBODY = "any"
DIFFER, PARTED = "differ", "parted"
ORDERS = {DIFFER: "those whose lives differ most", PARTED: "those whose lives parted first"}
WEIGHTS = {"ed_year": 1.0, "ed_last_year": 1.0, "stays_year": 3.0, "stays_last_year": 3.0}  # in the order of lives
CENTS = 100.0
LEFT_OUT = ("visits: emergency", "visits: pharmacy", "visits: ancillary")  # the first is there by cause
SAME = "Nothing differs so far: the two lives are the same in every month, but for what their care is paid."


class Lives:
    """The lives of a pair as parts of the page."""

    def __init__(self, pair: Pair) -> None:
        assert pair.lives is not None
        self.pair, self.lives = pair, pair.lives

    def counties(self, measure: str) -> dict[str, Any]:
        """Return a measure by county, B - A, as a map and a table."""
        places = [Place(one.name, one.a, one.b, one.b - one.a, np.nan, np.nan, one.members, one.thin)
                  for one in self.pair.by_county(measure)]  # fmt: skip
        known = any(np.isfinite(one.a) for one in places)
        note = "The first seed alone: no interval, and luck weighs more than between CCO areas." if known else (
            "This measure is not known by county: money and quality are added up by CCO area."
        )  # fmt: skip
        return map_part(BY_NAME[measure], places, "county, first seed", note)

    def choose(self, age: str = ANYBODY, need: str = ANYBODY, order: str = DIFFER) -> list[dict[str, str]]:
        """Return people in both arms, in one of the ``ORDERS``."""
        a, b = (np.asarray(system.members) for system in self.pair.systems)
        mine = np.flatnonzero(_fits(a, age, need))
        theirs = np.flatnonzero(np.isin(b["status"], HERE))
        keys, in_a, in_b = np.intersect1d(a["key"][mine], b["key"][theirs], assume_unique=True, return_indices=True)
        rows, others = mine[in_a], theirs[in_b]
        months = self.lives.month_of(keys)
        apart = _apart(a[rows], b[others]) + (months >= 0) * 0.5
        rank = np.where(months < 0, self.pair.months, months) if order == PARTED else -apart
        first = np.lexsort([-apart, rank])[:SHOWN]
        return [{"key": str(keys[i]), "who": self._who(a[rows[i]])} for i in first]

    def _who(self, row: Any) -> str:
        area = self.pair.systems[0].population.areas[int(row["area"])]
        return f"{int(row['age_months']) // MONTHS_PER_YEAR}-year-old member, {area}"

    def picture(self, key: int) -> dict[str, Any] | None:
        """Return the life of one person as a part of the page; None if nobody has the key in both arms."""
        a, b = self.lives.diary(key)
        if not len(a.months) or not len(b.months):
            return None
        who = f"A synthetic person: {self._who(a.members[-1])}"
        lanes = _of_both(*(self._lanes(system, one) for system, one in zip(self.pair.systems, (a, b), strict=True)))
        why = self.lives.parting(key)
        months = sorted({*a.months.tolist(), *b.months.tolist()})
        columns = ["Month", *(f"{arm}: {lane.label}" for arm, some in zip("AB", lanes, strict=True) for lane in some)]
        rows = [
            [month, *(_at(one, lane, month) for one, some in zip((a, b), lanes, strict=True) for lane in some)]
            for month in months
        ]
        drawn = [
            [lane._replace(values=[_at(one, lane, month) or 0.0 for month in range(self.pair.month)]) for lane in some]
            for one, some in zip((a, b), lanes, strict=True)
        ]
        svg = life(drawn[0], drawn[1], self.pair.months, who, why.month if why else None)
        note = why.words("\n") if why else SAME
        answer = [WHY, f"{who}. {' '.join(note.splitlines()[:-1]) if why else SAME}"]
        return {"svg": svg, "note": note, "answer": answer, "table": {"caption": who, "columns": columns, "rows": rows}}

    def _lanes(self, system: Any, diary: Diary) -> list[Lane]:
        """All lanes of one arm; a lane in which nothing ever happens is left out later."""
        rows, events = diary.members, diary.events

        def bits(column: str, names: tuple[str, ...], label: str) -> list[Lane]:
            return [Lane(f"{label}{_word(name)}", "state", _plain(rows[column] >> bit & 1))
                    for bit, name in enumerate(names)]  # fmt: skip

        def counts(column: str, names: tuple[str, ...], label: str) -> list[Lane]:
            return [Lane(f"{label}{_word(name)}", "events", _plain(events[column][:, place]))
                    for place, name in enumerate(names)]  # fmt: skip

        has = bits("present", CONDITIONS, "")
        held = [Lane(f"{one.label} under control", "state", _plain(one.values * (rows["controlled"] >> bit & 1)))
                for bit, one in enumerate(has)]  # fmt: skip
        visits = [lane for lane in counts("served", SERVICES, "visits: ") if lane.label not in LEFT_OUT]
        causes = counts("causes", CAUSES, "emergency: ")
        unmet = Lane("visits withheld or lost", "events", _plain(events["unmet"].sum(axis=1)))
        return [
            Lane("covered", "state", _plain(events["covered"])),
            *(lane for pair in zip(has, held, strict=True) for lane in pair),
            *visits,
            *causes,
            unmet,
            *bits("needs", NEEDS, "need: "),
            *bits("package", tuple(one.label for one in system.slots.packages), "program: "),
            Lane("Medicaid dollars", "money", _plain(events["cents"][:, MEDICAID] / CENTS)),
        ]


def _of_both(a: list[Lane], b: list[Lane]) -> tuple[list[Lane], list[Lane]]:
    """The lanes in which something happens in either arm; cover and dollars always."""
    used = {lane.label for lane in (*a, *b) if any(lane.values)} | {a[0].label, a[-1].label}
    mine, theirs = ([lane for lane in some if lane.label in used] for some in (a, b))
    return mine, theirs


def _at(diary: Diary, lane: Lane, month: int) -> float | None:
    place = int(np.searchsorted(diary.months, month))
    there = place < len(diary.months) and diary.months[place] == month
    return lane.values[place] if there else None


def _plain(values: NDArray[Any]) -> list[float]:
    return [float(x) for x in values]


def _word(name: str) -> str:
    return in_words(name).lower()


def _fits(table: NDArray[Any], age: str, need: str) -> Flags:
    low, high = AGES.get(age, AGES[ANYBODY])
    years = table["age_months"] // MONTHS_PER_YEAR
    inside: Flags = np.isin(table["status"], HERE) & (years >= low) & (years < high)
    return inside & (table["needs"] >> NEEDS.index(need) & 1 == 1) if need in NEEDS else inside


def _apart(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    """How much this year and the last differ for each person: emergency visits, stays, programs."""
    sizes = [weight * np.abs(a[name] * 1.0 - b[name]) for name, weight in WEIGHTS.items()]
    apart: Floats = np.sum(sizes, axis=0) + (a["ever_package"] != b["ever_package"])
    return apart
