"""The withhold: a part of each capitation payment that the state keeps until the year is judged.

Meaning: whole cents by area and rate category, so that the federal match follows the money when it is paid.
Equation: held = round(share * due); paid = due - held; at the year's end earned = round(held * earned share).
Evidence: qpool_pct_2013 (2%) to qpool_pct_2018 (4.25%); qpool_withhold_month_2020.
Everything is earned until the quality pool of the next issue gives an earned share below 1.
"""

import numpy as np

from sim.payment.ledger import Cents


def hold(due: Cents, share: float) -> Cents:
    """Return the part of ``due`` that is held, in whole cents; the rest is paid at once."""
    return np.asarray(np.rint(due * share), dtype=np.int64)


def earned(held: Cents, earned_share: float = 1) -> Cents:
    """Return the part of the year's ``held`` cents that the CCO has earned; the rest goes back to the state."""
    return np.asarray(np.rint(held * earned_share), dtype=np.int64)
