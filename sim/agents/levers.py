"""What a CCO can decide: one row for each area, each lever a share between 0 and 1.

``model.levers`` holds what has been decided; ``CCO.decide`` moves it each quarter, never under fee-for-service.
Providers feel the levers through their incentives, members through ``model.areas``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVERS = {
    "pass_through": "part of the CCO's own incentive that reaches clinicians (phi)",
    "capitated": "part of primary care revenue that is paid per member (kappa)",
    "at_risk": "part of the total cost for which clinicians share the risk (rho)",
    "quality_bonus": "part of the quality pool that is paid on to clinicians",
    "care_management": "part of the high-risk members for whom there is a care manager",
    "behavioural_integration": "part of primary care with behavioural health in the clinic",
    "oral_integration": "part of members whose oral health is cared for with the rest",
    "shared_records": "part of the network that shares its records",
    "closed_loops": "part of discharges, emergency visits and positive screens that somebody follows up",
    "interpreters": "part of visits with an interpreter where one is needed",
    "utilization_management": "part of billed value that is denied beyond the baseline",
    "upstream": "part of revenue that goes upstream",
}
LEVER = np.dtype([(name, "f8") for name in LEVERS])


def no_levers(areas: int) -> NDArray[Any]:
    """Return the levers of a world in which no CCO has decided anything."""
    return np.zeros(areas, dtype=LEVER).view(np.recarray)
