"""Why two lives part: the month, the rule and the draw, found by running the rules on one person in both arms.

Both arms have the same draw. So lives part where a rule meets other numbers: those that organizations decided, those of
the scenario, or those that an earlier difference left on the member.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.decisions import declared
from sim.engine.interpreted import names_in
from sim.live.kept import Diary, Given, Kept
from sim.live.parted import Change, Draw, Parted
from sim.live.plain import sentences
from sim.live.watch import Met, Watch
from sim.member.decisions import QUALITY_LANES
from sim.paths import conf_folder

MONEY = ("spend_year",)  # follows prices: the same care, paid otherwise, parts nobody
LIVED = (
    *("status", "present", "needs", "package", "attached", "pregnant", "smokes"),
    *("primary_year", "behavioral_year", "dental_year", "ed_year", "stays_year"),
)  # what a person lives through; other columns are marks that are not seen, such as trust or a record
COUNTERS = ("asked", "induced", "withheld", "unmet", "served", "causes")  # of a month, by service or cause
LANES = {
    len(schema.SCHEDULED): schema.SERVICES[: len(schema.SCHEDULED)],
    len(schema.NEEDS): schema.NEEDS,
    len(schema.CONDITIONS): schema.CONDITIONS,
    len(schema.SERVICES): schema.SERVICES,
    QUALITY_LANES * len(schema.METRICS): tuple(np.repeat(schema.METRICS, QUALITY_LANES)),
}  # what the numbers of a decision are for, by how many it has
KINDS = {"poisson": "expected number", "part_of": "share", "below": "chance"}
MOST_BEHIND = 4
LEVELS = {"causes": schema.CAUSES} | {field.name: field.levels for field in schema.MEMBER_FIELDS if field.levels}
BITS = {field.name for field in schema.MEMBER_FIELDS if field.unit.startswith("bit")}
LABELS = {
    table: {field.name: field.label for field in fields}
    for table, fields in (
        ("members", schema.MEMBER_FIELDS),
        ("month", schema.MONTH_FIELDS),
        ("areas", schema.AREA_FIELDS),
        ("clinics", schema.CLINIC_FIELDS),
    )
}
DECIDED = ("areas", "clinics")
NOTHING = ("", Met(np.nan, np.nan, np.nan, np.nan))  # a decision that did not come up


class Parting(Parted):
    """The first month in which two lives differ, and why; it can be said in words."""

    def words(self, between: str = " ") -> str:
        """Return it in sentences; ``between`` stands between what, which draw, what is behind it, and names of code."""
        return between.join(sentences(self, is_step=self.rule in steps()))


def first_apart(a: Diary, b: Diary, columns: tuple[str, ...] = LIVED) -> int | None:
    """Return the first month of both diaries in which one of these columns differs at its end; None if none does."""
    months, mine, theirs = np.intersect1d(a.months, b.months, assume_unique=True, return_indices=True)
    apart = np.zeros(len(months), bool)
    for name in columns:
        unlike = a.members[name][mine] != b.members[name][theirs]
        apart |= unlike if unlike.ndim == 1 else unlike.any(axis=tuple(range(1, unlike.ndim)))
    return int(months[apart][0]) if apart.any() else None


def explain(kept: tuple[Kept, Kept], key: int, month: int) -> Parting:
    """Say why a person differs at the end of a month."""
    given = [one.given(month, dict(one.before(key))[month]) for one in kept]
    x, y = (one.member for one in given)
    before = _differing(x, y, LIVED)
    if before:
        changes = tuple(_changes(x[0], y[0], before, packages=kept[0].packages + kept[1].packages))
        step = _writer("members", before[0])
        return Parting(month, changes, step, steps()[step][0], None, tuple(_offers(kept, changes)))
    a, b = (Watch(one) for one in given)
    happened = list(_changes(a.event[0], b.event[0], _differing(a.event, b.event, COUNTERS), "month"))
    left = [name for name in _differing(a.member, b.member, LIVED) if not (happened and name.endswith("_year"))]
    seen = (*happened, *_changes(a.member[0], b.member[0], left))
    place = next(place for place in range(len(a.rules)) if _parts(a, b, place))
    rule = a.rules[place]
    drawn = next(_unlike_draws(a, b, place), None)
    since = _since(*(one.diary(key) for one in kept))
    behind = [one._replace(source=one.source or since(one.label)) for one in _behind(a, b, place, given)]
    return Parting(month, seen, a.names[place], _about(rule), drawn, _nearest(behind, seen, drawn))


def _nearest(behind: list[Change], changes: tuple[Change, ...], drawn: Draw | None) -> tuple[Change, ...]:
    """Return the inputs that explain most: what the draw was compared with, or inputs of the services that differ."""
    met = [one for one in behind if drawn and (one.a, one.b) == (np.nan_to_num(drawn.a), drawn.b)]
    of = {drawn.of} if drawn and drawn.of else {one.of for one in changes}
    near = [one for one in behind if one.of in of or one.of not in schema.SERVICES] or behind
    known = [one for one in near if one.a == one.a] or near
    return tuple((met or sorted(known, key=lambda one: one.of not in of))[:MOST_BEHIND])


def _offers(kept: tuple[Kept, Kept], changes: tuple[Change, ...]) -> Iterator[Change]:
    """Yield the programs that differ for a person because only one arm offers them."""
    a, b = (one.packages for one in kept)
    for one in changes:
        if one.label == LABELS["members"]["package"] and (one.of in a) != (one.of in b):
            yield Change("on offer", one.of, float(one.of in a), float(one.of in b), "the scenario")


def _about(rule: Callable[..., Any]) -> str:
    return " ".join((rule.__doc__ or "").split("\n\n")[0].split())


def _since(a: Diary, b: Diary) -> Callable[[str], str]:
    """Say since when a column of the member differs."""
    named = {label: name for name, label in LABELS["members"].items()}

    def said(label: str) -> str:
        month = first_apart(a, b, (named[label],)) if label in named else None
        return "" if month is None else f"differs since month {month}"

    return said


# -- to compare two months ---------------------------------------------------------------------------------------------


def _parts(a: Watch, b: Watch, place: int) -> bool:
    """Return whether the two arms differ after this rule, in counts of the month or in the member."""
    if place >= len(b.rules) or a.names[place] != b.names[place]:
        return True
    (mine, my_month), (theirs, their_month) = a.left[place], b.left[place]
    return bool(_differing(mine, theirs, LIVED) or _differing(my_month, their_month, COUNTERS))


def _unlike_draws(a: Watch, b: Watch, place: int) -> Iterator[Draw]:
    """Yield the decisions of a rule that came out differently, or that one arm alone had to make and that mattered."""
    mine, theirs = (one.of_rule(place) for one in (a, b))
    for number in dict.fromkeys([*theirs, *mine]):
        for x, y in zip_longest(mine.get(number, ()), theirs.get(number, ()), fillvalue=NOTHING):
            (_, in_a), (_, in_b) = x, y
            if np.nan_to_num(in_a.outcome) != np.nan_to_num(in_b.outcome):
                kind, known = y if x is NOTHING else x
                both = (in_a.size, in_b.size, in_a.outcome, in_b.outcome, in_a.of, in_b.of)
                yield Draw(*decision_in_words(number), known.draw, KINDS[kind], *both)


def decision_in_words(number: int) -> tuple[str, str]:
    """Return the name of a decision and what it is for, such as a service."""
    known = declared()
    mine = [one for one, name in known.items() if name == known[number]]
    lanes = LANES.get(len(mine))
    return known[number].removeprefix("member: "), str(lanes[number - mine[0]]) if lanes else ""


def _behind(a: Watch, b: Watch, place: int, given: list[Given]) -> Iterator[Change]:
    """Yield inputs that differ: those of a rule, and those of earlier rules of the month that wrote for it."""
    names = set(names_in(a.rules[place]))
    for earlier in range(place - 1, -1, -1):
        (_, mine), (_, theirs) = a.left[earlier], b.left[earlier]
        if names.intersection(_differing(mine, theirs, schema.MONTH.names or ())):
            names |= names_in(a.rules[earlier])
    yield from _inputs(given[0], given[1], names)


def _inputs(a: Given, b: Given, names: set[str]) -> Iterator[Change]:
    """Yield what differs among these names: decisions of organizations, columns of the member, parameters."""
    of_a, of_b = ({"clinics": one.clinics[int(one.member["clinic"][0])], "areas": one.areas[int(one.member["area"][0])],
                   "members": one.member[0]} for one in (a, b))  # fmt: skip
    for table, x in of_a.items():
        y = of_b[table]
        found = [
            name
            for name in x.dtype.names
            if name in names and name not in MONEY and not np.array_equal(x[name], y[name])
        ]
        yield from _changes(x, y, found, table)
    for name in set(a.params.dtype.names or ()) & set(b.params.dtype.names or ()) & names:
        p, q = a.params[name][0], b.params[name][0]
        if not np.array_equal(p, q):
            values = (float(p), float(q)) if np.ndim(p) == np.ndim(q) == 0 else (np.nan, np.nan)
            yield Change(f"parameter {name}", "", *values, "the scenario")


def _differing(a: NDArray[Any], b: NDArray[Any], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if not np.array_equal(a[name], b[name])]


def _changes(
    a: Any, b: Any, names: list[str], table: str = "members", packages: tuple[str, ...] = ()
) -> Iterator[Change]:
    """The entries of columns that differ; bits one by one."""
    for name in names:
        source = _writer(table, name) if table in DECIDED else ""
        levels = packages if name == "package" else LEVELS.get(name, schema.SERVICES)
        x, y = np.atleast_1d(a[name]), np.atleast_1d(b[name])
        if name in BITS:
            x, y = (one[0] >> np.arange(len(levels)) & 1 for one in (x, y))
        for i in np.flatnonzero(x != y):
            of = levels[i] if len(x) > 1 and i < len(levels) else ""
            yield Change(LABELS[table][name], of, float(x[i]), float(y[i]), source)


@cache
def steps() -> dict[str, tuple[str, tuple[str, ...]]]:
    """What each step of the month does and writes, as it was traced (``conf/traces/month.json``)."""
    plain = json.loads((conf_folder() / "traces/month.json").read_text(encoding="utf-8"))
    return {one["name"]: (one["about"], tuple(one["writes"])) for one in plain["steps"]}


def _writer(table: str, column: str) -> str:
    """The step that decides a column, the first that writes it."""
    return next((name for name, (_, writes) in steps().items() if f"{table}.{column}" in writes), "")
