"""What practices make of the visits that members ask for: from logs of volume to induced, withheld and replaced visits.

Equation: volume e**log is (1 + change) of the usual visits, of which a part i0 is induced. What rises is induced. What
          falls takes induced visits first, and needed ones once there are none: withheld = 1 - (1 + change) / (1 - i0).
          ``cut`` divides a fall that takes needed and induced visits alike from one that takes induced visits first.
Evidence: sim/member/offer.py. Withholding by practices paid per member: ``stinting.py``.
"""

import numpy as np

from sim.engine.arrays import Floats


def cut(log_volume: Floats, alike: float) -> tuple[Floats, Floats]:
    """Divide logs of volume in two: what is induced or no longer induced, and what is withheld from all alike."""
    withheld = alike * np.minimum(log_volume, 0)
    return log_volume - withheld, withheld


def induced_and_withheld(log_volume: Floats, log_withheld: Floats, usual: Floats | float) -> tuple[Floats, Floats]:
    """Return induced visits beyond the usual, per usual visit, and the share of asks that is withheld."""
    change = np.expm1(log_volume)
    beyond = np.minimum((1 + change) / (1 - usual), 1)
    return np.maximum(change, -usual), 1 - beyond * np.exp(log_withheld)
