"""Boards of the stand-in system, and what they may do as one array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.cco.actions import ACTION_INDEX, ACTIONS
from sim.agents.cco.board import Board
from tests.support.stand_in_system import StandIn


def a_board(levers: tuple[str, ...] = (), **changes: Any) -> Board:
    """A board that may take these actions, in a stand-in system with these choices and numbers."""
    model = StandIn(levers=levers, **changes)
    return Board(model.registry, model.scenario)


def at(**actions: float) -> NDArray[np.float64]:
    """These actions at these strengths, all others at 0."""
    values = np.zeros(len(ACTIONS))
    for name, value in actions.items():
        values[ACTION_INDEX[name]] = value
    return values
