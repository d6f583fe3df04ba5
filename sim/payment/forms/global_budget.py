"""The global budget: CCOs get capitation, a fixed sum for each member-month, and pay for all care in scope.

Meaning: what the state owes a CCO for a month, in whole cents.
Equation: due = round(rate[area, rate category] * relative risk * member-months), rounded once per cell.
Evidence: cap_pmpm_2017, cap_pmpm_2018 (level), rate_categories (Oregon has 12; the model keeps 8).
Relative risk is 1 without risk adjustment (``risk_adjustment.py``). How the state sets rates, see
``sim/agents/state/rates.py``. What CCOs agree with their own providers, they settle by the rules of other forms:
capitation of primary care, and shares in total cost.
"""

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.payment.form import Form
from sim.payment.forms import primary_care_capitation, shared_savings
from sim.payment.month import Month
from sim.schema import PRIMARY


def capitation_due(rate_cents: Floats, member_months: Cents, relative_risk: Floats | float = 1) -> Cents:
    """Return the capitation of each rate cell in cents: rate in cents PMPM, times member-months, rounded once."""
    return np.rint(rate_cents * relative_risk * member_months).astype(np.int64)


def pay_ccos(month: Month) -> None:
    """The state pays each CCO what is due, less what is withheld."""
    if not month.budget.any():
        return
    due, held = month.revenue()
    month.payer.transfer("state", "cco", (due - held).sum(axis=1), "capitation")
    month.payer.matched += due - held


def capitated(month: Month) -> Floats:
    """Return the part of primary care that CCOs chose to pay per member, (area, service)."""
    return month.of_services((PRIMARY,), month.inside[:, PRIMARY] * month.actions["capitated"])


FORM = Form(
    "global_budget",
    "CCOs are paid per member for the services in scope",
    has_scope=True,
    looks_back=True,
    pays_ccos=True,
    prepays=capitated,
    stakes=shared_savings.at_risk,
    monthly=(pay_ccos, primary_care_capitation.pay),
    after_year=(shared_savings.share,),
)
