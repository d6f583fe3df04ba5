"""What CCOs have decided: one row for each area, each action a share between 0 and 1.

``model.actions`` holds what CCOs have decided; ``CCO.decide`` changes its own row each quarter, never under
fee-for-service. Providers meet the actions in their incentives, members in the columns of ``model.areas`` of the same
name. Each action is declared in ``CCO_ACTIONS`` (``sim/cco_actions.py``), and what it names is checked here.
"""

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.cco_actions import CCO_ACTIONS, Action
from sim.engine.arrays import Floats, Ints
from sim.engine.text import did_you_mean
from sim.engine.units import millionths
from sim.payment.incentives import Incentives
from sim.payment.ledger import ACCOUNTS, PURPOSES
from sim.schema import AREA, SERVICES

ACTIONS = {action.name: action for action in CCO_ACTIONS}
ACTION = np.dtype([(name, "f8") for name in ACTIONS])
ACTION_INDEX = {name: i for i, name in enumerate(ACTIONS)}

ADMINISTRATIVE = tuple(action.name for action in CCO_ACTIONS if action.administrative)
"""Actions whose cost is no service to members: a medical loss ratio does not count it."""

CARRIED_BY = np.array([SERVICES.index(action.carried_by) for action in CCO_ACTIONS])
"""The service whose clinicians carry out each action."""

PAYMENTS = {action.name: action.paid for action in CCO_ACTIONS if action.paid}
"""Contracts cost what they pay (``sim/payment``), and upstream programs are paid by slot: neither is here."""


def require(action: Action, what: str, names: Iterable[str], known: Collection[str]) -> None:
    """Refuse an action that names what does not exist.

    Raises
    ------
    ValueError
        If one of ``names`` is not ``known``.
    """
    for name in names:
        if name not in known:
            raise ValueError(f"CCO action {action.name!r}: there is no {what} {name!r}{did_you_mean(name, known)}")


def check(action: Action) -> None:
    """Refuse an action that is paid to no account or for no purpose, or enters no incentive of providers.

    Raises
    ------
    ValueError
        Also if it would be written into a column of ``areas`` that is not its own.
    """
    if action.paid:
        require(action, "account", [action.paid.payee], ACCOUNTS)
        require(action, "purpose", [action.paid.purpose], PURPOSES)
    require(action, "incentive", action.incentives, [field.name for field in fields(Incentives)])
    if action.name in (AREA.names or ()) and not action.members_meet:
        raise ValueError(f"CCO action {action.name!r}: a column of areas has this name; say in members_meet what it is")


for _action in CCO_ACTIONS:
    check(_action)


def no_actions(areas: int) -> NDArray[Any]:
    """Return the actions of a world in which no CCO has decided anything."""
    return np.zeros(areas, dtype=ACTION).view(np.recarray)


def record(actions: NDArray[Any]) -> dict[str, Ints]:
    """Return what has been decided, by area, in millionths."""
    return {f"levers.{name}": millionths(actions[name]) for name in ACTIONS}


def as_table(actions: NDArray[Any]) -> Floats:
    """Return the same memory as ``actions[area, action]``, in the order of ``ACTIONS``."""
    return actions.view(np.ndarray).view(np.float64).reshape(len(actions), len(ACTIONS))
