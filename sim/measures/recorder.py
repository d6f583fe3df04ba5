"""The recorder keeps of each month what reports need.

The full cells of a month take 2 MB. Kept are totals by month and area, margins by year and area, and the full cells of
the whole run: 3 MB for a run of 60 months with any number of members.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.digest import digest
from sim.measures.result import RunResult
from sim.measures.strata import LEVELS, margins
from sim.schema import CONDITIONS, COUNTS, METRICS, N_LEVELS, N_STRATA, OUTCOMES, PAYERS, SERVICES

REGISTER_STATES = 3
BY_YEAR = ("yearly", "quality")


class Month(Protocol):
    """What the recorder reads of a month's outputs (``sim.model.MonthResult``)."""

    @property
    def cells(self) -> Ints: ...
    @property
    def counts(self) -> Ints: ...
    @property
    def money(self) -> Ints: ...
    @property
    def registers(self) -> Ints: ...
    @property
    def quality(self) -> Ints: ...


class Recorder:
    """Collects one run, month after month.

    Parameters
    ----------
    months : months of the run.
    areas, weights : names of the CCO areas, and people per sampled member in each.
    accounts, purposes : of the ledger, in the order of ``flows`` and ``paid``.
    seed, arm, scenario_digest : identify the run.
    """

    def __init__(
        self,
        months: int,
        areas: tuple[str, ...],
        weights: Floats,
        accounts: tuple[str, ...],
        *,
        purposes: tuple[str, ...] = (),
        seed: int = 0,
        arm: str = "",
        scenario_digest: str = "",
    ) -> None:
        self.months, self.areas, self.weights, self.accounts = months, tuple(areas), weights, tuple(accounts)
        self.purposes = tuple(purposes)
        self.seed, self.arm, self.scenario_digest = seed, arm, scenario_digest
        n, years = len(self.areas), -(-months // MONTHS_PER_YEAR)
        self._next = 0
        self._year_cells = np.zeros((n, N_STRATA, len(COUNTS)), np.int64)
        self._late: Ints | None = None  # cells of the last month, before they are added to the year
        self._kept: dict[str, Ints] = {
            "counts": np.zeros((months, n, len(COUNTS)), np.int64),
            "yearly": np.zeros((years, n, len(LEVELS), len(COUNTS)), np.int64),
            "cells": np.zeros((n, N_STRATA, len(COUNTS)), np.int64),
            "flows": np.zeros((months, n, len(accounts), len(accounts)), np.int64),
            "paid": np.zeros((months, n, len(purposes)), np.int64),
            "spending": np.zeros((months, n, len(SERVICES), len(PAYERS)), np.int64),
            "registers": np.zeros((months, n, len(CONDITIONS), REGISTER_STATES), np.int64),
            "quality": np.zeros((years, n, N_LEVELS, len(METRICS), len(OUTCOMES)), np.int64),
        }
        self._places: dict[str, Ints] = {}

    def record(
        self,
        month: int,
        result: Month,
        flows: Ints,
        places: Mapping[str, NDArray[Any]] | None = None,
        paid: Ints | None = None,
    ) -> None:
        """Add a month. Months come in order, from 0.

        Parameters
        ----------
        result : ``cells [area, N_STRATA, len(COUNTS)]``, their sums ``counts [area, len(COUNTS)]``,
            ``money [area, 2, rate category, service, payer]``, ``registers [area, condition, 3]``,
            ``quality [area, len(LEVELS), metric, 3]``.
        flows : ``[area, payer, payee]`` cents of the month.
        places : records of upstream slots by name, each ``[area, package]``.
        paid : ``[area, purpose]`` cents of the month; default none.

        Raises
        ------
        ValueError
            If a month comes twice, is skipped, or lies after the end.
        """
        if month != self._next or month >= self.months:
            raise ValueError(f"month {month} was given to the recorder, month {self._next} of {self.months} is due")
        kept = self._kept
        kept["counts"][month] = result.counts
        kept["flows"][month] = flows
        kept["paid"][month] = 0 if paid is None else paid
        kept["spending"][month] = result.money.sum(axis=(1, 2))
        kept["registers"][month] = result.registers
        kept["quality"][month // MONTHS_PER_YEAR] += result.quality
        for name, counts in (places or {}).items():
            if name not in self._places:
                self._places[name] = np.zeros((self.months, *np.shape(counts)), np.int64)
            self._places[name][month] = counts
        self.catch_up()
        self._late = result.cells
        self._next += 1
        if self._next % MONTHS_PER_YEAR == 0 or self._next == self.months:
            self._close_year(month // MONTHS_PER_YEAR)

    def catch_up(self) -> None:
        """Add the last month's cells to those of its year, unless that is done: it takes long, and can wait."""
        if self._late is not None:
            self._year_cells += self._late
            self._late = None

    def digest(self) -> str:
        """SHA-256 of all records so far, the same for any number of threads and on any machine."""
        return digest(self.state())

    def result(self, seconds: Mapping[str, float] | None = None, *, is_digested: bool = True) -> RunResult:
        """The result of the months so far; the last year may be short. No later month changes it."""
        kept: dict[str, Any] = self._so_far()
        result = RunResult(
            scenario_digest=self.scenario_digest,
            seed=self.seed,
            arm=self.arm,
            months=self._next,
            areas=self.areas,
            weights=self.weights,
            accounts=self.accounts,
            purposes=self.purposes,
            places={name: array[: self._next] for name, array in self._places.items()},
            seconds=dict(seconds or {}),
            **kept,
        )
        if is_digested:
            object.__setattr__(result, "digest", result.recompute_digest())  # the result is frozen
        return result

    def _so_far(self) -> dict[str, Ints]:
        """What is kept of the months so far, with the year that is not over yet."""
        self.catch_up()
        months, years = self._next, -(-self._next // MONTHS_PER_YEAR)
        kept = {name: array[: years if name in BY_YEAR else months] for name, array in self._kept.items()}
        kept["cells"] = self._kept["cells"]
        if self._next < self.months:
            kept |= {name: kept[name].copy() for name in (*BY_YEAR, "cells")}
            kept["cells"] += self._year_cells
            if self._next % MONTHS_PER_YEAR:
                kept["yearly"][-1] = margins(self._year_cells)
        return kept

    def state(self) -> dict[str, Ints]:
        """Everything that ``restore`` of a new recorder of the same run needs to continue."""
        self.catch_up()
        places = {f"places.{name}": array for name, array in self._places.items()}
        return {**self._kept, **places, "year_cells": self._year_cells, "next": np.array([self._next])}

    def restore(self, state: Mapping[str, Ints]) -> None:
        """Continue from a saved ``state``."""
        self._next, self._late = int(state["next"][0]), None
        self._year_cells = np.array(state["year_cells"])
        self._kept = {name: np.array(state[name]) for name in self._kept}
        self._places = {k.removeprefix("places."): np.array(v) for k, v in state.items() if k.startswith("places.")}

    def _close_year(self, year: int) -> None:
        self.catch_up()
        self._kept["yearly"][year] = margins(self._year_cells)
        self._kept["cells"] += self._year_cells
        self._year_cells[:] = 0
