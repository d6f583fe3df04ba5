"""Which effort moves which quality measure, and so earns where it is paid for.

It follows from what effort does to members: coordination follows up discharges, emergency visits and screens; proactive
care keeps people out of the emergency department and brings illness under control; quality is what is done at a visit.
Of a measure of what was done a part is writing it down (payment.md E6: chi); work on one that several move is shared
alike. Medical homes are for ``transformation.py``.
"""

import numpy as np

from sim.engine.arrays import Floats
from sim.schema import ACTIVITIES, CODING, COORDINATION, METRICS, PROACTIVE, QUALITY

OUTCOMES: dict[str, tuple[int, ...]] = {
    "emergency_visits": (COORDINATION, PROACTIVE),
    "readmission": (COORDINATION,),
    "follow_up_after_stay": (COORDINATION,),
    "follow_up_after_emergency": (COORDINATION,),
    "depression_follow_up": (QUALITY, COORDINATION),
    "hba1c_poor_control": (QUALITY, PROACTIVE),
    "blood_pressure_control": (QUALITY, PROACTIVE),
    "medical_home": (),
}


def moved_measures(written: float) -> Floats:
    """Return how much of each measure an activity moves, (activity, metric); ``written``: the part of coding."""
    moves = np.zeros((len(ACTIVITIES), len(METRICS)))
    for metric, name in enumerate(METRICS):
        if name in OUTCOMES:
            for activity in OUTCOMES[name]:
                moves[activity, metric] = 1 / len(OUTCOMES[name])
        else:
            moves[QUALITY, metric], moves[CODING, metric] = 1 - written, written
    return moves
