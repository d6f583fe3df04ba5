"""What must be kept of a run so that any one life of it can be simulated again, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Ints
from sim.member.month import MONTHS_IN_ROOM, live_chunk, make_scratch

if TYPE_CHECKING:
    from sim.model import HealthSystem

WHOLE_MEMBER = np.dtype((np.void, schema.MEMBER.itemsize))  # as plain bytes, which NumPy copies faster
OF_THE_CLOCK = ("month", "month_of_year")  # fields of the rules' record that change each month


class Given(NamedTuple):
    """What the rules are given in one month for one member."""

    member: NDArray[Any]
    areas: NDArray[Any]
    clinics: NDArray[Any]
    params: NDArray[Any]
    seed: np.uint64


class Diary(NamedTuple):
    """One life, a row for each month.

    Attributes
    ----------
    months : of the run.
    members : the person at the end of each (`schema.MEMBER`): cover, conditions, control, needs, programs.
    events : what happened in each (`schema.MONTH`): visits by service and cause, unmet visits, cents by payer.
    """

    months: Ints
    members: NDArray[Any]
    events: NDArray[Any]


class Kept:
    """Keeps, month by month, what organizations decided and which rows of members anything but their rules wrote.

    In between a member's month depends on the row of the month before, and on draws that can be drawn again.
    """

    def __init__(self) -> None:
        self.first = 0
        self.packages: tuple[str, ...] = ()  # labels, in the order of their bits
        self._written: list[tuple[Ints, NDArray[Any]]] = []
        self._after: NDArray[Any] = np.zeros(0, schema.MEMBER)
        self._decided: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any], Any]] = []
        self._seed = np.uint64(0)
        self._scratch: Any = None
        self._of_counties: tuple[NDArray[Any], list[Ints]] | None = None

    def before_members(self, system: HealthSystem) -> None:
        """Keep the rows that changed since the members' last month."""
        if not self._written:
            self.first, self._seed = system.month, np.uint64(system.seed)
            self.packages = tuple(package.label for package in system.slots.packages)
        table, old = system.whole_members(), self._after
        known = len(old)
        changed = (_words(table[:known]) != _words(old)).any(axis=1)
        rows = np.concatenate([np.flatnonzero(changed), np.arange(known, len(table))])
        rows = rows[(table["status"][rows] != schema.VACANT) | (rows < known)]
        self._written.append((rows, _taken(table, rows)))

    def after_members(self, system: HealthSystem) -> None:
        """Keep what the members met, and how they are now."""
        self._after = system.whole_members()
        params = np.array(system.params)
        clock = tuple(params[name][0] for name in OF_THE_CLOCK)
        for name in OF_THE_CLOCK:
            params[name] = 0
        if self._decided and params.tobytes() == self._decided[-1][2].tobytes():
            params = self._decided[-1][2]
        self._decided.append((np.array(system.areas), np.array(system.clinics), params, clock))

    def given(self, month: int, member: NDArray[Any]) -> Given:
        """Return what the rules were given in a month, for this member."""
        areas, clinics, params, clock = self._decided[month - self.first]
        params = params.copy()
        for name, value in zip(OF_THE_CLOCK, clock, strict=True):
            params[name] = value
        here, these = areas.view(np.recarray), clinics.view(np.recarray)
        return Given(member.view(np.recarray), here, these, params.view(np.recarray), self._seed)

    def before(self, key: int) -> list[tuple[int, NDArray[Any]]]:
        """Return the months of a person, and the row that the rules were given in each."""
        return [(month, start) for month, start, _, _ in self._lived(key)]

    def diary(self, key: int) -> Diary:
        """Return the life of the person with a key; no months, if there was none."""
        lived = self._lived(key)
        rows = [np.concatenate([one[at] for one in lived]) if lived else None for at in (2, 3)]
        empty = (np.zeros(0, schema.MEMBER), np.zeros(0, schema.MONTH))
        members, events = (none if found is None else found for found, none in zip(rows, empty, strict=True))
        return Diary(np.array([one[0] for one in lived], np.int64), members, events)

    def _lived(self, key: int) -> list[tuple[int, NDArray[Any], NDArray[Any], NDArray[Any]]]:
        """Simulate one person alone: month, row before, row after, what happened."""
        found, row, now = [], -1, np.zeros(1, schema.MEMBER)
        for place in range(len(self._decided)):
            rows, values = self._written[place]
            if row < 0:
                mine = np.flatnonzero(values["key"] == np.uint64(key))
                row = int(rows[mine[0]]) if len(mine) else -1
            at = np.flatnonzero(rows == row)
            if len(at):
                now = _taken(values, at)
            if row < 0 or now["key"][0] != np.uint64(key) or now["status"][0] == schema.VACANT:
                continue
            start, now = now, _taken(now, slice(None))
            event = self._live(self.given(place + self.first, now))
            found.append((place + self.first, start, now, event))
        return found

    def by_county(self, counties: int) -> Ints:
        """Return what cells count, by county and area, for the months so far: ``[month, county, area, count]``.

        The months that are new since the last call are simulated again, county by county.
        """
        if self._of_counties is None:
            self._of_counties = (np.zeros(0, schema.MEMBER), [])
        table, found = self._of_counties
        for place in range(len(found), len(self._decided)):
            rows, values = self._written[place]
            more = np.zeros(max(0, int(rows.max(initial=-1)) + 1 - len(table)), schema.MEMBER)
            table = _joined(table, more)
            table.view(WHOLE_MEMBER)[rows] = values.view(WHOLE_MEMBER)
            given = self.given(place + self.first, table)
            sums = np.zeros((counties, len(given.areas), len(schema.COUNTS)), np.int64)
            for county in range(counties):
                here = np.flatnonzero((table["county"] == county) & (table["status"] != schema.VACANT))
                some = _taken(table, here)
                sums[county] = self._count(given._replace(member=some.view(np.recarray)))
                table.view(WHOLE_MEMBER)[here] = some.view(WHOLE_MEMBER)
            found.append(sums)
            self._of_counties = (table, found)
        return np.stack(found) if found else np.zeros((0, counties, 0, len(schema.COUNTS)), np.int64)

    def _count(self, given: Given) -> Ints:
        """Simulate some members, and return what their cells count: ``[area, count]``."""
        areas = np.unique(given.member["area"])
        cells = self._room(given)[1][0]
        cells[areas] = 0
        live_chunk(given.member, 0, len(given.member), *given[1:], self._room(given)[0])
        counts = np.zeros((len(given.areas), len(schema.COUNTS)), np.int64)
        counts[areas] = cells[areas].sum(axis=1)
        return counts

    def _live(self, given: Given) -> NDArray[Any]:
        scratch, _ = self._room(given)
        live_chunk(given.member, 0, 1, *given[1:], scratch)
        return np.array(scratch[MONTHS_IN_ROOM][:1], schema.MONTH, subok=False)

    def _room(self, given: Given) -> Any:
        """Room in which rules work, and the sums that they add to; made once."""
        if self._scratch is None:
            self._scratch = make_scratch(len(given.areas), len(given.clinics))
        return self._scratch


def _words(table: NDArray[Any]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(table).view(np.uint64).reshape(len(table), schema.MEMBER.itemsize // 8)


def _joined(*tables: NDArray[Any]) -> NDArray[Any]:
    joined: NDArray[Any] = np.concatenate([one.view(WHOLE_MEMBER) for one in tables]).view(schema.MEMBER)
    return joined


def _taken(table: NDArray[Any], rows: Any) -> NDArray[Any]:
    """Copies of whole rows."""
    taken: NDArray[Any] = table.view(WHOLE_MEMBER)[rows].copy().view(schema.MEMBER)
    return taken
