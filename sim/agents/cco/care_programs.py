"""What the care programs of CCOs cost in a month, in whole cents by area.

Equation: cost = round(cost at full strength x action / its most x member-months); work on quality measures
          as far as its money is used. Contracts cost what they pay, and upstream programs are paid by slot.
"""

from collections.abc import Sequence

import numpy as np

from sim.agents.cco.actions import ACTION_INDEX, ADMINISTRATIVE, PAYMENTS
from sim.agents.protocols import RatedCCO
from sim.engine.arrays import Cents, Ints

CENTS = 100
MEASURES = ACTION_INDEX["measure_work"]


def costs_of(ccos: Sequence[RatedCCO], member_months: Ints) -> dict[str, Cents]:
    """Return what each care program costs in each area."""
    shares = np.stack([cco.actions / cco.board.most for cco in ccos])
    shares[:, MEASURES] *= [cco.measures.used for cco in ccos]
    cents = np.rint(np.stack([cco.board.cost for cco in ccos]) * shares * CENTS * member_months[:, np.newaxis])
    return {name: cents[:, ACTION_INDEX[name]].astype(np.int64) for name in PAYMENTS}


def serving_members(costs: dict[str, Cents]) -> Cents:
    """Return what care programs cost together, without actions that are only administration."""
    return np.asarray(np.sum([cents for name, cents in costs.items() if name not in ADMINISTRATIVE], axis=0))
