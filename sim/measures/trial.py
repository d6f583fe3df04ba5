"""A trial inside the model: what became of those who took part, by each comparison. Pure functions of diaries.

Groups, each followed month by month from a month of its own, in the world with the programme and in the one without:

served    whom the programme served, from the first month of service
offered   who was eligible and asked, from the first month in which they were, whether or not they took part
like      others who were eligible in the months in which the served began, and never served

Comparisons of the served (the offered are compared with their twins only, as by randomisation):

twins     the same members in the same months of the world without the programme: the truth
like      the group of that name, as a published comparison group: what an evaluation sees
sham      both groups in the world without the programme: what the same evaluation sees where nothing is done
before    the same members before they began

What is seen is the truth and what is seen of a sham, added up, for every figure that is linear in the means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.measures.panel import GONE, Diary

Floats: TypeAlias = NDArray[np.float64]
Months: TypeAlias = dict[str, Floats]  # by name, [member, BEFORE + AFTER]; NaN where unknown

YEAR, HALF_YEAR = 12, 6
BEFORE, AFTER = YEAR, 37  # months around the first, which is at position BEFORE
FOLLOWED = 24  # months of a comparison of trends
PER_1000, PERCENT, CENTS = 1000.0, 100.0, 100.0
SERVED, OFFERED, LIKE = "served", "offered", "like"
COMPARISONS = TWINS, _, SHAM, AGAINST_BEFORE = "twins", LIKE, "sham", "before"


@dataclass(frozen=True)
class Group:
    """The months of some members in both worlds."""

    lived: Months
    twins: Months


@dataclass(frozen=True)
class Trial:
    """The groups of one trial by name; only those that its figures need are there."""

    groups: Mapping[str, Group]

    def people(self, figure: str) -> int:
        """How many members a figure is about."""
        return len(self.groups[OFFERED if figure in OF_THE_OFFERED else SERVED].lived["ed_visits"])

    def sides(self, against: str) -> tuple[Months, Months]:
        """Return the months that are compared: of the served, and of those they are compared with."""
        served = self.groups[SERVED]
        if against in (TWINS, AGAINST_BEFORE):
            return served.lived, served.twins
        like = self.groups[LIKE]
        return (served.lived, like.lived) if against == LIKE else (served.twins, like.twins)

    def offered(self) -> tuple[Months, Months]:
        """Return the months of the offered, in the world with the programme and in the one without."""
        group = self.groups[OFFERED]
        return group.lived, group.twins


def groups_of(figure: str, against: str) -> set[str]:
    """Return the groups that a figure needs."""
    if figure in OF_THE_OFFERED:
        return {OFFERED}
    return {SERVED, LIKE} if against in (LIKE, SHAM) else {SERVED}


class Trend(NamedTuple):
    """What an interrupted time series finds: a jump in month 0, a change a month after it; members in each month."""

    jump: float
    slope: float
    members: Floats

    def mean_effect(self, first: int, last: int) -> float:
        """Mean effect on a member-month, from month ``first`` up to, not including, ``last``."""
        effect = self.jump + self.slope * np.arange(first, last)
        members = self.members[first:last]
        return float(np.average(effect, weights=members)) if members.any() else float("nan")

    def break_even(self) -> float:
        """First month in which the fitted effect is 0 or below; ``FOLLOWED`` where there is none within sight."""
        if np.isnan(self.jump) or self.jump <= 0:
            return 0.0 if self.jump <= 0 else float("nan")
        return FOLLOWED if self.slope >= 0 else min(-self.jump / self.slope, float(FOLLOWED))


def around(diary: Diary, starts: NDArray[np.int64], cents_start: Sequence[int], cents_month: Sequence[int]) -> Months:
    """Return the months of members around their own start, each an index of ``diary.months``.

    Parameters
    ----------
    diary, starts : whom, and from when each is followed.
    cents_start, cents_month : what each package costs for a member, at the start and in a month of service.

    Returns
    -------
    ``ed_visits``, ``stays``, ``claims`` and ``spending`` (with what the programme pays out), USD, in months on cover;
    ``held`` (0 or 1: is served), ``alive`` and ``needs`` (bits) in all months that were lived.
    """
    place = starts[:, None] + np.arange(-BEFORE, AFTER)
    inside = (place >= 0) & (place < len(diary.months))
    at = (np.arange(len(starts))[:, None], np.clip(place, 0, max(len(diary.months) - 1, 0)))
    claims = diary.use["medicaid_cents"] / CENTS
    found = {
        "ed_visits": diary.use["ed_visits"],
        "stays": diary.use["stays"],
        "claims": claims,
        "spending": claims + programme(diary.served, cents_start, cents_month) / CENTS,
        "held": (diary.served > 0).astype(float),
        "alive": (diary.needs != GONE).astype(float),
        "needs": diary.needs.astype(float),
    }
    return {name: np.where(inside, values[at], np.nan) for name, values in found.items()}


def programme(served: NDArray[np.int64], cents_start: Sequence[int], cents_month: Sequence[int]) -> Floats:
    """Return what the programme pays out for each member and month, cents."""
    cents = np.zeros(served.shape)
    for bit, (start, month) in enumerate(zip(cents_start, cents_month, strict=True)):
        held = (served >> bit & 1).astype(bool)
        begins = held & ~np.pad(held, ((0, 0), (1, 0)))[:, :-1]
        cents += held * month + begins * start
    return cents


def interrupted(one: Floats, other: Floats) -> Trend:
    """Fit a line before and a line after to the difference of two groups' monthly means (weights: members of ``one``).

    Parameters
    ----------
    one, other : ``[member, month]`` around the start; NaN where unknown.
    """
    months = np.arange(-BEFORE, FOLLOWED)
    gap, members = _mean(one[:, : len(months)]) - _mean(other[:, : len(months)]), _known(one[:, : len(months)])
    after = (months >= 0).astype(float)
    design = np.stack([np.ones(len(months)), months, after, after * months], axis=1)
    there = np.isfinite(gap)
    if min(there[:BEFORE].sum(), there[BEFORE:].sum()) < 2:
        return Trend(np.nan, np.nan, members[BEFORE:])
    root = np.sqrt(members[there])
    found = np.linalg.lstsq(design[there] * root[:, None], gap[there] * root, rcond=None)[0]
    return Trend(float(found[2]), float(found[3]), members[BEFORE:])


def rise(trial: Trial, against: str) -> float:
    """Jump of spending at enrolment, USD a member-month."""
    return _trend(trial, against, "spending").jump


def break_even(trial: Trial, against: str) -> float:
    """Month after enrolment in which spending is what it would have been."""
    return _trend(trial, against, "spending").break_even()


def emergency(trial: Trial, against: str, first: int = 0) -> float:
    """Mean effect on emergency visits, per 1,000 member-months, from month ``first`` to the end of the second year."""
    return PER_1000 * _trend(trial, against, "ed_visits").mean_effect(first, FOLLOWED)


def change_of_a_year(trial: Trial, against: str, name: str, scale: float = 1.0) -> float:
    """Change from the year before to the year after, less that of the compared, for a member-year."""
    one, other = trial.sides(against)
    return scale * YEAR * (_change(one[name]) - _change(other[name]))


def percent(trial: Trial, against: str, name: str, months: int, *, offered: bool = False) -> float:
    """Use of the first months against that of the twins, percent; of those who could be followed for so long."""
    one, other = trial.offered() if offered else trial.sides(against)
    lived, twins = (side[name][:, BEFORE : BEFORE + months] for side in (one, other))
    known = np.isfinite(lived) & np.isfinite(twins) & _followed(one, months)[:, None]
    base = twins[known].sum()
    return float(PERCENT * (lived[known].sum() / base - 1)) if base else float("nan")


def ratio(trial: Trial, against: str, name: str, months: int) -> float:
    """The same of the offered, as a ratio."""
    return 1 + percent(trial, against, name, months, offered=True) / PERCENT


def percent_with_any(trial: Trial, against: str, name: str, months: int) -> float:
    """Share with any use in the first months against that of the twins, percent."""
    one, other = (share_with_any(side[name], 0, months) for side in trial.sides(against))
    return PERCENT * (one / other - 1) if other else float("nan")


def any_stay(trial: Trial, against: str) -> float:
    """Share with a stay in half a year, percentage points: against the twins, or against the half-year before."""
    lived, twins = trial.sides(against)
    after = share_with_any(lived["stays"], 0, HALF_YEAR)
    if against == AGAINST_BEFORE:
        return PERCENT * (after - share_with_any(lived["stays"], -HALF_YEAR, 0))
    return PERCENT * (after - share_with_any(twins["stays"], 0, HALF_YEAR))


def resolved(trial: Trial, against: str, months: int = YEAR) -> float:
    """Share of the offered in whom a need of the start is gone after some months, less the twins', points."""
    shares = []
    for side in trial.offered():
        start, end = side["needs"][:, BEFORE - 1], side["needs"][:, BEFORE + months]
        asked = (start > 0) & (end >= 0)
        gone = start[asked].astype(np.int64) & ~end[asked].astype(np.int64)
        shares.append((gone > 0).mean() if asked.any() else np.nan)
    return float(PERCENT * (shares[0] - shares[1]))


def deaths(trial: Trial, against: str, months: int) -> float:
    """Share of the offered who are dead after some months, less the twins', percentage points."""
    dead = [1 - side["alive"][:, BEFORE + months] for side in trial.offered()]
    return float(PERCENT * (_share(dead[0]) - _share(dead[1])))


def kept(trial: Trial, against: str, months: int) -> float:
    """Share of the living served who still are served after some months, percent."""
    one = trial.sides(against)[0]
    return PERCENT * _share(one["held"][one["alive"][:, BEFORE + months] == 1, BEFORE + months])


def share_with_any(use: Floats, first: int, last: int) -> float:
    """Share of members with any in the window, among those seen in all of it."""
    window = use[:, BEFORE + first : BEFORE + last]
    whole = np.isfinite(window).all(axis=1)
    return float((window[whole] > 0).any(axis=1).mean()) if whole.any() else float("nan")


FIGURES: dict[str, Callable[[Trial, str], float]] = {
    "rise": rise,
    "break_even": break_even,
    "emergency": emergency,
    "emergency_second_year": partial(emergency, first=YEAR),
    "offered_claims": partial(percent, name="claims", months=YEAR, offered=True),
    "offered_emergency": partial(percent, name="ed_visits", months=YEAR, offered=True),
    "offered_resolved": resolved,
    "offered_emergency_24": partial(ratio, name="ed_visits", months=24),
    "offered_emergency_30": partial(ratio, name="ed_visits", months=30),
    "offered_deaths_30": partial(deaths, months=30),
    "kept_12": partial(kept, months=12),
    "kept_24": partial(kept, months=24),
    "kept_36": partial(kept, months=36),
    "emergency_9": partial(percent, name="ed_visits", months=9),
    "any_emergency": partial(percent_with_any, name="ed_visits", months=YEAR),
    "stays_of_a_year": partial(change_of_a_year, name="stays", scale=PER_1000),
    "emergency_of_a_year": partial(change_of_a_year, name="ed_visits", scale=PER_1000),
    "claims_of_a_year": partial(change_of_a_year, name="claims"),
    "any_stay": any_stay,
}
"""Every figure of a trial by name; each takes the trial and what it is compared with."""
OF_THE_OFFERED = frozenset(name for name in FIGURES if name.startswith("offered_"))
OF_TRENDS = frozenset(("rise", "break_even", "emergency", "emergency_second_year"))
"""Figures that compare trends of two groups."""


def _trend(trial: Trial, against: str, name: str) -> Trend:
    one, other = trial.sides(against)
    return interrupted(one[name], other[name])


def _followed(months: Months, last: int) -> NDArray[np.bool_]:
    """Whose first ``last`` months were all lived before the run ended."""
    return np.asarray(np.isfinite(months["alive"][:, BEFORE + last - 1]))


def _change(use: Floats) -> float:
    return _share(use[:, BEFORE : BEFORE + YEAR]) - _share(use[:, :BEFORE])


def _share(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _known(use: Floats) -> Floats:
    return np.isfinite(use).sum(axis=0).astype(float)


def _mean(use: Floats) -> Floats:
    known = _known(use)
    return np.divide(np.nansum(use, axis=0), known, out=np.full(len(known), np.nan), where=known > 0)
