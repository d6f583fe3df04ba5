"""Budget impact and return: what each payer's outlay changes by, year by year, in dollars of that year.

Budget impact is not discounted (ISPOR's good practice): a budget is met in its own year. The return of a payer is what
its outlay falls by for each dollar that goes to programmes, whoever gives it; gross is before, net after, programmes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PAYERS = ("state", "federal", "medicare", "third_party", "outside", "uncompensated")
"""Who may gain or lose, with providers, who bear care that nobody pays for. CCOs gain or lose by their margin."""


@dataclass(frozen=True)
class Return:
    """One payer over the whole run, in dollars.

    Attributes
    ----------
    saving
        What its outlay falls by, its own part of programmes paid: net. For CCOs, what their margin rises by.
    per_programme_dollar
        ``saving`` for each dollar that programmes cost, whoever pays it; NaN without programmes.
    """

    payer: str
    saving: float
    per_programme_dollar: float


def returns(change: dict[str, float]) -> list[Return]:
    """Return to each payer, and to all of them together, net and gross of programmes.

    Parameters
    ----------
    change
        An arm's amounts less the baseline's, summed over the run: ``PAYERS``, ``cco_margin``,
        ``held`` and ``programmes``.
    """
    spent = change["programmes"]
    savings = {payer: -change[payer] for payer in PAYERS} | {"cco": change["cco_margin"]}
    net = sum(savings.values()) + change["held"]  # withheld and not yet paid out: spent by payers, nobody's cost yet
    savings |= {"all, net of programmes": net, "all, gross of programmes": net + spent}
    return [Return(payer, saving, saving / spent if spent else np.nan) for payer, saving in savings.items()]
