"""The timeline of a run: what begins, changes and ends, month by month (``at``).

An entry of ``at`` has a month of the run (``24``) or a date (``2014-01``, with ``population.year``) and the overrides
that hold from then on; ``until`` is the first month in which they no longer hold, ``ramp`` the months in which numbers
move to their new value. From the entries follow the scenarios that are in force, one after the other: each is a whole
scenario with every check of a scenario, and contracts and packages that begin with it have its month as their start.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.parameters import Registry
from sim.engine.text import shown
from sim.paths import conf_folder
from sim.payment.form import FORMS
from sim.scenario.choices import LONGEST_RUN, areas, by_month
from sim.scenario.composition import composed
from sim.scenario.declared import declared_parameters, with_values
from sim.scenario.events import RAMP, UNTIL, Event, read_event
from sim.scenario.faults import ScenarioError
from sim.scenario.frozen_scenario import FrozenScenario
from sim.scenario.names import checked
from sim.scenario.overrides import AT, PARAMETERS, Override, flat, overlap, read_overrides
from sim.scenario.phases import Phase
from sim.scenario.request import Resolved, faults_of_files, set_value
from sim.scenario.uncertain import cells_below

Built = TypeVar("Built", bound=FrozenScenario)

GROUPS_IN_TIME = ("payment", "upstream", "governance")
KEYS_IN_TIME = (
    *("payment.contracts", "payment.starts", "payment.scope", "payment.metrics"),
    *("payment.areas", "payment.clinics", "payment.members"),
    *("upstream.packages", "upstream.funding", "upstream.targeting", "upstream.allocation", "upstream.shares"),
    *("governance.levers", "population.renewal"),
)
OF_ITS_MONTH = ("payment.start", "upstream.start", "upstream.starts")
REASONS = {
    "population": "the people are drawn once, before month 0; population.renewal may change",
    "providers": "how providers respond is a model of the world and no policy: compare it with arms or levers",
    "economics": "it values the whole run when the run is over",
}
WHOLE_RUN = "it belongs to the whole run"
COMPOUNDING = "it compounds from the start of the run: a change would move the years before it as well"
DRAWN_ONCE = "it is drawn once for a run"
OF_A_DRAW = ("program_spread", "program_draw", "trial_share", "trial_recruits")
PARAMETERS_OF_A_RUN = {
    **dict.fromkeys(
        ("upstream.cost_growth", "payment.primary_capitation_growth", "payment.hospital_budget_growth"), COMPOUNDING
    ),
    **dict.fromkeys((f"upstream.{name}" for name in OF_A_DRAW), DRAWN_ONCE),
}


@dataclass(frozen=True)
class Change:
    """One entry of a timeline: what holds from a month on, and until when.

    Attributes
    ----------
    where : the entry as it was given, for messages.
    month, until : first month in which it holds, and first in which it no longer does; None: it stays.
    ramp : months in which numbers move to their new values; 0: at once.
    sets : from key to value; a whole group has its keys and values.
    """

    where: str
    month: int
    until: int | None
    ramp: int
    sets: Mapping[str, Any]

    def holds(self, month: int) -> bool:
        """Whether it holds in a month."""
        return self.month <= month and (self.until is None or month < self.until)

    def reached(self, month: int) -> float:
        """Return which part of the way to its values it has gone in a month that it holds; 1 without a ramp."""
        return min((month - self.month + 1) / self.ramp, 1.0) if self.ramp else 1.0

    def called(self, month: int) -> str:
        """Return what of it is meant in a month, for messages: what begins or moves, or its end."""
        return f"{self.where}.{UNTIL}={month}" if month == self.until else self.where

    @property
    def is_busy_until(self) -> int:
        """First month in which another entry may set the same."""
        return max(self.month + 1, self.month + self.ramp, self.until or 0)

    @property
    def months(self) -> tuple[int, ...]:
        """Months in which something changes through it."""
        return (*range(self.month, self.month + max(self.ramp, 1)), *([self.until] if self.until is not None else []))


@dataclass
class Reader:
    """Reads the entries of ``at``: months and dates become months of the run; what is wrong goes to ``faults``."""

    months: int
    year: int | None
    faults: list[str]
    found: list[Change] = field(default_factory=list)

    def read(self, at: Mapping[str, Mapping[str, Any]], events: Mapping[str, Any]) -> tuple[Change, ...]:
        """Return the entries and those of events, in the order of their months."""
        for when, entry in at.items():
            self._entry(str(when), entry)
        for name, begins in events.items():
            self._event(read_event(conf_folder(), name), begins)
        changes = tuple(sorted(self.found, key=lambda change: change.month))
        self.faults += _overlaps(changes)
        return changes

    def _entry(self, when: str, entry: Mapping[str, Any]) -> None:
        where, before = f"{AT}{when}", len(self.faults)
        month = self._month(where, when, self.months - 1)
        until = self._month(f"{where}.{UNTIL}={entry[UNTIL]}", entry[UNTIL], self.months) if UNTIL in entry else None
        sets = {key: value for key, value in entry.items() if key not in (UNTIL, RAMP)}
        if month is None:
            return
        if until is not None and until <= month:
            self.faults.append(f"{where}.{UNTIL}={entry[UNTIL]}: it would end before it begins, must be after {when}")
        ramp = self._ramp(where, entry.get(RAMP, 0), sets, (self.months if until is None else until) - month)
        if not sets:
            self.faults.append(f"{where}: changes nothing, give at least one key=value")
        if len(self.faults) == before:
            self.found.append(Change(where, month, until, ramp, sets))

    def _event(self, event: Event, begins: int | str | None) -> None:
        """Add what an event sets; what would come after the end of the run does not come."""
        where = f"events.{event.name}"
        own = begins is None
        first = self._month(where, event.begins if own else begins, LONGEST_RUN if own else self.months - 1)
        if first is None:
            return
        for since, entry in event.entries.items():
            until = entry.get(UNTIL)
            sets = {key: value for key, value in entry.items() if key not in (UNTIL, RAMP)}
            left = self.months - first - since
            if left > 0:
                end = None if until is None else min(first + until, self.months)
                ramp = self._ramp(f"{where}.{since}", entry.get(RAMP, 0), sets, LONGEST_RUN)
                self.found.append(Change(f"{where}.{since}", first + since, end, ramp, sets))

    def _month(self, where: str, given: Any, most: int) -> int | None:
        text = str(given)
        date = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if date and 1 <= int(date[2]) <= MONTHS_PER_YEAR:
            if self.year is None:
                self.faults.append(f"{where}: a date needs population.year, the year of month 0; or give a month (24)")
                return None
            month = (int(date[1]) - self.year) * MONTHS_PER_YEAR + int(date[2]) - 1
        elif re.fullmatch(r"-?\d{1,6}", text):
            month = int(text)
        else:
            self.faults.append(f"{where}: {shown(given)} is no month, give a month of the run (24) or a date (2014-01)")
            return None
        if 0 <= month <= most:
            return month
        side = "before the run begins" if month < 0 else "after the run ends"
        self.faults.append(f"{where}: is {side}, must be from {self._called(0)} to {self._called(most)}")
        return None

    def _called(self, month: int) -> str:
        """Return a month as messages name it, with its date where the run has dates."""
        return str(month) if self.year is None else f"{month} ({date_of(month, self.year)})"

    def _ramp(self, where: str, ramp: Any, sets: Mapping[str, Any], most: int) -> int:
        if not isinstance(ramp, int) or isinstance(ramp, bool) or not 0 <= ramp <= max(most, 1):
            self.faults.append(f"{where}.{RAMP}={shown(ramp)}: must be a whole number of months, 1 to {max(most, 1)}")
            return 0
        steps = [key for key in sets if not key.startswith(PARAMETERS)]
        if ramp and steps:
            self.faults.append(f"{where}.{RAMP}={ramp}: {steps[0]} changes at once, only {PARAMETERS}* can move slowly")
        return ramp


def date_of(month: int, year: int) -> str:
    """Return the date of a month of a run whose month 0 is January of ``year``."""
    return f"{year + month // MONTHS_PER_YEAR}-{month % MONTHS_PER_YEAR + 1:02d}"


def _overlaps(changes: Sequence[Change]) -> Iterator[str]:
    """Yield a message for each two entries of which one begins while the other holds what it sets until a month."""
    for i, later in enumerate(changes):
        for earlier in changes[:i]:
            both = [a for a in later.sets for b in earlier.sets if overlap(a, b)]
            if both and later.month < earlier.is_busy_until:
                held = f"{earlier.where} is at work until {earlier.is_busy_until}"
                yield f"{later.where} and {earlier.where}: both set {', '.join(both)}, but {held}; move one of them"


def as_entries(at: Any, conf: Path, keys: Sequence[str], faults: list[str]) -> Any:
    """Return ``at`` as months with what each sets, options of groups with all their values; faults go to ``faults``.

    Anything but a mapping is left for the type check to judge.
    """
    if not isinstance(at, Mapping):
        return at
    return {str(when): _as_entry(str(when), entry, conf, keys, faults) for when, entry in at.items()}


def _as_entry(when: str, entry: Any, conf: Path, keys: Sequence[str], faults: list[str]) -> dict[str, Any]:
    own: list[str] = []
    overrides = _overrides_of(entry, own)
    whole = [one for one in overrides if isinstance(one.value, Mapping) and one.is_choice]  # an option, read before
    clock = [one for one in overrides if one.key in (UNTIL, RAMP)]
    rest = [one for one in overrides if one not in (*whole, *clock)]
    own += [reason for one in (*whole, *rest) if (reason := refusal(one.key, conf, keys))]
    good = [] if own else checked(rest, conf, KEYS_IN_TIME, own)
    faults += [f"{AT}{when}: {message}" for message in own]
    found = {one.key: one.value for one in (*clock, *whole)}
    return found | {one.key: _option(conf, one) if one.is_choice else one.value for one in good}


def _overrides_of(entry: Any, faults: list[str]) -> list[Override]:
    if not isinstance(entry, list | tuple | Mapping):
        faults.append(f"must be a list of key=value texts, is {shown(entry)}")
        return []
    if not isinstance(entry, Mapping):
        return read_overrides(entry, faults)
    return [Override(str(key), value, f"{key}={shown(value)}") for key, value in entry.items()]


def _option(conf: Path, choice: Override) -> dict[str, Any]:
    block = composed(conf, {choice.key: choice.value})[choice.key]
    return {**block, "parameters": flat(block.get("parameters") or {})}


def refusal(key: str, conf: Path, keys: Sequence[str]) -> str:
    """Return why a key cannot change in a run, or nothing if it can, or is no key at all."""
    if key.startswith(PARAMETERS):
        return _refusal_of_parameter(key, declared_parameters(conf))
    if key in OF_ITS_MONTH:
        return f"{key}: what begins here begins in this month, leave it out"
    group = key.partition(".")[0]
    known = key in keys or (key == group and group in (*REASONS, "experiment", "compute"))
    if not known or key in (*KEYS_IN_TIME, *GROUPS_IN_TIME):
        return ""
    return f"{key}: cannot change during a run, {REASONS.get(group, WHOLE_RUN)}"


def _refusal_of_parameter(key: str, registry: Registry) -> str:
    path = key.removeprefix(PARAMETERS)
    name = registry.name_of(path)
    if name is None:
        return ""  # which is said where its value is set
    group, role = name.partition(".")[0], registry[name].role
    reason = PARAMETERS_OF_A_RUN.get(name) or REASONS.get(group)
    if role not in ("lever", "event"):
        reason = f"nobody decides it (role {role}): vary it with arms, levers or uncertainties"
    return f"{key}: cannot change during a run, {reason}" if reason else ""


def phases_of(
    kind: type[Built], plain: Mapping[str, Any], registry: Registry, faults: list[str]
) -> tuple[tuple[Phase, ...], frozenset[str]]:
    """Return the scenarios in force after the first, and the paths of the parameters that change in the run."""
    if not (plain["at"] or plain["events"]):
        return (), frozenset()
    own: list[str] = []
    changes = Reader(plain["months"], plain["population"].get("year"), own).read(plain["at"], plain["events"])
    phases, before = [], _base(plain)
    for month in sorted({month for change in changes for month in change.months if month < plain["months"]}):
        if own:
            break
        after = in_force(plain, changes, month)
        here = ", ".join(change.called(month) for change in changes if month in change.months)
        messages = [*faults_of_files(after, conf_folder()), *_dated(after, before, month)]
        scenario = _built(kind, after, messages)
        own += [f"{here}: {message}" for message in messages]
        if scenario is not None:
            _go_gradually(scenario, plain, changes, month)
            phases.append(Phase(month, scenario))
        before = after
    faults += own
    paths = [path for change in changes for path in _paths(change)]
    return tuple(phases), frozenset(path for path in paths if registry.name_of(path))


def _paths(change: Change) -> Iterator[str]:
    """Yield the paths of the parameters that an entry sets, itself or through an option."""
    for key, value in change.sets.items():
        if key.startswith(PARAMETERS):
            yield from flat({key.removeprefix(PARAMETERS): value})
        elif isinstance(value, Mapping):
            yield from value.get("parameters", ())


def _base(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {**deepcopy(dict(plain)), "at": {}, "events": {}}


def in_force(plain: Mapping[str, Any], changes: Iterable[Change], month: int) -> dict[str, Any]:
    """Return the plain data of the scenario that is in force in a month; starts are still to be set."""
    now = _base(plain)
    for change in changes:
        if change.holds(month):
            for key, value in change.sets.items():
                if key in GROUPS_IN_TIME:
                    now[key] = deepcopy(value)
                else:
                    set_value(now, Override(key, deepcopy(value), key))
    return now


def _built(kind: type[Built], plain: dict[str, Any], faults: list[str]) -> Built | None:
    try:
        return None if faults else kind.model_validate(Resolved(plain))
    except ScenarioError as error:
        faults += error.messages
        return None


def _go_gradually(scenario: FrozenScenario, plain: Mapping[str, Any], changes: Sequence[Change], month: int) -> None:
    """Put numbers that are under way between their old and new values; of a table only the cells that move."""
    for change in changes:
        if change.holds(month) and change.reached(month) < 1:
            others = [one for one in changes if one is not change]
            old, new = with_values(in_force(plain, others, month), conf_folder(), []), scenario.registry
            part = change.reached(month)
            cells = {
                cell: [(1 - part) * old[name].value.flat[i] + part * new[name].value.flat[i]]
                for path in _paths(change)
                if (name := new.name_of(path))
                for cell, i in cells_below(path, new)
            }
            scenario.renumber(new.with_cells(cells))


def _dated(now: dict[str, Any], before: Mapping[str, Any], month: int) -> Iterator[str]:
    """Set the months in which contracts, services and packages of a phase begin; yield what does not go together."""
    was, pays = before["payment"], now["payment"]
    contracts, earlier = (list(one.get("contracts") or ()) for one in (pays, was))
    if any(name not in FORMS for name in contracts) or not isinstance(pays.get("starts") or {}, Mapping):
        return  # which the type check reports
    yield from _between_years(contracts, was, month)
    goes_on = bool(earlier) and not _begins_anew(contracts, earlier)
    starts = dict(was.get("starts") or {})
    if goes_on and not (pays.get("starts") or {}).items() <= starts.items():
        yield f"payment.starts={shown(pays['starts'])}: the contracts have begun already, in month {was['start']}"
    if goes_on:
        pays["start"], pays["starts"] = was["start"], starts
        yield from _areas_that_follow(pays, was, month)
    elif contracts:
        pays["start"] = max(pays["start"], month)
        pays["starts"] = {area: max(first, month) for area, first in (pays.get("starts") or {}).items()}
    try:
        inside, old = (by_month(one.get("scope") or {}) for one in (pays, was))
    except ValueError:
        return  # which the type check reports
    if contracts and isinstance(inside, Mapping):
        known = {name: first for name, first in old.items() if goes_on and first <= month}
        pays["scope"] = {name: known.get(name, max(first, month)) for name, first in inside.items()}
    _date_packages(now["upstream"], before["upstream"], month)


def _areas_that_follow(pays: dict[str, Any], was: Mapping[str, Any], month: int) -> Iterator[str]:
    """Let contracts that go on begin this month in areas that are new; yield a message for areas that are left out."""
    now, before = (set(one.get("areas") or areas()) for one in (pays, was))
    pays["starts"].update(dict.fromkeys(sorted(now - before), month))
    if before - now:
        yield (
            f"payment.areas={shown(pays['areas'])}: contracts that go on cannot end in single areas "
            f"({', '.join(sorted(before - now))})"
        )


def _begins_anew(contracts: Sequence[str], earlier: Sequence[str]) -> bool:
    """Whether a payment of CCOs or a shared benchmark begins, with a start and years of its own."""
    new = [FORMS[name] for name in contracts if name not in earlier]
    paid = any(FORMS[name].pays_ccos for name in earlier)
    return not paid and any(form.pays_ccos or form.shares_savings for form in new)


def _between_years(contracts: Sequence[str], was: Mapping[str, Any], month: int) -> Iterator[str]:
    """Yield a message if a contract that settles by the year begins or ends within a year of the contracts so far."""
    changed = [name for name in FORMS if (name in contracts) != (name in (was.get("contracts") or ()))]
    yearly = [name for name in changed if FORMS[name].after_year or FORMS[name].pays_ccos]
    starts = {was["start"], *(was.get("starts") or {}).values()} if was.get("contracts") else set()
    within = [start for start in sorted(starts) if start < month and (month - start) % MONTHS_PER_YEAR]
    if yearly and within:
        last = month - (month - within[0]) % MONTHS_PER_YEAR
        yield (
            f"payment.contracts: {', '.join(yearly)} cannot begin or end within a contract year, for the year is "
            f"settled as a whole; contract years began in month {within[0]} (nearest: {last} or "
            f"{last + MONTHS_PER_YEAR})"
        )


def _date_packages(now: dict[str, Any], before: Mapping[str, Any], month: int) -> None:
    """Let packages that are new begin in this month, and the others go on from the month in which they began."""
    had = list(before.get("packages") or ())
    began = {name: (before.get("starts") or {}).get(name, before["start"]) for name in had}
    chosen = now.get("starts") or {}
    packages = list(now.get("packages") or ())
    starts = {name: began.get(name, max(chosen.get(name, now["start"]), month)) for name in packages}
    first = min((*began.values(), *starts.values()), default=month)
    now["start"] = first
    now["starts"] = {name: start for name, start in starts.items() if start != first}
