"""Which effort improves which quality measure, and so earns money where the measure is paid for.

Coordination follows up discharges, emergency visits and screens; proactive care keeps people out of the emergency
department and brings illness under control; quality is what is done at a visit. Part of a process measure is
documentation (payment.md E6: chi). Activities that improve the same measure share it equally. Medical homes belong to
``transformation.py``.
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
