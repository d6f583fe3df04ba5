"""Capacity: the visits that primary care clinics and an area's specialist, behavioral and dental care can give.

Capacity belongs to the area. It is set from what members ask for in the first part of the warm-up (without policy), so
that the declared share of asks is served at the start; then practices hire and shrink (``staffing.py``). Each month a
keyed draw rounds it to whole visits, so that a sample keeps the capacity of its people (model.md 4).

Waits depend on smoothed asks. A clinic's deviation from its area, and the visits that it booked beyond what was
expected, are first reduced to those of the full population: in a sample of 1 in 20, luck would overrun a clinic.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.providers.staffing import Staffing
from sim.agents.providers.waits import WaitCurve, Waits, solve_waits, work_off
from sim.engine.arrays import Floats
from sim.engine.decisions import decision
from sim.engine.draws import uniforms
from sim.engine.parameters import Declared, declared
from sim.engine.snapshot import Remembering
from sim.payment.shrinkage import full_size
from sim.schema import BEHAVIORAL, DENTAL, SPECIALIST

RATIONED = (SPECIALIST, BEHAVIORAL, DENTAL)  # of an area; primary care waits belong to clinics
ROUNDING = decision("providers: capacity rounded up or down", 1024)
SERVICE_KEYS = np.uint64(2**32)  # practices of service s have keys from (s + 1) * 2**32; clinics count from 0
FEWEST_VISITS = 1  # a practice that exists can see one member a month


@dataclass(frozen=True)
class CapacityTerms(Declared):
    """Declared rules about capacity; ``memory`` is the weight of the last month in the expected asks."""

    served_share: float = declared("providers.served_share")
    memory: float = declared("providers.asks_memory")
    days_in_month: float = declared("providers.days_in_month")


class Capacity(Remembering):
    """Capacity, expected asks, backlog and waits of every rationed practice: clinics first, then area by service.

    Parameters
    ----------
    clinic_area : CCO area of each clinic.
    weights : people per sampled member, by area.
    curve, terms, staffing : declared rules.
    seed : seed of the run.
    """

    REMEMBERED = ("baseline", "capacity", "expected", "backlog")

    def __init__(
        self,
        clinic_area: NDArray[np.integer],
        weights: Floats,
        curve: WaitCurve,
        terms: CapacityTerms,
        staffing: Staffing,
        seed: int,
    ) -> None:
        self.clinics, self.areas = len(clinic_area), len(weights)
        self.area = np.concatenate([clinic_area.astype(np.int64), *([np.arange(self.areas)] * len(RATIONED))])
        self.weights, self.curve, self.terms, self.staffing, self.seed = weights, curve, terms, staffing, seed
        of_services = [SERVICE_KEYS * np.uint64(s + 1) + np.arange(self.areas, dtype=np.uint64) for s in RATIONED]
        self.keys = np.concatenate([np.arange(self.clinics, dtype=np.uint64), *of_services])
        rows = len(self.area)
        self.fills = np.full(rows, staffing.fills)
        self.by_area(self.fills)[:, RATIONED.index(BEHAVIORAL)] = staffing.fills_behavioral
        self.baseline = np.zeros(rows)
        self.capacity = np.full(rows, np.inf)
        self.expected = np.zeros(rows)
        self.backlog = np.zeros(rows)
        self.whole = self.capacity.copy()
        self.waits = Waits(np.zeros(rows), np.zeros(rows), np.zeros(rows))

    @property
    def known(self) -> bool:
        """Whether capacity has been set; before that nobody waits."""
        return bool(np.isfinite(self.capacity).all())

    def stack(self, sought: NDArray[np.integer] | Floats, clinic_sought: NDArray[np.integer] | Floats) -> Floats:
        """Return one row of visits per practice from visits by area and service and by clinic."""
        return np.concatenate([clinic_sought, sought[:, RATIONED].T.ravel()]).astype(np.float64)

    def by_area(self, rows: Floats) -> Floats:
        """Return the rows of the areas' services as ``[area, rationed service]``."""
        return rows[self.clinics :].reshape(len(RATIONED), self.areas).T

    def set_from(self, asks: Floats) -> None:
        """Set capacity so that ``served_share`` of the monthly ``asks`` (one per practice) is served."""
        self.baseline = np.maximum(asks, FEWEST_VISITS)
        self.expected = self.baseline.copy()
        self.capacity = self._start()

    def _start(self) -> Floats:
        share = self.terms.served_share
        return self.baseline * share / self.curve.utilization_that_serves(share)

    def solve(self, month: int, open_part: Floats | float = 1.0) -> Waits:
        """Round this month's capacity and find the waits that agree with the expected asks.

        ``open_part`` is the part of each practice's capacity that is there and still serves Medicaid.
        """
        self.whole = self._rounded(month, open_part)
        backlog_days = self.backlog / self.whole * self.terms.days_in_month
        self.waits = solve_waits(self._shrunk_asks(), self.whole, backlog_days, self.curve)
        return self.waits

    def observe(self, asks: Floats, booked: Floats, log_pay: Floats | float = 0.0) -> Floats:
        """Learn from the month, hire or shrink; return the visits that were given (never above capacity).

        ``log_pay`` is the log of posts that pay brings, by practice.
        """
        foreseen = self._shrunk_asks() * (1 - self.waits.lost)
        likely = full_size(booked, foreseen, self.weights[self.area])
        given, self.backlog = work_off(np.maximum(likely, 0), self.backlog, self.whole)
        self.expected += self.terms.memory * (asks - self.expected)
        growth = self._shrunk_asks() / self.baseline
        posts = self.staffing.posts(self._start(), growth, log_pay)
        self.capacity = self.staffing.after_a_month(self.capacity, posts, self.fills)
        return given

    def _shrunk_asks(self) -> Floats:
        """Expected asks, a clinic's deviation from its area shrunk to full size; areas' services are not shrunk."""
        own = self.expected / self.baseline
        n, area = self.clinics, self.area[: self.clinics]
        asked = np.bincount(area, self.expected[:n], self.areas)
        usual = np.bincount(area, self.baseline[:n], self.areas)
        of_area = asked / np.maximum(usual, FEWEST_VISITS)
        own[:n] = full_size(own[:n], of_area[area], self.weights[area])
        return np.asarray(np.maximum(own, 0) * self.baseline)

    def _rounded(self, month: int, open_part: Floats | float) -> Floats:
        drawn, capacity = uniforms(self.seed, self.keys, month, ROUNDING), self.capacity * open_part
        return np.asarray(np.maximum(np.floor(capacity + drawn), FEWEST_VISITS))
