"""The withhold: a part of each capitation payment that the state keeps until the year is judged.

Meaning: whole cents by area and rate category, so that the federal match follows the money when it is paid.
Equation: held = round(share * due); paid = due - held. In December the quality pool says what was earned; without one
          all of it comes back. What is held when a run ends stays in the account ``held``.
Evidence: qpool_pct_2013 (2%) to qpool_pct_2018 (4.25%); qpool_withhold_month_2020.
"""

import numpy as np

from sim.engine.arrays import Cents
from sim.payment.form import Form
from sim.payment.forms import quality_pool
from sim.payment.month import Month


def hold(due: Cents, share: float) -> Cents:
    """Return the part of ``due`` that is held, in whole cents; the rest is paid at once."""
    return np.asarray(np.rint(due * share), dtype=np.int64)


def keep_back(month: Month) -> None:
    """The state sets aside what it withholds."""
    if not month.budget.any():
        return
    held = month.revenue().held
    month.payer.transfer("state", "held", held.sum(axis=1), "withhold")
    month.quality_year.held = month.quality_year.held + held


def give_back(month: Month) -> None:
    """In December all of it comes back, unless a pool has to be earned."""
    if not _must_be_earned(month):
        quality_pool.pay_earned(month, np.ones(len(month.runs)))


def release(month: Month, area: int) -> None:
    """A CCO that gives up its area gets what is held of it, where it was only to be paid later."""
    if _must_be_earned(month):
        return
    held = quality_pool.take_held(month, area)
    month.payer.transfer("held", "cco", held.sum(axis=1), "withhold")
    month.payer.matched += held


def _must_be_earned(month: Month) -> bool:
    return quality_pool.FORM.name in month.in_force


FORM = Form(
    "withhold",
    "a part of capitation is kept until December",
    needs=("global_budget",),
    purposes=("withhold", "quality_pool"),
    withholds=lambda registry: float(registry.get("payment.withhold_share")),
    monthly=(keep_back,),
    in_december=(give_back,),
    on_exit=(release,),
)
