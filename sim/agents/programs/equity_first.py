"""Slots of a CCO's programs go first to members of the group that its council's equity target names.

Meaning: of the group that is furthest behind in an area, the part ``ccos.equity_target`` comes before everybody else
         who wants a slot; among these, and among the others, the scenario's targeting decides. Nobody becomes eligible.
Equation: first = (race == group of the area) and (a draw of member and package < ccos.equity_target).
A program of a CCO may read race for that; no clinician's decision does.
Evidence: none; a rule of the council.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.cco.board import Board
from sim.agents.cco.equity_target import NOBODY
from sim.engine.arrays import Flags, Floats, Ints
from sim.upstream.budget import FUNDED
from sim.upstream.draws import EQUITY, ONCE, package_uniforms


class PutFirst(NamedTuple):
    """By area: the group that comes first (``NOBODY``: none), and which part of it."""

    group: Ints
    part: Floats


def named(boards: Sequence[Board], funding: str) -> PutFirst | None:
    """Return which groups come first; None without a target, or where the programs are not CCOs'."""
    if funding not in ("cco", *FUNDED) or all(board.behind == NOBODY for board in boards):
        return None
    return PutFirst(np.array([board.behind for board in boards]), np.array([board.equity_target for board in boards]))


def who_is_first(members: NDArray[Any], rows: Ints, first: PutFirst, seed: int, package: str) -> Flags:
    """Return which of some members come first for a package."""
    areas = members["area"][rows]
    of_group = members["race"][rows] == first.group[areas]
    drawn = package_uniforms(seed, members["key"][rows], package, ONCE, EQUITY)
    return np.asarray(of_group & (drawn < first.part[areas]))
