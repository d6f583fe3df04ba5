"""Contract duties: what a CCO must do by when, and what happens if it does not.

Meaning: the least that each action of a CCO may be, as a share, by month of the contract; whole cents.
Equation: floor[m] = first + (last - first) * min(1, m / by); unmet = action < floor, for any action;
          in each contract year the state finds an unmet duty with chance ``found``, and fines it;
          found duties that are still unmet ``cure`` months later cost ``held_back`` of capitation each month, for as
          long as they are unmet. This stands for a freeze of new enrollment: members go elsewhere, and money with them.
          Of the floor of work on measures medical homes come first: a CCO helps the part of the clinics without full
          recognition to it that ``duty_homes`` asks for by that month (``sim/agents/cco/measure_work.py``).
Boards know the dates and raise their actions in time (``sim/agents/cco/board.py``); duties go last where there is no
money for all. Actions that a scenario holds fixed, or that work on services outside the budget, are no duties.
Contracts oblige CCOs to use recognized homes as far as they exist. They name no share: the floor is the part of the gap
that Oregon closed, of members who were not in a recognized home when CCOs began (2012).
Evidence: o2_pcpch_memb_2012 to o2_pcpch_memb_2017 (homes), o2_exam_rule (one examination in a contract period),
o2_sanction_amount (fines are small), o2_trillium_freeze (15 months from a finding to a freeze), o2_vbp_2021 to
o2_vbp_2023 with vbp_2020 and vbp_2024, o2_dental_date. Floors of programs are assumptions: contracts name duties and
dates, no shares.
"""

from typing import NamedTuple

import numpy as np

from sim.cco_actions import CCO_ACTIONS
from sim.engine.arrays import Floats, Ints
from sim.engine.parameters import Registry
from sim.payment.form import Form
from sim.payment.month import Month
from sim.payment.payer import shares_of
from sim.schema import SERVICES

CARRIED_BY = [SERVICES.index(action.carried_by) for action in CCO_ACTIONS]
ROUNDING = 1e-9
NOT_FOUND = -1


class Floors(NamedTuple):
    """The least of each action at first and in the end, and the month from which the last is due."""

    first: Floats
    last: Floats
    by: Floats


def declared_floors(registry: Registry) -> Floors:
    """Return the floors that are declared."""
    first, last, by = (np.asarray(registry.get(f"payment.duty_{name}")) for name in ("first", "floor", "by"))
    return Floors(first, last, by)


def declared_homes(registry: Registry) -> Floors:
    """Return the floor of medical homes, as one column."""
    first, last, by = (np.atleast_1d(registry.get(f"payment.duty_homes{name}")) for name in ("_first", "", "_by"))
    return Floors(first, last, by)


def floors(duty: Floors, month: Ints | int) -> Floats:
    """Return the least of each action in months of the contract, (..., action); a date of 0 is from the start."""
    months = np.asarray(month, dtype=np.float64)[..., None]
    part = np.where(duty.by > 0, np.clip(months / np.maximum(duty.by, 1), 0, 1), 1.0)
    return np.asarray(duty.first + (duty.last - duty.first) * part)


def held_back(due: Ints, since: Ints, cure: float, share: float) -> Ints:
    """Return the cents that are kept back of capitation ``due``, (area, rate category); ``since``: months known."""
    return np.asarray(np.rint(due * (share * (since > cure))[:, None]), dtype=np.int64)


def enforce(month: Month) -> None:
    """Find and fine unmet duties when a contract year ends; keep capitation back where they are not cured in time."""
    if not month.budget.any():
        return
    get, duties = month.registry.get, month.duties
    least = floors(declared_floors(month.registry), month.month - month.starts)
    table = month.actions.view(np.ndarray).view(np.float64).reshape(len(month.runs), -1)
    unmet = ((table < least - ROUNDING) & month.may_change & month.inside[:, CARRIED_BY]).sum(axis=1) * month.budget
    found = month.ends & (month.luck_of_inspection() < get("payment.duty_found")) & (unmet > 0)
    fine = np.rint(100 * get("payment.duty_fine") * unmet * found / month.weights).astype(np.int64)
    known = found | (duties.since > NOT_FOUND)
    duties.since = np.where(known & (unmet > 0), duties.since + 1, NOT_FOUND)
    kept = held_back(month.revenue().due, duties.since, get("payment.duty_cure"), get("payment.duty_held_back"))
    month.payer.refund(fine + kept.sum(axis=1), "sanction", shares_of(fine, month.months()) + kept)


FORM = Form(
    "contract_duties",
    "CCOs must do certain things by certain dates, or lose money",
    needs=("global_budget",),
    purposes=("sanction",),
    monthly=(enforce,),
)
