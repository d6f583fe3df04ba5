"""The withhold: a part of each capitation payment that the state keeps until the year is judged.

Meaning: whole cents by area and rate category, so that the federal match follows the money when it is paid.
Equation: held = round(share * due); paid = due - held. In December the quality pool says what was earned; without one
          all of it comes back. What is held when a run ends stays in the account ``held``.
Evidence: qpool_pct_2013 (2%) to qpool_pct_2018 (4.25%); qpool_withhold_month_2020.
"""

import numpy as np

from sim.engine.arrays import Cents


def hold(due: Cents, share: float) -> Cents:
    """Return the part of ``due`` that is held, in whole cents; the rest is paid at once."""
    return np.asarray(np.rint(due * share), dtype=np.int64)
