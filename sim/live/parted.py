"""What is known of the month in which two lives part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Change(NamedTuple):
    """A number that differs: what it is, for which service, its value in each arm, and where it comes from."""

    label: str
    of: str
    a: float
    b: float
    source: str = ""


class Draw(NamedTuple):
    """A keyed decision: the same draw met two chances, expected numbers or shares, and came out in two ways.

    NaN in the arm in which the rule had nothing to decide. A share is a part of ``many_a`` and ``many_b``, such as
    visits; these are NaN for other kinds.
    """

    decision: str
    of: str
    draw: float
    kind: str
    a: float
    b: float
    out_a: float
    out_b: float
    many_a: float = np.nan
    many_b: float = np.nan


@dataclass(frozen=True)
class Parted:
    """The first month in which two lives differ, and why.

    Attributes
    ----------
    month : of the run.
    changes : what differs at its end.
    rule : the rule of the member's month that parted them, such as ``offer.offer_visits``; the step of organizations,
        such as ``Slots.assign``, where the member differed before any rule.
    about : what the rule does.
    draw : the keyed decision that came out differently; None where the rule drew nothing.
    behind : numbers that the rule met and that differ, with the step that decided them, or since when they differ.
    """

    month: int
    changes: tuple[Change, ...]
    rule: str
    about: str
    draw: Draw | None
    behind: tuple[Change, ...]
