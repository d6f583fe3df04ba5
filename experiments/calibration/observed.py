"""A run that is watched through its years.

Besides the recorded cells, the counters of every living person are read each December, so that figures of people
(shares of users, concentration, persistence) can be computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import schema

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.scenario import Scenario

Table = NDArray[Any]
YEAR_FIELDS = (
    "key",
    "area",
    "age_months",
    "status",
    "attached",
    "eligibility",
    "months_covered",
    "dual",
    "third_party",
    "needs",
    "present",
    "diagnosed",
    "controlled",
    "ed_year",
    "stays_year",
    "primary_year",
    "behavioral_year",
    "dental_year",
    "spend_year",
    "given",
)


@dataclass(frozen=True)
class Observed:
    """A run and its member-years: for each December, one row for every person alive."""

    result: RunResult
    years: tuple[Table, ...]
    cells: Table
    renewed: float
    returned: float


def observe(scenario: Scenario, seed: int = 0) -> Observed:
    """Run a scenario and keep each December's counters, renewals kept, and returns within six months."""
    from sim.model import HealthSystem

    model = HealthSystem(scenario, seed)
    years, kept, due = [], 0, 0
    cells: Table = np.zeros(0)
    left: dict[int, Table] = {}
    back, gone = 0, 0
    while model.month < scenario.months:
        before = np.array(model.members[["key", "status", "months_covered"]])
        month = model.month
        model.step()
        assert model.last is not None
        cells = model.last.cells if cells.size == 0 else cells + model.last.cells
        now = model.members
        same = now["key"][: len(before)] == before["key"]
        on = (before["status"] == schema.ENROLLED) & same
        up = on & (before["months_covered"] >= 12) & (before["months_covered"] % 12 == 0)
        due += int(up.sum())
        kept += int((now["status"][: len(before)][up] == schema.ENROLLED).sum())
        left[month] = before["key"][on & (now["status"][: len(before)] == schema.OFF_COVER)]
        if month - 6 in left:
            ids = left.pop(month - 6)
            gone += len(ids)
            back += int(np.isin(ids, now["key"][now["status"] == schema.ENROLLED]).sum())
        if month % 12 == 11:
            alive = np.isin(now["status"], schema.HERE)
            years.append(np.array(now[list(YEAR_FIELDS)])[alive])
    result = model.result()
    model.close()
    return Observed(result, tuple(years), cells, kept / max(due, 1), back / max(gone, 1))


def weighted_cells(seen: Observed) -> Table:
    """Counts of the whole run by stratum, in people of the state; shape (*STRATUM_SHAPE, count)."""
    state = np.tensordot(seen.result.weights, seen.cells.astype(float), axes=1)
    return np.asarray(state.reshape(*schema.STRATUM_SHAPE, len(schema.COUNTS)))


def by_age(seen: Observed) -> Table:
    """Counts by age band; shape (age band, count)."""
    return np.asarray(weighted_cells(seen).sum(axis=(0, 1, 2, 4)))


def count(cells: Table, name: str) -> Table:
    """One column of counts."""
    return np.asarray(cells[..., schema.COUNT_INDEX[name]])


def use_by_age(seen: Observed) -> Table:
    """Return events per 1,000 member-months, by age band and service."""
    return use_of(by_age(seen))


def use_of(cells: Table) -> Table:
    """The same, from counts by age band."""
    visits = np.stack([count(cells, f"{service}_visits") for service in schema.SERVICES], axis=1)
    return np.asarray(1000.0 * visits / count(cells, "member_months")[:, None])


def share_of_top(spend: Table, weight: Table, top: float) -> float:
    """Share of the spending of the ``top`` part of people who spend most."""
    order = np.argsort(-spend, kind="stable")
    people = np.cumsum(weight[order]) / weight.sum()
    money = np.cumsum((spend * weight)[order])
    return float(np.interp(top, people, money) / money[-1])


def bit(table: Table, name: str, condition: int) -> Table:
    """Whether each person has a condition's bit set in a mask column."""
    return np.asarray((table[name] >> condition) & 1 == 1)
