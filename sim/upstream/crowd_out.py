"""Crowd-out: housing one person partly displaces others, so that homelessness falls by less than one.

    homeless otherwise  = sum over those housed of (1 - monthly exit of their type) ^ months housed
    displaced           = max(0, homeless otherwise - net x homes held)
    extra onsets        = displaced / mean length of a spell        a month, spread over the area

``net`` (``upstream.net_homeless_per_home``, .3) is the fall of the homeless count for each home held. In the long run
these onsets keep ``displaced`` more people homeless.
"""

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Floats


def homeless_otherwise(types: NDArray[np.integer], months: NDArray[np.integer], exits: Floats) -> Floats:
    """Return the chance that each person housed would still be homeless; ``exits``: monthly chance by type."""
    return np.asarray(np.power(1.0 - exits[types], months))


def displaced(otherwise: Floats, homes: Floats, net: float) -> Floats:
    """Return how many others are homeless because of the homes held, by area."""
    return np.maximum(otherwise - net * homes, 0.0)


def mean_spell(shares: Floats, exits: Floats) -> float:
    """Return the mean months of a spell of homelessness."""
    return float((shares / exits).sum())


def onset_multiplier(extra: Floats, usual: Floats) -> Floats:
    """Return the factor by which extra onsets raise the usual onsets of a month."""
    return np.asarray(1.0 + np.divide(extra, usual, out=np.zeros_like(extra), where=usual > 0))
