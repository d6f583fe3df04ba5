"""What a CCO can do: one row for each area, each action a share between 0 and 1.

``model.actions`` holds what CCOs have decided; ``CCO.decide`` changes its own row each quarter, never under
fee-for-service. Providers meet the actions in their incentives, members in the columns of ``model.areas`` of the same
name.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats, Ints
from sim.engine.units import millionths

ACTIONS = {
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
ACTION = np.dtype([(name, "f8") for name in ACTIONS])
ACTION_INDEX = {name: i for i, name in enumerate(ACTIONS)}

ADMINISTRATIVE = ("utilization_management",)
"""Actions whose cost is no service to members: a medical loss ratio does not count it."""


@dataclass(frozen=True)
class Payment:
    """Whom a CCO pays for an action, and the purpose in the ledger."""

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
"""Contracts cost what they pay (``sim/payment``), and upstream programs are paid by slot: neither is here."""


def no_actions(areas: int) -> NDArray[Any]:
    """Return the actions of a world in which no CCO has decided anything."""
    return np.zeros(areas, dtype=ACTION).view(np.recarray)


def record(actions: NDArray[Any]) -> dict[str, Ints]:
    """Return what has been decided, by area, in millionths."""
    return {f"levers.{name}": millionths(actions[name]) for name in ACTIONS}


def as_table(actions: NDArray[Any]) -> Floats:
    """Return the same memory as ``actions[area, action]``, in the order of ``ACTIONS``."""
    return actions.view(np.ndarray).view(np.float64).reshape(len(actions), len(ACTIONS))
