"""Which effort improves which quality measure, and so earns money where the measure is paid for.

Coordination follows up discharges, emergency visits and screens; proactive care keeps people out of the emergency
department and brings illness under control; quality is what is done at a visit. Part of a process measure is
documentation, by kind of measure (``quality.recorded_part``, chi of payment.md E6). Activities that improve the same
measure share it equally. Medical homes belong to ``transformation.py`` and to what CCOs do for measures.
"""

import numpy as np

from sim.engine.arrays import Flags, Floats
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


def moved_measures(written: Floats) -> Floats:
    """Return how much of each measure an activity moves, (activity, metric); ``written``: coding's part, by measure."""
    moves = np.zeros((len(ACTIVITIES), len(METRICS)))
    for metric, name in enumerate(METRICS):
        if name in OUTCOMES:
            for activity in OUTCOMES[name]:
                moves[activity, metric] = 1 / len(OUTCOMES[name])
        else:
            moves[QUALITY, metric], moves[CODING, metric] = 1 - written[metric], written[metric]
    return moves


def focus(measured: Flags, moves: Floats) -> Floats:
    """Return how an activity's work is divided over paid measures, (area, metric); 1 is an equal part.

    ``moves[metric]``: how much of each measure the activity moves; work goes where it moves something that is paid for.
    """
    weight = measured * moves
    each = measured.sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    return np.asarray(weight * each)
