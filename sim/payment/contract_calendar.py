"""When contracts begin, area by area and service by service; contract years count from an area's own start."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Flags, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form, forms_of
from sim.schema import SERVICES

NEVER = np.iinfo(np.int64).max
AFTER_ALL = 12_000  # a sentinel month that is safe in arithmetic: ten times the longest run
AFTER_THE_RUN = 2 * AFTER_ALL

OfMonth: TypeAlias = Callable[["Calendar", int], NDArray[Any]]


def kept(find: OfMonth) -> OfMonth:
    """Find what holds in a month once: organizations ask for it a hundred times, to read it."""

    @wraps(find)
    def found(self: "Calendar", month: int) -> NDArray[Any]:
        if month not in self._known:
            self._known = {month: {}}
        known = self._known[month]
        if find.__name__ not in known:
            known[find.__name__] = find(self, month)
            known[find.__name__].flags.writeable = False
        return known[find.__name__]

    return found


class Calendar:
    """Which contracts are in force where: all forms of an area begin together.

    Parameters
    ----------
    areas : names of the CCO areas.
    contracts : names of the scenario's forms.
    start, starts : month in which contracts begin everywhere, and that of single areas by name.
    scope : month from which each service is in scope, by name.
    only : names of the areas in which contracts begin at all; none: in all of them.

    Attributes
    ----------
    forms : the scenario's payment forms, in the order in which they settle.
    starts : month in which the contracts of each area begin.
    enters : month from which each service is in scope, (area, service); ``NEVER`` for the others.
    scope : services that are in scope at any time.
    has_budget : whether a form pays CCOs.
    empty : areas in which contracts hold for a part of the clinics, and no clinic is among these.
    """

    def __init__(
        self,
        areas: Sequence[str],
        contracts: Sequence[str],
        start: int,
        starts: Mapping[str, int],
        scope: Mapping[str, int],
        only: Sequence[str] = (),
    ) -> None:
        self.forms = forms_of(contracts)
        self._known: dict[int, dict[str, NDArray[Any]]] = {}
        self.has_budget = any(form.pays_ccos for form in self.forms)
        self._has_scope = any(form.has_scope for form in self.forms)
        begins = {area: starts.get(area, start) for area in areas if not only or area in only}
        self.starts: Ints = np.array([begins.get(area, AFTER_THE_RUN) for area in areas], dtype=np.int64)
        self.empty: Flags = np.zeros(len(areas), dtype=np.bool_)
        enters = np.array([scope.get(service, NEVER) for service in SERVICES], dtype=np.int64)
        self.enters: Ints = np.maximum(enters, self.starts[:, None])
        self.scope: Flags = enters < NEVER

    def leave(self, area: int) -> None:
        """End the contracts of an area for good: its CCO has given up, and the state pays claims again."""
        self.starts[area] = AFTER_ALL
        self.enters[area] = NEVER
        self._known.clear()

    def leave_out(self, empty: Flags) -> None:
        """Say which areas have no clinic under the contracts this month."""
        self.empty = empty
        self._known.clear()

    @property
    def left(self) -> Flags:
        """Areas whose CCO has given up."""
        return np.asarray(self.starts == AFTER_ALL)

    def has(self, form: Form) -> bool:
        """Whether a form is part of the scenario."""
        return form in self.forms

    @kept
    def runs(self, month: int) -> Flags:
        """Areas whose contracts are in force."""
        return np.asarray((self.starts <= month) & bool(self.forms) & ~self.empty)

    def under(self, form: Form, month: int) -> Flags:
        """Areas in which this form is in force."""
        return np.asarray(self.runs(month) & self.has(form))

    @kept
    def budget(self, month: int) -> Flags:
        """Areas whose CCO is paid for the services in scope, and pays for them."""
        return np.asarray(self.runs(month) & self.has_budget)

    @kept
    def inside(self, month: int) -> Flags:
        """Services that CCOs pay for this month, (area, service)."""
        return np.asarray((self.enters <= month) & self.budget(month)[:, None])

    @kept
    def covered(self, month: int) -> Flags:
        """Services whose total cost a CCO or providers answer for: a budget's, or those of a shared benchmark."""
        return np.asarray((self.enters <= month) & (self.runs(month) & self._has_scope)[:, None])

    @kept
    def year(self, month: int) -> Ints:
        """Contract years since the start, by area; negative before it."""
        return np.asarray((month - self.starts) // MONTHS_PER_YEAR)

    @kept
    def year_begins(self, month: int) -> Flags:
        """Areas in the first month of a contract year."""
        return np.asarray(self.runs(month) & ((month - self.starts) % MONTHS_PER_YEAR == 0))

    @kept
    def year_ends(self, month: int) -> Flags:
        """Areas in the last month of a contract year."""
        return np.asarray(self.runs(month) & ((month - self.starts) % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1))
