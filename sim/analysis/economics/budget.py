"""Budget impact and return: what each payer's outlay changes by, year by year, in dollars of that year.

Budget impact is not discounted (ISPOR's good practice): a budget is met in its own year. The return of a payer is what
its outlay falls by for each dollar that goes to programs, whoever gives it; gross is before, net after, programs.
Both are means over samples with 95% t intervals; that of a ratio of means is linearized: of saving - ratio * cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.analysis.economics.perspectives import PAYMENTS
from sim.engine.arrays import Floats
from sim.measures.intervals import mean_interval

PAYERS = tuple(name for name, _ in PAYMENTS)
"""Who may gain or lose by paying less or more; CCOs and providers gain by what they keep."""


class Estimate(NamedTuple):
    """A mean over samples and its 95% interval; NaN ends with a single sample."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Return:
    """One payer over the whole run, in dollars.

    Attributes
    ----------
    saving
        What its outlay falls by, its own part of programs paid: net. For CCOs and providers, what they keep more.
    per_program_dollar
        ``saving`` for each dollar that programs cost, whoever pays it; NaN without programs.
    """

    payer: str
    saving: Estimate
    per_program_dollar: Estimate


def returns(change: Mapping[str, Floats]) -> list[Return]:
    """Return to each payer, and to all of them together, net and gross of programs.

    Parameters
    ----------
    change
        An arm's amounts less the baseline's, summed over the run, a number for each sample: ``PAYERS``, ``cco_kept``,
        ``providers``, ``held`` and ``programs``. All together, net of programs, is what resources fall by.
    """
    spent = np.asarray(change["programs"], dtype=np.float64)
    savings = {payer: -np.asarray(change[payer]) for payer in PAYERS}
    savings |= {"cco": np.asarray(change["cco_kept"]), "providers": np.asarray(change["providers"])}
    net = sum(savings.values()) + np.asarray(change["held"])  # withheld, not yet paid out: spent, and nobody's cost
    savings |= {"all, net of programs": net, "all, gross of programs": net + spent}
    return [Return(payer, _mean(saving), _ratio(saving, spent)) for payer, saving in savings.items()]


def _mean(values: Floats) -> Estimate:
    found = mean_interval(values[:, None])
    return Estimate(*(float(part[0]) for part in (found.estimate, found.low, found.high)))


def _ratio(saving: Floats, spent: Floats) -> Estimate:
    """Mean saving over mean cost."""
    cost = float(spent.mean())
    if cost == 0:
        return Estimate(np.nan, np.nan, np.nan)
    ratio = float(saving.mean()) / cost
    around = _mean((saving - ratio * spent) / cost)
    return Estimate(ratio, ratio + around.low, ratio + around.high)
