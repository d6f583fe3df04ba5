"""What one run leaves behind: whole numbers by month, area and stratum, and the measures that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.engine.arrays import Floats, Frame, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.text import did_you_mean, shown
from sim.measures.amounts import AMOUNT_NAMES, add_up
from sim.measures.digest import digest
from sim.measures.measures import BY_NAME, FOUR, MEASURES, evaluate
from sim.measures.quality import in_all
from sim.measures.strata import ALL, AREA, LEVELS, in_group, rows
from sim.measures.terms import Sums
from sim.schema import COUNT_INDEX

FRAME_COLUMNS = ("arm", "seed", "draw", "month", "level", "stratum", "measure", "value")
POCKETS = "pocket_cents"  # of other sectors, among the records of places
TEAMS = "practices.team_cost_pmpm"  # of clinics, in millionths of a dollar, likewise
CENTS_OF_A_MILLIONTH = 1e-4
YEARS_COLUMNS = ("arm", "seed", "draw", "year", "amount", "value")


@dataclass(frozen=True, repr=False, eq=False)
class RunResult:
    """One run: a scenario's arm and a seed. Counts and cents are of sampled members; ``weights`` make them the state's.

    Attributes
    ----------
    months
        Months recorded, 0 to ``months - 1``.
    areas, weights
        The CCO areas, and people per sampled member in each.
    accounts
        The ledger's accounts, in the order of ``flows``.
    purposes
        The ledger's purposes, in the order of ``paid``.
    counts
        ``[months, area, len(COUNTS)]``.
    yearly
        ``[years, area, len(LEVELS), len(COUNTS)]``: the margins in each year of the run (the last one may be short).
    cells
        ``[area, N_STRATA, len(COUNTS)]``: the whole run in full cells.
    flows
        ``[months, area, payer, payee]`` cents.
    paid
        ``[months, area, purpose]`` cents.
    spending
        ``[months, area, len(SERVICES), len(PAYERS)]`` cents of claims.
    registers
        ``[months, area, len(CONDITIONS), 3]`` members with a condition: present, diagnosed, controlled.
    quality
        ``[years, area, len(LEVELS), len(METRICS), 3]`` CCO members or events: in the denominator, given, recorded.
    places
        Upstream places by name, ``[months, area, package]``.
    digest
        SHA-256 over all these whole numbers.
    seconds
        Wall time by phase (``population``, ``months``, ...); no part of the digest.
    """

    scenario_digest: str
    seed: int
    arm: str
    months: int
    areas: tuple[str, ...]
    weights: Floats
    accounts: tuple[str, ...]
    purposes: tuple[str, ...]
    counts: Ints
    yearly: Ints
    cells: Ints
    flows: Ints
    paid: Ints
    spending: Ints
    registers: Ints
    quality: Ints
    places: Mapping[str, Ints] = field(default_factory=dict)
    digest: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    draw: int = 0

    def __repr__(self) -> str:
        arm = f"{self.arm!r}, " if self.arm else ""
        size = f"{self.months} months, {len(self.areas)} areas, {self.member_months:,} member-months"
        return f"<RunResult of {arm}seed {self.seed}: {size}; see .value(measure), .frame(), .years()>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunResult) and self._name() == other._name()

    def __hash__(self) -> int:
        return hash(self._name())

    def _name(self) -> tuple[object, ...]:
        return (self.scenario_digest, self.seed, self.draw, self.arm, self.digest)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied or sent to another process: the fields, without totals that were worked out."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def arrays(self) -> dict[str, Ints]:
        """The whole numbers by name: what is digested, and what a study keeps."""
        names = ("counts", "yearly", "cells", "flows", "paid", "spending", "registers", "quality")
        return {name: getattr(self, name) for name in names} | {f"places.{k}": v for k, v in self.places.items()}

    def recompute_digest(self) -> str:
        return digest(self.arrays())

    @property
    def member_months(self) -> int:
        """Months that sampled members were enrolled."""
        return int(self.counts[..., 0].sum())

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(stratum, level) of the rows of ``totals``."""
        return rows(self.areas)

    def monthly(self) -> Floats:
        """Measures by month for the state and each area: ``[months, 1 + areas, len(MEASURES)]``."""
        return evaluate(self._sums(slice(None), months=1, add_months=False))

    def courses(self) -> Floats:
        """The measures that are shown first, by month for the state: ``[months, len(FOUR)]``."""
        by_month = self._sums(slice(None), months=1, add_months=False)
        return np.asarray(evaluate(by_month, [BY_NAME[name] for name in FOUR])[:, 0])

    def totals(self) -> Floats:
        """Measures over the whole run: ``[len(rows), len(MEASURES)]``; the ledger's for the state and areas only."""
        return self._totals.copy()

    @cached_property
    def _totals(self) -> Floats:
        whole = evaluate(self._sums(slice(None), months=self.months, add_months=True))
        judged = self.weighted_quality().sum(axis=(0, 1))
        strata = evaluate(Sums(self._weighted_margins().sum(axis=0), self.months, quality=judged))
        return np.concatenate([whole, strata])

    def of_month(self, month: int) -> Floats:
        """Measures of the state in one month: ``[len(MEASURES)]``; without those kept by year."""
        return np.asarray(evaluate(self._sums(slice(month, month + 1), months=1, add_months=True))[0])

    def last_year(self) -> Floats:
        """Measures of the state over the last twelve months: ``[1, len(MEASURES)]``; without those kept by year."""
        months = min(MONTHS_PER_YEAR, self.months)
        return evaluate(self._sums(slice(self.months - months, None), months=months, add_months=True))[:1]

    def of_year(self, year: int) -> Floats:
        """Measures of the state over one year of the run: ``[len(MEASURES)]``; the last year may be short."""
        months = slice(year * MONTHS_PER_YEAR, (year + 1) * MONTHS_PER_YEAR)
        sums = self._sums(months, months=self._months_in_year(year), add_months=True)
        judged = self._judged(slice(year, year + 1))
        return np.asarray(evaluate(replace(sums, quality=judged))[0])

    def by_year(self) -> Floats:
        """Measures of each stratum's levels by year: ``[years, len(LEVELS), len(MEASURES)]``."""
        years = [self.levels_in(year) for year in range(len(self.yearly))]
        return np.stack(years) if years else np.empty((0, len(LEVELS), len(MEASURES)))

    def levels_in(self, year: int) -> Floats:
        """Measures of each stratum's levels in one year: ``[len(LEVELS), len(MEASURES)]``."""
        weights = self.weights[:, None, None]
        margins = (self.yearly[year] * weights).sum(axis=0)
        judged = (self.quality[year] * weights[..., None]).sum(axis=0)
        return evaluate(Sums(margins, self._months_in_year(year), quality=judged))

    def amounts(self) -> Floats:
        """Dollars, life years and QALYs of the whole state by year of the run: ``[years, len(AMOUNTS)]``."""
        starts = range(0, self.months, MONTHS_PER_YEAR)
        years = [self._sums(slice(m, m + MONTHS_PER_YEAR), months=MONTHS_PER_YEAR, add_months=True) for m in starts]
        return np.stack([add_up(year)[0] for year in years]) if years else np.empty((0, len(AMOUNT_NAMES)))

    def years(self) -> Frame:
        """Tidy table ``arm, seed, draw, year, amount, value`` of ``amounts``; the last year may be short."""
        import pandas as pd

        values = self.amounts()
        year, amount = (place.ravel() for place in np.indices(values.shape))
        frame = pd.DataFrame({"year": year.astype(np.int32), "value": values.ravel()})
        frame["amount"] = pd.Categorical.from_codes(amount, AMOUNT_NAMES)
        frame = frame.assign(arm=self.arm, seed=np.int64(self.seed), draw=np.int32(self.draw))
        return frame[list(YEARS_COLUMNS)]

    def value(self, measure: str, stratum: str = ALL, level: str = ALL) -> float:
        """One measure over the whole run, for the state or for one level of a stratum.

        Raises
        ------
        KeyError
            If there is no such measure, stratum or level.
        """
        check_measure(measure)
        check_level(self.rows, stratum, level)
        return float(self.totals()[self.rows.index((stratum, level)), MEASURES.index(BY_NAME[measure])])

    def of_group(self, group: Mapping[str, Sequence[str]]) -> Floats:
        """Measures of the members who are in one of the levels of every stratum named: ``[1, len(MEASURES)]``.

        ``group``: ``{"rurality": ["rural"], "age_band": ["0-4", "5-17"], "area": ["Yamhill Community Care"]}``.
        Measures of quality are known of one level alone, and of no combination.

        Raises
        ------
        KeyError
            If there is no such stratum or level.
        """
        if not isinstance(group, Mapping) or any(isinstance(levels, str) for levels in group.values()):
            raise TypeError(f"group={shown(group)}: must be a mapping from strata to lists of levels")
        wanted = [(stratum, level) for stratum, levels in group.items() for level in levels]
        for stratum, level in wanted:
            check_level(self.rows, stratum, level)
        if len(wanted) == 1:
            return self.totals()[[self.rows.index(wanted[0])]]
        here = np.array([area in group.get(AREA, self.areas) for area in self.areas])
        counts = (self.cells * self.weights[:, None, None])[here].sum(axis=0)[in_group(group)].sum(axis=0)
        return evaluate(Sums(counts[None], self.months))

    def frame(self) -> Frame:
        """Tidy table ``arm, seed, draw, month, level, stratum, measure, value``.

        The state and the areas are given by month, the other strata by year, under the first month of the year.
        Measures that are not defined for a row (0 / 0, or the ledger's by race) are left out.
        """
        import pandas as pd

        monthly, yearly = self.monthly(), self.by_year()
        places = [(ALL, ALL), *((AREA, area) for area in self.areas)]
        months = np.arange(self.months)
        years = np.arange(len(yearly)) * MONTHS_PER_YEAR
        text = _Text(self.rows)
        frame = pd.concat(
            [text.tidy(monthly, months, places), text.tidy(yearly, years, list(LEVELS))], ignore_index=True
        )
        frame.insert(0, "draw", np.int32(self.draw))
        frame.insert(0, "seed", np.int64(self.seed))
        frame.insert(0, "arm", pd.Categorical([self.arm]).repeat(len(frame)))
        return frame[list(FRAME_COLUMNS)]

    def _sums(self, months_kept: slice, *, months: int, add_months: bool) -> Sums:
        whole_run = add_months and months_kept == slice(None)

        def state_and_areas(array: Ints) -> Floats:
            kept = array[months_kept]
            kept = kept.sum(axis=0) if add_months else kept
            axis = 0 if add_months else 1
            weights = self.weights.reshape((-1,) + (1,) * (array.ndim - 2))
            by_area = kept * weights
            return np.concatenate([by_area.sum(axis=axis, keepdims=True), by_area], axis=axis)

        pockets, teams = self.places.get(POCKETS), self._team_cents()
        return Sums(
            counts=state_and_areas(self.counts),
            pockets=None if pockets is None else state_and_areas(pockets),
            teams=None if teams is None else state_and_areas(teams),
            months=months,
            flows=state_and_areas(self.flows),
            paid=state_and_areas(self.paid),
            accounts=self.accounts,
            purposes=self.purposes,
            quality=self._judged() if whole_run else None,
        )

    def _team_cents(self) -> Ints | None:
        """What teams cost their clinics, ``[months, area]`` cents of sampled members."""
        if TEAMS not in self.places:
            return None
        members = self.counts[..., COUNT_INDEX["member_months"]]
        cents: Ints = np.rint(self.places[TEAMS] * members * CENTS_OF_A_MILLIONTH).astype(np.int64)
        return cents

    def weighted_quality(self) -> Floats:
        """Members and events of quality measures in the state: ``[years, area, level, metric, outcome]``."""
        weighted: Floats = self.quality * self.weights[None, :, None, None, None]
        return weighted

    def _judged(self, years: slice = slice(None)) -> Floats:
        """Quality measures over years of the run for the state and each area: ``[1 + areas, metric, outcome]``."""
        by_area = in_all(self.weighted_quality()[years].sum(axis=0))
        return np.concatenate([by_area.sum(axis=0, keepdims=True), by_area])

    def _weighted_margins(self) -> Floats:
        weighted: Floats = (self.yearly * self.weights[None, :, None, None]).sum(axis=1)
        return weighted

    def _months_in_year(self, year: int) -> int:
        return min(MONTHS_PER_YEAR, self.months - year * MONTHS_PER_YEAR)


def check_measure(name: str) -> None:
    """Check that there is a measure of a name.

    Raises
    ------
    KeyError
        If there is none; with the nearest name.
    """
    if not isinstance(name, str) or name not in BY_NAME:
        raise KeyError(f"no measure {shown(name)}{did_you_mean(str(name), BY_NAME)}, see `ccosim describe measures`")


def check_level(rows: Sequence[tuple[str, str]], stratum: str, level: str) -> None:
    """Check that there is a level of a stratum.

    Raises
    ------
    KeyError
        If there is none; with those that there are.
    """
    if (stratum, level) in rows:
        return
    strata, levels = dict.fromkeys(one for one, _ in rows), [name for one, name in rows if one == stratum]
    if not levels:
        where = f"must be one of {', '.join(strata)}{did_you_mean(stratum, strata)}"
        raise KeyError(f"stratum {shown(stratum)}: {where}")
    where = f"must be one of {', '.join(levels)}{did_you_mean(level, levels)}"
    raise KeyError(f"level {shown(level)} of {stratum}: {where}")


class _Text:
    """Words as categories that all parts of a table share, so that joining parts copies only codes."""

    def __init__(self, places: list[tuple[str, str]]) -> None:
        self.levels = list(dict.fromkeys(level for _, level in places))
        self.strata = list(dict.fromkeys(stratum for stratum, _ in places))
        self.measures = [measure.name for measure in MEASURES]

    def tidy(self, values: Floats, months: Ints, places: list[tuple[str, str]]) -> Frame:
        """Long table of ``[month, place, measure]`` without its undefined values."""
        import pandas as pd

        month, place, measure = np.nonzero(~np.isnan(values))
        level = np.array([self.levels.index(level) for _, level in places])[place]
        stratum = np.array([self.strata.index(stratum) for stratum, _ in places])[place]
        return pd.DataFrame(
            {
                "month": months[month].astype(np.int32),
                "level": pd.Categorical.from_codes(level, self.levels),
                "stratum": pd.Categorical.from_codes(stratum, self.strata),
                "measure": pd.Categorical.from_codes(measure, self.measures),
                "value": values[month, place, measure],
            }
        )
