"""Waits: how long members wait for an appointment, and how many give up.

Meaning: utilization = booked visits / capacity; wait in days; lost = share of asked visits that never happen.
Equation: wait(u) = w0 * u / (1 - u) * (1 - u0) / u0, at most ``cap``;
          lost = 1 - exp(-(wait(u) + backlog days) / patience);
          u solves u = asks * (1 - lost) / capacity, with u at most ``highest``.
The right-hand side falls as u rises, so that there is exactly one solution. It depends on one number, the load
asks * exp(-backlog days / patience) / capacity: the curve tabulates the solution once, and every clinic looks it up.
Damped iteration finds the same. Beyond ``highest`` the wait is as long as it takes to keep booked visits within
capacity.
Evidence: payment.md E8, model.md 10; wait_days_new (7 days); the shape and the patience are assumptions.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.parameters import Declared, declared

GRID = 2**16  # numerical precision, not a fact: the solution is found to within 1e-8


@dataclass(frozen=True)
class WaitCurve(Declared):
    """The declared shape: ``wait`` days at utilization ``at``; ``cap`` and ``patience`` in days."""

    wait: float = declared("providers.wait_days")
    at: float = declared("providers.wait_utilization")
    cap: float = declared("providers.wait_cap")
    patience: float = declared("providers.wait_patience")
    highest: float = declared("providers.highest_utilization")

    def days(self, utilization: Floats) -> Floats:
        """Return the wait at a utilization below 1."""
        days = self.wait * utilization / (1 - utilization) * (1 - self.at) / self.at
        return np.asarray(np.minimum(days, self.cap))

    def lost(self, days: Floats) -> Floats:
        """Return the share of asked visits that a wait of so many days loses."""
        return np.asarray(-np.expm1(-days / self.patience))

    @cached_property
    def _solutions(self) -> tuple[Floats, Floats]:
        """Loads, and the utilization that each leads to."""
        utilization = np.linspace(0, self.highest, GRID)
        return utilization * np.exp(self.days(utilization) / self.patience), utilization

    def utilization_under(self, load: Floats) -> Floats:
        """Return u that solves u = load * exp(-wait(u) / patience), at most ``highest``."""
        loads, utilization = self._solutions
        return np.asarray(np.interp(load, loads, utilization))

    def utilization_that_serves(self, share: float) -> float:
        """Return the utilization at which ``share`` of the asked visits is served."""
        odds = -self.patience * np.log(share) / self.wait * self.at / (1 - self.at)
        return float(min(odds / (1 + odds), self.highest))


class Waits(NamedTuple):
    """What members meet at each clinic or service of an area."""

    utilization: Floats
    days: Floats
    lost: Floats


def solve_waits(asks: Floats, capacity: Floats, backlog_days: Floats, curve: WaitCurve) -> Waits:
    """Return the waits at which booked visits, after losses to those waits, agree with the waits themselves.

    Parameters
    ----------
    asks, capacity : expected visits asked for, and visits that can be given, in the month; capacity above 0.
    backlog_days : days of wait that visits carried over from earlier months add.
    curve : shape of the wait and of the losses.
    """
    load = asks / capacity
    booked = curve.utilization_under(load * np.exp(-backlog_days / curve.patience))
    days = curve.days(booked) + backlog_days
    lost = np.maximum(curve.lost(days), 1 - curve.highest / np.maximum(load, curve.highest))
    days = np.minimum(np.maximum(days, -curve.patience * np.log1p(-lost)), curve.cap)
    return Waits(utilization=load * (1 - lost), days=days, lost=lost)


def work_off(booked: Floats, backlog: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """Return the visits given this month and those carried over: given = min(booked + backlog, capacity)."""
    due = booked + backlog
    given = np.minimum(due, capacity)
    return given, due - given
