"""One life in both arms: who is chosen, what each month held, and when the two lives part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.terminal.tables import in_words
from sim.engine.arrays import Flags, Floats
from sim.live import Pair
from sim.measures.person_panel import GONE, Diary, Panel
from sim.pictures import Lane, life
from sim.schema import HERE, NEEDS

SHOWN = 12  # people offered at a time
AGES = {"any": (0, 200), "0-17": (0, 18), "18-44": (18, 45), "45-64": (45, 65), "65+": (65, 200)}
ANYBODY = "any"
VISITS, STAYS = ("ed_visits", 1.0), ("stays", 3.0)  # and how much a difference of one counts in the order of lives
CENTS, MONTHS_A_YEAR = 100.0, 12


@dataclass
class Lives:
    """The months of every member in both arms, recorded while a pair is simulated."""

    pair: Pair
    panels: tuple[Panel, Panel] = field(default_factory=lambda: (Panel(), Panel()))

    def record(self) -> None:
        """Record the month that was just simulated."""
        for panel, system in zip(self.panels, self.pair.systems, strict=True):
            panel.record(system.members, self.pair.month - 1)

    def choose(self, age: str = ANYBODY, need: str = ANYBODY) -> list[dict[str, str]]:
        """Return people in both arms, those whose months differ most first."""
        table = np.asarray(self.pair.systems[0].members)
        inside = _fits(table, age, need)
        keys = np.intersect1d(table["key"][inside], self._present(1))
        if not len(keys):
            return []
        a, b = (panel.diary(keys) for panel in self.panels)
        order = np.argsort(-_apart(a, b), kind="stable")[:SHOWN]
        rows = {int(key): row for row, key in enumerate(table["key"])}
        return [{"key": str(keys[i]), "who": self._who(table[rows[int(keys[i])]])} for i in order]

    def _present(self, arm: int) -> NDArray[Any]:
        table = np.asarray(self.pair.systems[arm].members)
        return np.asarray(table["key"][np.isin(table["status"], HERE)])

    def _who(self, row: Any) -> str:
        area = self.pair.systems[0].population.areas[int(row["area"])]
        return f"{int(row['age_months']) // MONTHS_A_YEAR}-year-old member, {area}"

    def picture(self, key: int) -> dict[str, Any] | None:
        """Return the life of one person as a part of the page; None if nobody has the key in both arms."""
        wanted = np.array([key], np.uint64)
        table = np.asarray(self.pair.systems[0].members)
        found = np.flatnonzero(table["key"] == wanted[0])
        if not len(found) or wanted[0] not in self._present(1):
            return None
        who = f"A synthetic person: {self._who(table[found[0]])}"
        a, b = (panel.diary(wanted) for panel in self.panels)
        lanes = [self._lanes(system, diary) for system, diary in zip(self.pair.systems, (a, b), strict=True)]
        parted, why = _parting(*lanes)
        columns = [
            "Month",
            *(f"{arm}: {lane.label}" for arm, of_arm in zip("AB", lanes, strict=True) for lane in of_arm),
        ]
        rows = [
            [int(m), *(float(lane.values[i]) for of_arm in lanes for lane in of_arm)] for i, m in enumerate(a.months)
        ]
        svg = life(lanes[0], lanes[1], self.pair.months, who, parted)
        return {"svg": svg, "note": why, "table": {"caption": who, "columns": columns, "rows": rows}}

    def _lanes(self, system: Any, diary: Diary) -> list[Lane]:
        use = {name: values[0] for name, values in diary.use.items()}
        covered = np.isfinite(use["ed_visits"]) * 1.0
        lanes = [Lane("covered all month", "state", covered.tolist())]
        lanes += [Lane("emergency visits", "events", _known(use["ed_visits"]))]
        lanes += [Lane("hospital stays", "events", _known(use["stays"]))]
        packages = system.whole.packages_ever
        for bit, name in enumerate(packages):
            served = (diary.served[0] >> bit & 1) * 1.0
            if served.any():
                lanes.append(Lane(f"program: {in_words(name).lower()}", "state", served.tolist()))
        for bit, need in enumerate(NEEDS):
            has = ((diary.needs[0] != GONE) & (diary.needs[0] >> bit & 1 == 1)) * 1.0
            if has.any():
                lanes.append(Lane(f"need: {in_words(need).lower()}", "state", has.tolist()))
        return [*lanes, Lane("Medicaid dollars", "money", _known(use["medicaid_cents"] / CENTS))]


def _known(values: Floats) -> list[float]:
    return [float(x) for x in np.nan_to_num(values)]


def _fits(table: NDArray[Any], age: str, need: str) -> Flags:
    low, high = AGES.get(age, AGES[ANYBODY])
    years = table["age_months"] // MONTHS_A_YEAR
    inside: Flags = np.isin(table["status"], HERE) & (years >= low) & (years < high)
    return inside & (table["needs"] >> NEEDS.index(need) & 1 == 1) if need in NEEDS else inside


def _apart(a: Diary, b: Diary) -> Floats:
    """How much the months of each person differ."""
    sizes = [w * np.abs(np.nan_to_num(a.use[n]) - np.nan_to_num(b.use[n])).sum(axis=1) for n, w in (VISITS, STAYS)]
    served: Floats = (a.served != b.served).any(axis=1) * 1.0
    apart: Floats = sizes[0] + sizes[1] + served
    return apart


def _parting(a: list[Lane], b: list[Lane]) -> tuple[int | None, str]:
    """Return the first month in which anything differs, and what."""
    mine, theirs = ({lane.label: lane.values for lane in lanes} for lanes in (a, b))
    months = max((len(lane.values) for lane in a), default=0)
    nothing = [0.0] * months
    for month in range(months):
        apart = [
            f"{label}: {_said(mine.get(label, nothing)[month])} in A, {_said(theirs.get(label, nothing)[month])} in B"
            for label in dict.fromkeys([*mine, *theirs])
            if mine.get(label, nothing)[month] != theirs.get(label, nothing)[month]
        ]
        if apart:
            return month, f"The lives part in month {month}: {'; '.join(apart)}."
    return None, "Nothing differs so far: the two lives are the same in every month."


def _said(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
