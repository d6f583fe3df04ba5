"""What a CCO can decide: one row for each area, each lever a share between 0 and 1.

``model.levers`` holds what has been decided; ``CCO.decide`` moves it each quarter, never under fee-for-service.
Providers feel the levers through their incentives, members through the columns of ``model.areas`` of the same name.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import axes
from sim.engine.arrays import Floats

MILLION = 1_000_000

LEVERS = {
    "pass_through": "part of the CCO's own incentive that reaches clinicians (phi)",
    "capitated": "part of primary care revenue that is paid per member (kappa)",
    "at_risk": "part of the total cost for which clinicians share the risk (rho)",
    "quality_bonus": "part of the quality pool that is paid on to clinicians",
    "care_management": "part of the high-risk members for whom there is a care manager",
    "behavioral_integration": "part of primary care with behavioral health in the clinic",
    "oral_integration": "part of members whose oral health is cared for with the rest",
    "shared_records": "part of the network that shares its records",
    "closed_loops": "part of discharges, emergency visits and positive screens that somebody follows up",
    "interpreters": "part of visits with an interpreter where one is needed",
    "utilization_management": "part of billed value that is denied beyond the baseline",
    "upstream": "part of revenue that goes upstream",
}
LEVER = np.dtype([(name, "f8") for name in axes.LEVERS])
PLACE = {name: i for i, name in enumerate(axes.LEVERS)}

ADMINISTRATIVE = ("utilization_management",)
"""Levers whose cost is no service to members: a medical loss ratio does not count it."""


@dataclass(frozen=True)
class Payment:
    """Whom a CCO pays for a lever, and how the ledger calls it."""

    payee: str
    purpose: str


PAYMENTS = {
    "care_management": Payment("primary", "care_management"),
    "behavioral_integration": Payment("primary", "care_management"),
    "oral_integration": Payment("dental", "care_management"),
    "closed_loops": Payment("primary", "care_management"),
    "shared_records": Payment("outside", "care_management"),
    "interpreters": Payment("outside", "care_management"),
    "utilization_management": Payment("outside", "administration"),
}
"""Contracts cost what they pay (``sim/payment``), and upstream programs are paid by place: neither is here."""


def no_levers(areas: int) -> NDArray[Any]:
    """Return the levers of a world in which no CCO has decided anything."""
    return np.zeros(areas, dtype=LEVER).view(np.recarray)


def record(levers: NDArray[Any]) -> dict[str, NDArray[np.int64]]:
    """Return what has been decided, by area, in millionths."""
    return {f"levers.{name}": np.rint(levers[name] * MILLION).astype(np.int64) for name in axes.LEVERS}


def as_table(levers: NDArray[Any]) -> Floats:
    """Return the same memory as ``levers[area, lever]``, in the order of ``axes.LEVERS``."""
    return levers.view(np.ndarray).view(np.float64).reshape(len(levers), len(axes.LEVERS))
