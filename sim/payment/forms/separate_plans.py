"""Separate plans: physical, mental and dental care are each paid per member to an organization of its own.

Meaning: which services belong to one organization. Capitation is set by service, so that each plan's part is what it
would be alone; what is apart is what a plan sees. An action counts for the plan whose clinicians carry it out, and only
as far as what it saves falls on that plan's own services (``sim/agents/cco/board.py``). Practices that share in total
cost share in that of the plan that pays them.
Evidence: o2_pre_fchp_share, o2_pre_mho_share, o2_pre_dco_share (79, 88 and 90 percent of Oregon's members before CCOs;
mixed confidence), o2_pre_plans (33 plans). The three plans of an area share one set of books and reserves here, and one
board: a simplification.
"""

import numpy as np

from sim.engine.arrays import Flags, Ints
from sim.payment.form import Form
from sim.schema import BEHAVIORAL, DENTAL, SERVICES

PLANS = np.zeros(len(SERVICES), dtype=np.int64)
PLANS[BEHAVIORAL], PLANS[DENTAL] = 1, 2
"""The plan of each service: physical, mental, dental."""


def of_one_plan(service: Ints | int, inside: Flags) -> Flags:
    """Return which services ``inside`` the plan that pays for ``service`` pays for, (..., service)."""
    return np.asarray(inside & (PLANS[service] == PLANS))


FORM = Form(
    "separate_plans",
    "physical, mental and dental care are paid to separate organizations, each of which sees its own costs",
    needs=("global_budget",),
    excludes=("shared_savings", "shared_risk"),
)
